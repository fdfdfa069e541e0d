"""Messages of CMS put together octet by octet: what no program on most machines writes yet, and what none should."""

from __future__ import annotations

from tests.unit.wire.pki.making import integer, name, oid, seq, tlv

SIGNED, ENVELOPED, AUTH_ENVELOPED = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3", "1.2.840.113549.1.9.16.1.23"
ENCRYPTED, PBES2, PBKDF2 = "1.2.840.113549.1.7.6", "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
DATA = "1.2.840.113549.1.7.1"
SHA1, SHA256, SHA512 = "1.3.14.3.2.26", "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.3"
RSA, RSA_SHA256 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11"
ML_DSA_65, SLH_DSA = "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.3.20"
COMPOSITE, ED25519 = "1.3.6.1.5.5.7.6.39", "1.3.101.112"
ML_KEM_768 = "2.16.840.1.101.3.4.4.2"
AES_256_GCM, AES_256_CBC, AES_256_WRAP = "2.16.840.1.101.3.4.1.46", "2.16.840.1.101.3.4.1.42", "2.16.840.1.101.3.4.1.45"
HKDF_SHA256, KEM = "1.2.840.113549.1.9.16.3.28", "1.2.840.113549.1.9.16.13.3"
COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
ISSUER = name()


def content(kind: str, *parts: bytes) -> bytes:
    return seq(oid(kind), tlv(0xA0, seq(*parts)))


def signer(algorithm: str = RSA_SHA256, digest: str = SHA256, serial: int = 7, unsigned: bytes = b"") -> bytes:
    """A SignerInfo; `unsigned` are Attributes."""
    return seq(
        integer(1),
        seq(ISSUER, integer(serial)),
        seq(oid(digest)),
        tlv(0xA0, seq(oid("1.2.840.113549.1.9.3"), tlv(0x31, oid(DATA)))),
        seq(oid(algorithm)),
        tlv(4, b"signature"),
        tlv(0xA1, unsigned) if unsigned else b"",
    )


def counter(*signers: bytes) -> bytes:
    return seq(oid(COUNTER_SIGNATURE), tlv(0x31, *signers))


def signed(*signers: bytes, inner: str = DATA, certificates: bytes = b"", revocations: bytes = b"") -> bytes:
    return content(
        SIGNED,
        integer(1),
        tlv(0x31, seq(oid(SHA256))),
        seq(oid(inner), tlv(0xA0, tlv(4, b"content"))),
        tlv(0xA0, certificates) if certificates else b"",
        tlv(0xA1, revocations) if revocations else b"",
        tlv(0x31, *signers),
    )


def transport(algorithm: str = RSA, octets: int = 256) -> bytes:
    return seq(integer(0), seq(ISSUER, integer(7)), seq(oid(algorithm)), tlv(4, bytes(octets)))


def kem(algorithm: str = ML_KEM_768) -> bytes:
    """KEMRecipientInfo (RFC 9629, section 3)."""
    return tlv(
        0xA4,
        oid(KEM),
        seq(
            integer(0),
            tlv(0x80, b"identifier of a key"),
            seq(oid(algorithm)),
            tlv(4, bytes(1088)),
            seq(oid(HKDF_SHA256)),
            integer(32),
            seq(oid(AES_256_WRAP)),
            tlv(4, bytes(40)),
        ),
    )


def agreement(scheme: str, originator: str, key: bytes, *parameters: bytes) -> bytes:
    """KeyAgreeRecipientInfo with a key of the sender's own (RFC 5652, section 6.2.2; RFC 8418)."""
    return tlv(
        0xA1,
        integer(3),
        tlv(0xA0, tlv(0xA1, seq(oid(originator), *parameters), tlv(3, b"\0" + key))),
        tlv(0xA1, tlv(4, b"keying material")),
        seq(oid(scheme), seq(oid(AES_256_WRAP))),
        seq(seq(seq(ISSUER, integer(7)), tlv(4, bytes(40)))),
    )


def enveloped(*recipients: bytes, cipher: str = AES_256_CBC) -> bytes:
    return content(
        ENVELOPED,
        integer(2),
        tlv(0x31, *recipients),
        seq(oid(DATA), seq(oid(cipher), tlv(4, bytes(16))), tlv(0x80, b"encrypted")),
    )


def auth_enveloped(*recipients: bytes) -> bytes:
    return content(
        AUTH_ENVELOPED,
        integer(0),
        tlv(0x31, *recipients),
        seq(oid(DATA), seq(oid(AES_256_GCM), seq(tlv(4, bytes(12)))), tlv(0x80, b"encrypted")),
        tlv(4, bytes(16)),
    )


def encrypted(algorithm: str, parameters: bytes = b"") -> bytes:
    """EncryptedData (RFC 5652, section 8)."""
    return content(ENCRYPTED, integer(0), seq(oid(DATA), seq(oid(algorithm), parameters), tlv(0x80, b"encrypted")))


def pbes2() -> bytes:
    """The parameters of PBES2 (RFC 8018, section A.4)."""
    derivation = seq(tlv(4, bytes(8)), integer(2048))
    return seq(seq(oid(PBKDF2), derivation), seq(oid(AES_256_CBC), tlv(4, bytes(16))))


def without_lengths(der: bytes) -> bytes:
    """The same in BER: every sequence and set down to the third level ends where it ends."""
    return _loosened(der, 3)


def _loosened(der: bytes, levels: int) -> bytes:
    tag, size, head = der[0], der[1], 2
    if size & 0x80:
        head = 2 + (size & 0x7F)
        size = int.from_bytes(der[2:head])
    body, rest = der[head : head + size], der[head + size :]
    if tag & 0x20 and levels:
        body = b"\x80" + (_loosened(body, levels - 1) if body else b"") + b"\0\0"
        whole = bytes((tag,)) + body
    else:
        whole = der[: head + size]
    return whole + (_loosened(rest, levels) if rest else b"")
