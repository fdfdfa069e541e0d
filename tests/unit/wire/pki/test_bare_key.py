"""A key that stands alone, made by `cryptography`: told apart from a certificate, and read as the same key in one."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from pqscan.errors import MalformedMessage
from pqscan.wire.kept import read_kept
from pqscan.wire.pki.bare_key import looks_like_bare_key, read_bare_key
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.jwk import JsonWebKey, read_jwk_set
from tests.unit.wire.pki.making import oid, seq, signed, tlv

RSA = rsa.generate_private_key(65537, 2048).public_key()
EC = ec.generate_private_key(ec.SECP384R1()).public_key()
ED = ed25519.Ed25519PrivateKey.generate().public_key()


def info(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def jwk(**members: str) -> JsonWebKey:
    (key,) = read_jwk_set(json.dumps({"keys": [members]}).encode()).keys
    return key


@pytest.mark.parametrize(
    ("der", "name", "size"),
    [(info(RSA), "RSA", 2048), (info(EC), "EC secp384r1", 384), (info(ED), "Ed25519", 256)],
    ids=["RSA", "EC", "Ed25519"],  # The octets differ from one process to the next.
)
def test_a_key_alone_is_kept_as_one_and_a_certificate_as_a_certificate(der: bytes, name: str, size: int) -> None:
    kept = read_kept(der)
    assert (kept.kind, kept.is_bare_key, kept.sha256, kept.der) == ("public_key", True, hashlib.sha256(der).digest(), der)
    assert (kept.public_key.name, kept.public_key.size_bits, kept.malformed) == (name, size, ())
    assert kept.public_key.spki_sha256 == kept.sha256
    certificate = signed("sso.example")
    assert not looks_like_bare_key(certificate)
    assert read_kept(certificate) == read_certificate(certificate)


@pytest.mark.parametrize("size", range(len(info(ED))))
def test_no_proper_prefix_is_a_key_alone(size: int) -> None:
    assert not looks_like_bare_key(info(ED)[:size])


def test_what_is_too_long_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        read_bare_key(b"\x30\x83\x30\x00\x00" + bytes(0x300000))


def test_a_key_of_classic_mceliece_is_not_too_long() -> None:
    algorithm = seq(oid("1.3.6.1.4.1.22554.5.1.9"))
    key = read_bare_key(seq(algorithm, tlv(3, bytes(1 + 1357824)))).public_key
    assert (key.name, key.size_bits) == ("mceliece8192128", 8 * 1357824)


def test_a_key_of_a_set_is_the_key_that_x509_has() -> None:
    numbers, point = RSA.public_numbers(), EC.public_numbers()
    raw = ED.public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert jwk(kty="RSA", n=text(numbers.n.to_bytes(256)), e="AQAB").public == info(RSA)
    assert jwk(kty="EC", crv="P-384", x=text(point.x.to_bytes(48)), y=text(point.y.to_bytes(48))).public == info(EC)
    assert jwk(kty="OKP", crv="Ed25519", x=text(raw)).public == info(ED)
    of_ml_dsa = jwk(kty="AKP", alg="ML-DSA-44", pub=text(bytes(1312))).public
    assert read_bare_key(of_ml_dsa).public_key.name == "ML-DSA-44"


@pytest.mark.parametrize(("curve", "size"), [("P-256", 32), ("P-521", 66), ("secp256k1", 32)])
def test_every_curve_of_a_set_has_its_identifier(curve: str, size: int) -> None:
    made: ec.EllipticCurve = {"P-256": ec.SECP256R1(), "P-521": ec.SECP521R1(), "secp256k1": ec.SECP256K1()}[curve]
    key = ec.generate_private_key(made).public_key()
    x, y = (text(number.to_bytes(size)) for number in (key.public_numbers().x, key.public_numbers().y))
    found = load_der_public_key(jwk(kty="EC", crv=curve, x=x, y=y).public)
    assert found == key


@pytest.mark.parametrize(
    "members",
    [
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "EC", "crv": "P-256", "x": text(bytes(32))},
        {"kty": "OKP", "crv": "Ed25519", "x": text(bytes(31))},
        {"kty": "AKP", "alg": "ML-DSA-44", "pub": text(bytes(1313))},
        {"kty": "AKP", "alg": "NEW", "pub": text(bytes(32))},
        {"kty": "RSA", "n": text(bytes(255) + b"\1")},
        {"kty": "oct", "k": "AA"},
    ],
)
def test_a_key_that_has_not_its_size_is_told_and_not_made_up(members: dict[str, str]) -> None:
    assert jwk(**members).public == b""
