"""What becomes of one exchange of an IKE case: refusals of every kind, silence that is meant and silence that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ike.case import Case
from pqscan.harness.conformance.ike.catalogue import cases_named
from pqscan.harness.conformance.ike.judging import control_holds, proves_life, rule
from pqscan.harness.conformance.ike.seen import Ended, Progress, Seen
from pqscan.model.trial import TrialVerdict

PASSED, FAILED, TOLERATED, UNKNOWN = TrialVerdict.PASSED, TrialVerdict.FAILED, TrialVerdict.TOLERATED, TrialVerdict.UNKNOWN
(CRITICAL,) = cases_named(["payload-unknown-critical"])  # asks for UNSUPPORTED_CRITICAL_PAYLOAD
(RESPONSE,) = cases_named(["marked-as-response"])  # asks for silence
(FORGED,) = cases_named(["message-forged"])  # asks for silence, under keys
(FRAGMENT,) = cases_named(["fragment-number-wrong"])  # asks for silence, and for what follows to be answered
(VERSION,) = cases_named(["version-major"])  # asks for either
(LENGTH,) = cases_named(["length-wrong"])  # leaves it free
(TAKEN,) = cases_named(["payload-unknown"])


def seen(ended: Ended, progress: Progress = Progress.NOTHING, notify: int | None = None, *, in_clear: bool = False) -> Seen:
    return Seen(progress, ended, notify=notify, in_clear=in_clear)


@pytest.mark.parametrize(
    ("case", "one", "verdict", "code"),
    [
        (CRITICAL, seen(Ended.NOTIFY, notify=1), PASSED, ""),
        (CRITICAL, seen(Ended.NOTIFY, notify=7), TOLERATED, "conformance.ike.other_notify"),
        (CRITICAL, seen(Ended.SILENCE), TOLERATED, "conformance.ike.without_notify"),
        (CRITICAL, seen(Ended.OURS, Progress.ANSWERED), FAILED, "conformance.ike.went_on.answered"),
        (CRITICAL, seen(Ended.SILENCE, Progress.CHOSEN), FAILED, "conformance.ike.went_on.chosen"),
        (CRITICAL, seen(Ended.NO_CONNECTION), UNKNOWN, "conformance.ike.no_answer.no_connection"),
        (CRITICAL, seen(Ended.FLOOD), UNKNOWN, "conformance.ike.no_answer.flood"),
        (CRITICAL, seen(Ended.BROKEN), UNKNOWN, "conformance.ike.no_answer.broken"),
        (RESPONSE, seen(Ended.SILENCE), PASSED, ""),
        (RESPONSE, seen(Ended.NOTIFY, notify=7), FAILED, "conformance.ike.answered"),
        (FORGED, seen(Ended.NOTIFY, Progress.CHOSEN, 7, in_clear=True), FAILED, "conformance.ike.answered"),
        (FORGED, seen(Ended.SILENCE, Progress.CHOSEN), TOLERATED, "conformance.ike.gave_up"),
        (FORGED, replace(seen(Ended.SILENCE, Progress.CHOSEN), recovered=True), PASSED, ""),
        (FORGED, seen(Ended.OURS, Progress.ANSWERED), FAILED, "conformance.ike.went_on.answered"),
        (FRAGMENT, seen(Ended.SILENCE, Progress.CHOSEN), FAILED, "conformance.ike.gave_up"),
        (FRAGMENT, replace(seen(Ended.SILENCE, Progress.CHOSEN), recovered=True), PASSED, ""),
        (VERSION, seen(Ended.SILENCE), PASSED, ""),
        (VERSION, seen(Ended.NOTIFY, notify=5), PASSED, ""),
        (VERSION, seen(Ended.NOTIFY, notify=7), TOLERATED, "conformance.ike.other_notify"),
        (LENGTH, seen(Ended.SILENCE), PASSED, ""),
        (LENGTH, seen(Ended.NOTIFY, notify=14), PASSED, ""),
        (LENGTH, seen(Ended.OURS, Progress.ANSWERED), TOLERATED, "conformance.may_go_on"),
        (TAKEN, seen(Ended.OURS, Progress.ANSWERED), PASSED, ""),
        (TAKEN, seen(Ended.SILENCE, Progress.CHOSEN), FAILED, "conformance.ike.not_taken.silence"),
        (TAKEN, seen(Ended.NOTIFY, notify=7), FAILED, "conformance.ike.refused"),
        (TAKEN, seen(Ended.BROKEN, Progress.CHOSEN), FAILED, "conformance.ike.not_taken.broken"),
    ],
)
def test_a_verdict_follows_from_how_far_it_went_and_how_it_ended(case: Case, one: Seen, verdict: TrialVerdict, code: str) -> None:
    ruling = rule(case, one)
    assert (ruling.verdict, "" if ruling.reason is None else ruling.reason.code) == (verdict, code)


def test_a_refusal_in_the_clear_where_keys_are_in_use_is_no_proper_one() -> None:
    (case,) = cases_named(["protected-payload-unknown-critical"])
    one = seen(Ended.NOTIFY, Progress.CHOSEN, 1)
    assert rule(case, one).verdict is PASSED
    assert rule(case, replace(one, in_clear=True)).verdict is TOLERATED
    assert case.kind is Kind.REFUSE


@pytest.mark.parametrize("progress", list(Progress))
def test_a_control_holds_only_where_the_keys_were_seen_to_agree(progress: Progress) -> None:
    assert control_holds(seen(Ended.OURS, progress)) is (progress is Progress.ANSWERED)


def test_silence_proves_no_life_unless_the_right_message_was_answered_after_it() -> None:
    assert not proves_life(seen(Ended.SILENCE, Progress.CHOSEN))
    assert proves_life(replace(seen(Ended.SILENCE, Progress.CHOSEN), recovered=True))
    assert proves_life(seen(Ended.NOTIFY, notify=7))
