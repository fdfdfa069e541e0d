from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta

import pytest

from pqscan import errors
from pqscan.errors import MalformedMessage, PeerClosed, PeerRejected, PqscanError, UsageError, WorkError
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.stream import Dialer
from pqscan.net.throttle import Throttle
from pqscan.scan import attempt as attempt_module
from pqscan.scan.attempt import attempt

TARGET = NetworkTarget("127.0.0.1", 443)
START = datetime(2026, 11, 22, tzinfo=UTC)
FACT = Observation(Subject.PROTOCOL_VERSION, "TLS1.3", Support.ACCEPTED)

Body = Callable[[NetworkTarget, Dialer], Coroutine[None, None, Facts]]


class Scripted:
    name = "scripted"

    def __init__(self, body: Body) -> None:
        self.body = body

    async def run(self, target: NetworkTarget, dialer: Dialer) -> Facts:
        return await self.body(target, dialer)


def carry_out(body: Body, settings: DialSettings | None = None) -> Outcome:
    times = iter([START, START + timedelta(seconds=2)])

    async def main() -> Outcome:
        dialer = TcpDialer(Throttle(NO_LIMITS), settings or DialSettings())
        return (await attempt(Scripted(body), TARGET, dialer, lambda: next(times))).outcome

    return asyncio.run(main())


def raising(error: BaseException) -> Body:
    async def body(target: NetworkTarget, dialer: Dialer) -> Facts:
        raise error

    return body


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.PeerRefused("x"), OutcomeStatus.REFUSED, "peer_refused"),
        (errors.PeerUnreachable("x"), OutcomeStatus.UNREACHABLE, "peer_unreachable"),
        (errors.PeerTimedOut("x"), OutcomeStatus.TIMED_OUT, "peer_timed_out"),
        (PeerClosed("x"), OutcomeStatus.CLOSED_EARLY, "peer_closed"),
        (PeerClosed("x", by_reset=True), OutcomeStatus.CLOSED_EARLY, "peer_reset"),
        (PeerRejected("x"), OutcomeStatus.REJECTED, "peer_rejected"),
        (PeerRejected("x", code=40), OutcomeStatus.REJECTED, "peer_rejected_with_code"),
        (errors.PeerThrottled("x"), OutcomeStatus.THROTTLED, "peer_throttled"),
        (errors.WrongProtocol("x", like="SSH"), OutcomeStatus.WRONG_PROTOCOL, "wrong_protocol_like"),
        (errors.WrongProtocol("x"), OutcomeStatus.WRONG_PROTOCOL, "wrong_protocol"),
        (MalformedMessage("x"), OutcomeStatus.MALFORMED, "malformed_message"),
        (WorkError("x"), OutcomeStatus.THROTTLED, "local_shortage"),
        (UsageError("x"), OutcomeStatus.BUG, "internal_error"),
        (ZeroDivisionError("x"), OutcomeStatus.BUG, "internal_error"),
        (RecursionError("x"), OutcomeStatus.BUG, "internal_error"),
    ],
)
def test_each_error_ends_as_one_status_with_its_reason(error: Exception, status: OutcomeStatus, code: str) -> None:
    outcome = carry_out(raising(error))
    assert outcome.status is status
    assert outcome.detail is not None
    assert outcome.detail.code == code
    assert outcome.profile is None
    assert (outcome.started_at, outcome.elapsed_seconds) == (START, 2.0)


def test_every_error_a_peer_can_cause_has_a_status_of_its_own() -> None:
    for kind in errors.PeerError.__subclasses__():
        assert attempt_module.status_of(kind("x"))[0] is not OutcomeStatus.BUG


def test_the_traceback_of_a_fault_of_ours_goes_to_the_log_and_not_into_the_outcome(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        outcome = carry_out(raising(ZeroDivisionError("secret words")))
    assert "secret words" in caplog.text
    assert "Traceback" in caplog.text
    assert "secret words" not in repr(outcome)


def test_a_long_text_of_a_peer_is_cut() -> None:
    outcome = carry_out(raising(MalformedMessage("A" * 10_000)))
    assert outcome.detail is not None
    assert len(str(outcome.detail.parameters[0][1])) == attempt_module.MOST_DETAIL


def test_facts_become_one_profile_whatever_their_order() -> None:
    other = Observation(Subject.PROTOCOL_VERSION, "TLS1.2", Support.ACCEPTED)

    async def forwards(target: NetworkTarget, dialer: Dialer) -> Facts:
        return Facts((FACT, other), depth="quick", asked="1")

    async def backwards(target: NetworkTarget, dialer: Dialer) -> Facts:
        return Facts((other, FACT), depth="quick", asked="1")

    one, two = carry_out(forwards), carry_out(backwards)
    assert one.status is OutcomeStatus.COMPLETED
    assert one.profile is not None
    assert len(one.profile.digest) == 32
    assert one.profile == two.profile
    assert one.profile.complete


def test_what_was_learned_before_a_peer_pushed_back_is_kept_as_incomplete() -> None:
    async def body(target: NetworkTarget, dialer: Dialer) -> Facts:
        return Facts((FACT,), status=OutcomeStatus.THROTTLED, detail=Reason.of("peer_throttled"))

    outcome = carry_out(body)
    assert outcome.status is OutcomeStatus.THROTTLED
    assert outcome.profile is not None
    assert not outcome.profile.complete


def test_facts_that_cannot_be_written_are_a_fault_of_ours_and_end_no_run() -> None:
    async def body(target: NetworkTarget, dialer: Dialer) -> Facts:
        return Facts((Observation(Subject.BEHAVIOUR, "x", Support.OFFERED, rank="first"),))  # type: ignore[arg-type]

    assert carry_out(body).status is OutcomeStatus.BUG


def test_a_probe_that_waits_beside_the_dialer_ends_at_the_hard_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt_module, "GRACE_SECONDS", 0.02)

    async def body(target: NetworkTarget, dialer: Dialer) -> Facts:
        await asyncio.Event().wait()
        raise AssertionError

    outcome = carry_out(body, DialSettings(attempt_seconds=0.05))
    assert outcome.status is OutcomeStatus.TIMED_OUT
    assert outcome.detail == Reason.of("deadline_passed")


def test_cancelling_gives_a_cancelled_outcome_and_leaves_the_mark_for_the_caller() -> None:
    async def main() -> None:
        begun = asyncio.Event()

        async def body(target: NetworkTarget, dialer: Dialer) -> Facts:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        async def caller() -> tuple[OutcomeStatus, int]:
            tried = await attempt(Scripted(body), TARGET, TcpDialer(Throttle(NO_LIMITS), DialSettings()), lambda: START)
            task = asyncio.current_task()
            assert task is not None
            return tried.outcome.status, task.cancelling()

        task = asyncio.ensure_future(caller())
        await begun.wait()
        task.cancel()
        assert await task == (OutcomeStatus.CANCELLED, 1)

    asyncio.run(main())


def test_a_new_kind_of_error_without_a_status_is_a_fault_of_ours() -> None:
    class Unforeseen(PqscanError):
        pass

    assert carry_out(raising(Unforeseen("x"))).status is OutcomeStatus.BUG
