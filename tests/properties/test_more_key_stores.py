"""Key stores of Bouncy Castle, NSS and Windows of any octets: facts or MalformedMessage."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.keystore.bouncy_castle import read_bcfks, read_bouncy_castle
from pqscan.wire.keystore.nss import MAGIC, read_nss
from pqscan.wire.keystore.windows import read_elements, read_registry_blob
from tests.integration.test_locked_keys import lock_of_ones_own
from tests.integration.test_windows_store import blob, value
from tests.unit.wire.pki.making import integer, seq, signed, tlv

CERTIFICATE = signed("a.example")


def certificate() -> bytes:
    return b"\0\5X.509" + len(CERTIFICATE).to_bytes(4) + CERTIFICATE


def sealed(rounds: int = 1024) -> bytes:
    content = b"\0\0\0\x14" + bytes(20) + rounds.to_bytes(4) + bytes(64)
    return len(content).to_bytes(4) + content


def bks(version: int = 2) -> bytes:
    head = version.to_bytes(4) + b"\0\0\0\x14" + bytes(20) + b"\0\0\4\0"
    key = b"\4\0\1a" + bytes(8) + b"\0\0\0\1" + certificate() + sealed()
    trusted = b"\1\0\1b" + bytes(8) + b"\0\0\0\0" + certificate()
    clear = b"\2\0\1c" + bytes(8) + b"\0\0\0\0" + b"\0\0\6PKCS#8\0\3RSA\0\0\0\4key!"
    return head + key + trusted + clear + b"\0" + bytes(20)


def nss(table: str = "nssPrivate") -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE {table} (id PRIMARY KEY UNIQUE ON CONFLICT ABORT, a0, a100, a120, a122, a123)")
    row = (1, (3).to_bytes(4), bytes(4), (2**2047 + 9).to_bytes(256), b"\1\0\1", lock_of_ones_own(b"x"))
    connection.execute(f"INSERT INTO {table} VALUES (?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    return connection.serialize()


BCFKS = seq(lock_of_ones_own(b"all of it"), seq(seq(), seq(), tlv(4, bytes(32))))
SAMPLES = (bks(), bks(1), BCFKS, nss(), blob(CERTIFICATE), value(blob(CERTIFICATE)).encode())
READERS = (read_bouncy_castle, read_bcfks, read_nss, read_elements, lambda data: read_registry_blob(data, 0))


@settings(max_examples=60)
@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_key_stores_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    for read in READERS:
        with contextlib.suppress(MalformedMessage):
            read(bytes(damaged))


@settings(max_examples=60)
@given(st.binary(max_size=600))
def test_any_octets_are_read_or_malformed(data: bytes) -> None:
    for beginning in (b"", b"\x30\x82", b"\0\0\0\2\0\0\0\x14" + bytes(24), MAGIC, nss()[:512]):
        for read in READERS:
            with contextlib.suppress(MalformedMessage):
                read(beginning + data)


def test_the_samples_are_what_they_are_meant_to_be() -> None:
    for version, kind in ((2, "bks"), (1, "bks-v1")):
        store = read_bouncy_castle(bks(version))
        assert (store.kind, [key.kind for key in store.keys]) == (kind, ["private", "private"])
        assert store.keys[0].certificate == CERTIFICATE
        assert store.keys[0].lock is not None
        assert store.keys[0].lock.iterations == 1024
        assert store.keys[1].lock is None
    (lock,) = read_bcfks(BCFKS).contents
    assert (lock.cipher, lock.kdf) == ("aes128-cbc", "PBKDF2")
    (key,) = read_nss(nss()).keys
    assert key.public is not None
    assert (key.public.size_bits, key.lock.cipher) == (2048, "aes128-cbc")
    assert read_elements(blob(CERTIFICATE)) == CERTIFICATE


def test_no_prefix_of_a_key_store_is_one() -> None:
    whole = bks()
    for size in range(0, len(whole) - 1, 11):
        with pytest.raises(MalformedMessage):
            read_bouncy_castle(whole[:size])


def test_integers_do_not_pass_for_a_store() -> None:
    with pytest.raises(MalformedMessage):
        read_bcfks(seq(integer(1), integer(2)))
