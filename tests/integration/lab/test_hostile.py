"""The hostile peers play their parts: seen with plain sockets and with OpenSSL's client, which they must not deceive."""

from __future__ import annotations

import socket

import pytest

from tests.peers import hostile, messages, proxy
from tests.peers.lab import Lab
from tests.peers.openssl_client import Answer, ask
from tests.peers.scripted import ScriptedServer

# A ClientHello for TLS 1.2: one suite, x25519, rsa_pkcs1_sha256 and rsa_pss_rsae_sha256.
_EXTENSIONS = messages.extension(10, bytes.fromhex("0002001d")) + messages.extension(13, bytes.fromhex("000404010804"))
_BODY = b"\x03\x03" + b"\x11" * 32 + b"\0" + b"\0\x02\xc0\x2f" + b"\x01\0" + len(_EXTENSIONS).to_bytes(2, "big") + _EXTENSIONS
HELLO_12 = messages.record(messages.HANDSHAKE, messages.message(1, _BODY))


def converse(peer: ScriptedServer, hello: bytes = HELLO_12, most: int = 1 << 24) -> bytes | None:
    """Everything that comes after the hello up to the end, at most `most`; None for a reset."""
    with socket.create_connection((peer.address, peer.port), timeout=10) as stream:
        received = bytearray()
        try:
            stream.sendall(hello)
            while len(received) < most and (part := stream.recv(65536)):
                received += part
        except ConnectionResetError:
            return None
        return bytes(received)


def tls_ask(peer: ScriptedServer) -> Answer:
    return ask(peer.address, peer.port)


def test_the_hello_in_this_file_is_well_formed(lab: Lab) -> None:
    with socket.create_connection((lab["two-certificates"].address, lab["two-certificates"].port), timeout=10) as stream:
        stream.sendall(HELLO_12)
        assert stream.recv(6)[::5] == b"\x16\x02"  # A handshake record that begins with a ServerHello.


