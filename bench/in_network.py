"""Runs one command beside the many services of a plan, in the network namespace that it was started in, and writes what that took.

`in_network.py RESULT SECONDS PROGRAM PLAN COMMAND...`: brings loopback up, starts the PROGRAM that plays the PLAN, runs the command
for at most so many seconds; RESULT gets its times, and the packets that loopback carried meanwhile. Needs `ip`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.go_programs import Server  # noqa: E402
from bench.process import run  # noqa: E402


@dataclass(frozen=True, slots=True)
class Taken:
    """What a command took beside the services. `packets` are those of both sides; `failure` is empty where the rest counts."""

    command: str
    failure: str
    seconds: float
    cpu_seconds: float
    packets: int
    connections: int
    server_cpu_seconds: float
    output: str


def main(result: str, seconds: str, program: str, plan: str, *command: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with Server([program, "-plan", plan]) as server:
        before, sent = server.counts(), _packets()
        ended = run(command, most_seconds=float(seconds), folder=Path(result).parent)
        used = server.counts() - before
        taken = Taken(
            ended.command,
            ended.failure,
            ended.seconds,
            ended.cpu_seconds,
            _packets() - sent,
            used.accepted,
            used.cpu_seconds,
            ended.output,
        )
    Path(result).write_text(json.dumps(asdict(taken)), encoding="utf-8")


def _packets() -> int:
    """Sent over loopback since it came up: each is counted once (proc(5), /proc/net/dev)."""
    lines = Path("/proc/net/dev").read_text(encoding="ascii").splitlines()
    words = next(line.partition(":")[2].split() for line in lines if line.strip().startswith("lo:"))
    return int(words[9])


if __name__ == "__main__":
    main(*sys.argv[1:])
