from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.errors import MalformedMessage
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.dns.dnskey import key_tag, looks_like_dnskey, read_dnskey

KSK, ZSK = b"\x01\x01\x03", b"\x01\x00\x03"
# RFC 4034, section 5.4: the key of dskey.example.com; its tag is 60485.
RFC_4034 = KSK.replace(b"\x01\x01", b"\x01\x00") + b"\x05" + __import__("base64").b64decode(
    "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMzNXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJBjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw=="
)  # fmt: skip


def rsa_key(bits: int, algorithm: int = 8) -> bytes:
    numbers = rsa.generate_private_key(65537, bits).public_key().public_numbers()
    return ZSK + bytes((algorithm, 3)) + (65537).to_bytes(3, "big") + numbers.n.to_bytes(bits // 8, "big")


def test_the_key_of_the_standard_has_the_tag_of_the_standard() -> None:
    assert key_tag(RFC_4034) == 60485
    read = read_dnskey(RFC_4034)
    assert (read.kind, int(read.serial, 16), read.public_key.algorithm, read.public_key.size_bits) == ("dnskey", 60485, "RSA", 1024)
    assert (read.sha256, read.der) == (hashlib.sha256(RFC_4034).digest(), RFC_4034)


def test_a_tag_of_the_oldest_algorithm_stands_in_its_modulus() -> None:
    assert key_tag(KSK + b"\x01" + b"\x03\x01\x00\x01" + b"\xaa\xbb\xcc\xdd") == 0xBBCC


@pytest.mark.parametrize(
    ("number", "name", "size", "parameter"),
    [(13, "EC", 256, "secp256r1"), (14, "EC", 384, "secp384r1"), (15, "Ed25519", 256, None), (16, "Ed448", 456, None)],
)
def test_each_key_has_the_digest_of_the_same_key_in_a_certificate(number: int, name: str, size: int, parameter: str | None) -> None:
    key = {
        13: lambda: ec.generate_private_key(ec.SECP256R1()),
        14: lambda: ec.generate_private_key(ec.SECP384R1()),
        15: ed25519.Ed25519PrivateKey.generate,
        16: ed448.Ed448PrivateKey.generate,
    }[number]().public_key()  # type: ignore[operator]
    if isinstance(key, ec.EllipticCurvePublicKey):
        raw = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)[1:]
    else:
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    read = read_dnskey(KSK + bytes((number,)) + raw)
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert read.public_key.spki_sha256 == hashlib.sha256(info).digest()
    assert (read.public_key.algorithm, read.public_key.size_bits) == (name, size)
    if parameter is not None:
        assert read.public_key.parameter == parameter
    assert (read.key_usage, read.malformed) == (("zone_key", "secure_entry_point"), ())


@pytest.mark.parametrize("bits", [1024, 2048])
def test_an_rsa_key_has_the_size_of_its_modulus(bits: int) -> None:
    assert read_dnskey(rsa_key(bits)).public_key.size_bits == bits


def test_a_long_exponent_has_two_octets_of_length() -> None:
    exponent = b"\x01" + bytes(298) + b"\x01"
    read = read_dnskey(ZSK + b"\x08\x00\x01\x2c" + exponent + b"\xc1" + bytes(127))
    assert (read.public_key.algorithm, read.public_key.size_bits, read.malformed) == ("RSA", 1024, ())


def test_a_dsa_key_has_the_size_of_its_prime() -> None:
    numbers = dsa.generate_private_key(1024).public_key().public_numbers()
    parameters = numbers.parameter_numbers
    fields = parameters.q.to_bytes(20, "big") + b"".join(n.to_bytes(128, "big") for n in (parameters.p, parameters.g, numbers.y))
    read = read_dnskey(ZSK + b"\x03\x08" + fields)
    assert (read.public_key.algorithm, read.public_key.size_bits) == ("DSA", 1024)


@pytest.mark.parametrize(
    ("rdata", "algorithm", "size", "quantum", "flaws"),
    [
        (ZSK + b"\x0d" + bytes(63), "ECDSA", 504, QuantumClass.TRADITIONAL, ("public_key_size",)),
        (ZSK + b"\x08\x03\x01", "RSA", 16, QuantumClass.TRADITIONAL, ("bad_public_key",)),
        (ZSK + b"\x08\x00\x00\x00\x07", "RSA", 32, QuantumClass.TRADITIONAL, ("bad_public_key",)),
        (ZSK + b"\x0c" + bytes(64), "GOST R 34.10-2001", 512, QuantumClass.TRADITIONAL, ()),
        (ZSK + b"\xfd" + bytes(1312), "PRIVATEDNS", 10496, QuantumClass.UNKNOWN, ()),
        (ZSK + b"\xc8" + bytes(1952), "DNSSEC 200", 15616, QuantumClass.UNKNOWN, ()),
    ],
)
def test_a_key_that_cannot_be_read_is_told_by_its_algorithm_and_size(
    rdata: bytes, algorithm: str, size: int, quantum: QuantumClass, flaws: tuple[str, ...]
) -> None:
    read = read_dnskey(rdata)
    key = read.public_key
    assert (key.algorithm, key.size_bits, key.quantum_class, read.malformed) == (algorithm, size, quantum, flaws)


@pytest.mark.parametrize(
    "rdata", [b"", b"\x01", b"\x01\x01\x03\x0d", b"\x01\x01\x04\x0d" + bytes(64), b"\x01\x01\x02\x0d" + bytes(64)]
)
def test_what_is_no_key_of_a_zone_is_malformed(rdata: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_dnskey(rdata)


@pytest.mark.parametrize(
    ("flags", "usage"),
    [
        (b"\x00\x00", ()),
        (b"\x01\x00", ("zone_key",)),
        (b"\x01\x01", ("zone_key", "secure_entry_point")),
        (b"\x01\x81", ("zone_key", "secure_entry_point", "revoked")),
    ],
)
def test_flags_are_told_as_what_the_key_is_for(flags: bytes, usage: tuple[str, ...]) -> None:
    rdata = flags + b"\x03\x0d" + bytes(64)
    assert read_dnskey(rdata).key_usage == usage
    assert looks_like_dnskey(rdata)


@pytest.mark.parametrize(
    "data", [b"\x30\x82\x03\x0d\x01", b"\x00\x00\x00\x0bssh", b"\x02\x00\x03\x0d\x01", b"\x01\x02\x03\x0d\x01", b"\x01\x00\x03\x0d"]
)
def test_other_content_is_not_taken_for_a_key(data: bytes) -> None:
    assert not looks_like_dnskey(data)
