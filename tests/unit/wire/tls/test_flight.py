"""Server flights message by message: what they tell, which order they must keep, what our end of the handshake says."""

from __future__ import annotations

import hashlib

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import opaque8, opaque16, opaque24
from pqscan.wire.tls import signature
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.flight import PlainFlight, ProtectedFlight, SignatureCheck
from pqscan.wire.tls.key_schedule import SUITES, Protection
from pqscan.wire.tls.messages import HandshakeMessage
from pqscan.wire.tls.record import Record, RecordReader
from pqscan.wire.tls.words import Version
from tests.unit.wire.tls.recorded import NAMES, Recording, load

RECORDING = Recording("openssl-hybrid-x25519mlkem768")
EXTENSIONS, CERTIFICATE, VERIFY, FINISHED = RECORDING.decrypted
REQUEST = b"\x0d" + opaque24(opaque8(b"ctx") + opaque16(b"\x00\x0d\x00\x04\x00\x02\x04\x03"))


def message(encoded: bytes) -> HandshakeMessage:
    return HandshakeMessage(encoded[0], encoded[4:], encoded)


def unchecked(_leaf: bytes, _scheme: int, _made: bytes, _transcript: bytes) -> None:
    """Signatures of flights that are put together here cannot be right."""


def protected(recording: Recording = RECORDING, check: SignatureCheck = signature.verifies) -> ProtectedFlight:
    transcript = b"".join(recording.server_hello_transcript)
    return ProtectedFlight(SUITES[recording.suite], recording.octets("dhe_shared_secret"), transcript, check)


def finished_after(flight: ProtectedFlight) -> HandshakeMessage:
    """A Finished that verifies at this point of the flight."""
    mac = flight._server_secret.finished_mac(flight._hash.digest())
    return message(b"\x14" + opaque24(mac))


def run(*encoded: bytes, check: SignatureCheck = signature.verifies) -> tuple[ProtectedFlight, Answer]:
    flight, answer = protected(check=check), Answer()
    for each in encoded:
        assert flight.take(message(each), answer) is False
    return flight, answer


def test_a_recorded_flight_tells_its_certificate_scheme_and_that_no_client_certificate_is_wanted() -> None:
    flight, answer = run(EXTENSIONS, CERTIFICATE, VERIFY)
    assert flight.take(message(FINISHED), answer)
    assert len(answer.certificates) == 1
    assert answer.certificates[0] in CERTIFICATE
    assert answer.scheme == int.from_bytes(VERIFY[4:6], "big")
    assert answer.client_certificate_requested is False


@pytest.mark.parametrize("at", [0, 15, 31])
def test_a_finished_with_a_changed_bit_does_not_verify(at: int) -> None:
    flight, answer = run(EXTENSIONS, CERTIFICATE, VERIFY)
    changed = bytearray(FINISHED)
    changed[4 + at] ^= 1
    with pytest.raises(MalformedMessage, match="Finished does not verify"):
        flight.take(message(bytes(changed)), answer)
    assert not answer.finished_verified


def test_a_finished_cut_short_does_not_verify() -> None:
    flight, answer = run(EXTENSIONS, CERTIFICATE, VERIFY)
    with pytest.raises(MalformedMessage):
        flight.take(HandshakeMessage(20, FINISHED[4:-1], FINISHED[:-1]), answer)


def test_a_flight_with_a_changed_certificate_does_not_verify() -> None:
    changed = CERTIFICATE[:-20] + bytes((CERTIFICATE[-20] ^ 1,)) + CERTIFICATE[-19:]
    flight, answer = run(EXTENSIONS, changed, VERIFY, check=unchecked)
    with pytest.raises(MalformedMessage):
        flight.take(message(FINISHED), answer)


