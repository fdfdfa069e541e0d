"""The QUIC probe against what no honest server sends: each ends in one sentence or in facts, in bounded time. On loopback alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import cast

import pytest
from pqscan_probes.tls import QuicProbe, TlsSettings, over_quic

from pqscan.errors import MalformedMessage, PeerError, PeerRefused, PeerRejected, PeerTimedOut
from pqscan.model.observation import Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.wire.quic.frames import close_frame, crypto_frame
from pqscan.wire.quic.header import VERSION_1, VERSION_2, LongPacket, PacketKind, long_packets
from pqscan.wire.quic.initial import initial_keys, seal_initial
from pqscan.wire.quic.retry import retry_tag

Script = Callable[[bytes, LongPacket], list[bytes]]
SERVER_ID = b"server-1"


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is waited for on purpose here; how long is no part of it."""
    monkeypatch.setattr(over_quic, "_PATIENCE_SECONDS", (0.05, 0.05, 0.1))


class _Server(asyncio.DatagramProtocol):
    def __init__(self, script: Script) -> None:
        self._script = script
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # It is one; Python 3.11 does not say so.

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.asked += 1
        packets = long_packets(data)
        if packets:
            for reply in self._script(data, packets[0]):
                self._transport.sendto(reply, address)


def ask(script: Script | None, depth: str = "quick") -> Facts:
    """What the probe makes of a server that answers each of our datagrams by `script`; None: nobody listens."""

    async def run() -> Facts:
        server = _Server(script or (lambda _data, _packet: []))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, ("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        if script is None:
            transport.close()
            await asyncio.sleep(0)
        try:
            dialer = TcpDialer(Throttle(NO_LIMITS), DialSettings(attempt_seconds=20))
            target = NetworkTarget("127.0.0.1", port, transport=Transport.UDP)
            return await asyncio.wait_for(QuicProbe(TlsSettings(depth)).run(target, dialer), 20)
        finally:
            transport.close()

    return asyncio.run(run())


def initial(packet: LongPacket, frames: bytes, *, number: int = 0, destination: bytes = b"") -> bytes:
    _, theirs = initial_keys(VERSION_1, packet.destination_id)
    return seal_initial(VERSION_1, destination, SERVER_ID, b"", number, frames.ljust(20, b"\x00"), theirs)


def retry(packet: LongPacket, *, good: bool = True) -> bytes:
    head = b"\xf0\x00\x00\x00\x01\x00" + bytes((len(SERVER_ID),)) + SERVER_ID + b"token"
    return head + (retry_tag(VERSION_1, packet.destination_id, head) if good else bytes(16))


def versions(packet: LongPacket, *listed: int) -> bytes:
    ids = b"\x00" + bytes((len(packet.destination_id),)) + packet.destination_id
    return b"\x80\x00\x00\x00\x00" + ids + b"".join(version.to_bytes(4, "big") for version in listed)


def test_silence_is_no_answer() -> None:
    with pytest.raises(PeerTimedOut):
        ask(lambda _data, _packet: [])


def test_a_closed_port_refuses() -> None:
    with pytest.raises(PeerRefused):
        ask(None)


SENSELESS: dict[str, Script] = {
    "garbage": lambda _data, _packet: [os.urandom(300)],
    "our own datagram": lambda data, _packet: [data],
    "cut short": lambda _data, packet: [initial(packet, bytes(60))[:-5]],
    "for another connection": lambda _data, packet: [initial(packet, b"\x01", destination=b"other")],
    "a retry that is not genuine": lambda _data, packet: [retry(packet, good=False)],
    "a list with our own version": lambda _data, packet: [versions(packet, VERSION_1)],
    "an empty datagram": lambda _data, _packet: [b""],
}


@pytest.mark.parametrize("name", SENSELESS)
def test_what_is_no_packet_of_this_connection_proves_nothing(name: str) -> None:
    with pytest.raises((MalformedMessage, PeerTimedOut)):
        ask(SENSELESS[name])


def test_who_retries_for_ever_is_followed_once() -> None:
    followed: list[bytes] = []

    def script(_data: bytes, packet: LongPacket) -> list[bytes]:
        if packet.token:
            followed.append(packet.token)
        return [retry(packet)]

    with pytest.raises(PeerError):
        ask(script)
    assert 0 < len(followed) < 40


@pytest.mark.parametrize(
    "frames",
    [
        b"\x08\x00\x00",
        crypto_frame(1 << 20, b"x"),
        crypto_frame(0, b"\x02\x00\x00\x02\x03\x03"),
        crypto_frame(0, b"\x02\xff\xff\xff"),
    ],
    ids=["a stream", "64 kB and more of handshake", "half a server hello", "an endless message"],
)
def test_frames_that_break_the_rules_are_malformed(frames: bytes) -> None:
    with pytest.raises(MalformedMessage):
        ask(lambda _data, packet: [initial(packet, frames)] if packet.kind is PacketKind.INITIAL else [])


def test_the_same_packet_again_and_again_ends() -> None:
    with pytest.raises(PeerError):
        ask(lambda _data, packet: [initial(packet, b"\x01")] * 20)


def test_an_alert_is_read_from_the_close() -> None:
    with pytest.raises(PeerRejected) as caught:
        ask(lambda _data, packet: [initial(packet, close_frame(0x128))])
    assert caught.value.code == 40


def test_a_server_that_takes_no_connections_now_says_so() -> None:
    with pytest.raises(PeerRejected) as caught:
        ask(lambda _data, packet: [initial(packet, close_frame(0x02))])
    assert caught.value.code == 2


def test_a_server_of_other_versions_alone_is_told_as_such() -> None:
    facts = ask(lambda _data, packet: [versions(packet, 0xFF00001D, 0x0A0A0A0A)])
    told = {observation.value: observation.support for observation in facts.observations}
    assert told == {"QUIC-draft-29": Support.OFFERED, "QUICv1": Support.REFUSED, "QUICv2": Support.REFUSED}
    assert (facts.status, facts.complete) == (OutcomeStatus.REJECTED, False)
    assert facts.detail == Reason.of("quic_other_versions", versions="QUIC-draft-29")


@pytest.mark.parametrize("listed", [(), (0x0A0A0A0A, 0x1A2A3A4A)])
def test_a_list_of_nothing_says_nothing(listed: tuple[int, ...]) -> None:
    with pytest.raises(MalformedMessage):
        ask(lambda _data, packet: [versions(packet, *listed)])


def test_a_version_at_the_end_of_a_long_list_is_asked() -> None:
    asked: set[int] = set()

    def script(_data: bytes, packet: LongPacket) -> list[bytes]:
        asked.add(packet.version)
        return [versions(packet, *range(0x100, 0x200), VERSION_2)] if packet.version == VERSION_1 else []

    with pytest.raises(PeerTimedOut):
        ask(script)
    assert asked == {VERSION_1, VERSION_2}
