"""What people state, do, decide and seal: stored with its act, whole or not at all, on both databases."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from pqscan.errors import UsageError
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.chain import EMPTY, ChainHead, ChainReport
from pqscan.readiness.changes import Change, Document
from pqscan.readiness.decision import DecisionState
from pqscan.readiness.kept import Keeping
from pqscan.store.repository import Store
from tests.unit.store.people import a_decision, a_snapshot, a_unit, an_act, finding, made
from tests.unit.store.samples import START, day

HOSTILE = "a\x00b\udcff\ufdd0ố'\"\\"


def test_a_new_store_has_nothing_of_people_in_it(store: Store) -> None:
    assert (store.register(), store.decisions(), store.snapshots(), list(store.acts())) == ({}, {}, (), [])
    assert (store.acts_head(), store.setting("x")) == (EMPTY, None)
    assert store.verify_acts() == ChainReport(EMPTY)


def test_records_come_back_as_they_were_given_sorted_by_kind_and_code(store: Store) -> None:
    document: Document = {"name": HOSTILE, "level": -(10**30), "is": False, "list": ["", HOSTILE], HOSTILE: "x", "no": None}
    store.change_register([made("b"), made("a"), made("s", document, "system")], an_act())
    known = store.register()
    assert list(known) == ["system", "unit"]
    assert list(known["unit"]) == ["a", "b"]
    assert known["system"]["s"] == {name: value for name, value in document.items() if value is not None}
    assert known["unit"]["a"] == {name: value for name, value in a_unit().items() if value is not None}
    assert known["system"]["s"]["is"] is False


def test_a_record_is_altered_and_taken_out(store: Store) -> None:
    store.change_register([made("a"), made("b")], an_act())
    store.change_register([Change("unit", "a", a_unit(), a_unit("Tên mới")), Change("unit", "b", a_unit(), None)], an_act())
    assert store.register() == {"unit": {"a": {k: v for k, v in a_unit("Tên mới").items() if v is not None}}}
    store.change_register([Change("unit", "a", a_unit("Tên mới"), None)], an_act())
    assert store.register() == {}
    assert store.verify_acts().is_whole


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (made("a"), "unit a is in the register already"),
        (Change("unit", "b", a_unit(), None), "unit b is not in the register any more"),
        (Change("unit", "a", a_unit("another"), a_unit("mine")), "unit a was changed by somebody else"),
        (Change("unit", "a", {**a_unit(), "level": True}, None), "unit a was changed by somebody else"),
        (Change("unit", "x" * 501, None, a_unit()), "longer than 500 characters"),
    ],
)
def test_a_change_of_what_is_not_there_as_it_says_changes_nothing(store: Store, change: Change, said: str) -> None:
    store.change_register([made("a")], an_act())
    before, head = store.register(), store.acts_head()
    with pytest.raises(UsageError, match=said):
        store.change_register([made("new"), change], an_act())
    assert (store.register(), store.acts_head()) == (before, head)


def test_a_field_that_nobody_stated_and_one_that_is_left_out_are_the_same(store: Store) -> None:
    store.change_register([made("a", {"name": "x", "note": None})], an_act())
    store.change_register([Change("unit", "a", {"name": "x", "since": None}, {"name": "y"})], an_act())
    assert store.register() == {"unit": {"a": {"name": "y"}}}


def test_one_record_may_change_twice_in_one_file(store: Store) -> None:
    store.change_register(
        [made("a", {"n": 1}), Change("unit", "a", {"n": 1}, {"n": 2}), made("b"), Change("unit", "b", a_unit(), None)], an_act()
    )
    assert store.register() == {"unit": {"a": {"n": 2}}}
    assert store.verify_acts().is_whole


def test_acts_come_back_in_their_order_each_with_the_hash_before_it(store: Store) -> None:
    given = [an_act(at=day(1), subject=HOSTILE), an_act(ActKind.SEAL, at=day(0)), an_act(ActKind.EXPORT, reason=HOSTILE, at=day(2))]
    heads = [store.add_act(act) for act in given]
    found = list(store.acts())
    assert [each.act for each in found] == given
    assert [ChainHead(each.number, each.hash) for each in found] == heads
    assert [each.previous_hash for each in found] == [EMPTY.hash, found[0].hash, found[1].hash]
    assert store.acts_head() == heads[-1]


def test_acts_are_listed_by_kind_and_from_a_time_on(store: Store) -> None:
    for number, kind in enumerate((ActKind.SEAL, ActKind.EXPORT, ActKind.SEAL)):
        store.add_act(an_act(kind, at=day(number)))
    assert [each.number for each in store.acts(ActKind.SEAL)] == [1, 3]
    assert [each.number for each in store.acts(since=day(1))] == [2, 3]
    assert [each.number for each in store.acts(ActKind.SEAL, day(1).astimezone(timezone(timedelta(hours=7))))] == [3]


def test_the_same_acts_have_the_same_hashes_on_every_database(store: Store) -> None:
    detail: dict[str, str | int | bool | list[str] | None] = {"b": 1, "a": True, "ế": ["x", "ý"], "n": None}
    act = Act(datetime(2026, 11, 29, 8, 0, tzinfo=UTC), "A", "head", ActKind.SEAL, "quý", detail, "vì thế")
    canonical = (
        '{"actor":"A","at":"2026-11-29T08:00:00.000000Z","detail":{"a":true,"b":1,"n":null,"ế":["x","ý"]},"effect":{},'
        '"kind":"seal","number":1,"reason":"vì thế","role":"head","subject":"quý"}'
    )
    assert store.add_act(act).hash == hashlib.sha256(("0" * 64 + canonical).encode()).hexdigest()


def test_an_act_that_is_too_long_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="shorten its reason"):
        store.add_act(an_act(reason="x" * (1 << 20)))
    assert store.acts_head() == EMPTY


def test_a_decision_comes_back_whole(store: Store) -> None:
    given = a_decision(
        state=DecisionState.WAIVED,
        reason=HOSTILE,
        fixer="Công ty Z",
        deadline=date(2027, 1, 31),
        task="NV-1",
        lead="CA",
        coordinating=("VP", "BTG"),
        compensation="VPN",
        expires_on=date(2026, 12, 31),
    )
    store.decide([given], an_act(ActKind.DECISION))
    assert store.decisions() == {given.finding: given}


def test_the_newest_decision_on_a_finding_counts_and_none_is_lost(store: Store) -> None:
    first, second = a_decision(at=day(5)), a_decision(state=DecisionState.WAIVED, at=day(1))
    other = a_decision("y")
    store.decide([first, other], an_act(ActKind.DECISION))
    store.decide([second], an_act(ActKind.DECISION))
    assert store.decisions() == {second.finding: second, other.finding: other}
    assert list(store.decisions()) == sorted([second.finding, other.finding])
    assert store.decision_history(first.finding) == (first, second)
    assert store.decision_history(finding("nobody's")) == ()


@pytest.mark.parametrize(
    ("decisions", "said"),
    [
        ([a_decision(), a_decision(state=DecisionState.WAIVED)], "two decisions on the finding"),
        ([replace(a_decision(), finding=b"short")], "is no key of a finding"),
    ],
)
def test_decisions_that_cannot_be_leave_nothing(store: Store, decisions: list[object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        store.decide([a_decision("z"), *decisions], an_act(ActKind.DECISION))  # type: ignore[list-item]
    assert (store.decisions(), store.acts_head()) == ({}, EMPTY)


def test_a_snapshot_comes_back_byte_for_byte(store: Store) -> None:
    given = [a_snapshot("CA", 2026), a_snapshot("CA", 2025, imported=True), a_snapshot(HOSTILE, 2026)]
    for one in sorted(given, key=lambda one: one.period_end):
        assert store.keep_snapshot(one, an_act(ActKind.SEAL, at=day(9))) is Keeping.NEW
    given = [replace(one, kept_at=day(9)) for one in given]
    assert store.snapshots("CA") == (given[1], given[0])
    assert sorted(store.snapshots(), key=repr) == sorted(given, key=repr)
    assert store.snapshots("none") == ()


def test_the_same_snapshot_twice_changes_nothing(store: Store) -> None:
    store.keep_snapshot(a_snapshot(), an_act(ActKind.SEAL))
    head = store.acts_head()
    assert store.keep_snapshot(replace(a_snapshot(), imported=True), an_act(ActKind.IMPORT)) is Keeping.KNOWN
    assert (store.acts_head(), store.snapshots()) == (head, (replace(a_snapshot(), kept_at=START),))


def test_r34_an_older_period_after_a_newer_one_of_the_same_unit_is_told(store: Store) -> None:
    assert store.keep_snapshot(a_snapshot("CA", 2026), an_act(ActKind.SEAL)) is Keeping.NEW
    assert store.keep_snapshot(a_snapshot("VP", 2025), an_act(ActKind.SEAL)) is Keeping.NEW
    assert store.keep_snapshot(a_snapshot("CA", 2025), an_act(ActKind.IMPORT)) is Keeping.OLDER
    assert store.keep_snapshot(a_snapshot("CA", 2026, "other figures"), an_act(ActKind.IMPORT)) is Keeping.AGAIN
    assert store.keep_snapshot(a_snapshot("CA", 2027), an_act(ActKind.IMPORT)) is Keeping.NEW


@pytest.mark.parametrize(
    ("snapshot", "said"),
    [
        (replace(a_snapshot(), digest=bytes(32)), "does not have the digest"),
        (a_snapshot(""), "needs the code of its unit"),
        (a_snapshot("x" * 501), "needs the code of its unit"),
    ],
)
def test_a_snapshot_that_is_not_whole_is_refused(store: Store, snapshot: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        store.keep_snapshot(snapshot, an_act(ActKind.IMPORT))  # type: ignore[arg-type]
    assert store.acts_head() == EMPTY


def test_a_setting_takes_the_place_of_the_one_before(store: Store) -> None:
    for document in ({"policies": ["vn", "nist"], HOSTILE: HOSTILE}, {"policies": ["vn"], "none": None}):
        store.set_setting(HOSTILE, document, an_act(ActKind.SETTING))
    store.set_setting("quantum_year", {"year": 2035}, an_act(ActKind.SETTING))
    assert store.setting(HOSTILE) == {"policies": ["vn"]}
    assert store.setting("quantum_year") == {"year": 2035}
    assert store.acts_head().entries == 3
    assert store.verify_acts().is_whole
    with pytest.raises(UsageError, match="1 to 200 characters"):
        store.set_setting("", {}, an_act(ActKind.SETTING))


def test_settings_are_found_by_how_their_names_begin(store: Store) -> None:
    for name in ("plan:đêm", "plan:a", "plans", "PLAN:b"):
        store.set_setting(name, {"of": name}, an_act(ActKind.SETTING))
    assert store.settings("plan:") == {"a": {"of": "plan:a"}, "đêm": {"of": "plan:đêm"}}
    assert store.settings("none") == {}


def test_each_act_is_told_with_its_head_after_it_was_committed(url: str) -> None:
    told: list[ChainHead] = []
    with Store.open(url, on_act=told.append) as store:
        store.change_register([made("a")], an_act())
        store.decide([a_decision()], an_act(ActKind.DECISION))
        store.keep_snapshot(a_snapshot(), an_act(ActKind.SEAL))
        store.keep_snapshot(a_snapshot(), an_act(ActKind.SEAL))
        store.set_setting("x", {}, an_act(ActKind.SETTING))
        store.add_act(an_act(ActKind.EXPORT, at=START))
        with pytest.raises(UsageError):
            store.change_register([made("a")], an_act())
        assert told == [ChainHead(each.number, each.hash) for each in store.acts()]
    assert len(told) == 5
