"""Revocation lists, messages of OCSP, time stamps, parameters and locked keys of any octets: facts or MalformedMessage."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.bundle import begins_as_bundle, bundles_in, read_bundle
from pqscan.wire.pki.parameters import (
    read_dh_parameters,
    read_dsa_parameters,
    read_ec_parameters,
    read_x942_parameters,
)
from pqscan.wire.pki.private_key import Lock
from pqscan.wire.pki.revocation import (
    read_attribute_certificate,
    read_crl,
    read_ocsp_request,
    read_ocsp_response,
    read_timestamp_request,
)
from pqscan.wire.pki.unlocking import rounds_of, unlocked, unlocked_in_pem
from tests.integration.test_locked_keys import lock_of_ones_own
from tests.integration.test_revocation_file import EC, asked, attributes, crl
from tests.unit.wire.pki.cms_making import signed
from tests.unit.wire.pki.making import integer, name, oid, seq, tlv

SHA_256 = seq(oid("2.16.840.1.101.3.4.2.1"))
INFO = seq(integer(1), oid("1.2.3"), seq(SHA_256, tlv(4, bytes(32))), integer(7))
SIGNER = seq(integer(1), seq(name(), integer(7)), SHA_256, seq(oid("1.2.840.10045.4.3.2")), tlv(4, b"signature"))
RESPONSE = seq(
    tlv(0x0A, b"\0"),
    tlv(
        0xA0,
        seq(
            oid("1.3.6.1.5.5.7.48.1.1"),
            tlv(
                4,
                seq(
                    seq(
                        tlv(0xA1, name()),
                        tlv(0x18, b"20260101000000Z"),
                        seq(seq(seq(SHA_256, tlv(4, b""), tlv(4, b""), integer(1)))),
                    ),
                    seq(oid("1.2.840.10045.4.3.2")),
                    tlv(3, b"\0signature"),
                ),
            ),
        ),
    ),
)
LOCKED = lock_of_ones_own(b"no key at all", 3)


def hashes_sha256() -> bytes:
    from cryptography.hazmat.primitives import hashes

    return asked(hashes.SHA256())


SAMPLES = (
    crl(EC),
    attributes(tlv(0xA0, seq(tlv(0xA4, name())))),
    hashes_sha256(),
    RESPONSE,
    seq(integer(1), seq(SHA_256, tlv(4, bytes(32)))),
    seq(integer(2**64 - 59), integer(2)),
    seq(integer(2**64 - 59), integer(101), integer(5)),
    oid("1.2.840.10045.3.1.7"),
    LOCKED,
    signed(
        certificates=seq(integer(1 << 500)) + tlv(0xA2, b""),
        revocations=seq(integer(1)) + tlv(0xA1, oid("1.3.6.1.5.5.7.16.2"), seq(integer(1))),
    ),
)
READERS: tuple[Callable[[bytes], object], ...] = (
    read_crl,
    read_attribute_certificate,
    read_ocsp_request,
    read_ocsp_response,
    read_timestamp_request,
    read_dh_parameters,
    read_dsa_parameters,
    read_x942_parameters,
    read_ec_parameters,
    rounds_of,
    read_bundle,
    lambda data: list(bundles_in(data)),
    begins_as_bundle,
)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_statements_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    for read in READERS:
        with contextlib.suppress(MalformedMessage):
            read(bytes(damaged))


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_malformed(data: bytes) -> None:
    for read in READERS:
        for beginning in (b"", b"\x30\x82", b"\x30\x80", b"\x06"):
            with contextlib.suppress(MalformedMessage):
                read(beginning + data)


def test_the_samples_are_what_they_are_meant_to_be() -> None:
    assert read_ocsp_response(RESPONSE).issuer == "CN=a.example"
    assert rounds_of(LOCKED) == 3
    bundle = read_bundle(SAMPLES[-1])
    assert [len(found) for found in (bundle.certificates, bundle.revocation_lists, bundle.responses)] == [1, 1, 1]
    assert [found.encoded for found in bundle.attribute_certificates] == [b"\xa2\0"]
    assert list(bundles_in(SAMPLES[-1])) == [bundle]
    assert begins_as_bundle(SAMPLES[-1])


@pytest.mark.parametrize("sample", range(4))
def test_no_prefix_of_a_statement_is_one(sample: int) -> None:
    whole = SAMPLES[sample]
    for size in range(0, len(whole) - 1, 3):
        for read in READERS[:6]:
            with pytest.raises(MalformedMessage):
                read(whole[:size])


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_a_password_opens_nothing_that_is_no_key(data: bytes, password: bytes) -> None:
    assert unlocked(data, password, Lock("x")) is None
    assert unlocked(LOCKED[: len(LOCKED) - len(data) % 40], password, Lock("x")) is None
    for dek in ("AES-128-CBC", "DES-CBC", "DES-EDE3-CBC", "RC4"):
        assert unlocked_in_pem(data, dek, password, password, Lock("x")) is None
