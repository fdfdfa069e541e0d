"""What stands beside an inventory that is handed in: from the register, from a file, from a sealed snapshot of the same facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from pqscan.app.answerable import head_on, systems_of, unit_of
from pqscan.app.assessment import assess
from pqscan.app.handing_in import Beside, with_readiness
from pqscan.app.sealing import SealRequest, seal_snapshot
from pqscan.app.snapshot_shelf import FolderShelf
from pqscan.errors import UsageError
from pqscan.model.outcome import OutcomeStatus
from pqscan.readiness.changes import Document
from pqscan.readiness.system import DataClass, Hosting, Regime, System
from pqscan.readiness.unit import Head, Unit
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
