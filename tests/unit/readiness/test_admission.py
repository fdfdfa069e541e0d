"""Which unit files are taken, and for which reason each other one is not (R33, R34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pqscan.app.keys import CryptographyCheck
from pqscan.model.reason import Reason
from pqscan.readiness.admission import CLOCK_TOLERANCE, fault_of_file
from pqscan.readiness.filed_snapshot import FiledSnapshot, in_force
from pqscan.readiness.snapshot import Period
from pqscan.readiness.unit_file import UnitFile
from pqscan.readiness.unit_key import EnrolledKey
from tests.unit.readiness.sealing_samples import NOW, Forged, a_snapshot, enrolled, kept, key_of, sealed

KEYS = (enrolled("DU-01"), enrolled("DU-02"))


def fault(
    file: UnitFile, keys: tuple[EnrolledKey, ...] = KEYS, known: tuple[FiledSnapshot, ...] = (), expected: set[str] | None = None
) -> str | None:
    found = fault_of_file(file, keys, known, NOW, CryptographyCheck(), expected)
    return None if found is None else found.code


def of_period(start: date, end: date, **changes: object) -> UnitFile:
    return sealed(replace(a_snapshot(), period=Period(start, end), **changes))  # type: ignore[arg-type]


def test_a_file_of_an_enrolled_unit_is_taken() -> None:
    assert fault(sealed(a_snapshot())) is None
    assert fault(sealed(a_snapshot()), expected={"DU-01"}) is None


def test_r34_a_file_whose_figures_were_altered_is_refused() -> None:
    figures = {"targets.total": 2, "key_establishment.vulnerable": 1, "key_establishment.unknown": 1}
    assert fault(Forged.of(sealed(a_snapshot()), figures=figures)) == "snapshot_seal_does_not_hold"


def test_r34_a_file_of_keys_that_nobody_enrolled_is_refused() -> None:
    assert fault(sealed(a_snapshot(), by=key_of("DU-09"))) == "snapshot_key_unknown"


def test_r34_a_file_of_another_unit_s_keys_is_refused() -> None:
    assert fault(sealed(a_snapshot(), by=key_of("DU-02"))) == "snapshot_key_of_another_unit"


def test_r34_a_file_of_revoked_keys_is_refused_whatever_its_date() -> None:
    keys = (replace(enrolled("DU-01"), revoked_on=date(2026, 9, 30)),)
    assert fault(sealed(a_snapshot()), keys) == "snapshot_key_revoked"


@pytest.mark.parametrize(("first", "last"), [(date(2026, 9, 21), None), (date(2026, 1, 1), date(2026, 9, 19))])
def test_r34_a_file_from_before_or_after_the_keys_were_valid_is_refused(first: date, last: date | None) -> None:
    keys = (replace(enrolled("DU-01"), valid_from=first, valid_to=last),)
    assert fault(sealed(a_snapshot()), keys) == "snapshot_key_not_valid"


@pytest.mark.parametrize(("first", "last"), [(date(2026, 9, 20), None), (date(2026, 1, 1), date(2026, 9, 20))])
def test_r34_a_file_of_the_first_or_the_last_day_of_the_keys_is_taken(first: date, last: date | None) -> None:
    keys = (replace(enrolled("DU-01"), valid_from=first, valid_to=last),)
    assert fault(sealed(a_snapshot()), keys) is None


def test_a_file_of_a_unit_that_does_not_report_here_is_refused() -> None:
    assert fault(sealed(a_snapshot()), expected={"DU-02"}) == "snapshot_unit_not_expected"


def test_r33_a_file_from_the_future_is_refused_and_a_clock_a_little_ahead_is_not() -> None:
    def ahead(by: timedelta) -> UnitFile:
        return sealed(replace(a_snapshot(), made_at=NOW + by))

    assert fault(ahead(CLOCK_TOLERANCE)) is None
    assert fault(ahead(CLOCK_TOLERANCE + timedelta(seconds=1))) == "snapshot_from_the_future"


def test_the_very_same_file_again_changes_nothing_and_is_no_fault() -> None:
    file = sealed(a_snapshot())
    assert fault(file, known=(kept(file),)) is None


def test_r34_the_same_period_again_with_other_figures_is_refused() -> None:
    first, second = sealed(a_snapshot()), sealed(a_snapshot("DU-01", {"targets.total": 5}))
    assert fault(second, known=(kept(first),)) == "snapshot_period_again"


def test_a_correction_names_what_it_corrects_and_is_taken() -> None:
    first = sealed(a_snapshot())
    correction = replace(a_snapshot("DU-01", {"targets.total": 5}), supersedes=first.seal.digest)
    assert fault(sealed(correction), known=(kept(first),)) is None
    older = replace(correction, made_at=NOW - timedelta(days=1), cut_off=NOW - timedelta(days=1))
    assert fault(sealed(older), known=(kept(first),)) == "snapshot_correction_is_older"


def test_r34_the_first_file_played_again_after_its_correction_is_not_in_force() -> None:
    first = sealed(a_snapshot())
    correction = sealed(replace(a_snapshot("DU-01", {"targets.total": 5}), supersedes=first.seal.digest))
    rows = (kept(first), kept(correction))
    assert fault(first, known=rows) is None
    assert [row.digest for row in in_force(rows)] == [correction.seal.digest]
    third = sealed(replace(a_snapshot("DU-01", {"targets.total": 6}), supersedes=first.seal.digest))
    assert fault(third, known=rows) == "snapshot_period_again"


def test_r34_an_older_period_after_a_newer_one_is_refused() -> None:
    newer, older = of_period(date(2026, 7, 1), date(2026, 12, 31)), of_period(date(2026, 1, 1), date(2026, 6, 30))
    assert fault(older, known=(kept(newer),)) == "snapshot_period_older"
    assert fault(newer, known=(kept(older),)) is None
    assert fault(older, known=(replace(kept(newer), unit="DU-02"),)) is None


def test_r40_a_half_year_and_the_year_that_begins_with_it_are_both_taken() -> None:
    half, year = of_period(date(2026, 1, 1), date(2026, 6, 30)), of_period(date(2026, 1, 1), date(2026, 12, 31))
    assert fault(year, known=(kept(half),)) is None
    assert fault(half, known=(kept(year),)) is None


def test_a_reason_tells_what_was_found() -> None:
    found = fault_of_file(sealed(a_snapshot(), by=key_of("DU-02")), KEYS, (), NOW, CryptographyCheck())
    assert found == Reason.of("snapshot_key_of_another_unit", unit="DU-01", enrolled="DU-02")
