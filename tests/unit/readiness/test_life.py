"""A finding's life follows from what scans saw and what people decided, on any day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.model.observation import Support
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.readiness.life import LifeState, Misses, Seen, end_of
from pqscan.readiness.turns import decision_state, require_allowed
from tests.unit.readiness.lives import HOST, KEY, LACKS, SHOWS, all_lives, an_answer, at, day, decided, one_life, seen


def test_what_was_seen_is_open_since_it_was_first_seen() -> None:
    life = one_life([seen(1, 5)], on=5)
    assert (life.state, life.since, life.first_seen, life.last_seen) == (LifeState.OPEN, at(1), at(1), at(5))


def test_before_it_was_first_seen_there_is_no_finding() -> None:
    assert all_lives([seen(3, 5)], on=2) == []
    assert one_life([seen(3, 5)], on=5).state_on(day(2)) is None


def test_a_later_complete_answer_that_refuses_it_fixes_it() -> None:
    life = one_life([seen(1, 5), seen(6, 9, LACKS)], on=9)
    assert (life.state, life.since) == (LifeState.FIXED, at(6))
    assert life.settled is not None
    assert life.settled.runs == ("run-6", "run-9")
    assert life.state_on(day(5)) is LifeState.OPEN


@pytest.mark.parametrize(
    "answer",
    [
        an_answer(shows=False, support=Support.UNKNOWN),
        an_answer(shows=False, complete=False),
        an_answer(shows=False, support=Support.UNKNOWN, depth="quick"),
    ],
    ids=["left open", "broken off", "not asked so deeply"],
)
def test_an_answer_that_leaves_it_open_fixes_nothing(answer: object) -> None:
    assert one_life([seen(1, 5), seen(6, 9, answer)], on=9).state is LifeState.OPEN  # type: ignore[arg-type]


def test_a_host_that_is_switched_off_is_not_seen_again_and_never_fixed() -> None:
    life = one_life([seen(1, 5), seen(6, 9, None)], on=9)
    assert (life.state, life.since) == (LifeState.NOT_SEEN_AGAIN, at(6))


def test_a_host_without_a_row_in_a_later_run_of_its_scope_is_not_seen_again() -> None:
    scope = ("net", "10.0.0.0/8", "")
    runs = Misses(
        [("run-1", at(1, 0), scope), ("run-5", at(5, 0), scope), ("run-7", at(7, 0), scope), ("other", at(6, 0), "another")]
    )
    life = one_life([seen(1, 5)], on=9, misses=runs)
    assert (life.state, life.since) == (LifeState.NOT_SEEN_AGAIN, at(7, 0))
    assert one_life([seen(1, 5)], on=6, misses=runs).state is LifeState.OPEN


def test_a_host_that_answers_again_is_open_again() -> None:
    life = one_life([seen(1, 5), seen(6, 9, None), seen(10, 12)], on=12)
    assert [turn.state for turn in life.turns] == [LifeState.OPEN, LifeState.NOT_SEEN_AGAIN, LifeState.OPEN]


def test_what_was_fixed_and_is_there_again_has_regressed() -> None:
    life = one_life([seen(1, 5), seen(6, 9, LACKS), seen(10, 12)], on=12)
    assert [turn.state for turn in life.turns] == [LifeState.OPEN, LifeState.FIXED, LifeState.REGRESSED]
    assert [turn.reason.code for turn in life.turns] == ["life_seen", "life_gone", "life_back"]


def test_what_is_proven_fixed_stays_so_when_its_host_is_switched_off_later() -> None:
    assert one_life([seen(1, 5), seen(6, 9, LACKS), seen(10, 12, None)], on=12).state is LifeState.FIXED
    scope = ("net", "10.0.0.0/8", "")
    missed = Misses([("run-9", at(9, 0), scope), ("run-11", at(11, 0), scope)])
    assert one_life([seen(1, 5), seen(6, 9, LACKS)], on=12, misses=missed).state is LifeState.FIXED


def test_what_was_fixed_and_silent_and_is_there_again_has_regressed() -> None:
    waiver = decided(DecisionState.WAIVED, 2, expires=300)
    life = one_life([seen(1, 5), seen(6, 7, LACKS), seen(8, 9, None), seen(10, 12)], waiver, on=12)
    assert (life.state, life.since) == (LifeState.REGRESSED, at(10))


def test_a_certificate_does_not_expire_on_a_host_that_was_switched_off_before() -> None:
    weak = {mark: replace(one, since=day(8)) for mark, one in SHOWS.weak.items()}
    expiring = replace(SHOWS, weak=weak)
    scope = ("net", "10.0.0.0/8", "")
    assert one_life([seen(1, 5, expiring)], on=9).state is LifeState.OPEN
    for number, expected in ((6, 0), (8, 1)):
        missed = Misses([("run-5", at(5, 0), scope), ("run", at(number), scope)])
        assert len(all_lives([seen(1, 5, expiring)], on=9, misses=missed)) == expected


def test_a_certificate_that_is_seen_at_the_very_moment_of_its_expiry_is_found_and_not_a_second_before() -> None:
    weak = {mark: replace(one, since=day(8)) for mark, one in SHOWS.weak.items()}
    expiring = replace(SHOWS, weak=weak)
    for until, expected in ((at(8, 0), 1), (at(8, 0) - timedelta(seconds=1), 0)):
        interval = replace(seen(1, 5, expiring), last_seen=until)
        later = seen(9, 9, None)
        assert len(all_lives([interval, later], on=12)) == expected


@pytest.mark.parametrize(("moment", "is_there"), [(end_of(day(5)), True), (end_of(day(5)) + timedelta(microseconds=1), False)])
def test_a_day_ends_with_its_last_moment(moment: datetime, is_there: bool) -> None:
    interval = Seen(HOST, "tls", moment, at(9), ("run-1", "run-2"), SHOWS)
    assert (all_lives([interval], on=5) != []) is is_there
    assert (one_life([interval], on=9).state_on(day(5)) is not None) is is_there


def test_of_answers_that_ended_together_the_later_one_shows_it_last() -> None:
    intervals = [seen(1, 5, runs=("a", "b")), replace(seen(3, 5, runs=("c", "d")))]
    assert one_life(intervals, on=9).shown.runs == ("c", "d")


def test_an_interval_that_goes_on_says_nothing_of_a_day_between_its_ends() -> None:
    """A quick scan proved it gone on the fifth; the inventory's own answer came again on the tenth only."""
    intervals = [seen(1, 10), seen(5, 5, LACKS)]
    assert one_life(intervals, on=7).state is LifeState.FIXED
    life = one_life(intervals, on=10)
    assert (life.state, life.state_on(day(7))) == (LifeState.REGRESSED, LifeState.FIXED)


