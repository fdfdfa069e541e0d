"""Packets under keys: what one side writes the other reads, a changed byte never opens, and AsyncSSH agrees on every byte."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ssh.packet import PacketReader, PacketWriter
from pqscan.wire.ssh.protection import CIPHERS, MACS, Agreed, needs_mac, protection

AGREED = Agreed("sha256", b"\0\0\0\x20" + bytes(range(32)), hashlib.sha256(b"H").digest())
SUITES = [(cipher, mac) for cipher in CIPHERS for mac in (MACS if needs_mac(cipher) else (None,))]
PAYLOADS = (b"\x05\0\0\0\x0cssh-userauth", b"\x02", bytes(range(256)) * 8, b"\x07" * 31)
every_suite = pytest.mark.parametrize(("cipher", "mac"), SUITES)


def writer(cipher: str, mac: str | None, count: int = 0) -> PacketWriter:
    made = PacketWriter()
    made.protect(protection(AGREED, cipher, mac, to_server=True), count)
    return made


def reader(cipher: str, mac: str | None, count: int = 0, *, to_server: bool = True) -> PacketReader:
    made = PacketReader()
    made.protect(protection(AGREED, cipher, mac, to_server=to_server), count)
    return made


@every_suite
@pytest.mark.parametrize("step", [1, 7, 1 << 20])
def test_what_is_sealed_is_read_back_however_it_is_cut(cipher: str, mac: str | None, step: int) -> None:
    sealing, opening = writer(cipher, mac, 3), reader(cipher, mac, 3)
    data = b"".join(map(sealing.write, PAYLOADS))
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    assert [payload for piece in pieces for payload in opening.feed(piece)] == list(PAYLOADS)
    assert opening.pending == 0
    assert opening.count == sealing.count == 3 + len(PAYLOADS)


@every_suite
def test_no_changed_byte_opens(cipher: str, mac: str | None) -> None:
    data = writer(cipher, mac).write(PAYLOADS[0])
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        opened = []
        try:
            opened = list(reader(cipher, mac).feed(bytes(changed)))
        except MalformedMessage:
            continue
        assert opened == []  # A length that was made longer: more is waited for.


@every_suite
def test_keys_of_the_other_direction_open_nothing(cipher: str, mac: str | None) -> None:
    data = writer(cipher, mac).write(PAYLOADS[2])
    try:
        assert list(reader(cipher, mac, to_server=False).feed(data)) == []  # A length in cipher text may be anything.
    except MalformedMessage as error:
        assert "packet" in str(error)  # noqa: PT017


@pytest.mark.parametrize(("cipher", "mac"), [suite for suite in SUITES if "gcm" not in suite[0]])
def test_a_packet_of_another_number_does_not_open(cipher: str, mac: str | None) -> None:
    data = writer(cipher, mac, 0).write(PAYLOADS[0])
    try:
        assert list(reader(cipher, mac, 3).feed(data)) == []
    except MalformedMessage as error:
        assert "packet" in str(error)  # noqa: PT017


@every_suite
def test_a_packet_that_comes_twice_does_not_open_the_second_time(cipher: str, mac: str | None) -> None:
    data, opening = writer(cipher, mac).write(PAYLOADS[0]), reader(cipher, mac)
    assert list(opening.feed(data)) == [PAYLOADS[0]]
    try:
        assert list(opening.feed(data)) == []
    except MalformedMessage as error:
        assert "packet" in str(error)  # noqa: PT017


def test_keys_are_derived_as_the_standard_says_and_longer_ones_go_on() -> None:
    first = hashlib.sha256(AGREED.shared_secret + AGREED.exchange_hash + b"C" + AGREED.exchange_hash).digest()
    second = hashlib.sha256(AGREED.shared_secret + AGREED.exchange_hash + first).digest()
    assert AGREED.derive(b"C", 64) == first + second
    assert AGREED.derive(b"C", 16) == first[:16]
    assert AGREED.derive(b"C", 0) == b""


def test_no_secret_is_shown() -> None:
    assert AGREED.shared_secret.hex() not in repr(AGREED)
    assert "shared_secret" not in repr(AGREED)


@every_suite
def test_asyncssh_opens_what_is_sealed_and_seals_what_is_opened(cipher: str, mac: str | None) -> None:
    encryption: Any = pytest.importorskip("asyncssh.encryption")
    macs: Any = pytest.importorskip("asyncssh.mac")
    assert macs.get_mac_algs()
    number = 5
    sealed = writer(cipher, mac, number).write(PAYLOADS[0])
    other = _of_asyncssh(encryption, cipher, mac)
    first, tag = sealed[:4], 0
    size = {"hmac-sha2-256": 32, "hmac-sha2-512": 64}.get((mac or "").removesuffix("-etm@openssh.com"), 16)
    tag = len(sealed) - size
    block = 16 if "ctr" in cipher and "etm" not in (mac or "") else 4
    head, length = other.decrypt_header(number, sealed[:block], 4)
    assert int.from_bytes(length, "big") == tag - 4
    opened = other.decrypt_packet(number, head, sealed[block:tag], 4, sealed[tag:])
    assert opened[1 : 1 + len(PAYLOADS[0])] == PAYLOADS[0]
    assert first == sealed[:4]


def _of_asyncssh(encryption: Any, cipher: str, mac: str | None) -> Any:
    keys = {"aes256": 32, "aes192": 24, "aes128": 16, "chacha": 64}
    key = next(size for name, size in keys.items() if cipher.startswith(name))
    initial = 12 if "gcm" in cipher else 16 if "ctr" in cipher else 0
    is_etm = "etm" in (mac or "")
    size = 0 if mac is None else 32 if "256" in mac else 64
    return encryption.get_encryption(
        cipher.encode(),
        AGREED.derive(b"C", key),
        AGREED.derive(b"A", initial),
        (mac or "").encode(),
        AGREED.derive(b"E", size),
        is_etm,
    )
