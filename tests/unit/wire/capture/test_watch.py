from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from OpenSSL import SSL

from pqscan.wire.capture import watch as watched
from pqscan.wire.capture.file import Packet
from pqscan.wire.capture.ike_talk import IkeTalk
from pqscan.wire.capture.quic_talk import QuicTalk
from pqscan.wire.capture.ssh_talk import SshTalk
from pqscan.wire.capture.tls_talk import TlsTalk
from pqscan.wire.capture.watch import Ended, Talk, Watch
from pqscan.wire.ike.header import NO_SPI, Message, Payload
from pqscan.wire.ike.proposals import Proposal, Transform, encode_proposals
from pqscan.wire.ike.reply import ReplyKind
from pqscan.wire.ike.words import ExchangeType, Flag, PayloadType, TransformType
from pqscan.wire.quic.frames import crypto_frame
from pqscan.wire.quic.header import VERSION_1, VERSION_2
from pqscan.wire.quic.initial import initial_keys, seal_initial
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.packet import encode_packet
from pqscan.wire.tls.words import Version
from tests.captures import ACK, CLIENT, FIN, SERVER, SYN, Said, connection, openssl_handshake, tcp, udp
from tests.peers.memory_ends import client_context, server_context
from tests.unit.wire.ike.recorded import RECORDINGS

X25519MLKEM768, X25519, P256 = 0x11EC, 0x1D, 0x17
WINDOWS_LINE = b"\r\n"


def packets(frames: Sequence[bytes]) -> list[Packet]:
    return [Packet(1_700_000_000.0 + number, 1, frame) for number, frame in enumerate(frames)]


def talks(frames: Sequence[bytes]) -> list[Talk]:
    return list(Watch().read(packets(frames)))


def only(frames: Sequence[bytes]) -> Talk:
    (talk,) = talks(frames)
    return talk


def tls(talk: Talk) -> TlsTalk:
    assert isinstance(talk.said, TlsTalk)
    assert talk.said.problem == ""
    assert talk.said.offer is not None
    return talk.said


def modern(**options: object) -> list[Said]:
    return openssl_handshake(client_context(**options), server_context(**options))  # type: ignore[arg-type]


def test_a_handshake_of_tls_1_3_tells_offer_and_choice() -> None:
    talk = only(connection(modern(groups=b"X25519MLKEM768:X25519:P-256")))
    said = tls(talk)
    assert said.offer is not None
    assert said.offer.groups == (X25519MLKEM768, X25519, P256)
    assert said.offer.server_name == "www.example.vn"
    assert Version.TLS13 in said.offer.versions
    assert (said.choice.version, said.choice.group, said.choice.retry_group) == (Version.TLS13, X25519MLKEM768, None)
    assert said.choice.cipher_suite in (0x1301, 0x1302, 0x1303)
    assert (talk.ended, talk.behind_prelude, talk.server_port) == (Ended.WHOLE, False, 443)
    assert (talk.client, talk.server) == (bytes((192, 0, 2, 7)), bytes((192, 0, 2, 20)))


def test_a_hello_retry_request_is_told_and_what_followed_it() -> None:
    said = tls(
        only(
            connection(openssl_handshake(client_context(groups=b"X25519:X25519MLKEM768"), server_context(groups=b"X25519MLKEM768")))
        )
    )
    assert said.offer is not None
    assert said.offer.share_groups == (X25519,)
    assert (said.choice.retry_group, said.choice.group) == (X25519MLKEM768, X25519MLKEM768)


def test_a_handshake_of_tls_1_2_tells_group_scheme_and_chain() -> None:
    talk = only(connection(modern(version=SSL.TLS1_2_VERSION, groups=b"P-256")))
    said = tls(talk)
    assert (said.choice.version, said.choice.group, said.choice.scheme) == (Version.TLS12, P256, 0x0403)
    assert len(said.choice.certificates) == 1
    assert talk.ended is Ended.WHOLE


