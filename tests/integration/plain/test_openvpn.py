"""The probe of OpenVPN at OpenVPN over UDP and TCP, field by field; behind tls-auth; and at scripted servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from pqscan_probes.openvpn import OpenVpnProbe
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.errors import MalformedMessage, PeerRefused, WrongProtocol
from pqscan.model.observation import Profile, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net import openvpn
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.states import authentication, key_establishment
from pqscan.wire.openvpn.packet import Opcode, Packet, framed
from tests.peers.plain_programs import load_plain_truth, missing, running
from tests.unit.net.loopback import closed_datagram_port, hearing, serving

Send = Callable[[bytes], None]
needs_openvpn = pytest.mark.skipif(missing("openvpn") is not None, reason=str(missing("openvpn")))


async def ask(port: int, transport: Transport) -> tuple[Facts, TcpDialer]:
    dialer = TcpDialer(Throttle(), DialSettings(attempt_seconds=90))
    probe = OpenVpnProbe(TlsProbe(TlsSettings(depth="quick")))
    return await probe.run(NetworkTarget("127.0.0.1", port, transport=transport), dialer), dialer


def selected(facts: Facts, subject: Subject) -> list[str]:
    return [each.name or each.value for each in facts.observations if each.subject is subject]


def profile(facts: Facts) -> Profile:
    return Profile("openvpn", facts.depth, facts.asked, facts.complete, facts.observations)


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvpn, "_PATIENCE_SECONDS", (0.05, 0.05))


@pytest.mark.lab
@needs_openvpn
@pytest.mark.parametrize("name", ["openvpn-udp", "openvpn-tcp", "openvpn-tls12"])
def test_every_field_is_that_of_the_truth_file(name: str) -> None:
    truth = load_plain_truth(name)
    udp = truth["options"][0] == "udp"
    with running(truth["program"], *truth["options"], udp=udp) as port:
        facts, _ = asyncio.run(ask(port, Transport.UDP if udp else Transport.TCP))
    assert facts.status is OutcomeStatus.COMPLETED
    assert ("OpenVPN", Support.ACCEPTED) in {(each.value, each.support) for each in facts.observations}
    assert selected(facts, Subject.SELECTED_VERSION) == [truth["version"]]
    assert selected(facts, Subject.SELECTED_GROUP) == [truth["group"]]
    assert selected(facts, Subject.SELECTED_CIPHER_SUITE) == [truth["suite"]]
    assert selected(facts, Subject.SELECTED_SIGNATURE_SCHEME) == [truth["scheme"]]
    assert selected(facts, Subject.CLIENT_CERTIFICATE) == ["requested"]
    assert len(facts.certificates) == 1
    assert key_establishment(profile(facts)).state.value == truth["establishes"]


@pytest.mark.lab
@needs_openvpn
@pytest.mark.usefixtures("little_patience")
def test_a_server_behind_tls_auth_is_silent_which_is_told_as_that_and_proves_nothing() -> None:
    with running("openvpn", "udp", "--tls-auth", "{folder}/ta.key", "0", udp=True) as port:
        facts, dialer = asyncio.run(ask(port, Transport.UDP))
    assert (facts.status, facts.complete, dialer.connections_used) == (OutcomeStatus.TIMED_OUT, False, 0)
    assert facts.detail is not None
    assert facts.detail.code == "openvpn_silent"
    assert [(each.value, each.support) for each in facts.observations] == [("OpenVPN", Support.UNKNOWN)]
    for found in (key_establishment(profile(facts)), authentication(profile(facts), ())):
        assert (found.state.value, [reason.code for reason in found.reasons]) == ("unknown", ["openvpn_not_seen"])


def over_udp(peer: Callable[[bytes, Send], None]) -> Facts:
    async def main() -> Facts:
        async with hearing(peer) as port:
            return (await ask(port, Transport.UDP))[0]

    return asyncio.run(main())


@pytest.mark.usefixtures("little_patience")
def test_a_server_that_resets_and_says_no_more_is_openvpn_and_nothing_else_is_known() -> None:
    def peer(data: bytes, answer: Send) -> None:
        packet = Packet.decode(data)
        if packet.opcode is Opcode.RESET_CLIENT:
            reset = Packet(Opcode.RESET_SERVER, b"theother", (0,), packet.session, 0).encode()
            for each in (b"", b"garbage", Packet(Opcode.RESET_SERVER, b"stranger", (0,), b"somebody", 0).encode(), reset, reset):
                answer(each)

    facts = over_udp(peer)
    assert facts.detail is not None
    assert facts.detail.code == "openvpn_says_no_more"
    assert [(each.value, each.support) for each in facts.observations] == [("OpenVPN", Support.ACCEPTED)]


@pytest.mark.usefixtures("little_patience")
def test_silence_and_garbage_are_no_session_and_a_closed_port_refuses() -> None:
    for words in (None, b"garbage", b"\x40" + bytes(12)):
        facts = over_udp(lambda data, answer, words=words: answer(words) if words else None)  # type: ignore[misc]
        assert facts.detail is not None
        assert facts.detail.code == "openvpn_silent"
    with closed_datagram_port() as port, pytest.raises(PeerRefused):
        asyncio.run(ask(port, Transport.UDP))


def over_tcp(words: bytes, *, hang_up: bool = False) -> Facts:
    async def main() -> Facts:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(2)
            writer.write(words)
            if not hang_up:
                await reader.read()

        async with serving(handle) as port:
            return (await ask(port, Transport.TCP))[0]

    return asyncio.run(main())


def test_over_tcp_what_is_no_openvpn_is_told_as_what_it_is_and_hanging_up_is_silence() -> None:
    with pytest.raises(WrongProtocol) as caught:
        over_tcp(b"SSH-2.0-OpenSSH_10.0\r\n")
    assert caught.value.like == "SSH"
    for words in (b"", framed(b"garbage")):
        facts = over_tcp(words, hang_up=True)
        assert facts.detail is not None
        assert (facts.detail.code, facts.status) == ("openvpn_silent", OutcomeStatus.CLOSED_EARLY)


def test_over_tcp_a_flood_of_packets_that_bring_nothing_ends_at_once() -> None:
    """Half a million empty packets kept every other target waiting for seconds."""
    for words in (bytes(1 << 20), framed(b"garbage") * 1000):
        with pytest.raises(MalformedMessage, match="floods"):
            over_tcp(words)
