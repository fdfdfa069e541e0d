"""Official vectors on the libraries of this machine (`pqscan harness self-test`). Nothing is sent anywhere, nothing is stored."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from pqscan.model.trial import TrialReport, TrialVerdict

EXTRA_VARIABLE = "PQSCAN_EXTRA_VECTORS"


def self_test(
    *,
    libraries: Sequence[str] = (),
    algorithms: Sequence[str] = (),
    everything: bool = False,
    extra_vectors: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> TrialReport:
    """Every vector that is wanted, on every library that is here: one trial each, those that cannot be tried with their reason.

    `extra_vectors` is a folder with `cctv`, `lamps` or `wycheproof` in it; None means what PQSCAN_EXTRA_VECTORS names, if anything.
    `progress` is told the source of vectors that comes next. Raises UsageError for a library, an algorithm or a
    folder that is none."""
    from pqscan.harness.self_test.attempt import Wanted
    from pqscan.harness.self_test.run import load, run
    from pqscan.harness.vectors.extra import extra_folder

    folder = os.environ.get(EXTRA_VARIABLE) if extra_vectors is None else extra_vectors
    names = frozenset(name.strip().lower() for name in algorithms)
    wanted = Wanted(names, everything, extra_folder(folder) if folder else None)
    return run(load(tuple(libraries)), wanted, progress)


def nothing_tried(report: TrialReport) -> bool:
    """Whether no trial says anything about a library."""
    told = {TrialVerdict.PASSED, TrialVerdict.FAILED, TrialVerdict.TOLERATED}
    return not any(trial.verdict in told for trial in report.trials)
