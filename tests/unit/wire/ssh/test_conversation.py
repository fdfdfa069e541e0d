"""One connection, from the identification to the proof of the host key, with a server that is written from the documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.errors import MalformedMessage, PeerClosed, PeerRejected, PeerThrottled, WrongProtocol
from pqscan.registry.modp import modp_groups
from pqscan.wire.ssh.conversation import MOST_IDLE_MESSAGES, SshConversation
from pqscan.wire.ssh.exchange import FieldSize
from tests.unit.wire.ssh.server_model import HostKey, ServerModel, ed25519_key, kexinit, number, packet, text
from tests.unit.wire.ssh.spoken import offer, talk

METHODS = [
    "curve25519-sha256",
    "curve448-sha512",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group1-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "mlkem768x25519-sha256",
    "mlkem768nistp256-sha256",
    "mlkem1024nistp384-sha384",
    "diffie-hellman-group-exchange-sha256",
]


@pytest.mark.parametrize("method", METHODS)
def test_a_host_key_is_verified_after_every_method(method: str) -> None:
    server = ServerModel(method)
    client = talk(server)
    assert client.finished
    assert client.proven is not None
    assert (client.proven.kex_method, client.proven.algorithm, client.proven.verified) == (method, "ssh-ed25519", True)
    assert client.proven.blob == server.key.blob
    assert server.said[-1][0] == 1  # Our last word is DISCONNECT.


@pytest.mark.parametrize("method", ["curve25519-sha256", "mlkem768x25519-sha256", "diffie-hellman-group-exchange-sha256"])
def test_fed_byte_by_byte_it_learns_the_same(method: str) -> None:
    whole, slow = talk(ServerModel(method)), talk(ServerModel(method), step=1)
    assert whole.proven == slow.proven
    assert (whole.identification, whole.server_kexinit) == (slow.identification, slow.server_kexinit)


@pytest.mark.parametrize("method", ["curve25519-sha256", "mlkem768x25519-sha256", "diffie-hellman-group14-sha256"])
def test_a_signature_over_another_exchange_proves_nothing(method: str) -> None:
    key = ed25519_key()
    server = ServerModel(method, key=HostKey(key.blob, lambda signed: key.sign(signed[::-1])))
    client = talk(server)
    assert client.proven is not None
    assert client.proven.verified is False


def test_the_first_words_go_out_before_anything_comes_and_the_kexinit_after_the_identification() -> None:
    client = SshConversation(offer())
    assert client.bytes_to_send() == b"SSH-2.0-pqscan\r\n"
    assert client.bytes_to_send() == b""
    client.receive(b"SSH-2.0-model\r\n")
    assert client.bytes_to_send()[5] == 20


def test_the_size_of_a_field_that_the_server_chose_is_told_without_the_exchange() -> None:
    server = ServerModel("diffie-hellman-group-exchange-sha256")
    client = talk(server, field=FieldSize(4096, 4096, 4096), only_field=True)
    assert (client.finished, client.field_bits, client.proven) == (True, 4096, None)
    assert [payload[0] for payload in server.said] == [20, 34, 1]


@pytest.mark.parametrize("bits", [2048, 8192])
def test_a_field_of_the_servers_choice_is_carried_through(bits: int) -> None:
    client = talk(ServerModel("diffie-hellman-group-exchange-sha256"), field=FieldSize(bits, bits, bits))
    assert client.proven is not None
    assert (client.proven.verified, client.proven.field_bits) == (True, bits)


def test_a_server_without_a_method_in_common_is_left_with_its_lists() -> None:
    server = ServerModel(init=kexinit("sntrup4591761x25519-sha512@tinyssh.org"))
    client = talk(server)
    assert client.finished
    assert client.agreement is not None
    assert (client.agreement.kex_method, client.proven) == (None, None)
    assert [payload[0] for payload in server.said] == [20, 1]


def test_a_wrong_guess_of_the_server_is_passed_over() -> None:
    wrong = ServerModel(
        init=kexinit("diffie-hellman-group18-sha512,curve25519-sha256", follows=True), extra=packet(b"\x1f" + text(b"a guess"))
    )
    client = talk(wrong, SshConversation(offer("curve25519-sha256")))
    assert client.proven is not None
    assert client.proven.verified is True


def test_messages_that_bring_nothing_are_passed_over_up_to_a_number() -> None:
    idle = packet(b"\x02" + text(b"noise")) + packet(b"\x04\x01" + text(b"debug") + text(b""))
    assert talk(ServerModel(extra=idle)).proven is not None
    with pytest.raises(MalformedMessage, match="floods"):
        talk(ServerModel(extra=idle * MOST_IDLE_MESSAGES))


def test_a_second_kexinit_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        talk(ServerModel(extra=packet(kexinit())))


def test_a_disconnect_is_a_rejection_with_its_reason() -> None:
    goodbye = packet(b"\x01" + (2).to_bytes(4, "big") + text(b"go \x1b[2J away") + text(b""))
    client = SshConversation(offer())
    client.receive(b"SSH-2.0-model\r\n" + packet(kexinit()))
    with pytest.raises(PeerRejected, match=r"protocol_error\): go \\x1b\[2J away") as caught:
        client.receive(goodbye)
    assert caught.value.code == 2
    assert client.server_kexinit is not None  # What came before stays.


def test_a_server_that_speaks_only_the_first_version_is_left_after_its_identification() -> None:
    client = SshConversation(offer())
    client.bytes_to_send()
    client.receive(b"SSH-1.5-old\r\n")
    assert client.finished
    assert client.bytes_to_send() == b""


def hear(client: SshConversation, said: bytes) -> None:
    client.receive(said)
    client.peer_closed()


@pytest.mark.parametrize("line", [b"Exceeded MaxStartups\r\n", b"Not allowed at this time\r\n", b"Not allowed at this time"])
def test_a_server_that_turns_us_away_is_throttled(line: bytes) -> None:
    client = SshConversation(offer())
    with pytest.raises(PeerThrottled):
        hear(client, line)


@pytest.mark.parametrize(
    ("said", "like"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"220 mail ESMTP\r\n", "SMTP"),
        (b"* OK IMAP ready\r\n", "IMAP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
        (b"\x00\x00\x00", ""),
        (b"login: ", ""),
    ],
)
def test_another_protocol_is_told_by_what_it_says(said: bytes, like: str) -> None:
    client = SshConversation(offer())
    with pytest.raises(WrongProtocol) as caught:
        hear(client, said)
    assert caught.value.like == like


def test_an_end_before_the_proof_is_early() -> None:
    client = SshConversation(offer())
    client.receive(b"SSH-2.0-model\r\n" + packet(kexinit()))
    with pytest.raises(PeerClosed):
        client.peer_closed()


@pytest.mark.parametrize(
    "reply",
    [
        b"\x1f",
        b"\x1f" + text(b"") * 3,
        b"\x1f" + text(ed25519_key().blob) + text(bytes(32)) + text(b"sig"),
        b"\x1f" + text(ed25519_key().blob) + text(bytes(31)) + text(b""),
        b"\x1f" + text(ed25519_key().blob) + text(b"\x09" + bytes(31)) + text(text(b"ssh-ed25519")),
        b"\x21" + text(b""),
        b"\x05",
    ],
)
def test_a_reply_that_is_none_is_malformed(reply: bytes) -> None:
    with pytest.raises(MalformedMessage):
        talk(ServerModel(spoil=lambda _: reply))


@pytest.mark.parametrize("value", [0, 1, modp_groups()["modp2048"].prime - 1, modp_groups()["modp2048"].prime, 1 << 2048])
def test_a_value_outside_of_the_field_is_malformed(value: int) -> None:
    reply = b"\x1f" + text(ed25519_key().blob) + number(value) + text(b"")
    with pytest.raises(MalformedMessage, match="out of range"):
        talk(ServerModel("diffie-hellman-group14-sha256", spoil=lambda _: reply))


@pytest.mark.parametrize(
    ("prime", "generator"), [(0, 2), (1 << 2047, 2), ((1 << 2047) + 1, 1), ((1 << 200) + 1, 2), ((1 << 8192) + 1, 2)]
)
def test_a_field_that_is_none_is_malformed(prime: int, generator: int) -> None:
    group = packet(b"\x1f" + number(prime) + number(generator))
    with pytest.raises(MalformedMessage, match="field"):
        talk(ServerModel("diffie-hellman-group-exchange-sha256", extra=group))


def test_what_comes_after_the_proof_is_not_read() -> None:
    server = ServerModel()
    client = talk(replace(server, spoil=lambda reply: reply))
    client.receive(b"\xff" * 100)
    assert client.proven is not None
