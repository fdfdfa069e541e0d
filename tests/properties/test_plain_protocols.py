"""Properties of pqscan.wire.smb.frame, pqscan.wire.smb.negotiate, pqscan.wire.smb.version1,
pqscan.wire.kerberos.answer, pqscan.wire.snmp.discovery and pqscan.wire.openvpn.packet."""

from __future__ import annotations

import contextlib
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.kerberos.answer import decode_answer
from pqscan.wire.kerberos.conversation import KerberosQuestion
from pqscan.wire.kerberos.request import AsRequest
from pqscan.wire.openvpn.channel import Channel
from pqscan.wire.openvpn.packet import Opcode, Packet
from pqscan.wire.smb import version1
from pqscan.wire.smb.conversation import SmbQuestion
from pqscan.wire.smb.frame import decode_frame, encode_frame
from pqscan.wire.smb.negotiate import Context, NegotiateRequest, NegotiateResponse
from pqscan.wire.snmp.discovery import decode_report
from tests.unit.wire.kerberos_answers import as_rep, krb_error, method_data
from tests.unit.wire.snmp_reports import report

WORD = st.integers(0, 0xFFFF)
CONTEXTS = st.lists(st.builds(Context, WORD, st.binary(max_size=40)), max_size=4).map(tuple)
ANSWERS = st.one_of(
    st.builds(NegotiateResponse, st.integers(1, 0xFFFFFFFF)),
    st.builds(NegotiateResponse, st.just(0), WORD.filter(lambda each: each != 0x0311), WORD, WORD, login=st.binary(max_size=90)),
    st.builds(NegotiateResponse, st.just(0), st.just(0x0311), WORD, WORD, CONTEXTS, st.binary(max_size=90)),
)
ASKED = NegotiateRequest((0x0202, 0x0311), (1, 2), (0,), bytes(16), bytes(32))


@given(ANSWERS)
def test_an_answer_of_smb_that_was_written_is_read_back(answer: NegotiateResponse) -> None:
    assert NegotiateResponse.decode(decode_frame(encode_frame(answer.encode()))) == answer


@given(ANSWERS, st.data())
def test_no_proper_prefix_of_a_frame_of_smb_decodes(answer: NegotiateResponse, data: st.DataObject) -> None:
    written = encode_frame(answer.encode())
    with pytest.raises(MalformedMessage):
        decode_frame(written[: data.draw(st.integers(0, len(written) - 1))])


@given(st.one_of(st.binary(max_size=300), ANSWERS.map(NegotiateResponse.encode)), st.binary(max_size=8), st.integers(0, 200))
def test_any_bytes_of_smb_give_a_value_or_malformed_message(data: bytes, patch: bytes, place: int) -> None:
    changed = data[:place] + patch + data[place + len(patch) :]
    for read in (decode_frame, version1.NegotiateResponse1.decode):
        with contextlib.suppress(MalformedMessage):
            read(changed)
    with contextlib.suppress(MalformedMessage):
        answer = NegotiateResponse.decode(changed)
        for context in answer.contexts:
            context.values()


@given(ANSWERS, st.lists(st.integers(1, 40), max_size=30))
def test_an_answer_of_smb_in_pieces_is_the_answer(answer: NegotiateResponse, sizes: list[int]) -> None:
    question = SmbQuestion(ASKED)
    data = encode_frame(answer.encode())
    for size in sizes:
        question.receive(data[:size])
        data = data[size:]
    question.receive(data)
    assert question.answer == answer


@given(st.lists(st.binary(max_size=40), max_size=8), st.booleans())
def test_no_bytes_make_a_question_of_smb_raise_but_as_the_peers_doing(pieces: list[bytes], is_old: bool) -> None:
    question = SmbQuestion(None if is_old else ASKED)
    with contextlib.suppress(PeerError):
        for piece in pieces:
            question.receive(piece)


NUMBER = st.integers(-(1 << 31), (1 << 31) - 1)
HINTS = st.lists(st.tuples(NUMBER, st.lists(NUMBER, max_size=4).map(tuple)), max_size=5)
KDC_ANSWERS = st.one_of(
    st.builds(krb_error, NUMBER, st.one_of(st.none(), st.binary(max_size=40), HINTS.map(lambda each: method_data(*each)))),
    st.builds(as_rep, NUMBER, NUMBER, st.one_of(st.none(), HINTS.map(lambda each: method_data(*each)))),
)


@given(NUMBER, HINTS)
def test_an_answer_of_a_kdc_tells_what_was_written(error: int, hints: list[tuple[int, tuple[int, ...]]]) -> None:
    found = decode_answer(krb_error(error, method_data(*hints), "words"))
    assert (found.error, found.realm, found.text) == (error, "EXAMPLE.VN", "words")
    assert found.hints == tuple(dict.fromkeys(kind for kind, _ in hints))
    assert found.etypes == tuple(dict.fromkeys(each for kind, etypes in hints if kind in (11, 19) for each in etypes))


@given(KDC_ANSWERS, st.data())
def test_no_proper_prefix_of_an_answer_of_a_kdc_decodes(answer: bytes, data: st.DataObject) -> None:
    with pytest.raises(MalformedMessage):
        decode_answer(answer[: data.draw(st.integers(0, len(answer) - 1))])