@pytest.mark.parametrize(
    ("peer", "start"),
    [
        (hostile.AcceptsAndCloses(), b""),
        (hostile.ClosesAfterHello(), b""),
        (hostile.PlainHttp(), b"HTTP/1.1 400 "),
        (hostile.SshBanner(), b"SSH-2.0-"),
        (hostile.AlwaysAlert(40), bytes.fromhex("15030300020228")),
        (hostile.AlwaysAlert(80, level=1), bytes.fromhex("15030300020150")),
        (hostile.ResetsAfterHello(), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_short_answers_are_as_written(peer: ScriptedServer, start: bytes | None) -> None:
    with peer:
        received = converse(peer)
        assert received is None if start is None else received is not None and received.startswith(start)
        assert peer.connections == 1


def test_garbage_is_the_same_for_the_same_seed() -> None:
    with hostile.Garbage(7) as one, hostile.Garbage(7) as two, hostile.Garbage(8) as other:
        assert converse(one) == converse(two) != converse(other)


def test_silence_lasts_until_the_client_leaves_or_the_block_ends() -> None:
    with hostile.NeverAnswers() as peer:
        stream = socket.create_connection((peer.address, peer.port), timeout=0.2)
        stream.sendall(HELLO_12)
        with pytest.raises(TimeoutError):
            stream.recv(1)
    stream.settimeout(10)
    assert stream.recv(1) == b""
    stream.close()


@pytest.mark.parametrize("kind", ["records", "empty", "warnings", "zeros"])
def test_a_flood_goes_on_to_its_size(kind: str) -> None:
    with hostile.Floods(kind, size=3_000_000) as peer:
        received = converse(peer, most=1 << 26)
        assert received is not None
        assert 3_000_000 <= len(received) < 3_100_000


def test_drips_come_byte_by_byte() -> None:
    with hostile.Drips(0.001) as peer, socket.create_connection((peer.address, peer.port), timeout=10) as stream:
        stream.sendall(HELLO_12)
        assert stream.recv(1) + stream.recv(1) + stream.recv(1) == b"\x16\x03\x03"


def test_a_huge_certificate_message_is_as_long_as_it_says() -> None:
    with hostile.HugeCertificate() as peer:
        received = converse(peer, most=1 << 26)
        assert received is not None
        assert len(received) > 10_000_000


@pytest.mark.parametrize(
    "peer",
    [hostile.LiesAboutLength(where) for where in hostile.LiesAboutLength.PLACES]
    + [hostile.RetriesBadly(how) for how in hostile.RetriesBadly.WAYS]
    + [hostile.PicksUnoffered(what) for what in hostile.PicksUnoffered.CHOICES]
    + [hostile.Garbage(), hostile.RetriesForever(), hostile.ClosesMidRecord(), hostile.ClosesMidRecord(by_reset=True)]
    + [hostile.HugeCertificate(), hostile.Floods("empty", 1_000_000), hostile.Floods("warnings", 1_000_000)],
    ids=lambda peer: type(peer).__name__ + "-" + str(getattr(peer, "_where", getattr(peer, "_how", getattr(peer, "_what", "")))),
)
def test_openssl_does_not_go_along(peer: ScriptedServer) -> None:
    with peer:
        answer = tls_ask(peer)
        assert not answer.accepted
        assert answer.problem
        assert peer.hellos


def test_retries_are_real_hello_retry_requests() -> None:
    with hostile.RetriesForever() as peer:
        answer = tls_ask(peer)
        assert answer.retried
        assert len([message for message in answer.messages if message[0] == 2]) == 2  # OpenSSL breaks off at the second.


@pytest.mark.parametrize("name", ["two-certificates", "three-certificates", "old"])
@pytest.mark.parametrize("make", [proxy.Proxy, proxy.OneByteWrites, proxy.SmallRecords, lambda port: proxy.Slow(port, 0.01)])
def test_behind_an_honest_proxy_a_server_stays_what_it_is(lab: Lab, name: str, make: type[proxy.Proxy]) -> None:
    with make(lab[name].port) as front:
        for version in ("TLS1.2", "TLS1.3") if name != "old" else ("TLS1.0", "TLS1.2"):
            direct = ask("127.0.0.1", lab[name].port, versions=(version,))
            behind = ask(front.address, front.port, versions=(version,))
            assert behind.completed
            assert (behind.suite, behind.group, behind.scheme, behind.chain) == (
                direct.suite,
                direct.group,
                direct.scheme,
                direct.chain,
            )


def test_small_records_are_small(lab: Lab) -> None:
    with (
        proxy.SmallRecords(lab["two-certificates"].port, 3) as front,
        socket.create_connection((front.address, front.port)) as stream,
    ):
        stream.sendall(HELLO_12)
        stream.settimeout(10)
        received = b"".join(stream.recv(1) for _ in range(24))
        assert received[::8] == b"\x16\x16\x16"  # 5 bytes of header, 3 of handshake, again and again.
        assert received[5] == 2


@pytest.mark.parametrize("how", ["reset", "close"])
def test_large_hellos_are_dropped_and_small_ones_pass(lab: Lab, how: str) -> None:
    with proxy.DropsLargeHellos(lab["hybrid-default"].port, how=how) as front:
        assert not ask(front.address, front.port, groups=("0x11ec", "0x001d")).accepted
        assert ask(front.address, front.port, groups=("0x001d",)).completed
        assert front.dropped == 1
        assert len(front.hellos[0]) > 1400 > len(front.hellos[1])


@pytest.mark.parametrize("how", ["reset", "alert", "close"])
def test_a_throttle_begins_after_its_number_and_ends_after_its_attempts(lab: Lab, how: str) -> None:
    with proxy.Throttles(lab["classical"].port, 3, how, recover_after_attempts=2) as front:
        answers = [tls_ask(front) for _ in range(9)]
        assert [answer.completed for answer in answers] == [True] * 3 + [False] * 2 + [True] * 4
        assert {answer.alert for answer in answers[3:5]} == {80 if how == "alert" else None}
        assert front.throttled == 2


def test_a_throttle_that_begins_again_gives_its_number_each_time(lab: Lab) -> None:
    with proxy.Throttles(lab["classical"].port, 2, "reset", recover_after_attempts=1, again=True) as front:
        assert [tls_ask(front).completed for _ in range(6)] == [True, True, False, True, True, False]


def test_a_throttle_ends_when_its_time_is_over(lab: Lab) -> None:
    clock = proxy.ManualClock()
    with proxy.Throttles(lab["classical"].port, 1, "reset", recover_after_seconds=60, clock=clock) as front:
        assert [tls_ask(front).completed for _ in range(4)] == [True, False, False, False]
        clock.advance(59)
        assert not tls_ask(front).completed
        clock.advance(1)
        assert tls_ask(front).completed


def test_a_silent_throttle_leaves_the_connection_open(lab: Lab) -> None:
    with (
        proxy.Throttles(lab["classical"].port, 0, "silence") as front,
        socket.create_connection((front.address, front.port), timeout=0.2) as stream,
    ):
        stream.sendall(HELLO_12)
        with pytest.raises(TimeoutError):
            stream.recv(1)


def test_no_thread_of_a_peer_outlives_its_block(lab: Lab) -> None:
    with proxy.OneByteWrites(lab["classical"].port) as front:
        stream = socket.create_connection((front.address, front.port), timeout=10)
        tls_ask(front)
    assert not [thread for thread in front._threads if thread.is_alive()]
    stream.close()
