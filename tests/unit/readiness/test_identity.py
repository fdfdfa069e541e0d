"""The same weakness seen again is the same finding: through renewals, deeper scans and moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from pqscan.errors import UsageError
from pqscan.model.observation import Subject
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Transport
from pqscan.policy.finding import Verdict
from pqscan.readiness.identity import Alias, Identity, Keys, Moves, finding_key, mark_of
from pqscan.readiness.life import Seen
from tests.unit.readiness.lives import HOST, LACKS, SHOWS, a_finding, all_lives, at, day, seen

OTHER = NetworkTarget("192.0.2.9", 443)


def test_a_key_has_32_bytes_and_stays_from_release_to_release() -> None:
    assert finding_key(HOST, "tls", a_finding()).hex() == "4da339081f0882a9f48b7fba385b5ebbf23fa1844c1e80dd8260daa971f77a52"


@pytest.mark.parametrize(
    "same",
    [
        replace(a_finding(), verdict=Verdict.OVERDUE, due=None, reason=Reason.of("other")),
        replace(a_finding(), profile=None, certificate=b"c" * 32),
        replace(a_finding(), name="X25519"),
        replace(a_finding(), context="TLS1.2"),
        replace(a_finding(), subject=Subject.SELECTED_GROUP.value),
    ],
    ids=["another day", "a renewed certificate", "another spelling", "another version", "the client got it"],
)
def test_what_changes_while_the_weakness_stays_is_not_in_the_key(same: object) -> None:
    assert finding_key(HOST, "tls", same) == finding_key(HOST, "tls", a_finding())  # type: ignore[arg-type]


def test_the_name_as_typed_is_not_in_the_key() -> None:
    assert finding_key(replace(HOST, host="www.example"), "tls", a_finding()) == finding_key(HOST, "tls", a_finding())


def test_everything_else_is_in_the_key() -> None:
    keys = {
        finding_key(target, probe, finding, role)
        for target, probe, finding, role in (
            (HOST, "tls", a_finding(), ""),
            (replace(HOST, port=8443), "tls", a_finding(), ""),
            (replace(HOST, server_name="www.example"), "tls", a_finding(), ""),
            (replace(HOST, transport=Transport.UDP), "tls", a_finding(), ""),
            (replace(HOST, site="Huế"), "tls", a_finding(), ""),
            (replace(HOST, starttls="smtp"), "tls", a_finding(), ""),
            (HOST, "ssh", a_finding(), ""),
            (HOST, "tls", a_finding("0x0017"), ""),
            (HOST, "tls", replace(a_finding(), policy="vietnam"), ""),
            (HOST, "tls", replace(a_finding(), rule="other"), ""),
            (HOST, "tls", replace(a_finding(), subject="certificate_key"), "own"),
            (HOST, "tls", replace(a_finding(), subject="certificate_key"), "issuer"),
            (FileTarget("máy", "/a"), "tls", a_finding(), ""),
            (FileTarget("máy", "/", ("a",)), "tls", a_finding(), ""),
        )
    }
    assert len(keys) == 14


def test_a_moved_host_keeps_its_history_and_the_next_one_at_its_address_begins_anew() -> None:
    moves = Moves([Alias(HOST, OTHER, day(5))])
    intervals = [seen(1, 4), seen(8, 9), seen(5, 9, target=OTHER)]
    found = {(life.key, life.target, life.first_seen) for life in all_lives(intervals, on=9, moves=moves)}
    mark = mark_of(a_finding())
    assert found == {
        (Keys(Identity(HOST), "tls").key(mark), OTHER, at(1)),
        (Keys(Identity(HOST, "2026-01-06"), "tls").key(mark), HOST, at(8)),
    }


def test_what_the_host_was_at_its_new_place_before_is_another_host() -> None:
    moves = Moves([Alias(HOST, OTHER, day(5))])
    lives = all_lives([seen(1, 4), seen(1, 9, target=OTHER)], on=9, moves=moves)
    assert [(life.identity.target, life.first_seen, life.last_seen.date()) for life in lives] == [
        (HOST, at(1), day(9)),
        (OTHER, at(1), day(4)),
    ]


@pytest.mark.parametrize(("first", "last", "identities"), [(at(5, 0), at(9), 1), (at(3), at(5, 0), 2), (at(3), at(4, 23), 1)])
def test_an_interval_is_cut_at_midnight_of_a_move_where_it_stands_on_both_sides(
    first: datetime, last: datetime, identities: int
) -> None:
    """One that begins at the cut is of the new host alone, one that ends with it of both."""
    interval = Seen(OTHER, "tls", first, last, ("run-1", "run-2"), SHOWS)
    found = all_lives([interval], on=9, moves=Moves([Alias(HOST, OTHER, day(5))]))
    assert len({life.identity for life in found}) == identities


def test_a_fix_at_the_new_place_fixes_the_finding_of_the_old_one() -> None:
    (life,) = all_lives([seen(1, 4), seen(5, 9, LACKS, target=OTHER)], on=9, moves=Moves([Alias(HOST, OTHER, day(5))]))
    assert life.state == "fixed"


def test_moves_in_a_circle_end() -> None:
    moves = Moves([Alias(HOST, OTHER, day(5)), Alias(OTHER, HOST, day(8))])
    assert moves.identity(HOST, day(9)) == Identity(HOST)
    assert moves.identity(OTHER, day(6)) == Identity(HOST)
    assert moves.identity(HOST, day(6)) == Identity(HOST, day(5).isoformat())
    assert moves.identity(OTHER, day(9)) == Identity(OTHER, day(8).isoformat())


@pytest.mark.parametrize(
    "aliases",
    [
        [Alias(HOST, replace(HOST, host="x"), date(2026, 1, 1))],
        [Alias(HOST, OTHER, date(2026, 1, 1)), Alias(NetworkTarget("192.0.2.3", 443), OTHER, date(2026, 1, 1))],
    ],
    ids=["to itself", "two on one day"],
)
def test_moves_that_cannot_be_are_refused(aliases: list[Alias]) -> None:
    with pytest.raises(UsageError):
        Moves(aliases)
