"""The shipped policies and a user's own on one shelf."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.errors import UsageError
from pqscan.policy.editions import EDITION_FILES, contradictions, floor, policies, policy
from pqscan.policy.reading import read_policy
from pqscan.policy.rows import DATA_FOLDER
from pqscan.policy.shelf import Shelf, known_digests
from tests.unit.policy.test_reading import GOOD


def own(identifier: str) -> bytes:
    return GOOD.replace('id = "ours"', f'id = "{identifier}"').encode()


def test_without_own_packs_the_shelf_holds_what_ships() -> None:
    assert Shelf.of().policies() == policies()
    assert [each.id for each in Shelf.of().default_policies()] == ["vietnam", "nist-ir-8547"]


def test_an_own_pack_stands_beside_the_shipped_ones() -> None:
    shelf = Shelf.of([read_policy(own("ours"), "ours.toml")])
    assert shelf.names() == (*EDITION_FILES, "ours")
    assert (shelf.policy("ours").is_own, shelf.policy("ours").replaces) == (True, False)


def test_r39_a_pack_of_the_same_id_takes_the_place_of_the_shipped_one_and_says_so() -> None:
    shelf = Shelf.of([read_policy(own("nist-ir-8547"), "own.toml")])
    assert shelf.names() == EDITION_FILES
    assert (shelf.policy("nist-ir-8547").title, shelf.policy("nist-ir-8547").replaces) == ("Ours", True)
    assert shelf.default_policies()[1].title == "Ours"
    assert not any(each.replaces for each in shelf.policies() if each.id != "nist-ir-8547")


def test_r36_an_edition_that_came_with_pqscan_replaces_nothing_from_a_folder() -> None:
    kept = read_policy((DATA_FOLDER / "vietnam.toml").read_bytes(), "vietnam.toml")
    found = Shelf.of([kept]).policy("vietnam")
    assert not found.replaces
    assert replace(found, is_own=False) == policy("vietnam")


def test_r36_the_digest_of_every_shipped_edition_is_kept() -> None:
    """A changed pack needs a new row in known_editions.toml: the digest is in the message. Older rows stay."""
    assert {each.id: each.digest for each in policies() if each.digest not in known_digests()[each.id]} == {}
    assert set(known_digests()) == set(EDITION_FILES)


def test_one_id_twice_and_the_id_of_the_floor_are_refused() -> None:
    pack = read_policy(own("ours"), "ours.toml")
    with pytest.raises(UsageError, match="two policies have the id ours"):
        Shelf.of([pack, pack])
    with pytest.raises(UsageError, match="cannot have the id floor"):
        Shelf.of([read_policy(own("floor"), "floor.toml")])


def test_an_unknown_policy_is_named_with_those_at_hand() -> None:
    shelf = Shelf.of([read_policy(own("ours"), "ours.toml")])
    with pytest.raises(UsageError, match=r"no policy 'cnsa'; choose among vietnam.*pci-dss, ours"):
        shelf.policy("cnsa")
    assert shelf.policy("floor") == floor()


def test_every_example_of_a_contradiction_is_a_fact_that_some_policy_judges() -> None:
    from datetime import date

    from pqscan.policy.disagreements import positions

    for each in contradictions():
        stands = positions(each, policy, date(2026, 11, 29))
        assert len(stands) == len(each.policies) * len(each.examples) > 0
        assert len({stand.finding and (stand.finding.verdict, stand.finding.due) for stand in stands}) > 1, each.id
