"""HTTPS behind TLS that lies, breaks off or speaks something else: what TLS said stands, and nothing is told of HTTP."""

from __future__ import annotations

import asyncio

import pytest
from pqscan_probes.http import HttpProbe

from pqscan.errors import PeerClosed, PeerRejected, PeerTimedOut
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.stream import Dialer
from pqscan.net.throttle import Throttle
from pqscan.net.tls_stream import TlsStream
from tests.peers.https_pages import serving
from tests.peers.scripted import ScriptedServer
from tests.peers.ssh_scripted import Sends

SEEN = Facts((Observation(Subject.PROTOCOL_VERSION, "TLS1.3", Support.ACCEPTED),), asked="x")


class Said:
    """In the place of the probe of TLS: it says what it is told to."""

    name, serves_names = "tls", True

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    async def run(self, _target: NetworkTarget, _means: Dialer) -> Facts:
        return self._facts


def ask(port: int, facts: Facts = SEEN, starttls: str | None = None) -> tuple[Facts, int]:
    async def run() -> tuple[Facts, int]:
        dialer = TcpDialer(Throttle(), DialSettings(connection_seconds=5.0, attempt_seconds=10.0))
        found = await HttpProbe(Said(facts)).run(NetworkTarget("127.0.0.1", port, starttls=starttls), dialer)
        return found, dialer.connections_used

    return asyncio.run(run())


@pytest.mark.parametrize("end", ["close", "reset"])
@pytest.mark.parametrize("data", [b"", b"SSH-2.0-x\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03\x40\x00" + bytes(16_384)])
def test_what_speaks_no_tls_any_more_adds_nothing(data: bytes, end: str) -> None:
    with Sends(data, end=end) as peer:
        found, used = ask(peer.port)
    assert (found.observations, found.status, used) == (SEEN.observations, OutcomeStatus.COMPLETED, 1)


@pytest.mark.parametrize(
    ("facts", "starttls"),
    [
        (SEEN, "smtp"),
        (Facts((), status=OutcomeStatus.REJECTED), None),
        (Facts(SEEN.observations, status=OutcomeStatus.THROTTLED), None),
    ],
)
def test_nothing_is_asked_where_tls_was_not_through_or_begins_by_request(facts: Facts, starttls: str | None) -> None:
    with Sends(b"") as peer:
        found, used = ask(peer.port, facts, starttls)
    assert (found, used) == (facts, 0)


class _Silent(ScriptedServer):
    def play(self, stream, number):  # type: ignore[no-untyped-def]
        while stream.recv(65536):
            pass


def begin(peer: ScriptedServer) -> None:
    async def run() -> None:
        dialer = TcpDialer(Throttle(), DialSettings())
        async with dialer.connect(NetworkTarget("127.0.0.1", peer.port), timeout_seconds=0.5) as stream:
            await TlsStream(stream, None).begin()

    asyncio.run(run())


def test_a_handshake_that_fails_is_told_as_how_it_failed() -> None:
    for peer, error in (
        (Sends(b"\x15\x03\x03\x00\x02\x02\x28", end="silence"), PeerRejected),
        (Sends(b"HTTP/1.1 400 Bad Request\r\n\r\n", end="silence"), PeerRejected),
        (Sends(b"", end="close"), PeerClosed),
        (_Silent(), PeerTimedOut),
    ):
        with peer, pytest.raises(error):
            begin(peer)


def test_bytes_go_through_both_ways() -> None:
    async def run(port: int) -> bytes:
        dialer = TcpDialer(Throttle(), DialSettings())
        async with dialer.connect(NetworkTarget("127.0.0.1", port)) as stream:
            behind = TlsStream(stream, "www.demo.invalid")
            await behind.begin()
            await behind.send(b"GET /x HTTP/1.0\r\n\r\n")
            found = b""
            while part := await behind.receive():
                found += part
            return found

    with serving() as pages:
        pages.pages["/x"] = (200, {}, b"a" * 100_000)
        assert asyncio.run(run(pages.port)).endswith(b"a" * 100_000)
