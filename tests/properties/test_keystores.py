"""Key stores of any octets: facts or MalformedMessage."""

from __future__ import annotations

import contextlib

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.keystore.jks import JCEKS, JKS, read_java_key_store
from pqscan.wire.keystore.pkcs12 import read_pkcs12
from tests.properties.test_private_keys import EC
from tests.unit.wire.pki.making import signed

CERTIFICATE = signed("a.example")
ENTRY = b"\0\0\0\1\0\1a" + bytes(8) + b"\0\0\0\4lock\0\0\0\1\0\5X.509" + len(CERTIFICATE).to_bytes(4) + CERTIFICATE
SAMPLES = (
    pkcs12.serialize_key_and_certificates(b"name", EC, None, None, BestAvailableEncryption(b"x")),
    JKS + b"\0\0\0\2\0\0\0\1" + ENTRY + bytes(20),
    JCEKS + b"\0\0\0\2\0\0\0\2" + ENTRY + b"\0\0\0\3\0\1b" + bytes(28),
)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_key_stores_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    for read in (read_pkcs12, read_java_key_store):
        with contextlib.suppress(MalformedMessage):
            read(bytes(damaged))


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_malformed(data: bytes) -> None:
    for beginning in (b"", b"\x30\x82", JKS + b"\0\0\0\2\0\0\0\1", b"\x30\x80\x02\x01\x03"):
        for read in (read_pkcs12, read_java_key_store):
            with contextlib.suppress(MalformedMessage):
                read(beginning + data)


def test_the_samples_are_what_they_are_meant_to_be() -> None:
    assert len(read_pkcs12(SAMPLES[0]).keys) == 1
    (key,) = read_java_key_store(SAMPLES[1]).keys
    assert (key.locked_by, key.certificate) == ("unknown", CERTIFICATE)
    store = read_java_key_store(SAMPLES[2])
    assert ([one.is_secret for one in store.keys], store.is_cut) == ([False, True], True)


@pytest.mark.parametrize("size", range(0, len(SAMPLES[1]) - 20, 7))
def test_no_prefix_of_a_key_store_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_java_key_store(SAMPLES[1][:size])
