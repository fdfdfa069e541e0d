"""How the bench runs programs: to their end, measured, and never longer than allowed."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.process import run


def test_a_program_that_does_not_end_is_killed_and_its_figures_do_not_count(tmp_path: Path) -> None:
    ended = run(
        [sys.executable, "-c", "import sys; sys.stdin.read(); __import__('threading').Event().wait()"],
        most_seconds=0.5,
        folder=tmp_path,
    )
    assert ended.out_of_time
    assert ended.failure.startswith("not through after")


def test_a_program_that_fails_says_why_in_its_last_line(tmp_path: Path) -> None:
    ended = run([sys.executable, "-c", "raise SystemExit('so far so good\\nno such thing')"], most_seconds=30, folder=tmp_path)
    assert ended.failure == "exit code 1: no such thing"


def test_what_a_program_prints_and_uses_is_told(tmp_path: Path) -> None:
    ended = run([sys.executable, "-c", "print(sum(range(1000)))"], most_seconds=30, folder=tmp_path)
    assert (ended.output.strip(), ended.failure) == ("499500", "")
    assert 0 < ended.cpu_seconds < ended.seconds + 10
