"""Files encrypted on their way to the superior, written and read by the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.conftest import Program

pyrage = pytest.importorskip("pyrage", reason="pyrage is missing: install the `encrypted` extra")
pytestmark = pytest.mark.lab


@pytest.fixture
def reader(program: Program) -> str:
    """The public half; the private one lies in the file `identity`."""
    key = pyrage.x25519.Identity.generate()
    path = program.folder / "identity"
    path.touch(0o600)
    path.write_text(f"{key}\n")
    return str(key.to_public())


def test_a_unit_file_reaches_the_superior_encrypted(program: Program, scanned: Program, reader: str) -> None:
    Path(program.store).write_bytes(Path(scanned.store).read_bytes())
    program.works("key", "make", "VP", "--keys", "keys")
    seal = ("snapshot", "seal", "--period", "2026", "--keys", "keys", "--head", "Bà B", "--title", "Trưởng phòng")
    made = program.works(*seal, "-o", "unit.pqsnap", "--age-recipient", reader)
    assert "unit.pqsnap.age" in made.err
    assert {path.name for path in program.folder.glob("unit*")} == {"unit.pqsnap.age"}
    assert b"pqscan-" not in (program.folder / "unit.pqsnap.age").read_bytes()
    refused = program("snapshot", "show", "unit.pqsnap.age")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert "--age-identity" in refused.err
    assert "VP" in program.works("snapshot", "show", "unit.pqsnap.age", "--age-identity", "identity").out
    assert program("snapshot", "verify", "unit.pqsnap.age", "--age-identity", "identity", "--keys", "keys").code == 0
    taken = program("snapshot", "import", "unit.pqsnap.age", "--age-identity", "identity", "--keys", "keys")
    assert "unit.pqsnap.age: " in taken.out + taken.err
    assert "encrypted" not in taken.err


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("report", "json", "-o"), "out.json"),
        (("report", "csv", "--edition", "redacted", "-o"), "redacted.csv"),
        (("register", "export", "unit", "-o"), "out.csv"),
        (("register", "export", "unit", "-o"), "out.xlsx"),
    ],
)
def test_what_is_written_is_what_would_be_written_plain(
    words: tuple[str, ...], name: str, program: Program, scanned: Program, reader: str
) -> None:
    Path(program.store).write_bytes(Path(scanned.store).read_bytes())
    program.works(*words, name)
    program.works(*words, name, "--age-recipient", reader)
    key = pyrage.x25519.Identity.from_str((program.folder / "identity").read_text().strip())
    plain = pyrage.decrypt((program.folder / f"{name}.age").read_bytes(), [key])
    assert plain[:4] == (program.folder / name).read_bytes()[:4]
    assert abs(len(plain) - (program.folder / name).stat().st_size) < 100
    assert (program.folder / f"{name}.age").stat().st_mode & 0o077 == 0


def test_a_backup_is_restored_elsewhere_by_whom_it_is_encrypted_for(program: Program, scanned: Program, reader: str) -> None:
    Path(program.store).write_bytes(Path(scanned.store).read_bytes())
    day = ("--as-of", "2026-11-29", "-o")
    made = program.works("db", "backup", "copy.bak", "--age-recipient", reader)
    assert "copy.bak.age" in made.out
    assert {path.name for path in program.folder.glob("copy*")} == {"copy.bak.age"}
    assert b"SQLite format 3" not in (program.folder / "copy.bak.age").read_bytes()
    assert (program.folder / "copy.bak.age").stat().st_mode & 0o077 == 0
    program.works("report", "json", *day, "before.json")
    elsewhere = ("--db", "other/place.sqlite", "db", "restore", "copy.bak.age")
    refused = program(*elsewhere)
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert "--age-identity" in refused.err
    program.works(*elsewhere, "--age-identity", "identity")
    program.works("--db", "other/place.sqlite", "report", "json", *day, "after.json")
    assert (program.folder / "before.json").read_bytes() == (program.folder / "after.json").read_bytes()
    assert not [path for folder in (program.folder, program.folder / "other") for path in folder.glob(".pqscan-*")]


@pytest.mark.parametrize("cut", [1, 40, 2000])
def test_a_backup_that_was_cut_or_altered_is_not_restored(cut: int, program: Program, reader: str) -> None:
    program.works("db", "upgrade")
    program.works("db", "backup", "copy.age", "--age-recipient", reader)
    data = (program.folder / "copy.age").read_bytes()
    (program.folder / "cut.age").write_bytes(data[:-cut])
    (program.folder / "altered.age").write_bytes(data[:-cut] + bytes([data[-cut] ^ 1]) + data[len(data) - cut + 1 :])
    for name in ("cut.age", "altered.age"):
        done = program("--db", "other.sqlite", "db", "restore", name, "--age-identity", "identity")
        assert (done.code, len(done.err.splitlines())) == (2, 1)
        assert f"the backup {name} was altered or cut" in done.err
        assert not [*program.folder.glob("other.sqlite*"), *program.folder.glob(".pqscan-*")]


def test_what_is_no_store_within_is_said_of_the_backup(program: Program, reader: str) -> None:
    key = pyrage.x25519.Recipient.from_str(reader)
    (program.folder / "copy.age").write_bytes(pyrage.encrypt(b"no store at all", [key]))
    done = program("--db", "other.sqlite", "db", "restore", "copy.age", "--age-identity", "identity")
    assert (done.code, len(done.err.splitlines())) == (3, 1)
    assert "copy.age" in done.err
    assert ".pqscan-" not in done.err


def test_standard_output_is_no_file_to_carry(program: Program, reader: str) -> None:
    program.works("db", "upgrade")
    done = program("report", "json", "--age-recipient", reader)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "--output FILE" in done.err
    done = program("report", "json", "-o", "out.json", "--age-recipient", "nobody")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "no recipient of age" in done.err
