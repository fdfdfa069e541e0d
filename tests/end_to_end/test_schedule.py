"""Scans that come again: written as a timer, carried out once at a time, missed ones told."""

from __future__ import annotations

import json
import shlex
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from pqscan.app.exclusive import alone
from pqscan.app.plans import keep_plan
from pqscan.model.inventory import RunState
from pqscan.readiness.recurrence import Every, Plan
from pqscan.scan.targets import describe, expand
from pqscan.scan.work import local_today
from pqscan.store.repository import Store
from tests.end_to_end.conftest import Program
from tests.unit.store.samples import a_run

pytestmark = pytest.mark.lab

NOBODY = "127.0.0.1:1"
DAILY = ("--every", "day", "--at", "00:00", "--first", "2026-01-01")


def written_ago(store: str, name: str, days: int) -> None:
    """As if the plan had been written so many days ago."""
    with closing(sqlite3.connect(store)) as connection, connection:
        (text,) = connection.execute("SELECT document FROM setting WHERE name = ?", (f"plan:{name}",)).fetchone()
        document = json.loads(text) | {"written_at": f"{local_today() - timedelta(days=days)}T00:00:00+00:00"}
        connection.execute("UPDATE setting SET document = ? WHERE name = ?", (json.dumps(document), f"plan:{name}"))


def test_a_plan_is_kept_and_its_timer_written_but_nothing_is_installed(program: Program) -> None:
    made = program.works("schedule", "write", "night", *DAILY, "--", NOBODY, "--profile", "quick")
    assert "OnCalendar=*-*-* 00:00:00" in made.out
    assert f'"scan" "net" "--plan" "night" "{NOBODY}" "--profile" "quick"' in made.out
    assert f'"--db" "{program.store}"' in made.out
    assert "pqscan-night.timer" in made.err
    assert "Nothing was installed" in made.err
    (listed,) = program.works("schedule", "list", "--json").json
    assert (listed["name"], listed["every"], listed["at"]) == ("night", "day", "00:00")
    assert program.works("db", "verify").code == 0


def test_what_cron_would_run_is_a_run_of_the_plan(program: Program) -> None:
    program.works("schedule", "write", "night", *DAILY, "--as", "cron", "-o", ".", "--", NOBODY)
    line = (program.folder / "pqscan-night.cron").read_text()
    folder, command = line.split(" ", 5)[5].split(" && ")
    assert shlex.split(folder) == ["cd", str(program.folder)]
    program.works(*shlex.split(command)[3:])
    (found,) = program.works("schedule", "status", "--json", "--check").json
    assert found["last_run"]["state"] == "finished"
    assert (found["missed"], found["waiting_since"], found["late"]) == ([], None, False)


def test_missed_runs_are_told_and_the_exit_code_asks_for_a_look(program: Program) -> None:
    program.works("schedule", "write", "night", *DAILY, "--", NOBODY)
    assert program("schedule", "status", "--check").code == 0
    written_ago(program.store, "night", 3)
    late = program("schedule", "status", "--check", "night")
    assert late.code == 1
    assert "3 runs were missed" in late.out
    assert "Nothing has begun since" in late.out
    assert program.works("schedule", "status").code == 0
    program.works("scan", "net", NOBODY, "--plan", "night")
    assert program.works("schedule", "status", "--check").out.count("missed") == 1


def test_in_a_blackout_nothing_is_sent(program: Program) -> None:
    today = local_today()
    days = f"{today - timedelta(days=1)}..{today + timedelta(days=1)}"
    program.works("schedule", "write", "night", *DAILY, "--blackout", days, "--", NOBODY)
    held = program.works("scan", "net", NOBODY, "--plan", "night")
    assert "is held back until" in held.err
    assert program.works("show", "runs", "--json").json == []
    assert program.works("schedule", "status", "--check").code == 0


def test_a_second_scan_of_the_same_is_told_who_is_at_it_since_when(program: Program, url: str) -> None:
    now = datetime.now(UTC)
    scope = describe(expand((NOBODY,), None))
    with Store.open(url) as store:
        keep_plan(store, Plan("night", Every.DAY, date(2026, 1, 1), time(0), ("scan", "net", NOBODY)), now)
        with alone(store, "20260102-030405-ab12", now, scope, "", ""):
            second = program("scan", "net", NOBODY, "--db", url)
        with alone(store, "20260102-030405-ab12", now, "other", "", "night"):
            planned = program("scan", "net", "127.0.0.1:2", "--plan", "night", "--db", url)
    for refused, what in ((second, "the same targets are being scanned"), (planned, "the plan night is at work already")):
        assert (refused.code, refused.out) == (3, "")
        assert len(refused.err.splitlines()) == 1
        assert what in refused.err
        assert "run 20260102-030405-ab12 by " in refused.err
        assert f"since {now:%Y-%m-%d %H:%M} UTC" in refused.err
    program.works("scan", "net", NOBODY, "--plan", "night", "--db", url)


