"""What stands beside an inventory that is handed in: from the register, from a file, from a sealed snapshot of the same facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pqscan.app.answerable import head_on, systems_of, unit_of
from pqscan.app.assessment import assess
from pqscan.app.figures import inventory_figures
from pqscan.app.first_places import first_places
from pqscan.app.handing_in import Beside, with_readiness
from pqscan.app.sealing import SealRequest, seal_snapshot
from pqscan.app.snapshot_shelf import FolderShelf
from pqscan.errors import UsageError
from pqscan.locale import translator
from pqscan.model.outcome import OutcomeStatus
from pqscan.readiness.budget import Budget, BudgetState
from pqscan.readiness.changes import Document
from pqscan.readiness.classification import Classification, Mark
from pqscan.readiness.figure_names import faults
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.product import Origin, Product
from pqscan.readiness.register import Register
from pqscan.readiness.system import DataClass, Hosting, Regime, Stage, System
from pqscan.readiness.training import Training
from pqscan.readiness.unit import Head, Unit
from pqscan.report import Marking
from pqscan.store.repository import Store
from tests.unit.readiness.sealing_samples import NOW, YEAR, key_of
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

ENTRIES: Mapping[str, Mapping[str, Document]] = {
    "unit": {
        "DU-01": {"code": "DU-01", "name": "Đảng uỷ X", "kind": "party", "domains": ["x.example"], "valid_from": "2025-07-01"},
    },
    "head": {
        "a": {"unit": "DU-01", "name": "Nguyễn Thị Hoà", "title": "Bí thư", "since": "2025-07-01", "until": "2026-06-30"},
        "b": {"unit": "DU-01", "name": "Trần Văn Bình", "title": "Bí thư", "since": "2026-07-01"},
        "c": {"unit": "DU-02", "name": "Lê Thị Mai", "title": "Bí thư", "since": "2025-07-01", "until": None},
    },
    "system": {
        "HT-02": {"code": "HT-02", "name": "B", "owner": "DU-02"},
        "HT-01": {"code": "HT-01", "name": "A", "owner": "DU-01", "level": 3, "regime": "civil", "data_classes": ["public"],
                  "hosting": "cloud", "expected_on": "2027-03-01", "scope": ["*.x.example"], "is_critical": True},
    },
}  # fmt: skip


class Registered:
    """A store with a register, as far as it is asked here."""

    def register(self) -> Mapping[str, Mapping[str, Document]]:
        return ENTRIES


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "store.sqlite"), read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        found = [an_outcome(a_target(number), a_profile("X")) for number in range(1, 8)]
        opened.commit(a_batch(*found, cursor=7, counts={OutcomeStatus.COMPLETED: 7}))
        yield opened


def test_a_unit_and_its_systems_are_read_as_they_were_stored() -> None:
    unit = unit_of(ENTRIES, "DU-01")
    assert unit is not None
    assert (unit.name, unit.domains, unit.valid_from) == ("Đảng uỷ X", ("x.example",), date(2025, 7, 1))
    assert systems_of(ENTRIES, "DU-01") == (
        System("HT-01", "A", owner="DU-01", level=3, regime=Regime.CIVIL, data_classes=frozenset({DataClass.PUBLIC}),
               hosting=Hosting.CLOUD, expected_on=date(2027, 3, 1), scope=("*.x.example",), is_critical=True),
    )  # fmt: skip


@pytest.mark.parametrize(("day", "name"), [(date(2026, 6, 30), "Nguyễn Thị Hoà"), (date(2026, 7, 1), "Trần Văn Bình")])
def test_r15_the_head_is_who_headed_the_unit_on_that_day(day: date, name: str) -> None:
    head = head_on(ENTRIES, "DU-01", day)
    assert head is not None
    assert head.name == name
    assert head_on(ENTRIES, "DU-01", date(2025, 6, 30)) is None


def test_a_damaged_record_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="damaged"):
        systems_of({"system": {"x": {"code": "x", "name": "X", "regime": "none"}}}, "DU-01")


def test_the_register_gives_head_systems_and_figures(store: Store) -> None:
    view = with_readiness(assess(store), Registered(), Beside("DU-01")).readiness
    assert view is not None
    assert view.unit is not None
    assert view.figures["systems.total"] == 1
    assert view.figures["targets.total"] == 7
    with pytest.raises(UsageError, match="no unit"):
        with_readiness(assess(store), Registered(), Beside("DU-09"))


def test_the_digest_of_a_seal_is_printed_only_beside_the_facts_that_it_seals(store: Store, tmp_path: Path) -> None:
    head = Head("DU-01", "Nguyễn Thị Hoà", "Bí thư", date(2025, 7, 1))
    made = seal_snapshot(
        assess(store, generated_at=NOW),
        SealRequest(Unit("DU-01", "X"), head, YEAR),
        key_of("DU-01"),
        FolderShelf(tmp_path / "s"),
        NOW,
    )
    path = tmp_path / "unit.pqsnap"
    path.write_bytes(made.encode())
    view = with_readiness(assess(store), store, Beside(snapshot=path)).readiness
    assert view is not None
    assert (view.snapshot, view.head and view.head.name) == (made.seal.digest, "Nguyễn Thị Hoà")
    store.commit(a_batch(an_outcome(a_target(9), a_profile("X")), cursor=8, counts={OutcomeStatus.COMPLETED: 1}))
    with pytest.raises(UsageError, match="no longer gives the facts"):
        with_readiness(assess(store), store, Beside(snapshot=path))


def registered(*records: tuple[str, object]) -> object:
    """A store whose register holds these beside the entries above."""
    entries: dict[str, dict[str, Document]] = {kind: dict(documents) for kind, documents in ENTRIES.items()}
    for kind, record in records:
        sheet = SHEETS[kind]
        entries.setdefault(kind, {})[sheet.code(record)] = sheet.document(record)

    class Kept:
        def register(self) -> Mapping[str, Mapping[str, Document]]:
            return entries

    return Kept()


DECIDED = Classification("BC-1", "Báo cáo", Mark.SECRET, Mark.CONFIDENTIAL, "Trần Văn Bình", "5-QĐ/ĐU", date(2026, 10, 1))


def test_a_mark_comes_from_a_recorded_decision_alone(store: Store) -> None:
    inventory = assess(store, as_of=date(2026, 10, 1), generated_at=datetime(2026, 10, 1, tzinfo=UTC))
    kept = registered(("classification", DECIDED))

    def marking(store: object, code: str | None) -> Marking | None:
        view = with_readiness(inventory, store, Beside(classification=code)).readiness
        assert view is not None
        return view.marking

    assert marking(kept, None) is None
    assert marking(kept, "BC-1") == Marking(Mark.CONFIDENTIAL, "Trần Văn Bình", "5-QĐ/ĐU", date(2026, 10, 1))
    with pytest.raises(UsageError, match="no classification"):
        marking(kept, "BC-2")
    proposed = Classification("BC-1", "Báo cáo", Mark.SECRET)
    with pytest.raises(UsageError, match="not decided"):
        marking(registered(("classification", proposed)), "BC-1")
    with pytest.raises(UsageError, match="decided only as of"):
        marking(registered(("classification", replace(DECIDED, decided_on=date(2026, 10, 2)))), "BC-1")


def figures_of(store: Store, *records: tuple[str, object], unit: str | None = None) -> Mapping[str, int]:
    view = with_readiness(assess(store, as_of=date(2026, 11, 29)), registered(*records), Beside(unit)).readiness
    assert view is not None
    return view.figures


def test_r22_the_register_is_the_denominator_of_coverage(store: Store) -> None:
    units = [
        ("unit", Unit("DU-01", "X", ranges=("192.0.2.0/29", "198.51.100.0/24"))),
        ("unit", Unit("DU-02", "Y", domains=("y.example",))),
    ]
    systems = [
        ("system", System("S1", "S1", owner="DU-01", scope=("192.0.2.1",))),
        ("system", System("S2", "S2", owner="DU-01", scope=("198.51.100.0/24",))),
        ("system", System("S3", "S3", owner="DU-02", scope=("192.0.2.2", "192.0.2.3"))),
        ("system", System("S4", "S4", owner="DU-02", scope=("192.0.2.3",))),
        ("system", System("S5", "S5", owner="DU-01", stage=Stage.PLANNED)),
    ]
    of_all = figures_of(store, *units, *systems)
    assert [of_all[f"system_seen.{part}"] for part in ("seen", "never_seen", "not_running", "outside")] == [2, 4, 1, 0]
    assert [of_all[f"belonging.{part}"] for part in ("in_a_system", "in_no_system", "tied")] == [2, 4, 1]
    assert [of_all[f"place.{part}"] for part in ("asked", "in_part", "unknown")] == [0, 1, 2]
    of_one = figures_of(store, *units, *systems, unit="DU-01")
    assert [of_one[f"system_seen.{part}"] for part in ("seen", "never_seen", "not_running", "outside")] == [1, 2, 1, 0]
    assert [of_one[f"place.{part}"] for part in ("asked", "in_part", "unknown")] == [0, 1, 1]
    assert list(faults(of_all)) == list(faults(of_one)) == []


def test_r28_r29_money_and_training_of_the_year_come_from_the_register(store: Store) -> None:
    records = [
        ("budget", Budget("DU-01", 2026, 1000, 150, 20)),
        ("budget", Budget("DU-01", 2025, 7, 7, 7)),
        ("budget", Budget("DU-02", 2026, 5000)),  # The whole alone is no share, and makes no other's smaller.
        ("unit", Unit("DU-02", "Y")),
        ("training", Training("DU-01", 2026, "A", 40, 30)),
        ("training", Training("DU-01", 2026, "B", 40, 35)),
        ("training", Training("DU-01", 2026, "C", 90)),
        ("product", Product("P", "P", Regime.CIVIL, origin=Origin.DOMESTIC, systems=("HT-01",))),
        ("product", Product("Q", "Q", Regime.CIVIL)),
    ]
    of_all = figures_of(store, *records)
    assert (of_all["budget.it_total"], of_all["budget.security"], of_all["budget.post_quantum"]) == (1000, 150, 20)
    assert [of_all[f"budget_state.{state.value}"] for state in BudgetState] == [1, 0, 1]
    assert (of_all["training.headcount"], of_all["training.trained"]) == (40, 35)
    assert (of_all["product_origin.domestic"], of_all["product_origin.unknown"]) == (1, 1)
    assert [of_all[f"product_regime.{regime.value}"] for regime in Regime] == [0, 0, 0, 2]
    of_other = figures_of(store, *records, unit="DU-02")
    assert "budget.it_total" not in of_other
    assert "training.headcount" not in of_other
    assert (of_other["budget_state.no_figures"], of_other["budgets.total"]) == (1, 1)
    assert "products.total" not in of_other


def test_r31_a_service_that_is_listed_twice_or_claimed_twice_is_not_clean(store: Store) -> None:
    assert inventory_figures(assess(store))["quality.clean"] == 7
    by_name = replace(a_target(1), server_name="www.x.example")
    other = replace(a_target(2), server_name="www.y.example")
    found = [an_outcome(by_name, a_profile("X")), an_outcome(other, a_profile("Y"))]
    store.commit(a_batch(*found, cursor=9, counts={OutcomeStatus.COMPLETED: 2}))
    figures = inventory_figures(assess(store))
    assert (figures["quality.rows"], figures["quality.clean"]) == (9, 7)  # The first and its name answer alike; the second do not.
    tied = inventory_figures(assess(store), {a_target(7), a_target(1)})
    assert tied["quality.clean"] == 6


def test_the_first_places_state_the_assumed_year_and_need_a_register(store: Store) -> None:
    view = with_readiness(assess(store, as_of=date(2026, 11, 29)), registered(), Beside()).readiness
    assert view is not None
    assert view.first is not None
    assert view.first.quantum_year == 2035
    assert view.first.places
    assert all("2035" in translator("en").render(place.reasons[0]) or len(place.reasons) > 1 for place in view.first.places)
    assert first_places(assess(store), Register()) is None
