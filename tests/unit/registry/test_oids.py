"""Object identifiers: every row sourced, sizes as published, parts of composites in order, national arcs."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.oids import arc_of, by_oid, object_identifiers, read_arcs, read_object_identifiers
from pqscan.registry.quantum import QuantumClass

ROW = """
[[object_identifier]]
oid = "1.3.6.1.5.5.7.6.45"
name = "MLDSA65-ECDSA-P256-SHA512"
kind = "pubkey+signature"
family = "composite ML-DSA"
quantum_class = "pqt_hybrid"
status = "draft"
components = ["ML-DSA-65", "ECDSA-P256"]
reference = "a draft"
"""


def test_every_shipped_row_names_a_source_and_has_an_oid_of_its_own() -> None:
    rows = object_identifiers()
    assert len(rows) == len({row.oid for row in rows}) > 800
    assert all(row.references for row in rows)


@pytest.mark.parametrize(
    ("oid", "name", "sizes"),
    [
        ("2.16.840.1.101.3.4.3.17", "ML-DSA-44", (1312, 2420, None, 2)),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", (1952, 3309, None, 3)),
        ("2.16.840.1.101.3.4.3.19", "ML-DSA-87", (2592, 4627, None, 5)),
        ("2.16.840.1.101.3.4.3.20", "SLH-DSA-SHA2-128s", (32, 7856, None, 1)),
        ("2.16.840.1.101.3.4.4.2", "ML-KEM-768", (1184, None, 1088, 3)),
    ],
)
def test_a_post_quantum_algorithm_has_its_published_name_and_sizes(oid: str, name: str, sizes: tuple[int | None, ...]) -> None:
    row = by_oid(oid)
    assert row is not None
    assert row.name == name
    assert (row.public_key_bytes, row.signature_bytes, row.ciphertext_bytes, row.nist_category) == sizes
    assert (row.quantum_class, row.components) == (QuantumClass.POST_QUANTUM, ())


@pytest.mark.parametrize(
    ("oid", "components"),
    [
        ("1.3.6.1.5.5.7.6.45", ("ML-DSA-65", "ECDSA-P256")),
        ("1.3.6.1.5.5.7.6.37", ("ML-DSA-44", "RSA-2048-PSS")),
        ("1.3.6.1.5.5.7.6.59", ("ML-KEM-768", "secp256r1")),
        ("1.3.6.1.4.1.62253.25722", ("ML-KEM-768", "X25519")),
        ("1.3.9999.7.7", ("ECDSA-P384", "ML-DSA-65")),
        ("2.16.840.1.114027.80.5.1.2", ("Dilithium3", "ECDSA-P256")),
        ("2.16.840.1.114027.80.9.1.0", ("ML-DSA-44", "RSA-2048-PSS")),
        ("2.16.840.1.114027.80.9.1.17", ("ML-DSA-87", "ECDSA-P521")),
    ],
)
def test_a_composite_tells_its_parts_in_order(oid: str, components: tuple[str, ...]) -> None:
    row = by_oid(oid)
    assert row is not None
    assert (row.quantum_class, row.components) == (QuantumClass.PQT_HYBRID, components)


@pytest.mark.parametrize(
    ("oid", "name"),
    [
        ("1.3.6.1.4.1.22554.5.1.10", "mceliece8192128f"),
        ("1.3.6.1.4.1.22554.5.2.5", "FrodoKEM-1344-AES (Bouncy Castle)"),
    ],
)
def test_each_kem_below_the_arc_of_bouncy_castle_is_known(oid: str, name: str) -> None:
    row = by_oid(oid)
    assert row is not None
    assert (row.name, row.quantum_class) == (name, QuantumClass.POST_QUANTUM)


@pytest.mark.parametrize(
    ("oid", "name", "hashed"),
    [
        ("1.3.6.1.4.1.22554.2.2", "XMSS (Bouncy Castle)", None),
        ("1.3.6.1.4.1.22554.2.3", "XMSS^MT (Bouncy Castle)", None),
        ("1.3.6.1.4.1.22554.2.2.5", "XMSS with SHA-256 (Bouncy Castle)", "sha256"),
        ("1.3.6.1.4.1.22554.2.3.8", "XMSS^MT with SHAKE256 (Bouncy Castle)", "shake256"),
    ],
)
def test_what_bouncy_castle_calls_xmss_is_known(oid: str, name: str, hashed: str | None) -> None:
    row = by_oid(oid)
    assert row is not None
    assert (row.name, row.hash, row.quantum_class) == (name, hashed, QuantumClass.POST_QUANTUM)


def test_only_generic_composites_do_not_tell_their_parts() -> None:
    untold = {row.name for row in object_identifiers() if row.quantum_class is QuantumClass.PQT_HYBRID and not row.components}
    assert untold == {"CompositeWithNoHash", "id-Composite-Key (generic)"}


@pytest.mark.parametrize(
    ("oid", "name", "quantum_class"),
    [
        ("1.2.840.113549.1.1.1", "rsaEncryption", QuantumClass.TRADITIONAL),
        ("1.2.840.10045.3.1.7", "secp256r1", QuantumClass.TRADITIONAL),
        ("1.2.156.10197.1.501", "SM2-with-SM3", QuantumClass.TRADITIONAL),
        ("2.16.840.1.101.3.4.2.1", "sha256", QuantumClass.NOT_PUBLIC_KEY),
        ("2.5.29.74", "altSignatureValue", QuantumClass.NOT_PUBLIC_KEY),
    ],
)
def test_traditional_and_symmetric_algorithms_are_told_apart(oid: str, name: str, quantum_class: QuantumClass) -> None:
    row = by_oid(oid)
    assert row is not None
    assert (row.name, row.quantum_class) == (name, quantum_class)


def test_an_unlisted_oid_has_no_row() -> None:
    assert by_oid("2.16.704.1.1.9.9") is None
    assert by_oid("not an oid") is None


@pytest.mark.parametrize(
    ("oid", "country"),
    [
        ("2.16.704.1.2.3", "vn"),
        ("2.16.704", "vn"),
        ("2.16.7041.1", None),
        ("1.2.643.7.1.1.1.1", "ru"),
        ("1.2.156.10197.1.301", "cn"),
        ("1.2.410.200004.1.1", "kr"),
        ("1.2.840.10045.2.1", None),
    ],
)
def test_an_oid_below_a_national_arc_names_its_country(oid: str, country: str | None) -> None:
    assert arc_of(oid) == country


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('reference = "a draft"\n', ""),
        ('oid = "1.3.6.1.5.5.7.6.45"', 'oid = "1.3.6.01"'),
        ('oid = "1.3.6.1.5.5.7.6.45"', 'oid = "3.1"'),
        ('oid = "1.3.6.1.5.5.7.6.45"', "oid = 1.3"),
        ('kind = "pubkey+signature"', 'kind = "key"'),
        ('quantum_class = "pqt_hybrid"', 'quantum_class = "post_quantum"'),
        ('["ML-DSA-65", "ECDSA-P256"]', '["ML-DSA-65"]'),
        ('status = "draft"', 'status = "draft"\npublic_key_bytes = 0'),
        ('status = "draft"', 'status = "draft"\nsize = 1'),
        ('reference = "a draft"\n', f'reference = "a draft"\n{ROW}'),
    ],
)
def test_a_bad_row_is_refused_by_file_and_row(tmp_path: Path, right: str, wrong: str) -> None:
    path = tmp_path / "oids.toml"
    path.write_text(ROW, encoding="utf-8")
    assert len(read_object_identifiers(path)) == 1
    assert right in ROW
    path.write_text(ROW.replace(right, wrong), encoding="utf-8")
    with pytest.raises(DataError, match=r"oids\.toml, object_identifier [12]"):
        read_object_identifiers(path)


@pytest.mark.parametrize("row", ['country = "VN"\nreference = "ISO"', 'country = "vn"'])
def test_an_arc_without_a_source_or_country_is_refused(tmp_path: Path, row: str) -> None:
    path = tmp_path / "oids.toml"
    path.write_text(f'[[arc]]\noid = "2.16.704"\nname = "Viet Nam"\n{row}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"oids\.toml, arc 1"):
        read_arcs(path)
