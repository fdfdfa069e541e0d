"""`pqscan key` and `pqscan snapshot` from the making of keys to the total, in the words of the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pqscan.cli import words as spoken
from pqscan.cli.entry import run
from pqscan.cli.figure_text import figure_text
from pqscan.model.outcome import OutcomeStatus
from pqscan.store.repository import Store
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

LEAF = b"CN=www|RSA|2048|sha256WithRSAEncryption"
HEAD = ("--head", "Nguyễn Thị Hoà", "--title", "Bí thư")


@pytest.fixture(autouse=True)
def no_store_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PQSCAN_DB", str(tmp_path / "nobody" / "s.sqlite"))
    monkeypatch.setenv("PQSCAN_KEYS", str(tmp_path / "nobody-keys"))


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A unit's machine: a store of twenty targets."""
    with Store.open(str(tmp_path / "unit.sqlite"), read_certificate=read_certificate) as store:
        store.begin_run(a_run())
        found = [an_outcome(a_target(number), a_profile("X"), ders=(LEAF,)) for number in range(1, 21)]
        store.commit(a_batch(*found, cursor=20, counts={OutcomeStatus.COMPLETED: 20}))
    return tmp_path


def did(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert run([*arguments, "--lang", "en"]) == code, capsys.readouterr()
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return captured.out + captured.err


def told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_r34_from_a_unit_s_keys_to_the_superior_s_total(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = ("--db", str(unit / "unit.sqlite")), ("--db", str(unit / "superior.sqlite"))
    mine, theirs = ("--keys", str(unit / "keys")), ("--keys", str(unit / "superior-keys"))
    card = told(capsys, "key", "make", "DU-01", *mine)
    file = str(unit / "unit.pqsnap")
    did(capsys, "snapshot", "seal", "--period", "2026", "-o", file, *here, *mine, code=2)
    assert not Path(file).exists()
    did(capsys, "snapshot", "seal", "--period", "2026", "-o", file, *HEAD, *here, *mine)
    assert "holds" in did(capsys, "snapshot", "verify", file, *mine)
    assert "not enrolled" in did(capsys, "snapshot", "import", file, *there, *theirs, code=2)
    path = str(next((unit / "keys").glob("*.card.json")))
    assert "--fingerprint" in did(capsys, "key", "enrol", path, *theirs, code=2)
    did(capsys, "key", "enrol", path, "--fingerprint", card["fingerprint"], *theirs)
    assert "taken" in did(capsys, "snapshot", "import", file, *there, *theirs)
    total = told(capsys, "snapshot", "consolidate", "--period", "2026", "--expect", "DU-01", "--expect", "DU-02", *there, *theirs)
    assert total["totals"]["targets.total"] == {"value": 20, "units": 1}
    assert [(line["unit"], line["sending"]) for line in total["units"]] == [("DU-01", "received"), ("DU-02", "missing")]
    both = ("--expect", "DU-01", "--expect", "DU-02", "--lang", "en")
    said = did(capsys, "snapshot", "consolidate", "--period", "2026", "--deadline", "2026-01-31", *both, *there, *theirs)
    plain = " ".join(said.split())
    assert "DU-01: it came after 31 January 2026, the last day; its figures are in the totals." in plain
    assert "DU-02: nothing came by 31 January 2026, the last day; nothing of it is in a total" in plain
    early = did(capsys, "snapshot", "consolidate", "--period", "2026", "--deadline", "2099-01-31", *both, *there, *theirs)
    assert "the last day" not in early


def test_r34_units_that_share_a_store_seal_what_is_their_own_and_nothing_twice(
    unit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, keys = ("--db", str(unit / "unit.sqlite")), ("--keys", str(unit / "keys"))
    sealed = {}
    for code, scope in (("DU-01", f"{a_target(1).address}; {a_target(2).address}"), ("DU-02", a_target(3).address)):
        did(capsys, "unit", "set", code, f"name=Đơn vị {code}", *here)
        did(capsys, "system", "set", f"HT-{code}", f"name=Hệ thống {code}", f"owner={code}", f"scope={scope}", *here)
        told(capsys, "key", "make", code, *keys)
    for code in ("DU-01", "DU-02"):
        file = str(unit / f"{code}.pqsnap")
        said = did(capsys, "snapshot", "seal", "--period", "2026", "-o", file, "--unit", code, *HEAD, *here, *keys)
        assert f"the systems of {code} alone" in said
        sealed[code] = told(capsys, "snapshot", "show", file)["snapshot"]["figures"]
    assert {code: figures["targets.total"] for code, figures in sealed.items()} == {"DU-01": 2, "DU-02": 1}
    assert {code: figures["systems.total"] for code, figures in sealed.items()} == {"DU-01": 1, "DU-02": 1}


def test_r34_a_tampered_file_is_refused_and_named_in_the_total(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, file = ("--keys", str(unit / "keys")), unit / "unit.pqsnap"
    there = ("--db", str(unit / "superior.sqlite"))
    card = told(capsys, "key", "make", "DU-01", *keys)
    did(capsys, "snapshot", "seal", "--period", "2026", "-o", str(file), *HEAD, "--db", str(unit / "unit.sqlite"), *keys)
    did(capsys, "key", "enrol", str(next((unit / "keys").glob("*.card.json"))), "--fingerprint", card["fingerprint"], *keys)
    file.write_bytes(file.read_bytes().replace("Nguyễn".encode(), "Nguyên".encode(), 1))
    total = told(capsys, "snapshot", "consolidate", str(file), "--period", "2026", *there, *keys, code=2)
    assert total["totals"] == {}
    assert [(one["file"], one["reason"]["code"]) for one in total["unplaced"]] == [("unit.pqsnap", "unit_file_malformed")]
    assert [line["sending"] for line in total["units"]] == ["missing"]
    assert run(["snapshot", "verify", str(file), *keys]) == 1


def test_files_are_extracted_once_and_left_out_when_asked(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys, here, file = ("--keys", str(unit / "keys")), ("--db", str(unit / "unit.sqlite")), str(unit / "unit.pqsnap")
    did(capsys, "key", "make", "DU-01", *keys)
    did(capsys, "snapshot", "seal", "--period", "2026-H1", "-o", file, "--report", "csv", *HEAD, *here, *keys)
    did(capsys, "snapshot", "show", file, "--extract", str(unit / "out"), *here)
    assert {path.name for path in (unit / "out").iterdir()} == {"inventory.json", "inventory.csv"}
    assert "not replaced" in did(capsys, "snapshot", "show", file, "--extract", str(unit / "out"), *here, code=2)
    small = str(unit / "small.pqsnap")
    did(capsys, "snapshot", "export", file, "-o", small, "--without", "inventory.json", *here)
    shown = told(capsys, "snapshot", "show", small, *here)
    assert shown["carried"] == ["inventory.csv"]
    assert "holds" in did(capsys, "snapshot", "verify", small, *keys)
    by_digest = told(capsys, "snapshot", "show", shown["digest"][:12], *here)
    assert by_digest["snapshot"] == shown["snapshot"]


def test_keys_are_rotated_listed_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, theirs = ("--keys", str(tmp_path / "a")), ("--keys", str(tmp_path / "b"))
    secret = tmp_path / "pass"
    secret.write_text("một hai ba\n", "utf-8")
    first = told(capsys, "key", "make", "DU-01", "--passphrase-file", str(secret), *mine)
    second = told(capsys, "key", "rotate", "--passphrase-file", str(secret), *mine)
    assert second["predecessor"] == first["fingerprint"]
    for card, more in ((first, ("--fingerprint", first["fingerprint"])), (second, ())):
        did(capsys, "key", "enrol", str(tmp_path / "a" / f"{card['fingerprint'][:16]}.card.json"), *more, *theirs)
    said = did(capsys, "key", "revoke", first["fingerprint"][:12], "--reason", "replaced", *theirs)
    assert "revoked" in said
    states = {one["fingerprint"]: one["state"] for one in told(capsys, "key", "list", *theirs)}
    assert states == {first["fingerprint"]: "revoked", second["fingerprint"]: "valid"}
    assert "một hai ba" not in "".join(path.read_text("utf-8", "replace") for path in (tmp_path / "a").iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ("snapshot", "show", "missing.pqsnap"),
        ("snapshot", "show", "abcdef0123456789"),
        ("snapshot", "consolidate", "--period", "26"),
        ("snapshot", "consolidate", "--period", "2026", "--deadline", "tomorrow"),
        ("key", "enrol", "missing.json"),
        ("key", "revoke", "abcdef0123", "--reason", "x"),
        ("key", "rotate"),
        ("key", "make", ""),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = ("--db", str(tmp_path / "x.sqlite")) if arguments[0] == "snapshot" else ()
    keys = () if arguments[1] == "show" else ("--keys", str(tmp_path))
    assert len(did(capsys, *arguments, *more, *keys, code=2).strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("targets.total", "targets"),
        ("key_establishment.vulnerable", "key establishment: vulnerable to quantum computers"),
        ("level.3", "level: 3"),
        ("product_origin.unknown", "origin of products: unknown"),
        ("quality.clean", "quality of the data: clean"),
        ("policy/floor/not_met", "today's floor: not met"),
        ("policy/tinh-x/awaiting", "tinh-x: awaiting guidance"),
    ],
)
def test_figures_are_told_in_words(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spoken, "_language", "en")
    assert figure_text(name) == words


def test_r32_a_consolidation_lists_the_units_that_have_no_plan(unit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there, theirs = ("--db", str(unit / "superior.sqlite")), ("--keys", str(unit / "superior-keys"))
    adding_up = ("snapshot", "consolidate", "--period", "2026", "--expect", "DU-01", *there, *theirs)
    assert told(capsys, *adding_up)["units_without_plan"] == []  # Nobody keeps tasks there.
    did(capsys, "unit", "set", "TU", "name=Tỉnh uỷ", *there)
    for code in ("DU-01", "DU-02"):
        did(capsys, "unit", "set", code, f"name=Đảng uỷ {code}", "superior=TU", *there)
    sheet = unit / "tasks.csv"
    sheet.write_text("code,unit,title\nNV1,DU-01,Kế hoạch\n", "utf-8")
    did(capsys, "register", "import", "task", str(sheet), *there)
    assert told(capsys, *adding_up)["units_without_plan"] == [{"unit": "DU-02", "name": "Đảng uỷ DU-02"}]
    text = did(capsys, *adding_up)
    assert "(DU-02) has no plan" in text
    assert "(DU-01) has no plan" not in text
    assert "DU-02" not in did(capsys, *adding_up, "--redacted")
