"""The tour of docs/tour.md: every command of readiness over the sample province, with its real output.

A block is fenced as `console` under a comment `<!-- tour: -->`; the lines in it that begin with `$ ` are run one after another in
one folder, and what stands between them is what they print. What differs from run to run (digests of fresh certificates and
keys, the clock, the user's name) is written in one way, so that a test can compare. `make readme` writes the output anew.

Days that people set lie ahead of the day of the tour in its text, and far ahead while it is run, so that it can be run on any day.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOUR = ROOT / "docs" / "tour.md"
AS_OF = "2026-11-20"
_BLOCK = re.compile(r"(?P<head><!-- tour: -->\n+```console\n)(?P<body>.*?)(?P<foot>```\n)", re.DOTALL)
_AHEAD, _FAR_AHEAD = "2027", "2099"
_DAY_SET = re.compile(rf"(--(?:deadline|expires|first) ){_AHEAD}\b")
_ACCOUNT = "officer"  # whoever runs it
_VOLATILE = (
    (re.compile(r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{16,}…?"), "0123456789abcdef…"),
    (re.compile(r"\b(?:[0-9a-f]{8} ){3,}[0-9a-f]{8}\b"), "01234567 89abcdef …"),
    (re.compile(r"(?m)^(Made: ).*"), r"\g<1>20 November 2026"),
    (re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}  [0-9a-f]{12}\b"), "20 November 2026  0123456789ab"),  # a snapshot's day and digest
    # The column of that day is as wide as the day itself.
    (re.compile(r"\bKept +(?=Snapshot\b|Targets\b)"), "Kept              "),
    (re.compile(r"\b((?:received|late) +)\d{1,2} [A-Z][a-z]+ \d{4} +(?=\d)"), r"\g<1>20 November 2026       "),
    (re.compile(r"\b(missing +)– +– +–"), r"\g<1>–                       –        –"),
    (re.compile(r"\([\d,]+ bytes\)"), "(600,000 bytes)"),
    (re.compile(r"\b20\d\d-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: UTC|Z|\+00:00)?"), "2026-11-20 08:30"),
    (re.compile(r"(?<=Written: )\S*/"), ""),
    (re.compile(r"/\S*/(?=province\.sqlite|keys\b|tour-)"), ""),
)


def commands(text: str) -> list[str]:
    """What the tour runs, in order."""
    return [line[2:] for match in _BLOCK.finditer(text) for line in match["body"].splitlines() if line.startswith("$ ")]


def refreshed(text: str) -> str:
    """The tour with what its commands print now. Raises CalledProcessError where one cannot do its work."""
    with tempfile.TemporaryDirectory(prefix="pqscan-tour-") as folder:
        place = Path(folder)
        environment = _environment(place)
        (place / "province").symlink_to(ROOT / "examples" / "province")
        for script in ("fill.py", "decide.py"):
            made = [sys.executable, place / "province" / script, place / "province.sqlite"]
            subprocess.run(made, env=environment, check=True, capture_output=True)

        def run(found: re.Match[str]) -> str:
            shown = [_told(line[2:], place, environment) for line in found["body"].splitlines() if line.startswith("$ ")]
            return found["head"] + "".join(shown) + found["foot"]

        return _BLOCK.sub(run, text)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PQSCAN_", "LC_", "LANG"))}
    return kept | {
        "LC_ALL": "en",
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "TZ": "UTC",
        "LOGNAME": _ACCOUNT,
        "XDG_DATA_HOME": str(folder / "data"),
        "PQSCAN_DB": str(folder / "province.sqlite"),
        "PQSCAN_KEYS": str(folder / "keys"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
    }


def _told(command: str, folder: Path, environment: dict[str, str]) -> str:
    """One command and what it prints. Exit code 1 is an answer of the gate; anything above is a fault of the tour."""
    run = _DAY_SET.sub(rf"\g<1>{_FAR_AHEAD}", command)
    done = subprocess.run(
        ["sh", "-c", f"{run} 2>&1"], env=environment, cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode > 1 or "\nError: " in f"\n{done.stdout}":  # The end of a pipe hides how its beginning ended.
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout)
    printed = re.sub(rf"\b{_FAR_AHEAD}\b", _AHEAD, done.stdout)
    lines = [line.rstrip() for line in printed.replace(str(folder) + os.sep, "").strip("\n").splitlines()]
    return stable("".join(f"{line}\n" for line in [f"$ {command}", *lines]))


def stable(text: str) -> str:
    """The text with what changes from run to run written in one way; a second time it changes nothing."""
    for pattern, written in _VOLATILE:
        text = pattern.sub(written, text)
    return text


if __name__ == "__main__":
    try:
        TOUR.write_text(refreshed(TOUR.read_text("utf-8")), "utf-8")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd}: {error.output}")
