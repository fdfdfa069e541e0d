"""Each handshake message by its own rules: what a well-formed one says, and which lie makes it malformed."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import opaque8, opaque16, opaque24, uint16_list
from pqscan.wire.tls import messages
from pqscan.wire.tls.client_hello import KeyShareEntry
from pqscan.wire.tls.messages import (
    MOST_HANDSHAKE_BYTES,
    Alert,
    CertificateRequest,
    CertificateVerify,
    HandshakeMessage,
    HandshakeReader,
    ServerHello,
    ServerKeyExchange,
)
from pqscan.wire.tls.words import HELLO_RETRY_RANDOM, HandshakeType
from tests.unit.wire.tls.recorded import Recording, load


def hello(extensions: bytes = b"", random: bytes = bytes(32), version: int = 0x0303, session: bytes = b"") -> ServerHello:
    body = version.to_bytes(2, "big") + random + opaque8(session) + b"\x13\x01\x00" + extensions
    return ServerHello.decode(body)


def extensions(*pairs: tuple[int, bytes]) -> bytes:
    return opaque16(b"".join(kind.to_bytes(2, "big") + opaque16(data) for kind, data in pairs))


def test_messages_are_joined_over_fragments_and_split_inside_one() -> None:
    reader = HandshakeReader()
    assert list(reader.feed(b"\x0e\x00\x00\x00\x02\x00\x00")) == [HandshakeMessage(14, b"", b"\x0e\x00\x00\x00")]
    assert reader.pending == 3
    assert list(reader.feed(b"\x02a")) == []
    assert list(reader.feed(b"b\x14")) == [HandshakeMessage(2, b"ab", b"\x02\x00\x00\x02ab")]


def test_a_message_before_a_bad_one_is_given_before_the_error() -> None:
    found = HandshakeReader().feed(b"\x0e\x00\x00\x00\x0b\xff\xff\xff")
    assert next(found).kind == 14
    with pytest.raises(MalformedMessage):
        next(found)


def test_a_handshake_message_may_be_as_long_as_the_limit_and_no_longer() -> None:
    body = MOST_HANDSHAKE_BYTES - 4
    (message,) = HandshakeReader().feed(b"\x0b" + opaque24(bytes(body)))
    assert len(message.body) == body
    with pytest.raises(MalformedMessage):
        list(HandshakeReader().feed(b"\x0b" + (MOST_HANDSHAKE_BYTES + 1).to_bytes(3, "big")))


def test_many_small_messages_are_bounded_altogether() -> None:
    reader = HandshakeReader()
    fragment = b"\x04\x00\x00\x00" * 4096
    for _ in range(MOST_HANDSHAKE_BYTES // len(fragment)):
        assert len(list(reader.feed(fragment))) == 4096
    with pytest.raises(MalformedMessage):
        reader.feed(b"\x04")


@pytest.mark.parametrize(("level", "fatal"), [(1, False), (2, True), (0, True), (255, True)])
def test_only_level_one_is_a_warning(level: int, fatal: bool) -> None:
    assert Alert.decode(bytes((level, 40))) == Alert(fatal, 40)


@pytest.mark.parametrize("data", [b"", b"\x02", b"\x02\x28\x00"])
def test_an_alert_has_two_bytes(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Alert.decode(data)


def test_a_recorded_server_hello_says_what_was_recorded() -> None:
    recording = Recording("openssl-hybrid-x25519mlkem768")
    found = ServerHello.decode(recording.octets("server_hello")[4:])
    assert (found.version, found.cipher_suite, found.is_hello_retry) == (0x0304, recording.suite, False)
    assert found.key_share == KeyShareEntry(recording.group, recording.octets("server_share"))
    assert found.cookie is None


def test_a_recorded_retry_names_its_group() -> None:
    found = ServerHello.decode(bytes.fromhex(load("probe-empty-keyshare")["hello_retry_request"])[4:])
    assert found.is_hello_retry
    assert (found.version, found.retry_group) == (0x0304, 0x11EC)


def test_a_retry_may_hand_out_a_cookie_and_no_group() -> None:
    found = hello(extensions((43, b"\x03\x04"), (44, opaque16(b"crumbs"))), HELLO_RETRY_RANDOM)
    assert (found.retry_group, found.cookie) == (None, b"crumbs")
    assert found.key_share is None


def test_only_the_one_random_makes_a_retry() -> None:
    other = HELLO_RETRY_RANDOM[:-1] + bytes((HELLO_RETRY_RANDOM[-1] ^ 1,))
    assert not hello(random=other).is_hello_retry


def test_an_old_server_hello_ends_without_extensions() -> None:
    found = hello(version=0x0300)
    assert (found.version, found.extensions, found.key_share) == (0x0300, (), None)


@pytest.mark.parametrize(
    ("kind", "data", "attribute"),
    [
        (43, b"\x03", "version"),
        (43, b"\x03\x04\x00", "version"),
        (51, b"\x00\x1d\x00\x00", "key_share"),
        (51, b"\x00\x1d\x00\x02\x01", "key_share"),
        (51, b"\x00\x1d\x00\x01\x01\x00", "key_share"),
        (51, b"\x00", "retry_group"),
        (51, b"\x00\x1d\x00", "retry_group"),
        (44, b"\x00\x00", "cookie"),
        (44, b"\x00\x01a\x00", "cookie"),
        (44, b"", "cookie"),
    ],
)
def test_an_extension_with_a_wrong_length_is_malformed_when_read(kind: int, data: bytes, attribute: str) -> None:
    found = hello(extensions((kind, data)))
    with pytest.raises(MalformedMessage):
        getattr(found, attribute)


def test_a_session_id_of_33_bytes_is_malformed() -> None:
    assert hello(session=bytes(32)).session_id == bytes(32)
    with pytest.raises(MalformedMessage):
        hello(session=bytes(33))


def test_bytes_after_the_extensions_are_malformed() -> None:
    with pytest.raises(MalformedMessage):
        hello(extensions((43, b"\x03\x04")) + b"\x00")


def test_the_alpn_protocol_is_text_whatever_its_bytes() -> None:
    def chosen(data: bytes) -> str | None:
        return messages.alpn_protocol(((16, data),))

    assert chosen(opaque16(opaque8(b"h2"))) == "h2"
    assert chosen(opaque16(opaque8(b"\xffh"))) == "\\xffh"
    assert messages.alpn_protocol(((0, b""),)) is None
    for bad in (b"", opaque16(b""), opaque16(opaque8(b"")), opaque16(b"\x05h2")):
        with pytest.raises(MalformedMessage):
            chosen(bad)


def test_certificates_come_leaf_first_in_both_formats() -> None:
    old = opaque24(opaque24(b"leaf") + opaque24(b"issuer"))
    new = opaque8(b"") + opaque24(opaque24(b"leaf") + extensions((5, b"x")) + opaque24(b"issuer") + extensions())
    assert messages.decode_certificate_12(old) == messages.decode_certificate_13(new) == (b"leaf", b"issuer")
    assert messages.decode_certificate_12(opaque24(b"")) == messages.decode_certificate_13(b"\x00" + opaque24(b"")) == ()


@pytest.mark.parametrize(
    "bad", [opaque24(opaque24(b"")), opaque24(b"\x00\x00\x05four"), opaque24(opaque24(b"leaf")) + b"\x00", b""]
)
def test_a_certificate_list_that_lies_is_malformed(bad: bytes) -> None:
    with pytest.raises(MalformedMessage):
        messages.decode_certificate_12(bad)
    with pytest.raises(MalformedMessage):
        messages.decode_certificate_13(b"\x00" + bad)


def test_certificate_verify_names_its_scheme() -> None:
    assert CertificateVerify.decode(b"\x09\x05" + opaque16(b"signature")) == CertificateVerify(0x0905, b"signature")
    with pytest.raises(MalformedMessage):
        CertificateVerify.decode(b"\x09\x05" + opaque16(b"signature") + b"\x00")


def test_a_named_curve_comes_with_its_scheme_only_where_the_version_has_one() -> None:
    curve = b"\x03\x00\x17" + opaque8(b"\x04point")
    signed = curve + b"\x08\x04" + opaque16(b"signature")
    assert ServerKeyExchange.decode(signed, "ECDHE", has_scheme=True) == ServerKeyExchange(group=0x17, scheme=0x0804)
    assert ServerKeyExchange.decode(signed, "ECDHE", has_scheme=False) == ServerKeyExchange(group=0x17)
    assert ServerKeyExchange.decode(curve, "ECDHE", has_scheme=True) == ServerKeyExchange(group=0x17)


def test_finite_field_parameters_give_their_prime() -> None:
    data = opaque16(b"\x00\xff\x01") + opaque16(b"\x02") + opaque16(b"\x05") + b"\x04\x01"
    assert ServerKeyExchange.decode(data, "DHE", has_scheme=True) == ServerKeyExchange(prime=b"\x00\xff\x01", scheme=0x0401)
    for part in range(3):
        parts = [opaque16(b"\x05")] * 3
        parts[part] = opaque16(b"")
        with pytest.raises(MalformedMessage):
            ServerKeyExchange.decode(b"".join(parts), "DHE", has_scheme=True)


def test_an_explicit_curve_gives_the_size_of_its_field() -> None:
    data = b"\x01" + opaque8(b"\x7f" + bytes(20)) + opaque8(b"a") * 5 + opaque8(b"point")
    assert ServerKeyExchange.decode(data, "ECDHE", has_scheme=False) == ServerKeyExchange(explicit_curve_bits=167)


@pytest.mark.parametrize("curve_type", [0, 2, 4, 255])
def test_other_curve_types_are_malformed(curve_type: int) -> None:
    with pytest.raises(MalformedMessage, match=str(curve_type)):
        ServerKeyExchange.decode(bytes((curve_type, 0, 23, 1, 4)), "ECDHE", has_scheme=True)


def test_a_key_exchange_with_a_pre_shared_key_begins_with_a_hint_and_is_not_signed() -> None:
    curve = bytes((0, 2)) + b"id" + bytes((3, 0, 0x1D, 2, 4, 5))
    assert ServerKeyExchange.decode(curve, "ECDHE", has_scheme=True, has_hint=True) == ServerKeyExchange(group=0x1D)
    prime = bytes((0, 0)) + bytes((0, 2, 0xFF, 0x01, 0, 1, 2, 0, 1, 9))
    assert ServerKeyExchange.decode(prime, "DHE", has_scheme=True, has_hint=True) == ServerKeyExchange(prime=b"\xff\x01")


def test_a_certificate_request_lists_schemes_in_both_formats() -> None:
    new = opaque8(b"") + extensions((13, uint16_list((0x0905, 0x0403))))
    assert CertificateRequest.decode_13(new).schemes == (0x0905, 0x0403)
    assert CertificateRequest.decode_13(b"\x00" + extensions()).schemes == ()
    old = opaque8(b"\x01\x40") + uint16_list((0x0401,)) + opaque16(b"names")
    assert CertificateRequest.decode_12(old, has_schemes=True).schemes == (0x0401,)
    assert CertificateRequest.decode_12(opaque8(b"\x01") + opaque16(b"names"), has_schemes=False).schemes == ()


def test_another_message_than_the_expected_is_malformed() -> None:
    message = HandshakeMessage(11, b"body", b"")
    assert messages.expect(message, HandshakeType.CERTIFICATE) == b"body"
    with pytest.raises(MalformedMessage, match="message 11 where SERVER_HELLO"):
        messages.expect(message, HandshakeType.SERVER_HELLO)