def test_a_regression_ends_what_was_decided_before() -> None:
    waiver = decided(DecisionState.WAIVED, 2, expires=300)
    intervals = [seen(1, 5), seen(6, 9, LACKS), seen(10, 12)]
    assert one_life(intervals, waiver, on=12).state is LifeState.REGRESSED
    again = decided(DecisionState.WAIVED, 11, expires=300)
    assert one_life(intervals, waiver, again, on=12).state is LifeState.WAIVED


def test_r11_an_expired_waiver_reopens_on_the_day_after_its_last() -> None:
    intervals, waiver = [seen(1, 40)], decided(DecisionState.WAIVED, 2, expires=20)
    states = {number: one_life(intervals, waiver, on=number).state for number in (1, 2, 20, 21)}
    assert states == {1: LifeState.OPEN, 2: LifeState.WAIVED, 20: LifeState.WAIVED, 21: LifeState.OPEN}
    life = one_life(intervals, waiver, on=40)
    assert (life.turns[-1].reason.code, life.decision) == ("life_waiver_expired", None)


def test_a_waiver_until_the_last_day_that_there_is_does_not_expire() -> None:
    waiver = replace(decided(DecisionState.WAIVED, 2, expires=20), expires_on=date.max)
    assert one_life([seen(1, 40)], waiver, on=40).state is LifeState.WAIVED


