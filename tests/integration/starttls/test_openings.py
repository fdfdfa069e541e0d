"""Every flavour in front of one TLS server: the inventory is that of plain TLS, and what goes wrong before it has its outcome."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import pytest
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerTimedOut, WrongProtocol
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.stream import Stream
from pqscan.net.throttle import Throttle
from pqscan.wire.starttls.flavours import FLAVOURS
from tests.peers.dialogues import DIALOGUES
from tests.peers.lab import Lab
from tests.peers.plaintext import Drips, Floods, Opens, OpensInPackets, OpensUntil, Turns
from tests.peers.scripted import ScriptedServer

BACKEND = "hybrid-default"
GREETING, EHLO = b"220 mail.example ESMTP Postfix\r\n", b"250-mail.example\r\n250 STARTTLS\r\n"
READY = b"220 2.0.0 Ready to start TLS\r\n"


@dataclass
class Patient:
    """A dialer whose pauses take no time and are counted; `connection_seconds` ends connections early where that is the test."""

    connection_seconds: float | None = None
    most_seconds: float = 60.0
    waited: float = 0.0
    asked_seconds: list[float | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._inner = TcpDialer(Throttle(), DialSettings())

    @property
    def connections_used(self) -> int:
        return self._inner.connections_used

    @property
    def seconds_left(self) -> float:
        return self._inner.seconds_left

    def connect(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AbstractAsyncContextManager[Stream]:
        self.asked_seconds.append(timeout_seconds)
        return self._inner.connect(target, timeout_seconds=self.connection_seconds or timeout_seconds)

    def permits_name(self, name: str) -> bool:
        return self._inner.permits_name(name)

    async def pause(self, seconds: float) -> None:
        if self.waited + seconds > self.most_seconds:
            raise PeerTimedOut("no time left")
        self.waited += seconds


@dataclass(frozen=True)
class Asked:
    facts: Facts
    dialer: Patient

    @property
    def behaviours(self) -> set[str]:
        return {each.value for each in self.facts.observations if each.subject is Subject.BEHAVIOUR}

    @property
    def about_tls(self) -> set[Observation]:
        plain = (Subject.BEHAVIOUR, Subject.SOFTWARE, Subject.ALPN_PROTOCOL)
        return {each for each in self.facts.observations if each.subject not in plain}


def ask(
    peer: ScriptedServer, starttls: str | None = "smtp", name: str | None = None, depth: str = "inventory", **how: float
) -> Asked:
    async def run() -> Asked:
        dialer = Patient(**how)
        target = NetworkTarget(peer.address, peer.port, name, starttls=starttls)
        return Asked(await TlsProbe(TlsSettings(depth=depth)).run(target, dialer), dialer)

    return asyncio.run(run())


def failing(peer: ScriptedServer, starttls: str = "smtp", **how: float) -> PeerError:
    with pytest.raises(PeerError) as caught:
        ask(peer, starttls, **how)
    return caught.value


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_the_inventory_behind_a_prelude_is_that_of_plain_tls(lab: Lab, flavour: str) -> None:
    server = lab[BACKEND]
    in_packets = flavour == "mssql"
    with OpensInPackets(server.port) if in_packets else Opens(flavour, server.port) as peer:
        behind = ask(peer, flavour, "xmpp.example")
        assert peer.connections == behind.dialer.connections_used
        if isinstance(peer, Opens):
            assert peer.opened == peer.connections  # Each connection said the whole prelude, by the letter.
    plain = asyncio.run(_plain(server.port))
    assert behind.about_tls == {each for each in plain.observations if each.subject is not Subject.ALPN_PROTOCOL}
    assert (behind.facts.status, behind.facts.complete) == (OutcomeStatus.COMPLETED, True)
    assert [each.value for each in behind.facts.observations if each.subject is Subject.SOFTWARE] == (
        [DIALOGUES[flavour].software] if DIALOGUES[flavour].software else []
    )
    assert behind.behaviours == set(DIALOGUES[flavour].behaviours)


async def _plain(port: int) -> Facts:
    return await TlsProbe(TlsSettings()).run(
        NetworkTarget("127.0.0.1", port, "xmpp.example"), TcpDialer(Throttle(), DialSettings())
    )


def test_a_prelude_has_its_own_time_within_a_connection(lab: Lab) -> None:
    with Opens("smtp", lab[BACKEND].port) as peer:
        behind = ask(peer, depth="quick").dialer.asked_seconds
    assert set(behind) == {15.0}  # 5 for TLS, 10 for what comes before


def test_no_starttls_is_a_fact_about_the_service_and_costs_one_connection() -> None:
    with Turns(GREETING, b"250-mail.example\r\n250 AUTH PLAIN\r\n") as peer:
        asked = ask(peer)
        assert peer.connections == 1
    assert asked.facts.status is OutcomeStatus.COMPLETED
    assert asked.facts.detail is not None
    assert asked.facts.detail.code == "starttls_not_offered"
    assert asked.behaviours == {"starttls_not_offered", "login_before_tls"}
    assert [each.value for each in asked.facts.observations if each.subject is Subject.SOFTWARE] == ["ESMTP Postfix"]
    assert asked.facts.complete, "it has told all that is asked"
    assert asked.facts.asked


@pytest.mark.parametrize("turns", [(b"554 5.7.1 go away\r\n",), (GREETING, EHLO, b"554 5.7.3 not for you\r\n")])
def test_a_refusal_that_may_be_about_us_proves_nothing_of_the_service(turns: tuple[bytes, ...]) -> None:
    with Turns(*turns) as peer:
        asked = ask(peer)
    assert (asked.facts.status, asked.facts.complete) == (OutcomeStatus.REJECTED, False)
    assert "starttls_not_offered" not in asked.behaviours


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"<!DOCTYPE HTML>\n<p>Bad request</p>\n"])
def test_http_without_tls_is_a_fact_and_costs_one_connection(answer: bytes) -> None:
    with Turns(answer, at_once=False) as peer:
        asked = ask(peer, None)
        assert peer.connections == 1
    assert (asked.facts.status, asked.facts.complete, asked.behaviours) == (OutcomeStatus.COMPLETED, True, {"http_without_tls"})
    assert asked.facts.detail is not None
    assert asked.facts.detail.code == "http_without_tls"


def test_http_in_the_place_of_another_greeting_is_another_protocol() -> None:
    with Turns(b"HTTP/1.1 400 Bad Request\r\n\r\n") as peer:
        error = failing(peer)
    assert isinstance(error, WrongProtocol)
    assert error.like == "HTTP"


@pytest.mark.parametrize(
    "turns",
    [
        (b"421 4.7.0 mail.example too many connections\r\n",),
        (GREETING, EHLO, b"454 4.7.0 TLS not available due to local problem\r\n"),
    ],
)
def test_to_be_put_off_at_once_is_throttled_and_not_pressed(turns: tuple[bytes, ...]) -> None:
    with Turns(*turns) as peer:
        asked = ask(peer)
        assert peer.connections == 1
    assert asked.facts.status is OutcomeStatus.THROTTLED
    assert asked.facts.detail is not None
    assert asked.facts.detail.code == "starttls_put_off"


@pytest.mark.parametrize(
    "later", [b"421 4.7.0 too many connections\r\n", b"554 5.7.1 go away\r\n", b"", b"220 mail.example ESMTP Other\r\n"]
)
def test_a_refusal_after_success_is_throttled_and_what_was_learned_is_kept(lab: Lab, later: bytes) -> None:
    with OpensUntil("smtp", lab[BACKEND].port, 4, later) as peer:
        asked = ask(peer)
    assert asked.facts.status is OutcomeStatus.THROTTLED
    assert not asked.facts.complete
    assert asked.dialer.waited > 0
    selected = [each.value for each in asked.facts.observations if each.subject is Subject.SELECTED_GROUP]
    assert selected == ["0x11ec"]
    assert not [each for each in asked.facts.observations if each.support is Support.REFUSED and each.context == "TLS1.2"]


def test_a_server_that_recovers_gives_the_whole_inventory(lab: Lab) -> None:
    class Tired(Opens):
        def play(self, stream: object, number: int) -> None:
            if number in (5, 6):
                stream.sendall(b"421 4.7.0 slow down\r\n")  # type: ignore[attr-defined]
                return
            super().play(stream, number)  # type: ignore[arg-type]

    with Tired("smtp", lab[BACKEND].port) as peer:
        asked = ask(peer)
    assert asked.facts.status is OutcomeStatus.COMPLETED
    assert asked.dialer.waited > 0


@pytest.mark.parametrize("together", [True, False])
def test_plain_text_behind_the_go_ahead_is_told_and_proves_nothing(together: bool) -> None:
    injected = b"250 injected by somebody on the way\r\n"
    turns = (GREETING, EHLO, READY + injected) if together else (GREETING, EHLO, READY, injected)
    with Turns(*turns) as peer:
        asked = ask(peer)
    assert asked.facts.status is OutcomeStatus.MALFORMED
    assert asked.facts.detail is not None
    assert asked.facts.detail.code == "plaintext_after_starttls"
    assert "plaintext_after_starttls" in asked.behaviours
    assert not asked.about_tls


def test_what_is_no_greeting_is_told_as_what_it_is() -> None:
    with Turns(b"\x15\x03\x03\x00\x02\x02\x46") as peer:  # TLS at once on the plain port
        assert getattr(failing(peer), "like", "") == "TLS"
    with Turns(b"SSH-2.0-OpenSSH_9.2\r\n") as peer:
        error = failing(peer)
        assert isinstance(error, WrongProtocol)
        assert error.like == "SSH"
        assert peer.connections == 1
    with Turns(bytes(range(128, 256)) * 2 + b"\n") as peer:
        assert isinstance(failing(peer), WrongProtocol)


@pytest.mark.parametrize("line", [b"220-and so on\r\n", b"x" * 4096])
def test_lines_without_end_are_ended(line: bytes) -> None:
    with Floods(line) as peer:
        assert isinstance(failing(peer), MalformedMessage)
        assert peer.connections == 1


def test_silence_slowness_and_a_close_cost_one_connection() -> None:
    with Turns(stays=True) as peer:
        assert isinstance(failing(peer, connection_seconds=0.3), PeerTimedOut)
        assert peer.connections == 1
    with Drips() as peer:
        assert isinstance(failing(peer, connection_seconds=0.5), PeerTimedOut)
        assert peer.connections == 1
    with Turns(GREETING) as peer:
        assert isinstance(failing(peer), PeerClosed)
        assert peer.connections == 1


def test_a_greeting_that_changes_keeps_what_stays(lab: Lab) -> None:
    class Changes(Opens):
        def play(self, stream: object, number: int) -> None:
            greeting = b"220 mail.example ESMTP Postfix 3.%d.1\r\n" % number
            stream.sendall(greeting)  # type: ignore[attr-defined]
            stream.recv(100)  # type: ignore[attr-defined]
            stream.sendall(EHLO)  # type: ignore[attr-defined]
            stream.recv(100)  # type: ignore[attr-defined]
            stream.sendall(READY)  # type: ignore[attr-defined]
            self.pass_on(stream)  # type: ignore[arg-type]

    with Changes("smtp", lab[BACKEND].port) as peer:
        asked = ask(peer)
    assert [each.value for each in asked.facts.observations if each.subject is Subject.SOFTWARE] == ["ESMTP Postfix"]
