"""Trials: what a harness tried, one row each, and how it came out. Neither a fact about a target nor a judgement by a policy."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pqscan.model.reason import Reason


class TrialVerdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    TOLERATED = "tolerated"  # not what is required or best, and allowed: the reason says by what
    SKIPPED = "skipped"  # cannot be tried here: the reason says why
    NOT_APPLICABLE = "not_applicable"  # has no meaning for what was tried
    UNKNOWN = "unknown"  # was tried, and nothing can be told


@dataclass(frozen=True, slots=True)
class Trial:
    """One case. `suite` and `name` together are unique in a report for one `subject`: the library or target that was tried.

    `title` says what is tried, where the name alone does not. `reason` is there for every verdict but PASSED. `rests_on`
    names the standard's section, `detail` what was seen in names of the standard and of libraries (bounded, no secrets), `seen`
    what of it is told in words."""

    suite: str
    name: str
    subject: str
    verdict: TrialVerdict
    reason: Reason | None = None
    algorithm: str = ""
    rests_on: str = ""
    detail: str = ""
    seconds: float = 0.0
    title: Reason | None = None
    seen: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialReport:
    """All trials of one command. `kind` is self-test, handshake or conformance; `versions` name what took part, with versions."""

    kind: str
    scope: str
    started_at: datetime
    seconds: float
    trials: tuple[Trial, ...]
    versions: tuple[tuple[str, str], ...] = ()

    @property
    def counts(self) -> Counter[TrialVerdict]:
        return Counter(trial.verdict for trial in self.trials)

    @property
    def failed(self) -> bool:
        return any(trial.verdict is TrialVerdict.FAILED for trial in self.trials)
