"""The register as a whole: circles, dangling codes, heads, ties, names, days; what policies see of a system."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import StoreError
from pqscan.locale import render
from pqscan.policy.editions import policies
from pqscan.readiness.context import context_of
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.product import Product
from pqscan.readiness.regimes import authority_of, by_regime
from pqscan.readiness.register import Register
from pqscan.readiness.register_problems import circles
from pqscan.readiness.system import DataClass, Regime, Secrecy, Stage, System
from pqscan.readiness.task import Task
from tests.unit.readiness.records import head, system, unit

DAY = date(2026, 11, 29)


def register(*records: Any) -> Register:
    entries: dict[str, dict[str, Any]] = {}
    for record in records:
        kind = next(kind for kind, sheet in SHEETS.items() if isinstance(record, sheet._record))  # type: ignore[arg-type]
        entries.setdefault(kind, {})[SHEETS[kind].code(record)] = SHEETS[kind].document(record)
    return Register.of(entries)


def told(*records: Any, day: date = DAY) -> list[str]:
    return [render(reason, "en") for reason in register(*records).problems(day)]


def test_what_is_stored_comes_back_typed_and_by_code() -> None:
    found = register(unit("vp"), head("vp"), system("s", owner="vp"))
    assert (found.units["vp"].name, found.heads["vp/2020-01-01"].unit, found.systems["s"].owner) == ("Đơn vị vp", "vp", "vp")


def test_an_unknown_kind_is_damage() -> None:
    with pytest.raises(StoreError, match="unknown kind"):
        Register.of({"planet": {}})


def test_a_register_without_fault_has_no_problem() -> None:
    assert told(unit("vp"), head("vp"), system("s", "10.0.0.0/24", owner="vp", data_classes=frozenset({DataClass.PUBLIC}))) == []


@pytest.mark.parametrize("column", ["superior", "via", "successor"])
def test_a_circle_is_told_whole_and_once(column: str) -> None:
    units = [unit(code, **{column: to}) for code, to in (("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"))]
    found = [line for line in told(*units) if "circle" in line]
    assert found == [f"Units go round in a circle ({'reports via' if column == 'via' else column}): a → b → c → a."]


def test_a_unit_may_report_through_one_that_stands_under_it() -> None:
    assert not [
        line for line in told(unit("tu"), unit("ca", superior="tu"), unit("b", superior="tu", via="ca")) if "circle" in line
    ]


@given(st.dictionaries(st.integers(0, 12).map(str), st.one_of(st.none(), st.integers(0, 14).map(str)), max_size=13))
def test_every_node_that_reaches_itself_is_in_just_one_circle(edges: dict[str, str | None]) -> None:
    def returns(start: str) -> bool:
        node: str | None = edges[start]
        for _ in edges:
            if node == start:
                return True
            node = edges.get(node) if node is not None else None
        return False

    found = [node for circle in circles(edges) for node in circle]
    assert sorted(found) == sorted(node for node in edges if returns(node))


def test_a_chain_of_ten_thousand_units_is_walked_without_recursion() -> None:
    assert len(next(circles({str(n): str((n + 1) % 10_000) for n in range(10_000)}))) == 10_000


def test_codes_that_lead_nowhere_are_told() -> None:
    found = told(unit("a", superior="x"), head("a"), head("y"), system("s", owner="z", data_classes=frozenset({DataClass.PUBLIC})))
    assert [line for line in found if "there is no" in line] == [
        "units, a: there is no x among the units (superior).",
        "heads of units, y/2020-01-01: there is no y among the units (unit).",
        "systems, s: there is no z among the units (owner).",
    ]


def test_two_heads_at_once_are_told() -> None:
    two = (head("a", "2020-01-01", "2022-06-30", "A"), head("a", "2022-06-30", None, "B"))
    assert told(unit("a"), *two) == ["a has two heads at once: A and, from 30 June 2022 on, B."]
    follow = (head("a", "2020-01-01", "2022-06-30", "A"), head("a", "2022-07-01", None, "B"))
    assert told(unit("a"), *follow) == []


def test_r15_a_unit_without_a_head_on_that_day_is_told() -> None:
    records = (unit("a", name="Sở A"), head("a", "2020-01-01", "2026-11-28"))
    assert told(*records) == ["Sở A (a) has no head on 29 November 2026."]
    assert told(*records, day=date(2026, 11, 28)) == []
    assert told(replace(records[0], valid_to=date(2026, 11, 28)), records[1]) == []


def test_r15_the_head_of_an_old_day_stays_who_it_was() -> None:
    found = register(unit("a"), head("a", "2020-01-01", "2026-06-30", "A"), head("a", "2026-07-01", None, "B"))
    names = [getattr(found.head_on("a", day), "name", None) for day in (date(2019, 1, 1), date(2026, 6, 30), date(2026, 7, 1))]
    assert names == [None, "A", "B"]


def test_a_system_without_owner_or_of_a_unit_that_is_gone_is_told() -> None:
    public = frozenset({DataClass.PUBLIC})
    gone = unit("a", valid_to=date(2025, 6, 30), successor="b")
    found = told(
        gone,
        unit("b"),
        head("b"),
        system("s", name="S", data_classes=public),
        system("t", name="T", owner="a", data_classes=public),
    )
    assert found == ["S (s) has no owner.", "T (t) belongs to a, which no longer exists; its successor: b."]


def test_codes_that_differ_in_case_or_a_tone_mark_s_place_alone_are_told_together() -> None:
    found = told(system("uỷ", name="A"), system("ủy", name="B"), system("abc", name="C"), system("ABC", name="D"), system("abd"))
    assert [line for line in found if "the codes" in line] == [
        "systems: the codes ABC, abc differ in case or in the place of a tone mark alone; keep one of them.",
        "systems: the codes uỷ, ủy differ in case or in the place of a tone mark alone; keep one of them.",
    ]


def test_r14_a_system_without_a_class_of_data_is_not_classified_yet() -> None:
    assert any("not classified yet" in line for line in told(system("s")))
    assert not any("not classified yet" in line for line in told(system("s", secrecy=Secrecy.SECRET)))


def test_overlapping_scopes_of_one_specificity_are_told_with_both_systems() -> None:
    found = told(system("a", "10.0.0.0/24"), system("b", "10.0.0.0/24"), system("c", "10.0.0.0/25"))
    assert [line for line in found if line.startswith("Equally")] == [
        "Equally specific: «10.0.0.0/24» is claimed by a, b; what it covers belongs to none of them."
    ]


def test_names_that_differ_in_the_place_of_the_tone_mark_alone_are_given_twice() -> None:
    found = told(unit("a", "Văn phòng Tỉnh uỷ"), unit("b", "Văn phòng Tỉnh ủy"))
    assert [line for line in found if "several" in line] == ["units: «Văn phòng Tỉnh uỷ» is the name of several: a, b."]


def test_days_the_wrong_way_round_are_told() -> None:
    found = told(unit("a", valid_from=date(2026, 1, 2), valid_to=date(2026, 1, 1)))
    assert found == ["units, a: 1 January 2026 lies before 2 January 2026."]


def test_r32_units_without_a_plan_are_listed() -> None:
    found = told(
        unit("tu"),
        head("tu"),
        unit("a", "A", superior="tu"),
        head("a"),
        unit("b", "B", superior="tu"),
        head("b"),
        Task("t1", "a", "Kiểm kê"),
    )
    assert found == ["B (b) has no plan: no task of it is registered."]


def test_r05_a_civil_product_on_a_system_with_state_secrets_is_told() -> None:
    civil = Product("p", "VPN X", Regime.CIVIL, systems=("s",))
    for secret in ({"secrecy": Secrecy.CONFIDENTIAL}, {"data_classes": frozenset({DataClass.STATE_SECRET})}):
        assert any("civil product" in line for line in told(civil, system("s", **secret)))
    assert not any("civil product" in line for line in told(civil, system("s", data_classes=frozenset({DataClass.PUBLIC}))))
    assert not any(
        "civil product" in line for line in told(replace(civil, regime=Regime.CIPHER), system("s", secrecy=Secrecy.SECRET))
    )


def test_the_path_upward_ends_at_the_top_and_in_a_circle() -> None:
    found = register(unit("a", superior="b"), unit("b", superior="c"), unit("c"), unit("x", superior="y"), unit("y", superior="x"))
    assert [one.code for one in found.unit_path("a")] == ["a", "b", "c"]
    assert [one.code for one in found.unit_path("x")] == ["x", "y"]


# What policies see


def test_a_system_shows_what_its_row_states() -> None:
    found = context_of(
        System(
            "s",
            "S",
            is_critical=True,
            fips_199="high",
            is_nss=False,
            categories=("web", "OS"),
            acquired_on=date(2027, 3, 1),
            data_classes=frozenset({DataClass.PUBLIC}),
        )
    )
    assert found.known
    assert found.acquired_on == date(2027, 3, 1)
    assert found.attributes == {
        "critical", "high_risk", "high_priority", "fips_199:high", "hva_or_high_impact", "category:servers",
        "category:operating_system",
    }  # fmt: skip
    assert "nss" not in found.unstated


def test_what_a_row_leaves_open_is_open_and_not_no() -> None:
    assert context_of(System("s", "S")).unstated >= {"nss", "hva_or_high_impact", "classified"}
    stated = System("s", "S", is_nss=False, fips_199="low", data_classes=frozenset({DataClass.PUBLIC}))
    assert not context_of(stated).unstated & {"nss", "hva_or_high_impact", "classified"}


def test_every_predicate_of_a_shipped_policy_is_one_that_a_row_can_decide_or_leave_open() -> None:
    predicates = {predicate.removeprefix("!") for edition in policies() for rule in edition.rules for predicate in rule.scope}
    open_ = context_of(System("s", "S")).unstated
    whole = System("s", "S", is_critical=True, is_nss=True, hva_id="x", secrecy=Secrecy.SECRET)
    stated = context_of(whole).attributes | context_of(System("s", "S")).attributes
    assert {one for one in predicates if not one.startswith(("category:", "acquired_after:"))} <= open_ | stated


def test_state_secrets_and_the_military_are_outside_of_any_assessment() -> None:
    assert context_of(System("s", "S", secrecy=Secrecy.TOP_SECRET)).is_outside_assessment
    assert context_of(System("s", "S", data_classes=frozenset({DataClass.STATE_SECRET}))).is_outside_assessment
    assert context_of(System("s", "S", regime=Regime.MILITARY)).is_outside_assessment
    assert not context_of(System("s", "S", regime=Regime.CIVIL)).is_outside_assessment


def test_a_system_that_nobody_described_is_unknown() -> None:
    assert not register().context_of("x").known


# Four regimes


def test_r06_every_regime_has_one_answering_authority() -> None:
    for regime in Regime:
        assert authority_of(Product("p", "P", regime), "vi")
    assert authority_of(Product("p", "P", Regime.CIPHER), "vi") == "Văn phòng Tỉnh uỷ"
    assert authority_of(System("s", "S"), "vi") is None
    assert authority_of(System("s", "S", regime=Regime.CIVIL, lead_authority="Bộ X"), "vi") == "Bộ X"


def test_r09_security_products_are_a_line_of_their_own() -> None:
    groups = {group.regime: group for group in by_regime([], [Product("p", "P", Regime.SECURITY), Product("q", "Q", Regime.CIVIL)])}
    assert [product.code for product in groups[Regime.SECURITY].products] == ["p"]
    assert authority_of(groups[Regime.SECURITY].products[0], "vi") == "Công an tỉnh"


def test_r08_the_military_is_counted_and_not_shown() -> None:
    groups = {group.regime: group for group in by_regime([System("s", "S", regime=Regime.MILITARY), System("t", "T")], [])}
    assert (groups[Regime.MILITARY].system_count, groups[Regime.MILITARY].systems, groups[Regime.MILITARY].is_outside) == (
        1,
        (),
        True,
    )
    assert [one.code for one in groups[None].systems] == ["t"]


def test_stage_retired_asks_for_nothing() -> None:
    assert told(system("s", stage=Stage.RETIRED)) == []