def test_a_signature_of_another_key_or_over_something_else_is_malformed() -> None:
    other = Recording(next(name for name in NAMES if "mldsa65" in name)).decrypted[1]
    for certificate, verify in ((other, VERIFY), (CERTIFICATE, VERIFY[:-8] + bytes((VERIFY[-8] ^ 1,)) + VERIFY[-7:])):
        flight, answer = run(EXTENSIONS, certificate)
        with pytest.raises(MalformedMessage, match="0x0403"):
            flight.take(message(verify), answer)
        assert answer.scheme is None


def test_a_flight_that_authenticates_nobody_is_malformed() -> None:
    """RFC 9846, section 4.5.1: without a pre-shared key a server sends both."""
    for flight, answer in (run(EXTENSIONS), run(EXTENSIONS, CERTIFICATE), run(EXTENSIONS, VERIFY, check=unchecked)):
        with pytest.raises(MalformedMessage, match="without Certificate and CertificateVerify"):
            flight.take(finished_after(flight), answer)
        assert not answer.finished_verified


@pytest.mark.parametrize(
    "order",
    [
        (CERTIFICATE, EXTENSIONS),
        (EXTENSIONS, EXTENSIONS),
        (EXTENSIONS, CERTIFICATE, REQUEST),
        (EXTENSIONS, CERTIFICATE, CERTIFICATE),
        (EXTENSIONS, CERTIFICATE, VERIFY, VERIFY),
        (EXTENSIONS, VERIFY, CERTIFICATE),
        (EXTENSIONS, b"\x04\x00\x00\x00"),
        (EXTENSIONS, b"\x02\x00\x00\x00"),
        (EXTENSIONS, b"\x18\x00\x00\x01\x00"),
    ],
)
def test_messages_out_of_order_are_malformed(order: tuple[bytes, ...]) -> None:
    flight, answer = run(*order[:-1], check=unchecked)
    with pytest.raises(MalformedMessage, match="out of place"):
        flight.take(message(order[-1]), answer)


def test_a_finished_without_encrypted_extensions_is_malformed() -> None:
    flight = protected()
    with pytest.raises(MalformedMessage, match="EncryptedExtensions"):
        flight.take(finished_after(flight), Answer())


def test_the_alpn_protocol_stands_in_the_encrypted_extensions() -> None:
    _, answer = run(b"\x08" + opaque24(opaque16(b"\x00\x10" + opaque16(opaque16(opaque8(b"h2"))))))
    assert answer.alpn == "h2"


def test_a_record_in_the_clear_after_the_server_hello_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="type 22"):
        protected().open(Record(22, 0x0303, b"\x16\x03\x03\x00\x04", EXTENSIONS[:4]))


def opened(data: bytes, flight: ProtectedFlight, after: bytes) -> list[tuple[int, bytes]]:
    """Our end of the handshake as the server reads it; the close_notify is under the application keys."""
    suite = flight._suite
    handshake = Protection(suite, flight._client_secret)
    application = Protection(suite, flight._secret.main_secret().derive(b"c ap traffic", after))
    found: list[tuple[int, bytes]] = []
    for record in RecordReader().feed(data):
        if record.content_type == 20:
            found.append((20, record.fragment))
        else:
            keys = application if any(kind == 22 for kind, _ in found) else handshake
            found.append(keys.open(record.header, record.fragment))
    return found


def test_our_end_of_rfc_8448_is_the_finished_of_its_client() -> None:
    fields = load("rfc8448-simple-1rtt")
    names = ("encrypted_extensions", "certificate", "certificate_verify", "server_finished")
    hellos = bytes.fromhex(fields["client_hello"] + fields["server_hello"])
    flight, answer = ProtectedFlight(SUITES[0x1301], bytes.fromhex(fields["shared_secret"]), hellos), Answer()
    assert [flight.take(message(bytes.fromhex(fields[name])), answer) for name in names] == [False, False, False, True]
    after = hashlib.sha256(hellos + b"".join(bytes.fromhex(fields[name]) for name in names)).digest()
    said = opened(flight.goodbye(compatible=False), flight, after)
    assert said == [(22, bytes.fromhex(fields["client_finished"])), (21, b"\x01\x00")]


