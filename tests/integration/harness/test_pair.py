"""Our own pair on loopback: every group and signature agree, and a server with one fault is told from a right one."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from pqscan.app.handshaking import loopback
from pqscan.harness.handshake import Carried
from pqscan.harness.tls.client import ClientSettings
from pqscan.harness.tls.encapsulation import encapsulate
from pqscan.harness.tls.falcon import falcon_identity
from pqscan.harness.tls.handshake import TlsPlan
from pqscan.harness.tls.identity import ServerIdentity, self_made
from pqscan.harness.tls.loopback import serving
from pqscan.harness.tls.offered import Offered
from pqscan.harness.tls.pair import SUITE
from pqscan.harness.tls.records import Refusal, framed
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings, Waiting
from pqscan.harness.tls.shares import ShareMaker, every_group, groups_named
from pqscan.harness.tls.verify import verifiable_schemes
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import TrialVerdict
from pqscan.net import loop
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.registry.tls import named_group
from pqscan.wire import builder
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.key_schedule import Secret
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType
from tests.integration.harness.conftest import on
from tests.peers.talkers import FloodsEmptyData, FloodsTickets, FloodsWarnings

GROUP = 0x11EC
IDENTITY = self_made(0x0403, datetime.now(UTC))


def test_every_group_that_a_library_makes_agrees_with_itself(maker: ShareMaker) -> None:
    result = loopback(library=maker.library)
    assert {trial.verdict for trial in result.report.trials} == {TrialVerdict.PASSED}
    assert result.is_good
    names = {trial.name for trial in result.report.trials}
    assert {f"{group.name} (0x{group.value:04x}), {way}" for group in every_group(maker) for way in ("direct", "retry")} <= names
    assert {trial.suite for trial in result.report.trials} == {SUITE}
    assert all(carried.proven is None for carried in result.carried)  # Nothing is learned of any target.


def test_liboqs_has_the_private_groups_and_falcon(liboqs: ShareMaker) -> None:
    names = {trial.name for trial in loopback(library="liboqs").report.trials}
    assert {"MLKEM512 (0x0200), direct", "frodo976shake (0xfe09), retry", "sntrup761 (0x0233), direct"} <= names
    assert {"X25519MLKEM768 (0x11ec), direct, falcon512", "X25519MLKEM768 (0x11ec), direct, falcon1024"} <= names


class WrongFinished(ServerConversation):
    def finished_data(self, secret: Secret, transcript_hash: bytes) -> bytes:
        return bytes(len(transcript_hash))


class WrongSignature(ServerConversation):
    def certificate_verify(self, transcript_hash: bytes) -> bytes:
        return super().certificate_verify(bytes(len(transcript_hash)))


class OtherSecret(ServerConversation):
    """Its parts in the wrong order in the secret, as in early drafts."""

    def key_agreement(self, entry: KeyShareEntry) -> tuple[bytes, bytes]:
        share, secret = super().key_agreement(entry)
        return share, secret[32:] + secret[:32]


class ShortShare(ServerConversation):
    def key_agreement(self, entry: KeyShareEntry) -> tuple[bytes, bytes]:
        share, secret = super().key_agreement(entry)
        return share[:-1], secret


class NeverRetries(ServerConversation):
    def retry(self, message: bytes, offered: Offered, suite: int, group: int) -> None:
        raise Refusal(AlertDescription.HANDSHAKE_FAILURE, "no share that fits")


class RefusesDirectShares(ServerConversation):
    """Trips over a share in the first hello, and takes the same in the second."""

    def choose_group(self, offered: Offered) -> int:
        if self.retry_group is None and offered.share(GROUP) is not None:
            raise Refusal(AlertDescription.DECODE_ERROR, "it trips")
        return super().choose_group(offered)


class RefusesDirectSharesPlainly(ServerConversation):
    """Says that nothing is in common, and asks for the very share where none is sent."""

    def choose_group(self, offered: Offered) -> int:
        if self.retry_group is None and offered.share(GROUP) is not None:
            raise Refusal(AlertDescription.HANDSHAKE_FAILURE, "nothing in common")
        return super().choose_group(offered)


class TakesNobody(ServerConversation):
    def choose_group(self, offered: Offered) -> int:
        alert = AlertDescription.HANDSHAKE_FAILURE if offered.shares else AlertDescription.DECODE_ERROR
        raise Refusal(alert, "nothing in common")


class GivesTicketsAndCloses(ServerConversation):
    """Tickets may be sent before our Finished is read, as Go does; then it ends without a word."""

    def answer(self, hello: ClientHello, offered: Offered, suite: int, group: int) -> None:
        super().answer(hello, offered, suite, group)
        ticket = framed(HandshakeType.NEW_SESSION_TICKET, bytes(8) + b"\x01\x00" + b"\x00\x01t" + b"\x00\x00")
        self.send_protected(ContentType.HANDSHAKE, ticket)

    def take_application_data(self, content: bytes) -> None:
        self.waiting = Waiting.NOTHING


class EndsWithoutAWord(ServerConversation):
    def take_application_data(self, content: bytes) -> None:
        self.waiting = Waiting.NOTHING


class RefusesOurFinished(ServerConversation):
    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        raise Refusal(AlertDescription.DECRYPT_ERROR, "no client is right")


class WantsCertificate(ServerConversation):
    """Asks for a certificate of the client, and ends with `told` where none is shown."""

    told = AlertDescription.BAD_CERTIFICATE  # JDK; the standard has certificate_required (RFC 9846, section 4.5.1)

    def encrypted_extensions(self, offered: Offered) -> bytes:
        listed = builder.uint16(13) + builder.opaque16(builder.opaque16(b"\x04\x03"))
        request = framed(HandshakeType.CERTIFICATE_REQUEST, b"\x00" + builder.opaque16(listed))
        return super().encrypted_extensions(offered) + request

    def take_message(self, message: bytes) -> None:
        if message[0] == HandshakeType.CERTIFICATE:
            raise Refusal(self.told, "no certificate")
        super().take_message(message)


class FindsOurFinishedWrong(WantsCertificate):
    told = AlertDescription.DECRYPT_ERROR


class WantsCertificateUnasked(RefusesOurFinished):
    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        raise Refusal(AlertDescription.CERTIFICATE_REQUIRED, "it never asked for one")


class Silent(ServerConversation):
    """Says nothing after the handshake, and does not close."""

    def take_application_data(self, content: bytes) -> None:
        return

    def close(self) -> None:
        return


class ClosesBare(ServerConversation):
    """Answers, and then closes without close_notify."""

    def close(self) -> None:
        self.bytes_to_send()


class OtherSessionId(ServerConversation):
    def session_id_echo(self) -> bytes:
        return bytes(32)


class OtherGroup(ServerConversation):
    """Answers with X25519 alone, which nobody asked for."""

    def answer(self, hello: object, offered: Offered, suite: int, group: int) -> None:
        raise Refusal(AlertDescription.INTERNAL_ERROR, "not reached")

    def take_hello(self, message: bytes) -> None:
        entry = KeyShareEntry(0x001D, bytes(31) + b"\x09")
        self.send_plain(self.server_hello(0x1301, entry))


def judged(
    make: Callable[[ServerSettings], ServerConversation], identity: ServerIdentity = IDENTITY, answer_seconds: float = 10.0
) -> tuple[Carried, Carried]:
    """What becomes of X25519MLKEM768 with that server, directly and through HelloRetryRequest, after a control that a right
    server answers."""
    maker = on("cryptography")
    settings = ClientSettings(verifiable_schemes(with_falcon=False), None, b"HEAD / HTTP/1.0\r\n\r\n", answer_seconds)
    plan = TlsPlan(groups_named(("X25519MLKEM768",)), maker, settings)
    served = ServerSettings(identity, (GROUP,), secrets.token_bytes)
    first: list[ServerConversation] = []

    def next_conversation() -> ServerConversation:
        if not first:
            first.append(ServerConversation(replace(served, identity=IDENTITY)))
            return first[0]
        return make(served)

    async def carry_out() -> list[Carried]:
        throttle, dial = Throttle(), DialSettings(20.0, 20.0, 20.0)
        async with serving(next_conversation) as port:
            target = NetworkTarget("127.0.0.1", port)
            return [each async for each in plan.carry_out(target, lambda: TcpDialer(throttle, dial))]

    direct, retry = loop.run(carry_out())
    return direct, retry


def code_of(carried: Carried) -> str:
    return "" if carried.trial.reason is None else carried.trial.reason.code


def test_a_right_server_passes_in_both_ways() -> None:
    direct, retry = judged(ServerConversation)
    assert (direct.trial.verdict, retry.trial.verdict) == (TrialVerdict.PASSED, TrialVerdict.PASSED)
    assert direct.proven is not None
    assert dict(direct.proven.parameters)["evidence"] == "handshake verified"


def test_a_server_that_wants_a_certificate_has_shown_its_keys_all_the_same() -> None:
    for carried in judged(WantsCertificate):
        assert carried.trial.verdict is TrialVerdict.PASSED
        assert "bad_certificate (42)" in carried.trial.detail


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (WrongFinished, "handshake_not_verified"),
        (WrongSignature, "handshake_not_verified"),
        (OtherSecret, "handshake_not_verified"),
        (ShortShare, "handshake_not_verified"),
        (RefusesOurFinished, "handshake_alert_after"),
        (FindsOurFinishedWrong, "handshake_alert_after"),
        (WantsCertificateUnasked, "handshake_alert_after"),
        (OtherGroup, "handshake_not_verified"),
        (OtherSessionId, "handshake_not_verified"),
    ],
)
def test_what_does_not_verify_fails(make: Callable[[ServerSettings], ServerConversation], code: str) -> None:
    for carried in judged(make):
        assert (carried.trial.verdict, code_of(carried)) == (TrialVerdict.FAILED, code)
        assert carried.proven is None


def of_another_scheme(scheme: int, key_of: int) -> ServerIdentity:
    """A right signature by the key of one scheme, under the number of another that has the same hash."""
    made = self_made(key_of, datetime.now(UTC))
    if key_of != 0x0503:
        return replace(made, scheme=scheme)
    key = ec.generate_private_key(ec.SECP384R1())
    name, now = x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    leaf = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    return ServerIdentity((leaf.public_bytes(Encoding.DER),), scheme, lambda data: key.sign(data, ec.ECDSA(hashes.SHA256())))


@pytest.mark.parametrize(("scheme", "key_of"), [(0x0403, 0x0503), (0x0809, 0x0804), (0x081A, 0x0403)])
def test_a_scheme_that_does_not_fit_the_key_fails_though_the_signature_is_right(scheme: int, key_of: int) -> None:
    for carried in judged(ServerConversation, of_another_scheme(scheme, key_of)):
        assert (carried.trial.verdict, code_of(carried)) == (TrialVerdict.FAILED, "handshake_not_verified")


def test_a_server_that_never_asks_for_a_share_fails_the_way_through_retry() -> None:
    direct, retry = judged(NeverRetries)
    assert direct.trial.verdict is TrialVerdict.PASSED
    assert (retry.trial.verdict, code_of(retry)) == (TrialVerdict.FAILED, "handshake_no_retry")


def test_a_server_that_trips_over_a_share_it_asks_for_fails_the_direct_way() -> None:
    direct, retry = judged(RefusesDirectShares)
    assert retry.trial.verdict is TrialVerdict.PASSED
    assert (direct.trial.verdict, code_of(direct)) == (TrialVerdict.FAILED, "handshake_no_direct")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (Silent, "handshake_ours_not_seen"),
        (GivesTicketsAndCloses, "handshake_ours_not_seen"),
        (EndsWithoutAWord, "handshake_ours_not_seen"),
        (FloodsEmptyData, "handshake_floods"),
        (FloodsWarnings, "handshake_floods"),
        (FloodsTickets, "handshake_floods"),
    ],
)
def test_where_it_was_not_seen_that_the_server_took_our_finished_nothing_is_proven(
    make: Callable[[ServerSettings], ServerConversation], code: str
) -> None:
    for carried in judged(make, answer_seconds=0.2):
        assert (carried.trial.verdict, code_of(carried)) == (TrialVerdict.TOLERATED, code)
        assert carried.proven is None


def test_a_group_that_is_refused_plainly_is_asked_for_through_a_retry_as_well() -> None:
    direct, retry = judged(RefusesDirectSharesPlainly)
    assert retry.trial.verdict is TrialVerdict.PASSED
    assert (direct.trial.verdict, code_of(direct)) == (TrialVerdict.FAILED, "handshake_no_direct")


def test_a_group_that_is_refused_in_both_ways_says_so() -> None:
    direct, retry = judged(TakesNobody)
    for carried in (direct, retry):
        assert carried.trial.verdict is TrialVerdict.NOT_APPLICABLE
        assert carried.trial.reason == Reason.of(
            "handshake_group_refused_twice", alert="handshake_failure (40)", retry_alert="decode_error (50)"
        )


def test_a_close_without_notice_is_told() -> None:
    direct, _ = judged(ClosesBare)
    assert direct.trial.verdict is TrialVerdict.PASSED
    assert direct.trial.seen == (Reason.of("handshake_no_close_notify.closed_without_notify"),)


class SignsUnasked(ServerConversation):
    def check_scheme(self, offered: Offered) -> None:
        return


def test_a_scheme_that_was_not_offered_fails() -> None:
    """rsa_pkcs1_sha256, which no client may take in a TLS 1.3 handshake."""
    direct, _ = judged(SignsUnasked, replace(IDENTITY, scheme=0x0401))
    assert (direct.trial.verdict, code_of(direct)) == (TrialVerdict.FAILED, "handshake_not_offered")


def test_a_key_that_nobody_here_can_read_leaves_the_signature_unknown(liboqs: ShareMaker) -> None:
    falcon = falcon_identity("Falcon-512", datetime.now(UTC))
    direct, _ = judged(ServerConversation, replace(IDENTITY, chain=falcon.chain))
    assert (direct.trial.verdict, code_of(direct)) == (TrialVerdict.UNKNOWN, "handshake_signature_unchecked")
    assert direct.proven is None


def test_the_faulty_servers_differ_from_the_right_one_in_what_they_say() -> None:
    """The share that the fault is about is right until the fault: a stub that never worked would prove nothing."""
    row = named_group(GROUP).row
    assert row is not None
    share = on("cryptography").make(row)
    answer, secret = encapsulate(row, share.public)
    assert share.agree(answer) == secret
    assert secret[32:] + secret[:32] != secret
