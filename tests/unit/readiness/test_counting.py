"""Counts without lives are those of the lives: whatever came in which order, overlapped, was decided or moved away."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from pqscan.model.observation import Support
from pqscan.model.target import NetworkTarget
from pqscan.policy.finding import Finding
from pqscan.readiness.absence import Proof, depth_of
from pqscan.readiness.counting import counted
from pqscan.readiness.course import Answer, Weakness
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.readiness.identity import Alias, Identity, Moves, mark_of
from pqscan.readiness.life import Life, LifeState, Misses, Seen, lives
from tests.unit.readiness.lives import HOST, HYBRID, KEY, LACKS, SHOWS, a_finding, a_profile, an_answer, at, day, decided

OTHER, THIRD = NetworkTarget("192.0.2.2", 443), NetworkTarget("192.0.2.3", 443)
HOSTS = (HOST, OTHER, THIRD, *(NetworkTarget(f"192.0.2.{number}", 443) for number in range(4, 14)))
OPEN_ENDED = an_answer(shows=False, support=Support.UNKNOWN)
DAYS = tuple(day(number) for number in (3, 6, 7, 12))
MISSES = Misses([("run-2", at(2), "all"), ("run-9", at(9), "all"), ("run-5", at(5), "others")])


def both(*, expires: int | None = None, shows: bool = True) -> Answer:
    """X25519 and the hybrid held against it, and a certificate that expires on a day."""
    findings: list[Finding] = [a_finding(HYBRID), *([a_finding()] if shows else [])]
    weak = {mark_of(one): Weakness(one, frozenset({one.context})) for one in findings}
    if expires is not None:
        weak[mark_of(a_finding("expired"))] = Weakness(a_finding("expired"), frozenset({None}), day(expires))
    profile = a_profile(shows=shows)
    return Answer(weak, frozenset(), Proof(profile, certificates=True), depth_of(profile))


ANSWERS = (SHOWS, LACKS, OPEN_ENDED, None, both(), both(shows=False), both(expires=5), an_answer(shows=True, depth="quick"))


TIMES = some.tuples(some.integers(0, 11), some.integers(0, 6), some.sampled_from((0, 0, 6, 12)))
RUNS = (("run-2", "run-2"), ("run-5", "run-9"), ("x", "y"))


@some.composite
def pasts(draw: some.DrawFn) -> list[Seen]:
    """Several targets that gave the same answers in the same order, each at moments of its own: what is thought through once for
    some of them must hold for all that share it."""
    answers = draw(some.lists(some.sampled_from(ANSWERS), min_size=1, max_size=3))
    found = []
    for host in HOSTS:
        times = sorted(draw(some.lists(TIMES, min_size=len(answers), max_size=len(answers))), key=lambda row: (row[0], row[2]))
        runs = draw(some.sampled_from(RUNS))
        for (begin, length, hour), answer in zip(times, answers, strict=True):
            first = at(begin) + timedelta(hours=hour)
            found.append(Seen(host, "tls", first, first + timedelta(days=length), runs, answer))
    return found


def of_lives(seen: list[Seen], decisions: dict[bytes, list[Decision]], moves: Moves) -> Counter[tuple[object, ...]]:
    """What the lives say, one after another."""
    found: Counter[tuple[object, ...]] = Counter()
    for life in lives(seen, decisions, moves, DAYS[-1], MISSES):
        found[life.target, life.mark.policy, tuple(state_on(life, number) for number in range(len(DAYS)))] += 1
    return found


def state_on(life: Life, number: int) -> LifeState | None:
    return life.state_on(DAYS[number])


def counts(seen: list[Seen], decisions: dict[bytes, list[Decision]], moves: Moves) -> Counter[tuple[object, ...]]:
    found: Counter[tuple[object, ...]] = Counter()
    for target, told in counted(seen, decisions, moves, DAYS, MISSES):
        for policy, states, number in told.rows:
            found[target, policy, states] += number
    return found


@settings(max_examples=300)
@given(pasts(), some.lists(some.sampled_from([*DecisionState]), max_size=2), some.booleans())
def test_counts_are_those_of_the_lives(seen: list[Seen], states: list[DecisionState], has_moved: bool) -> None:
    taken = [decided(state, number + 1, expires=number + 2 if state is DecisionState.WAIVED else None)
             for number, state in enumerate(states)]  # fmt: skip
    decisions = {KEY: taken} if taken else {}
    moves = Moves([Alias(OTHER, THIRD, day(4))] if has_moved else [])
    assert counts(seen, decisions, moves) == of_lives(seen, decisions, moves)


@pytest.mark.parametrize("hour", [0, 23])
def test_targets_asked_at_moments_of_their_own_share_their_counts(hour: int) -> None:
    """What is thought through once must not depend on the moment within a day."""
    past = [Seen(HOST, "tls", at(0), at(2), ("a", "b"), SHOWS), Seen(HOST, "tls", at(5), at(5), ("c", "c"), LACKS)]
    later = [
        Seen(OTHER, one.probe, one.first_seen.replace(hour=hour), one.last_seen.replace(hour=hour), one.runs, one.answer)
        for one in past
    ]
    (_, first), (_, second) = counted([*past, *later], {}, Moves(), DAYS, Misses(()))
    assert first is second
    assert first.rows == (("nist-ir-8547", (LifeState.OPEN, LifeState.FIXED, LifeState.FIXED, LifeState.FIXED), 1),)


def test_of_what_has_moved_the_place_is_told_where_it_was_seen_last() -> None:
    past = [Seen(HOST, "tls", at(0), at(2), ("a", "b"), SHOWS), Seen(OTHER, "tls", at(5), at(5), ("c", "c"), SHOWS)]
    moves = Moves([Alias(HOST, OTHER, day(4))])
    assert moves.identity(OTHER, DAYS[-1]) == Identity(HOST)
    ((target, told),) = counted(past, {}, moves, DAYS, Misses(()))
    assert target == OTHER
    assert [number for _policy, _states, number in told.rows] == [1]
