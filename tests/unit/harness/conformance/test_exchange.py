"""No bytes of a server make an exchange raise, and cut anywhere they come to the same; what cases bend is what they say."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519
from hypothesis import given
from hypothesis import strategies as st

from pqscan.harness.conformance import bend
from pqscan.harness.conformance.cases.points import _LOW_ORDER
from pqscan.harness.conformance.cases.shares import _swapped_share
from pqscan.harness.conformance.exchange import Exchange
from pqscan.harness.conformance.ml_kem import KEY_FAULTS
from pqscan.harness.conformance.script import Ground, Script
from pqscan.harness.conformance.seen import Ended, Progress
from pqscan.harness.tls.encapsulation import is_reduced
from pqscan.harness.tls.identity import self_made
from pqscan.harness.tls.offered import Offered
from pqscan.harness.tls.records import Refusal
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings
from pqscan.registry.tls import named_group
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.words import AlertDescription, ContentType
from tests.peers import messages as scripts


def made(group: int) -> KeyShare:
    found = generate(named_group(group).rows[0])
    assert found is not None
    return found


IDENTITY = self_made(0x0403, datetime.now(UTC))
KEY = made(0x001D)
DIRECT, RETRY = Script((0x001D,), (0x001D,)), Script((0x001D, 0x0017), ())
HELLO = scripts.Hello(b"s" * 32, (), (), (), ())
BLOCKS = (
    scripts.record(22, scripts.server_hello(HELLO, group=0x001D, share=bytes(range(32)))),
    scripts.record(22, scripts.server_hello(HELLO, suite=0xC02F, version=0x0303)),
    scripts.record(22, scripts.retry(HELLO, group=0x0017)),
    scripts.record(22, scripts.retry(HELLO, group=0x001D)),
    scripts.record(22, scripts.retry(HELLO, cookie=b"crumbs")),
    scripts.record(22, scripts.retry(HELLO, suite=0x1399, group=0x9999)),
    scripts.record(20, b"\x01"),
    scripts.record(23, bytes(40)),
    scripts.record(22, b""),
    scripts.alert(40),
    scripts.alert(0, level=1),
    b"HTTP/1.1 400\r\n",
    b"\x16\x03",
)


def played(script: Script, server: ServerConversation, size: int = 1 << 20, *, asks_update: bool = False) -> Exchange:
    """Both sides until one has ended, the server's bytes cut into pieces of `size`."""
    exchange = Exchange(script, Ground(os.urandom, asks_update=asks_update))
    while segments := exchange.segments_to_send():
        for segment in segments:
            server.receive(segment)
        sent = server.bytes_to_send()
        for at in range(0, len(sent), size):
            exchange.receive(sent[at : at + size])
    return exchange


def server(*groups: int) -> ServerConversation:
    return ServerConversation(ServerSettings(IDENTITY, groups, os.urandom))


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize(("script", "retries"), [(DIRECT, 0), (RETRY, 1)])
def test_a_right_server_is_followed_to_the_end_however_its_bytes_are_cut(script: Script, retries: int, size: int) -> None:
    seen = played(script, server(0x001D), size).seen
    assert (seen.progress, seen.ended, seen.retries) == (Progress.APPLICATION, Ended.CLOSE_NOTIFY, retries)
    assert seen.application_bytes > 0
    assert seen.group == 0x001D


class SpeaksEarly(ServerConversation):
    """Sends data right behind its Finished, as a server may (RFC 9846, section 4.5.3)."""

    def answer(self, hello: ClientHello, offered: Offered, suite: int, group: int) -> None:
        super().answer(hello, offered, suite, group)
        self.send_protected(ContentType.APPLICATION_DATA, b"220 ready")


@pytest.mark.parametrize(("asks", "progress"), [(True, Progress.APPLICATION), (False, Progress.FLIGHT)])
def test_a_server_that_sent_data_before_our_finished_is_judged_by_the_key_update_that_we_ask_for(
    asks: bool, progress: Progress
) -> None:
    exchange = played(DIRECT, SpeaksEarly(ServerSettings(IDENTITY, (0x001D,), os.urandom)), asks_update=asks)
    assert exchange.seen.progress is progress
    assert exchange.seen.unasked_data


@pytest.mark.parametrize("record", [scripts.record(22, b""), scripts.record(20, b"\x01"), scripts.alert(90, level=1)])
def test_records_that_hold_nothing_are_a_flood_at_last(record: bytes) -> None:
    exchange = Exchange(DIRECT, Ground(os.urandom))
    exchange.receive(record * 256)
    assert not exchange.finished
    exchange.receive(record)
    assert (exchange.seen.ended, exchange.seen.progress) == (Ended.FLOOD, Progress.NOTHING)


