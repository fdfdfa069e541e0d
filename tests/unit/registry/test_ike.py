"""The numbers of IKE: what the shipped rows say, and what the reader refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.ike import IkeKind, IkeStatus, ike_number, ike_numbers
from pqscan.registry.ike_tables import read_ike_numbers
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.strength import curve_strength, integer_strength

ROW = {
    "version": "2",
    "kind": '"key_exchange"',
    "value": "31",
    "name": '"curve25519"',
    "quantum_class": '"traditional"',
    "status": '"standard"',
    "components": '["X25519"]',
    "reference": '"RFC 1"',
}


def written(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "rows.toml"
    path.write_text("".join("[[number]]\n" + "".join(f"{key} = {value}\n" for key, value in row.items()) for row in rows))
    return path


@pytest.mark.parametrize(
    ("version", "kind", "value", "name", "quantum_class", "components"),
    [
        (2, IkeKind.KEY_EXCHANGE, 35, "ML-KEM-512", QuantumClass.POST_QUANTUM, ("ML-KEM-512",)),
        (2, IkeKind.KEY_EXCHANGE, 36, "ML-KEM-768", QuantumClass.POST_QUANTUM, ("ML-KEM-768",)),
        (2, IkeKind.KEY_EXCHANGE, 37, "ML-KEM-1024", QuantumClass.POST_QUANTUM, ("ML-KEM-1024",)),
        (2, IkeKind.KEY_EXCHANGE, 31, "curve25519", QuantumClass.TRADITIONAL, ("X25519",)),
        (2, IkeKind.KEY_EXCHANGE, 14, "MODP-2048", QuantumClass.TRADITIONAL, ("modp2048",)),
        (2, IkeKind.KEY_EXCHANGE, 24, "MODP-2048-256", QuantumClass.TRADITIONAL, ("modp2048s256",)),
        (2, IkeKind.KEY_EXCHANGE, 1077, "SIKE-L1", QuantumClass.UNKNOWN, ("SIKE-L1",)),
        (2, IkeKind.KEY_EXCHANGE, 65002, "ML-KEM-768", QuantumClass.UNKNOWN, ()),
        (2, IkeKind.ENCRYPTION, 20, "ENCR_AES_GCM_16", QuantumClass.NOT_PUBLIC_KEY, ()),
        (2, IkeKind.AUTH_METHOD, 1, "RSA Digital Signature", QuantumClass.TRADITIONAL, ("RSA",)),
        (2, IkeKind.AUTH_METHOD, 2, "Shared Key Message Integrity Code", QuantumClass.NOT_PUBLIC_KEY, ()),
        (2, IkeKind.AUTH_METHOD, 14, "Digital Signature", QuantumClass.UNKNOWN, ()),
        (2, IkeKind.NOTIFY, 16438, "INTERMEDIATE_EXCHANGE_SUPPORTED", QuantumClass.NOT_PUBLIC_KEY, ()),
        (1, IkeKind.KEY_EXCHANGE, 2, "MODP-1024", QuantumClass.TRADITIONAL, ("modp1024",)),
        (1, IkeKind.HASH, 2, "SHA", QuantumClass.NOT_PUBLIC_KEY, ()),
    ],
)
def test_a_number_means_what_its_document_says(
    version: int, kind: IkeKind, value: int, name: str, quantum_class: QuantumClass, components: tuple[str, ...]
) -> None:
    row = ike_number(kind, value, version=version)
    assert row is not None
    assert (row.name, row.quantum_class, row.components) == (name, quantum_class, components)


def test_a_number_that_no_source_lists_has_no_row() -> None:
    assert ike_number(IkeKind.KEY_EXCHANGE, 38) is None
    assert ike_number(IkeKind.HASH, 2) is None


def test_nothing_of_ikev1_is_current() -> None:
    assert {row.status for row in ike_numbers() if row.version == 1} == {IkeStatus.OBSOLETE}


def test_the_strength_of_a_curve_or_modulus_is_the_one_of_every_other_table() -> None:
    for row in ike_numbers():
        for part in row.components if row.classical_bits is not None else ():
            modulus = part.removeprefix("modp").partition("s")[0]
            expected = integer_strength(int(modulus)) if part.startswith("modp") else curve_strength(part)
            assert expected in (None, row.classical_bits), row.name


def test_a_modp_value_is_as_long_as_its_modulus() -> None:
    for row in ike_numbers():
        if row.components and row.components[0].startswith("modp"):
            assert row.initiator_bytes == row.responder_bytes == int(row.components[0][4:].partition("s")[0]) // 8, row.name


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"reference": '""'}, "no reference"),
        ({"version": "3"}, "from 1 to 2"),
        ({"kind": '"encryption"'}, "does not go with"),
        ({"kind": '"hash"', "quantum_class": '"not_public_key"'}, "is of IKEv1"),
        ({"kind": '"exchange_type"', "quantum_class": '"not_public_key"', "value": "256"}, "has one byte"),
        ({"quantum_class": '"post_quantum"', "classical_bits": "128"}, "classical_bits"),
        ({"nist_category": "3"}, "nist_category"),
        ({"components": "[]"}, "names its component"),
        ({"initiator_bytes": "32"}, "and not of the other"),
        ({"key_bits": "[128]"}, "key_bits is of ciphers"),
        ({"weak": '["old"]'}, "weak names old"),
        ({"group": "31"}, "means nothing here"),
    ],
)
def test_a_row_that_cannot_be_true_is_refused(tmp_path: Path, change: dict[str, str], complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        read_ike_numbers(written(tmp_path, ROW | change))


def test_a_number_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="already"):
        read_ike_numbers(written(tmp_path, ROW, ROW))
    assert len(read_ike_numbers(written(tmp_path, ROW, ROW | {"version": "1"}))) == 2


def test_the_table_is_read_only_when_asked_for() -> None:
    code = "import pqscan.registry.ike as ike; print(ike.ike_numbers.cache_info().misses)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "0"
