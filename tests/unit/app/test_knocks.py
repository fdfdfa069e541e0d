"""The probes of a scan, and how much they ask a place that says nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pqscan_probes.tls import TlsSettings

from pqscan.app.probes import every_probe
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.scan.router import Question, Step


@pytest.mark.parametrize(("depth", "most"), [("quick", 3), ("inventory", 6), ("exhaustive", 6)])
def test_a_silent_place_is_asked_less_by_the_quick_profile(depth: str, most: int) -> None:
    router = every_probe(TlsSettings(depth))
    question: Question | None = router.first(NetworkTarget("192.0.2.1", 22))
    steps: list[Step] = []
    while question is not None:
        end = Outcome(question.target, question.probe.name, OutcomeStatus.TIMED_OUT, datetime(2026, 11, 29, tzinfo=UTC), 1.0, 1)
        steps.append(Step(question, end, heard=False))
        question = router.after(steps)
    assert len(steps) == 1 + most
    assert [step.question.knocks for step in steps] == [False] + [True] * most
