"""The overall grade of a conformance report. It speaks of the cases that were run, of nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pqscan.model.trial import Trial, TrialVerdict


class Grade(StrEnum):
    CONFORMS = "conforms"  # everything that could be tried passed
    TOLERABLE = "tolerable"  # some of it is only tolerated
    FAILS = "fails"
    UNDETERMINED = "undetermined"  # nothing failed, and not everything could be told


def grade(trials: Iterable[Trial]) -> Grade:
    """One failure decides; what is not known keeps a grade from being given."""
    verdicts = {trial.verdict for trial in trials} - {TrialVerdict.NOT_APPLICABLE, TrialVerdict.SKIPPED}
    if TrialVerdict.FAILED in verdicts:
        return Grade.FAILS
    if not verdicts or TrialVerdict.UNKNOWN in verdicts:
        return Grade.UNDETERMINED
    return Grade.TOLERABLE if TrialVerdict.TOLERATED in verdicts else Grade.CONFORMS
