"""Properties of what is read of the DNS: pqscan.wire.dns.dnskey, pqscan.wire.dns.dkim, pqscan.wire.dns.ech,
pqscan.wire.dns.framing, pqscan.wire.dns.datagrams, pqscan.wire.dns.cookies, pqscan.wire.dns.bounds, and
pqscan_probes.dns.message over any bytes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_probes.dns.message import read_answer, written
from pqscan_probes.dns.records import Answer, Query, RecordType

from pqscan.errors import MalformedMessage, PeerError
from pqscan.model.certificate import Certificate
from pqscan.wire.dns.bounds import refuse_costly
from pqscan.wire.dns.cookies import Extension, read_extension
from pqscan.wire.dns.datagrams import Cookies, DatagramExchange
from pqscan.wire.dns.dkim import read_dkim
from pqscan.wire.dns.dnskey import looks_like_dnskey, read_dnskey
from pqscan.wire.dns.ech import read_ech_kems
from pqscan.wire.dns.framing import MOST_OTHERS, Exchange
from pqscan.wire.kept import read_kept
from tests.peers.dns_scripted import DNSKEY, encoded, framed, healthy, record, reply, with_cookie

ZONE = "demo.invalid"
QUERIES = [Query(ZONE, kind) for kind in RecordType]
KEY = st.tuples(st.sampled_from([b"\1\0", b"\1\1", b"\1\x81"]), st.integers(0, 255), st.binary(min_size=1, max_size=200)).map(
    lambda parts: parts[0] + b"\3" + bytes((parts[1],)) + parts[2]
)


@given(st.binary(max_size=300) | KEY)
def test_any_bytes_are_a_key_or_malformed(data: bytes) -> None:
    try:
        found = read_dnskey(data)
    except MalformedMessage:
        return
    assert isinstance(found, Certificate)
    assert (found.kind, found.der, len(found.serial)) == ("dnskey", data, 4)


@given(KEY)
def test_a_key_is_kept_as_a_key(data: bytes) -> None:
    assert looks_like_dnskey(data)
    assert read_kept(data) == read_dnskey(data)


@given(st.binary(max_size=300) | st.binary(max_size=60).map(lambda tail: b"v=DKIM1; k=rsa; p=" + tail))
def test_any_text_is_a_mail_key_none_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        read_dkim(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_kems_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        assert all(0 <= kem <= 0xFFFF for kem in read_ech_kems(data))


@given(st.binary(max_size=300) | st.binary(max_size=120).map(lambda tail: b"\0\1\x81\x80\0\1\0\3\0\1\0\1" + tail))
def test_any_bytes_are_within_bounds_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        refuse_costly(data)


@given(st.binary(max_size=300) | st.binary(max_size=120).map(lambda tail: b"\0\1\x81\x80\0\1\0\1\0\0\0\1" + tail))
def test_any_bytes_are_an_extension_or_malformed(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        assert isinstance(read_extension(data), Extension)


@given(st.lists(st.binary(max_size=80), max_size=8), st.binary(max_size=60), st.binary(max_size=8))
def test_any_datagrams_are_dropped_until_the_answer_comes(junk: list[bytes], tail: bytes, cookie: bytes) -> None:
    """As they are, behind our identifier, and behind a header and a question that fit, with any cookie."""
    client = b"\xaaclient\xaa"
    question = written(QUERIES[0], 0x1234, client)
    exchange = DatagramExchange(question, Cookies(client))
    truth = with_cookie(healthy(question), client + bytes(8))
    others = [*junk, *(question[:2] + each for each in junk), reply(question)[:-1], with_cookie(reply(question), cookie + tail)]
    for data in others:
        exchange.receive(data)
        if exchange.answer is not None:
            assert exchange.is_cut or data[:2] == question[:2]
            return
    assert exchange.dropped == len(others)
    exchange.receive(truth)
    assert exchange.answer == truth


@given(st.lists(st.binary(max_size=80) | st.binary(min_size=12, max_size=40).map(framed), max_size=12))
def test_any_stream_gives_an_answer_or_an_error_of_the_peer(parts: list[bytes]) -> None:
    exchange = Exchange(written(QUERIES[0], 0x1234))
    with contextlib.suppress(PeerError):
        for part in parts:
            exchange.receive(part)
        exchange.peer_closed()


@given(st.data())
def test_fed_whole_and_byte_by_byte_an_exchange_ends_alike(data: st.DataObject) -> None:
    question = written(QUERIES[0], 0x1234)
    others = data.draw(st.integers(0, MOST_OTHERS))
    stream = framed(bytes(12)) * others + framed(healthy(question)) + data.draw(st.binary(max_size=5))
    whole, slow = Exchange(question), Exchange(question)
    whole.receive(stream)
    for place in range(len(stream)):
        slow.receive(stream[place : place + 1])
    assert whole.answer == slow.answer == healthy(question)


@given(st.sampled_from(QUERIES), st.binary(max_size=400))
def test_any_bytes_are_an_answer_or_malformed(query: Query, data: bytes) -> None:
    """As they are, and behind a header and a question that fit."""
    question = written(query, 0x1234)
    for message in (data, reply(question, (data,)), reply(question)[:6] + data):
        with contextlib.suppress(MalformedMessage):
            assert isinstance(read_answer(message, query), Answer)


@given(st.sampled_from(QUERIES), st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=60)), max_size=6))
def test_any_records_are_an_answer_or_malformed(query: Query, rows: list[tuple[int, bytes]]) -> None:
    question = written(query, 1)
    message = reply(question, tuple(record(b"\xc0\x0c", kind, data) for kind, data in rows))
    with contextlib.suppress(MalformedMessage):
        assert isinstance(read_answer(message, query), Answer)


@given(KEY, st.data())
def test_no_proper_prefix_of_an_answer_decodes(key: bytes, data: st.DataObject) -> None:
    query = Query(ZONE, RecordType.DNSKEY)
    message = reply(written(query, 1), (record(b"\xc0\x0c", DNSKEY, key),))
    with pytest.raises(MalformedMessage):
        read_answer(message[: data.draw(st.integers(0, len(message) - 1))], query)


@given(st.binary(max_size=80))
def test_any_signature_over_keys_is_verified_wrong_or_unknown_and_nothing_else(tail: bytes) -> None:
    query = Query(ZONE, RecordType.DNSKEY)
    key = b"\1\1\3\x0d" + bytes(range(64))
    rrsig = (48).to_bytes(2, "big") + b"\x0d\x02" + bytes(4) + b"\x7f\0\0\0" + b"\0\0\0\0" + b"\0\0" + encoded(ZONE) + tail
    message = reply(written(query, 1), (record(b"\xc0\x0c", DNSKEY, key), record(b"\xc0\x0c", 46, rrsig)))
    with contextlib.suppress(MalformedMessage):
        assert {each.verified for each in read_answer(message, query).signatures} <= {None, False}
