"""Figures are shares with the unknown shown, traceable to rows; regimes never stand in one total without their split."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pqscan.locale import render
from pqscan.model.target import NetworkTarget
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.figures import FORMULA, NOT_STATED, Category, Dimension, Estate, FigureRow, figure_row
from pqscan.readiness.system import Regime, Secrecy, System, SystemKind

KEY, SIGNATURE = Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE
SYSTEMS = st.none() | st.builds(
    System,
    st.sampled_from(["S1", "S2"]),
    st.just("x"),
    owner=st.none() | st.sampled_from(["U1", "U2"]),
    kind=st.sampled_from(SystemKind),
    regime=st.none() | st.sampled_from(Regime),
    secrecy=st.none() | st.just(Secrecy.SECRET),
)
ROWS = st.lists(
    st.builds(
        figure_row,
        st.builds(NetworkTarget, st.integers(1, 250).map(lambda n: f"192.0.2.{n}"), st.just(443)),
        st.sampled_from([KEY, SIGNATURE]),
        st.sampled_from(State),
        SYSTEMS,
    ),
    max_size=40,
)


@given(ROWS)
def test_r16_recounting_the_rows_of_a_figure_gives_the_figure(rows: list[FigureRow]) -> None:
    estate = Estate(rows)
    for purpose in (KEY, SIGNATURE):
        for dimension in Dimension:
            figures = estate.figures(purpose, dimension)
            for figure in figures:
                assert Counter(row.category for row in estate.rows(figure)) == figure.counts
                for category in Category:
                    assert figure.share(category) == (len(estate.rows(figure, category)), len(estate.rows(figure)))
            assert sum(figure.whole for figure in figures) == sum(row.purpose is purpose for row in rows)


@given(ROWS)
def test_the_total_is_the_sum_of_its_regimes_and_shows_all_four(rows: list[FigureRow]) -> None:
    split = Estate(rows).split(KEY)
    assert [figure.value for figure in split.regimes][:4] == [regime.value for regime in Regime]
    assert sum((Counter(figure.counts) for figure in split.regimes), Counter()) == Counter(split.total)
    assert split.whole == sum(row.purpose is KEY for row in rows)


@given(st.sampled_from(State), SYSTEMS)
def test_r08_military_and_state_secret_systems_are_counted_and_not_judged(state: State, system: System | None) -> None:
    row = figure_row(NetworkTarget("192.0.2.1", 443), KEY, state, system)
    outside = system is not None and (system.regime is Regime.MILITARY or system.secrecy is not None)
    assert row.category is (
        Category.OUT_OF_ASSESSMENT if outside else (Category.OUT_OF_ASSESSMENT if state is State.OUTSIDE else Category(state.value))
    )


def test_what_nobody_stated_stands_last_and_is_shown() -> None:
    target = NetworkTarget("192.0.2.1", 443)
    stated = figure_row(target, KEY, State.DEFAULT, System("S1", "x", owner="U9", regime=Regime.CIVIL))
    nobodys = figure_row(target, KEY, State.UNKNOWN, None)
    estate = Estate([nobodys, stated])
    assert [figure.value for figure in estate.figures(KEY, Dimension.UNIT)] == ["U9", NOT_STATED]
    assert [figure.value for figure in estate.figures(KEY, Dimension.REGIME)][-1] == NOT_STATED
    assert estate.figures(KEY, Dimension.UNIT)[-1].share(Category.UNKNOWN) == (1, 1)


def test_the_formula_is_in_words() -> None:
    assert render(FORMULA, "en").startswith("Share of a state = targets in that state / all targets of the group.")
