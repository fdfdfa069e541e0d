"""What `db verify` rests on: the triggers, the chain of acts, and what a tampering owner of the database leaves behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from pqscan.errors import StoreError
from pqscan.readiness.act import ActKind
from pqscan.readiness.chain import ChainFault, ChainHead
from pqscan.readiness.changes import Change
from pqscan.store import migrate
from pqscan.store.engine import connect, locate, writing
from pqscan.store.repository import Store
from tests.unit.store.people import a_decision, a_snapshot, a_unit, an_act, made
from tests.unit.store.samples import day

TRIGGERS = {
    "sqlite": "SELECT 'DROP TRIGGER ' || name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT 'DROP TRIGGER ' || tgname || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.fixture
def filled(url: str) -> str:
    return fill(url)


def fill(url: str) -> str:
    """A store with one of each: acts 1 to 5 are register, decisions, snapshot, setting, export."""
    with Store.open(url) as store:
        store.change_register([made("a"), made("b")], an_act(at=day(0)))
        store.decide([a_decision("x"), a_decision("y")], an_act(ActKind.DECISION, at=day(1)))
        store.keep_snapshot(a_snapshot(), an_act(ActKind.SEAL, at=day(2)))
        store.set_setting("quantum_year", {"year": 2035}, an_act(ActKind.SETTING, at=day(3)))
        store.add_act(an_act(ActKind.EXPORT, at=day(4)))
    return url


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The same in a file, for what one database shows as well as the other."""
    return fill(f"sqlite:///{tmp_path / 'filled.sqlite'}")


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite")


def tamper(url: str, *statements: str, drop: bool = True) -> None:
    """As the owner of the database: the triggers are dropped first."""
    engine = connect(locate(url))
    with writing(engine, url, keys_off=True) as connection:
        if drop:
            for statement in connection.execute(text(TRIGGERS[connection.dialect.name])).scalars().all():
                connection.exec_driver_sql(statement)
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("ALTER TABLE decision DROP CONSTRAINT IF EXISTS fk_decision_act_number_act")
                connection.exec_driver_sql("ALTER TABLE snapshot DROP CONSTRAINT IF EXISTS fk_snapshot_act_number_act")
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize("table", ["act", "decision", "snapshot"])
def test_rows_of_acts_decisions_and_snapshots_cannot_be_altered(filled: str, table: str) -> None:
    column = {"act": "number", "decision": "finding", "snapshot": "digest"}[table]
    last = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if is_sqlite(filled) else f"TRUNCATE {table} CASCADE"
    for statement in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", last):
        with pytest.raises(StoreError, match=r"rows of (act|decision|snapshot) are never altered or taken out"):
            tamper(filled, statement, drop=False)
    with Store.open(filled) as store:
        assert (store.verify_acts().is_whole, store.verify_acts().entries) == (True, 5)


def test_the_migrations_make_the_very_triggers_that_a_new_store_gets(new_database: Callable[[], str]) -> None:
    found = []
    for target in ("head", "0002"):
        url = new_database()
        engine = connect(locate(url))
        migrate.upgrade(engine, locate(url), target=target)
        with engine.connect() as connection:
            triggers = connection.execute(text("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"))
            body = connection.execute(text("SELECT prosrc FROM pg_proc WHERE proname = 'pqscan_append_only'")).scalar_one()
            found.append(({*triggers.scalars()}, " ".join(body.split())))
            assert inspect(connection).has_table("act")
        engine.dispose()
    assert found[0] == found[1]
    assert len(found[0][0]) == 6


def test_a_chain_that_nobody_touched_is_whole_up_to_its_head(filled: str) -> None:
    with Store.open(filled) as store:
        heads = [ChainHead(each.number, each.hash) for each in store.acts()]
        report = store.verify_acts(heads)
        assert (report.is_whole, report.head, report.ran_back) == (True, heads[-1], 0)


EFFECT_OF_ONE = "(SELECT effect FROM act WHERE number = 1)"


