"""From what was seen to a verdict and a grade."""

from __future__ import annotations

import pytest

from pqscan.harness.conformance.case import Case, Kind, Ruling
from pqscan.harness.conformance.grade import Grade, grade
from pqscan.harness.conformance.judging import control_holds, proves_life, rule, why_not_held, worst
from pqscan.harness.conformance.seen import Ended, Progress, Seen, alert_name
from pqscan.model.trial import Trial, TrialVerdict

CONTROL = Seen(Progress.APPLICATION, Ended.CLOSE_NOTIFY)
P, F, T, U, N = (
    TrialVerdict.PASSED,
    TrialVerdict.FAILED,
    TrialVerdict.TOLERATED,
    TrialVerdict.UNKNOWN,
    TrialVerdict.NOT_APPLICABLE,
)


def case(kind: Kind, since: Progress = Progress.PROTECTED, newer: bool = False) -> Case:
    return Case("x", "RFC 1", "sentence", kind, lambda _peer: (), (47, 50), since, newer_than_rfc_8446=newer)


def seen(progress: Progress, ended: Ended, alert: int | None = None, retries: int = 0) -> Seen:
    return Seen(progress, ended, alert=alert, retries=retries)


@pytest.mark.parametrize(
    ("what", "kind", "verdict", "code"),
    [
        (seen(Progress.NOTHING, Ended.ALERT, 47), Kind.REFUSE, P, None),
        (seen(Progress.NOTHING, Ended.ALERT, 50), Kind.REFUSE, P, None),
        (seen(Progress.NOTHING, Ended.ALERT, 80), Kind.REFUSE, T, "conformance.other_alert"),
        (seen(Progress.NOTHING, Ended.CLOSED), Kind.REFUSE, T, "conformance.without_alert.closed"),
        (seen(Progress.NOTHING, Ended.RESET), Kind.REFUSE, T, "conformance.without_alert.reset"),
        (seen(Progress.NOTHING, Ended.SILENCE), Kind.REFUSE, T, "conformance.without_alert.silence"),
        (seen(Progress.HELLO, Ended.ALERT, 47), Kind.REFUSE, P, None),
        (seen(Progress.RETRY, Ended.ALERT, 47), Kind.REFUSE, P, None),
        (seen(Progress.PROTECTED, Ended.OURS), Kind.REFUSE, F, "conformance.went_on.protected"),
        (seen(Progress.PROTECTED, Ended.OURS), Kind.MAY_REFUSE, T, "conformance.may_go_on"),
        (seen(Progress.NOTHING, Ended.ALERT, 47), Kind.MAY_REFUSE, P, None),
        (seen(Progress.RETRY, Ended.OURS, retries=2), Kind.REFUSE, F, "conformance.retried_twice"),
        (seen(Progress.NOTHING, Ended.MALFORMED), Kind.REFUSE, U, "conformance.malformed"),
        (seen(Progress.NOTHING, Ended.NO_CONNECTION), Kind.REFUSE, U, "conformance.no_answer.no_connection"),
        (seen(Progress.NOTHING, Ended.WRONG_PROTOCOL), Kind.TAKE, U, "conformance.no_answer.wrong_protocol"),
        (seen(Progress.APPLICATION, Ended.CLOSE_NOTIFY), Kind.TAKE, P, None),
        (seen(Progress.NOTHING, Ended.ALERT, 40), Kind.TAKE, F, "conformance.refused"),
        (seen(Progress.FLIGHT, Ended.CLOSED), Kind.TAKE, F, "conformance.not_taken.closed"),
        (seen(Progress.FLIGHT, Ended.FLOOD), Kind.TAKE, U, "conformance.peer_floods"),
        (seen(Progress.NOTHING, Ended.FLOOD), Kind.REFUSE, U, "conformance.peer_floods"),
        (seen(Progress.APPLICATION, Ended.FLOOD), Kind.TAKE, P, None),
        (Seen(Progress.FLIGHT, Ended.CLOSED, unasked_data=True), Kind.TAKE, U, "conformance.talks_unasked"),
        (Seen(Progress.PROTECTED, Ended.OURS, group=7, listed_groups=(8,)), Kind.MAY_REFUSE, F, "conformance.group_unlisted"),
        (Seen(Progress.PROTECTED, Ended.OURS, group=8, listed_groups=(8,)), Kind.MAY_REFUSE, T, "conformance.may_go_on"),
    ],
)
def test_what_was_seen_decides(what: Seen, kind: Kind, verdict: TrialVerdict, code: str | None) -> None:
    ruling = rule(case(kind), what, CONTROL)
    assert (ruling.verdict, ruling.reason.code if ruling.reason else None) == (verdict, code)


@pytest.mark.parametrize(
    ("what", "verdict"),
    [
        (Seen(Progress.FLIGHT, Ended.CLOSE_NOTIFY, unasked_data=True), U),
        (Seen(Progress.FLIGHT, Ended.RESET, unasked_key_updates=True), U),
        (Seen(Progress.FLIGHT, Ended.ALERT, alert=47, unasked_data=True), P),
        (Seen(Progress.APPLICATION, Ended.CLOSE_NOTIFY, unasked_data=True), F),
    ],
)
def test_after_unasked_data_only_an_alert_or_an_answer_tells(what: Seen, verdict: TrialVerdict) -> None:
    assert rule(case(Kind.REFUSE, Progress.APPLICATION), what, CONTROL).verdict is verdict