def test_our_end_begins_with_change_cipher_spec_where_a_session_id_was_sent() -> None:
    flight, answer = run(EXTENSIONS, CERTIFICATE, VERIFY)
    flight.take(message(FINISHED), answer)
    after = flight._hash.digest()
    said = opened(flight.goodbye(compatible=True), flight, after)
    assert [kind for kind, _ in said] == [20, 22, 21]


def test_a_request_for_a_certificate_is_answered_with_an_empty_one_that_the_finished_covers() -> None:
    flight, answer = run(EXTENSIONS, REQUEST, CERTIFICATE, VERIFY, check=unchecked)
    assert answer.client_certificate_requested
    assert flight.take(finished_after(flight), answer)
    after = flight._hash.digest()
    empty = b"\x0b" + opaque24(opaque8(b"ctx") + opaque24(b""))
    covered = flight._hash.copy()
    covered.update(empty)
    mac = flight._client_secret.finished_mac(covered.digest())
    said = opened(flight.goodbye(compatible=False), flight, after)
    assert said == [(22, empty + b"\x14" + opaque24(mac)), (21, b"\x01\x00")]


def plain(version: Version, key_exchange: str, *encoded: tuple[int, bytes]) -> Answer:
    flight, answer = PlainFlight(version, key_exchange), Answer()
    for kind, body in encoded[:-1]:
        assert not flight.take(HandshakeMessage(kind, body, b""), answer)
    assert flight.take(HandshakeMessage(encoded[-1][0], encoded[-1][1], b""), answer) is (encoded[-1][0] == 14)
    return answer


CHAIN = opaque24(opaque24(b"leaf"))
CURVE = b"\x03\x00\x1d" + opaque8(b"point") + b"\x08\x04" + opaque16(b"signature")
PRIME = opaque16(b"\x00" + b"\xff" * 128) + opaque16(b"\x02") + opaque16(b"\x03")


def test_a_plain_flight_tells_chain_group_and_scheme() -> None:
    answer = plain(Version.TLS12, "ECDHE", (11, CHAIN), (22, b"status"), (12, CURVE), (14, b""))
    assert (answer.certificates, answer.group, answer.scheme) == ((b"leaf",), 0x1D, 0x0804)
    assert answer.client_certificate_requested is False


def test_before_tls_1_2_no_scheme_is_read() -> None:
    assert plain(Version.TLS11, "ECDHE", (12, CURVE), (14, b"")).scheme is None
    assert plain(Version.TLS12, "ECDHE", (12, CURVE), (14, b"")).scheme == 0x0804


def test_a_prime_is_measured_without_its_leading_zeros() -> None:
    answer = plain(Version.TLS11, "DHE", (12, PRIME), (14, b""))
    assert answer.prime_bits == 1024
    assert answer.prime_sha256 == hashlib.sha256(b"\xff" * 128).digest()
    assert answer.group is None


@pytest.mark.parametrize("key_exchange", ["RSA", "PSK", "SRP", ""])
def test_key_exchanges_without_public_parameters_are_not_read(key_exchange: str) -> None:
    assert plain(Version.TLS12, key_exchange, (12, b"\xff"), (14, b"")).group is None


@pytest.mark.parametrize(
    ("version", "body"), [(Version.TLS12, b"\x01\x01\x00\x02\x04\x01\x00\x00"), (Version.TLS11, b"\x01\x01\x00\x03abc")]
)
def test_a_plain_request_for_a_certificate_is_told(version: Version, body: bytes) -> None:
    answer = plain(version, "RSA", (11, CHAIN), (13, body), (14, b""))
    assert answer.client_certificate_requested is True


@pytest.mark.parametrize("kind", [1, 2, 8, 15, 20, 23, 25, 254])
def test_other_messages_in_a_plain_flight_are_malformed(kind: int) -> None:
    with pytest.raises(MalformedMessage, match=f"message {kind} inside a TLS1.2"):
        PlainFlight(Version.TLS12, "RSA").take(HandshakeMessage(kind, b"", b""), Answer())
