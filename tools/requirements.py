"""Writes the names of the tests of each requirement into docs/requirements.md, as the tests have them now."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs" / "requirements.md"
_NONE = "no test by number"
_ROW = re.compile(r"^(\| R(\d\d) \|.*\| )([^|]*)( \|)$", re.MULTILINE)


def refreshed(text: str) -> str:
    """The table with the last cell of each row written anew. What is not built stays said so."""
    files = subprocess.run(["git", "ls-files", "tests/*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    sources = [(ROOT / name).read_text("utf-8") for name in files]
    names = sorted({name for source in sources for name in re.findall(r"^(?:async )?def (test_r\d\d_\w+)", source, re.MULTILINE)})

    def row(found: re.Match[str]) -> str:
        held = [f"`{name}`" for name in names if name.startswith(f"test_r{found[2]}_")]
        return found[1] + ("<br>".join(held) or (found[3] if "`test_r" not in found[3] else _NONE)) + found[4]

    return _ROW.sub(row, text)


if __name__ == "__main__":
    TABLE.write_text(refreshed(TABLE.read_text("utf-8")), "utf-8")
