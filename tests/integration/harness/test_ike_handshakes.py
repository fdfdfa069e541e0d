"""IKEv2 exchanges with ML-KEM carried through over UDP: with a responder that holds us to the documents, with broken ones, and
with real gateways where they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pqscan.harness import liboqs
from pqscan.harness.handshake import Carried
from pqscan.harness.ike.handshake import IkePlan, methods_named
from pqscan.harness.tls.shares import LIBRARIES, ShareMaker
from pqscan.model.observation import Subject
from pqscan.model.target import NetworkTarget, Transport
from pqscan.model.trial import TrialVerdict
from pqscan.net import loop
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.wire.ike.header import Message
from pqscan.wire.ike.payloads import Notify
from pqscan.wire.ike.words import Flag, NotifyType, PayloadType
from tests.peers.ike_responder import Answering, ServedIke, notify
from tests.peers.ike_strict import StrictGateway
from tests.unit.wire.ike.test_session import CannotCompute, LacksIt, NoIntermediate, OtherSecret, ShortCiphertext

PASSED, FAILED, UNKNOWN = TrialVerdict.PASSED, TrialVerdict.FAILED, TrialVerdict.UNKNOWN
TOLERATED, LACKS, SKIPPED = TrialVerdict.TOLERATED, TrialVerdict.NOT_APPLICABLE, TrialVerdict.SKIPPED


def carry_out(
    port: int, *names: str, library: str = "cryptography", authenticates: bool = True, seconds: float = 30.0
) -> list[Carried]:
    try:
        maker = ShareMaker.on(library)
    except liboqs.LiboqsMissing:
        pytest.skip("liboqs is not on this machine")

    async def run() -> list[Carried]:
        throttle, settings = Throttle(), DialSettings(attempt_seconds=seconds)
        plan = IkePlan(methods_named(names), maker, authenticates)
        target = NetworkTarget("127.0.0.1", port, transport=Transport.UDP)
        return [each async for each in plan.carry_out(target, lambda: TcpDialer(throttle, settings))]

    return loop.run(run())


def reason_of(carried: Carried) -> str:
    return "" if carried.trial.reason is None else carried.trial.reason.code


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_size_that_both_have_is_proven(library: str) -> None:
    with ServedIke() as peer:
        carried = carry_out(peer.port, library=library)
    verdicts = {each.trial.name: each.trial.verdict for each in carried}
    small = LACKS if library == "liboqs" else SKIPPED  # `cryptography` has no ML-KEM-512, the responder neither.
    assert verdicts == {"ML-KEM-768": PASSED, "ML-KEM-1024": PASSED, "ML-KEM-512": small}
    proven = carried[0].proven
    assert proven is not None
    assert (proven.subject, proven.value, proven.context) == (Subject.IKE_ADDITIONAL_KEY_EXCHANGE, "36", "IKEv2")
    assert carried[0].trial.detail == "IKE_INTERMEDIATE; IKE_AUTH; AUTHENTICATION_FAILED (24)"
    assert "fragments x2" in carried[1].trial.detail
    assert any("keys with ML-KEM" in line for line in carried[0].trace)


def test_without_permission_nothing_is_proven_and_the_reason_says_why() -> None:
    with ServedIke() as peer:
        carried = carry_out(peer.port, "ML-KEM-768", authenticates=False)
    assert (carried[0].trial.verdict, reason_of(carried[0]), carried[0].proven) == (TOLERATED, "handshake_ike_not_shown", None)


def test_lost_datagrams_are_sent_again() -> None:
    with ServedIke(deaf=1) as peer:
        carried = carry_out(peer.port, "mlkem768")
    assert carried[0].trial.verdict is PASSED


class HasNone(StrictGateway):
    """strongSwan 5.9: knows no additional key exchange."""

    methods = ()


class WantsCookieAndHasNone(HasNone):
    """Wants a cookie of everybody, as under load."""

    def init_answer(self, message: Message, datagram: bytes) -> list[bytes]:
        if NotifyType.COOKIE in {Notify.decode(body).kind for body in message.of(PayloadType.NOTIFY)}:
            return super().init_answer(message, datagram)
        cookie = notify(NotifyType.COOKIE, b"crumbs")
        return [Message(message.initiator_spi, bytes(8), message.exchange, Flag.RESPONSE, 0, (cookie,)).encode()]


@pytest.mark.parametrize(
    ("responder", "verdict", "reason"),
    [
        (NoIntermediate, FAILED, "handshake_not_verified"),
        (CannotCompute, FAILED, "handshake_ike_refused_later"),
        (ShortCiphertext, FAILED, "handshake_not_verified"),
        (LacksIt, UNKNOWN, "handshake_ike_refuses_all"),
        (HasNone, LACKS, "handshake_ike_refused_alone"),
        (WantsCookieAndHasNone, LACKS, "handshake_ike_refused_alone"),
    ],
)
def test_a_responder_that_does_not_carry_it_through_is_told_apart(
    responder: Callable[[], Answering], verdict: TrialVerdict, reason: str
) -> None:
    with ServedIke(responder) as peer:
        carried = carry_out(peer.port, "ML-KEM-768")
    assert (carried[0].trial.verdict, reason_of(carried[0]), carried[0].proven) == (verdict, reason, None)


class OtherSecretInSilence(OtherSecret):
    """Drops what it cannot open, as a gateway does."""

    def answer(self, datagram: bytes) -> list[bytes]:
        try:
            return super().answer(datagram)
        except Exception:
            return []


def test_another_secret_is_never_taken_for_a_proof() -> None:
    with ServedIke(OtherSecretInSilence) as peer:
        carried = carry_out(peer.port, "ML-KEM-768")
    assert (carried[0].trial.verdict, reason_of(carried[0])) == (TOLERATED, "handshake_ike_auth_unanswered")


def test_a_port_that_says_nothing_is_asked_once() -> None:
    with ServedIke(deaf=1_000) as peer:
        carried = carry_out(peer.port, seconds=2.0)
    assert {reason_of(each) for each in carried} == {"peer_timed_out"}
    assert {each.trial.verdict for each in carried} == {UNKNOWN}
