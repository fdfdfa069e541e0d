"""The numbers of DNSSEC: what the shipped rows say, and what the reader refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.dns import (
    DnsKind,
    DnsStatus,
    KeyForm,
    dns_number,
    dnssec_algorithm,
    dnssec_algorithms,
    limit_of,
    usual_selectors,
)
from pqscan.registry.dns_tables import read_algorithms, read_limits, read_numbers
from pqscan.registry.quantum import QuantumClass

ALGORITHM = {
    "value": "8", "name": '"RSASHA256"', "quantum_class": '"traditional"', "status": '"standard"', "primitive": '"RSA"',
    "hash": '"SHA-256"', "key_form": '"rsa"', "reference": '"RFC 5702"',
}  # fmt: skip
NUMBER = {"kind": '"ds_digest"', "value": "2", "name": '"SHA-256"', "status": '"standard"', "reference": '"RFC 4509"'}
LIMIT = {"name": '"DNSSEC"', "lacks": '"post_quantum_signature"', "read_on": "2026-11-29", "reference": '"IANA"'}


def written(folder: Path, table: str, *rows: dict[str, str]) -> Path:
    path = folder / "rows.toml"
    path.write_text("".join(f"[[{table}]]\n" + "".join(f"{key} = {value}\n" for key, value in row.items()) for row in rows))
    return path


@pytest.mark.parametrize(
    ("value", "name", "primitive", "hashed", "status"),
    [
        (5, "RSASHA1", "RSA", "SHA-1", DnsStatus.OBSOLETE),
        (8, "RSASHA256", "RSA", "SHA-256", DnsStatus.STANDARD),
        (12, "ECC-GOST", "GOST R 34.10-2001", "GOST R 34.11-94", DnsStatus.OBSOLETE),
        (13, "ECDSAP256SHA256", "ECDSA", "SHA-256", DnsStatus.STANDARD),
        (15, "ED25519", "Ed25519", None, DnsStatus.STANDARD),
        (17, "SM2SM3", "SM2", "SM3", DnsStatus.STANDARD),
        (23, "ECC-GOST12", "GOST R 34.10-2012", "GOST R 34.11-2012", DnsStatus.STANDARD),
    ],
)
def test_an_algorithm_means_what_its_document_says(
    value: int, name: str, primitive: str, hashed: str | None, status: DnsStatus
) -> None:
    row = dnssec_algorithm(value)
    assert row is not None
    assert (row.name, row.primitive, row.hash, row.status) == (name, primitive, hashed, status)
    assert row.quantum_class is QuantumClass.TRADITIONAL


def test_no_algorithm_is_quantum_resistant_and_the_limit_says_so() -> None:
    classes = {row.quantum_class for row in dnssec_algorithms()}
    assert classes == {QuantumClass.TRADITIONAL, QuantumClass.NOT_PUBLIC_KEY, QuantumClass.UNKNOWN}
    limit = limit_of("DNSSEC")
    assert limit is not None
    assert limit.lacks == "post_quantum_signature"
    assert limit_of("TLS") is None


def test_what_nobody_lists_has_no_row() -> None:
    assert dnssec_algorithm(200) is None
    assert dns_number(DnsKind.DS_DIGEST, 200) is None


@pytest.mark.parametrize(
    ("kind", "value", "name", "quantum"),
    [
        (DnsKind.DS_DIGEST, 1, "SHA-1", QuantumClass.NOT_PUBLIC_KEY),
        (DnsKind.TLSA_USAGE, 3, "DANE-EE", QuantumClass.NOT_PUBLIC_KEY),
        (DnsKind.SSHFP_ALGORITHM, 4, "Ed25519", QuantumClass.NOT_PUBLIC_KEY),
        (DnsKind.HPKE_KEM, 0x20, "DHKEM(X25519, HKDF-SHA256)", QuantumClass.TRADITIONAL),
        (DnsKind.HPKE_KEM, 0x41, "ML-KEM-768", QuantumClass.POST_QUANTUM),
        (DnsKind.HPKE_KEM, 0x647A, "MLKEM768-X25519", QuantumClass.PQT_HYBRID),
    ],
)
def test_a_number_means_what_its_registry_says(kind: DnsKind, value: int, name: str, quantum: QuantumClass) -> None:
    row = dns_number(kind, value)
    assert row is not None
    assert (row.name, row.quantum_class) == (name, quantum)


def test_usual_selectors_are_names_of_one_label() -> None:
    assert usual_selectors()[:2] == ("default", "google")
    assert all(name.isascii() and "." not in name for name in usual_selectors())


def test_the_rows_of_this_test_are_right(tmp_path: Path) -> None:
    (algorithm,) = read_algorithms(written(tmp_path, "algorithm", ALGORITHM))
    assert algorithm.key_form is KeyForm.RSA
    (number,) = read_numbers(written(tmp_path, "number", NUMBER))
    assert number.quantum_class is QuantumClass.NOT_PUBLIC_KEY
    (limit,) = read_limits(written(tmp_path, "limit", LIMIT))
    assert limit.name == "DNSSEC"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"key_form": '"other"'}, "key_form is none of"),
        ({"key_form": '"whole"'}, "an oid goes with"),
        ({"oid": '"1.2.3"'}, "an oid goes with"),
        ({"value": "256"}, "value must be a whole number"),
    ],
)
def test_an_algorithm_that_cannot_be_is_refused(tmp_path: Path, change: dict[str, str], why: str) -> None:
    with pytest.raises(DataError, match=why):
        read_algorithms(written(tmp_path, "algorithm", ALGORITHM | change))


def test_what_signs_names_its_primitive(tmp_path: Path) -> None:
    row = {key: value for key, value in ALGORITHM.items() if key != "primitive"}
    with pytest.raises(DataError, match="names its primitive"):
        read_algorithms(written(tmp_path, "algorithm", row))


def test_a_number_has_one_row(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="a row already"):
        read_algorithms(written(tmp_path, "algorithm", ALGORITHM, ALGORITHM))
    with pytest.raises(DataError, match="of this kind already"):
        read_numbers(written(tmp_path, "number", NUMBER, NUMBER))


@pytest.mark.parametrize(
    "change",
    [{"quantum_class": '"traditional"'}, {"kind": '"hpke_kem"'}, {"quantum_class": '"much"'}],
    ids=["digest", "kem", "word"],
)
def test_a_class_goes_with_the_kind(tmp_path: Path, change: dict[str, str]) -> None:
    with pytest.raises(DataError, match="quantum_class"):
        read_numbers(written(tmp_path, "number", NUMBER | change))
