"""A store of 100,000 targets and two years of daily scans: how it grows where nothing changes, and how soon questions are answered.

The store is generated (bench/fill_history.py says how); questions are asked through the interface that commands use."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.place import FOLDER, PYTHON
from bench.result import Goal, Section, megabytes

_MOST_SECONDS, _MOST_GROWTH = 1.0, 0.01
_ANSWERS = "“where is X”, “what expires before D”, “what did this host offer on D” under 1 s over 100,000 targets and two years"
_GROWTH = "an unchanged day of 100,000 targets adds under 1 % of the first scan"


def measure(bench: Bench) -> Section:
    section = Section("History", ("what", "size", "seconds", "remark"))
    targets, days = (10_000, 60) if bench.fast else (100_000, 730)
    store = bench.fresh_store()
    filled = bench.run([PYTHON, FOLDER / "fill_history.py", store, str(targets), str(days)], most_seconds=3600)
    section.commands.append(shown(filled.command))
    if filled.failure:
        section.miss("two years of daily scans", filled.failure)
        section.goals += [Goal(_ANSWERS, filled.failure, None), Goal(_GROWTH, filled.failure, None)]
        return section
    told = json.loads(filled.output)
    _growth(section, told)
    _questions(bench, section, store, told)
    remove_store(store)
    return section


def _growth(section: Section, told: dict[str, object]) -> None:
    first, unchanged, whole = int(str(told["first_bytes"])), told["unchanged_bytes"], int(str(told["bytes"]))
    assert isinstance(unchanged, list)
    sizes = [first, *unchanged]
    grown = [after - before for before, after in itertools.pairwise(sizes)]
    each = sum(grown) / len(grown)
    size = f"{told['targets']:,} targets"
    section.rows.append(("the first scan", size, f"{told['first_seconds']:.1f}", f"{megabytes(first)} on disk"))
    remark = f"{each:,.0f} bytes a day ({each / first:.2%} of the first scan); day by day {', '.join(f'{one:,}' for one in grown)}"
    section.rows.append((f"a scan that finds nothing new, of {len(grown)}", size, f"{told['unchanged_seconds']:.1f}", remark))
    remark = f"{megabytes(whole)} on disk, {told['intervals']:,} intervals"
    section.rows.append((f"{told['days']} daily scans", size, "", remark))
    section.goals.append(Goal(_GROWTH, f"{each:,.0f} bytes, {each / first:.2%}", each / first < _MOST_GROWTH))


def _questions(bench: Bench, section: Section, store: Path, told: dict[str, object]) -> None:
    words = [str(told[name]) for name in ("day", "address", "algorithm", "expires_before")]
    asked = bench.run([PYTHON, FOLDER / "ask_history.py", store, *words], most_seconds=600)
    section.commands.append(shown(asked.command))
    if asked.failure:
        section.miss("questions", asked.failure)
        section.goals.append(Goal(_ANSWERS, asked.failure, None))
        return
    answers: dict[str, tuple[float, int]] = json.loads(asked.output)
    for name, (seconds, found) in answers.items():
        section.rows.append((name, f"{told['targets']:,} targets, {told['days']} days", f"{seconds:.2f}", f"{found:,} answers"))
    slowest = max(answers, key=lambda name: answers[name][0])
    figure = f"the slowest, “{slowest}”: {answers[slowest][0]:.2f} s"
    section.goals.append(Goal(_ANSWERS, figure, answers[slowest][0] < _MOST_SECONDS))
    command = ("show", "targets", "--where", f"network={words[1]}", "--on", words[0])
    ended = bench.pqscan(store, *command, most_seconds=300)
    section.commands.append(shown(ended.command))
    section.rows.append((" ".join(command), "", f"{ended.seconds:.2f}", ended.failure or "the whole program: start, query, table"))