TAMPERED = (
    ("UPDATE act SET actor = 'somebody else' WHERE number = 2", ChainFault.ALTERED, 2),
    ("UPDATE act SET reason = 'for another one' WHERE number = 5", ChainFault.ALTERED, 5),
    ("UPDATE act SET role = '', subject = subject || role WHERE number = 3", ChainFault.ALTERED, 3),
    ("UPDATE act SET at = '2026-01-03T03:04:05.678902Z' WHERE number = 2", ChainFault.ALTERED, 2),
    ("UPDATE act SET detail = '{}' WHERE number = 4", ChainFault.ALTERED, 4),
    (f"UPDATE act SET effect = {EFFECT_OF_ONE} WHERE number = 2", ChainFault.ALTERED, 2),
    ("UPDATE act SET hash = previous_hash WHERE number = 5", ChainFault.ALTERED, 5),
    ("UPDATE act SET previous_hash = hash WHERE number = 5", ChainFault.OUT_OF_PLACE, 5),
    ("DELETE FROM act WHERE number = 1", ChainFault.MISSING, 1),
    ("DELETE FROM act WHERE number = 3", ChainFault.MISSING, 3),
    ("UPDATE act SET number = number + 10 WHERE number = 5", ChainFault.MISSING, 5),
    ("UPDATE act SET number = 0 WHERE number = 1", ChainFault.UNREADABLE, 1),
    ("DELETE FROM decision WHERE state = 'planned'", ChainFault.DECISIONS, 2),
    ("UPDATE decision SET state = 'waived'", ChainFault.DECISIONS, 2),
    ('UPDATE decision SET document = \'{"by": "x"}\'', ChainFault.DECISIONS, 2),
    ("UPDATE decision SET act_number = 4", ChainFault.DECISIONS, 0),
    ("UPDATE decision SET document = '[]'", ChainFault.DECISIONS, 2),
    ("DELETE FROM snapshot", ChainFault.SNAPSHOT, 3),
    ("UPDATE snapshot SET head = 'another'", ChainFault.SNAPSHOT, 3),
    ("UPDATE snapshot SET document = digest", ChainFault.SNAPSHOT, 3),
    ("UPDATE snapshot SET period_end = 'never'", ChainFault.SNAPSHOT, 3),
    ("UPDATE setting SET document = '{\"year\": 2040}'", ChainFault.SETTING, 4),
    ("DELETE FROM setting", ChainFault.SETTING, 4),
    ("INSERT INTO setting VALUES ('mine', '{}')", ChainFault.SETTING, 0),
    ("UPDATE setting SET document = '[1]'", ChainFault.SETTING, 4),
    ("DELETE FROM register_entry WHERE code = 'a'", ChainFault.REGISTER, 1),
    ("UPDATE register_entry SET document = '{}' WHERE code = 'a'", ChainFault.REGISTER, 1),
    ("UPDATE register_entry SET code = 'c' WHERE code = 'a'", ChainFault.REGISTER, 1),
    ("UPDATE register_entry SET document = '\"x\"' WHERE code = 'a'", ChainFault.REGISTER, 1),
)


@pytest.mark.parametrize(("statement", "fault", "number"), TAMPERED)
def test_what_was_altered_behind_the_program_is_told_with_the_first_number(
    file: str, statement: str, fault: ChainFault, number: int
) -> None:
    told(file, statement, fault, number)


@pytest.mark.parametrize("case", [0, 3, 5, 8, 12, 19, 22, 26])
def test_postgresql_tells_it_as_well(new_database: Callable[[], str], case: int) -> None:
    url = new_database()
    with Store.open(url, any_revision=True) as store:
        store.upgrade()
    told(fill(url), *TAMPERED[case])


def told(url: str, statement: str, fault: ChainFault, number: int) -> None:
    tamper(url, statement)
    with Store.open(url) as store:
        report = store.verify_acts()
    assert (report.fault, report.number) == (fault, number)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE act SET detail = 'not JSON' WHERE number = 2",
        "UPDATE act SET at = 'yesterday' WHERE number = 2",
        "UPDATE act SET reason = X'00ff' WHERE number = 2",
        "UPDATE act SET detail = replace(hex(zeroblob(100000)), '0', '[') WHERE number = 2",
    ],
)
def test_a_row_that_no_program_of_ours_wrote_is_told_and_not_read(file: str, statement: str) -> None:
    tamper(file, statement)
    with Store.open(file) as store:
        report = store.verify_acts()
        assert (report.fault, report.number, report.entries) == (ChainFault.UNREADABLE, 2, 1)
        with pytest.raises(StoreError, match=r"holds something that pqscan does not write|failed"):
            list(store.acts())


def test_a_cut_tail_shows_by_a_head_that_was_noted_elsewhere(filled: str) -> None:
    with Store.open(filled) as store:
        head = store.acts_head()
    tamper(filled, "DELETE FROM act WHERE number = 5")
    with Store.open(filled) as store:
        assert store.verify_acts().is_whole  # The chain alone cannot know.
        report = store.verify_acts([head])
        assert (report.fault, report.number, report.entries) == (ChainFault.CUT, 5, 4)
        store.add_act(an_act(ActKind.EXPORT, subject="another"))
        report = store.verify_acts([head, store.acts_head()])
        assert (report.fault, report.number) == (ChainFault.REWRITTEN, 5)


def test_two_heads_noted_of_one_number_cannot_both_be_true(filled: str) -> None:
    with Store.open(filled) as store:
        head = store.acts_head()
        report = store.verify_acts([head, ChainHead(head.entries, "0" * 64)])
    assert (report.fault, report.number) == (ChainFault.REWRITTEN, 5)


