"""Every TLS decoder: any bytes give a value or MalformedMessage, no proper prefix decodes, what is written is read back.

The decoders stand in pqscan.wire.tls.messages and pqscan.wire.tls.client_hello, the record reader in pqscan.wire.tls.record.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.registry.tls import cipher_suites, named_groups, signature_schemes
from pqscan.wire.builder import opaque8, opaque16, opaque24, uint16_list
from pqscan.wire.cursor import Cursor
from pqscan.wire.tls import messages
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry, Offer, client_hello, decode_extensions, second_hello
from pqscan.wire.tls.messages import (
    Alert,
    CertificateRequest,
    CertificateVerify,
    HandshakeReader,
    ServerHello,
    ServerKeyExchange,
)
from pqscan.wire.tls.record import RecordReader, encode_records
from pqscan.wire.tls.words import HELLO_RETRY_RANDOM, Version
from tests.unit.wire.tls.recorded import RECORDINGS, Recording

UINT16 = st.integers(0, 0xFFFF)
SHORT = st.binary(max_size=40)
PAIRS = st.lists(st.tuples(UINT16, SHORT), max_size=5).map(tuple)


def extension_block(pairs: tuple[tuple[int, bytes], ...]) -> bytes:
    return opaque16(b"".join(kind.to_bytes(2, "big") + opaque16(data) for kind, data in pairs))


def whole(decode: Callable[[Cursor], object]) -> Callable[[bytes], object]:
    """A decoder that reads from a cursor, as one that reads all bytes."""

    def read(data: bytes) -> object:
        cursor = Cursor(data)
        value = decode(cursor)
        cursor.finish("all")
        return value

    return read


def read_everything(body: bytes) -> object:
    """A ServerHello with all that it says when asked."""
    hello = ServerHello.decode(body)
    for name in ("version", "key_share", "retry_group", "cookie"):
        with contextlib.suppress(MalformedMessage):
            getattr(hello, name)
    with contextlib.suppress(MalformedMessage):
        messages.alpn_protocol(hello.extensions)
    return hello


@dataclass(frozen=True)
class Codec:
    """`prefixes` False: the format itself has no length for its last part, so that a shorter one may be well-formed."""

    name: str
    decode: Callable[[bytes], object]
    valid: st.SearchStrategy[bytes]
    prefixes: bool = True


SHARES = st.builds(lambda group, data: group.to_bytes(2, "big") + opaque16(data), UINT16, st.binary(min_size=1, max_size=40))
SERVER_HELLOS = st.builds(
    lambda version, random, session, suite, pairs: (
        version.to_bytes(2, "big") + random + opaque8(session) + suite.to_bytes(2, "big") + b"\0" + extension_block(pairs)
    ),
    UINT16,
    st.binary(min_size=32, max_size=32) | st.just(HELLO_RETRY_RANDOM),
    st.binary(max_size=32),
    UINT16,
    PAIRS,
)
CURVE = st.builds(
    lambda group, point: b"\x03" + group.to_bytes(2, "big") + opaque8(point), UINT16, st.binary(min_size=1, max_size=20)
)
EXPLICIT = st.builds(lambda prime, rest: b"\x01" + opaque8(prime) + opaque8(rest) * 5 + opaque8(b"p"), st.binary(min_size=1), SHORT)
FINITE = st.lists(st.binary(min_size=1, max_size=40), min_size=3, max_size=3).map(lambda parts: b"".join(map(opaque16, parts)))
SIGNED = st.builds(lambda scheme, data: scheme.to_bytes(2, "big") + opaque16(data), UINT16, SHORT)
CERTIFICATES = st.lists(st.binary(min_size=1, max_size=40), max_size=4)
HELLOS = st.builds(
    ClientHello,
    UINT16,
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=32),
    st.lists(UINT16, min_size=1, max_size=20).map(tuple),
    st.binary(min_size=1, max_size=4),
    st.none() | PAIRS,
)

CODECS = [
    Codec("ClientHello", ClientHello.decode, HELLOS.map(lambda hello: hello.encode())),
    Codec("KeyShareEntry", whole(KeyShareEntry.decode), SHARES),
    Codec("extensions", whole(lambda cursor: decode_extensions(cursor, "x")), PAIRS.map(extension_block)),
    Codec("ServerHello", read_everything, SERVER_HELLOS, prefixes=False),
    Codec("Alert", Alert.decode, st.binary(min_size=2, max_size=2)),
    Codec("EncryptedExtensions", messages.decode_encrypted_extensions, PAIRS.map(extension_block)),
    Codec(
        "Certificate13",
        messages.decode_certificate_13,
        CERTIFICATES.map(lambda ders: b"\x00" + opaque24(b"".join(opaque24(der) + b"\0\0" for der in ders))),
    ),
    Codec(
        "Certificate12",
        messages.decode_certificate_12,
        CERTIFICATES.map(lambda ders: opaque24(b"".join(map(opaque24, ders)))),
    ),
    Codec("CertificateVerify", CertificateVerify.decode, SIGNED),
    Codec("curve", lambda data: ServerKeyExchange.decode(data, "ECDHE", has_scheme=False), CURVE | EXPLICIT),
    Codec("prime", lambda data: ServerKeyExchange.decode(data, "DHE", has_scheme=False), FINITE),
    Codec(
        "CertificateRequest13",
        CertificateRequest.decode_13,
        st.builds(lambda context, pairs: opaque8(context) + extension_block(pairs), SHORT, PAIRS),
    ),
    Codec(
        "CertificateRequest12",
        lambda data: CertificateRequest.decode_12(data, has_schemes=True),
        st.builds(lambda kinds, schemes: opaque8(kinds) + uint16_list(schemes), SHORT, st.lists(UINT16, max_size=9)),
    ),
]
EVERY_CODEC = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)


def attempt(codec: Codec, data: bytes) -> object:
    """The value, or None where the bytes are malformed; anything else that is raised fails the test."""
    try:
        return codec.decode(data)
    except MalformedMessage:
        return None


@EVERY_CODEC
@given(data=st.binary(max_size=200))
def test_any_bytes_give_a_value_or_malformed_message(codec: Codec, data: bytes) -> None:
    attempt(codec, data)


@EVERY_CODEC
@given(data=st.data())
def test_changed_messages_give_a_value_or_malformed_message(codec: Codec, data: st.DataObject) -> None:
    changed = bytearray(data.draw(codec.valid))
    for at, new in data.draw(st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), min_size=1, max_size=4)):
        changed[at % len(changed)] = new
    attempt(codec, bytes(changed))


@EVERY_CODEC
@given(data=st.data())
def test_well_formed_messages_decode_and_no_proper_prefix_of_one_does(codec: Codec, data: st.DataObject) -> None:
    message = data.draw(codec.valid)
    if codec.name != "CertificateRequest13":  # Its signature_algorithms may be drawn malformed.
        assert codec.decode(message) is not None
    if codec.prefixes:
        size = data.draw(st.integers(0, len(message) - 1))
        assert attempt(codec, message[:size]) is None


@given(data=SERVER_HELLOS, cut=st.integers(1, 1 << 16))
def test_a_prefix_of_a_server_hello_is_malformed_or_ends_before_the_extensions(data: bytes, cut: int) -> None:
    start = 2 + 32 + 1 + data[34] + 3
    size = cut % len(data)
    if size == start:  # Before TLS 1.2 a hello may end there.
        assert ServerHello.decode(data[:size]).extensions == ()
    else:
        with pytest.raises(MalformedMessage):
            ServerHello.decode(data[:size])


@given(hello=HELLOS)
def test_a_client_hello_is_read_back(hello: ClientHello) -> None:
    assert ClientHello.decode(hello.encode()) == hello


@given(group=UINT16, key=st.binary(min_size=1, max_size=2000))
def test_a_key_share_is_read_back(group: int, key: bytes) -> None:
    entry = KeyShareEntry(group, key)
    assert whole(KeyShareEntry.decode)(entry.encode()) == entry


@given(pairs=PAIRS)
def test_extensions_are_read_back(pairs: tuple[tuple[int, bytes], ...]) -> None:
    assert whole(lambda cursor: decode_extensions(cursor, "x"))(extension_block(pairs)) == pairs


@given(version=UINT16, group=UINT16, key=st.binary(min_size=1, max_size=30), cookie=st.binary(min_size=1, max_size=30))
def test_a_server_hello_says_what_its_extensions_hold(version: int, group: int, key: bytes, cookie: bytes) -> None:
    share = group.to_bytes(2, "big") + opaque16(key)
    pairs = ((43, version.to_bytes(2, "big")), (51, share), (44, opaque16(cookie)))
    hello = ServerHello.decode(b"\x03\x03" + bytes(32) + b"\x00" + b"\x13\x01\x00" + extension_block(pairs))
    assert (hello.version, hello.key_share, hello.cookie) == (version, KeyShareEntry(group, key), cookie)


@given(ders=CERTIFICATES)
def test_certificates_are_read_back(ders: list[bytes]) -> None:
    assert messages.decode_certificate_12(opaque24(b"".join(map(opaque24, ders)))) == tuple(ders)
    new = b"\x00" + opaque24(b"".join(opaque24(der) + b"\0\0" for der in ders))
    assert messages.decode_certificate_13(new) == tuple(ders)


@given(schemes=st.lists(UINT16, max_size=20))
def test_requested_schemes_are_read_back(schemes: list[int]) -> None:
    assert CertificateRequest.decode_12(b"\x00" + uint16_list(schemes), has_schemes=True).schemes == tuple(schemes)
    new = b"\x00" + extension_block(((13, uint16_list(schemes)),))
    assert CertificateRequest.decode_13(new).schemes == tuple(schemes)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@given(
    kind=st.sampled_from([20, 21, 22, 23, 24]),
    payload=st.binary(max_size=40000),
    cuts=st.lists(st.integers(0, 1 << 17), max_size=6),
)
def test_records_come_back_however_they_are_cut(kind: int, payload: bytes, cuts: list[int]) -> None:
    reader = RecordReader()
    found = [record for piece in pieces(encode_records(kind, 0x0303, payload), cuts) for record in reader.feed(piece)]
    assert b"".join(record.fragment for record in found) == payload
    assert {record.content_type for record in found} == {kind}
    assert reader.pending == 0


@given(payload=st.binary(max_size=200), data=st.data())
def test_no_proper_prefix_of_a_record_is_one(payload: bytes, data: st.DataObject) -> None:
    record = encode_records(22, 0x0303, payload)
    assert list(RecordReader().feed(record[: data.draw(st.integers(0, len(record) - 1))])) == []


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=5))
def test_any_bytes_are_records_or_refused_at_the_same_place(data: bytes, cuts: list[int]) -> None:
    def outcome(parts: list[bytes]) -> tuple[list[object], type[Exception] | None, int]:
        reader, found = RecordReader(), []
        try:
            for part in parts:
                for record in reader.feed(part):
                    found.append(record)
        except (MalformedMessage, WrongProtocol) as error:
            return found, type(error), 0
        return found, None, reader.pending

    assert outcome([data]) == outcome(pieces(data, cuts))


MESSAGES = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=60)), max_size=6)


@given(drawn=MESSAGES, cuts=st.lists(st.integers(0, 1 << 12), max_size=6))
def test_handshake_messages_come_back_however_they_are_cut(drawn: list[tuple[int, bytes]], cuts: list[int]) -> None:
    reader = HandshakeReader()
    data = b"".join(bytes((kind,)) + opaque24(body) for kind, body in drawn)
    found = [message for piece in pieces(data, cuts) for message in reader.feed(piece)]
    assert [(message.kind, message.body) for message in found] == drawn
    assert b"".join(message.encoded for message in found) == data
    assert reader.pending == 0


@given(data=st.binary(max_size=200))
def test_any_fragments_give_messages_or_malformed_message(data: bytes) -> None:
    reader = HandshakeReader()
    try:
        found = list(reader.feed(data))
    except MalformedMessage:
        return
    assert b"".join(message.encoded for message in found) + data[len(data) - reader.pending :] == data


OFFERS = st.builds(
    Offer,
    versions=st.sampled_from(
        [(Version.TLS13,), (Version.TLS13, Version.TLS12), (Version.TLS12,), (Version.TLS10,), (Version.SSL3,)]
    ),
    cipher_suites=st.lists(st.sampled_from([row.value for row in cipher_suites() if row.value <= 0xFFFF]), min_size=1).map(tuple),
    groups=st.lists(st.sampled_from([row.value for row in named_groups()]), max_size=20).map(tuple),
    schemes=st.lists(st.sampled_from([row.value for row in signature_schemes()]), max_size=20).map(tuple),
    certificate_schemes=st.lists(UINT16, max_size=20).map(tuple),
    shares=st.lists(st.builds(KeyShareEntry, UINT16, st.binary(min_size=1, max_size=40)), max_size=2).map(tuple),
    grease_share=st.booleans(),
    server_name=st.none() | st.just("a.example"),
    alpn=st.sampled_from([(), ("h2",), ("h2", "http/1.1")]),
    size_bytes=st.integers(0, 2000),
)


@given(
    offer=OFFERS,
    share=st.builds(KeyShareEntry, UINT16, st.binary(min_size=1, max_size=1700)),
    cookie=st.none() | st.binary(min_size=1),
)
def test_every_hello_that_is_sent_is_well_formed(offer: Offer, share: KeyShareEntry, cookie: bytes | None) -> None:
    hello = client_hello(offer, bytes(32), bytes(32))
    assert ClientHello.decode(hello.encode()) == hello
    kinds = [kind for kind, _ in hello.extensions or ()]
    assert len(set(kinds)) == len(kinds)
    assert hello.cipher_suites == offer.cipher_suites
    if offer.newest > Version.SSL3:
        assert len(hello.encode()) >= offer.size_bytes
        assert (hello.extensions or ((0, b"x"),))[-1][1]
    if offer.newest >= Version.TLS13:
        second = second_hello(hello, share, cookie)
        assert ClientHello.decode(second.encode()) == second
        seconds = [kind for kind, _ in second.extensions or ()]
        assert len(set(seconds)) == len(seconds)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_recorded_hellos_are_read_back(recording: Recording) -> None:
    said = recording.octets("client_hello")
    assert ClientHello.decode(said).encode() == said
