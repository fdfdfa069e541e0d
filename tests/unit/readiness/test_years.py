"""The years that exposure is computed from: every row has a source or says that it is an assumption."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.locale.templates import reason_templates
from pqscan.readiness.system import DataClass, Secrecy, System, SystemKind
from pqscan.readiness.years import (
    AssetClass,
    asset_class,
    migration_years,
    protection_periods,
    quantum_years,
    retentions,
)

ROW = '[[quantum_year]]\nid = "2035"\nyear = 2035\ndefault = true\n'


def write(path: Path, text: str) -> Path:
    found = path / "rows.toml"
    found.write_text(text, "utf-8")
    return found


def test_the_levels_last_thirty_twenty_and_ten_years_and_are_to_be_verified() -> None:
    periods = protection_periods()
    assert {level: periods[level].years for level in periods} == {
        Secrecy.TOP_SECRET: 30,
        Secrecy.SECRET: 20,
        Secrecy.CONFIDENTIAL: 10,
    }
    assert all(row.is_unverified and row.extension_years == row.years for row in periods.values())


def test_no_years_are_made_up_for_a_class_of_data() -> None:
    assert {row.data_class or row.system_kind: row.years for row in retentions()} == {
        DataClass.PUBLIC: 0,
        DataClass.PRIVATE: None,
        DataClass.BASIC_PERSONAL: None,
        DataClass.SENSITIVE_PERSONAL: None,
        SystemKind.ARCHIVE: None,
    }


def test_the_years_shown_are_2030_2035_and_2040_and_2035_counts_by_default() -> None:
    assert [(row.year, row.is_default) for row in quantum_years()] == [(2030, False), (2035, True), (2040, False)]


def test_every_asset_class_has_its_years_and_words() -> None:
    assert {row.asset for row in migration_years()} == set(AssetClass)
    assert all(row.is_assumption and row.reference for row in migration_years())
    words = reason_templates()
    assert {f"y_from_{asset.value}" for asset in AssetClass} <= words.keys()
    assert {f"z_from_{row.id}" for row in quantum_years()} <= words.keys()


@pytest.mark.parametrize(
    ("system", "asset"),
    [
        (None, AssetClass.TLS_SERVER),
        (System("a", "A"), AssetClass.TLS_SERVER),
        (System("a", "A", kind=SystemKind.SIGNING), AssetClass.PKI_ROOT),
        (System("a", "A", kind=SystemKind.NATIONAL_DATABASE), AssetClass.DATABASE),
        (System("a", "A", kind=SystemKind.INTERNAL), AssetClass.APPLICATION),
        (System("a", "A", kind=SystemKind.INTERNAL, categories=("category:Network",)), AssetClass.VPN),
        (System("a", "A", kind=SystemKind.ARCHIVE), AssetClass.ARCHIVE),
        (System("a", "A", categories=("software_signing",)), AssetClass.FIRMWARE),
    ],
)
def test_a_category_tells_the_class_before_the_kind_does(system: System | None, asset: AssetClass) -> None:
    assert asset_class(system, migration_years()).asset is asset


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("", "no reference"),
        ('reference = "a plan"\n', "verified"),
        ("assumption = true\n", "no reference"),
        ('reference = "a plan"\nverified_on = 2026-11-29\nforecast = true\n', "forecast"),
    ],
)
def test_a_row_without_a_source_is_refused(tmp_path: Path, row: str, wrong: str) -> None:
    with pytest.raises(DataError, match=wrong):
        quantum_years(write(tmp_path, ROW + row))


@pytest.mark.parametrize("row", ['reference = "a plan"\nverified_on = 2026-11-29\n', 'reference = "a plan"\nassumption = true\n'])
def test_a_verified_row_and_an_assumption_are_read(tmp_path: Path, row: str) -> None:
    assert quantum_years(write(tmp_path, ROW + row))[0].year == 2035


def test_a_level_without_a_period_and_two_defaults_are_refused(tmp_path: Path) -> None:
    level = '[[secrecy]]\nlevel = "secret"\nyears = 20\nextension_years = 20\ncarried_over = "yes"\n'
    level += 'assumption = true\nreference = "x"\n'
    with pytest.raises(DataError, match="top_secret, confidential"):
        protection_periods(write(tmp_path, level))
    row = ROW + 'assumption = true\nreference = "x"\n'
    (tmp_path / "two.toml").write_text(row + row.replace('"2035"', '"2036"'), "utf-8")
    with pytest.raises(DataError, match="one row must"):
        quantum_years(tmp_path / "two.toml")


def test_a_retention_row_must_say_of_what_it_speaks(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="data_class or a system_kind"):
        retentions(write(tmp_path, '[[retention]]\nid = "x"\nassumption = true\nreference = "x"\n'))
