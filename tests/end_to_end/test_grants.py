"""`pqscan db grants` on PostgreSQL: what the login can do afterwards is what its role says."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from pqscan.errors import StoreError
from pqscan.readiness.act import ActKind
from pqscan.readiness.changes import Change
from pqscan.store.repository import Store
from tests.end_to_end.conftest import Program
from tests.unit.store.people import a_decision, an_act
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

pytestmark = pytest.mark.lab
psycopg = pytest.importorskip("psycopg")

UNITS = {"TU": None, "VP": "TU", "SO": None}


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    """A store of three units, one under another, each with a system."""
    address = new_database()
    with Store.open(address, any_revision=True) as store:
        store.upgrade()
    with Store.open(address) as store:
        units = [
            Change("unit", code, None, {"code": code, "name": f"Đơn vị {code}", "superior": above}) for code, above in UNITS.items()
        ]
        systems = [
            Change("system", f"HT-{code}", None, {"code": f"HT-{code}", "name": code, "owner": code, "regime": "civil"})
            for code in UNITS
        ]
        store.change_register([*units, *systems], an_act())
    return address


@pytest.fixture
def login(url: str) -> Iterator[tuple[str, str]]:
    """A login without any right, and its URL."""
    name = f"login_{secrets.token_hex(4)}"
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    yield name, make_url(url).set(username=name, password="x").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {name}")
        connection.execute(f"DROP ROLE {name}")


def test_a_collector_writes_sightings_and_no_decision(program: Program, url: str, login: tuple[str, str]) -> None:
    name, own = login
    program.works("db", "grants", "--role", "collector", "--login", name, "--apply", "--db", url)
    with Store.open(own, read_certificate=read_certificate) as store:
        store.begin_run(a_run())
        store.commit(a_batch(an_outcome(a_target(1), a_profile("X"))))
        with pytest.raises(StoreError, match="denied it"):
            store.decide([a_decision()], an_act(ActKind.DECISION))
        assert store.decisions() == {}


def test_a_login_of_a_unit_sees_the_rows_of_it_and_of_those_under_it(program: Program, url: str, login: tuple[str, str]) -> None:
    name, own = login
    words = ("db", "grants", "--role", "reviewer", "--login", name, "--db", url)
    done = program.works(*words, "--unit", "TU", "--apply", "--json").json
    assert (done["units"], done["applied"]) == (["TU", "VP"], True)
    with Store.open(own) as store:
        assert set(store.register()["system"]) == {"HT-TU", "HT-VP"}
    program.works(*words, "--apply")
    with Store.open(own) as store:
        assert set(store.register()["system"]) == {"HT-TU", "HT-VP", "HT-SO"}


@pytest.mark.parametrize("role", ["reviewer", "operator", "auditor", "administrator"])
def test_no_login_alters_an_act(program: Program, url: str, login: tuple[str, str], role: str) -> None:
    name, own = login
    program.works("db", "grants", "--role", role, "--login", name, "--apply", "--db", url)
    plain = make_url(own).set(drivername="postgresql").render_as_string(hide_password=False)
    for statement in ("UPDATE act SET actor = 'x'", "DELETE FROM act", "TRUNCATE act CASCADE"):
        with psycopg.connect(plain) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)
    assert program.works("db", "verify", "--db", url, "--json").json["whole"] is True


def test_giving_rights_is_an_act(program: Program, url: str, login: tuple[str, str]) -> None:
    name, _ = login
    program.works("db", "grants", "--role", "auditor", "--login", name, "--unit", "VP", "--apply", "--db", url)
    *_, last = program.works("acts", "--json", "--db", url).json
    assert (last["kind"], last["subject"]) == ("setting", f"login {name}")
    assert last["detail"] == {"role": "auditor", "units": ["VP"]}


def test_what_is_printed_does_the_same_and_nothing_by_itself(program: Program, url: str, login: tuple[str, str]) -> None:
    name, own = login
    printed = program.works("db", "grants", "--role", "reviewer", "--login", name, "--unit", "SO", "--db", url).out
    with pytest.raises(StoreError):
        Store.open(own)
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(printed)
    with Store.open(own) as store:
        assert set(store.register()["system"]) == {"HT-SO"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--role", "boss", "--login", "x"), 2, "no role 'boss'"),
        (("--role", "auditor", "--login", "X; DROP"), 2, "no plain name"),
        (("--role", "auditor", "--login", "x", "--unit", "QQ"), 2, "no unit QQ"),
        (("--role", "auditor", "--login", "not_there", "--apply"), 3, "not_there"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(
    program: Program, url: str, words: tuple[str, ...], code: int, said: str
) -> None:
    refused = program("db", "grants", *words, "--db", url)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (code, "", 1)
    assert said in refused.err
    assert program.works("acts", "--db", url, "--json").json[1:] == []


def test_a_file_has_no_roles(program: Program) -> None:
    refused = program("db", "grants", "--role", "auditor", "--login", "x")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert "is a file and has no roles" in refused.err
    assert not Path(program.store).exists()
