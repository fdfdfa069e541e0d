"""Every use case that changes something or lets it out asks first whether the person at it may."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from pqscan.app.acting import act_of
from pqscan.app.assessment import choose_policies
from pqscan.app.backup import back_up_store, recode_store, restore_store
from pqscan.app.chain import accept_chain
from pqscan.app.deciding import Wish, decide, living, move
from pqscan.app.diagnosing import diagnostic
from pqscan.app.files import scan_files
from pqscan.app.history import question
from pqscan.app.net_scan import NetScan
from pqscan.app.permitting import SETTING, access_of, grant, permit, permit_at, revoke
from pqscan.app.plans import keep_plan
from pqscan.app.purging import purge, set_retention
from pqscan.app.registering import Doing, export_rows, remove_record, set_record
from pqscan.app.scanning import resume_net, scan_net
from pqscan.app.store_shelf import StoreShelf
from pqscan.errors import PqscanError, StoreError, UsageError, WorkError
from pqscan.readiness.access import Right, roles
from pqscan.readiness.act import ActKind
from pqscan.readiness.decision import DecisionState
from pqscan.readiness.grant import Grant
from pqscan.readiness.recurrence import Every, Plan
from pqscan.scan.audit import AuditLog
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome
from tests.unit.app.test_store_shelf import filed
from tests.unit.store.people import an_act

NIST = choose_policies(["nist-ir-8547"])
SINCE = date(2020, 1, 1)


@pytest.fixture(autouse=True)
def _as_an(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "an")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Two targets with findings: the web server is of the unit VP, below TU; the mail server of CA."""

    def outcomes(number: int) -> list[object]:
        return [an_outcome(WEB, an_answer(), number, a_certificate(1)), an_outcome(MAIL, an_answer(old=True), number)]

    with a_store(tmp_path, (0, 10), outcomes) as opened:  # type: ignore[arg-type]
        for code, superior in (("TU", ""), ("VP", "TU"), ("CA", "")):
            set_record(opened, "unit", code, [f"name={code}", f"superior={superior}"], by("an"))
        for code, owner, target in (("web", "VP", WEB), ("mail", "CA", MAIL)):
            scope = f"scope={target.address}"  # type: ignore[union-attr]
            set_record(opened, "system", code, [f"name={code}", f"owner={owner}", scope], by("an"))
        yield opened


def by(person: str) -> Doing:
    return Doing(datetime(2026, 11, 29, 8, tzinfo=UTC), person)


def govern(store: Store, *grants: Grant) -> None:
    """The administrator of the store is `admin`."""
    grant(store, Grant("admin", "administrator", (), SINCE, None, "an"))
    for one in grants:
        rows = [*access_of(store).grants, one]
        store.set_setting(SETTING, {"grants": [json.dumps(row.document()) for row in rows]}, an_act(ActKind.SETTING))


def a_wish(state: DecisionState = DecisionState.PLANNED) -> Wish:
    return Wish(state=state, by="Bà B", actor="an", reason="vì", fixer="Phòng CNTT", deadline=date(2030, 1, 1))


def decide_on(store: Store, target: object, state: DecisionState = DecisionState.PLANNED) -> None:
    lives = [life for life in living(store, question(NIST)) if life.target == target]
    assert lives
    decide(store, lives[:1], a_wish(state))


def _path(store: Store) -> Path:
    return Path(store.place)


def _shelve(store: Store, kind: ActKind) -> None:
    shelf = StoreShelf(lambda: Store.open(store.place))
    shelf.keep_snapshot(filed(), act_of(kind, "VP", datetime(2026, 11, 29, tzinfo=UTC)))


NOW = datetime(2026, 11, 29, tzinfo=UTC)
PLAN = Plan("dem", Every.DAY, date(2026, 11, 29), time(1, 30), ("scan", "net", "127.0.0.1:1"))
ACTS: dict[str, tuple[Right, Callable[[Store], object]]] = {
    "set a record": (Right.REGISTER, lambda store: set_record(store, "unit", "VP", ["name=Văn phòng"], by("an"))),
    "remove a record": (Right.REGISTER, lambda store: remove_record(store, "system", "web", by("an"))),
    "export a register": (Right.EXPORT, lambda store: export_rows(store, "unit", by("an"), language="vi")),
    "plan": (Right.DECIDE, lambda store: decide_on(store, WEB)),
    "accept": (Right.ACCEPT, lambda store: decide_on(store, WEB, DecisionState.ACCEPTED)),
    "state a move": (
        Right.DECIDE,
        lambda store: move(
            store, f"{WEB.address}:{WEB.port}", f"{MAIL.address}:{MAIL.port}", date(2026, 1, 1), by="Bà B", reason="vì"
        ),
    ),
    "write a diagnostic": (Right.EXPORT_REDACTED, lambda store: diagnostic(store, next(iter(living(store, question(NIST)))))),
    "write one with evidence": (
        Right.EXPORT,
        lambda store: diagnostic(store, next(iter(living(store, question(NIST)))), with_evidence=True),
    ),
    "scan": (
        Right.SCAN,
        lambda store: scan_net(NetScan(targets=("127.0.0.1:1",)), store, audit=AuditLog(_path(store).with_name("a"))),
    ),
    "resume a scan": (Right.SCAN, lambda store: resume_net("absent", store)),
    "read files": (Right.SCAN, lambda store: scan_files([__file__], store)),
    "back up": (Right.ADMINISTER, lambda store: back_up_store(_path(store).with_name("copy"), store.place)),
    "restore": (Right.ADMINISTER, lambda store: restore_store(_path(store), store.place)),
    "decrypt": (Right.EXPORT, lambda store: recode_store(_path(store), _path(store).with_name("copy"), of=None, to=None)),
    "accept a chain": (Right.VERIFY, lambda store: accept_chain(store, "vì", _path(store).with_name("a"))),
    "seal": (Right.SEAL, lambda store: _shelve(store, ActKind.SEAL)),
    "take a unit's file": (Right.REGISTER, lambda store: _shelve(store, ActKind.IMPORT)),
    "purge history": (Right.ADMINISTER, lambda store: purge(store, date(2020, 1, 1), NOW)),
    "set how long history is kept": (Right.ADMINISTER, lambda store: set_retention(store, 5, NOW)),
    "write a plan": (Right.SCAN, lambda store: keep_plan(store, PLAN, NOW)),
    "give a role": (Right.ADMINISTER, lambda store: grant(store, Grant("ca", "auditor", (), SINCE, None, "an"))),
    "end a role": (Right.ADMINISTER, lambda store: revoke(store, "an", None, SINCE)),
}


