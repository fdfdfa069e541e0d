"""Which algorithms a quantum computer breaks, family by family; what no source lists is unknown and never resistant."""

from __future__ import annotations

import pytest

from pqscan.registry import tls
from pqscan.registry.oids import by_oid, object_identifiers
from pqscan.registry.quantum import QuantumClass

BROKEN = ("RSA", "EC", "ECDSA", "DSA", "DH", "Ed25519", "Ed448", "X25519", "X448")
RESISTANT = ("ML-KEM", "ML-DSA", "SLH-DSA", "HSS/LMS", "XMSS", "XMSS^MT")
PURE_KINDS = ("pubkey", "pubkey+signature", "pubkey+kem", "signature")


def classes(family: str) -> set[QuantumClass]:
    return {
        row.quantum_class for row in object_identifiers() if row.family == family and row.kind in PURE_KINDS and not row.components
    }


@pytest.mark.parametrize("family", BROKEN)
def test_r01_keys_and_signatures_of_today_are_vulnerable(family: str) -> None:
    assert classes(family) == {QuantumClass.TRADITIONAL}


@pytest.mark.parametrize("family", RESISTANT)
def test_r01_standard_post_quantum_keys_and_signatures_are_resistant(family: str) -> None:
    assert classes(family) == {QuantumClass.POST_QUANTUM}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0x0017, QuantumClass.TRADITIONAL),  # secp256r1
        (0x001D, QuantumClass.TRADITIONAL),  # x25519
        (0x0100, QuantumClass.TRADITIONAL),  # ffdhe2048
        (0x0201, QuantumClass.POST_QUANTUM),  # MLKEM768
        (0x11EC, QuantumClass.PQT_HYBRID),  # X25519MLKEM768
    ],
)
def test_r01_groups_are_vulnerable_resistant_or_hybrid(value: int, expected: QuantumClass) -> None:
    row = tls.named_group(value).row
    assert row is not None
    assert row.quantum_class is expected


@pytest.mark.parametrize("oid", ["1.2.3.4", "2.16.704.1.2.3", "1.2.643.7.1.1.99", "2.16.840.1.101.3.4.4.99"])
def test_r01_an_oid_that_no_source_lists_has_no_class_at_all(oid: str) -> None:
    assert by_oid(oid) is None
