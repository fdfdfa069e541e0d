"""What goes in through a file comes out the same; errors change nothing; each change has its act."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pqscan.app.registering import (
    Doing,
    WrongRecord,
    carry_out,
    check,
    export_rows,
    person,
    plan_import,
    register,
    remove_record,
    set_record,
)
from pqscan.app.sheets import write_csv, write_xlsx
from pqscan.errors import StoreError, UsageError
from pqscan.readiness.act import ActKind
from pqscan.readiness.system import SystemKind
from tests.unit.app.memory_register import MemoryStore

DAY = date(2026, 11, 29)
BY = Doing(datetime(2026, 11, 29, 8, tzinfo=UTC), "an", "collector", "kiểm kê năm")
UNITS = "Mã đơn vị;Tên đơn vị;Cấp trên\r\nTU;Tỉnh uỷ;\r\nVP;Văn phòng Tỉnh uỷ;TU\r\n"
SYSTEMS = "code,name,owner,kind,scope\nmc,Một cửa điện tử,VP,dịch vụ công,10.20.0.0/24; *.mc.tinh.gov.vn\n"


def put(store: MemoryStore, folder: Path, kind: str, text: str, form: str | None = None) -> None:
    path = folder / f"{kind}.csv"
    path.write_text(text, "utf-8", newline="")
    carry_out(store, plan_import(store, kind, str(path), form=form, day=DAY), path.name, BY)


@pytest.fixture
def store(tmp_path: Path) -> MemoryStore:
    made = MemoryStore()
    put(made, tmp_path, "unit", UNITS)
    put(made, tmp_path, "system", SYSTEMS)
    return made


def test_a_province_goes_in_as_csv(store: MemoryStore) -> None:
    found = register(store)
    assert found.units["VP"].superior == "TU"
    assert (found.systems["mc"].kind, found.systems["mc"].scope) == (
        SystemKind.PUBLIC_SERVICE,
        ("10.20.0.0/24", "*.mc.tinh.gov.vn"),
    )
    assert [(act.kind, act.subject, act.detail["new"], act.reason) for act in store.acts] == [
        (ActKind.IMPORT, "unit", 2, "kiểm kê năm"),
        (ActKind.IMPORT, "system", 1, "kiểm kê năm"),
    ]


def test_a_plan_changes_nothing(store: MemoryStore, tmp_path: Path) -> None:
    before, acts = store.register(), len(store.acts)
    path = tmp_path / "more.csv"
    path.write_text("code,name\nmc,Một cửa\nnew,Mới\n", "utf-8")
    planned = plan_import(store, "system", str(path), day=DAY)
    assert ([change.code for change in planned.plan.new], [change.code for change in planned.plan.altered]) == (["new"], ["mc"])
    assert (store.register(), len(store.acts)) == (before, acts)


def test_a_file_with_errors_changes_nothing(store: MemoryStore, tmp_path: Path) -> None:
    before = store.register()
    with pytest.raises(UsageError, match="not imported"):
        put(store, tmp_path, "system", "code,name,level\nnew,Mới,3\nother,Khác,9\n")
    assert store.register() == before


def test_a_file_that_says_what_is_known_makes_no_act(store: MemoryStore, tmp_path: Path) -> None:
    acts = len(store.acts)
    put(store, tmp_path, "unit", UNITS)
    assert len(store.acts) == acts


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
@pytest.mark.parametrize("form", [None, "08"])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_what_is_exported_is_imported_unchanged(
    store: MemoryStore, tmp_path: Path, name: str, form: str | None, language: str
) -> None:
    out = io.BytesIO()
    rows = export_rows(store, "system", BY, form=form, language=language)
    if name.endswith("xlsx"):
        write_xlsx(rows, out, "systems")
    else:
        write_csv(rows, out)
    (tmp_path / name).write_bytes(out.getvalue())
    planned = plan_import(store, "system", str(tmp_path / name), form=form, day=DAY)
    assert (planned.problems, planned.plan.changes, planned.plan.unchanged) == ((), (), 1)
    assert (store.acts[-1].kind, store.acts[-1].detail) == (ActKind.EXPORT, {"rows": 1, "form": form})


def test_form_08_is_of_systems_alone(store: MemoryStore) -> None:
    for kind, form in (("unit", "08"), ("system", "09")):
        with pytest.raises(UsageError, match="Form 08"):
            export_rows(store, kind, BY, form=form, language="vi")


def test_a_plan_tells_how_much_would_be_wrong_afterwards(store: MemoryStore, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("code,name,owner\nx,X,NOBODY\n", "utf-8")
    planned = plan_import(store, "system", str(path), day=DAY)
    assert planned.problems == ()
    assert planned.checks == len(check(store, DAY)) + 2  # no such owner, not classified


def test_one_record_is_made_altered_and_cleared(store: MemoryStore) -> None:
    made = set_record(store, "system", "a", ["name=A", "cấp độ=3", "trọng yếu=có"], BY)
    assert made is not None
    assert made.after == {"code": "a", "name": "A", "level": 3, "is_critical": True}
    changed = set_record(store, "system", "a", ["level="], BY)
    assert changed is not None
    assert changed.after == {"code": "a", "name": "A", "is_critical": True}
    assert set_record(store, "system", "a", ["name=A"], BY) is None
    assert store.acts[-1].detail["fields"] == "code, level"


@pytest.mark.parametrize("word", ["level", "colour=red", "code=b", "=x"])
def test_what_is_no_column_and_value_is_refused(store: MemoryStore, word: str) -> None:
    with pytest.raises(UsageError, match="column=value"):
        set_record(store, "system", "mc", [word], BY)


def test_a_column_given_twice_is_refused(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="twice"):
        set_record(store, "system", "mc", ["level=3", "cấp độ=4"], BY)


def test_a_wrong_value_is_told_as_a_reason(store: MemoryStore) -> None:
    for code, values, told in (
        ("mc", ["level=9"], "cell_no_number"),
        ("a b", ["name=A"], "cell_no_code"),
        ("z", ["level=3"], "record_lacks"),
    ):
        with pytest.raises(WrongRecord) as error:
            set_record(store, "system", code, values, BY)
        assert error.value.told.code == told


def test_what_others_name_is_not_removed(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match=r"unit 'VP' still names it \(superior\)"):
        remove_record(store, "unit", "TU", BY)
    with pytest.raises(UsageError, match="there is no unit"):
        remove_record(store, "unit", "XX", BY)
    remove_record(store, "system", "mc", BY)
    remove_record(store, "unit", "VP", BY)
    assert "VP" not in register(store).units
    assert store.acts[-1].subject == "unit VP"


def test_two_at_once_are_told(store: MemoryStore, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("code,name\nmc,Một cửa\n", "utf-8")
    planned = plan_import(store, "system", str(path), day=DAY)
    set_record(store, "system", "mc", ["level=3"], BY)
    with pytest.raises(UsageError, match="somebody else"):
        carry_out(store, planned, "x.csv", BY)


def test_a_store_without_a_register_is_told() -> None:
    with pytest.raises(StoreError, match="no register"):
        register(object())


def test_there_is_always_somebody_who_did_it() -> None:
    assert person()
