"""Trends follow from history alone: what was open, fixed or unseen at the end of each month, with what is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pqscan.app.assessment import choose_policies
from pqscan.app.belonging import Belonging
from pqscan.app.deciding import Wish, decide, living
from pqscan.app.history import question
from pqscan.app.trending import MOST_DAYS, Step, days_of, trend
from pqscan.errors import UsageError
from pqscan.model.observation import Support
from pqscan.model.target import NetworkTarget
from pqscan.policy.system import STATE_SECRETS
from pqscan.readiness.decision import DecisionState
from pqscan.readiness.life import LifeState
from pqscan.readiness.register import Register
from pqscan.readiness.system import Secrecy, System
from pqscan.readiness.unit import Unit
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_store, an_answer, an_outcome, moment

NIST = choose_policies(["nist-ir-8547"])
DEAD = NetworkTarget("192.0.2.9", 443)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """WEB drops X25519 in March; MAIL is silent from March on; DEAD never answers, from February on."""

    def outcomes(number: int) -> list[object]:
        found: list[object] = [an_outcome(WEB, an_answer(x25519=Support.ACCEPTED if number < 60 else Support.REFUSED), number)]
        found.append(an_outcome(MAIL, an_answer() if number < 60 else None, number))
        return found + ([an_outcome(DEAD, None, number)] if number > 31 else [])

    with a_store(tmp_path, (0, 35, 65, 95), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


def test_each_month_s_end_is_counted_and_the_last_day(store: Store) -> None:
    found = trend(store, question(NIST, moment(100).date()))
    assert found.days == (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 11))
    (line,) = found.lines
    assert [dict(counts) for counts in line.counts] == [
        {LifeState.OPEN: 2},
        {LifeState.OPEN: 2},
        {LifeState.FIXED: 1, LifeState.NOT_SEEN_AGAIN: 1},
        {LifeState.FIXED: 1, LifeState.NOT_SEEN_AGAIN: 1},
    ]


def test_targets_of_which_nothing_was_learned_are_counted_beside(store: Store) -> None:
    found = trend(store, question(NIST, moment(100).date()))
    assert found.asked == (2, 3, 3, 3)
    assert found.silent == (0, 1, 1, 1)


def test_a_trend_and_the_list_of_the_same_day_agree(store: Store) -> None:
    for number in (0, 20, 40, 70, 100):
        asked = question(NIST, moment(number).date())
        listed = [life.state for life in living(store, asked)]
        (line,) = trend(store, asked).lines
        assert dict(line.counts[-1]) == {state: listed.count(state) for state in set(listed)}


def test_decisions_count_from_their_day_on(store: Store) -> None:
    life = next(life for life in living(store, question(NIST)) if life.target == MAIL)
    decide(store, [life], Wish(state=DecisionState.OUT_OF_SCOPE, by="A", actor="a", reason="vì"))
    (line,) = trend(store, question(NIST)).lines
    assert line.counts[-1][LifeState.OUT_OF_SCOPE] == 1
    assert LifeState.OUT_OF_SCOPE not in line.counts[3]


def belonging(**more: object) -> Belonging:
    web = System("HT1", "Cổng", owner="XA", scope=("192.0.2.1/32",), **more)  # type: ignore[arg-type]
    mail = System("HT2", "Thư", owner="TINH", scope=("192.0.2.2/32",))
    units = {"TINH": Unit("TINH", "Tỉnh uỷ"), "XA": Unit("XA", "Xã", superior="TINH")}
    return Belonging(Register(units=units, systems={"HT1": web, "HT2": mail}))


def test_units_stand_apart_in_the_order_of_their_codes(store: Store) -> None:
    found = trend(store, question(NIST, moment(20).date()), unit_of=belonging().unit_of)
    assert [(line.unit, dict(line.counts[-1])) for line in found.lines] == [
        ("TINH", {LifeState.OPEN: 1}),
        ("XA", {LifeState.OPEN: 1}),
    ]


def test_a_unit_counts_the_units_below_it_and_a_lower_one_itself_alone(store: Store) -> None:
    of = belonging()
    for unit, targets in (("Tỉnh ủy", 2), ("XA", 1)):
        found = trend(store, question(NIST, moment(20).date()), keep=of.within(unit))
        assert found.asked[-1] == targets
    with pytest.raises(UsageError, match="no unit"):
        of.within("không có")


def test_what_carries_state_secrets_is_not_counted(store: Store) -> None:
    of = belonging(secrecy=Secrecy.SECRET)
    assert STATE_SECRETS in of.context_of(WEB).attributes
    (line,) = trend(store, question(NIST, moment(20).date(), system_of=of.context_of)).lines
    assert dict(line.counts[-1]) == {LifeState.OPEN: 1}


@pytest.mark.parametrize(
    ("step", "days"),
    [
        (Step.DAY, ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"]),
        (Step.WEEK, ["2026-02-26", "2026-03-01"]),
        (Step.MONTH, ["2026-02-28", "2026-03-01"]),
        (Step.QUARTER, ["2026-03-01"]),
        (Step.YEAR, ["2026-03-01"]),
    ],
)
def test_steps_end_with_their_calendar(step: Step, days: list[str]) -> None:
    assert [day.isoformat() for day in days_of(date(2026, 2, 26), date(2026, 3, 1), step)] == days


def test_quarters_and_years_end_where_they_do() -> None:
    assert list(days_of(date(2025, 11, 5), date(2026, 7, 1), Step.QUARTER)) == [
        date(2025, 12, 31), date(2026, 3, 31), date(2026, 6, 30), date(2026, 7, 1),
    ]  # fmt: skip
    assert list(days_of(date(2025, 11, 5), date(2027, 1, 1), Step.YEAR))[0:2] == [date(2025, 12, 31), date(2026, 12, 31)]


def test_days_that_are_too_many_or_in_the_wrong_order_are_refused() -> None:
    assert len(list(days_of(date(9999, 12, 1), date.max, Step.MONTH))) == 1
    with pytest.raises(UsageError, match=f"at most {MOST_DAYS}"):
        list(days_of(date(1, 1, 1), date(2026, 1, 1), Step.DAY))
    with pytest.raises(UsageError, match="lies after"):
        list(days_of(date(2026, 1, 2), date(2026, 1, 1), Step.DAY))
