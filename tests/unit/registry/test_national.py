"""Algorithms of GOST and SM are elliptic curves, whatever their national status: traditional, each with a source."""

from __future__ import annotations

import pytest

from pqscan.registry import tls
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass

PUBLIC_KEYS = [
    "1.2.643.7.1.1.1.1", "1.2.643.7.1.1.1.2", "1.2.643.7.1.1.3.2", "1.2.643.7.1.1.3.3", "1.2.643.2.2.19",
    "1.2.156.10197.1.301", "1.2.156.10197.1.501",
]  # fmt: skip
SYMMETRIC = ["1.2.643.7.1.1.2.2", "1.2.643.7.1.1.2.3", "1.2.643.2.2.21", "1.2.156.10197.1.401", "1.2.156.10197.1.104.2"]
GROUPS = {0x22: "GC256A", 0x23: "GC256B", 0x24: "GC256C", 0x25: "GC256D", 0x26: "GC512A", 0x27: "GC512B", 0x28: "GC512C"}
SCHEMES = [0x0840, 0x0841, 0x0708, *range(0x0709, 0x0710)]


@pytest.mark.parametrize("oid", PUBLIC_KEYS)
def test_r01_national_public_keys_and_signatures_are_traditional(oid: str) -> None:
    row = by_oid(oid)
    assert row is not None
    assert (row.quantum_class, bool(row.references)) == (QuantumClass.TRADITIONAL, True)


@pytest.mark.parametrize("oid", SYMMETRIC)
def test_national_hashes_and_ciphers_settle_no_public_key_algorithm(oid: str) -> None:
    row = by_oid(oid)
    assert row is not None
    assert row.quantum_class is QuantumClass.NOT_PUBLIC_KEY


@pytest.mark.parametrize(("value", "name"), [*GROUPS.items(), (0x29, "curveSM2")])
def test_r01_national_groups_are_traditional(value: int, name: str) -> None:
    point = tls.named_group(value)
    assert (point.name, {row.quantum_class for row in point.rows}) == (name, {QuantumClass.TRADITIONAL})


@pytest.mark.parametrize("value", SCHEMES)
def test_r01_national_signature_schemes_are_traditional(value: int) -> None:
    assert {row.quantum_class for row in tls.signature_scheme(value).rows} == {QuantumClass.TRADITIONAL}


def test_the_hybrid_of_sm2_is_a_hybrid_with_the_shares_of_its_draft() -> None:
    row = tls.named_group(0x11EE).row
    assert row is not None
    assert (row.quantum_class, row.client_share_bytes, row.server_share_bytes) == (QuantumClass.PQT_HYBRID, 1249, 1153)


@pytest.mark.parametrize("value", [0xC100, 0xC101, 0xC102, 0xC103, 0xC104, 0xC105, 0xC106, 0x00C6, 0x00C7])
def test_national_cipher_suites_are_listed_with_their_source(value: int) -> None:
    row = tls.cipher_suite(value).row
    assert row is not None
    assert row.references[0].startswith("RFC ")