def test_a_clock_that_ran_back_is_told(program: Program, url: str) -> None:
    with Store.open(url) as store:
        ahead = a_run("ahead", 36_500)
        store.begin_run(ahead)
        store.finish_run("ahead", RunState.FINISHED, ahead.started_at)
    done = program.works("scan", "net", NOBODY, "--db", url, "-q")
    assert "Warning: this machine's clock shows" in done.err
    assert "run ahead" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("write", "A", *DAILY, "--", NOBODY), "no name for a plan"),
        (("write", "a", "--every", "hour", "--at", "00:00", "--", NOBODY), "is no interval"),
        (("write", "a", "--every", "day", "--at", "24:00", "--", NOBODY), "no time of the day"),
        (("write", "a", *DAILY, "--blackout", "2026-02-02..2026-02-01", "--", NOBODY), "end before they begin"),
        (("write", "a", *DAILY, "--blackout", "tet", "--", NOBODY), "are no days"),
        (("write", "a", *DAILY, "--", NOBODY, "--resume", "x"), "--resume has no place in a plan"),
        (("write", "a", *DAILY, "--", "@-"), "no standard input"),
        (("write", "a", *DAILY, "--", "--profile", "quick"), "no target is named"),
        (("write", "a", *DAILY, "--", NOBODY, "--db", "x"), "give --db before"),
        (("write", "a", *DAILY, "--", NOBODY, "--nonsense"), "--nonsense"),
        (("write", "a", *DAILY, "--first", "1999-01-01", "--", NOBODY), "too far away"),
        (("write", "a", *DAILY, "-o", "absent", "--", NOBODY), "there is no folder"),
        (("write", "a", *DAILY, "--db", "postgresql://u:geheim@127.0.0.1/x", "--", NOBODY), "~/.pgpass"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(program: Program, words: tuple[str, ...], said: str) -> None:
    refused = program("schedule", *words)
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert said in refused.err
    assert "geheim" not in refused.err


def test_a_plan_is_written_anew_only_when_asked_and_taken_out(program: Program) -> None:
    words = ("schedule", "write", "night", *DAILY, "-o", ".", "--")
    program.works(*words, NOBODY)
    assert program(*words, NOBODY).code == 2
    program.works(*words[:-1], "--replace", "--", "127.0.0.1:2")
    assert program.works("schedule", "list", "--json").json[0]["words"][-1] == "127.0.0.1:2"
    program.works("schedule", "remove", "night")
    assert program.works("schedule", "list", "--json").json == []
    for gone in (("schedule", "remove", "night"), ("schedule", "status", "night"), ("scan", "net", NOBODY, "--plan", "night")):
        assert "no plan night" in program(*gone).err
    program.works(*words[:-1], "--replace", "--", NOBODY)


@pytest.mark.parametrize("damage", ["{}", '{"every": "day", "first": 5}', '{"words": "x"}', "[]", "5"])
def test_a_plan_that_was_damaged_is_told_in_one_sentence(program: Program, damage: str) -> None:
    program.works("schedule", "write", "night", *DAILY, "--", NOBODY)
    with closing(sqlite3.connect(program.store)) as connection, connection:
        connection.execute("UPDATE setting SET document = ?", (damage,))
    refused = program("schedule", "status")
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (3, "", 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store that the program and the test both open."""
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path / 'both.sqlite'}"
    else:
        make: Callable[[], str] = request.getfixturevalue("new_database")
        address = make()
    with Store.open(address, any_revision=True) as store:
        store.upgrade()
    return address


def test_r17_r33_what_is_due_is_listed_with_whose_it_is_its_source_and_the_days_left(program: Program) -> None:
    program.works("unit", "set", "STC", "name=Sở Tài chính Mẫu", "kind=state")
    sheet = program.folder / "tasks.csv"
    sheet.write_text("code,unit,title,lead,deadline,state\nV-1,STC,Thay chứng thư,STC,2026-08-30,planned\n", encoding="utf-8")
    program.works("register", "import", "task", str(sheet))
    words = ("schedule", "deadlines", "--as-of", "2026-09-01", "--days", "60")
    rows = program.works(*words, "--json").json["rows"]
    assert (rows[0]["kind"], rows[0]["id"], rows[0]["standing"], rows[0]["days_left"]) == ("task", "V-1", "late", -2)
    (yearly,) = [row for row in rows if row["id"] == "party-annual"]
    assert (yearly["due"], yearly["days_left"], yearly["standing"], yearly["certainty"]) == ("2026-09-30", 29, "ahead", "document")
    text = program.works(*words, "--lang", "en").out
    told = " ".join(text.split())
    assert text.index("2 days late") < text.index("29 days left")
    assert "Whose: STC Sở Tài chính Mẫu" in told
    assert "Source: text of one provincial action programme, III.1 (the text was read)" in told
    late = program.works(*words, "--late", "--json").json["rows"]
    assert [row["id"] for row in late] == ["V-1"]
    assert program("schedule", "deadlines", "--as-of", "9999-12-31").code == 2
