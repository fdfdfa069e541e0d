"""The redacted edition: no small count, none that the totals give away, nothing but closed words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.policy.finding import Verdict
from pqscan.readiness.figure_names import policy_figure
from pqscan.readiness.redaction import LEAST, merged, own_policies, public_tables, public_uses

counts_of_categories = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12), max_size=8)


@given(counts_of_categories)
@settings(max_examples=500)
def test_r41_no_small_count_is_shown_and_none_can_be_reckoned_from_the_total(counts: dict[str, int]) -> None:
    table = merged("t", counts)
    total = sum(counts.values())
    if table.total is None:
        assert 0 < total < LEAST
        assert not table.rows
        return
    assert table.total == total
    assert all(count >= LEAST and counts[category] == count for category, count in table.rows)
    assert table.others == total - sum(count for _category, count in table.rows)
    assert table.others == 0 or table.others >= LEAST
    hidden = [category for category, count in counts.items() if count and category not in dict(table.rows)]
    assert len(hidden) != 1


@given(counts_of_categories)
def test_nothing_is_hidden_where_nothing_is_small(counts: dict[str, int]) -> None:
    if all(count == 0 or count >= LEAST for count in counts.values()):
        assert dict(merged("t", counts).rows) == {category: count for category, count in counts.items() if count}


def test_r41_one_small_count_hides_the_next_larger_one_with_it() -> None:
    assert merged("t", {"a": 40, "b": 7, "c": 3}).rows == (("a", 40),)
    assert merged("t", {"a": 40, "b": 7, "c": 3}).others == 10


def test_r41_two_small_counts_that_are_small_together_hide_a_third() -> None:
    assert merged("t", {"a": 40, "b": 1, "c": 2, "d": 9}).rows == (("a", 40),)
    assert merged("t", {"a": 40, "b": 3, "c": 2, "d": 9}).rows == (("a", 40), ("d", 9))


def test_a_part_is_not_shown_where_its_rest_is_small() -> None:
    table = next(one for one in public_tables({"quality.rows": 100, "quality.verified": 97}) if one.name == "quality.verified")
    assert (table.total, table.rows, table.others) == (100, (), 100)
    table = next(one for one in public_tables({"quality.rows": 100, "quality.verified": 90}) if one.name == "quality.verified")
    assert table.rows == (("verified", 90), ("rest", 10))


def test_r41_two_parts_of_one_whole_do_not_give_the_small_third_away() -> None:
    figures = {"targets.total": 100, "belonging.in_a_system": 90, "belonging.in_no_system": 8, "belonging.tied": 2}
    (table,) = (table for table in public_tables(figures) if table.name == "belonging")
    assert (table.rows, table.others) == ((("in_a_system", 90),), 10)


@given(st.lists(st.integers(0, 30), min_size=4, max_size=4))
@settings(max_examples=300)
def test_r41_which_systems_were_seen_is_shown_whole_or_not_at_all(counts: list[int]) -> None:
    parts = ("seen", "never_seen", "not_running", "outside")
    figures = {"systems.total": sum(counts), "systems.out_of_assessment": counts[3]}
    figures |= {f"system_seen.{part}": count for part, count in zip(parts, counts, strict=True)}
    for table in public_tables(figures):
        assert table.name != "system_seen" or (table.others == 0 and all(count == 0 or count >= LEAST for _, count in table.rows))


def test_a_policy_of_the_user_s_own_is_counted_and_not_named() -> None:
    figures = {"targets.total": 50, policy_figure("vietnam", Verdict.AWAITING): 30, policy_figure("tinh-x", Verdict.OVERDUE): 20}
    tables = public_tables(figures)
    assert [table.name for table in tables if table.name.startswith("policy/")] == ["policy/vietnam"]
    assert tables[-1].rows == (("awaiting", 30), ("not_judged", 20))
    assert own_policies(figures) == 1


def test_money_is_left_out() -> None:
    assert public_tables({"budget.security": 15, "budget.it_total": 100}) == ()


def test_an_algorithm_that_few_use_or_few_do_not_use_is_left_out() -> None:
    uses = (("x", 4), ("y", 5), ("z", 95), ("v", 96), ("w", 100))
    assert public_uses(uses, 100) == (("y", 5), ("z", 95), ("w", 100))
