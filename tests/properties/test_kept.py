"""What is kept is told apart by its first bytes: `pqscan.wire.kept` gives what the reader of that kind gives."""

from __future__ import annotations

import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.dnskey import read_dnskey
from pqscan.wire.kept import read_kept
from pqscan.wire.pki.bare_key import looks_like_bare_key, read_bare_key
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.ssh.host_key import read_host_key
from tests.properties.test_pki import SAMPLES

_RAW = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
BLOB = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + _RAW
DNSKEY = b"\x01\x01\x03\x0f" + _RAW


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03" + tail))
def test_any_bytes_are_a_key_alone_or_malformed(data: bytes) -> None:
    """pqscan.wire.pki.bare_key."""
    if looks_like_bare_key(data):
        with contextlib.suppress(MalformedMessage):
            assert read_kept(data) == read_bare_key(data)


def test_a_certificate_a_host_key_and_a_key_of_a_zone_are_told_apart() -> None:
    assert read_kept(SAMPLES[0]) == read_certificate(SAMPLES[0])
    assert read_kept(BLOB) == read_host_key(BLOB)
    assert read_kept(DNSKEY) == read_dnskey(DNSKEY)
    assert [read_kept(each).kind for each in (SAMPLES[0], BLOB, DNSKEY)] == ["x509", "ssh_key", "dnskey"]


@given(
    st.binary(max_size=200)
    | st.binary(max_size=60).map(lambda tail: BLOB[:20] + tail)
    | st.binary(max_size=60).map(lambda tail: DNSKEY[:4] + tail)
)
def test_any_bytes_give_facts_or_one_error(data: bytes) -> None:
    try:
        found = read_kept(data)
    except MalformedMessage:
        return
    assert found.kind in ("x509", "ssh_key", "ssh_certificate", "dnskey")


@pytest.mark.parametrize("size", range(len(BLOB)))
def test_a_cut_key_is_malformed(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_kept(BLOB[:size])