def test_a_clock_that_ran_back_is_told_and_refuses_nothing(store: Store) -> None:
    for number in (3, 1, 2, 0, 4):
        store.add_act(an_act(at=day(number)))
    report = store.verify_acts()
    assert (report.is_whole, report.ran_back, report.first_ran_back) == (True, 2, (2, 4))


def test_a_change_made_over_a_tampered_record_does_not_hide_it(filled: str) -> None:
    tamper(filled, "UPDATE register_entry SET document = '{\"name\": \"mine\"}' WHERE code = 'a'")
    with Store.open(filled) as store:
        store.change_register([Change("unit", "a", {"name": "mine"}, a_unit()), made("c")], an_act())
        report = store.verify_acts()
    assert (report.fault, report.number) == (ChainFault.REGISTER, 6)


DAMAGES = {
    "register_entry": (lambda store: store.register(), "document"),
    "setting": (lambda store: store.setting("quantum_year"), "document"),
    "decision": (lambda store: store.decisions(), "document"),
    "snapshot": (lambda store: store.snapshots(), "signatures"),
}


@pytest.mark.parametrize("table", DAMAGES)
def test_a_damaged_document_gives_one_sentence(filled: str, table: str) -> None:
    read, column = DAMAGES[table]
    values = ["[]", "5", "null", '{"by": 1.5}', '{"by": {"a": 1}}', '{"by": [1]}']
    if is_sqlite(filled):  # PostgreSQL refuses what is no JSON.
        values += ["not JSON", '{"by": NaN}', "[" * 100_000]
    for value in values:
        tamper(filled, f"UPDATE {table} SET {column} = '{value}'")
        with Store.open(filled) as store, pytest.raises(StoreError) as refusal:
            read(store)
        assert re.search("holds something that pqscan does not write .*: restore a backup$", str(refusal.value))
        assert "\n" not in str(refusal.value)


def test_a_change_of_a_damaged_record_gives_one_sentence_and_changes_nothing(filled: str) -> None:
    tamper(filled, "UPDATE register_entry SET document = '[5]' WHERE code = 'a'")
    with Store.open(filled) as store:
        with pytest.raises(StoreError, match="holds something that pqscan does not write"):
            store.change_register([made("c"), Change("unit", "a", a_unit(), None)], an_act())
        assert store.acts_head().entries == 5
        store.change_register([made("c")], an_act())
        assert store.acts_head().entries == 6


def test_a_decision_that_nobody_can_make_gives_one_sentence(filled: str) -> None:
    at = '"at": "2026-01-01T00:00:00+00:00"'
    for document in ('"by": "x"', f'{at}, "coordinating": "x"', f'{at}, "deadline": "soon"', f'{at}, "by": 5', '"at": "x"'):
        tamper(filled, f"UPDATE decision SET document = '{{{document}}}'")
        with Store.open(filled) as store, pytest.raises(StoreError, match="holds something that pqscan does not write"):
            store.decisions()
    tamper(filled, f"UPDATE decision SET state = 'fixed', document = '{{{at}}}'")
    with Store.open(filled) as store, pytest.raises(StoreError, match="holds something that pqscan does not write"):
        store.decisions()


def test_a_store_whose_tables_were_half_made_gives_one_sentence(filled: str) -> None:
    tamper(filled, "DROP TABLE decision")
    with Store.open(filled) as store:
        for read in (store.decisions, store.verify_acts):
            with pytest.raises(StoreError, match="lacks what this program needs"):
                read()
        with pytest.raises(StoreError, match="lacks what this program needs"):
            store.decide([a_decision()], an_act(ActKind.DECISION))
        assert store.acts_head().entries == 5
        assert len(store.register()["unit"]) == 2


def test_a_migration_that_finds_half_of_its_tables_changes_nothing(url: str, tmp_path: Path) -> None:
    half = url if url.startswith("postgresql") else f"sqlite:///{tmp_path / 'half.sqlite'}"
    engine = connect(locate(half))
    if half.startswith("sqlite"):
        migrate.upgrade(engine, locate(half), target="0001")
    with writing(engine, half) as connection:
        if half.startswith("postgresql"):
            for table in ("decision", "snapshot", "setting", "register_entry"):
                connection.exec_driver_sql(f"DROP TABLE {table}")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        else:
            connection.exec_driver_sql("CREATE TABLE act (number INTEGER)")
    with Store.open(half, any_revision=True) as store:
        with pytest.raises(StoreError, match=r"could not be migrated and is unchanged: .*act.* already exists"):
            store.upgrade()
        assert store.status().revision == "0001"
    assert not inspect(engine).has_table("register_entry")
    engine.dispose()
