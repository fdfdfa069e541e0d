"""Classical strength: NIST's rows, the lower row between two, one figure for one curve in every table."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.oids import object_identifiers
from pqscan.registry.strength import curve_strength, elliptic_strength, integer_strength, read_steps
from pqscan.registry.tls import named_groups


@pytest.mark.parametrize(
    ("size", "strength"),
    [(512, None), (1023, None), (1024, 80), (2047, 80), (2048, 112), (3072, 128), (4096, 128), (7680, 192), (16384, 256)],
)
def test_a_modulus_has_the_strength_of_the_largest_row_not_above_it(size: int, strength: int | None) -> None:
    assert integer_strength(size) == strength


@pytest.mark.parametrize(("size", "strength"), [(112, None), (160, 80), (224, 112), (252, 112), (256, 128), (384, 192), (521, 256)])
def test_an_elliptic_curve_has_the_strength_of_the_largest_row_not_above_it(size: int, strength: int | None) -> None:
    assert elliptic_strength(size) == strength


@pytest.mark.parametrize(
    ("name", "strength"),
    [("P-256", 128), ("prime256v1", 128), ("X25519", 128), ("x448", 224), ("secp521r1", 256), ("secp112r1", 56), ("nothing", None)],
)
def test_a_curve_is_known_by_any_of_its_names(name: str, strength: int | None) -> None:
    assert curve_strength(name) == strength


def test_one_curve_has_one_strength_in_every_table() -> None:
    groups = {group.name: group.classical_bits for group in named_groups() if group.kind == "ecdh"}
    rows = [row for row in object_identifiers() if row.kind == "curve" and row.name in groups]
    assert len(rows) > 20
    assert {row.name: row.bits for row in rows} == {row.name: groups[row.name] for row in rows}


def test_finite_field_groups_are_as_strong_as_their_size() -> None:
    groups = [group for group in named_groups() if group.kind == "ffdh" and group.client_share_bytes]
    assert len(groups) == 5
    assert all(group.classical_bits == integer_strength(8 * (group.client_share_bytes or 0)) for group in groups)


def test_rows_that_do_not_rise_or_have_no_source_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "strength.toml"
    row = '[[integer_strength]]\nleast_bits = {}\nstrength_bits = {}\nreference = "NIST"\n'
    path.write_text(row.format(2048, 112) + row.format(1024, 128), encoding="utf-8")
    with pytest.raises(DataError, match="integer_strength 2: sizes and strengths must rise"):
        read_steps("integer_strength", path)
    path.write_text(row.format(2048, 112).replace("NIST", ""), encoding="utf-8")
    with pytest.raises(DataError, match="integer_strength 1: it has no reference"):
        read_steps("integer_strength", path)