def test_a_refusal_is_told_by_its_alert() -> None:
    said = tls(only(connection(openssl_handshake(client_context(groups=b"X25519"), server_context(groups=b"X25519MLKEM768")))))
    assert said.choice.alert == 40
    assert said.choice.chosen_suite is None


@pytest.mark.parametrize(
    "change",
    [
        lambda frames: [frame for frame in frames for _ in range(2)],
        lambda frames: frames[:2] + frames[2:-1][::-1] + frames[-1:],
        lambda frames: frames[2:],
        lambda frames: frames[1:],
        lambda frames: frames[:1] + frames[2:],
    ],
    ids=["twice", "backwards", "without a beginning", "without the first SYN", "without the second SYN"],
)  # fmt: skip
def test_the_order_of_packets_and_lost_beginnings_change_nothing(change: Callable[[list[bytes]], list[bytes]]) -> None:
    said = modern(groups=b"X25519MLKEM768:X25519")
    frames = connection(said, most=400)
    expected, found = tls(only(frames)), tls(only(change(frames)))
    assert found.offer == expected.offer
    assert found.choice.content == expected.choice.content


@pytest.mark.parametrize("most", [1, 7, 100])
def test_small_segments_change_nothing(most: int) -> None:
    said = modern(groups=b"X25519")
    assert tls(only(connection(said, most=most))).choice.content == tls(only(connection(said))).choice.content


def test_a_hello_without_an_answer_is_told_all_the_same() -> None:
    hello = modern(groups=b"X25519MLKEM768")[:1]
    talk = only(connection(hello, ends=False))
    assert tls(talk).choice.chosen_suite is None
    assert talk.ended is Ended.CUT


@pytest.mark.parametrize("most", [5, 1400])
def test_tls_behind_starttls_is_found(most: int) -> None:
    dialogue = [Said(False, b"220 mail.example.vn ESMTP Postfix\r\n"), Said(True, b"EHLO x\r\n"), Said(False, b"250 STARTTLS\r\n"),
                Said(True, b"STARTTLS\r\n"), Said(False, b"220 2.0.0 Ready\r\n")]  # fmt: skip
    handshake = modern(groups=b"X25519MLKEM768")
    talk = only(connection([*dialogue, *handshake], server=("192.0.2.20", 25), most=most))
    assert talk.behind_prelude
    assert tls(talk).choice.group == X25519MLKEM768


def test_an_answer_in_one_segment_with_the_words_before_it_is_found() -> None:
    handshake = modern(version=SSL.TLS1_2_VERSION, groups=b"P-256")
    hello, rest = handshake[0], handshake[1:]
    frames = connection([Said(True, b"\x00\x00\x00\x08\x04\xd2\x16\x2f" + hello.data), Said(False, b"S" + rest[0].data), *rest[1:]])
    assert tls(only(frames)).choice.group == P256


def kexinit(*methods: str) -> bytes:
    names = (
        methods,
        ("ssh-ed25519",),
        ("aes256-ctr",),
        ("aes256-ctr",),
        ("hmac-sha2-256",),
        ("hmac-sha2-256",),
        ("none",),
        ("none",),
    )
    return encode_packet(KexInit(bytes(16), *names).encode())


@pytest.mark.parametrize("greeting", [b"", b"Authorised use only.\r\n"])
@pytest.mark.parametrize("client_first", [True, False])
def test_both_lists_of_ssh_are_told(client_first: bool, greeting: bytes) -> None:
    client = Said(True, b"SSH-2.0-OpenSSH_10.0\r\n" + kexinit("mlkem768x25519-sha256", "curve25519-sha256"))
    server = Said(False, greeting + b"SSH-2.0-OpenSSH_8.4p1\r\n" + kexinit("curve25519-sha256"))
    talk = only(connection([client, server] if client_first else [server, client], server=("192.0.2.20", 22)))
    said = talk.said
    assert isinstance(said, SshTalk)
    assert said.client_end.kexinit is not None
    assert said.server_end.kexinit is not None
    assert said.client_end.kexinit.key_exchanges == ("mlkem768x25519-sha256", "curve25519-sha256")
    assert said.server_end.kexinit.key_exchanges == ("curve25519-sha256",)
    assert said.server_end.identification is not None
    assert said.server_end.identification.software == "OpenSSH_8.4p1"
    assert talk.ended is Ended.WHOLE


