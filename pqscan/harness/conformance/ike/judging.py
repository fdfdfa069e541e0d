"""From what was seen to a verdict. Only what the standard says must be refused is failed by going on."""

from __future__ import annotations

from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.ike.case import Case
from pqscan.harness.conformance.ike.seen import Ended, Progress, Seen
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.wire.ike.words import notify_name

_UNCLEAR = frozenset({Ended.NO_CONNECTION, Ended.FLOOD})


def control_holds(control: Seen) -> bool:
    """Whether the exchange without the fault went to its end, so that the one with the fault means something."""
    return control.progress >= Progress.ANSWERED


def proves_life(seen: Seen) -> bool:
    """Whether the gateway said something after what was wrong: else it may be gone, and a control has to follow."""
    return seen.ended in (Ended.NOTIFY, Ended.OURS) or seen.recovered


def rule(case: Case, seen: Seen) -> Ruling:
    """The verdict on one exchange of a case whose control holds. Kind LOOK is judged by the case itself."""
    if seen.ended in _UNCLEAR:
        return ruling(TrialVerdict.UNKNOWN, f"no_answer.{seen.ended.value}", seen)
    if case.kind is Kind.TAKE:
        return _taken(seen)
    if seen.progress >= case.since:
        if case.kind is Kind.MAY_REFUSE:
            return Ruling(TrialVerdict.TOLERATED, Reason.of("conformance.may_go_on"), seen.told)
        return ruling(TrialVerdict.FAILED, f"went_on.{seen.progress.name.lower()}", seen)
    return _refused(case, seen)


def _refused(case: Case, seen: Seen) -> Ruling:
    is_free = case.kind is Kind.MAY_REFUSE
    match seen.ended:
        case Ended.NOTIFY if case.may_drop and not case.required and not is_free:
            return ruling(TrialVerdict.FAILED, "answered", seen, notify=notify_name(seen.notify or 0))
        case Ended.NOTIFY if seen.in_clear and not is_free:
            return ruling(TrialVerdict.TOLERATED, "in_clear", seen, notify=notify_name(seen.notify or 0))
        case Ended.NOTIFY:
            if is_free or not case.required or seen.notify in case.required:
                return Ruling(TrialVerdict.PASSED, None, seen.told)
            names = {"notify": notify_name(seen.notify or 0), "wanted": notify_name(case.required[0])}
            return ruling(TrialVerdict.TOLERATED, "other_notify", seen, **names)
        case Ended.SILENCE if case.since > Progress.CHOSEN and case.may_drop and not seen.recovered:
            return ruling(TrialVerdict.FAILED if case.goes_on else TrialVerdict.TOLERATED, "gave_up", seen)
        case Ended.SILENCE:
            if case.may_drop or is_free:
                return Ruling(TrialVerdict.PASSED, None, seen.told)
            return ruling(TrialVerdict.TOLERATED, "without_notify", seen, wanted=notify_name(case.required[0]))
        case _:
            return ruling(TrialVerdict.UNKNOWN, f"no_answer.{seen.ended.value}", seen)


def _taken(seen: Seen) -> Ruling:
    if seen.progress >= Progress.ANSWERED:
        return Ruling(TrialVerdict.PASSED, None, seen.told)
    if seen.ended is Ended.NOTIFY:
        return ruling(TrialVerdict.FAILED, "refused", seen, notify=notify_name(seen.notify or 0))
    return ruling(TrialVerdict.FAILED, f"not_taken.{seen.ended.value}", seen)


def ruling(verdict: TrialVerdict, told: str, seen: Seen, **parameters: str | int) -> Ruling:
    return Ruling(verdict, Reason.of(f"conformance.ike.{told}", **parameters), seen.told)