@pytest.mark.parametrize("role", list(roles()))
@pytest.mark.parametrize("name", ACTS)
def test_each_role_does_what_it_has_the_right_to_and_nothing_else(
    name: str, role: str, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    right, act = ACTS[name]
    govern(store, Grant("an", role, (), SINCE, None, "admin"))
    head, files = store.acts_head(), {path.name for path in tmp_path.iterdir()}
    if right in roles()[role].rights:
        try:
            act(store)
        except PqscanError as error:  # It was let in, and found something else to say.
            assert "pqscan access grant" not in str(error)  # noqa: PT017
        return
    with pytest.raises(WorkError, match=rf"^an may not do this as {role}: it takes the role of .*; ask admin(, an)? for it"):
        act(store)
    assert store.acts_head() == head
    assert {path.name for path in tmp_path.iterdir()} == files


@pytest.mark.parametrize("name", ACTS)
def test_who_holds_no_role_does_nothing_once_roles_were_given(name: str, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    govern(store)
    head = store.acts_head()
    with pytest.raises(WorkError, match=r"^an has no role here on .*: ask admin for it"):
        ACTS[name][1](store)
    assert store.acts_head() == head


def test_a_reviewer_of_one_unit_cannot_decide_for_a_finding_of_another(store: Store) -> None:
    govern(store, Grant("an", "reviewer", ("TU",), SINCE, None, "admin"))
    decide_on(store, WEB)
    with pytest.raises(WorkError, match="an may do this for TU alone and not for the unit CA: ask admin"):
        decide_on(store, MAIL)
    assert len(store.decisions()) == 1
    *_, last = store.acts(ActKind.DECISION)
    assert (last.act.actor, last.act.role) == ("an", "reviewer")


def test_a_finding_that_belongs_to_no_unit_is_decided_by_who_answers_for_all(store: Store) -> None:
    remove_record(store, "system", "web", by("an"))
    govern(store, Grant("an", "reviewer", ("TU",), SINCE, None, "admin"))
    with pytest.raises(WorkError, match="not for what belongs to no unit"):
        decide_on(store, WEB)


def test_a_record_is_not_drawn_over_from_another_unit(store: Store) -> None:
    govern(store, Grant("an", "reviewer", ("VP",), SINCE, None, "admin"))
    set_record(store, "system", "web", ["name=Cổng"], by("an"))
    for code, change in (("mail", "owner=VP"), ("web", "owner=CA")):
        with pytest.raises(WorkError, match="not for the unit CA"):
            set_record(store, "system", code, [change], by("an"))
    assert [chained.act.role for chained in store.acts(ActKind.REGISTER)][-1] == "reviewer"


def test_without_any_role_everything_is_allowed_and_acts_bear_none(store: Store) -> None:
    decide_on(store, WEB)
    *_, last = store.acts()
    assert last.act.role == ""
    assert {permit(store, right) for right in Right} == {""}


def test_the_first_role_is_given_by_anybody_and_the_next_by_an_administrator(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    reviewer = Grant("binh", "reviewer", ("VP",), SINCE, None, "an")
    with pytest.raises(UsageError, match="nobody could give roles then"):
        grant(store, reviewer)
    grant(store, Grant("admin", "administrator", (), SINCE, None, "an"), "vì")
    with pytest.raises(WorkError, match="an has no role here"):
        grant(store, reviewer)
    monkeypatch.setenv("LOGNAME", "admin")
    with pytest.raises(UsageError, match="the register has no unit XX"):
        grant(store, replace(reviewer, units=("XX",)))
    grant(store, reviewer)
    revoke(store, "binh", None, SINCE)
    said = [(one.act.actor, one.act.role, one.act.detail["event"], one.act.detail["person"]) for one in store.acts(ActKind.SETTING)]
    assert said == [
        ("an", "", "granted", "admin"),
        ("admin", "administrator", "granted", "binh"),
        ("admin", "administrator", "revoked", "binh"),
    ]
    assert store.verify_acts().is_whole


@pytest.mark.parametrize("rows", ["x", ["x"], ["[]"], ['{"person": "an"}'], None])
def test_a_list_of_roles_that_nobody_wrote_is_an_error_and_no_open_door(store: Store, rows: object) -> None:
    store.set_setting(SETTING, {"grants": rows}, an_act(ActKind.SETTING))  # type: ignore[dict-item]
    with pytest.raises(StoreError, match="the store's list of roles is not as pqscan writes it"):
        permit(store, Right.SCAN)


def test_where_there_is_no_store_nobody_was_given_a_role(tmp_path: Path) -> None:
    assert permit_at(str(tmp_path / "absent.sqlite"), Right.SEAL) == ""


def test_a_store_is_asked_at_its_place(store: Store) -> None:
    govern(store)
    with pytest.raises(WorkError, match="an has no role here"):
        permit_at(store.place, Right.SEAL)
