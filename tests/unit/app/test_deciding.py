"""Decisions on findings: named by the beginning of a key, taken on all or none, kept with an act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pqscan.app.assessment import choose_policies
from pqscan.app.deciding import Wish, aliases_of, decide, living, move, named
from pqscan.app.history import Question, question, today
from pqscan.errors import StoreError, UsageError
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.decision import DecisionState
from pqscan.readiness.identity import Alias, plain
from pqscan.readiness.life import Life, LifeState
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome

NIST = choose_policies(["nist-ir-8547"])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def outcomes(number: int) -> list[object]:
        return [an_outcome(WEB, an_answer(), number, a_certificate(1)), an_outcome(MAIL, an_answer(old=True), number)]

    with a_store(tmp_path, (0, 10), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


@pytest.fixture
def asked() -> Question:
    return question(NIST)


def lives(store: Store, asked: Question) -> dict[tuple[str, str], Life]:
    return {(life.target.address, life.mark.value): life for life in living(store, asked)}  # type: ignore[union-attr]


def wish(state: DecisionState, **more: object) -> Wish:
    return Wish(state=state, by="Bà B", actor="cntt", **({"reason": "vì"} | more))  # type: ignore[arg-type]


def test_a_decision_counts_from_now_on_and_leaves_an_act(store: Store, asked: Question) -> None:
    life = lives(store, asked)["192.0.2.1", "0x001d"]
    decide(store, [life], wish(DecisionState.PLANNED, fixer="Phòng CNTT", deadline=date(2030, 1, 1), coordinating=("VP", "CA")))
    now = lives(store, asked)["192.0.2.1", "0x001d"]
    assert (now.state, now.decision and now.decision.fixer) == (LifeState.PLANNED, "Phòng CNTT")
    (chained,) = store.acts(ActKind.DECISION)
    assert (chained.act.actor, chained.act.subject, chained.act.reason) == ("cntt", life.key.hex(), "vì")
    assert chained.act.detail["coordinating"] == ["VP", "CA"]
    assert chained.act.detail["by"] == "Bà B"


def test_what_is_not_said_anew_is_taken_over(store: Store, asked: Question) -> None:
    life = lives(store, asked)["192.0.2.1", "0x001d"]
    decide(store, [life], wish(DecisionState.PLANNED, fixer="Phòng CNTT", deadline=date(2030, 1, 1), lead="CA"))
    (decision,) = decide(store, named(store, asked, [life.key.hex()[:8]]), wish(DecisionState.IN_PROGRESS))
    assert (decision.fixer, decision.deadline, decision.lead) == ("Phòng CNTT", date(2030, 1, 1), "CA")


def test_a_decision_that_may_not_be_taken_on_one_is_taken_on_none(store: Store, asked: Question) -> None:
    every = list(lives(store, asked).values())
    decide(store, every[:1], wish(DecisionState.ACCEPTED))
    again = named(store, asked, [life.key.hex() for life in every])
    with pytest.raises(UsageError, match=f"^{every[1].key.hex()[:10]}: nothing was decided"):
        decide(store, again, wish(DecisionState.REOPENED))
    assert len(store.decisions()) == 1
    assert len(list(store.acts())) == 1


def test_r11_a_waiver_needs_name_reason_compensation_and_a_last_day(store: Store, asked: Question) -> None:
    life = lives(store, asked)["192.0.2.1", "0x001d"]
    whole = {"expires_on": today(), "compensation": "lọc"}
    for missing in ("expires_on", "compensation"):
        with pytest.raises(UsageError, match="waiver"):
            decide(store, [life], wish(DecisionState.WAIVED, **{key: value for key, value in whole.items() if key != missing}))
    with pytest.raises(UsageError, match="--reason"):
        decide(store, [life], wish(DecisionState.WAIVED, **whole, reason=""))
    decide(store, [life], wish(DecisionState.WAIVED, **whole))
    tomorrow = question(NIST, today() + timedelta(days=1))
    assert lives(store, asked)["192.0.2.1", "0x001d"].state is LifeState.WAIVED
    assert lives(store, tomorrow)["192.0.2.1", "0x001d"].state is LifeState.OPEN


@pytest.mark.parametrize("word", ["abc", "xyz1", "", "0" * 65, "é" * 8, "12 34"])
def test_what_is_no_key_is_refused(store: Store, asked: Question, word: str) -> None:
    with pytest.raises(UsageError, match="is no finding"):
        named(store, asked, [word])


def test_a_key_of_nothing_is_told(store: Store, asked: Question) -> None:
    with pytest.raises(UsageError, match="no finding begins with 00000000"):
        named(store, asked, ["00000000"])


def test_a_beginning_that_several_share_is_told_with_more_of_each(
    store: Store, asked: Question, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pqscan.app.deciding.SHORTEST_PREFIX", 1)
    every = [life.key.hex() for life in living(store, asked)]
    first = next(digit for digit in "0123456789abcdef" if sum(key.startswith(digit) for key in every) > 1)
    with pytest.raises(UsageError, match="more than one finding begins with") as told:
        named(store, asked, [first])
    assert sum(key[:10] in str(told.value) for key in every) > 1


def test_the_same_finding_named_twice_is_one(store: Store, asked: Question) -> None:
    key = next(living(store, asked)).key.hex()
    assert len(named(store, asked, [key, key[:12], key[:12].upper()])) == 1


def test_a_move_is_kept_with_its_act_and_joins_the_histories(store: Store, asked: Question) -> None:
    alias = move(store, "192.0.2.2:993", "www.example@192.0.2.1:443", date(2026, 1, 5), by="A", reason="chuyển máy")
    (kept,) = aliases_of(store)
    assert kept == Alias(MAIL, plain(WEB), alias.since)
    (chained,) = store.acts(ActKind.SETTING)
    assert chained.act.detail["since"] == "2026-01-05"
    with pytest.raises(UsageError, match="two moves of 2026-01-05"):
        move(store, "192.0.2.2:993", "www.example@192.0.2.1:443", date(2026, 1, 5), by="A", reason="x")
    with pytest.raises(UsageError, match="knows no target"):
        move(store, "192.0.2.77:993", "192.0.2.1:443", date(2026, 1, 5), by="A", reason="x")


def test_a_damaged_list_of_moves_is_a_store_error(store: Store) -> None:
    act = Act(datetime(2026, 1, 1, tzinfo=UTC), "x", "", ActKind.SETTING, "moved_targets", {})
    for rows in ("no list", ["no JSON"], ['{"old": 1}'], ['{"old": {"machine": "a"}, "new": {}, "since": "x"}']):
        store.set_setting("moved_targets", {"moves": rows}, act)
        with pytest.raises(StoreError, match="moved targets"):
            aliases_of(store)
