"""Any bytes give a value or MalformedMessage; a conversation gives the same whole, cut and byte by byte, and holds little."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage, PeerError, WrongProtocol
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.banner import MOST_LINE, Identification, IdentificationReader
from pqscan.wire.ssh.conversation import SshConversation
from pqscan.wire.ssh.fields import MOST_NAME, is_name, mpint, names, read_mpint, read_names, read_string, shown, string
from pqscan.wire.ssh.host_key import read_host_key, signing_key
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.packet import MOST_PACKET, PacketReader, encode_packet
from pqscan.wire.ssh.session import SshSession
from pqscan.wire.ssh.signature import verifies
from tests.peers.ssh_server import SshServer
from tests.unit.wire.ssh.server_model import ServerModel, kexinit, packet, text
from tests.unit.wire.ssh.spoken import offer
from tests.unit.wire.ssh.test_host_key import blob, certificate
from tests.unit.wire.ssh.test_protection import PAYLOADS, SUITES, reader, writer
from tests.unit.wire.ssh.test_session import OFFER

NAME = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=",\\"), min_size=1, max_size=64)
NAMES = st.lists(NAME, max_size=6).map(tuple)
KEXINITS = st.builds(KexInit, st.binary(min_size=16, max_size=16), *[NAMES] * 10, st.booleans())
KEYS = [blob(name) for name in ("rsa_1", "ecdsa_2", "ed25519_1", "ed25519_sk1", "ecdsa_1-cert", "mldsa44_ed25519_1-cert")]
KEYS += [certificate(principals=text(b"a") * 3), text(b"x509v3-ssh-rsa") + (1).to_bytes(4, "big") + text(b"\x30\x03\x02\x01\x05")]
SIGNATURE = text(b"ssh-ed25519") + text(bytes(64))
BLOCKS = (
    b"hello\r\n",
    b"SSH-2.0-x\r\n",
    b"SSH-1.5-x\n",
    b"Exceeded MaxStartups\r\n",
    packet(kexinit()),
    packet(kexinit("ext-info-s,curve25519-sha256,kex-strict-s-v00@openssh.com", follows=True)),
    packet(kexinit("diffie-hellman-group-exchange-sha256")),
    packet(kexinit("mlkem768x25519-sha256")),
    packet(b"\x02" + text(b"x")),
    packet(b"\x03\0\0\0\0"),
    packet(b"\x01\0\0\0\x0b" + text(b"bye") + text(b"")),
    packet(b"\x1f" + text(KEYS[2]) + text(bytes(range(32))) + text(SIGNATURE)),
    packet(b"\x1f" + text(b"\x7f" + bytes(254) + b"\x01") + text(b"\x02")),
    packet(b"\x15"),
    b"\x00\x00\x00\x0c\x0a",
    b"\xff\xff\xff\xff",
)
MUTATIONS = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 255)), max_size=4)


def mutated(data: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(data)
    for at, octet in changes:
        changed[at % len(changed)] = octet
    return bytes(changed)


def attempt(decode: Callable[[bytes], object], data: bytes) -> object:
    """The value, or None where the bytes are malformed; anything else that is raised fails the test."""
    try:
        return decode(data)
    except MalformedMessage:
        return None


@given(KEXINITS)
def test_what_a_kexinit_writes_it_reads_back(sent: KexInit) -> None:
    assert KexInit.decode(sent.encode()) == sent


@given(KEXINITS, st.integers(0, 1 << 16))
def test_no_proper_prefix_of_a_kexinit_decodes(sent: KexInit, size: int) -> None:
    data = sent.encode()
    assert attempt(KexInit.decode, data[: size % len(data)]) is None


@given(st.integers(0, 1 << 4096), NAMES, st.binary(max_size=100))
def test_what_the_fields_write_they_read_back(number: int, words: tuple[str, ...], data: bytes) -> None:
    assert read_mpint(Cursor(mpint(number)), "x") == number
    assert read_names(Cursor(names(words)), "x") == words
    assert all(map(is_name, words))
    assert read_string(Cursor(string(data)), "x") == data


@given(st.binary(max_size=300), st.integers(1, 60))
def test_what_is_shown_is_printable_and_bounded(data: bytes, most: int) -> None:
    text_shown = shown(data, most)
    assert len(text_shown) <= most
    assert text_shown.isascii()
    assert text_shown.isprintable()


@given(st.binary(max_size=100), st.integers(1, 120))
def test_octets_are_shown_each_by_itself(data: bytes, most: int) -> None:
    assert shown(data, most) == "".join(shown(bytes((octet,)), 4) for octet in data)[:most]


@given(st.text(max_size=70))
def test_a_name_is_printable_ascii_without_comma_and_backslash(text: str) -> None:
    right = set(map(chr, range(0x21, 0x7F))) - set(",\\")
    assert is_name(text) == (0 < len(text) <= MOST_NAME and set(text) <= right)


@given(st.lists(st.binary(min_size=1, max_size=40).filter(lambda name: b"," not in name), min_size=100, max_size=200))
def test_a_list_too_long_to_be_remembered_reads_as_its_parts_do(words: list[bytes]) -> None:
    parts = [name for word in words for name in read_names(Cursor(string(word)), "x")]
    assert read_names(Cursor(string(b",".join(words))), "x") == tuple(parts)


@settings(max_examples=300)
@given(st.binary(max_size=200), st.sampled_from([kexinit(), *KEYS, SIGNATURE]), MUTATIONS, st.integers(0, 1 << 16))
def test_any_bytes_give_a_value_or_malformed(data: bytes, valid: bytes, changes: list[tuple[int, int]], size: int) -> None:
    for each in (data, mutated(valid, changes), valid[: size % (len(valid) + 1)] + data):
        attempt(KexInit.decode, each)
        attempt(Identification.decode, b"SSH-" + each)
        attempt(lambda given_bytes: verifies(signing_key(KEYS[2]), "ssh-ed25519", given_bytes, b"H"), each)
        key = attempt(read_host_key, each)
        if key is not None:
            attempt(signing_key, each)
            assert getattr(key, "der") == each  # noqa: B009


@pytest.mark.parametrize("key", KEYS[:7], ids=lambda key: key[4:20].decode("latin-1"))
def test_no_proper_prefix_of_a_host_key_decodes(key: bytes) -> None:
    for size in range(len(key)):
        assert attempt(read_host_key, key[:size]) is None


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=5), st.lists(st.integers(0, 500), max_size=6))
def test_packets_come_back_however_they_are_cut(payloads: list[bytes], cuts: list[int]) -> None:
    data, reader = b"".join(map(encode_packet, payloads)), PacketReader()
    assert [payload for part in pieces(data, cuts) for payload in reader.feed(part)] == payloads
    assert reader.pending == 0


@given(st.lists(st.binary(max_size=5000), max_size=8))
def test_readers_hold_no_more_than_one_line_or_packet(parts: list[bytes]) -> None:
    packets, lines = PacketReader(), IdentificationReader()
    try:
        for part in parts:
            list(packets.feed(part))
            assert packets.pending <= MOST_PACKET + 4
    except MalformedMessage:
        pass
    try:
        for part in parts:
            if lines.feed(part) is not None:
                break
            assert len(lines._buffer) <= MOST_LINE + 5000
    except PeerError:
        pass


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def outcome(parts: list[bytes]) -> tuple[object, ...]:
    """What one conversation learned, and how it ended."""
    client = SshConversation(offer())
    said = b""
    ending: object = None
    try:
        for part in parts:
            client.receive(part)
            said += client.bytes_to_send()
        client.peer_closed()
    except PeerError as error:
        ending = WrongProtocol if isinstance(error, WrongProtocol) else (type(error), str(error))
    lengths = len(said + client.bytes_to_send())
    return ending, lengths, client.finished, client.identification, client.server_kexinit, client.agreement, client.proven


@given(data=st.binary(max_size=300), cuts=st.lists(st.integers(0, 300), max_size=6))
def test_any_bytes_give_the_same_whole_and_cut(data: bytes, cuts: list[int]) -> None:
    assert outcome([data])[2:] == outcome(pieces(data, cuts))[2:]


@settings(max_examples=200)
@given(blocks=st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=5), changes=MUTATIONS, cuts=st.lists(st.integers(0, 4096)))
def test_any_sequence_of_messages_gives_the_same_whole_and_cut(
    blocks: list[bytes], changes: list[tuple[int, int]], cuts: list[int]
) -> None:
    data = mutated(b"SSH-2.0-x\r\n" + b"".join(blocks), changes)
    whole, slow = outcome([data]), outcome([bytes((octet,)) for octet in data])
    assert whole[2:] == outcome(pieces(data, cuts))[2:] == slow[2:]


@settings(max_examples=40, deadline=None)
@given(at=st.integers(0, 1 << 12), mask=st.integers(1, 255), method=st.sampled_from(["curve25519-sha256", "mlkem768x25519-sha256"]))
def test_a_server_with_one_changed_byte_is_never_verified(at: int, mask: int, method: str) -> None:
    """Save where the change is in what no exchange hash covers: lengths of padding, and the padding itself."""
    server, client = ServerModel(method), SshConversation(offer())
    greeting = server.greeting()
    client.receive(greeting)
    reply = server.receive(client.bytes_to_send())
    covered = len(reply) - reply[4]
    changed = bytearray(reply)
    changed[5 + at % (covered - 5)] ^= mask
    try:
        client.receive(bytes(changed))
    except MalformedMessage:
        return
    assert client.proven is None or client.proven.verified is not True


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(SUITES), st.binary(max_size=200), MUTATIONS, st.lists(st.integers(0, 4096), max_size=6))
def test_any_bytes_under_keys_give_payloads_or_malformed_the_same_whole_and_cut(
    suite: tuple[str, str | None], data: bytes, changes: list[tuple[int, int]], cuts: list[int]
) -> None:
    sealing = writer(*suite)
    sealed = b"".join(map(sealing.write, PAYLOADS))
    for each in (data, sealed + data, mutated(sealed, changes)):
        ends = []
        for parts in ([each], pieces(each, cuts)):
            opening, opened = reader(*suite), list[bytes]()
            try:
                for part in parts:
                    opened += opening.feed(part)
                    assert opening.pending <= MOST_PACKET + 4 + 64
            except MalformedMessage as error:
                ends.append((opened, str(error)))
            else:
                ends.append((opened, ""))
        assert ends[0] == ends[1]
        assert ends[0][0] == list(PAYLOADS)[: len(ends[0][0])]  # What opens was sealed.


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 13), st.integers(1, 255), st.lists(st.integers(0, 1 << 13), max_size=4))
def test_a_session_with_one_changed_byte_never_takes_another_answer(at: int, mask: int, cuts: list[int]) -> None:
    server, client, said = SshServer(), SshSession(OFFER), 0
    waiting = server.bytes_to_send()
    try:
        while not client.finished and waiting:
            place = at - said
            said += len(waiting)
            if 0 <= place < len(waiting):
                waiting = waiting[:place] + bytes((waiting[place] ^ mask,)) + waiting[place + 1 :]
            for part in pieces(waiting, cuts):
                client.receive(part)
            waiting = server.receive(client.bytes_to_send())
    except PeerError:
        pass
    assert client.answer in ("", "SERVICE_ACCEPT ssh-userauth")
