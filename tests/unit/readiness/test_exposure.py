"""X + Y - Z, exact to the month, with where each comes from; what is not known is unknown and never low."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.locale import render, translator
from pqscan.locale.templates import reason_templates
from pqscan.model.reason import Reason
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.exposure import Exposure, ExposureKind, ExposureSettings, exposure, lead_day, outliving
from pqscan.readiness.shelf import UNKNOWN_SHELF
from pqscan.readiness.span import MOST_YEARS
from pqscan.readiness.system import DataClass, Secrecy, System, SystemKind
from pqscan.readiness.years import AssetClass
from tests.golden.pieces import MAIL, PORTAL, PQ, ROOT, SUB

KEY, SIGNATURE = Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE
TODAY = date(2026, 11, 29)
Z = 97  # months to 1 January 2035
DEFAULT = ExposureSettings.default()


def of(system: System | None, purpose: Purpose = KEY, state: State = State.VULNERABLE, **more: date) -> Exposure:
    return exposure(system, purpose, state, TODAY, DEFAULT, **more)


def kept(years: int, **more: object) -> System:
    return System("S1", "Hệ thống", retention_years=years, **more)  # type: ignore[arg-type]


def text(found: Exposure, language: str = "en") -> str:
    return " ".join(render(reason, language) for reason in found.reasons)


def test_exposure_is_x_plus_y_minus_z() -> None:
    found = of(kept(20))
    assert (found.shelf.months, found.migration.months, found.quantum.months) == (240, 36, Z)
    assert found.months == 240 + 36 - Z
    assert found.kind is ExposureKind.EXPOSED


def test_the_sentence_tells_x_y_and_z_and_where_each_comes_from() -> None:
    assert text(of(kept(20))) == (
        "What is recorded today could be read 14 years 11 months before it may be known. X 20 years (years that the owner states) "
        "+ Y 3 years (assumption for servers) - Z 8 years 1 month (quantum year 2035: assumed; the year for which most policies "
        "plan) = 14 years 11 months."
    )


@pytest.mark.parametrize(("years", "kind"), [(5, ExposureKind.NOT_YET), (6, ExposureKind.EXPOSED)])
def test_nothing_is_exposed_before_the_sum_is_above_zero(years: int, kind: ExposureKind) -> None:
    assert of(kept(years)).kind is kind  # 60 + 36 - 97 = -1, 72 + 36 - 97 = 11


def test_a_sum_of_zero_is_not_exposed() -> None:
    exactly = exposure(kept(5), KEY, State.VULNERABLE, date(2027, 1, 1), ExposureSettings(2035))
    assert (exactly.months, exactly.kind) == (0, ExposureKind.NOT_YET)


@pytest.mark.parametrize(
    ("as_of", "z"), [(date(2034, 12, 31), 0), (date(2034, 12, 1), 1), (date(2035, 1, 1), 0), (date(2050, 1, 1), 0)]
)
def test_z_is_never_below_zero(as_of: date, z: int) -> None:
    assert exposure(kept(1), KEY, State.VULNERABLE, as_of, DEFAULT).quantum.months == z


def test_a_leap_day_counts_to_the_month() -> None:
    found = exposure(kept(10), KEY, State.VULNERABLE, date(2028, 2, 29), DEFAULT)
    assert (found.shelf.months, found.quantum.months) == (120, 82)


@pytest.mark.parametrize("state", [State.EXCLUSIVE, State.DEFAULT, State.NONE])
def test_what_resists_and_what_agrees_on_no_keys_is_not_exposed(state: State) -> None:
    assert of(kept(90), state=state).kind is ExposureKind.NONE


def test_a_capable_target_counts_for_the_clients_that_do_not_get_it() -> None:
    found = of(kept(20), state=State.CAPABLE)
    assert found.kind is ExposureKind.EXPOSED
    assert "clients that do not get the quantum-resistant method" in text(found)


def test_below_the_floor_the_sentence_says_so() -> None:
    assert "below today's floor" in text(of(kept(20), state=State.BROKEN))


def test_an_unknown_state_stays_unknown_and_says_what_it_would_come_to() -> None:
    found = of(kept(20), state=State.UNKNOWN)
    assert (found.kind, found.months) == (ExposureKind.UNKNOWN, 240 + 36 - Z)
    assert "not counted as safe" in text(found)


@pytest.mark.parametrize("state", [State.VULNERABLE, State.CAPABLE, State.BROKEN, State.UNKNOWN])
@pytest.mark.parametrize(
    "system",
    [
        None,
        System("S1", "chưa khai"),
        System("S1", "x", data_classes=frozenset({DataClass.SENSITIVE_PERSONAL})),
        System("S1", "x", data_classes=frozenset({DataClass.PRIVATE})),
        System("S1", "x", data_classes=frozenset({DataClass.PUBLIC, DataClass.BASIC_PERSONAL})),
        System("S1", "x", kind=SystemKind.ARCHIVE),
    ],
)
def test_r14_a_system_without_a_data_class_or_years_is_not_classified_and_never_low(system: System | None, state: State) -> None:
    found = of(system, state=state)
    assert (found.kind, found.months, found.shelf.months) == (ExposureKind.UNKNOWN, None, None)
    assert text(found).startswith("Not classified: ")
    assert "X unknown" in text(found)


def test_public_data_need_not_stay_secret() -> None:
    found = of(System("S1", "x", data_classes=frozenset({DataClass.PUBLIC})))
    assert (found.shelf.months, found.kind) == (0, ExposureKind.NOT_YET)


@pytest.mark.parametrize(
    ("level", "marked", "extension", "months"),
    [
        (Secrecy.TOP_SECRET, None, None, 360),
        (Secrecy.SECRET, None, None, 240),
        (Secrecy.CONFIDENTIAL, None, None, 120),
        (Secrecy.CONFIDENTIAL, date(2020, 11, 29), None, 48),
        (Secrecy.CONFIDENTIAL, date(2020, 12, 15), None, 49),  # a month that has begun counts
        (Secrecy.CONFIDENTIAL, date(2020, 11, 29), 10, 168),
        (Secrecy.CONFIDENTIAL, date(1990, 1, 1), None, 0),
    ],
)
def test_x_of_a_level_counts_from_the_marking_else_from_today(
    level: Secrecy, marked: date | None, extension: int | None, months: int
) -> None:
    found = of(System("S1", "x", secrecy=level, marked_on=marked, extension_years=extension))
    assert found.shelf.months == months
    assert "2018" in found.shelf.reference
    assert "has not been verified" in text(found)


def test_a_longer_retention_counts_before_the_level() -> None:
    assert of(kept(70, secrecy=Secrecy.CONFIDENTIAL)).shelf.months == 840
    assert of(kept(5, secrecy=Secrecy.CONFIDENTIAL)).shelf.months == 120


def test_state_secrets_are_outside_of_the_assessment_and_their_years_are_stated() -> None:
    found = of(System("S1", "x", secrecy=Secrecy.TOP_SECRET, lead_authority="Ban Cơ yếu"), state=State.EXCLUSIVE)
    assert (found.kind, found.state, found.months) == (ExposureKind.OUTSIDE, None, 360 + 36 - Z)
    assert "Not within the scope of the assessment" in text(found)
    assert "Ask Ban Cơ yếu." in text(found)
    assert "X 30 years" in text(found)


def test_state_secrets_without_a_level_are_outside_and_not_classified() -> None:
    found = of(System("S1", "x", data_classes=frozenset({DataClass.STATE_SECRET})))
    assert (found.kind, found.months) == (ExposureKind.OUTSIDE, None)
    assert "no secrecy level stated" in text(found)


def test_y_is_the_owners_plan_else_what_was_chosen_else_the_class() -> None:
    chosen = ExposureSettings(2035, {AssetClass.DATABASE: 7})
    system = System("S1", "x", kind=SystemKind.SECTOR_DATABASE, retention_years=10)
    assert exposure(system, KEY, State.VULNERABLE, TODAY, DEFAULT).migration.months == 60
    assert exposure(system, KEY, State.VULNERABLE, TODAY, chosen).migration.months == 84
    planned = exposure(kept(10, kind=SystemKind.SECTOR_DATABASE, migration_years=0), KEY, State.VULNERABLE, TODAY, chosen)
    assert (planned.migration.months, planned.migration.source) == (0, "y_from_plan")


def test_a_signature_is_measured_by_the_life_of_what_it_signs() -> None:
    short = of(kept(50), SIGNATURE, certificate_until=date(2027, 6, 1))
    assert (short.kind, short.shelf.source) == (ExposureKind.NOT_YET, "x_certificate")
    long = of(kept(50), SIGNATURE, certificate_until=date(2048, 8, 14))
    assert (long.kind, long.months) == (ExposureKind.EXPOSED, 261 - Z)  # Y is not added
    documents = of(kept(20, kind=SystemKind.ARCHIVE), SIGNATURE, certificate_until=date(2027, 6, 1))
    assert (documents.months, documents.shelf.source) == (240 - Z, "x_documents")
    firmware = of(kept(15, categories=("firmware",)), SIGNATURE)
    assert (firmware.months, firmware.shelf.source) == (180 - Z, "x_firmware")


def test_what_signs_documents_kept_for_unknown_years_is_unknown_however_short_its_certificate() -> None:
    found = of(System("S1", "x", kind=SystemKind.SIGNING), SIGNATURE, certificate_until=date(2027, 1, 1))
    assert (found.kind, found.shelf.source) == (ExposureKind.UNKNOWN, "x_no_signed_life")


def test_a_signature_without_a_certificate_is_unknown() -> None:
    assert of(kept(50), SIGNATURE).kind is ExposureKind.UNKNOWN


@pytest.mark.parametrize("purpose", [KEY, SIGNATURE])
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("system", [None, kept(20), System("S1", "x", secrecy=Secrecy.SECRET)], ids=["none", "kept", "secret"])
def test_every_exposure_says_x_y_z_and_the_year(purpose: Purpose, state: State, language: str, system: System | None) -> None:
    found = exposure(system, purpose, state, TODAY, DEFAULT, certificate_until=date(2030, 1, 1))
    terms = text(found, language)
    assert all(word in terms for word in ("X ", "Y ", "Z ", "2035"))
    assert "?" not in terms
    assert found.migration.source in reason_templates()
    assert found.shelf.source in reason_templates()
    assert translator("en").phrase(found.quantum.source) in text(found)


def test_every_unknown_x_has_its_sentence() -> None:
    assert all(reason.code in reason_templates() and source in reason_templates() for source, reason in UNKNOWN_SHELF.items())


@pytest.mark.parametrize("years", [-1, 1000])
def test_years_that_cannot_be_are_refused_with_the_systems_code(years: int) -> None:
    with pytest.raises(UsageError, match="retention_years of the system S1"):
        of(kept(years))
    with pytest.raises(UsageError, match="migration years"):
        ExposureSettings(2035, {AssetClass.VPN: years})


def test_a_quantum_year_out_of_bounds_and_another_purpose_are_refused() -> None:
    with pytest.raises(UsageError, match="quantum year 1999"):
        ExposureSettings(1999)
    with pytest.raises(UsageError, match="protocol"):
        of(kept(1), Purpose.PROTOCOL)


@pytest.mark.parametrize("year", [2000, 2199])
def test_the_first_and_the_last_quantum_year_are_taken_and_no_year_beside_them(year: int) -> None:
    assert ExposureSettings(year).quantum_year == year
    with pytest.raises(UsageError, match="the quantum year"):
        ExposureSettings(year - 1 if year == 2000 else year + 1)


@pytest.mark.parametrize("years", [0, MOST_YEARS])
def test_no_years_and_the_most_years_are_taken(years: int) -> None:
    assert of(kept(years)).shelf.months == 12 * years


@pytest.mark.parametrize(
    ("last", "listed"), [(datetime(2035, 1, 1, tzinfo=UTC), True), (datetime(2034, 12, 31, 23, 59, tzinfo=UTC), False)]
)
def test_r17_a_certificate_outlives_the_quantum_year_from_its_first_day_on(last: datetime, listed: bool) -> None:
    certificate = replace(ROOT, not_after=last)
    assert outliving([certificate], 2035) == ((certificate,) if listed else ())


def test_r17_certificates_that_outlive_the_quantum_year_are_listed_the_longest_first() -> None:
    assert outliving([PORTAL, ROOT, SUB, MAIL, PQ], 2035) == (ROOT, SUB)
    assert outliving([PORTAL, PQ], 2027) == (PORTAL,)
    assert PQ.not_after == datetime(2028, 1, 1, tzinfo=UTC)


def test_the_lead_day_lies_y_before_the_day_that_is_due() -> None:
    assert lead_day(date(2030, 12, 31), of(kept(1))) == date(2027, 12, 31)
    assert lead_day(date(2028, 2, 29), of(kept(1))) == date(2025, 2, 28)


@given(
    st.integers(0, 120),
    st.integers(0, 40),
    st.integers(2026, 2100),
    st.dates(date(2024, 1, 1), date(2060, 12, 31)),
    st.sampled_from([State.VULNERABLE, State.CAPABLE, State.BROKEN]),
)
def test_the_printed_parts_add_up_and_a_later_year_never_exposes_more(x: int, y: int, year: int, day: date, state: State) -> None:
    system = kept(x, migration_years=y)
    found = exposure(system, KEY, state, day, ExposureSettings(year))
    later = exposure(system, KEY, state, day, ExposureSettings(year + 1))
    parts = (found.shelf.months, found.migration.months, found.quantum.months)
    assert found.months is not None
    assert later.months is not None
    assert found.months == (parts[0] or 0) + (parts[1] or 0) - (parts[2] or 0)
    assert later.months <= found.months
    assert (found.kind is ExposureKind.EXPOSED) == (found.months > 0)
    assert dict(found.reasons[1].parameters)["sum"] == found.months
    assert isinstance(found.reasons[0], Reason)


def test_certificates_that_end_on_one_day_are_listed_by_their_subject_whatever_their_digest() -> None:
    ones = [replace(ROOT, subject=f"CN={name}", sha256=bytes([digest]) * 32) for name, digest in (("a", 3), ("b", 1), ("c", 2))]
    assert [each.subject for each in outliving(reversed(ones), 2035)] == ["CN=a", "CN=b", "CN=c"]
