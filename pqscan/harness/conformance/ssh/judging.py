"""From what was seen to a verdict. Only what the standard says must be refused is failed by going on."""

from __future__ import annotations

from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.ssh.case import Case
from pqscan.harness.conformance.ssh.seen import Ended, Progress, Seen, reason_name
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict

UNCLEAR = frozenset({Ended.WRONG_PROTOCOL, Ended.NO_CONNECTION, Ended.THROTTLED})


def control_holds(control: Seen) -> bool:
    """Whether the connection without the fault went to its end, so that the one with the fault means something."""
    return control.progress >= Progress.ANSWERED and control.verified is not False


def proves_life(seen: Seen) -> bool:
    """Whether the server said that it ends this: else it may be gone, and a control has to follow."""
    return seen.ended is Ended.DISCONNECT or (seen.ended is Ended.OURS and seen.progress > Progress.NOTHING)


def rule(case: Case, seen: Seen) -> Ruling:
    """The verdict on one connection of a case whose control holds. Kind LOOK is judged by the case itself."""
    if seen.ended in UNCLEAR:
        return _ruling(TrialVerdict.UNKNOWN, f"conformance.ssh.no_answer.{seen.ended.value}", seen)
    if case.kind is Kind.TAKE:
        return _taken(seen)
    if seen.progress >= case.since:
        if case.kind is Kind.MAY_REFUSE:
            return _ruling(TrialVerdict.TOLERATED, "conformance.may_go_on", seen)
        return _ruling(TrialVerdict.FAILED, f"conformance.ssh.went_on.{seen.progress.name.lower()}", seen)
    return _refused(case, seen)


def _refused(case: Case, seen: Seen) -> Ruling:
    match seen.ended:
        case Ended.DISCONNECT:
            if not case.required or seen.code in case.required:
                return Ruling(TrialVerdict.PASSED, None, seen.told)
            names = {"why": reason_name(seen.code), "wanted": reason_name(case.required[0])}
            return _ruling(TrialVerdict.TOLERATED, "conformance.ssh.other_reason", seen, **names)
        case Ended.CLOSED | Ended.RESET:
            if not case.required:
                return Ruling(TrialVerdict.PASSED, None, seen.told)
            return _ruling(TrialVerdict.TOLERATED, f"conformance.ssh.without_disconnect.{seen.ended.value}", seen)
        case Ended.SILENCE:
            return _ruling(TrialVerdict.TOLERATED, "conformance.ssh.without_disconnect.silence", seen)
        case _:
            return _ruling(TrialVerdict.UNKNOWN, f"conformance.ssh.no_answer.{seen.ended.value}", seen)


def _taken(seen: Seen) -> Ruling:
    if seen.progress >= Progress.ANSWERED and seen.verified is not False:
        return Ruling(TrialVerdict.PASSED, None, seen.told)
    if seen.ended is Ended.DISCONNECT:
        return _ruling(TrialVerdict.FAILED, "conformance.ssh.refused", seen, why=reason_name(seen.code))
    return _ruling(TrialVerdict.FAILED, f"conformance.ssh.not_taken.{seen.ended.value}", seen)


def _ruling(verdict: TrialVerdict, told: str, seen: Seen, **parameters: str | int) -> Ruling:
    return Ruling(verdict, Reason.of(told, **parameters), seen.told)
