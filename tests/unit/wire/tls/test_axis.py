"""A list that is asked in parts: where it is cut, and what becomes of a value that stands alone."""

from __future__ import annotations

from pqscan.wire.tls.axis import Axis


def parity(value: int) -> str:
    return "odd" if value % 2 else "even"


def alike(_value: int) -> str:
    return ""


def test_a_list_is_cut_between_two_kinds_and_else_in_the_middle() -> None:
    axis = Axis.of((1, 2, 3, 5, 7), 64, 120)
    axis.split((1, 2, 3, 5, 7), "alert_80", parity)
    assert axis.fresh(alone=True) == (2,)
    axis.drop((2,), "")
    assert axis.fresh(alone=True) == (1, 3, 5, 7)
    axis.split((1, 3, 5, 7), "alert_80", parity)
    assert axis.parts == [(5, 7), (1, 3)]


def test_a_value_that_stood_alone_keeps_the_answer_and_the_rest_is_proven_as_before() -> None:
    axis = Axis.of((1, 2, 3), 64, 120)
    axis.split((1, 2), "alert_80", alike)
    axis.split((1,), "alert_80", alike)
    assert axis.find(2)
    assert (axis.left, axis.parts, axis.unsettled, axis.unproven) == ([3], [], {1: "alert_80"}, "")
    assert axis.fresh(alone=False) == (3,)


def test_a_value_that_is_found_after_all_is_settled() -> None:
    axis = Axis.of((1, 2), 64, 120)
    axis.split((1,), "alert_80", alike)
    axis.find(1)
    assert axis.unsettled == {}


def test_a_list_is_not_cut_without_end() -> None:
    axis = Axis.of(range(200), 64, 120)
    while (offered := axis.fresh(alone=True)) and not axis.exhausted:
        axis.split(offered, "alert_80", alike)
    assert axis.splits == 40
    assert axis.unproven == "alert_80"