def test_a_newer_decision_outlives_an_older_waiver() -> None:
    decisions = decided(DecisionState.WAIVED, 2, expires=20), decided(DecisionState.PLANNED, 10)
    assert one_life([seen(1, 40)], *decisions, on=21).state is LifeState.PLANNED


@pytest.mark.parametrize("state", [s for s in DecisionState if s is not DecisionState.REOPENED])
def test_every_decision_shows_as_the_state_of_its_name_while_it_is_seen(state: DecisionState) -> None:
    life = one_life([seen(1, 5)], decided(state, 5, expires=90 if state is DecisionState.WAIVED else None), on=6)
    assert life.state.value == state.value
    assert life.decision is not None


def test_what_is_taken_back_is_open() -> None:
    decisions = decided(DecisionState.ACCEPTED, 2), decided(DecisionState.REOPENED, 4)
    life = one_life([seen(1, 9)], *decisions, on=9)
    assert (life.state, life.decision) == (LifeState.OPEN, None)


def test_what_was_said_to_be_retired_and_still_answers_is_open() -> None:
    assert one_life([seen(1, 5)], decided(DecisionState.RETIRED, 5), on=9).state is LifeState.RETIRED
    assert one_life([seen(1, 8)], decided(DecisionState.RETIRED, 5), on=9).state is LifeState.OPEN


def test_a_planned_fix_of_a_host_that_went_silent_is_not_seen_again() -> None:
    assert one_life([seen(1, 5), seen(6, 9, None)], decided(DecisionState.PLANNED, 3), on=9).state is LifeState.NOT_SEEN_AGAIN


@pytest.mark.parametrize("word", ["fixed", "regressed", "not_seen_again", "open"])
def test_nobody_can_say_what_scans_say_alone(word: str) -> None:
    with pytest.raises(UsageError, match="only a later scan says so"):
        decision_state(word)


def test_a_word_that_is_no_decision_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="planned, in_progress"):
        decision_state("gone fishing")


def _decision(state: DecisionState, **more: object) -> Decision:
    return Decision(finding=KEY, state=state, **({"by": "A", "at": at(1), "reason": "vì"} | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "decision", "missing"),
    [
        (LifeState.OPEN, _decision(DecisionState.WAIVED, compensation="c"), "--expires"),
        (LifeState.OPEN, _decision(DecisionState.WAIVED, expires_on=day(9)), "--compensation"),
        (LifeState.OPEN, _decision(DecisionState.WAIVED, expires_on=day(1), compensation="c"), "is over"),
        (LifeState.OPEN, _decision(DecisionState.ACCEPTED, reason=" "), "--reason"),
        (LifeState.OPEN, _decision(DecisionState.ACCEPTED, by=""), "--by"),
        (LifeState.OPEN, _decision(DecisionState.ACCEPTED, expires_on=day(9)), "only a waiver expires"),
        (LifeState.OPEN, _decision(DecisionState.PLANNED, deadline=day(9)), "--fixer"),
        (LifeState.OPEN, _decision(DecisionState.REOPENED), "nothing was decided"),
        (LifeState.FIXED, _decision(DecisionState.PLANNED, deadline=day(9), fixer="f"), "proven fixed"),
    ],
)
def test_a_decision_that_lacks_something_is_refused_and_says_what(state: LifeState, decision: Decision, missing: str) -> None:
    with pytest.raises(UsageError, match=missing):
        require_allowed(state, decision, None, day(5))


def test_a_waiver_may_end_today_and_not_the_day_before() -> None:
    waiver = _decision(DecisionState.WAIVED, compensation="c", expires_on=day(5))
    require_allowed(LifeState.OPEN, waiver, None, day(5))
    with pytest.raises(UsageError, match="is over"):
        require_allowed(LifeState.OPEN, waiver, None, day(6))


