"""The SSH probe at hostile, broken and tired servers: one outcome, bounded, and what was learned is kept.

Waiting is counted, not done.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from pqscan_probes.ssh import SshProbe, SshSettings
from pqscan_probes.ssh.survey import MOST_CONNECTIONS

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerThrottled, PeerTimedOut, WrongProtocol
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.stream import Stream
from pqscan.net.throttle import Throttle
from tests.peers import hostile, ssh_scripted
from tests.peers.scripted import ScriptedServer, finish
from tests.peers.ssh_scripted import BANNER, Healthy, Sends, Tires
from tests.unit.wire.ssh.server_model import HostKey, ServerModel, ed25519_key, kexinit, packet, text


class Unhurried:
    """A dialer on which a pause takes no time; `connection_seconds` ends a connection early where silence itself is tested."""

    def __init__(self, connection_seconds: float | None) -> None:
        self._inner = TcpDialer(Throttle(), DialSettings())
        self._connection_seconds = connection_seconds
        self.waited = 0.0

    @property
    def connections_used(self) -> int:
        return self._inner.connections_used

    @property
    def seconds_left(self) -> float:
        return self._inner.seconds_left

    def connect(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AbstractAsyncContextManager[Stream]:
        return self._inner.connect(target, timeout_seconds=self._connection_seconds or timeout_seconds)

    def permits_name(self, name: str) -> bool:
        return True

    async def pause(self, seconds: float) -> None:
        self.waited += seconds


class Run:
    def __init__(self, facts: Facts | None, error: PeerError | None, dialer: Unhurried) -> None:
        self.error, self.connections_used, self.waited = error, dialer.connections_used, dialer.waited
        self._facts = facts

    @property
    def facts(self) -> Facts:
        assert self._facts is not None, self.error
        return self._facts

    def of(self, subject: Subject) -> dict[str, Observation]:
        return {found.value: found for found in self.facts.observations if found.subject is subject}


def ask(peer: ScriptedServer, depth: str = "inventory", connection_seconds: float | None = None) -> Run:
    async def run() -> Run:
        dialer = Unhurried(connection_seconds)
        try:
            facts = await SshProbe(SshSettings(depth=depth)).run(NetworkTarget(peer.address, peer.port), dialer)
        except PeerError as error:
            return Run(None, error, dialer)
        return Run(facts, None, dialer)

    return asyncio.run(run())


def model(
    method: str = "curve25519-sha256", keys: str = "ssh-ed25519", key: HostKey | None = None, **lists: str
) -> Callable[[int], ServerModel]:
    return lambda _number: ServerModel(method, init=kexinit(method, keys, **lists), key=key or ed25519_key())


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (hostile.AcceptsAndCloses, PeerClosed),
        (ssh_scripted.huge_banner, MalformedMessage),
        (ssh_scripted.endless_lines, MalformedMessage),
        (lambda: Sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), WrongProtocol),
        (lambda: Sends(b"\x15\x03\x01\x00\x02\x02\x46"), WrongProtocol),
        (lambda: Sends(b"220 mail.example ESMTP\r\n"), WrongProtocol),
        (lambda: Sends(b"who are you?\r\n"), WrongProtocol),
        (lambda: Sends(b"\x1b[2Jlogin: "), WrongProtocol),
        (lambda: Sends(b"Exceeded MaxStartups\r\n"), PeerThrottled),
        (lambda: Sends(b"Not allowed at this time\r\n"), PeerThrottled),
        (lambda: Sends(b"SSH-9.0-x\r\n"), MalformedMessage),
    ],
)
def test_a_server_that_never_spoke_ssh_is_one_error(make: Callable[[], ScriptedServer], error: type[PeerError]) -> None:
    with make() as peer:
        run = ask(peer)
    assert isinstance(run.error, error), run.error
    assert run.connections_used == 1


@pytest.mark.parametrize(("said", "error"), [(b"", PeerTimedOut), (b"login: ", WrongProtocol)])
def test_silence_ends_with_the_connections_time(said: bytes, error: type[PeerError]) -> None:
    with Sends(said, end="silence") as peer:
        run = ask(peer, connection_seconds=0.3)
    assert isinstance(run.error, error)


@pytest.mark.parametrize(
    ("make", "status"),
    [
        (ssh_scripted.huge_packet, OutcomeStatus.MALFORMED),
        (ssh_scripted.many_names, OutcomeStatus.MALFORMED),
        (ssh_scripted.disconnects, OutcomeStatus.REJECTED),
        (lambda: Sends(BANNER), OutcomeStatus.CLOSED_EARLY),
        (lambda: Sends(BANNER, end="reset"), OutcomeStatus.CLOSED_EARLY),
    ],
)
def test_what_it_said_of_itself_is_kept_where_no_lists_came(make: Callable[[], ScriptedServer], status: OutcomeStatus) -> None:
    with make() as peer:
        run = ask(peer)
    assert (run.facts.status, run.facts.complete) == (status, False)
    assert list(run.of(Subject.SOFTWARE)) == ["scripted"]
    assert list(run.of(Subject.PROTOCOL_VERSION)) == ["SSH-2.0"]


def test_lists_without_a_proof_are_kept_and_the_reason_told() -> None:
    with ssh_scripted.two_kexinits() as peer:
        run = ask(peer)
    assert run.facts.status is OutcomeStatus.COMPLETED
    assert dict(run.of(Subject.HOST_KEY)["ssh-ed25519"].parameters) == {"reason": "malformed"}
    assert run.of(Subject.KEX_METHOD)["curve25519-sha256"].confidence is Confidence.OBSERVED
    assert run.facts.chains == ()


def test_one_byte_at_a_time_gives_the_same_facts() -> None:
    init = packet(kexinit("sntrup4591761x25519-sha512@tinyssh.org"))
    with Sends(BANNER + init) as whole, Sends(BANNER + init, step=1) as slow:
        assert ask(whole).facts.observations == ask(slow).facts.observations


def test_names_with_controls_are_safe_to_show_and_told() -> None:
    with Sends(BANNER + packet(kexinit("a\x00b,\x1b[2J"))) as peer:
        run = ask(peer)
    assert list(run.of(Subject.KEX_METHOD)) == ["a\\x00b", "\\x1b[2J"]
    assert "malformed_names" in run.of(Subject.BEHAVIOUR)


def test_a_server_of_the_first_version_alone_is_told_by_it() -> None:
    with Sends(b"SSH-1.5-old \x07 bell\r\n", end="silence") as peer:
        run = ask(peer)
    assert (run.facts.status, run.facts.complete) == (OutcomeStatus.COMPLETED, True)
    assert list(run.of(Subject.PROTOCOL_VERSION)) == ["SSH-1"]
    assert list(run.of(Subject.SOFTWARE)) == ["old \\x07 bell"]


def test_a_server_of_both_versions_is_told_by_both() -> None:
    server = model()(1)
    server.identification = b"SSH-1.99-both"
    with Healthy(lambda _: server) as peer:
        run = ask(peer, "quick")
    assert list(run.of(Subject.PROTOCOL_VERSION)) == ["SSH-2.0", "SSH-1"]
    assert len(run.facts.chains) == 1


@pytest.mark.parametrize("method", ["mlkem768x25519-sha256", "mlkem768nistp256-sha256", "mlkem1024nistp384-sha384"])
def test_a_hybrid_is_carried_through_and_confirmed(method: str) -> None:
    with Healthy(model(method)) as peer:
        run = ask(peer, "quick")
    found = run.of(Subject.KEX_METHOD)[method]
    assert (found.confidence, found.quantum_class.value, found.name) == (Confidence.CONFIRMED, "pqt_hybrid", method)
    assert run.of(Subject.HOST_KEY)["ssh-ed25519"].confidence is Confidence.CONFIRMED


def test_a_key_that_does_not_prove_itself_is_told() -> None:
    key = ed25519_key()
    with Healthy(model(key=HostKey(key.blob, lambda signed: key.sign(signed[::-1])))) as peer:
        run = ask(peer, "quick")
    assert dict(run.of(Subject.BEHAVIOUR)["host_key_not_proven"].parameters) == {"algorithm": "ssh-ed25519"}
    assert run.of(Subject.HOST_KEY)["ssh-ed25519"].confidence is Confidence.OBSERVED
    assert run.of(Subject.KEX_METHOD)["curve25519-sha256"].confidence is Confidence.OBSERVED


@pytest.mark.parametrize(
    ("kex", "ciphers", "macs", "modes"),
    [
        ("curve25519-sha256", "chacha20-poly1305@openssh.com,aes128-ctr", "hmac-sha1", "chacha20-poly1305@openssh.com"),
        ("curve25519-sha256", "aes128-cbc", "hmac-sha2-256-etm@openssh.com", "cbc-etm"),
        ("curve25519-sha256", "aes128-cbc", "hmac-sha2-256", None),
        ("curve25519-sha256", "aes128-ctr", "hmac-sha2-256-etm@openssh.com", None),
        ("curve25519-sha256,kex-strict-s-v00@openssh.com", "chacha20-poly1305@openssh.com", "hmac-sha1", None),
    ],
)
def test_the_modes_of_terrapin_are_told_where_strict_key_exchange_is_missing(
    kex: str, ciphers: str, macs: str, modes: str | None
) -> None:
    with Sends(BANNER + packet(kexinit(kex, "ssh-ed25519", ciphers, macs))) as peer:
        told = ask(peer, "quick").of(Subject.BEHAVIOUR)
    assert ("strict_kex" in told) == ("strict" in kex)
    found = told.get("terrapin_modes_without_strict_kex")
    assert (dict(found.parameters)["modes"] if found is not None else None) == modes


def test_lists_that_differ_by_direction_carry_it() -> None:
    init = bytearray(kexinit(ciphers="aes128-ctr"))
    at = init.rindex(b"aes128-ctr")
    init[at : at + 10] = b"aes256-ctr"
    with Sends(BANNER + packet(bytes(init))) as peer:
        run = ask(peer, "quick")
    found = {(each.value, each.context) for each in run.facts.observations if each.subject is Subject.ENCRYPTION}
    assert found == {("aes128-ctr", "client-to-server"), ("aes256-ctr", "server-to-client")}
    assert {each.context for each in run.facts.observations if each.subject is Subject.MAC} == {None}


@pytest.mark.parametrize("words", [b"", b"Exceeded MaxStartups\r\n", b"Not allowed at this time\r\n"])
def test_a_server_that_tires_is_waited_for_and_then_told_as_throttled(words: bytes) -> None:
    keys = "ssh-ed25519,rsa-sha2-512,ecdsa-sha2-nistp256"
    with Tires(1, words, model(keys=keys)) as peer:
        run = ask(peer)
    assert (run.facts.status, run.facts.complete) == (OutcomeStatus.THROTTLED, False)
    assert run.facts.detail is not None
    assert run.facts.detail.code == "ssh_throttled"
    assert run.waited > 0
    assert list(run.of(Subject.HOST_KEY)) == keys.split(",")
    assert dict(run.of(Subject.HOST_KEY)["rsa-sha2-512"].parameters) == {"reason": "throttled"}
    assert len(run.facts.chains) == 1


def test_a_server_that_recovers_is_asked_to_the_end() -> None:
    class Recovers(Healthy):
        def play(self, stream: socket.socket, number: int) -> None:
            if number != 2:
                super().play(stream, number)

    with Recovers(model(keys="ssh-ed25519,ssh-ed448")) as peer:
        run = ask(peer)
    assert run.facts.status is OutcomeStatus.COMPLETED
    assert (run.waited, run.connections_used) == (1.0, 3)


def test_no_server_gets_more_than_ten_connections() -> None:
    keys = ",".join(f"ecdsa-sha2-1.3.132.0.{number}" for number in range(20))
    with Healthy(model("curve25519-sha256", "ssh-ed25519," + keys)) as peer:
        run = ask(peer, "exhaustive")
    assert run.connections_used <= MOST_CONNECTIONS
    assert dict(run.of(Subject.HOST_KEY)["ecdsa-sha2-1.3.132.0.19"].parameters) == {"reason": "not_asked"}


def test_the_sizes_that_a_server_gives_are_told_with_the_wishes() -> None:
    with Healthy(model("diffie-hellman-group-exchange-sha256")) as peer:
        run = ask(peer, "exhaustive")
    found = run.of(Subject.GROUP_EXCHANGE_SIZE)
    assert {value: each.support for value, each in found.items()} == dict.fromkeys(
        ("1024", "2048", "3072", "4096", "8192"), Support.ACCEPTED
    )
    assert run.connections_used == 6


def test_evidence_holds_both_sides_and_can_be_left_out() -> None:
    with Healthy(model()) as peer:
        facts = ask(peer, "quick").facts
        assert facts.evidence is not None
        assert facts.evidence.sent.startswith(b"SSH-2.0-pqscan\r\n")
        assert text(b"ssh-ed25519") in facts.evidence.received

        async def without() -> Facts:
            settings = SshSettings(depth="quick", keep_evidence=False)
            return await SshProbe(settings).run(NetworkTarget(peer.address, peer.port), Unhurried(None))

        assert asyncio.run(without()).evidence is None


def test_a_server_whose_ciphers_nobody_knows_is_agreed_with_all_the_same() -> None:
    lists = {"ciphers": "cipher@example.com", "macs": "mac@example.com"}
    with Healthy(model(keys="ssh-ed25519", **lists)) as peer:
        quick, whole = ask(peer, "quick"), ask(peer)
    assert dict(quick.of(Subject.HOST_KEY)["ssh-ed25519"].parameters) == {"reason": "no_common_algorithm"}
    assert whole.of(Subject.HOST_KEY)["ssh-ed25519"].confidence is Confidence.CONFIRMED
    assert whole.connections_used == 2


def test_a_first_key_that_fails_does_not_hide_the_others() -> None:
    class FailsOnce(Healthy):
        def play(self, stream: socket.socket, number: int) -> None:
            if number == 1:
                stream.sendall(BANNER + packet(kexinit(keys="ssh-ed25519,ssh-rsa")) + packet(b"\x1f"))
                finish(stream)
            else:
                super().play(stream, number)

    with FailsOnce(model(keys="ssh-ed25519,ssh-rsa")) as peer:
        run = ask(peer)
    assert dict(run.of(Subject.HOST_KEY)["ssh-ed25519"].parameters) == {"reason": "malformed"}
    assert run.connections_used == 2
    assert len(run.facts.chains) == 1


def test_the_end_of_the_time_is_told_as_such() -> None:
    class Late(Unhurried):
        @property
        def seconds_left(self) -> float:
            return 0.0 if self.connections_used else 10.0

    async def run(peer: ScriptedServer) -> Facts:
        return await SshProbe().run(NetworkTarget(peer.address, peer.port), Late(None))

    with Tires(1, b"", model(keys="ssh-ed25519,ssh-rsa")) as peer:
        facts = asyncio.run(run(peer))
    assert (facts.status, facts.complete) == (OutcomeStatus.TIMED_OUT, False)
    assert facts.detail is not None
    assert facts.detail.code == "ssh_out_of_time"


@pytest.mark.parametrize(
    ("code", "status", "reason"), [(3, OutcomeStatus.COMPLETED, "disconnected"), (12, OutcomeStatus.THROTTLED, "throttled")]
)
def test_a_disconnect_is_about_the_key_unless_it_is_about_too_many_connections(
    code: int, status: OutcomeStatus, reason: str
) -> None:
    class Disconnects(Healthy):
        def play(self, stream: socket.socket, number: int) -> None:
            if number == 1:
                super().play(stream, number)
            else:
                goodbye = packet(b"\x01" + code.to_bytes(4, "big") + text(b"no") + text(b""))
                stream.sendall(BANNER + packet(kexinit(keys="ssh-ed25519,ssh-rsa")) + goodbye)
                finish(stream)

    with Disconnects(model(keys="ssh-ed25519,ssh-rsa")) as peer:
        run = ask(peer)
    assert run.facts.status is status
    assert dict(run.of(Subject.HOST_KEY)["ssh-rsa"].parameters) == {"reason": reason}
    assert (run.waited > 0) == (reason == "throttled")
    assert len(run.facts.chains) == 1


def test_what_the_client_gets_is_confirmed_where_it_was_carried_through() -> None:
    with Healthy(model("mlkem768x25519-sha256")) as peer:
        run = ask(peer, "quick")
    found = {each.subject: each for each in run.facts.observations if each.support is Support.SELECTED}
    assert {subject: (each.value, each.confidence) for subject, each in found.items()} == {
        Subject.SELECTED_KEX_METHOD: ("mlkem768x25519-sha256", Confidence.CONFIRMED),
        Subject.SELECTED_HOST_KEY: ("ssh-ed25519", Confidence.CONFIRMED),
        Subject.SELECTED_ENCRYPTION: ("aes256-gcm@openssh.com", Confidence.INFERRED),
    }
    assert found[Subject.SELECTED_KEX_METHOD].components == ("ML-KEM-768", "X25519")


class HangsUpOnSizes(Healthy):
    """Hangs up where a field of a size in `sizes` is asked for, and on every group exchange from connection `tired` on."""

    def __init__(self, sizes: tuple[int, ...], tired: int = 100) -> None:
        super().__init__(model("diffie-hellman-group-exchange-sha256"))
        self._sizes, self._tired = sizes, tired

    def play(self, stream: socket.socket, number: int) -> None:
        server = self._make(number)
        stream.sendall(server.greeting())
        while part := stream.recv(65536):
            answer = server.receive(part)
            asked = [int.from_bytes(said[5:9], "big") for said in server.said if said[0] == 34]
            if asked and (asked[-1] in self._sizes or number >= self._tired):
                return
            stream.sendall(answer)


@pytest.mark.parametrize(
    ("peer", "support", "connections"),
    [
        (HangsUpOnSizes((1024,)), {"1024": Support.REFUSED}, 6),
        (HangsUpOnSizes((1024, 8192)), {"1024": Support.REFUSED, "8192": Support.REFUSED}, 7),
        (HangsUpOnSizes((8192,), tired=7), {"8192": Support.UNKNOWN}, 7),
    ],
)
def test_a_refused_size_counts_only_where_the_server_still_answers(
    peer: HangsUpOnSizes, support: dict[str, Support], connections: int
) -> None:
    with peer:
        run = ask(peer, "exhaustive")
    found = {value: each.support for value, each in run.of(Subject.GROUP_EXCHANGE_SIZE).items()}
    assert found == dict.fromkeys(("1024", "2048", "3072", "4096", "8192"), Support.ACCEPTED) | support
    assert run.connections_used == connections
