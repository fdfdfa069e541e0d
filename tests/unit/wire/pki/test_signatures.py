from __future__ import annotations

import pytest

from pqscan.model.certificate import PublicKey, SignatureAlgorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.der import DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.signatures import can_have_made, read_signature_algorithm
from tests.unit.wire.pki.making import oid, seq, tlv

PSS = "1.2.840.113549.1.1.10"


def read(encoded: bytes, size: int | None = None) -> tuple[SignatureAlgorithm, set[Flaw]]:
    flaws: set[Flaw] = set()
    reader = DerReader(encoded, flaws)
    return read_signature_algorithm(reader, reader.read("AlgorithmIdentifier"), size), flaws


@pytest.mark.parametrize(
    ("number", "algorithm", "hash_name", "quantum_class"),
    [
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "sha256", QuantumClass.TRADITIONAL),
        ("1.2.840.113549.1.1.4", "md5WithRSAEncryption", "md5", QuantumClass.TRADITIONAL),
        ("1.3.101.112", "Ed25519", None, QuantumClass.TRADITIONAL),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", None, QuantumClass.POST_QUANTUM),
        ("2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s", None, QuantumClass.POST_QUANTUM),
        ("1.2.156.10197.1.501", "SM2-with-SM3", "sm3", QuantumClass.TRADITIONAL),
        ("1.2.3.4.5", "1.2.3.4.5", None, QuantumClass.UNKNOWN),
    ],
)
def test_a_signature_is_named_with_its_hash(
    number: str, algorithm: str, hash_name: str | None, quantum_class: QuantumClass
) -> None:
    signature, flaws = read(seq(oid(number)))
    assert (signature.algorithm, signature.hash, signature.quantum_class) == (algorithm, hash_name, quantum_class)
    assert (signature.oid, flaws) == (number, set())


def test_a_composite_signature_is_hybrid_and_names_its_parts() -> None:
    signature, _ = read(seq(oid("1.3.6.1.5.5.7.6.39")))
    assert (signature.algorithm, signature.components) == ("MLDSA44-Ed25519-SHA512", ("ML-DSA-44", "Ed25519"))
    assert signature.quantum_class is QuantumClass.PQT_HYBRID


@pytest.mark.parametrize(
    ("parameters", "hash_name"),
    [
        (seq(tlv(0xA0, seq(oid("2.16.840.1.101.3.4.2.2"), b"\x05\x00"))), "sha384"),
        (seq(tlv(0xA0, seq(oid("2.16.840.1.101.3.4.2.1")))), "sha256"),
        (seq(tlv(0xA0, seq(oid("1.2.3.4")))), "1.2.3.4"),
        (seq(), "sha1"),
        (seq(tlv(0xA2, b"\x02\x01\x20")), "sha1"),
    ],
)
def test_the_hash_of_rsassa_pss_is_among_its_parameters(parameters: bytes, hash_name: str) -> None:
    signature, flaws = read(seq(oid(PSS), parameters))
    assert (signature.hash, flaws) == (hash_name, set())


@pytest.mark.parametrize("parameters", [b"", b"\x05\x00", seq(tlv(0xA0, b"\x04\x00")), seq(tlv(0xA0))])
def test_parameters_of_rsassa_pss_that_say_nothing_are_noted(parameters: bytes) -> None:
    signature, flaws = read(seq(oid(PSS), parameters))
    assert (signature.hash, flaws) == (None, {Flaw.BAD_SIGNATURE_PARAMETERS})


def test_a_signature_of_another_size_than_its_algorithm_has_is_noted() -> None:
    ml_dsa = seq(oid("2.16.840.1.101.3.4.3.18"))
    assert read(ml_dsa, 3309)[1] == set()
    assert read(ml_dsa, 3308)[1] == {Flaw.SIGNATURE_SIZE}


def test_a_falcon_signature_may_be_shorter_than_the_longest() -> None:
    assert read(seq(oid("1.3.9999.3.11")), 655)[1] == set()


RSA, EC, MLDSA65 = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1", "2.16.840.1.101.3.4.3.18"


@pytest.mark.parametrize(
    ("key", "number", "can"),
    [
        (RSA, "1.2.840.113549.1.1.11", True),
        (RSA, PSS, True),
        (PSS, PSS, True),
        (EC, "1.2.840.10045.4.3.2", True),
        (EC, "1.2.156.10197.1.501", True),
        (MLDSA65, MLDSA65, True),
        (MLDSA65, "1.2.3.4", True),
        ("1.2.3.4", MLDSA65, True),
        (MLDSA65, "1.2.840.113549.1.1.11", False),
        (MLDSA65, "2.16.840.1.101.3.4.3.17", False),
        (RSA, "1.2.840.10045.4.3.2", False),
        (EC, "1.3.101.112", False),
    ],
)
def test_a_key_makes_signatures_of_its_own_algorithm(key: str, number: str, can: bool) -> None:
    made = PublicKey(key, key, None, None, (), bytes(32), QuantumClass.UNKNOWN)
    assert can_have_made(made, read(seq(oid(number)))[0]) is can
