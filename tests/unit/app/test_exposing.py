"""The list of what comes first, from an inventory and what the register says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pqscan.app.exposing import Described, ExposureList, chosen_settings, expose
from pqscan.errors import UsageError
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.exposure import ExposureKind, ExposureSettings
from pqscan.readiness.figures import Category, Dimension
from pqscan.readiness.fixers import Fixer
from pqscan.readiness.order import Standing
from pqscan.readiness.system import Regime, Secrecy, System
from pqscan.readiness.years import AssetClass
from tests.golden.pieces import ROOT, SUB
from tests.golden.sample import sample

KEY, SIGNATURE = Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE
OWNERS = {
    "192.0.2.10": "DVC",
    "192.0.2.11": "MAIL",
    "192.0.2.12": "DVC",
    "192.0.2.13": "DVC",
    "192.0.2.14": "QS",
    "198.51.100.7": "MAT",
}
SYSTEMS = {
    "DVC": System("DVC", "Dịch vụ công", owner="U1", retention_years=20, regime=Regime.CIVIL),
    "MAIL": System("MAIL", "Thư", owner="U2", regime=Regime.CIVIL),
    "QS": System("QS", "Quân sự", owner="U3", regime=Regime.MILITARY),
    "MAT": System("MAT", "Mật", owner="U2", secrecy=Secrecy.SECRET, regime=Regime.CIPHER),
}


def system_of(target: Target) -> str | None:
    return OWNERS.get(target.address) if isinstance(target, NetworkTarget) else None


DESCRIBED = Described(SYSTEMS, system_of, (("DVC", "MAIL"),))


def listed(**more: object) -> ExposureList:
    return expose(sample(), DESCRIBED, **more)  # type: ignore[arg-type]


def test_every_purpose_of_every_target_has_one_place() -> None:
    found = listed()
    rows = [row for place in found.places for row in place.rows]
    assert [row.place for row in rows] == list(range(1, 23))  # 12 targets without the military one, two purposes each
    assert len({row.item.key for row in rows}) == 22
    assert sum(sum(kinds.values()) for kinds in found.counts.values()) == 22
    assert (found.targets, found.out_of_scope) == (12, 1)


def test_r08_nothing_is_told_of_a_military_target() -> None:
    found = listed(with_sensitivity=True)
    assert "192.0.2.14" not in repr(found.places) + repr(found.shifts)
    assert found.estate.figures(KEY, Dimension.REGIME)[1].counts == {Category.OUT_OF_ASSESSMENT: 1}


def test_rows_that_are_alike_but_for_their_target_stand_as_one_place() -> None:
    place = next(place for place in listed().places if len(place.rows) > 1 and place.item.system == "DVC")
    assert [row.item.target.address for row in place.rows if isinstance(row.item.target, NetworkTarget)] == [
        "192.0.2.12",
        "192.0.2.13",
    ]
    assert place.last - place.first + 1 == len(place.rows)


def test_state_secrets_are_listed_by_their_years_and_not_judged() -> None:
    place = next(place for place in listed().places if place.item.system == "MAT" and place.item.exposure.purpose is KEY)
    assert (place.item.exposure.kind, place.item.exposure.state) == (ExposureKind.OUTSIDE, None)
    assert place.item.pressure.standing is Standing.NOTHING
    assert place.fix is not None
    assert place.fix.fixer is Fixer.OUTSIDE


def test_r38_every_row_that_is_not_without_exposure_has_a_fixer() -> None:
    for place in listed().places:
        assert (place.fix is None) == (place.item.exposure.kind is ExposureKind.NONE)


def test_what_belongs_to_no_system_is_unknown_and_counted() -> None:
    found = expose(sample())
    assert found.without_system == 12
    assert ExposureKind.EXPOSED not in found.counts[KEY]
    assert found.counts[KEY][ExposureKind.UNKNOWN] > 0


def test_a_unit_sees_what_its_systems_hold() -> None:
    found = listed(units={"U1"})
    assert {place.item.system for place in found.places} == {"DVC"}
    assert found.targets == 3


def test_policies_press_by_purpose() -> None:
    """TLS 1.0 is overdue on the channel, RSA 1024 in the certificate: each presses its own purpose."""
    owners = Described({"A": System("A", "x", retention_years=1)}, lambda _target: "A")
    found = expose(sample(), owners)
    pressed = {
        (place.item.exposure.purpose, place.item.pressure.rule)
        for place in found.places
        if place.item.pressure.standing is Standing.OVERDUE
    }
    assert pressed == {(KEY, "nist-ir-8547-protocol_version"), (SIGNATURE, "nist-ir-8547-certificate_key")}
    assert found.places[0].item.pressure.standing is Standing.OVERDUE


def test_a_chosen_year_changes_what_is_exposed_and_sensitivity_shows_it() -> None:
    def exposed(year: int) -> int:
        return listed(settings=ExposureSettings(year)).counts[KEY].get(ExposureKind.EXPOSED, 0)

    assert exposed(2035) > exposed(2099) == 0
    found = listed(with_sensitivity=True)
    assert found.shift_years == (2035, 2030, 2040)
    assert len(found.shifts) == 22
    assert all(sorted(shift.places[column] for shift in found.shifts) == list(range(1, 23)) for column in range(3))


def test_r17_only_what_is_assessed_shows_in_the_certificates_that_outlive_the_year() -> None:
    assert listed().outliving == (ROOT, SUB)
    secret = {code: replace(system, secrecy=Secrecy.SECRET) for code, system in SYSTEMS.items()}
    assert expose(sample(), Described(secret, lambda _target: "DVC")).outliving == ()


def test_figures_can_be_recounted_from_rows() -> None:
    estate = listed().estate
    split = estate.split(KEY)
    assert split.whole == 12
    assert sum(len(estate.rows(figure)) for figure in split.regimes) == 12


def test_the_same_inventory_gives_the_same_list() -> None:
    assert listed().places == listed().places


@pytest.mark.parametrize("word", ["vpn", "vpn=", "vpn=x", "plane=3", "vpn=-1", "vpn=99999", "vpn=²"])
def test_migration_years_that_cannot_be_read_are_refused(word: str) -> None:
    with pytest.raises(UsageError, match="CLASS=YEARS"):
        chosen_settings(migration_years=[word])


def test_chosen_years_are_read() -> None:
    settings = chosen_settings(2040, ["vpn=2", "database=9"])
    assert settings == ExposureSettings(2040, {AssetClass.VPN: 2, AssetClass.DATABASE: 9})
    assert chosen_settings().quantum_year == 2035


def test_a_target_whose_state_is_unknown_is_not_low() -> None:
    rows = [row.item for place in listed().places for row in place.rows]
    unknown = [item for item in rows if item.exposure.state is State.UNKNOWN]
    assert unknown
    assert {item.exposure.kind for item in unknown} == {ExposureKind.UNKNOWN}
    assert sample().as_of == date(2026, 11, 22)
