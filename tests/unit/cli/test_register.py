"""`pqscan unit`, `system` and `register`, as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pqscan.app import place
from pqscan.cli import main, words
from tests.unit.app.memory_register import MemoryStore

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def run(store: MemoryStore, monkeypatch: pytest.MonkeyPatch, capfdbinary: Any) -> Iterator[Run]:
    monkeypatch.setattr(place, "open_store", lambda *_a, **_k: store)
    monkeypatch.setenv("COLUMNS", "80")
    kept = words.language()

    def running(*arguments: str) -> tuple[int, str, str]:
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as end:
            raise SystemExit(main(["--lang", "en", *arguments]))
        out, err = capfdbinary.readouterr()
        return int(end.value.code or 0), out.decode(), err.decode()

    yield running
    words.set_language(kept)


def sheet(folder: Path, text: str, name: str = "in.csv") -> str:
    (folder / name).write_text(text, "utf-8")
    return str(folder / name)


def test_a_unit_is_made_shown_listed_altered_and_removed(run: Run) -> None:
    assert run("unit", "set", "TU", "name=Tỉnh uỷ", "khối=đảng") == (0, "new: TU Tỉnh uỷ\n", "")
    assert run("unit", "set", "VP", "name=Văn phòng Tỉnh uỷ", "superior=TU")[0] == 0
    code, text, _ = run("unit", "show", "VP")
    assert code == 0
    assert "Unit name: Văn phòng Tỉnh uỷ\n" in text
    assert "Head: no head today\nAbove it: Tỉnh uỷ\n" in text
    assert "VP    Văn phòng Tỉnh uỷ  TU" in run("unit", "list")[1]
    assert run("unit", "set", "VP", "via=TU")[1] == "altered: VP: Reports via: – → TU\n"
    assert run("unit", "set", "VP", "via=TU")[1] == "Nothing to change.\n"
    assert run("unit", "remove", "TU")[0] == 2
    assert run("unit", "remove", "VP")[1] == "Removed: VP\n"


def test_a_system_with_state_secrets_is_outside_of_the_assessment(run: Run) -> None:
    run("system", "set", "S", "name=Sổ", "secrecy=Tối mật", "regime=cipher")
    text = run("system", "show", "S")[1]
    assert "Highest secrecy level: Secret\n" in text
    assert "Outside of the assessment: pqscan judges nothing here.\n" in text
    assert "Answers for its cryptography: Provincial Party Office\n" in text
    run("system", "set", "T", "name=T")
    assert "not determined yet" in run("system", "show", "T")[1]


def test_a_wrong_value_is_one_sentence_with_its_column(run: Run) -> None:
    run("system", "set", "S", "name=Sổ")
    assert run("system", "set", "S", "level=9") == (2, "", "Error: level: '9' is no whole number from 1 to 5.\n")
    assert run("system", "set", "S/1", "name=A")[2].startswith("Error: code: 'S/1' is no code")
    assert run("system", "show", "none")[0] == 2


def test_a_dry_run_shows_what_would_change_and_changes_nothing(run: Run, store: MemoryStore, tmp_path: Path) -> None:
    run("system", "set", "a", "name=A", "level=3")
    run("system", "set", "b", "name=B")
    path = sheet(tmp_path, "code,name,level\na,A,4\nb,B,\nc,C,2\n")
    code, text, note = run("register", "import", "system", path, "--dry-run")
    assert code == 0
    assert text == (
        "new: c C\naltered: a: Security level: 3 → 4\nsystems: 1 new, 1 altered, 1 unchanged\nA dry run: nothing was changed.\n"
    )
    assert "Columns that the file lacks, and that stay as they are: owner," in note
    assert store.entries["system"].keys() == {"a", "b"}
    assert run("register", "import", "system", path)[0] == 0
    assert store.entries["system"]["a"]["level"] == 4


def test_every_error_of_a_file_is_told_and_it_exits_with_2(run: Run, store: MemoryStore, tmp_path: Path) -> None:
    path = sheet(tmp_path, "code,name,level\na,A,9\nb,B,x\n")
    code, text, told = run("register", "import", "system", path)
    assert (code, text) == (2, "")
    assert told == (
        "systems, line 2, level: '9' is no whole number from 1 to 5.\n"
        "systems, line 3, level: 'x' is no whole number from 1 to 5.\n"
        "Error: nothing was imported: 2 errors\n"
    )
    assert store.entries == {}
    code, text, _ = run("register", "import", "system", path, "--json")
    assert code == 2
    assert [problem["code"] for problem in json.loads(text)["problems"]] == ["cell_no_number", "cell_no_number"]


def test_hostile_text_of_a_file_moves_no_cursor(run: Run, tmp_path: Path) -> None:
    path = sheet(tmp_path, "code,name\na,A\x1b[2J\u202e\n")
    assert "\x1b" not in run("register", "import", "system", path)[2]
    path = sheet(tmp_path, "code,name\na,A\u202e\n")
    assert "\u202e" not in run("register", "import", "system", path, "--dry-run")[1]


@pytest.mark.parametrize("name", ["out.csv", "out.xlsx"])
def test_an_export_is_a_file_that_import_finds_unchanged(run: Run, tmp_path: Path, name: str) -> None:
    run("unit", "set", "VP", "name==HYPERLINK(1)", "ranges=10.0.0.0/8; 192.0.2.0/24")
    path = tmp_path / name
    assert run("register", "export", "unit", "-o", str(path))[0] == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert run("register", "import", "unit", str(path), "--dry-run")[1].startswith("units: 0 new, 0 altered, 1 unchanged")


def test_form_08_goes_out_with_twelve_columns_and_comes_in(run: Run, tmp_path: Path) -> None:
    run("unit", "set", "VP", "name=Văn phòng Tỉnh uỷ")
    run("system", "set", "mc", "name=Một cửa", "owner=VP", "level=3")
    path = tmp_path / "08.csv"
    run("register", "export", "system", "--form", "08", "-o", str(path))
    lines = path.read_text("utf-8-sig").splitlines()
    assert len(lines[0].split(";")) == 12
    assert lines[1].startswith("1;Một cửa;Văn phòng Tỉnh uỷ;;3;")
    assert "1 unchanged" in run("register", "import", "system", str(path), "--form", "08")[1]
    assert run("register", "export", "unit", "--form", "08")[0] == 2


def test_an_export_to_standard_output_is_csv(run: Run) -> None:
    run("unit", "set", "VP", "name=Văn phòng")
    assert run("register", "export", "unit")[1].splitlines()[1].startswith("VP;Văn phòng;other;")


def test_check_tells_what_is_wrong_on_a_day(run: Run) -> None:
    assert run("register", "check") == (0, "Nothing is wrong with the registers.\n", "")
    run("unit", "set", "A", "name=A", "superior=B")
    run("unit", "set", "B", "name=B", "superior=A", "valid_to=2026-06-30")
    text = run("register", "check", "--as-of", "2026-07-01")[1]
    assert text == "Units go round in a circle (superior): A → B → A.\nA (A) has no head on 1 July 2026.\n2 things to look at.\n"
    assert len(json.loads(run("register", "check", "--as-of", "2026-06-30", "--json")[1])["problems"]) == 3


def test_lists_are_json_where_it_is_asked_for(run: Run) -> None:
    run("system", "set", "a", "name=A", "tags=x; y")
    assert json.loads(run("system", "list", "--json")[1]) == [{"code": "a", "name": "A", "tags": ["x", "y"]}]
    assert json.loads(run("system", "show", "a", "--json")[1])["tags"] == ["x", "y"]


def test_every_line_fits_eighty_columns(run: Run) -> None:
    run("system", "set", "a", "name=" + "Hệ thống " * 20, "note=" + "dài " * 100, "owner=" + "U" * 60)
    for arguments in (("system", "list"), ("system", "show", "a"), ("register", "check")):
        assert max(map(len, run(*arguments)[1].splitlines())) <= 80


def test_tags_are_given_by_place_and_never_by_a_tag(run: Run, store: MemoryStore, tmp_path: Path) -> None:
    assert run("register", "import", "tagged", sheet(tmp_path, "place,tags\ntag:a,web\n"))[0] == 2
    assert "by another tag" in run("register", "import", "tagged", sheet(tmp_path, "place,tags\ntag:a,web\n"))[2]
    run("system", "set", "a", "name=A", "scope=tag:web")
    assert "no target bears it" in run("register", "check")[1]
    assert run("register", "import", "tagged", sheet(tmp_path, "Nơi,Nhãn\n10.0.0.0/24,web; dmz\n"))[0] == 0
    assert store.register()["tagged"] == {"10.0.0.0/24": {"place": "10.0.0.0/24", "tags": ["web", "dmz"]}}
    assert "no target bears it" not in run("register", "check")[1]
