"""No bytes make a conversation raise, and it gives the same answer fed whole, byte by byte, or cut anywhere."""

from __future__ import annotations

import itertools
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.key_schedule import SUITES, Protection, Secret
from pqscan.wire.tls.words import Version
from tests.peers import messages as scripts
from tests.unit.wire.tls.recorded import RECORDINGS, Recording, record

HELLO = scripts.Hello(b"s" * 32, (), (), (), ())
BLOCKS = (
    scripts.record(22, scripts.server_hello(HELLO, suite=0xC02F, version=0x0303)),
    scripts.record(22, scripts.server_hello(HELLO, suite=0x0033, version=0x0301)),
    scripts.record(22, scripts.server_hello(HELLO, group=0x001D, share=bytes(range(32)))),
    scripts.record(22, scripts.retry(HELLO, group=0x0017)),
    scripts.record(22, scripts.retry(HELLO, cookie=b"crumbs")),
    scripts.record(22, scripts.message(11, b"\0\0\x0a\0\0\x07leaf..")),
    scripts.record(22, scripts.message(12, b"\x03\x00\x1d\x01\x04\x04\x01\x00\x00")),
    scripts.record(22, scripts.message(12, b"\x00\x02\xff\xff\x00\x01\x02\x00\x01\x05")),
    scripts.record(22, scripts.message(13, b"\x00\x00\x00\x00\x00")),
    scripts.record(22, scripts.message(14, b"")),
    scripts.record(22, b"\x0b\x00\x01"),
    scripts.record(22, b""),
    scripts.record(20, b"\x01"),
    scripts.record(23, bytes(40)),
    scripts.alert(40),
    scripts.alert(112, level=1),
    scripts.alert(0, level=1),
    b"HTTP/1.1 400\r\n",
    b"\x16\x03",
)
OFFER = Offer((Version.TLS13, Version.TLS12, Version.TLS10), (0x1301, 0xC02F, 0x0033), (0x001D, 0x0017), (0x0403,))


def fresh() -> ClientConversation:
    """A recorded client's conversation (so that real server bytes mean something), its offer widened."""
    conversation = Recording("classic-x25519").conversation()
    conversation._offer = OFFER
    conversation._share_source = Recording("openssl-hybrid-secp256r1mlkem768").share
    return conversation


def outcome(conversation: ClientConversation, parts: list[bytes], *, end: bool = True) -> tuple[dict[str, object], bytes]:
    said = b""
    for part in parts:
        conversation.receive(part)
        said += conversation.bytes_to_send()
    if end:
        conversation.peer_closed()
    answer = asdict(conversation.answer)
    if conversation.answer.ending is Ending.WRONG_PROTOCOL:
        del answer["problem"], answer["like"]  # They speak of what has come so far.
    return answer, said + conversation.bytes_to_send()


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_a_recorded_server_gives_the_same_answer_whole_and_byte_by_byte(recording: Recording) -> None:
    data = recording.server_bytes()
    whole = outcome(recording.conversation(), [data])
    assert whole[0]["ending"] is Ending.FLIGHT
    slow, slow_said = outcome(recording.conversation(), [bytes((byte,)) for byte in data])
    assert slow == whole[0]
    assert slow_said == whole[1]


@given(data=st.binary(max_size=400), cuts=st.lists(st.integers(0, 400), max_size=6))
def test_any_bytes_give_the_same_answer_whole_and_cut(data: bytes, cuts: list[int]) -> None:
    assert outcome(fresh(), [data]) == outcome(fresh(), pieces(data, cuts))


@settings(max_examples=300)
@given(blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6), cuts=st.lists(st.integers(0, 1 << 12), max_size=8))
def test_any_sequence_of_messages_gives_the_same_answer_whole_and_cut(blocks: list[bytes], cuts: list[int]) -> None:
    data = b"".join(blocks)
    assert outcome(fresh(), [data]) == outcome(fresh(), pieces(data, cuts))
    assert outcome(fresh(), [data]) == outcome(fresh(), [bytes((byte,)) for byte in data])


@given(
    blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=4),
    flips=st.lists(st.tuples(st.integers(0, 4095), st.integers(1, 255))),
)
def test_changed_messages_never_raise(blocks: list[bytes], flips: list[tuple[int, int]]) -> None:
    data = bytearray(b"".join(blocks))
    for at, mask in flips:
        data[at % len(data)] ^= mask
    answer, _ = outcome(fresh(), [bytes(data)])
    assert answer["ending"] in list(Ending)


@settings(max_examples=60)
@given(
    at=st.integers(0, 1 << 16), mask=st.integers(1, 255), name=st.sampled_from(["classic-x25519", "hrr-x25519-to-x25519mlkem768"])
)
def test_a_recorded_server_with_one_changed_byte_is_never_verified(at: int, mask: int, name: str) -> None:
    recording = Recording(name)
    data = bytearray(recording.server_bytes())
    data[at % len(data)] ^= mask
    conversation = recording.conversation()
    conversation.receive(bytes(data))
    conversation.peer_closed()
    if conversation.answer.finished_verified:  # Only what no transcript covers: plain record headers, change_cipher_spec.
        assert _is_header(recording, at % len(data))


def _is_header(recording: Recording, at: int) -> bool:
    lengths = [len(recording.octets(name)) for name in ("hello_retry_request", "server_hello") if name in recording.fields]
    start = 0
    for length in lengths:
        if start <= at < start + 5:
            return True
        start += 5 + length
    return start <= at < start + 6


@settings(max_examples=60)
@given(inner=st.lists(st.tuples(st.sampled_from([20, 21, 22, 23, 0, 99]), st.binary(max_size=60)), max_size=5))
def test_any_protected_records_never_raise(inner: list[tuple[int, bytes]]) -> None:
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    keys = Protection(
        SUITES[recording.suite], Secret(SUITES[recording.suite].hash_name, recording.octets("server_handshake_traffic_secret"))
    )
    data = record(22, recording.octets("server_hello")) + b"".join(keys.seal(kind, payload) for kind, payload in inner)
    answer, _ = outcome(conversation, [data])
    assert not answer["finished_verified"]


@settings(max_examples=60)
@given(
    kinds=st.lists(st.sampled_from([4, 8, 11, 13, 15, 20, 24, 25]), max_size=5),
    bodies=st.lists(st.binary(max_size=60), min_size=5, max_size=5),
)
def test_any_protected_messages_never_raise(kinds: list[int], bodies: list[bytes]) -> None:
    recording = Recording("classic-x25519")
    conversation = recording.conversation()
    keys = Protection(
        SUITES[recording.suite], Secret(SUITES[recording.suite].hash_name, recording.octets("server_handshake_traffic_secret"))
    )
    plain = b"".join(scripts.message(kind, body) for kind, body in zip(kinds, bodies, strict=False))
    answer, _ = outcome(conversation, [record(22, recording.octets("server_hello")) + keys.seal(22, plain)])
    assert not answer["finished_verified"]