_ANSWERS = st.sampled_from([SHOWS, LACKS, None, an_answer(shows=False, support=Support.UNKNOWN)])
_DECISIONS = st.lists(st.tuples(st.sampled_from(list(DecisionState)), st.integers(0, 40), st.integers(0, 60)), max_size=4)


@st.composite
def _histories(draw: st.DrawFn) -> tuple[list[Seen], list[Decision]]:
    intervals, begins = [], 0
    for answer in draw(st.lists(_ANSWERS, min_size=1, max_size=8)):
        begins += draw(st.integers(1, 4))
        length = draw(st.integers(0, 3))
        intervals.append(seen(begins, begins + length, answer))
        begins += length
    decisions = [
        decided(state, number, expires=number + more if state is DecisionState.WAIVED else None)
        for state, number, more in draw(_DECISIONS)
    ]
    return intervals, decisions


@given(_histories(), st.integers(0, 90))
def test_fixed_is_only_what_a_later_answer_proved_and_nothing_showed_since(
    history: tuple[list[Seen], list[Decision]], on: int
) -> None:
    intervals, decisions = history
    for life in all_lives(intervals, *decisions, on=on):
        if life.state is LifeState.FIXED:
            assert life.settled is not None
            assert life.settled.answer is LACKS
            assert life.settled.last_seen > life.shown.last_seen
        informed = [one for one in intervals if one.answer in (SHOWS, LACKS) and one.first_seen <= at(on, 23)]
        silent = intervals[-1].answer is None and intervals[-1].first_seen <= at(on, 23)
        if informed[-1].answer is SHOWS:
            assert life.state is not LifeState.FIXED
        if silent and informed[-1].answer is SHOWS and not decisions:
            assert life.state is LifeState.NOT_SEEN_AGAIN


@given(_histories(), st.integers(0, 90))
def test_an_old_day_asked_later_gives_what_it_gave_then(history: tuple[list[Seen], list[Decision]], on: int) -> None:
    """What a day was is told by the life of any later day, as far as intervals that were open then tell it."""
    intervals, decisions = history
    later = all_lives(intervals, *decisions, on=200)
    for life in all_lives(intervals, *decisions, on=on):
        assert [other.state_on(day(on)) for other in later if other.key == life.key] == [life.state]


@given(_histories(), st.integers(0, 90))
def test_turns_are_in_order_and_begin_with_the_first_sight(history: tuple[list[Seen], list[Decision]], on: int) -> None:
    intervals, decisions = history
    for life in all_lives(intervals, *decisions, on=on):
        moments = [turn.at for turn in life.turns]
        assert moments == sorted(moments)
        assert moments[0] == life.first_seen == min(one.first_seen for one in intervals if one.answer is SHOWS)
        assert all(one.state is not other.state or one.decision is not other.decision for one, other in pairwise(life.turns))


def test_where_the_clock_ran_back_the_decision_taken_last_counts() -> None:
    ahead = decided(DecisionState.ACCEPTED, 30)
    assert one_life([seen(1, 40)], ahead, decided(DecisionState.PLANNED, 5), on=10).state is LifeState.PLANNED
    assert one_life([seen(1, 40)], decided(DecisionState.PLANNED, 5), ahead, on=40).state is LifeState.ACCEPTED


def test_of_two_decisions_at_one_moment_the_later_counts() -> None:
    decisions = decided(DecisionState.ACCEPTED, 5), decided(DecisionState.PLANNED, 5)
    assert one_life([seen(1, 40)], *decisions, on=10).state is LifeState.PLANNED
    assert one_life([seen(1, 40)], *reversed(decisions), on=10).state is LifeState.ACCEPTED


@given(_histories(), st.integers(0, 90))
def test_the_order_in_which_intervals_come_changes_nothing(history: tuple[list[Seen], list[Decision]], on: int) -> None:
    intervals, decisions = history
    assert all_lives(reversed(intervals), *decisions, on=on) == all_lives(intervals, *decisions, on=on)
