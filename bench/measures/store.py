"""The store alone: loading a million sightings, asking where an algorithm is, and the HTML report, on made-up outcomes.

With PQSCAN_BENCH_POSTGRESQL set to the URL of an empty database that is at this schema, loading is measured there too.
"""

from __future__ import annotations

import os
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.place import FOLDER, PYTHON
from bench.process import Ended
from bench.result import Goal, Section, megabytes

COMMON, RARE = "X25519MLKEM768", "SecP384r1MLKEM1024"  # on 99 % and on 1 % of the targets that fill_store.py makes
_PROFILES = 1000
_MOST_LOAD_SECONDS, _MOST_QUERY_SECONDS, _MOST_HTML_SECONDS, _MOST_HTML_BYTES = 60.0, 1.0, 20.0, 500_000_000

_LOAD = "1,000,000 sightings of 1,000 distinct profiles load in under 60 s on SQLite"
_QUERY = "“where is algorithm X” over 100,000 targets under 1 s"
_HTML = "HTML over 100,000 targets under 20 s and 500 MB"


def measure(bench: Bench) -> Section:
    section = Section("Store and report", ("what", "size", "seconds", "peak resident", "remark"))
    many, some = (100_000, 10_000) if bench.fast else (1_000_000, 100_000)
    store = bench.fresh_store()
    _load(bench, section, str(store), many, section_goal=True)
    remove_store(store)
    url = os.environ.get("PQSCAN_BENCH_POSTGRESQL")
    if url:
        _load(bench, section, url, some, section_goal=False)
    store = bench.fresh_store()
    _load(bench, section, str(store), some, section_goal=False)
    _queries(bench, section, store, some)
    _html(bench, section, store, some)
    remove_store(store)
    return section


def _load(bench: Bench, section: Section, url: str, targets: int, *, section_goal: bool) -> None:
    ended = bench.run([PYTHON, FOLDER / "fill_store.py", url, str(targets), str(_PROFILES)], most_seconds=900, watch_memory=True)
    where = "PostgreSQL" if url.startswith("postgresql") else "SQLite"
    if not url.startswith("postgresql"):
        section.commands.append(shown(ended.command))
    if ended.failure:
        section.miss(f"load on {where}", ended.failure)
    else:
        seconds = float(ended.output)
        path = Path(url)
        each = f"{path.stat().st_size / targets:.0f} bytes a target in the file; " if path.exists() else ""
        remark = f"{each}{ended.seconds - seconds:.1f} s more to make the outcomes"
        size = f"{targets:,} sightings, {_PROFILES:,} profiles"
        section.rows.append((f"load on {where}", size, f"{seconds:.1f}", megabytes(ended.peak_bytes), remark))
    if section_goal:
        figure = ended.failure or f"{float(ended.output):.1f} s ({targets:,} sightings)"
        section.goals.append(Goal(_LOAD, figure, None if ended.failure else float(ended.output) < _MOST_LOAD_SECONDS))


def _queries(bench: Bench, section: Section, store: Path, targets: int) -> None:
    seconds: list[float] = []
    for algorithm in (RARE, COMMON):
        ended = bench.run([PYTHON, FOLDER / "ask_store.py", store, algorithm], most_seconds=300)
        section.commands.append(shown(ended.command))
        if ended.failure:
            section.miss(f"where is {algorithm}", ended.failure)
            continue
        found, first, every = ended.output.split()
        seconds.append(float(every))
        section.rows.append(
            (f"where is {algorithm}", f"{int(found):,} of {targets:,} targets", every, "", f"{first} s to the first answer")
        )
    figure = f"{max(seconds):.2f} s for the most common algorithm, {min(seconds):.2f} s for a rare one" if seconds else "failed"
    section.goals.append(Goal(_QUERY, figure, max(seconds) < _MOST_QUERY_SECONDS if len(seconds) == 2 else None))
    ended = bench.pqscan(store, "show", "targets", "--where", f"algorithm={RARE}", most_seconds=300)
    section.commands.append(shown(ended.command))
    remark = ended.failure or "the whole program: start, query, judgement, table"
    section.rows.append((f"show targets --where algorithm={RARE}", f"{targets:,} targets", f"{ended.seconds:.2f}", "", remark))


def _html(bench: Bench, section: Section, store: Path, targets: int) -> None:
    page = bench.folder / "report.html"
    ended: Ended = bench.pqscan(store, "report", "html", "-o", str(page), most_seconds=300, watch_memory=True)
    section.commands.append(shown(ended.command))
    if ended.failure:
        section.miss("report html", ended.failure)
        section.goals.append(Goal(_HTML, ended.failure, None))
        return
    remark = f"a page of {megabytes(page.stat().st_size)}"
    section.rows.append(("report html", f"{targets:,} targets", f"{ended.seconds:.1f}", megabytes(ended.peak_bytes), remark))
    met = ended.seconds < _MOST_HTML_SECONDS and ended.peak_bytes < _MOST_HTML_BYTES
    section.goals.append(Goal(_HTML, f"{ended.seconds:.1f} s, {megabytes(ended.peak_bytes)} ({targets:,} targets)", met))
    page.unlink()
