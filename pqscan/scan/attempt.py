"""One attempt at one target. The one place where an error becomes an `OutcomeStatus`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType

from pqscan.errors import (
    MalformedMessage,
    PeerClosed,
    PeerRefused,
    PeerRejected,
    PeerThrottled,
    PeerTimedOut,
    PeerUnreachable,
    PqscanError,
    WorkError,
    WrongProtocol,
)
from pqscan.model.canonical import canonical
from pqscan.model.observation import Profile
from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Dialer
from pqscan.probe import NetworkProbe

log = logging.getLogger(__name__)

GRACE_SECONDS = 1.0
"""How long after the dialer's deadline a probe that waits for something else is stopped."""

MOST_DETAIL = 200  # characters of an error kept as a parameter of a reason


@dataclass(frozen=True, slots=True)
class Attempt:
    """An outcome, and the names that its certificates hold and that deserve a target of their own. `heard`: the peer sent at least
    one byte."""

    outcome: Outcome
    further_names: tuple[str, ...] = ()
    heard: bool = False


async def attempt(probe: NetworkProbe, target: NetworkTarget, dialer: Dialer, now: Callable[[], datetime]) -> Attempt:
    """Asks one target and never raises on account of the peer.

    A cancelled task gives CANCELLED and stays marked as cancelled (`Task.cancelling`): the caller ends after it."""
    started_at = now()
    status, detail, answer = await _ask(probe, target, dialer)
    elapsed = max(0.0, (now() - started_at).total_seconds())
    if answer is None:
        return Attempt(Outcome(target, probe.name, status, started_at, elapsed, dialer.connections_used, detail))
    facts, profile = answer
    outcome = Outcome(
        target,
        probe.name,
        facts.status,
        started_at,
        elapsed,
        dialer.connections_used,
        facts.detail,
        profile,
        facts.chains,
        facts.certificates,
        facts.evidence,
    )
    return Attempt(outcome, facts.further_names)


Answer = tuple[Facts, Profile | None]


def _profile(probe: NetworkProbe, facts: Facts) -> Profile | None:
    """What was learned, canonical; None for nothing. It is complete only where the attempt came to its end."""
    if not facts.observations:
        return None
    complete = facts.complete and facts.status is OutcomeStatus.COMPLETED
    return canonical(Profile(probe.name, facts.depth, facts.asked, complete, facts.observations, facts.preference))


async def _ask(probe: NetworkProbe, target: NetworkTarget, dialer: Dialer) -> tuple[OutcomeStatus, Reason | None, Answer | None]:
    with _Guard(dialer) as guard:
        try:
            facts = await probe.run(target, dialer)
            return facts.status, None, (facts, _profile(probe, facts))
        except asyncio.CancelledError:
            if guard.release():
                return OutcomeStatus.TIMED_OUT, Reason.of("deadline_passed"), None
            return OutcomeStatus.CANCELLED, Reason.of("cancelled"), None
        except PqscanError as error:
            status, reason = status_of(error)
            return status, reason, None
        except Exception as error:
            log.exception("the probe %s failed on %s port %d: this is a fault of pqscan", probe.name, target.address, target.port)
            return OutcomeStatus.BUG, Reason.of("internal_error", error=type(error).__name__), None


def status_of(error: PqscanError) -> tuple[OutcomeStatus, Reason]:
    """What an error says about the target. A shortage on this machine counts as throttled: nothing was learned, ask again."""
    match error:
        case PeerRefused():
            return OutcomeStatus.REFUSED, Reason.of("peer_refused")
        case PeerUnreachable(from_here=True):
            return OutcomeStatus.UNREACHABLE, Reason.of("no_way_from_here")
        case PeerUnreachable():
            return OutcomeStatus.UNREACHABLE, Reason.of("peer_unreachable")
        case PeerTimedOut():
            return OutcomeStatus.TIMED_OUT, Reason.of("peer_timed_out")
        case PeerClosed(by_reset=True):
            return OutcomeStatus.CLOSED_EARLY, Reason.of("peer_reset")
        case PeerClosed():
            return OutcomeStatus.CLOSED_EARLY, Reason.of("peer_closed")
        case PeerRejected(phrase="alert_112"):
            return OutcomeStatus.REJECTED, Reason.of("server_name_needed")
        case PeerRejected(phrase=str(phrase)) if phrase:
            return OutcomeStatus.REJECTED, Reason.of("peer_rejected_always", why=phrase)
        case PeerRejected(code=None):
            return OutcomeStatus.REJECTED, Reason.of("peer_rejected", detail=_detail(error))
        case PeerRejected(code=int(code)):
            return OutcomeStatus.REJECTED, Reason.of("peer_rejected_with_code", number=code, detail=_detail(error))
        case PeerThrottled():
            return OutcomeStatus.THROTTLED, Reason.of("peer_throttled")
        case WrongProtocol(like=str(like)) if like:
            return OutcomeStatus.WRONG_PROTOCOL, Reason.of("wrong_protocol_like", what=like)
        case WrongProtocol():
            return OutcomeStatus.WRONG_PROTOCOL, Reason.of("wrong_protocol", detail=_detail(error))
        case MalformedMessage():
            return OutcomeStatus.MALFORMED, Reason.of("malformed_message", detail=_detail(error))
        case WorkError():
            return OutcomeStatus.THROTTLED, Reason.of("local_shortage", detail=_detail(error))
        case _:
            log.error("a probe raised %s: this is a fault of pqscan", type(error).__name__, exc_info=error)
            return OutcomeStatus.BUG, Reason.of("internal_error", error=type(error).__name__)


def _detail(error: PqscanError) -> str:
    return str(error)[:MOST_DETAIL]


class _Guard:
    """Cancels the running task when the dialer's deadline has passed and the probe still waits for something else.

    The dialer's deadline moves on while a budget is waited for, so it is asked again each time."""

    __slots__ = ("_dialer", "_fired", "_handle", "_loop", "_task")

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._fired = False

    def __enter__(self) -> _Guard:
        self._handle = self._loop.call_later(max(0.0, self._dialer.seconds_left) + GRACE_SECONDS, self._check)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._handle.cancel()

    def release(self) -> bool:
        """Whether the guard alone cancelled the task; takes its mark off."""
        if not self._fired or self._task is None:
            return False
        return self._task.uncancel() == 0

    def _check(self) -> None:
        left = self._dialer.seconds_left
        if left > -GRACE_SECONDS / 2:
            self._handle = self._loop.call_later(max(0.0, left) + GRACE_SECONDS, self._check)
        elif self._task is not None:
            self._fired = True
            self._task.cancel()
