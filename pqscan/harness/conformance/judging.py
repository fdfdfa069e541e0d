"""From what was seen to a verdict (RFC 9846, section 6.2: "abort with an X alert" means that X is sent if any alert is)."""

from __future__ import annotations

from pqscan.harness.conformance.case import Case, Kind, Ruling, name_of
from pqscan.harness.conformance.seen import Ended, Progress, Seen, alert_name
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict

_ORDER = (
    TrialVerdict.FAILED,
    TrialVerdict.UNKNOWN,
    TrialVerdict.TOLERATED,
    TrialVerdict.PASSED,
    TrialVerdict.NOT_APPLICABLE,
)
_UNCLEAR = (Ended.WRONG_PROTOCOL, Ended.NO_CONNECTION)


def worst(rulings: tuple[Ruling, ...]) -> Ruling:
    """Of the variants of a case: one failure decides, then what could not be told."""
    return min(rulings, key=lambda ruling: _ORDER.index(ruling.verdict))


def control_holds(case: Case, control: Seen) -> bool:
    """Whether the connection without the fault went far enough for the one with the fault to mean something: a flood may hide the
    answer to what follows Finished, and says nothing about a hello."""
    if case.since is not Progress.APPLICATION:
        return control.progress >= Progress.FLIGHT
    return control.progress is Progress.APPLICATION or _ends_in_order(control)


def why_not_held(control: Seen) -> Reason:
    """Why a control that does not hold tells nothing."""
    if control.ended is Ended.FLOOD:
        return Reason.of("conformance.peer_floods")
    if control.talks_unasked or control.application_bytes:  # Data came and was no answer.
        return Reason.of("conformance.talks_unasked")
    return Reason.of("conformance.control_failed")


def _ends_in_order(seen: Seen) -> bool:
    """No data and no KeyUpdate came, but our close_notify was answered: an alert in its place is a refusal, and going on cannot be
    told from closing (servers that read and drop what comes; OpenSSL answers a KeyUpdate only when it next writes)."""
    return seen.progress is Progress.FLIGHT and seen.ended is Ended.CLOSE_NOTIFY


def proves_life(seen: Seen) -> bool:
    """Whether the server said something: else it may be gone, and a control has to follow."""
    if seen.ended in (Ended.ALERT, Ended.CLOSE_NOTIFY):
        return True
    return seen.ended is Ended.OURS and seen.progress > Progress.NOTHING


def rule(case: Case, seen: Seen, control: Seen) -> Ruling:
    """The verdict on one connection of a case whose control holds. Kind LOOK is judged by the case itself."""
    if seen.ended in _UNCLEAR:
        return _ruling(TrialVerdict.UNKNOWN, f"conformance.no_answer.{seen.ended.value}", seen)
    if case.kind is Kind.TAKE:
        return _taken(seen, control)
    if case.since is Progress.APPLICATION and _ends_in_order(control) and _ends_in_order(seen):
        return _ruling(TrialVerdict.UNKNOWN, "conformance.ends_as_control", seen)
    return _refused(case, seen)


def _refused(case: Case, seen: Seen) -> Ruling:
    if seen.retries > 1:
        return _ruling(TrialVerdict.FAILED, "conformance.retried_twice", seen)
    if seen.progress >= case.since and seen.progress is not Progress.HELLO:  # Some servers refuse after their ServerHello.
        if case.kind is Kind.MAY_REFUSE and seen.group is not None and seen.group not in seen.listed_groups:
            return _ruling(TrialVerdict.FAILED, "conformance.group_unlisted", seen, group=name_of(seen.group))
        if case.kind is Kind.MAY_REFUSE:
            return _ruling(TrialVerdict.TOLERATED, "conformance.may_go_on", seen)
        if case.newer_than_rfc_8446:
            return _ruling(TrialVerdict.TOLERATED, "conformance.newer_rule", seen)
        return _ruling(TrialVerdict.FAILED, f"conformance.went_on.{seen.progress.name.lower()}", seen)
    if seen.ended is Ended.ALERT and seen.alert is not None:
        if seen.under_old_keys:
            return _ruling(TrialVerdict.TOLERATED, "conformance.alert_under_old_keys", seen, alert=alert_name(seen.alert))
        if seen.alert in case.required:
            return Ruling(TrialVerdict.PASSED, None, seen.told)
        wanted = alert_name(case.required[0])
        return _ruling(TrialVerdict.TOLERATED, "conformance.other_alert", seen, alert=alert_name(seen.alert), wanted=wanted)
    if seen.ended is Ended.FLOOD:
        return _ruling(TrialVerdict.UNKNOWN, "conformance.peer_floods", seen)
    if seen.talks_unasked and case.since is Progress.APPLICATION:
        return _ruling(TrialVerdict.UNKNOWN, "conformance.talks_unasked", seen)
    if seen.ended in (Ended.CLOSED, Ended.CLOSE_NOTIFY, Ended.RESET, Ended.SILENCE):
        return _ruling(TrialVerdict.TOLERATED, f"conformance.without_alert.{seen.ended.value}", seen)
    return _ruling(TrialVerdict.UNKNOWN, "conformance.malformed", seen)


def _taken(seen: Seen, control: Seen) -> Ruling:
    """An alert after the flight is a refusal too, unless the control ends with the same (a client certificate is missing)."""
    refused = seen.ended is Ended.ALERT and seen.progress < Progress.APPLICATION and seen.alert != control.alert
    broken = seen.ended is Ended.MALFORMED or (
        _ends_in_order(control) and seen.progress is Progress.FLIGHT and not _ends_in_order(seen)
    )
    if seen.progress >= min(control.progress, Progress.APPLICATION) and not broken and not refused:
        return Ruling(TrialVerdict.PASSED, None, seen.told)
    if seen.ended is Ended.ALERT and seen.alert is not None:
        return _ruling(TrialVerdict.FAILED, "conformance.refused", seen, alert=alert_name(seen.alert))
    if seen.ended is Ended.FLOOD:
        return _ruling(TrialVerdict.UNKNOWN, "conformance.peer_floods", seen)
    if seen.talks_unasked and seen.progress is Progress.FLIGHT:
        return _ruling(TrialVerdict.UNKNOWN, "conformance.talks_unasked", seen)
    return _ruling(TrialVerdict.FAILED, f"conformance.not_taken.{seen.ended.value}", seen)


def _ruling(verdict: TrialVerdict, code: str, seen: Seen, **parameters: str | int) -> Ruling:
    return Ruling(verdict, Reason.of(code, **parameters), seen.told)
