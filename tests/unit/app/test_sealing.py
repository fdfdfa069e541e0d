"""Sealing a store's figures: the head, the facts, what later scans change and do not, and what another unit's file may do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pqscan.app.acting import act_of
from pqscan.app.assessment import assess
from pqscan.app.enrolment import EnrolmentFile, Refusal, enrol
from pqscan.app.figures import facts_digest, inventory_figures, read_figures, system_figures, together
from pqscan.app.sealing import (
    SealRequest,
    fault_of,
    import_all,
    import_file,
    keep_sealed,
    read_unit_file,
    seal_snapshot,
    without_files,
)
from pqscan.app.snapshot_shelf import FolderShelf
from pqscan.app.trusted import trusted_keys
from pqscan.errors import UsageError, WorkError
from pqscan.model.outcome import OutcomeStatus
from pqscan.readiness.act import ActKind
from pqscan.readiness.figure_names import faults
from pqscan.readiness.filed_snapshot import FiledSnapshot
from pqscan.readiness.snapshot import Period
from pqscan.readiness.system import DataClass, Regime, Secrecy, System
from pqscan.readiness.unit import Head, Unit
from pqscan.readiness.unit_file import UnitFile
from pqscan.store.repository import Store
from tests.unit.readiness.sealing_samples import NOW, YEAR, a_snapshot, enrolled, key_of, sealed
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

UNIT = Unit("DU-01", "Đảng uỷ Uỷ ban nhân dân tỉnh")
HEAD = Head("DU-01", "Nguyễn Thị Hoà", "Bí thư", date(2025, 7, 1))
REQUEST = SealRequest(UNIT, HEAD, YEAR)
LEAF = b"CN=www|RSA|2048|sha256WithRSAEncryption"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "store.sqlite"), read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        scan(opened, 1, 20, 0)
        yield opened


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    return FolderShelf(tmp_path / "snapshots")


def scan(store: Store, first: int, last: int, done: int) -> None:
    """As many targets more that answered."""
    found = [an_outcome(a_target(number), a_profile("X"), ders=(LEAF,)) for number in range(first, last + 1)]
    store.commit(a_batch(*found, cursor=done + len(found), counts={OutcomeStatus.COMPLETED: len(found)}))


def seal_of(store: Store, shelf: FolderShelf, **changes: Any) -> UnitFile:  # Any: fields of SealRequest.
    made = seal_snapshot(assess(store, generated_at=NOW), replace(REQUEST, **changes), key_of("DU-01"), shelf, NOW)
    keep_sealed(made, shelf, NOW)
    return made


def test_r33_a_sealed_snapshot_is_unchanged_by_later_scans(store: Store, shelf: FolderShelf) -> None:
    made = seal_of(store, shelf, reports=("csv",))
    before = shelf.snapshots()
    scan(store, 21, 60, 20)
    assert shelf.snapshots() == before
    assert before[0].snapshot.figures["targets.total"] == 20
    assert fault_of(UnitFile.decode(made.encode()), (enrolled("DU-01"),)) is None
    assert inventory_figures(assess(store))["targets.total"] == 60


@pytest.mark.parametrize("head", [None, Head("DU-01", " ", "Bí thư", date(2025, 1, 1)), Head("DU-01", "A", "", date(2025, 1, 1))])
def test_r15_sealing_is_refused_without_a_named_head_and_keeps_nothing(store: Store, shelf: FolderShelf, head: Head | None) -> None:
    with pytest.raises(UsageError, match="head"):
        seal_of(store, shelf, head=head)
    assert shelf.snapshots() == ()


def test_r15_another_head_later_leaves_the_name_on_the_old_snapshot(store: Store, shelf: FolderShelf) -> None:
    seal_of(store, shelf, period=Period.read("2026-H1"))
    seal_of(store, shelf, period=Period.read("2026-H2"), head=Head("DU-01", "Trần Văn Bình", "Bí thư", date(2026, 7, 1)))
    assert [row.head for row in shelf.snapshots("DU-01")] == ["Nguyễn Thị Hoà", "Trần Văn Bình"]


def test_the_facts_digest_is_that_of_the_inventory_that_is_sealed_with_it(store: Store, shelf: FolderShelf) -> None:
    made = seal_of(store, shelf, reports=("csv", "text"), language="vi")
    assert hashlib.sha256(made.files["inventory.json"]).hexdigest() == made.snapshot.facts_digest == facts_digest(assess(store))
    assert {file.name for file in made.snapshot.files} == {"inventory.json", "inventory.csv", "inventory.txt"} == made.files.keys()
    assert len(json.loads(made.files["inventory.json"])["targets"]) == 20


def test_a_period_is_sealed_once_and_corrected_beside_it(store: Store, shelf: FolderShelf) -> None:
    first = seal_of(store, shelf)
    with pytest.raises(UsageError, match="--correct"):
        seal_of(store, shelf)
    scan(store, 21, 22, 20)
    second = seal_of(store, shelf, corrects=True)
    assert second.snapshot.supersedes == first.seal.digest
    assert len(shelf.snapshots()) == 2


def test_the_keys_of_another_unit_cannot_seal(store: Store, shelf: FolderShelf) -> None:
    with pytest.raises(UsageError, match="DU-02"):
        seal_snapshot(assess(store, generated_at=NOW), REQUEST, key_of("DU-02"), shelf, NOW)


@pytest.mark.parametrize("name", ["../x", "a b", "CON", "inventory.json", "INVENTORY.JSON"])
def test_an_attached_file_needs_a_plain_name_of_its_own(store: Store, shelf: FolderShelf, name: str) -> None:
    with pytest.raises(UsageError):
        seal_of(store, shelf, attached={name: b"x"})


def test_policies_stand_with_the_digest_of_all_that_they_say(store: Store, shelf: FolderShelf) -> None:
    marks = seal_of(store, shelf).snapshot.policies
    assert [mark.id for mark in marks] == ["vietnam", "nist-ir-8547"]
    assert marks[0].status == "awaiting_guidance"
    assert len({mark.digest for mark in marks}) == 2


def test_stated_figures_stand_beside_the_counted_ones_and_may_not_contradict_them(store: Store, shelf: FolderShelf) -> None:
    made = seal_of(store, shelf, stated={"budget.it_total": 1000, "budget.security": 150})
    assert made.snapshot.figures["budget.security"] == 150
    with pytest.raises(UsageError, match="leave it out"):
        seal_of(store, shelf, stated={"targets.total": 21}, corrects=True)


def test_counted_figures_add_up_whatever_was_scanned(store: Store) -> None:
    assert list(faults(inventory_figures(assess(store)))) == []


def test_r08_military_and_secret_systems_are_counted_as_outside_of_the_assessment() -> None:
    systems = (
        System("a", "A", regime=Regime.MILITARY),
        System("b", "B", secrecy=Secrecy.CONFIDENTIAL),
        System("c", "C", data_classes=frozenset({DataClass.STATE_SECRET})),
        System("d", "D", regime=Regime.CIVIL, level=3, is_critical=True),
    )
    figures = system_figures(systems)
    assert figures["systems.out_of_assessment"] == 3
    assert (figures["systems.total"], figures["level.3"], figures["level.not_stated"], figures["systems.critical"]) == (4, 1, 3, 1)
    assert list(faults(together(figures))) == []


def test_figures_from_a_file_are_read_in_both_spellings(tmp_path: Path) -> None:
    path = tmp_path / "figures.toml"
    path.write_text('"budget.security" = 150\n[training]\nheadcount = 20\ntrained = 7\n', "utf-8")
    assert read_figures(path) == {"budget.security": 150, "training.headcount": 20, "training.trained": 7}


@pytest.mark.parametrize(
    "text",
    ["x = 1", '"budget.security" = -1', '"budget.security" = 1.5', '"budget.security" = true', "= 1", "[budget.security]\nx = 1"],
)
def test_figures_that_cannot_be_are_wrong_usage(tmp_path: Path, text: str) -> None:
    path = tmp_path / "figures.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError):
        read_figures(path)
    with pytest.raises(UsageError):
        read_figures(tmp_path / "missing.toml")


def test_r34_a_unit_s_file_is_carried_and_taken_once(store: Store, shelf: FolderShelf, tmp_path: Path) -> None:
    carried = tmp_path / "unit.pqsnap"
    carried.write_bytes(without_files(seal_of(store, shelf), ["inventory.json"]).encode())
    superior, enrolment = FolderShelf(tmp_path / "superior"), EnrolmentFile(tmp_path / "keys")
    enrol(enrolment, key_of("DU-01").card, NOW, compared=key_of("DU-01").public.fingerprint)
    assert import_file(read_unit_file(carried), enrolment, superior, NOW) is True
    assert import_file(read_unit_file(carried), enrolment, superior, NOW) is False
    assert superior.snapshots()[0].snapshot == shelf.snapshots()[0].snapshot
    assert superior.snapshots()[0].is_imported
    with pytest.raises(UsageError, match="carries no"):
        without_files(read_unit_file(carried), ["inventory.json"])


def test_r34_files_are_taken_in_the_order_of_their_periods_and_the_others_named(shelf: FolderShelf, tmp_path: Path) -> None:
    def written(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    first = sealed(replace(a_snapshot(), period=Period.read("2026-H1")))
    second = sealed(replace(a_snapshot(), period=Period.read("2026-H2")))
    stranger = sealed(a_snapshot("DU-09"))
    paths = [
        written("b.pqsnap", second.encode()),
        written("a.pqsnap", first.encode()),
        written("x.pqsnap", first.encode()[:-1] + b"x"),
        written("s.pqsnap", stranger.encode()),
    ]
    enrolment = EnrolmentFile(tmp_path / "keys")
    enrolment.add(enrolled("DU-01"))
    taken, refused = import_all(paths, enrolment, shelf, NOW)
    assert [path.name for path, _file, _new in taken] == ["a.pqsnap", "b.pqsnap"]
    assert [(one.file, one.unit, one.reason.code) for one in refused] == [
        ("x.pqsnap", None, "unit_file_malformed"),
        ("s.pqsnap", "DU-09", "snapshot_key_unknown"),
    ]
    assert len(shelf.snapshots()) == 2


def test_a_refused_file_changes_nothing(shelf: FolderShelf, tmp_path: Path) -> None:
    with pytest.raises(Refusal):
        import_file(sealed(a_snapshot()), EnrolmentFile(tmp_path), shelf, NOW)
    assert shelf.snapshots() == ()


def test_own_keys_are_trusted_unless_they_are_enrolled_and_revoked(tmp_path: Path) -> None:
    from pqscan.app.keys import make_key

    made, enrolment = make_key(tmp_path, "DU-01", NOW), EnrolmentFile(tmp_path)
    file = sealed(a_snapshot(), by=made)
    assert fault_of(file, trusted_keys(tmp_path, enrolment)) is None
    enrol(enrolment, made.card, NOW, compared=made.public.fingerprint)
    enrolment.revoke(made.public.fingerprint, NOW.date() + timedelta(days=1), "lost")
    fault = fault_of(file, trusted_keys(tmp_path, enrolment))
    assert fault is not None
    assert fault.code == "snapshot_key_revoked"


@pytest.mark.parametrize("damage", [b"", b"x", b"pqscan-kept-snapshot/1\n{}\n"])
def test_a_damaged_kept_snapshot_is_one_sentence(shelf: FolderShelf, tmp_path: Path, damage: bytes) -> None:
    file = sealed(a_snapshot())
    row = FiledSnapshot.of(file.snapshot, file.seal, NOW, is_imported=False)
    assert shelf.keep_snapshot(row, act_of(ActKind.SEAL, "DU-01", NOW)) is True
    assert shelf.keep_snapshot(row, act_of(ActKind.SEAL, "DU-01", NOW)) is False
    assert shelf.snapshots() == (row,)
    next((tmp_path / "snapshots").iterdir()).write_bytes(damage)
    with pytest.raises(WorkError, match="damaged"):
        shelf.snapshots()


def test_r41_the_redacted_edition_is_sealed_beside_the_full_one_and_names_nothing_of_it(store: Store, shelf: FolderShelf) -> None:
    made = seal_of(store, shelf, reports=("redacted",))
    text = made.files["redacted.json"].decode("utf-8")
    assert json.loads(text)["format"] == "pqscan-redacted/1"
    named = (made.snapshot.unit, made.snapshot.unit_name, made.snapshot.head, made.snapshot.facts_digest, made.seal.digest)
    assert not any(one in text for one in named)
    assert not any(assessed.sighting.target.address in text for assessed in assess(store).targets())  # type: ignore[union-attr]
