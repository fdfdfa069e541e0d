from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from pqscan.model.inventory import HARNESS_PROBE
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.store.intervals import BLOCK_TARGETS, Interval, Ledger, Result, lane_of
from tests.unit.store.samples import a_profile, day

COMPLETE, QUICK, BROKEN_OFF, NOTHING = 5, 4, 2, 0


def a_result(
    profile: int | None = 1, lane: int = COMPLETE, at: int = 0, status: OutcomeStatus = OutcomeStatus.COMPLETED, **more: object
) -> Result:
    values: dict[str, object] = {"chains": None, "detail": None, "connections": 1, "elapsed": 0.1} | more
    return Result(7, "tls", lane, profile, status=status, at=day(at), **values)  # type: ignore[arg-type]


def next_run(ledger: Ledger, run: int) -> Ledger:
    """What the store would load for the next run: open intervals with rows, no visits."""
    fresh = Ledger(run)
    known = {id(i): i for lanes in ledger.open.values() for i in lanes.values()}
    for number, interval in enumerate(known.values(), 1):
        interval.number, interval.changed = number, False
    fresh.load(known.values(), [])
    return fresh


def current(ledger: Ledger) -> Interval:
    (found,) = [i for lanes in ledger.open.values() for i in lanes.values() if i.is_current]
    return found


@pytest.mark.parametrize(
    ("depth", "complete", "lane"),
    [("quick", False, 1), ("inventory", False, 2), ("exhaustive", False, 3), ("quick", True, 4), ("inventory", True, 5),
     ("exhaustive", True, 6), ("something", True, 5)],
)  # fmt: skip
def test_an_answer_s_lane_tells_how_much_it_can_say(depth: str, complete: bool, lane: int) -> None:
    assert lane_of(a_profile(depth=depth, complete=complete)) == lane


def test_nothing_learned_is_the_lowest_lane() -> None:
    assert lane_of(None) == 0


def test_the_same_answer_in_a_later_run_prolongs_the_interval() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(at=0))
    ledger = next_run(ledger, 2)
    ledger.enter(a_result(at=3))
    assert ledger.fresh == []
    (interval,) = ledger.changed()
    assert (interval.first_run, interval.last_run, interval.first_seen, interval.last_seen) == (1, 2, day(0), day(3))


@pytest.mark.parametrize("change", [{"profile": 2}, {"chains": 9}])
def test_another_complete_answer_ends_the_interval_and_opens_one(change: dict[str, int]) -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(at=0))
    ledger = next_run(ledger, 2)
    ledger.enter(a_result(at=3, **change))  # type: ignore[arg-type]
    (old,), (new,) = ledger.changed(), ledger.fresh
    assert (old.is_open, old.is_current, old.last_seen) == (False, False, day(0))
    assert (new.is_open, new.is_current, new.first_seen) == (True, True, day(3))


@pytest.mark.parametrize("lane", [QUICK, BROKEN_OFF, NOTHING])
def test_a_lesser_answer_leaves_the_complete_one_current_and_is_recorded_all_the_same(lane: int) -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(at=0))
    ledger = next_run(ledger, 2)
    ledger.enter(a_result(profile=2, lane=lane, at=3))
    assert ledger.changed() == []
    assert current(ledger).profile == 1
    assert [i.lane for i in ledger.fresh] == [lane]
    assert list(ledger.visits[0, "tls"]) == [lane]


def test_a_fuller_answer_becomes_the_current_one_and_leaves_the_lesser_open() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(lane=QUICK, at=0))
    ledger = next_run(ledger, 2)
    ledger.enter(a_result(profile=2, at=3))
    assert current(ledger).lane == COMPLETE
    assert ledger.open[7, "tls"][QUICK].is_open


def test_the_same_result_again_changes_nothing() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result())
    before = (list(ledger.fresh), {k: dict(v) for k, v in ledger.visits.items()})
    ledger.enter(a_result(at=9))
    assert (ledger.fresh, ledger.visits) == before
    assert ledger.fresh[0].last_seen == day(0)


