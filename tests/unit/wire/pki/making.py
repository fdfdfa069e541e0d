"""Certificates made at test time: proper ones through `cryptography`, improper ones put together octet by octet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

NOT_BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
NOT_AFTER = datetime(2030, 6, 1, 12, tzinfo=UTC)
P256 = "1.2.840.10045.3.1.7"
EC_KEY = "1.2.840.10045.2.1"
RSA_KEY = "1.2.840.113549.1.1.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"


def tlv(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    if len(value) < 0x80:
        return bytes((tag, len(value))) + value
    length = len(value).to_bytes((len(value).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + value


def seq(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    octets = b""
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(groups))
    return tlv(6, octets)


def integer(number: int) -> bytes:
    return tlv(2, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def bits(octets: bytes) -> bytes:
    return tlv(3, b"\0" + octets)


def binary_field(degree: int) -> bytes:
    """ECParameters over a field of characteristic two, as far as they are read: up to m."""
    return seq(integer(1), seq(oid("1.2.840.10045.1.2"), seq(integer(degree), oid("1.2.840.10045.1.2.3.2"), integer(74))))


def attribute(type_: str, text: bytes, tag: int = 12) -> bytes:
    return tlv(0x31, seq(oid(type_), tlv(tag, text)))


def name(text: bytes = b"a.example", tag: int = 12) -> bytes:
    return seq(attribute("2.5.4.3", text, tag))


def extension(number: str, value: bytes) -> bytes:
    return seq(oid(number), tlv(4, value))


def alternative_names(*names: bytes) -> bytes:
    return extension("2.5.29.17", seq(*names))


def spki(algorithm: str, key: bytes, *parameters: bytes) -> bytes:
    return seq(seq(oid(algorithm), *parameters), bits(key))


def rsa_key(modulus_bits: int) -> bytes:
    return seq(integer((1 << modulus_bits) - 1), integer(65537))


P256_POINT = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
VALIDITY = seq(tlv(0x17, b"260101000000Z"), tlv(0x17, b"300601120000Z"))


def assembled(
    *,
    version: bytes = b"\xa0\x03\x02\x01\x02",
    serial: bytes = b"\x02\x01\x11",
    signature_algorithm: bytes | None = None,
    outer_algorithm: bytes | None = None,
    issuer: bytes | None = None,
    validity: bytes = VALIDITY,
    subject: bytes | None = None,
    key: bytes | None = None,
    extensions: tuple[bytes, ...] = (),
    after_key: bytes = b"",
    signature: bytes | None = None,
) -> bytes:
    """A certificate whose signature signs nothing; every part can be replaced by other octets."""
    inner = signature_algorithm if signature_algorithm is not None else seq(oid(ECDSA_SHA256))
    tbs = seq(
        version,
        serial,
        inner,
        issuer if issuer is not None else name(b"An issuer"),
        validity,
        subject if subject is not None else name(),
        key if key is not None else spki(EC_KEY, P256_POINT, oid(P256)),
        after_key,
        tlv(0xA3, seq(*extensions)) if extensions else b"",
    )
    outer = outer_algorithm if outer_algorithm is not None else inner
    return seq(tbs, outer, bits(b"\x30\x06\x02\x01\x01\x02\x01\x01") if signature is None else signature)


Issuer = tuple[Any, str]  # A private key of any algorithm that `cryptography` signs with, and the common name.


def signed(
    common_name: str = "a.example",
    *,
    key: Any = None,  # As above.
    issuer: Issuer | None = None,
    ca: bool = False,
    names: tuple[x509.GeneralName, ...] = (),
    days: int | None = None,
) -> bytes:
    """A proper certificate; self-signed where no issuer is named."""
    own = key if key is not None else ec.derive_private_key(11, ec.SECP256R1())
    signer, signer_name = issuer if issuer is not None else (own, common_name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, signer_name)]))
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER if days is None else NOT_BEFORE + timedelta(days=days))
        .serial_number(0x1234)
        .public_key(own.public_key())
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    hashless = (ed25519.Ed25519PrivateKey, ed448.Ed448PrivateKey)
    hashless += (mldsa.MLDSA44PrivateKey, mldsa.MLDSA65PrivateKey, mldsa.MLDSA87PrivateKey)
    return builder.sign(signer, None if isinstance(signer, hashless) else hashes.SHA256()).public_bytes(Encoding.DER)
