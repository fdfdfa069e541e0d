"""On PostgreSQL the database itself keeps people apart: what a role may not do, its login cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import make_url

from pqscan.errors import PqscanError, StoreError, UsageError
from pqscan.readiness.access import roles
from pqscan.readiness.act import ActKind
from pqscan.readiness.changes import Change
from pqscan.readiness.grant import SETTING
from pqscan.store.grants import grants
from pqscan.store.repository import Store
from tests.unit.store.people import an_act
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

psycopg = pytest.importorskip("psycopg")

SYSTEMS = {
    "A": {"code": "A", "owner": "STC", "regime": "civil"},
    "B": {"code": "B", "owner": "UBND", "regime": "civil"},
    "C": {"code": "C", "owner": "STC", "regime": "military"},
    "D": {"code": "D", "owner": "STC", "regime": None},
    "E'\\": {"code": "E'\\", "owner": "O'Neil\\", "regime": "cipher"},
}


@pytest.fixture
def login(new_database: Callable[[], str]) -> Iterator[Callable[..., str]]:
    """Gives the URL of a fresh login with a role, on a store with systems of several units and one scan."""
    url = new_database()
    with Store.open(url, any_revision=True) as store:
        store.upgrade()
    with Store.open(url, read_certificate=read_certificate) as store:
        store.begin_run(a_run())
        store.commit(a_batch(an_outcome(a_target(1), a_profile("X"))))
        store.change_register([Change("system", code, None, document) for code, document in SYSTEMS.items()], an_act())
    address = make_url(url)
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)
    made: list[str] = []

    def make(role: str, units: tuple[str, ...] | None = None) -> str:
        name = f"login_{len(made)}_{address.database}"
        made.append(name)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
            connection.execute(grants(name, roles()[role], units))
        return address.set(username=name, password="x").render_as_string(hide_password=False)

    yield make
    with psycopg.connect(plain, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP OWNED BY {name}")
            connection.execute(f"DROP ROLE {name}")


def systems(url: str) -> set[str]:
    with Store.open(url) as store:
        return set(store.register().get("system", {}))


@pytest.mark.parametrize(
    ("role", "units", "seen"),
    [
        ("reviewer", ("STC",), {"A", "D"}),
        ("reviewer", None, {"A", "B", "D"}),
        ("cipher_officer", ("O'Neil\\",), {"E'\\"}),
        ("reviewer", (), set()),
        ("operator", None, {"A", "B", "D", "E'\\"}),
    ],
)
def test_a_login_sees_the_rows_of_its_units_and_regimes_and_never_a_military_one(
    login: Callable[..., str], role: str, units: tuple[str, ...] | None, seen: set[str]
) -> None:
    assert systems(login(role, units)) == seen


def test_who_answers_for_one_unit_cannot_write_a_row_of_another(login: Callable[..., str]) -> None:
    with Store.open(login("reviewer", ("STC",))) as store:
        own = {**SYSTEMS["A"], "name": "Ngân sách"}
        store.change_register([Change("system", "A", SYSTEMS["A"], own)], an_act())
        with pytest.raises(StoreError):
            store.change_register([Change("system", "F", None, {"code": "F", "owner": "UBND", "regime": "civil"})], an_act())
        assert store.register()["system"]["A"] == own


def test_who_only_reads_cannot_scan_and_who_runs_the_machine_cannot_read(login: Callable[..., str]) -> None:
    with Store.open(login("auditor")) as store:
        assert len(list(store.sightings())) == 1
        assert len(list(store.acts())) == 1
        with pytest.raises(StoreError):
            store.begin_run(a_run("run-2"))
    with Store.open(login("administrator")) as store, pytest.raises(StoreError):
        list(store.sightings())


def test_a_collector_scans_and_reads_no_acts(login: Callable[..., str]) -> None:
    with Store.open(login("collector"), read_certificate=read_certificate) as store:
        store.begin_run(a_run("run-2", 1))
        store.commit(a_batch(an_outcome(a_target(2), a_profile("Y")), run="run-2"))
        assert len(list(store.sightings())) == 2
        with pytest.raises(StoreError):
            list(store.acts())


def test_only_who_administers_writes_the_list_of_roles(login: Callable[..., str]) -> None:
    with Store.open(login("administrator")) as store:
        store.set_setting(SETTING, {"grants": ["x"]}, an_act(ActKind.SETTING))
    with Store.open(login("reviewer", ("STC",))) as store:
        assert store.setting(SETTING) == {"grants": ["x"]}
        with pytest.raises(StoreError):
            store.set_setting(SETTING, {"grants": []}, an_act(ActKind.SETTING))
        store.set_setting("another", {"a": 1}, an_act(ActKind.SETTING))
        store.set_setting("another", {"a": 2}, an_act(ActKind.SETTING))
        assert (store.setting(SETTING), store.setting("another")) == ({"grants": ["x"]}, {"a": 2})
    with Store.open(login("collector")) as store, pytest.raises(StoreError):
        store.set_setting("another", {"a": 3}, an_act(ActKind.SETTING))


def test_r08_who_scans_for_one_unit_reads_the_places_of_military_units_and_cannot_change_them(login: Callable[..., str]) -> None:
    own, military = ({"code": code, "name": code, "kind": kind} for code, kind in (("STC", "state"), ("BCHQS", "military")))
    with Store.open(login("operator")) as store:
        changes = [Change("unit", str(one["code"]), None, one) for one in (own, military, {**own, "code": "SNV"})]
        store.change_register(changes, an_act())
    with Store.open(login("operator", ("STC",))) as store:
        assert set(store.register()["unit"]) == {"STC", "BCHQS"}
        with pytest.raises(PqscanError):
            store.change_register([Change("unit", "BCHQS", military, {**military, "kind": "state"})], an_act())
    with Store.open(login("reviewer", ("STC",))) as store:
        assert set(store.register()["unit"]) == {"STC"}


@pytest.mark.parametrize("name", ["", "A", "x; DROP TABLE act", 'x"', "1a", "ủy"])
def test_a_name_that_is_no_plain_one_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no plain name of a login"):
        grants(name, roles()["reviewer"])
