"""The words of CycloneDX: every one of them, as the schema that its own library ships has them."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from pqscan.errors import DataError
from pqscan.registry import cyclonedx


def schema(name: str) -> Any:  # What JSON holds.
    return json.loads((files("cyclonedx") / "schema" / "_res" / name).read_text("utf-8"))


def test_the_families_and_curves_are_those_of_the_official_schema() -> None:
    told = schema("cryptography-defs.SNAPSHOT.schema.json")["definitions"]
    assert {row.name for row in cyclonedx.families()} == set(told["algorithmFamiliesEnum"]["enum"])
    assert {row.name for row in cyclonedx.curves()} == set(told["ellipticCurvesEnum"]["enum"])


def test_the_primitives_are_those_of_the_official_schema() -> None:
    told = schema("bom-1.7.SNAPSHOT.schema.json")["definitions"]["cryptoProperties"]["properties"]["algorithmProperties"]
    assert set(cyclonedx.PRIMITIVES) == set(told["properties"]["primitive"]["enum"])
    older = schema("bom-1.6.SNAPSHOT.schema.json")["definitions"]["cryptoProperties"]["properties"]["algorithmProperties"]
    assert set(cyclonedx.PRIMITIVES) - cyclonedx.SINCE_1_7 == set(older["properties"]["primitive"]["enum"])


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("camellia", "CAMELLIA"),
        ("HashML-DSA", "ML-DSA"),
        ("GOSTR3410", "GOST"),
        ("CAST-128", "CAST5"),
        ("Kyber", None),
        ("hybrid", None),
    ],
)
def test_a_family_is_found_by_ours(spelling: str, name: str | None) -> None:
    found = cyclonedx.family_like(spelling)
    assert (None if found is None else found.name) == name


def test_of_a_curve_in_several_collections_the_preferred_one_is_found() -> None:
    found = cyclonedx.curve_of_oid("1.2.840.10045.3.1.7")
    assert found is not None
    assert found.name == "nist/P-256"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ('[[family]]\nname = "A"\nprimitives = ["sieve"]\nreference = "x"', "primitives"),
        ('[[family]]\nname = "A"\nprimitives = ["mac"]\nreference = "x"\n' * 2, "already"),
        ('[[family]]\nname = "A"\nprimitives = ["mac"]', "reference"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "cyclonedx.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=wrong):
        cyclonedx.read_families(path)


def test_a_curve_without_its_collection_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cyclonedx.toml"
    path.write_text('[[curve]]\nname = "P-256"\nreference = "x"', encoding="utf-8")
    with pytest.raises(DataError, match="collection"):
        cyclonedx.read_curves(path)
