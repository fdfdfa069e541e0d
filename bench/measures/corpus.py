"""What `scan files` finds of the corpus with its truth (tests/corpus), and how much of what it tells is right."""

from __future__ import annotations

import json
import shutil

from bench.means import Bench, shown
from bench.result import Goal, Section
from tests.corpus.samples import every_sample, write
from tests.corpus.told import read_report
from tests.corpus.truth import Score, compare, kinds

_HEADER = ("files", "how many", "assets", "told", "precision", "recall", "algorithm named", "key size", "locked told")
_LEAST = {"precision": 0.98, "recall": 0.95, "names": 0.92, "sizes": 0.90}


def measure(bench: Bench) -> Section:
    section = Section("Files: a corpus with its truth", _HEADER)
    samples = every_sample()
    folder = bench.folder / "corpus"
    shutil.rmtree(folder, ignore_errors=True)
    write(samples, folder)
    store = bench.fresh_store()
    scanned = bench.pqscan(store, "scan", "files", str(folder))
    reported = bench.pqscan(store, "report", "json")
    section.commands += [shown(scanned.command), shown(reported.command)]
    wanted = "precision at least 0.98, recall 0.95, algorithm named 0.92, key size 0.90; every locked file told"
    if reported.failure:
        section.miss("all", reported.failure)
        section.goals.append(Goal(wanted, reported.failure, None))
        return section
    told, locked = read_report(json.loads(reported.output), folder)
    whole = compare(samples, told, locked)
    for kind, count in sorted(kinds(samples).items()):
        part = [sample for sample in samples if sample.path.startswith(f"{kind}/")]
        section.rows.append(_row(kind, count, compare(part, told, locked)))
    section.rows.append(_row("all", len(samples), whole))
    section.notes += [
        "A file with its truth is in tests/corpus; decoys hold nothing, and what is told of them lowers the precision.",
        f"Post-quantum assets with another class than theirs: {len(whole.post_quantum_wrong)}.",
    ]
    is_met = (
        all(getattr(whole, name) >= least for name, least in _LEAST.items()) and whole.locks == 1 and not whole.post_quantum_wrong
    )
    figure = (
        f"{whole.precision:.3f}, {whole.recall:.3f}, {whole.names:.3f}, {whole.sizes:.3f}; {whole.locked_told} of {whole.locked}"
    )
    section.goals.append(Goal(wanted, figure, is_met))
    return section


def _row(kind: str, files: int, score: Score) -> tuple[str, ...]:
    def share(part: int, of: int) -> str:
        return f"{part / of:.3f}" if of else "-"

    return (
        kind,
        str(files),
        str(score.true),
        str(score.told),
        share(score.right, score.told),
        share(score.right, score.true),
        share(score.named, score.right),
        share(score.sized, score.with_size),
        f"{score.locked_told} of {score.locked}" if score.locked else "-",
    )
