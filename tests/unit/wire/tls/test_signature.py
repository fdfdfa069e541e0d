"""The server's signature over the handshake: right ones of every kind, and what is none."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.x509.oid import NameOID

from pqscan.wire.tls.signature import verifies
from tests.unit.wire.tls.recorded import RECORDINGS, Recording

_ISSUER = ec.generate_private_key(ec.SECP256R1())
_TRANSCRIPT = bytes(range(32))
_SIGNED = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00" + _TRANSCRIPT


def leaf(key: x509.base.CertificatePublicKeyTypes) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key).serial_number(1)
    made = builder.not_valid_before(began).not_valid_after(began + timedelta(days=9)).sign(_ISSUER, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def pss(digest: hashes.HashAlgorithm) -> padding.PSS:
    return padding.PSS(padding.MGF1(digest), digest.digest_size)


def signed() -> list[tuple[str, int, bytes, bytes]]:
    """Name, scheme, leaf, signature."""
    made: list[tuple[str, int, bytes, bytes]] = []
    for scheme, curve, digest in (
        (0x0403, ec.SECP256R1(), hashes.SHA256()),
        (0x0503, ec.SECP384R1(), hashes.SHA384()),
        (0x0603, ec.SECP521R1(), hashes.SHA512()),
        (0x081A, ec.BrainpoolP256R1(), hashes.SHA256()),
    ):
        key = ec.generate_private_key(curve)
        made.append((curve.name, scheme, leaf(key.public_key()), key.sign(_SIGNED, ec.ECDSA(digest))))
    rsa_key = rsa.generate_private_key(65537, 2048)
    for scheme, digest in ((0x0804, hashes.SHA256()), (0x0805, hashes.SHA384()), (0x0806, hashes.SHA512())):
        made.append((f"rsa-{digest.name}", scheme, leaf(rsa_key.public_key()), rsa_key.sign(_SIGNED, pss(digest), digest)))
    plain = (
        (0x0807, ed25519.Ed25519PrivateKey.generate()),
        (0x0808, ed448.Ed448PrivateKey.generate()),
        (0x0904, mldsa.MLDSA44PrivateKey.generate()),
        (0x0905, mldsa.MLDSA65PrivateKey.generate()),
        (0x0906, mldsa.MLDSA87PrivateKey.generate()),
    )
    made += [(type(key).__name__, scheme, leaf(key.public_key()), key.sign(_SIGNED)) for scheme, key in plain]
    return made


SIGNED = signed()


@pytest.mark.parametrize(("scheme", "certificate", "made"), [each[1:] for each in SIGNED], ids=[each[0] for each in SIGNED])
def test_a_signature_is_held_against_key_and_transcript(scheme: int, certificate: bytes, made: bytes) -> None:
    assert verifies(certificate, scheme, made, _TRANSCRIPT) is True
    assert verifies(certificate, scheme, made, bytes(32)) is False
    assert verifies(certificate, scheme, made[:-1] + bytes((made[-1] ^ 1,)), _TRANSCRIPT) is False
    assert verifies(certificate, scheme, b"", _TRANSCRIPT) is False


@pytest.mark.parametrize("scheme", sorted({each[1] for each in SIGNED}))
def test_a_scheme_for_another_kind_of_key_is_false(scheme: int) -> None:
    for _, own, certificate, made in SIGNED:
        fits = own == scheme or {own, scheme} <= {0x0804, 0x0805, 0x0806}
        ecdsa = own in (0x0403, 0x0503, 0x0603, 0x081A) and scheme in (0x0403, 0x0503, 0x0603, 0x081A)
        if not fits and not ecdsa:
            assert verifies(certificate, scheme, made, _TRANSCRIPT) is False, hex(own)


@pytest.mark.parametrize("scheme", [0x0708, 0x0911, 0x0401, 0xFE00])
def test_what_cannot_be_computed_stays_open(scheme: int) -> None:
    assert verifies(SIGNED[0][2], scheme, b"made", _TRANSCRIPT) is None
    assert verifies(b"no certificate", 0x0403, b"made", _TRANSCRIPT) is None


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_recorded_servers_signed_what_they_sent(recording: Recording) -> None:
    extensions, certificate, verify, _finished = recording.decrypted
    said = b"".join(recording.server_hello_transcript)
    if recording.retried:
        return  # Its transcript begins with a digest; the conversation's tests carry it through.
    name = "sha384" if recording.suite == 0x1302 else "sha256"
    digest = hashlib.new(name, said + extensions + certificate).digest()
    size = int.from_bytes(certificate[8:11], "big")
    der = certificate[11 : 11 + size]
    assert verifies(der, int.from_bytes(verify[4:6], "big"), verify[8:], digest) is True