@pytest.mark.parametrize(
    ("control", "code"),
    [
        (seen(Progress.FLIGHT, Ended.FLOOD), "conformance.peer_floods"),
        (Seen(Progress.FLIGHT, Ended.CLOSED, application_bytes=9), "conformance.talks_unasked"),
        (seen(Progress.FLIGHT, Ended.CLOSED), "conformance.control_failed"),
    ],
)
def test_why_a_control_tells_nothing_is_said(control: Seen, code: str) -> None:
    assert not control_holds(case(Kind.REFUSE, Progress.APPLICATION), control)
    assert why_not_held(control).code == code


def test_a_server_that_refuses_after_its_hello_did_not_go_on() -> None:
    early = case(Kind.REFUSE, Progress.RETRY)
    assert rule(early, seen(Progress.HELLO, Ended.CLOSED), CONTROL).verdict is T
    assert rule(early, seen(Progress.RETRY, Ended.OURS), CONTROL).verdict is F
    assert rule(early, seen(Progress.PROTECTED, Ended.OURS), CONTROL).verdict is F


def test_an_alert_after_a_flight_is_a_refusal_unless_the_control_ends_with_it_too() -> None:
    what = seen(Progress.FLIGHT, Ended.ALERT, 10)
    assert rule(case(Kind.TAKE), what, Seen(Progress.FLIGHT, Ended.CLOSE_NOTIFY)).verdict is F
    assert rule(case(Kind.TAKE), what, Seen(Progress.FLIGHT, Ended.ALERT, alert=10)).verdict is P


@pytest.mark.parametrize(
    ("kind", "what", "verdict"),
    [
        (Kind.REFUSE, seen(Progress.FLIGHT, Ended.ALERT, 47), P),
        (Kind.REFUSE, seen(Progress.FLIGHT, Ended.ALERT, 80), T),
        (Kind.REFUSE, seen(Progress.FLIGHT, Ended.CLOSED), T),
        (Kind.REFUSE, seen(Progress.FLIGHT, Ended.CLOSE_NOTIFY), U),
        (Kind.REFUSE, seen(Progress.APPLICATION, Ended.CLOSE_NOTIFY), F),
        (Kind.TAKE, seen(Progress.FLIGHT, Ended.CLOSE_NOTIFY), P),
        (Kind.TAKE, seen(Progress.FLIGHT, Ended.ALERT, 47), F),
        (Kind.TAKE, seen(Progress.FLIGHT, Ended.CLOSED), F),
    ],
)
def test_where_only_the_end_is_answered_an_alert_tells_and_the_same_end_does_not(
    kind: Kind, what: Seen, verdict: TrialVerdict
) -> None:
    control = Seen(Progress.FLIGHT, Ended.CLOSE_NOTIFY)
    assert control_holds(case(kind, Progress.APPLICATION), control)
    assert rule(case(kind, Progress.APPLICATION), what, control).verdict is verdict


def test_a_rule_that_is_newer_than_rfc_8446_is_not_held_against_a_server() -> None:
    ruling = rule(case(Kind.REFUSE, newer=True), seen(Progress.PROTECTED, Ended.OURS), CONTROL)
    assert ruling.verdict is T


def test_another_alert_is_told_with_the_one_that_was_asked_for() -> None:
    reason = rule(case(Kind.REFUSE), seen(Progress.NOTHING, Ended.ALERT, 80), CONTROL).reason
    assert reason is not None
    assert dict(reason.parameters) == {"alert": "internal_error (80)", "wanted": "illegal_parameter (47)"}
    assert alert_name(199) == "199"


def test_what_comes_after_finished_needs_a_control_that_shows_data() -> None:
    assert control_holds(case(Kind.REFUSE), seen(Progress.FLIGHT, Ended.CLOSED))
    assert not control_holds(case(Kind.REFUSE, Progress.APPLICATION), seen(Progress.FLIGHT, Ended.CLOSED))
    assert not control_holds(case(Kind.REFUSE), seen(Progress.PROTECTED, Ended.ALERT, 40))


def test_only_words_of_the_server_prove_that_it_lives() -> None:
    assert proves_life(seen(Progress.NOTHING, Ended.ALERT, 47))
    assert proves_life(seen(Progress.PROTECTED, Ended.OURS))
    assert not proves_life(seen(Progress.NOTHING, Ended.RESET))
    assert not proves_life(seen(Progress.RETRY, Ended.CLOSED))


def test_one_failure_among_variants_decides() -> None:
    assert worst((Ruling(P), Ruling(T), Ruling(F), Ruling(U))).verdict is F
    assert worst((Ruling(P), Ruling(T), Ruling(U))).verdict is U
    assert worst((Ruling(P), Ruling(T))).verdict is T


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((P, P, N), Grade.CONFORMS),
        ((P, T), Grade.TOLERABLE),
        ((P, T, U), Grade.UNDETERMINED),
        ((P, U, F), Grade.FAILS),
        ((N, N), Grade.UNDETERMINED),
        ((), Grade.UNDETERMINED),
    ],
)
def test_the_grade_speaks_of_what_was_tried(verdicts: tuple[TrialVerdict, ...], expected: Grade) -> None:
    assert grade(Trial("s", str(number), "t", verdict) for number, verdict in enumerate(verdicts)) is expected
