"""Who was given which role, and what may be done in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import PqscanError, UsageError, WorkError
from pqscan.readiness.access import Right, roles
from pqscan.readiness.grant import Access, Grant

TODAY = date(2026, 11, 29)
ADMINISTRATOR = Grant("an", "administrator", (), date(2026, 1, 1), None, "an")


def holding(role: str, *units: str, person: str = "binh") -> Grant:
    return Grant(person, role, units, date(2026, 1, 1), None, "an")


def above(unit: str) -> tuple[str, ...]:
    """`a/b` lies below `a`."""
    parts = unit.split("/")
    return tuple("/".join(parts[: count + 1]) for count in range(len(parts)))


TABLE = {
    "collector": "scan read",
    "reviewer": "read register decide",
    "head": "read accept seal export export_redacted read_acts",
    "cipher_officer": "read register decide export_redacted",
    "security_officer": "read register decide export_redacted",
    "auditor": "read read_acts verify",
    "administrator": "administer verify",
    "operator": "scan read register decide accept seal export export_redacted read_acts verify administer",
}


@pytest.mark.parametrize("role", list(roles()))
@pytest.mark.parametrize("right", Right)
def test_each_role_may_do_what_the_table_says_and_nothing_else(role: str, right: Right) -> None:
    access = Access((ADMINISTRATOR, holding(role)))
    if right.value in TABLE[role].split():
        assert access.require(right, "binh", TODAY) == role
    else:
        with pytest.raises(
            WorkError, match=f"binh may not do this as {role}: it takes the role of .*operator; ask an(, binh)? for it"
        ):
            access.require(right, "binh", TODAY)


@pytest.mark.parametrize("right", Right)
def test_where_nobody_was_given_a_role_everything_is_allowed(right: Right) -> None:
    assert Access().require(right, "anybody", TODAY, ["a"]) == ""


@pytest.mark.parametrize("right", Right)
def test_where_somebody_was_given_one_all_others_may_do_nothing(right: Right) -> None:
    with pytest.raises(WorkError, match=r"^chi has no role here on 2026-11-29: ask an for it \(pqscan access grant\)$"):
        Access((ADMINISTRATOR,)).require(right, "chi", TODAY)


def test_a_reviewer_of_one_unit_decides_for_it_and_those_below_it_alone() -> None:
    access = Access((ADMINISTRATOR, holding("reviewer", "a")))
    for units in ([], ["a"], ["a/b"], ["a", "a/b/c"]):
        assert access.require(Right.DECIDE, "binh", TODAY, units, above) == "reviewer"
    for units in (["b"], ["a", "b"], ["ab"]):
        with pytest.raises(WorkError, match=rf"binh may do this for a alone and not for the unit {units[-1]}: ask an"):
            access.require(Right.DECIDE, "binh", TODAY, units, above)
    with pytest.raises(WorkError, match="not for what belongs to no unit"):
        access.require(Right.DECIDE, "binh", TODAY, [None], above)


def test_rights_of_two_roles_do_not_mix_their_units() -> None:
    access = Access((ADMINISTRATOR, holding("reviewer", "a"), holding("head", "b")))
    assert access.require(Right.DECIDE, "binh", TODAY, ["a"], above) == "reviewer"
    assert access.require(Right.SEAL, "binh", TODAY, ["b"], above) == "head"
    for right, unit in ((Right.DECIDE, "b"), (Right.SEAL, "a")):
        with pytest.raises(WorkError, match=f"not for the unit {unit}"):
            access.require(right, "binh", TODAY, [unit], above)


@pytest.mark.parametrize(("day", "holds"), [(-1, False), (0, True), (10, True), (11, False)])
def test_a_role_holds_from_its_first_day_to_its_last(day: int, holds: bool) -> None:
    grant = replace(holding("reviewer"), since=TODAY, until=TODAY + timedelta(days=10))
    assert grant.holds_on(TODAY + timedelta(days=day)) is holds


@pytest.mark.parametrize("first", [holding("reviewer"), holding("operator", "a"), replace(ADMINISTRATOR, until=TODAY)])
def test_the_first_role_goes_to_somebody_who_can_give_more(first: Grant) -> None:
    with pytest.raises(UsageError, match="nobody could give roles then"):
        Access().with_grant(first)
    assert not Access().with_grant(ADMINISTRATOR).with_grant(first).is_open


def test_a_revoked_role_ends_with_the_day_and_the_last_administrator_stays() -> None:
    access = Access().with_grant(ADMINISTRATOR).with_grant(holding("reviewer")).with_grant(holding("auditor"))
    ended = access.without("binh", "reviewer", TODAY - timedelta(days=1))
    assert [grant.holds_on(TODAY) for grant in ended.grants] == [True, False, True]
    assert [grant.holds_on(TODAY - timedelta(days=1)) for grant in ended.grants] == [True, True, True]
    with pytest.raises(UsageError, match="holds no such role"):
        ended.without("binh", "reviewer", TODAY)
    with pytest.raises(UsageError, match="nobody could give roles then"):
        access.without("an", None, TODAY)


@pytest.mark.parametrize(("person", "role"), [("", "head"), (" an", "head"), ("a\nb", "head"), ("a" * 201, "head"), ("an", "king")])
def test_a_grant_that_cannot_be_is_refused(person: str, role: str) -> None:
    with pytest.raises(UsageError):
        Grant(person, role, (), TODAY, None, "an")


FIELDS = ["person", "role", "units", "since", "until", "by"]


@given(st.dictionaries(st.sampled_from(FIELDS), st.none() | st.text() | st.lists(st.text())))
def test_any_row_is_a_grant_or_an_error_that_the_reader_expects(row: dict[str, object]) -> None:
    try:
        Grant.read(row)
    except (ValueError, LookupError, TypeError, PqscanError):
        return


def test_a_grant_reads_back_as_it_was_written() -> None:
    for grant in (ADMINISTRATOR, replace(holding("head", "a", "b"), until=TODAY)):
        assert Grant.read(grant.document()) == grant