def test_within_a_run_the_later_complete_answer_wins_over_an_incomplete_one() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(lane=BROKEN_OFF, status=OutcomeStatus.THROTTLED))
    ledger.enter(a_result(profile=2, at=1))
    bits = ledger.visits[0, "tls"]
    assert (any(bits[BROKEN_OFF]), any(bits[COMPLETE])) == (False, True)
    assert current(ledger).profile == 2


def test_within_a_run_an_incomplete_answer_never_wins_over_a_complete_one() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result())
    ledger.enter(a_result(profile=2, lane=BROKEN_OFF, at=1))
    assert len(ledger.fresh) == 1
    assert BROKEN_OFF not in ledger.visits[0, "tls"]


def test_within_a_run_an_end_replaces_a_time_out_and_not_the_reverse() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(profile=None, lane=NOTHING, status=OutcomeStatus.TIMED_OUT))
    ledger.enter(a_result(profile=None, lane=NOTHING, status=OutcomeStatus.WRONG_PROTOCOL, at=1))
    ledger.enter(a_result(profile=None, lane=NOTHING, status=OutcomeStatus.TIMED_OUT, at=2))
    assert [i.status for i in ledger.fresh] == [OutcomeStatus.TIMED_OUT, OutcomeStatus.WRONG_PROTOCOL]
    assert current(ledger).status is OutcomeStatus.WRONG_PROTOCOL


def test_how_a_broken_off_answer_ended_is_part_of_it_but_its_figures_are_not() -> None:
    def broken(code: str, seconds: int, at: int) -> Result:
        reason = Reason.of(code, seconds=seconds)
        return a_result(None, NOTHING, at, OutcomeStatus.TIMED_OUT, detail=reason)

    ledger = Ledger(1)
    ledger.enter(broken("silent", 3, 0))
    ledger = next_run(ledger, 2)
    ledger.enter(broken("silent", 4, 1))
    assert ledger.fresh == []
    assert current(ledger).detail == Reason.of("silent", seconds=4)
    ledger = next_run(ledger, 3)
    ledger.enter(broken("slow", 4, 2))
    assert len(ledger.fresh) == 1


def test_a_different_fact_that_arrives_late_is_history_and_displaces_nothing() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(at=5))
    ledger = next_run(ledger, 2)
    ledger.enter(a_result(profile=2, at=1))
    (late,) = ledger.fresh
    assert (late.is_open, late.is_current) == (False, False)
    assert ledger.changed() == []
    assert current(ledger).profile == 1


def test_the_same_fact_from_an_earlier_day_moves_first_seen() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result(at=5))
    ledger = next_run(ledger, 2)
    ledger.enter(a_result(at=1))
    assert (current(ledger).first_seen, current(ledger).last_seen) == (day(1), day(5))


def test_probes_and_targets_do_not_mix() -> None:
    ledger = Ledger(1)
    ledger.enter(a_result())
    other = a_result(profile=2)
    other.probe = "ssh"
    ledger.enter(other)
    neighbour = a_result(profile=3)
    neighbour.target = 8
    ledger.enter(neighbour)
    assert [i.is_current for i in ledger.fresh] == [True, True, True]


@pytest.mark.parametrize("probe", ["tls", HARNESS_PROBE])
def test_a_target_s_first_result_is_entered_alike_on_the_short_way(probe: str) -> None:
    compared, short = Ledger(1), Ledger(1)
    for target in (1, 2, BLOCK_TARGETS + 1):
        result = replace(a_result(), target=target, probe=probe)
        compared.enter(result)
        short.enter_first(result)
    assert [asdict(interval) for interval in short.fresh] == [asdict(interval) for interval in compared.fresh]
    assert short.visits == compared.visits


@pytest.mark.parametrize(("is_file", "at", "kept"), [(True, 1, 2), (True, 0, 1), (False, 1, 1)])
def test_within_a_run_a_file_answers_as_it_was_read_last(is_file: bool, at: int, kept: int) -> None:
    """A run that is resumed reads a file anew that changed meanwhile; of a service the first answer stands."""
    ledger = Ledger(1)
    for profile, moment in ((1, 0), (2, at)):
        ledger.enter(replace(a_result(profile=profile, at=moment), is_file=is_file))
    assert current(ledger).profile == kept
    assert any(ledger.visits[0, "tls"][COMPLETE])
    assert [interval.profile for interval in ledger.fresh] == [1, 2][:kept]
