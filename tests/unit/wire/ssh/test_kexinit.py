"""The lists of a KEXINIT, and what two of them lead to."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.fields import MOST_NAMES, is_name, mpint, read_mpint, read_names
from pqscan.wire.ssh.kexinit import Agreement, KexInit, agree
from tests.unit.wire.ssh.server_model import kexinit, text


def lists(kex: str, keys: str = "ssh-ed25519", ciphers: str = "aes128-ctr", macs: str = "hmac-sha1") -> KexInit:
    return KexInit.decode(kexinit(kex, keys, ciphers, macs))


def test_every_list_is_read_in_its_order() -> None:
    read = KexInit.decode(kexinit("b,a,b,ext-info-s", "k2,k1", "c1,c2", "m2,m1", follows=True))
    assert read.kex_algorithms == ("b", "a", "b", "ext-info-s")
    assert read.key_exchanges == ("b", "a")
    assert read.markers == ("ext-info-s",)
    assert read.server_host_key_algorithms == ("k2", "k1")
    assert (read.encryption_client_to_server, read.mac_server_to_client) == (("c1", "c2"), ("m2", "m1"))
    assert read.first_kex_packet_follows
    assert read.encode() == kexinit("b,a,b,ext-info-s", "k2,k1", "c1,c2", "m2,m1", follows=True)


@pytest.mark.parametrize(
    "payload", [b"", b"\x14", b"\x15" + kexinit()[1:], kexinit()[:-1], kexinit() + b"\0", b"\x14" + bytes(16) + b"\xff" * 4]
)
def test_what_is_no_kexinit_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedMessage):
        KexInit.decode(payload)


def test_too_many_names_are_malformed() -> None:
    assert len(read_names(Cursor(text(b",".join([b"a"] * MOST_NAMES))), "x")) == MOST_NAMES
    with pytest.raises(MalformedMessage, match="more than"):
        KexInit.decode(kexinit(",".join(["a"] * 10_000)))


def test_names_with_controls_are_shown_safely_and_long_ones_are_cut() -> None:
    read = KexInit.decode(kexinit("a\x00b,\x1b[2J\x9b,ok,," + "z" * 500))
    assert read.kex_algorithms[:3] == ("a\\x00b", "\\x1b[2J\\x9b", "ok")
    assert len(read.kex_algorithms[3]) == 128
    assert [is_name(name) for name in read.kex_algorithms] == [False, False, True, False]


@pytest.mark.parametrize(
    ("client", "server", "expected"),
    [
        (lists("a,b"), lists("b,a"), Agreement("a", "ssh-ed25519", "aes128-ctr", "hmac-sha1")),
        (lists("a,b"), lists("b,c"), Agreement("b", "ssh-ed25519", "aes128-ctr", "hmac-sha1")),
        (lists("a", "x"), lists("b", "y", "z", "w"), Agreement(None, None, None, None)),
        (
            lists("a", ciphers="aes256-gcm@openssh.com"),
            lists("a", ciphers="aes256-gcm@openssh.com"),
            Agreement("a", "ssh-ed25519", "aes256-gcm@openssh.com", None),
        ),
        (lists("ext-info-s,a"), lists("ext-info-s,a"), Agreement("a", "ssh-ed25519", "aes128-ctr", "hmac-sha1")),
    ],
)
def test_the_clients_first_name_that_the_server_has_is_agreed_on(client: KexInit, server: KexInit, expected: Agreement) -> None:
    assert agree(client, server) == expected


@pytest.mark.parametrize("number", [0, 1, 0x7F, 0x80, 0xFF, 0x100, 1 << 2047, (1 << 2048) - 1])
def test_a_number_is_written_in_its_shortest_form_and_read_back(number: int) -> None:
    data = mpint(number)
    assert read_mpint(Cursor(data), "x") == number
    assert data == b"\0\0\0\0" if number == 0 else data[4] < 0x80


@pytest.mark.parametrize("data", [b"\0\0\0\x01\x80", b"\0\0\0\x02\x00", b"\0\0\xff\xff" + bytes(0xFFFF)])
def test_a_negative_or_endless_number_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_mpint(Cursor(data), "x")
