"""Algorithms by name: one meaning for each spelling, whatever its case, and a source for every row."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.policy.families import family_of
from pqscan.registry.algorithms import Function, algorithms, by_name, read_algorithms
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.spellings import spelled

ROW = """
[[algorithm]]
name = "ML-KEM-768"
family = "ML-KEM"
primitive = "kem"
functions = ["key_establishment"]
quantum_class = "post_quantum"
nist_category = 3
reference = "FIPS 203"
"""


def test_every_shipped_row_names_a_source() -> None:
    assert len(algorithms()) > 140
    assert all(row.references for row in algorithms())


@pytest.mark.parametrize(
    ("spelling", "name", "function"),
    [
        ("sha256", "SHA-256", Function.HASH),
        ("SHA_1", "SHA-1", Function.HASH),
        ("desede", "3DES", Function.ENCRYPTION),
        ("mlkem768", "ML-KEM-768", Function.KEY_ESTABLISHMENT),
        ("rsassa-pss", "RSA-PSS", Function.SIGNATURE),
        ("SLH_DSA_SHA2_128S", "SLH-DSA-SHA2-128s", Function.SIGNATURE),
        ("x25519-mlkem768", "X25519MLKEM768", Function.KEY_ESTABLISHMENT),
    ],
)
def test_a_spelling_has_its_algorithm(spelling: str, name: str, function: Function) -> None:
    row = by_name(spelling)
    assert row is not None
    assert (row.name, row.functions[0]) == (name, function)


def test_a_word_that_no_row_has_is_none() -> None:
    assert by_name("designer") is None


def test_what_a_classical_computer_breaks_is_not_called_resistant() -> None:
    assert {row.quantum_class for row in algorithms() if "broken" in row.weak} == {
        QuantumClass.UNKNOWN,
        QuantumClass.NOT_PUBLIC_KEY,
    }


def test_a_hybrid_names_parts_of_which_one_resists() -> None:
    for row in algorithms():
        if row.components:
            parts = [spelled(part) for part in row.components]
            assert {part.algorithm.quantum_class for part in parts if part} == {
                QuantumClass.TRADITIONAL,
                QuantumClass.POST_QUANTUM,
            }, row.name


def test_a_post_quantum_row_has_a_family_that_policies_know() -> None:
    assert {family_of(row.name) for row in algorithms() if row.family in ("ML-KEM", "ML-DSA", "SLH-DSA")} == {
        "ML-KEM",
        "ML-DSA",
        "SLH-DSA",
    }


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (ROW + ROW, "already"),
        (ROW.replace('"kem"', '"magic"'), "primitive"),
        (ROW.replace('["key_establishment"]', '["magic"]'), "functions"),
        (ROW.replace('"post_quantum"', '"pqt_hybrid"'), "components"),
        (ROW.replace('reference = "FIPS 203"', ""), "reference"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, wrong: str, word: str) -> None:
    path = tmp_path / "algorithms.toml"
    path.write_text(wrong)
    with pytest.raises(DataError, match=word):
        read_algorithms(path)
