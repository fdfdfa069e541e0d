"""Demo servers stand what clients throw at them, count, stop, and never leave loopback."""

from __future__ import annotations

import socket
import struct
from datetime import UTC, datetime

import pytest

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, KeyKind
from pqscan.demo.servers import DEMO_SERVERS, RunningServer, start
from pqscan.errors import UsageError, WorkError
from tests.peers.lab import Lab
from tests.peers.openssl_client import ask

SPECS = {spec.name: spec for spec in DEMO_SERVERS}
HELLO = bytes.fromhex("160301007b010000770303")


@pytest.fixture
def server(lab: Lab) -> RunningServer:
    return lab["classical"]


def _talk(server: RunningServer, data: bytes) -> bytes:
    with socket.create_connection((server.address, server.port), timeout=10) as stream:
        stream.sendall(data)
        stream.shutdown(socket.SHUT_WR)
        received = b""
        while part := stream.recv(4096):
            received += part
        return received


@pytest.mark.parametrize(
    "junk", [b"", b"\0", b"GET / HTTP/1.0\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(70000), HELLO, bytes(range(256)) * 40]
)
def test_a_server_outlives_garbage(server: RunningServer, junk: bytes) -> None:
    assert not _talk(server, junk).startswith(b"HTTP")
    assert ask(server.address, server.port).completed


def test_a_server_outlives_a_client_that_resets(server: RunningServer) -> None:
    stream = socket.create_connection((server.address, server.port), timeout=10)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.sendall(HELLO)
    stream.close()
    assert ask(server.address, server.port).completed


def test_silent_connections_do_not_keep_others_waiting(server: RunningServer) -> None:
    silent = [socket.create_connection((server.address, server.port), timeout=10) for _ in range(50)]
    assert ask(server.address, server.port).completed
    for stream in silent:
        stream.close()


def test_the_oldest_connection_goes_when_there_are_too_many(lab: Lab) -> None:
    with start(SPECS["classical"], maker=lab.maker) as server:
        open_streams = [socket.create_connection((server.address, server.port), timeout=10) for _ in range(520)]
        assert ask(server.address, server.port).completed
        assert open_streams[0].recv(1) == b""
        for stream in open_streams:
            stream.close()


def test_every_accepted_connection_is_counted(server: RunningServer) -> None:
    before = server.connections
    ask(server.address, server.port)
    _talk(server, b"junk")
    assert server.connections == before + 2


def test_after_stop_nobody_listens(lab: Lab) -> None:
    server = start(SPECS["classical"], maker=lab.maker)
    server.stop()
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.address, server.port), timeout=10)


def test_an_alert_arrives_before_the_end_of_the_connection(lab: Lab) -> None:
    answers = {ask("127.0.0.1", lab["mlkem768-only"].port, groups=("0x001d",)).alert for _ in range(20)}
    assert answers == {40}


def test_a_server_can_be_had_at_the_ipv6_loopback(lab: Lab) -> None:
    with start(SPECS["classical"], "::1", maker=lab.maker) as server:
        assert ask("::1", server.port).completed


def test_an_address_beyond_loopback_is_refused() -> None:
    with pytest.raises(UsageError, match="0\\.0\\.0\\.0"):
        start(SPECS["classical"], "0.0.0.0")


def test_a_taken_port_is_told_in_one_sentence(server: RunningServer, lab: Lab) -> None:
    with pytest.raises(WorkError, match=f"port {server.port}"):
        start(SPECS["classical"], port=server.port, maker=lab.maker)


@pytest.mark.parametrize("key", [kind for kind in KeyKind if kind is not KeyKind.RSA_4096])
def test_a_chain_verifies_link_by_link_up_to_its_root(lab: Lab, key: KeyKind) -> None:
    identity = lab.maker.identity(CertificateSpec(key, KeyKind.P_256), ("site.demo.invalid", "127.0.0.1"))
    for certificate, issuer in zip(identity.chain, (*identity.chain[1:], identity.root), strict=True):
        certificate.verify_directly_issued_by(issuer)
    assert identity.root.subject == identity.root.issuer


def test_certificates_hold_from_a_day_before_they_were_made() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    identity = CertificateMaker(now).identity(CertificateSpec(KeyKind.P_256, KeyKind.P_256), ("site.demo.invalid",))
    assert (now - identity.chain[0].not_valid_before_utc).days == 1
    assert identity.chain[0].not_valid_after_utc.year == 2027
    assert identity.root.not_valid_after_utc.year == 2046