@pytest.mark.parametrize("marker", [b"", bytes(4)])
def test_an_exchange_of_ike_tells_what_was_proposed_and_chosen(marker: bytes) -> None:
    port = 4500 if marker else 500
    recording = RECORDINGS["6.1 with ML-KEM-768 alone"]
    client, server = ("192.0.2.7", port), ("192.0.2.20", port)
    frames: list[bytes] = []
    for sent, received in zip(recording.sent, recording.received, strict=True):
        frames += [udp(client, server, marker + sent), udp(server, client, marker + received)]
    found = talks(frames)
    assert found
    said = found[-1].said
    assert isinstance(said, IkeTalk)
    assert said.version == 2
    assert any(transform.value == 36 for proposal in said.proposals for transform in proposal.transforms)
    assert said.reply is not None
    assert said.reply.kind is ReplyKind.CHOSEN


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2])
def test_the_hello_inside_quic_is_told(version: int) -> None:
    handshake = modern(groups=b"X25519MLKEM768")
    hello, answer = handshake[0].data[5:], handshake[1].data
    server_hello = answer[5 : 5 + int.from_bytes(answer[3:5], "big")]
    destination = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08"
    ours, theirs = initial_keys(version, destination)
    half = len(hello) // 2
    parts = [crypto_frame(half, hello[half:]), crypto_frame(0, hello[:half])]
    frames = [
        udp(CLIENT, SERVER, seal_initial(version, destination, b"", b"", n, part.ljust(1162, b"\x00"), ours))
        for n, part in enumerate(parts)
    ]
    reply = seal_initial(version, b"", b"\x01\x02", b"", 0, b"\x02\x00\x00\x00\x00" + crypto_frame(0, server_hello), theirs)
    talk = only([*frames, udp(SERVER, CLIENT, reply)])
    assert isinstance(talk.said, QuicTalk)
    said = talk.said.tls
    assert said.offer is not None
    assert said.offer.groups == (X25519MLKEM768,)
    assert (said.choice.version, said.choice.group) == (Version.TLS13, X25519MLKEM768)
    assert talk.said.version == version


def test_packets_after_the_handshake_are_not_read() -> None:
    watch = Watch()
    frames = connection(modern(groups=b"X25519"), ends=False)
    assert len([talk for packet in packets(frames) if (talk := watch.feed(packet))]) == 1
    again = connection(modern(groups=b"X25519"), begins=False, ends=False)
    assert [watch.feed(packet) for packet in packets(again)] == [None] * len(again)
    assert watch.seen.connections == 1


def test_the_same_ports_again_are_another_connection() -> None:
    frames = connection(modern(groups=b"X25519MLKEM768")) + connection(modern(groups=b"X25519"))
    assert [tls(talk).choice.group for talk in talks(frames)] == [X25519MLKEM768, X25519]


def test_what_is_no_handshake_is_given_up_and_tells_nothing() -> None:
    watch = Watch()
    frames = connection(
        [Said(True, b"GET / HTTP/1.1\r\n\r\n"), Said(False, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000)], ends=False
    )
    assert list(watch.read(packets(frames))) == []
    assert not watch._open


def test_no_more_connections_are_open_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "MOST_OPEN", 10)
    monkeypatch.setattr(watched, "MOST_CLOSED", 10)
    watch = Watch()
    for port in range(1000, 1100):
        watch.feed(Packet(0.0, 1, tcp(("192.0.2.7", port), SERVER, 1, flags=SYN)))
        assert len(watch._open) <= 10
        assert len(watch._closed) <= 20
    assert watch.seen.given_up == 90


