"""Adding up: the sum of the units is the total, who is missing is named, nothing missing is zero (R34)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.model.reason import Reason
from pqscan.readiness.consolidation import Refused, Sending, consolidate
from pqscan.readiness.filed_snapshot import FiledSnapshot
from pqscan.readiness.snapshot import Period, PolicyMark
from tests.unit.readiness.sealing_samples import NOW, YEAR, a_snapshot, kept, key_of, sealed

DEADLINE = date(2026, 9, 30)
TODAY = date(2026, 10, 5)
UNITS = ("DU-01", "DU-02", "DU-03")
FREE = ("budget.it_total", "budget.security", "finding.open", "finding.overdue", "targets.total")


def row(unit: str, figures: Mapping[str, int], days_late: int = 0) -> FiledSnapshot:
    made = sealed(a_snapshot(unit, figures), by=key_of("DU-01"))
    return kept(made, NOW + timedelta(days=10 + days_late))


@given(st.dictionaries(st.sampled_from(UNITS), st.dictionaries(st.sampled_from(FREE), st.integers(0, 10**15)), max_size=3))
@settings(max_examples=60)
def test_r34_the_sum_of_the_units_is_the_total_figure_by_figure(reports: dict[str, dict[str, int]]) -> None:
    found = consolidate(YEAR, [row(unit, figures) for unit, figures in reports.items()], UNITS, TODAY, DEADLINE)
    for name in FREE:
        stated = [figures[name] for figures in reports.values() if name in figures]
        if stated:
            assert (found.totals[name].value, found.totals[name].units) == (sum(stated), len(stated))
        else:
            assert name not in found.totals
    assert sum(line.figures.get("targets.total", 0) for line in found.lines) == sum(
        total.value for name, total in found.totals.items() if name == "targets.total"
    )


def test_r34_adding_up_in_two_steps_gives_the_same_as_in_one() -> None:
    rows = [row(unit, {"targets.total": number, "finding.open": 2 * number}) for number, unit in enumerate(UNITS, 1)]
    at_once = consolidate(YEAR, rows, UNITS, TODAY).totals
    part = {name: total.value for name, total in consolidate(YEAR, rows[:2], UNITS[:2], TODAY).totals.items()}
    assert {name: total.value for name, total in consolidate(YEAR, [row("X", part), rows[2]], (), TODAY).totals.items()} == {
        name: total.value for name, total in at_once.items()
    }


def test_r33_on_time_late_and_missing_units_are_named() -> None:
    rows = [row("DU-01", {"targets.total": 1}), row("DU-02", {"targets.total": 2}, days_late=1)]
    found = consolidate(YEAR, rows, UNITS, TODAY, DEADLINE)
    assert [(line.unit, line.sending) for line in found.lines] == [
        ("DU-01", Sending.ON_TIME),
        ("DU-02", Sending.LATE),
        ("DU-03", Sending.MISSING),
    ]
    assert found.totals["targets.total"].units == 2
    assert "DU-03" not in {line.unit for line in found.counted}


def test_r33_nobody_is_late_before_the_deadline_has_passed() -> None:
    assert consolidate(YEAR, [], UNITS[:1], DEADLINE, DEADLINE).lines[0].sending is Sending.NOT_YET_DUE
    assert consolidate(YEAR, [], UNITS[:1], DEADLINE + timedelta(days=1), DEADLINE).lines[0].sending is Sending.MISSING
    assert consolidate(YEAR, [row("DU-01", {})], UNITS[:1], TODAY).lines[0].sending is Sending.RECEIVED


def test_r34_a_refused_file_is_named_and_not_counted_as_zero() -> None:
    reason = Reason.of("snapshot_seal_does_not_hold", unit="DU-02")
    refused = [Refused("b.pqsnap", "DU-02", reason), Refused("x.pqsnap", "NOBODY", reason), Refused("c.pqsnap", None, reason)]
    found = consolidate(YEAR, [row("DU-01", {"targets.total": 4})], UNITS[:2], TODAY, DEADLINE, refused)
    assert [(line.unit, line.sending, line.reason) for line in found.lines] == [
        ("DU-01", Sending.ON_TIME, None),
        ("DU-02", Sending.REFUSED, reason),
    ]
    assert [one.file for one in found.unplaced] == ["x.pqsnap", "c.pqsnap"]
    assert found.totals["targets.total"].units == 1


def test_a_correction_is_counted_in_place_of_what_it_corrects() -> None:
    first = row("DU-01", {"targets.total": 4})
    corrected = sealed(replace(a_snapshot("DU-01", {"targets.total": 5}), supersedes=first.digest))
    assert consolidate(YEAR, [first, kept(corrected)], UNITS[:1], TODAY).totals["targets.total"].value == 5


def test_r34_no_unit_takes_back_what_another_unit_or_another_period_says() -> None:
    first = row("DU-01", {"targets.total": 4})
    others = sealed(replace(a_snapshot("DU-02", {"targets.total": 5}), supersedes=first.digest))
    later = sealed(replace(a_snapshot("DU-01", {"targets.total": 6}), period=Period.read("2027-H1"), supersedes=first.digest))
    total = consolidate(YEAR, [first, kept(others), kept(later)], UNITS[:2], TODAY).totals["targets.total"]
    assert (total.value, total.units) == (9, 2)


def test_another_period_is_not_added() -> None:
    half = sealed(replace(a_snapshot("DU-01", {"targets.total": 4}), period=Period.read("2026-H1")))
    assert consolidate(YEAR, [kept(half)], UNITS[:1], TODAY).totals == {}


def test_policies_of_different_editions_are_said_to_be_mixed() -> None:
    def judged(unit: str, digest: str) -> FiledSnapshot:
        snapshot = a_snapshot(unit, {"targets.total": 1, "policy/vietnam/awaiting": 1})
        marks = (PolicyMark("vietnam", "e", "awaiting_guidance", digest * 32),)
        return kept(sealed(replace(snapshot, policies=marks), by=key_of("DU-01")))

    assert consolidate(YEAR, [judged("DU-01", "aa"), judged("DU-02", "bb")], (), TODAY).mixed == ("vietnam",)
    assert consolidate(YEAR, [judged("DU-01", "aa"), judged("DU-02", "aa")], (), TODAY).mixed == ()


def test_units_stand_in_the_order_of_their_codes_whatever_their_figures() -> None:
    rows = [row("DU-02", {"targets.total": 900}), row("DU-01", {"targets.total": 1})]
    assert [line.unit for line in consolidate(YEAR, rows, UNITS, TODAY).lines] == sorted(UNITS)


def test_the_document_has_every_unit_and_every_total() -> None:
    document = consolidate(YEAR, [row("DU-01", {"targets.total": 4})], UNITS, TODAY, DEADLINE).document()
    assert document["units_expected"] == 3
    assert document["units_counted"] == 1
    assert document["totals"] == {"targets.total": {"value": 4, "units": 1}}
