"""Preludes against anything a peer may say: bounded, the same however the bytes are cut, and no error but a peer's.

Attacks pqscan.wire.starttls.ldap, pqscan.wire.starttls.mysql, pqscan.wire.starttls.rdp, pqscan.wire.starttls.rdp_standard,
pqscan.wire.starttls.tds and pqscan.wire.starttls.xmpp, besides the text protocols.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.cursor import Cursor
from pqscan.wire.starttls.flavours import FLAVOURS
from pqscan.wire.starttls.ldap import decode_extended_response
from pqscan.wire.starttls.mysql import decode_greeting
from pqscan.wire.starttls.rdp import decode_connection_confirm
from pqscan.wire.starttls.rdp_standard import decode_connect_response
from pqscan.wire.starttls.tds import Envelope, decode_prelogin
from pqscan.wire.starttls.xmpp import Tag
from tests.peers.dialogues import DIALOGUES, LDAP_OF_ACTIVE_DIRECTORY, mysql_greeting, prelogin_answer, rdp_confirm
from tests.unit.wire.starttls.play import fresh

WORDS = (
    b"220 a\r\n", b"220-a\r\n", b"250 a\r\n", b"250-STARTTLS\r\n", b"250 STARTTLS\r\n", b"454 no\r\n", b"234 go\r\n",
    b"* OK x\r\n", b"* CAPABILITY STARTTLS\r\n", b"a OK x\r\n", b"b OK x\r\n", b"+OK\r\n", b"STLS\r\n", b".\r\n", b"-ERR\r\n",
    b'"STARTTLS"\r\n', b"OK\r\n", b"200 a\r\n", b"101 x\r\n", b"382 x\r\n", b":a CAP * LS :tls\r\n", b":a 670 * :go\r\n", b"S",
    b"N", b"E", b"<?xml version='1.0'?>", b"<stream:stream>", b"<stream:features>", b"<starttls/>", b"</stream:features>",
    b"<proceed/>", b"\r\n", b"\0", mysql_greeting(), prelogin_answer(), rdp_confirm(), rdp_confirm(2, 0), LDAP_OF_ACTIVE_DIRECTORY,
)  # fmt: skip
anything = st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=12)), max_size=12).map(b"".join)
Ending = tuple[str, str, tuple[object, ...], bytes]


def ending(flavour: str, parts: list[bytes]) -> Ending:
    """How a prelude ends when it is fed these: the error, the protocol or phrase in it, the facts, and what was said."""
    made, said = fresh(flavour)
    try:
        for part in parts:
            made.receive(part)
            said += made.bytes_to_send()
    except PeerError as error:
        told = getattr(error, "like", "") or getattr(error, "phrase", "")
        # What was to be answered within the part that failed is never sent, however the bytes were cut.
        return type(error).__name__, told, (made.said.software, *made.said.behaviours.items()), b""
    return "finished" if made.finished else "", "", (made.said.software, *made.said.behaviours.items()), said


@pytest.mark.parametrize("flavour", FLAVOURS)
@given(data=anything, cuts=st.lists(st.integers(1, 40), max_size=6))
def test_it_ends_the_same_however_the_bytes_are_cut(flavour: str, data: bytes, cuts: list[int]) -> None:
    # The first letter of an SSH banner is the whole go-ahead of PostgreSQL: alone, it and what follows can be told apart by nobody.
    assume(flavour != "postgresql" or not data.startswith(b"SSH-"))
    parts, rest = [], data
    for cut in cuts:
        parts.append(rest[:cut])
        rest = rest[cut:]
    whole = ending(flavour, [data])
    assert ending(flavour, [*parts, rest]) == whole
    assert ending(flavour, [data[at : at + 1] for at in range(len(data))]) == whole


@pytest.mark.parametrize("flavour", FLAVOURS)
@given(data=st.binary(max_size=300))
def test_any_bytes_at_all_raise_nothing_but_a_peers_error(flavour: str, data: bytes) -> None:
    assert ending(flavour, [data])[0] in ("", "MalformedMessage", "WrongProtocol", "PeerRejected", "PeerThrottled", "finished")


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_no_proper_prefix_of_a_dialogue_begins_tls(flavour: str) -> None:
    turns = b"".join(theirs for theirs, _ in DIALOGUES[flavour].turns)
    for size in range(len(turns)):
        assert ending(flavour, [turns[:size]])[0] == ""
    assert ending(flavour, [turns])[0] == "finished"


@given(data=st.binary(max_size=200))
def test_decoders_give_a_value_or_say_malformed(data: bytes) -> None:
    for decode in (
        decode_extended_response,
        lambda data: decode_greeting(Cursor(data), has_capabilities=bool(data[:1] > b"\x7f")),
        decode_connection_confirm,
        lambda data: decode_connect_response(b"\x02\xf0\x80\x7f\x66" + data),
        lambda data: decode_connect_response(b"\x02\xf0\x80\x7f\x66McDn" + data),
        decode_prelogin,
        Tag.decode,
    ):
        try:
            decode(data)
        except MalformedMessage:
            continue


@pytest.mark.parametrize(
    ("decode", "whole"),
    [(decode_extended_response, LDAP_OF_ACTIVE_DIRECTORY), (decode_connection_confirm, rdp_confirm()), (Tag.decode, b"<a b='c'/>")],
)
def test_no_proper_prefix_decodes(decode: object, whole: bytes) -> None:
    assert callable(decode)
    decode(whole)
    for size in range(len(whole)):
        with pytest.raises(MalformedMessage):
            decode(whole[:size])


records = st.lists(st.tuples(st.sampled_from((20, 21, 22, 23)), st.binary(max_size=5000)), max_size=4)


@given(records=records, cut=st.integers(1, 5000))
def test_what_the_envelope_wraps_it_unwraps(records: list[tuple[int, bytes]], cut: int) -> None:
    data = b"".join(bytes((kind, 3, 3)) + len(content).to_bytes(2, "big") + content for kind, content in records)
    wrapped = Envelope().wrap(data)
    opening = Envelope()
    assert b"".join(opening.unwrap(wrapped[at : at + cut]) for at in range(0, len(wrapped), cut)) == data


@given(data=st.binary(max_size=100))
def test_any_packets_at_all_are_opened_or_malformed(data: bytes) -> None:
    try:
        Envelope().unwrap(data)
    except MalformedMessage:
        return
