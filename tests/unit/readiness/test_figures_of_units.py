"""Budgets, training, origins, legal bases, marks: exact figures, and what is missing is said."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest

from pqscan.readiness.budget import Budget, BudgetState
from pqscan.readiness.classification import CLASSIFICATION_SHEET, Classification, Mark
from pqscan.readiness.inventory_fields import inventory_fields
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.legal_basis import LegalBasis
from pqscan.readiness.planning import plan_changes
from pqscan.readiness.product import Origin, Product, origins
from pqscan.readiness.sheet import Row
from pqscan.readiness.system import Regime
from pqscan.readiness.task import Task, TaskState, units_without_plan
from pqscan.readiness.training import Training
from tests.unit.readiness.records import unit


@pytest.mark.parametrize(
    ("total", "security", "state"),
    [
        (10_000, 1499, BudgetState.NOT_MET),
        (10_000, 1500, BudgetState.MET),
        (10**18, 15 * 10**16 - 1, BudgetState.NOT_MET),
        (10_000, None, BudgetState.NO_FIGURES),
        (None, 1500, BudgetState.NO_FIGURES),
        (0, 0, BudgetState.NO_FIGURES),
        (10_000, 0, BudgetState.NOT_MET),
    ],
)
def test_r28_fifteen_per_cent_is_met_and_a_hair_less_is_not(total: int | None, security: int | None, state: BudgetState) -> None:
    assert Budget("a", 2026, total, security).state() is state


def test_r28_the_share_is_exact() -> None:
    assert Budget("a", 2026, 3, 1).share == Fraction(1, 3)


@pytest.mark.parametrize(
    "fields", [{"total": 5, "security": 6}, {"security": 5, "post_quantum": 6}, {"total": 5, "post_quantum": 6}]
)
def test_a_part_larger_than_the_whole_is_refused(fields: dict[str, int]) -> None:
    plan = plan_changes(SHEETS["budget"], {}, [Row(4, {"unit": "a", "year": 2026, **fields})])
    assert [(reason.code, dict(reason.parameters)["line"]) for reason in plan.problems] == [("budget_part_too_large", 4)]


def test_r29_the_share_of_the_trained_is_exact_and_missing_is_none() -> None:
    assert Training("a", 2026, "PQC", 40, 30).share == Fraction(3, 4)
    assert Training("a", 2026, "PQC", 40).share is None
    assert Training("a", 2026, "PQC", 0, 0).share is None
    plan = plan_changes(SHEETS["training"], {}, [Row(2, {"unit": "a", "year": 2026, "course": "c", "headcount": 3, "trained": 4})])
    assert [reason.code for reason in plan.problems] == ["trained_too_many"]


def test_r27_unknown_origin_stands_apart_and_is_in_no_share() -> None:
    rows = [Product(str(n), "P", Regime.CIVIL, origin=origin, is_public_investment=n < 3) for n, origin in enumerate(
        [Origin.DOMESTIC, Origin.FOREIGN, Origin.UNKNOWN, Origin.FOREIGN]
    )]  # fmt: skip
    assert (origins(rows).domestic, origins(rows).foreign, origins(rows).unknown, origins(rows).share) == (1, 2, 1, Fraction(1, 3))
    assert origins(rows, public_investment=True).share == Fraction(1, 2)
    assert origins([rows[2]]).share is None


def test_r04_one_ca_on_two_makes_of_tokens_is_two_rows_with_three_fields_each() -> None:
    columns = {column.name for column in SHEETS["product"].columns}
    assert {"module", "chip_maker", "certified_level", "origin"} <= columns


def test_r35_a_legal_basis_is_flagged_from_the_day_after_its_last() -> None:
    basis = LegalBasis("a", "05-NQ/HĐND", "Nghị quyết", ends_on=date(2026, 12, 31))
    assert (basis.is_past(date(2026, 12, 31)), basis.is_past(date(2027, 1, 1))) == (False, True)
    assert not LegalBasis("a", "n", "t").is_past(date(2999, 1, 1))


def test_r32_only_units_under_another_of_that_day_are_to_have_a_plan() -> None:
    day = date(2026, 11, 29)
    units = [unit("tu"), unit("a", superior="tu"), unit("b", superior="tu", valid_to=date(2025, 6, 30)), unit("c", superior="tu")]
    tasks = [Task("1", "a", "x"), Task("2", "c", "y", state=TaskState.DROPPED)]
    assert [one.code for one in units_without_plan(units, tasks, day)] == ["c"]


def test_a_task_is_late_from_the_day_after_its_deadline_while_it_is_open() -> None:
    task = Task("1", "a", "x", deadline=date(2026, 10, 1))
    assert (task.is_late(date(2026, 10, 1)), task.is_late(date(2026, 10, 2))) == (False, True)
    assert not Task("1", "a", "x", deadline=date(2026, 10, 1), state=TaskState.DONE).is_late(date(2027, 1, 1))


WHOLE = {"code": "c", "what": "Báo cáo", "decided": "confidential", "decider": "A", "decision": "12-QĐ", "decided_on": "2026-11-29"}


@pytest.mark.parametrize("lacking", ["decider", "decision", "decided_on"])
def test_no_mark_without_a_decision(lacking: str) -> None:
    fields = {name: value for name, value in WHOLE.items() if name != lacking}
    plan = plan_changes(CLASSIFICATION_SHEET, {}, [Row(2, fields)])
    assert [reason.code for reason in plan.problems] == ["mark_without_decision"]
    assert CLASSIFICATION_SHEET.record(fields).mark is None
    assert CLASSIFICATION_SHEET.record(WHOLE).mark is Mark.CONFIDENTIAL


def test_a_proposed_mark_is_never_printed() -> None:
    assert Classification("c", "Báo cáo", proposed=Mark.TOP_SECRET).mark is None


def test_the_nine_items_of_m_23_02_and_the_25_merged_fields_are_there_or_come_from_scans() -> None:
    fields = inventory_fields()
    assert [field.number for field in fields] == list(range(1, 26))
    assert [field.m_23_02 for field in fields if field.m_23_02 is not None] == list(range(1, 10))
    for field in fields:
        assert field.columns or field.scan or field.computed
        for column in field.columns:
            kind, _, name = column.partition(".")
            assert name in {one.name for one in SHEETS[kind].columns}, column
    assert [field.number for field in fields if not field.columns] == [4, 5, 6, 17, 18, 23, 24, 25]