def test_an_exchange_that_ends_early_takes_its_leave() -> None:
    ours = server(0x001D)
    exchange = played(Script((0x001D,), (0x001D,), ends_at=Progress.PROTECTED), ours)
    assert (exchange.seen.progress, exchange.seen.ended) == (Progress.PROTECTED, Ended.OURS)
    assert not ours.outcome.established


class CannotSign(ServerConversation):
    """An alert under its handshake keys in place of its flight, as rustls where no scheme of its key was offered."""

    def encrypted_extensions(self, offered: Offered) -> bytes:
        raise Refusal(AlertDescription.HANDSHAKE_FAILURE, "no scheme fits")


@pytest.mark.parametrize("script", [DIRECT, RETRY])
def test_an_exchange_that_ends_early_reads_an_alert_that_comes_in_place_of_the_flight(script: Script) -> None:
    ours = CannotSign(ServerSettings(IDENTITY, (0x001D,), os.urandom))
    seen = played(replace(script, ends_at=Progress.PROTECTED), ours).seen
    assert (seen.progress, seen.ended, seen.alert) == (Progress.HELLO, Ended.ALERT, AlertDescription.HANDSHAKE_FAILURE)


def test_an_alert_under_keys_that_our_share_does_not_lead_to_tells_nothing() -> None:
    script = Script((0x001D,), (0x001D,), keys={0x001D: replace(KEY, public=made(0x001D).public)}, ends_at=Progress.PROTECTED)
    exchange = played(script, CannotSign(ServerSettings(IDENTITY, (0x001D,), os.urandom)))
    exchange.end(Ended.CLOSED)
    assert (exchange.seen.progress, exchange.seen.ended, exchange.seen.alert) == (Progress.HELLO, Ended.CLOSED, None)


@given(st.lists(st.one_of(st.sampled_from(BLOCKS), st.binary(max_size=40)), max_size=6), st.sampled_from([DIRECT, RETRY]))
def test_no_bytes_of_a_server_make_it_raise(blocks: list[bytes], script: Script) -> None:
    exchange = Exchange(script, Ground(lambda count: bytes(count)))
    for block in blocks:
        exchange.receive(block)
        exchange.segments_to_send()
    exchange.end(Ended.CLOSED)
    assert exchange.finished
    assert exchange.seen.told


@given(st.integers(0, 1 << 16), st.integers(1, 255))
def test_a_flight_with_a_byte_changed_makes_it_end_and_never_raise(place: int, change: int) -> None:
    exchange, ours = Exchange(DIRECT, Ground(os.urandom)), server(0x001D)
    for segment in exchange.segments_to_send():
        ours.receive(segment)
    sent = bytearray(ours.bytes_to_send())
    sent[place % len(sent)] ^= change
    exchange.receive(bytes(sent))
    exchange.end(Ended.SILENCE)
    assert exchange.seen.application_bytes == 0


@given(st.lists(st.sampled_from(BLOCKS), max_size=4))
def test_bytes_come_to_the_same_whole_and_one_by_one(blocks: list[bytes]) -> None:
    fixed = Script((0x001D,), (0x001D,), keys={0x001D: KEY})
    whole, single = (Exchange(fixed, Ground(lambda count: bytes(count))) for _ in range(2))
    whole.receive(b"".join(blocks))
    for byte in b"".join(blocks):
        single.receive(bytes((byte,)))
    assert replace(whole.seen, problem="") == replace(single.seen, problem="")  # How much of a foreign greeting was there.


@pytest.mark.parametrize(("label", "change"), KEY_FAULTS)
@pytest.mark.parametrize("group", [0x0201, 0x0202])
def test_a_key_fault_changes_one_coefficient_and_nothing_else(label: str, change: bend.Bytes, group: int) -> None:
    right = made(group).public
    bent = change(right)
    assert is_reduced(right)
    assert not is_reduced(bent)
    assert sum(one != other for one, other in zip(right, bent, strict=True)) <= 2


@pytest.mark.parametrize(("label", "value"), _LOW_ORDER)
def test_points_of_low_order_give_the_zero_secret(label: str, value: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own, which names an all-zero value.
        x25519.X25519PrivateKey.generate().exchange(x25519.X25519PublicKey.from_public_bytes(value))


@pytest.mark.parametrize("group", [0x11EC, 0x11EB, 0x11ED])
def test_swapped_parts_are_never_right_by_chance(group: int) -> None:
    for _ in range(20):
        parts = dict(bend.split(group, _swapped_share(group)))
        kem = next(part for name, part in parts.items() if name.startswith("ML-KEM"))
        point = next((part for name, part in parts.items() if name.startswith("secp")), b"\x04")
        assert not is_reduced(kem) or point[0] != 4