@given(st.one_of(st.binary(max_size=200), KDC_ANSWERS), st.binary(max_size=6), st.integers(0, 250))
def test_any_bytes_of_a_kdc_give_a_value_or_malformed_message(data: bytes, patch: bytes, place: int) -> None:
    with contextlib.suppress(MalformedMessage):
        decode_answer(data[:place] + patch + data[place + len(patch) :])


@given(KDC_ANSWERS, st.lists(st.integers(1, 40), max_size=30))
def test_an_answer_of_a_kdc_in_pieces_is_the_answer(answer: bytes, sizes: list[int]) -> None:
    question = KerberosQuestion(AsRequest(("a",), "R", (18,), 1))
    data = len(answer).to_bytes(4, "big") + answer
    for size in sizes:
        question.receive(data[:size])
        data = data[size:]
    question.receive(data)
    assert question.answer == decode_answer(answer)


POSITIVE = st.integers(0, (1 << 31) - 1)
REPORTS = st.builds(report, POSITIVE, st.binary(min_size=5, max_size=32), boots=POSITIVE, seconds=POSITIVE)


@given(POSITIVE, st.binary(min_size=5, max_size=32), POSITIVE, POSITIVE)
def test_a_report_of_an_agent_tells_what_was_written(number: int, engine_id: bytes, boots: int, seconds: int) -> None:
    found = decode_report(report(number, engine_id, boots=boots, seconds=seconds))
    assert (found.number, found.engine_id, found.boots, found.seconds) == (number, engine_id, boots, seconds)
    assert found.enterprise == int.from_bytes(engine_id[:4], "big") & 0x7FFFFFFF


@given(REPORTS, st.data())
def test_no_proper_prefix_of_a_report_decodes(answer: bytes, data: st.DataObject) -> None:
    with pytest.raises(MalformedMessage):
        decode_report(answer[: data.draw(st.integers(0, len(answer) - 1))])


@given(st.one_of(st.binary(max_size=200), REPORTS), st.binary(max_size=6), st.integers(0, 130))
def test_any_bytes_of_an_agent_give_a_value_or_malformed_message(data: bytes, patch: bytes, place: int) -> None:
    with contextlib.suppress(MalformedMessage):
        decode_report(data[:place] + patch + data[place + len(patch) :])


SESSION = st.binary(min_size=8, max_size=8)
LONG = st.integers(0, 0xFFFFFFFF)
ACKS = st.lists(LONG, min_size=1, max_size=8).map(tuple)
PACKETS = st.one_of(
    st.builds(Packet, st.just(Opcode.ACK), SESSION, ACKS, SESSION),
    st.builds(
        Packet,
        st.sampled_from([Opcode.CONTROL, Opcode.RESET_CLIENT, Opcode.RESET_SERVER]),
        SESSION,
        number=LONG,
        payload=st.binary(max_size=60),
    ),
    st.builds(Packet, st.just(Opcode.CONTROL), SESSION, ACKS, SESSION, LONG, st.binary(max_size=60)),
)


@given(PACKETS)
def test_a_packet_of_openvpn_that_was_written_is_read_back(packet: Packet) -> None:
    assert Packet.decode(packet.encode()) == packet


@given(PACKETS, st.data())
def test_no_packet_of_openvpn_cut_before_its_payload_decodes(packet: Packet, data: st.DataObject) -> None:
    """The payload has no length of its own: the datagram, or the frame on TCP, ends it."""
    written = packet.encode()
    with pytest.raises(MalformedMessage):
        Packet.decode(written[: data.draw(st.integers(0, len(written) - len(packet.payload) - 1))])


@given(st.binary(max_size=100))
def test_any_bytes_of_openvpn_give_a_value_or_malformed_message(data: bytes) -> None:
    with contextlib.suppress(MalformedMessage):
        Packet.decode(data)


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=12), st.randoms(use_true_random=False))
def test_packets_of_openvpn_doubled_and_out_of_order_give_the_bytes_in_order(pieces: list[bytes], chance: Random) -> None:
    """The server's side is written here; what is acknowledged is what came."""
    channel = Channel(b"ourselve")
    (reset,) = channel.packets_to_send()
    assert Packet.decode(reset) == Packet(Opcode.RESET_CLIENT, b"ourselve", number=0)
    assert channel.receive(Packet(Opcode.RESET_SERVER, b"theother", (0,), b"ourselve", 0).encode())
    sent = [Packet(Opcode.CONTROL, b"theother", number=place, payload=piece) for place, piece in enumerate(pieces, 1)]
    mixed = [*sent, *sent]
    chance.shuffle(mixed)
    for packet in mixed:
        channel.receive(packet.encode())
    assert channel.arrived() == b"".join(pieces)
    acknowledged = {number for each in channel.packets_to_send() for number in Packet.decode(each).acks}
    assert acknowledged == set(range(len(pieces) + 1))


@given(st.lists(st.one_of(st.binary(max_size=40), PACKETS), max_size=20))
def test_no_packets_make_a_channel_raise_or_send_more_than_it_should(packets: list[bytes | Packet]) -> None:
    channel = Channel(b"ourselve")
    channel.send(bytes(5000))
    sent = len(channel.packets_to_send())
    for packet in packets:
        channel.receive(packet if isinstance(packet, bytes) else packet.encode())
        sent += len(channel.packets_to_send())
    assert sent <= 6 + 2 * len(packets)
