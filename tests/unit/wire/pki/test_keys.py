from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.model.certificate import PublicKey
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.der import DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import read_public_key
from tests.unit.wire.pki.making import EC_KEY, P256, P256_POINT, RSA_KEY, binary_field, bits, integer, oid, rsa_key, seq, spki, tlv

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def read(encoded: bytes) -> tuple[PublicKey, set[Flaw]]:
    flaws: set[Flaw] = set()
    reader = DerReader(encoded, flaws)
    return read_public_key(reader, reader.read("SubjectPublicKeyInfo")), flaws


def explicit(base: bytes = bytes.fromhex(BASE), prime: int = P) -> bytes:
    curve = seq(tlv(4, (prime - 3).to_bytes(32, "big")), tlv(4, B.to_bytes(32, "big")))
    return seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer(prime)), curve, tlv(4, base), integer(ORDER), integer(1))


@pytest.mark.parametrize(
    ("made", "algorithm", "size", "parameter"),
    [
        (lambda: rsa.generate_private_key(65537, 1024), "RSA", 1024, None),
        (lambda: rsa.generate_private_key(65537, 2047), "RSA", 2047, None),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "EC", 256, "secp256r1"),
        (lambda: ec.generate_private_key(ec.SECP521R1()), "EC", 521, "secp521r1"),
        (lambda: ec.generate_private_key(ec.BrainpoolP384R1()), "EC", 384, "brainpoolP384r1"),
        (lambda: ec.generate_private_key(ec.SECP256K1()), "EC", 256, "secp256k1"),
        (ed25519.Ed25519PrivateKey.generate, "Ed25519", 256, None),
        (ed448.Ed448PrivateKey.generate, "Ed448", 456, None),
        (x25519.X25519PrivateKey.generate, "X25519", 256, None),
        (x448.X448PrivateKey.generate, "X448", 448, None),
        (lambda: dsa.generate_private_key(1024), "DSA", 1024, None),
    ],
)
def test_classical_keys_have_the_size_of_their_modulus_field_or_octets(made, algorithm, size, parameter) -> None:  # type: ignore[no-untyped-def]
    encoded = made().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key, flaws = read(encoded)
    assert (key.algorithm, key.size_bits, key.parameter, flaws) == (algorithm, size, parameter, set())
    assert key.quantum_class is QuantumClass.TRADITIONAL
    assert key.spki_sha256 == hashlib.sha256(encoded).digest()


@pytest.mark.parametrize(
    ("number", "octets", "name"),
    [
        ("2.16.840.1.101.3.4.3.17", 1312, "ML-DSA-44"),
        ("2.16.840.1.101.3.4.4.3", 1568, "ML-KEM-1024"),
        ("2.16.840.1.101.3.4.3.20", 32, "SLH-DSA-SHA2-128s"),
        ("1.3.9999.3.11", 897, "falcon512"),
    ],
)
def test_post_quantum_keys_carry_the_published_name_of_their_set(number: str, octets: int, name: str) -> None:
    key, flaws = read(spki(number, bytes(octets)))
    assert (key.algorithm, key.parameter, key.size_bits, flaws) == (name, name, octets * 8, set())
    assert key.quantum_class is QuantumClass.POST_QUANTUM


@pytest.mark.parametrize("number", ["1.2.840.113549.1.9.16.3.17", "1.3.6.1.5.5.7.6.34", "1.3.6.1.5.5.7.6.35"])
def test_stateful_hash_based_keys_are_post_quantum_of_the_size_they_have(number: str) -> None:
    key, flaws = read(spki(number, bytes(60)))
    assert (key.quantum_class, key.size_bits, flaws) == (QuantumClass.POST_QUANTUM, 480, set())


def test_a_composite_key_names_its_parts_in_order() -> None:
    key, flaws = read(spki("1.3.6.1.5.5.7.6.45", bytes(1952 + 65)))
    assert (key.algorithm, key.parameter, key.components) == ("MLDSA65-ECDSA-P256-SHA512", None, key.components)
    assert key.components[0] == "ML-DSA-65"
    assert len(key.components) == 2
    assert key.quantum_class is QuantumClass.PQT_HYBRID
    assert flaws == set()


def test_a_post_quantum_key_of_another_size_is_noted() -> None:
    assert read(spki("2.16.840.1.101.3.4.3.18", bytes(1951)))[1] == {Flaw.PUBLIC_KEY_SIZE}


def test_sm2_and_gost_keys_are_named_with_their_curve() -> None:
    sm2, flaws = read(spki(EC_KEY, P256_POINT, oid("1.2.156.10197.1.301")))
    assert (sm2.algorithm, sm2.parameter, sm2.size_bits, flaws) == ("SM2", "sm2p256v1", 256, set())
    gost, flaws = read(spki("1.2.643.7.1.1.1.2", tlv(4, bytes(128)), seq(oid("1.2.643.7.1.2.1.2.1"))))
    assert (gost.algorithm, gost.parameter, gost.size_bits) == ("GOST", "id-tc26-gost-3410-2012-512-paramSetA", 512)
    assert gost.quantum_class is QuantumClass.TRADITIONAL
    assert flaws == set()


