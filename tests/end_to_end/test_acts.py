"""What people did, as the program tells it: acts, the check of their chain, backup and restore."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Program

pytestmark = pytest.mark.lab


def test_r26_a_backup_restored_on_another_machine_gives_the_same_report(scanned: Program, program: Program, tmp_path: Path) -> None:
    assert program.folder != scanned.folder
    backup = tmp_path / "inventory.backup"
    made = scanned.works("db", "backup", str(backup), "--json").json
    assert (made["whole"], made["acts"], made["bytes"]) == (True, 1, backup.stat().st_size)
    restored = program.works("db", "restore", str(backup))
    assert program.store in restored.out
    reports = [each.works("report", "json", "--as-of", "2026-11-29").out for each in (scanned, program)]
    assert reports[0] == reports[1]
    assert len(reports[0]) > 10_000
    assert program.works("acts", "--json").json == scanned.works("acts", "--json").json
    refused = program("db", "restore", str(backup))
    assert (refused.code, refused.out) == (2, "")
    assert "--replace" in refused.err


def test_acts_are_told_and_a_tampered_one_ends_in_exit_code_1(program: Program, tmp_path: Path) -> None:
    program.works("db", "upgrade")
    assert "0 acts, unbroken." in program.works("db", "verify").out
    assert program.works("acts", "--json").json == []
    for name in ("one", "two"):
        program.works("db", "backup", name)
    (first, second) = program.works("acts", "--json").json
    assert (first["kind"], first["subject"], first["detail"]) == ("export", "backup", {"file": str(program.folder / "one")})
    assert second["previous_hash"] == first["hash"]
    lines = program.works("acts", "--kind", "export").out.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 80 for line in lines)
    assert len(program.works("acts", "--since", "2999-01-01").out.splitlines()) == 1
    (tmp_path / "kept.json").write_text(program.works("db", "verify", "--json").out, "utf-8")
    assert "Held against 2 heads noted elsewhere." in program.works("db", "verify", "--anchor", "kept.json").out

    connection = sqlite3.connect(program.store)
    connection.execute("DROP TRIGGER act_no_delete")
    connection.execute("DELETE FROM act WHERE number = 2")
    connection.commit()
    connection.close()
    cut = program("db", "verify")
    assert (cut.code, cut.err) == (1, "")
    assert "The acts from number 2 on are gone" in cut.out
    without = ("--audit-log", "/dev/null")
    assert program("db", "verify", *without).code == 0
    held = program("db", "verify", *without, "--anchor", "kept.json", "--json")
    assert (held.code, held.json["broken"]) == (1, {"fault": "cut", "act": 2})
    accepted = program.works("db", "verify", "--accept", "thử nghiệm", "--lang", "vi")
    assert "thử nghiệm" in accepted.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("acts", "--kind", "wish"), 2, "no kind of act"),
        (("acts", "--since", "soon"), 2, "write it as"),
        (("db", "verify", "--anchor", "absent"), 2, "cannot be read"),
        (("db", "verify", "--audit-log", "absent"), 3, "cannot be read"),
        (("db", "backup", "/proc/none/file"), 3, "cannot be written"),
        (("db", "restore", "absent"), 3, "cannot be read"),
        (("db", "verify", "--accept", ""), 2, "say why"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(program: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    program.works("db", "upgrade")
    done = program(*arguments)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1
