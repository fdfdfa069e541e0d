"""The session that README shows: real commands over real servers, with their real output.

What differs from day to day and from machine to machine (ports, run ids, dates, folders) is written in one way, in README and in
a fresh session alike, so that a test can compare the two.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from pqscan.demo.certificates import CertificateMaker
from pqscan.demo.servers import DEMO_SERVERS, start

SERVERS = {"hybrid-default": "41431", "classical": "41432", "old": "41433"}
COMMANDS = (
    "pqscan scan net 127.0.0.1 --ports 41431-41433 --print-plan",
    "pqscan scan net 127.0.0.1 --ports 41431-41433",
    "pqscan show targets",
    "pqscan explain 127.0.0.1:41432 | head -9",
    "pqscan assess --as-of 2036-01-01 --json | grep -A 4 nist-ir-8547",
    "pqscan report html -o report.html",
)
_BEGIN, _END = "<!-- session: begin -->\n", "<!-- session: end -->"
_VOLATILE = (
    (re.compile(r"\b20\d{6}-\d{6}-[0-9a-f]{4}\b"), "20261122-093000-1a2b"),
    (re.compile(r"\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d\b"),
     "22 November 2026"),
    (re.compile(r"(?<=Written: )\S*/"), ""),
    (re.compile(r"edition 20\d\d\.\d\d/(\w+)/[0-9a-f]{12}"), r"edition 2026.11/\1/89648b6e2e4e"),
    (re.compile(r"\b\d+ connections"), "28 connections"),
)  # fmt: skip


def session() -> str:
    """Runs the commands; gives what a reader would see, as a fenced block. Raises CalledProcessError."""
    maker = CertificateMaker(datetime.now(UTC))
    with ExitStack() as running, tempfile.TemporaryDirectory(prefix="pqscan-session-") as folder:
        ports: dict[str, str] = {}
        for spec in DEMO_SERVERS:
            if spec.name in SERVERS:
                ports[SERVERS[spec.name]] = str(running.enter_context(start(spec, maker=maker)).port)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PQSCAN_", "LC_", "LANG"))}
        environment |= {"LC_ALL": "en", "COLUMNS": "80", "NO_COLOR": "1", "XDG_DATA_HOME": folder}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        text = ""
        for command in COMMANDS:
            real = command.replace("41431-41433", ",".join(ports[port] for port in sorted(ports)))
            for port, actual in ports.items():
                real = real.replace(f":{port}", f":{actual}")
            done = subprocess.run(
                ["sh", "-c", f"{real} 2>&1"], env=environment, cwd=folder, capture_output=True, encoding="utf-8", check=True
            )
            shown = done.stdout
            for port, actual in ports.items():
                shown = re.sub(rf"(?<!\d){actual}(?!\d)", port, shown)
            text += f"$ {shlex.join(shlex.split(command)) if '|' not in command else command}\n{_ordered(shown)}\n"
        return f"```console\n{stable(text.rstrip())}\n```\n"


def _ordered(text: str) -> str:
    """Rows of targets by the ports that are shown: the real ones came in another order."""
    rows = text.splitlines()
    places = [place for place, row in enumerate(rows) if re.search(r":4143\d \(127|^127\.0\.0\.1:4143\d ", row)]
    for place, row in zip(places, sorted((rows[place] for place in places), key=_port), strict=True):
        rows[place] = row
    return "\n".join(rows)


def _port(row: str) -> tuple[str, str]:
    found = re.search(r":(4143\d)", row)
    return ("" if found is None else found[1], row)


def stable(text: str) -> str:
    """The text with everything that changes from run to run written in one way; a second time it changes nothing."""
    for pattern, written in _VOLATILE:
        text = pattern.sub(written, text)
    return text


def shown(readme: str) -> str:
    """The session as README has it; empty where it has none."""
    return readme.partition(_BEGIN)[2].partition(_END)[0]


def refreshed(readme: str) -> str:
    """README's text with a fresh session in its place."""
    before, mark, rest = readme.partition(_BEGIN)
    return before + mark + session() + _END + rest.partition(_END)[2] if mark else readme


if __name__ == "__main__":
    sys.stdout.write(session())
