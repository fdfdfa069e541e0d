"""Reach: others through certificates, keys, authorities, profiles and connections, each once under the closest tie."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.target import NetworkTarget
from pqscan.readiness import reach as module
from pqscan.readiness.reach import MOST_STEPS, Holding, Reach, Tie, Ties


def target(number: int) -> NetworkTarget:
    return NetworkTarget(f"192.0.{number >> 8}.{number & 255}", 443)


def holding(
    number: int, certificate: str, key: str, authorities: str = "", profile: str | None = None, system: str = ""
) -> Holding:
    """Digests are written as letters, one a digest."""
    return Holding(
        target(number),
        tuple(each.encode() for each in certificate),
        tuple(each.encode() for each in key),
        tuple(each.encode() for each in authorities),
        None if profile is None else profile.encode(),
        system or None,
    )


def test_each_other_target_counts_once_under_its_closest_tie() -> None:
    ties = Ties(
        [
            holding(0, "c", "k", "a", "p"),
            holding(1, "c", "k", "a", "p"),  # the same certificate, hence the same key, authority and profile
            holding(2, "d", "k", "a"),  # renewed with the same key
            holding(3, "e", "l", "a"),  # below the same authority
            holding(4, "f", "m", "b", "p"),  # one configuration
            holding(5, "g", "n", "b"),  # nothing in common
        ]
    )
    assert ties.reach(target(0)) == Reach(certificate=1, key=1, authority=1, profile=1)
    assert ties.reach(target(5)) == Reach(authority=1)
    assert ties.reach(target(9)) == Reach()


def test_a_target_does_not_reach_itself() -> None:
    assert Ties([holding(0, "c", "k", "a", "p", "S")]).reach(target(0)).total == 0


def test_systems_are_joined_both_ways_and_not_without_end() -> None:
    chain = [(f"S{n}", f"S{n + 1}") for n in range(9)]
    ties = Ties([holding(0, "c", "k", system="S4")], [*chain, ("S4", "S4"), ("S4", "S5")])
    assert ties.joined("S4") == {f"S{n}" for n in range(4 - MOST_STEPS, 4 + MOST_STEPS + 1)} - {"S4"}
    assert ties.reach(target(0)).systems == 2 * MOST_STEPS


def test_a_circle_of_connections_ends() -> None:
    assert Ties([], [("A", "B"), ("B", "C"), ("C", "A")]).joined("A") == {"B", "C"}


def test_what_hangs_on_an_authority_is_told_with_systems_once() -> None:
    ties = Ties(
        [holding(0, "c", "k", "a", system="S1"), holding(1, "d", "l", "a", system="S2"), holding(2, "e", "m", "a", system="S1")],
        [("S1", "S2"), ("S2", "S3"), ("S3", "S4")],
    )
    found = ties.dependants(Tie.AUTHORITY, b"a", steps=1)
    assert found.targets == (target(0), target(1), target(2))
    assert (found.systems, found.joined) == (("S1", "S2"), ("S3",))
    assert ties.dependants(Tie.KEY, b"none").targets == ()


def naive(holdings: list[Holding], number: int) -> Reach:
    counts = dict.fromkeys(Tie, 0)
    for other, held in enumerate(holdings):
        both = zip(Tie, held.by_tie(), holdings[number].by_tie(), strict=True)
        tie = next((tie for tie, one, another in both if set(one) & set(another)), None)
        if other != number and tie is not None:
            counts[tie] += 1
    return Reach(counts[Tie.CERTIFICATE], counts[Tie.KEY], counts[Tie.AUTHORITY], counts[Tie.PROFILE])


LETTERS = st.text("abcdef", max_size=3)
HOLDINGS = st.lists(st.tuples(LETTERS, LETTERS, LETTERS, st.none() | st.sampled_from("pqr")), max_size=12)


@given(HOLDINGS, st.integers(0, 4))
def test_the_counts_are_those_of_a_comparison_of_all_with_all(rows: list[tuple[str, str, str, str | None]], few: int) -> None:
    """`few` moves the line between what is counted one by one and what is counted as a set."""
    holdings = [holding(number, *row) for number, row in enumerate(rows)]
    before = module._FEW
    module._FEW = few
    try:
        ties = Ties(holdings)
        assert [ties.reach(each.target) for each in holdings] == [naive(holdings, number) for number in range(len(holdings))]
    finally:
        module._FEW = before


@pytest.mark.slow
def test_a_hundred_thousand_targets_below_one_root_take_seconds() -> None:
    count = 100_000
    holdings = [
        Holding(
            NetworkTarget(f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}", 443),
            (b"c%d" % n,),
            (b"k%d" % n,),
            (b"a%d" % (n % 20), b"root"),
            b"p%d" % (n % 300),
            f"S{n % 100}",
        )
        for n in range(count)
    ]
    begun = time.process_time()
    ties = Ties(holdings, [(f"S{n}", f"S{n + 1}") for n in range(99)])
    assert all(ties.reach(each.target).targets == count - 1 for each in holdings)
    assert time.process_time() - begun < 60  # a few seconds on an idle machine
