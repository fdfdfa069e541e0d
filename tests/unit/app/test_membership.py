"""Which of the register's systems a target belongs to, and what a report of one unit holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pqscan.app import assess
from pqscan.app.membership import membership_of, registered, systems_of
from pqscan.errors import UsageError
from pqscan.model.outcome import OutcomeStatus
from pqscan.policy.state import State
from pqscan.readiness.changes import Change
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.register import Register
from pqscan.readiness.system import Regime, Secrecy, System
from pqscan.readiness.tagged import Tagged
from pqscan.readiness.unit import Unit
from pqscan.store.repository import Store
from tests.unit.store.people import an_act
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

SYSTEMS = (
    System("A", "A", owner="STC", scope=("192.0.2.1",)),
    System("B", "B", owner="UBND", operator="STC", scope=("192.0.2.2",)),
    System("C", "C", owner="UBND", scope=("192.0.2.3",)),
    System("D", "D", owner="X", scope=("192.0.2.4", "192.0.2.5")),
    System("E", "E", owner="X", scope=("192.0.2.5",)),
    System("F", "F", owner="X", scope=("192.0.2.6",), secrecy=Secrecy.SECRET),
    System("G", "G", owner="X", scope=("192.0.2.7",), regime=Regime.MILITARY),
)
UNITS = (Unit("UBND", "UBND"), Unit("STC", "STC", superior="UBND"), Unit("X", "X"))
REGISTER = Register(units={unit.code: unit for unit in UNITS}, systems={system.code: system for system in SYSTEMS})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.open(str(tmp_path / "store.sqlite"), read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        outcomes = [an_outcome(a_target(number), a_profile("X")) for number in range(1, 9)]
        opened.commit(a_batch(*outcomes, cursor=8, counts={OutcomeStatus.COMPLETED: 8}))
        changes = [Change("system", system.code, None, SHEETS["system"].document(system)) for system in SYSTEMS]
        opened.change_register(changes, an_act())
    return Store.open(str(tmp_path / "store.sqlite"), read_certificate=read_certificate)


def test_a_target_that_two_systems_claim_alike_belongs_to_neither() -> None:
    member = membership_of(REGISTER)
    assert member is not None
    found = {number: known.system if (known := member(a_target(number))) is not None else None for number in range(1, 9)}
    assert found == {1: "A", 2: "B", 3: "C", 4: "D", 5: None, 6: "F", 7: "G", 8: None}


def test_a_unit_answers_for_what_those_under_it_own_or_run() -> None:
    assert set(systems_of(REGISTER, unit="UBND")) == {"A", "B", "C"}
    assert set(systems_of(REGISTER, unit="STC")) == {"A", "B"}
    assert set(systems_of(REGISTER, system="C")) == {"C"}


def test_a_system_claims_by_tag_what_nothing_else_names() -> None:
    by_tag = System("T", "T", owner="X", scope=("tag:web",))
    places = (Tagged("192.0.2.0/29:443", ("web", "other")), Tagged("192.0.2.0/29", ("other",)))
    register = replace(REGISTER, systems={**REGISTER.systems, "T": by_tag}, tagged={one.place: one for one in places})
    member = membership_of(register)
    assert member is not None
    found = [None if (known := member(a_target(number))) is None else known.system for number in (1, 7, 8)]
    assert found == ["A", "G", None]  # An address stands above a tag; the eighth lies outside of what bears it.
    systems = {code: system for code, system in register.systems.items() if code != "A"}
    member = membership_of(replace(register, systems=systems))
    assert member is not None
    borne = member(a_target(1))
    assert borne is not None
    assert borne.system == "T"
    assert membership_of(replace(register, systems=systems, tagged={}))(a_target(1)) is None  # type: ignore[misc]


@pytest.mark.parametrize("chosen", [{"unit": "Y"}, {"system": "Y"}])
def test_a_code_that_is_none_is_refused(chosen: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="the register has no"):
        systems_of(REGISTER, **chosen)


def test_an_inventory_is_judged_by_the_store_s_own_register(store: Store) -> None:
    found = {each.sighting.target: each for each in assess(store).targets()}
    assert [found[a_target(number)].system for number in (1, 5, 8)] == ["A", None, None]
    outside = {number: found[a_target(number)].key_establishment for number in (6, 7)}
    assert {each.state for each in outside.values()} == {State.OUTSIDE}
    assert [outside[number].reasons[0].code for number in (6, 7)] == ["outside_assessment", "outside_regime"]


def test_within_some_systems_nothing_of_others_is_counted(store: Store) -> None:
    inventory = assess(store, within=["A", "F"])
    assert [each.system for each in inventory.targets()] == ["A", "F"]
    assert (inventory.coverage.attempted, inventory.coverage.by_status) == (2, {OutcomeStatus.COMPLETED: 2})
    assert list(assess(store, within=[]).targets()) == []


def test_a_store_without_a_system_has_no_membership(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "empty.sqlite")) as empty:
        assert registered(empty) is None
        assert list(assess(empty, within=["A"]).targets()) == []
