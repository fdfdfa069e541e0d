"""How long `pqscan --help` takes: what every call of the program costs before it does anything."""

from __future__ import annotations

import statistics

from bench.means import Bench, shown
from bench.place import PQSCAN
from bench.result import Goal, Section

_MOST_SECONDS = 0.3


def measure(bench: Bench) -> Section:
    section = Section("Start of the program", ("command", "median s", "least s", "CPU s", "runs"))
    runs = [bench.run([PQSCAN, "--help"], most_seconds=30) for _ in range(5 if bench.fast else 15)]
    failed = next((ended.failure for ended in runs if ended.failure), "")
    section.commands.append(shown(runs[0].command))
    if failed:
        section.miss("pqscan --help", failed)
        section.goals.append(Goal("`pqscan --help` under 0.3 s", failed, None))
        return section
    seconds = [ended.seconds for ended in runs]
    median = statistics.median(seconds)
    cpu = statistics.median(ended.cpu_seconds for ended in runs)
    section.rows.append(("pqscan --help", f"{median:.3f}", f"{min(seconds):.3f}", f"{cpu:.3f}", str(len(runs))))
    section.goals.append(Goal("`pqscan --help` under 0.3 s", f"{median:.3f} s", median < _MOST_SECONDS))
    return section