def test_connections_that_are_over_are_forgotten_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """To find the oldest of a dict costs as much as were taken out before it: one by one, a million flows took hours."""
    monkeypatch.setattr(watched, "MOST_CLOSED", 10)
    watch = Watch()
    sizes = []
    for port in range(1000, 1100):
        watch.feed(Packet(0.0, 1, tcp(("192.0.2.7", port), SERVER, 1, b"no handshake")))
        sizes.append(len(watch._closed))
    assert max(sizes) <= 20
    assert min(later - before for before, later in pairwise(sizes)) < -5


def test_what_a_connection_told_before_it_was_given_up_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "MOST_OPEN", 3)
    hello = modern()[0].data
    frames = [tcp(("192.0.2.7", port), SERVER, 1, hello) for port in range(1000, 1010)]
    found = talks(frames)
    assert len(found) == len(frames)
    assert {talk.ended for talk in found} == {Ended.CUT}
    assert all(tls(talk).offer is not None for talk in found)


def many_transforms() -> bytes:
    proposals = encode_proposals((Proposal(1, tuple(Transform.of(TransformType.KE, number) for number in range(200))),))
    return Message(b"initiate", NO_SPI, ExchangeType.IKE_SA_INIT, Flag.INITIATOR, 0, (Payload(PayloadType.SA, proposals),)).encode()


@pytest.mark.parametrize("kind", ["waits", "records", "early", "suites", "transforms", "names"])
def test_open_handshakes_hold_no_more_than_the_bound(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(watched, "MOST_HELD_BYTES", 400_000)
    watch = Watch()
    most = 0
    for port in range(1000, 1500):
        client = ("192.0.2.7", port)
        if kind == "waits":
            frames = [tcp(client, SERVER, 1, flags=SYN), *(tcp(client, SERVER, 100 + 10 * place, b"w") for place in range(20))]
        elif kind == "records":
            frames = [tcp(client, SERVER, 1, b"\x16\x03\x01\x3f\x00\x01\x00\x3e\xfc\x03\x03" + bytes(1300))]
        elif kind == "early":
            start = b"\x16\x03\x03\x3f\x00\x02\x00\x3e\xfc\x03\x03" + bytes(1300)
            frames = [tcp(client, SERVER, 1, flags=SYN), tcp(SERVER, client, 1, start)]
        elif kind == "suites":
            frames = [tcp(client, SERVER, 1, suites_alone(600))]
        elif kind == "transforms":
            frames = [udp(client, ("192.0.2.20", 500), many_transforms())]
        else:
            names = encode_packet(KexInit(bytes(16), *(tuple(f"n{number}" for number in range(200)) for _ in range(8))).encode())
            frames = [tcp(client, SERVER, 1, flags=SYN), tcp(client, SERVER, 2, b"SSH-2.0-x\r\n" + names)]
        for packet in packets(frames):
            watch.feed(packet)
        most = max(most, sum(each.held_bytes for each in watch._open.values()))
    assert 150_000 < most <= 400_000
    assert watch.seen.given_up


def suites_alone(count: int) -> bytes:
    """A hello that offers nothing but many cipher suites."""
    suites = b"".join(number.to_bytes(2, "big") for number in range(0x2000, 0x2000 + count))
    body = b"\x03\x03" + bytes(32) + b"\0" + len(suites).to_bytes(2, "big") + suites + b"\x01\0"
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message


def test_frames_that_are_not_read_are_counted() -> None:
    watch = Watch()
    for packet in (
        Packet(0.0, 1, b"too short"),
        Packet(0.0, 105, b"of a wireless network"),
        Packet(0.0, 1, tcp(CLIENT, SERVER, 1, flags=FIN | ACK)),
    ):
        assert watch.feed(packet) is None
    assert (watch.seen.packets, watch.seen.not_read, watch.seen.unknown_links) == (3, 1, 1)
