"""A CertificateVerify is checked by whoever can: Falcon by liboqs, and a signature that is none is never taken for one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.harness import liboqs
from pqscan.harness.tls.falcon import falcon_identity
from pqscan.harness.tls.identity import ServerIdentity, self_made
from pqscan.harness.tls.verify import SignatureVerifier, raw_public_key, verifiable_schemes
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.tls.signature import signed_bytes

NOW = datetime.now(UTC)
DIGEST = bytes(range(32))
FALCON = ("Falcon-512", "Falcon-1024")


def falcon(component: str) -> ServerIdentity:
    try:
        return falcon_identity(component, NOW)
    except liboqs.LiboqsMissing as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("component", FALCON)
def test_a_falcon_signature_verifies_and_a_changed_one_does_not(component: str) -> None:
    identity = falcon(component)
    signed = identity.sign(signed_bytes(DIGEST))
    verifier = SignatureVerifier(with_falcon=True)
    assert verifier(identity.chain[0], identity.scheme, signed, DIGEST) is True
    assert verifier.result is True
    for wrong in (signed[:-1] + bytes((signed[-1] ^ 1,)), signed[:40], b"", bytes(len(signed)), bytes(1 << 17)):
        assert verifier(identity.chain[0], identity.scheme, wrong, DIGEST) is False
    assert verifier(identity.chain[0], identity.scheme, signed, bytes(32)) is False


@pytest.mark.parametrize("component", FALCON)
def test_without_liboqs_a_falcon_signature_stays_unchecked(component: str) -> None:
    identity = falcon(component)
    assert SignatureVerifier(with_falcon=False)(identity.chain[0], identity.scheme, b"x", DIGEST) is None


def test_a_key_of_another_size_than_the_schemes_is_refused() -> None:
    small, large = falcon("Falcon-512"), falcon("Falcon-1024")
    verifier = SignatureVerifier(with_falcon=True)
    assert verifier(small.chain[0], large.scheme, small.sign(signed_bytes(DIGEST)), DIGEST) is False


def test_the_hand_written_certificate_is_one() -> None:
    identity = falcon("Falcon-512")
    certificate = read_certificate(identity.chain[0])
    assert certificate.public_key.oid == "1.3.9999.3.11"
    assert certificate.not_after is not None
    assert "truncated" not in certificate.malformed
    assert len(raw_public_key(identity.chain[0]) or b"") == 897


@pytest.mark.parametrize("scheme", [0x0403, 0x0804, 0x0807, 0x0905])
def test_other_signatures_are_checked_by_cryptography(scheme: int) -> None:
    identity = self_made(scheme, NOW)
    verifier = SignatureVerifier(with_falcon=False)
    signed = identity.sign(signed_bytes(DIGEST))
    assert verifier(identity.chain[0], scheme, signed, DIGEST) is True
    assert verifier(identity.chain[0], scheme, signed, bytes(32)) is False
    assert verifier.result is False


def test_what_is_offered_can_be_checked() -> None:
    assert 0x0905 in verifiable_schemes(with_falcon=False)
    assert not any(scheme >= 0xFE00 for scheme in verifiable_schemes(with_falcon=False))
    assert any(scheme >= 0xFE00 for scheme in verifiable_schemes(with_falcon=True))


@given(st.binary(max_size=300))
def test_no_certificate_makes_the_reader_of_keys_raise(data: bytes) -> None:
    assert raw_public_key(data) is None or raw_public_key(data)
