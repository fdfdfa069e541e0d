"""Refreshes the help texts and sessions in README.md, docs/help.md and the tour from the program, and tells tests where they are.

A help text is a fenced block right after a comment like `<!-- help: scan net -->` (`<!-- help: -->` is the program's own).
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
HELP = README.parent / "docs" / "help.md"
_BLOCK = re.compile(r"(?P<head><!-- help: ?(?P<command>[a-z -]*?) ?-->\n+```text\n)(?P<body>.*?)(?P<foot>```\n)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class HelpBlock:
    """The command whose help is shown, without `pqscan` and `--help`, and what README says it is."""

    command: tuple[str, ...]
    body: str


def help_blocks(text: str) -> Iterator[HelpBlock]:
    for match in _BLOCK.finditer(text):
        yield HelpBlock(tuple(match["command"].split()), match["body"])


def help_text(command: tuple[str, ...]) -> str:
    """What the installed program prints, in English, 80 columns wide, without colours. Raises CalledProcessError."""
    environment = {**os.environ, "LC_ALL": "en", "COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    program = Path(sys.executable).parent / "pqscan"
    done = subprocess.run([program, *command, "--help"], env=environment, capture_output=True, text=True, check=True)
    return "".join(line.rstrip() + "\n" for line in done.stdout.strip("\n").splitlines())


def refreshed(text: str) -> str:
    """The text with every help block as the program has it now."""
    return _BLOCK.sub(lambda match: match["head"] + help_text(tuple(match["command"].split())) + match["foot"], text)


if __name__ == "__main__":
    sys.path.insert(0, str(README.parent))
    from tools import session, tour  # Starts servers, which nobody needs who only asks for the blocks.

    HELP.write_text(refreshed(HELP.read_text("utf-8")), "utf-8")
    README.write_text(session.refreshed(refreshed(README.read_text("utf-8"))), "utf-8")
    tour.TOUR.write_text(tour.refreshed(tour.TOUR.read_text("utf-8")), "utf-8")
