"""Attacks pqscan.wire.dtls.record, pqscan.wire.dtls.fragments, pqscan.wire.dtls.protection, pqscan.wire.dtls.handshake and
pqscan.wire.dtls.connection, and pqscan.wire.capture.dtls_talk: no datagram makes a connection or a talk raise anything, or send
without end."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.capture.dtls_talk import DtlsTalk
from pqscan.wire.cursor import Cursor
from pqscan.wire.dtls.connection import DATAGRAM_BYTES, ClientConnection
from pqscan.wire.dtls.fragments import Fragment, Reassembler, fragmented, fragments_in
from pqscan.wire.dtls.handshake import DtlsHandshake
from pqscan.wire.dtls.hello import over_datagrams
from pqscan.wire.dtls.protection import Keys, full_number
from pqscan.wire.dtls.record import PlainRecord, ProtectedRecord, plain_record, records_of
from pqscan.wire.tls.client_hello import ClientHello, Offer
from pqscan.wire.tls.key_schedule import DTLS_LABELS, SUITES, Secret
from pqscan.wire.tls.words import ContentType, Version

OFFER = Offer((Version.TLS13, Version.TLS12), (0x1301, 0xC02B), (0x001D,), (0x0403,), grease_share=True)
TYPES = st.sampled_from([ContentType.HANDSHAKE, ContentType.ALERT, ContentType.CHANGE_CIPHER_SPEC])
FRAGMENTS = st.builds(
    lambda kind, sequence, body, whole: Fragment(kind, max(len(body), whole), sequence, 0, body).encode(),
    st.sampled_from([2, 3, 11, 12, 14]),
    st.integers(0, 3),
    st.binary(max_size=120),
    st.integers(0, 200),
)
DATAGRAMS = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda kind, content: plain_record(kind, 0xFEFD, 0, content), TYPES, st.binary(max_size=80) | FRAGMENTS),
    st.binary(min_size=30, max_size=80).map(lambda rest: b"\x2e" + rest),
)


def connection() -> ClientConnection:
    return ClientConnection(DtlsHandshake(over_datagrams(OFFER), bytes(32), b"", shares={}))


def keys(suite: int) -> Keys:
    row = SUITES[suite]
    return Keys.of(row, Secret(row.hash_name, bytes(32), DTLS_LABELS))


@given(st.lists(DATAGRAMS, max_size=8))
def test_any_datagrams_leave_a_connection_standing(datagrams: list[bytes]) -> None:
    asked = connection()
    for datagram in datagrams:
        asked.receive(datagram)
        sent = asked.datagrams_to_send()
        assert len(sent) <= 3
        assert all(len(each) <= DATAGRAM_BYTES for each in sent)
    asked.repeat()
    asked.datagrams_to_send()
    asked.timed_out()
    assert asked.finished
    asked.datagrams_to_send()
    assert asked.datagrams_to_send() == []


@given(st.lists(st.tuples(st.booleans(), DATAGRAMS), max_size=10))
def test_any_datagrams_leave_a_talk_standing(said: list[tuple[bool, bytes]]) -> None:
    talk = DtlsTalk()
    for datagram in connection().datagrams_to_send():
        talk.client(datagram)
    assert talk.tls.offer is not None
    for by_client, datagram in said:
        (talk.client if by_client else talk.server)(datagram)
        if talk.tls.problem:
            assert talk.finished


@given(st.binary(max_size=300))
def test_any_bytes_give_records_or_none(data: bytes) -> None:
    assert sum(len(record.fragment) for record in records_of(data)) <= len(data)


@given(st.integers(0, (1 << 48) - 1), st.binary(max_size=100))
def test_a_record_in_the_clear_reads_back_and_no_prefix_of_it_does(sequence: int, content: bytes) -> None:
    made = plain_record(ContentType.HANDSHAKE, 0xFEFD, sequence, content)
    assert records_of(made) == (PlainRecord(ContentType.HANDSHAKE, 0xFEFD, 0, sequence, content),)
    assert records_of(made[:-1]) == ()


@given(st.sampled_from(sorted(SUITES)), st.integers(0, 1 << 40), st.integers(-200, 200), st.binary(max_size=100))
def test_a_protected_record_reads_back_and_no_prefix_of_it_does(suite: int, sequence: int, ahead: int, content: bytes) -> None:
    sealed = keys(suite).seal(2, sequence, ContentType.HANDSHAKE, content)
    (record,) = records_of(sealed)
    assert isinstance(record, ProtectedRecord)
    opened = keys(suite).open(record, max(0, sequence + ahead))
    assert opened is not None
    assert (opened.sequence, opened.content_type, opened.plaintext) == (sequence, ContentType.HANDSHAKE, content)
    assert records_of(sealed[:-1]) == ()


@given(st.integers(0, 1 << 48), st.integers(-127, 127), st.sampled_from([8, 16]))
def test_a_number_is_found_again_from_its_last_bits(sequence: int, ahead: int, bits: int) -> None:
    assert full_number(sequence % (1 << bits), bits, max(0, sequence + ahead)) == sequence


@given(st.binary(max_size=60))
def test_any_bytes_give_fragments_or_are_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        assert b"".join(fragment.encode() for fragment in fragments_in(data)) == data


@given(st.binary(max_size=400), st.integers(1, 90), st.integers(0, 15), st.randoms(use_true_random=False))
def test_a_message_in_parts_is_joined_whatever_their_order_and_number(body: bytes, size: int, place: int, chance: object) -> None:
    message = b"\x0b" + len(body).to_bytes(3, "big") + body
    parts = [part for part in fragmented(message, 0, size) for _ in range(2)]
    chance.shuffle(parts)  # type: ignore[attr-defined]  # A random.Random, which Hypothesis does not say.
    reader = Reassembler()
    assert [whole for part in parts for whole in reader.feed(part)] == [message]
    first = fragmented(message, 0, size)[0].encode()
    with contextlib.suppress(MalformedMessage):
        assert Fragment.decode(Cursor(first[: min(place, len(first) - 1)])) is None


@given(st.lists(st.builds(Fragment, st.just(11), st.just(300), st.integers(0, 2), st.integers(0, 200), st.binary(max_size=100))))
def test_overlapping_parts_give_one_message_of_the_right_size_or_none(parts: list[Fragment]) -> None:
    reader = Reassembler()
    for part in parts:
        for whole in reader.feed(part):
            assert len(whole) == 304


@given(st.binary(max_size=32), st.binary(max_size=255))
def test_a_hello_with_a_cookie_reads_back(session_id: bytes, cookie: bytes) -> None:
    hello = ClientHello(0xFEFD, bytes(32), session_id, (0xC02B,), extensions=((10, b"\x00\x02\x00\x1d"),), cookie=cookie)
    assert ClientHello.decode(hello.encode(), over_datagrams=True) == hello