def test_an_unlisted_algorithm_keeps_its_number_and_its_size() -> None:
    key, flaws = read(spki("1.2.410.200004.1.21", bytes(40)))
    assert (key.algorithm, key.oid, key.size_bits) == ("1.2.410.200004.1.21", "1.2.410.200004.1.21", 320)
    assert key.quantum_class is QuantumClass.UNKNOWN
    assert flaws == set()


def test_an_unlisted_curve_keeps_its_number_and_the_size_of_its_points() -> None:
    key, _ = read(spki(EC_KEY, b"\x04" + bytes(48), oid("1.3.132.0.99")))
    assert (key.algorithm, key.parameter, key.size_bits) == ("EC", "1.3.132.0.99", 192)


def test_explicit_parameters_are_noted_and_the_curve_is_known_by_its_numbers() -> None:
    key, flaws = read(spki(EC_KEY, P256_POINT, explicit()))
    assert (key.parameter, key.size_bits, flaws) == ("secp256r1", 256, {Flaw.EXPLICIT_EC_PARAMETERS})


def test_explicit_parameters_with_another_base_point_are_another_curve() -> None:
    key, flaws = read(spki(EC_KEY, P256_POINT, explicit(base=P256_POINT)))
    assert (key.parameter, key.size_bits, flaws) == (None, 256, {Flaw.EXPLICIT_EC_PARAMETERS})


@pytest.mark.parametrize("degree", [233, 571, 65_536])
def test_a_key_over_a_binary_field_has_the_size_of_the_field(degree: int) -> None:
    key, flaws = read(spki(EC_KEY, P256_POINT, binary_field(degree)))
    assert (key.parameter, key.size_bits, flaws) == (None, degree, {Flaw.EXPLICIT_EC_PARAMETERS})


@pytest.mark.parametrize("bits_of_degree", [17, 64, 60_000])
def test_a_binary_field_greater_than_any_is_a_flaw_and_no_size(bits_of_degree: int) -> None:
    key, flaws = read(spki(EC_KEY, P256_POINT, binary_field((1 << bits_of_degree) - 1)))
    assert (key.parameter, key.size_bits, flaws) == (None, 256, {Flaw.EXPLICIT_EC_PARAMETERS, Flaw.BAD_KEY_PARAMETERS})


def test_a_compressed_point_has_the_size_of_its_one_coordinate() -> None:
    key, flaws = read(spki(EC_KEY, b"\x02" + bytes(32), oid("1.3.132.0.99")))
    assert (key.size_bits, flaws) == (256, set())


@pytest.mark.parametrize(
    ("encoded", "algorithm", "flaw"),
    [
        (spki(RSA_KEY, b"no sequence", b"\x05\x00"), "RSA", Flaw.BAD_PUBLIC_KEY),
        (spki(RSA_KEY, b""), "RSA", Flaw.BAD_PUBLIC_KEY),
        (spki(EC_KEY, P256_POINT), "EC", Flaw.BAD_KEY_PARAMETERS),
        (spki(EC_KEY, P256_POINT, b"\x05\x00"), "EC", Flaw.BAD_KEY_PARAMETERS),
        (spki(EC_KEY, b"", oid(P256)), "EC", Flaw.BAD_PUBLIC_KEY),
        (spki(EC_KEY, P256_POINT, b"\x06\x00"), "EC", Flaw.BAD_PUBLIC_KEY),
        (spki("1.2.840.10040.4.1", integer(5)), "DSA", Flaw.BAD_KEY_PARAMETERS),
        (spki("1.2.643.7.1.1.1.1", tlv(4, bytes(64))), "GOST", Flaw.BAD_KEY_PARAMETERS),
        (seq(seq(oid("1.3.101.112"))), "Ed25519", Flaw.BAD_PUBLIC_KEY),
        (seq(seq(oid("1.3.101.112")), tlv(3, b"\x03" + bytes(32))), "Ed25519", Flaw.BAD_PUBLIC_KEY),
    ],
)
def test_a_key_that_is_not_built_as_its_algorithm_demands_is_named_and_noted(encoded: bytes, algorithm: str, flaw: Flaw) -> None:
    key, flaws = read(encoded)
    assert key.algorithm == algorithm
    assert flaw in flaws


def test_an_enormous_modulus_costs_nothing_and_is_noted() -> None:
    key, flaws = read(spki(RSA_KEY, rsa_key(8 * 1024 * 1024), b"\x05\x00"))
    assert key.algorithm == "RSA"
    assert flaws == {Flaw.BAD_PUBLIC_KEY}


@pytest.mark.parametrize(
    ("number", "name"), [("1.2.840.113549.1.3.1", "DH"), ("1.2.840.10046.2.1", "DH"), ("1.3.14.7.2.1.1", "ElGamal")]
)
def test_a_key_over_a_prime_field_has_the_size_of_its_prime(number: str, name: str) -> None:
    key, flaws = read(spki(number, integer(7), seq(integer((1 << 1536) - 1), integer(2))))
    assert (key.algorithm, key.size_bits, flaws) == (name, 1536, set())


def test_a_modulus_that_was_encoded_as_negative_keeps_its_size() -> None:
    modulus = tlv(2, b"\xff" * 128)
    key, _ = read(seq(seq(oid(RSA_KEY), b"\x05\x00"), bits(seq(modulus, integer(3)))))
    assert key.size_bits == 1024
