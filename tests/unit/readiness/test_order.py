"""What comes first: policy, exposure, reach, name; each place says why; changing the year changes the order."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.locale import render
from pqscan.locale.templates import reason_templates
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.exposure import Exposure, ExposureKind, ExposureSettings, exposure
from pqscan.readiness.order import (
    NO_PRESSURE,
    Item,
    Placed,
    Pressure,
    Standing,
    Tier,
    order,
    ordered,
    pressure,
    sensitivity,
    tier,
    why_before,
)
from pqscan.readiness.reach import Reach
from pqscan.readiness.system import Secrecy, System, SystemKind
from pqscan.registry.quantum import QuantumClass

KEY, SIGNATURE = Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE
TODAY = date(2026, 11, 29)


def exposed(
    years: int | None,
    purpose: Purpose = KEY,
    state: State = State.VULNERABLE,
    *,
    year: int = 2035,
    system: System | None = None,
) -> Exposure:
    """Of a system that keeps what it has for so many years; a signature's certificate ends with them."""
    own = system or System("S1", "x", retention_years=years)
    until = None if years is None else date(TODAY.year + years, 11, 29)
    return exposure(own, purpose, state, TODAY, ExposureSettings(year), certificate_until=until)


def item(number: int, found: Exposure, standing: Pressure = NO_PRESSURE, reach: int = 0) -> Item:
    return Item(NetworkTarget(f"192.0.2.{number}", 443), "S1", found, standing, Reach(key=reach))


def finding(verdict: Verdict, due: date | None = None, rule: str = "r1") -> Finding:
    return Finding(
        "p", rule, verdict, "named_group", "0x001d", "x25519", "TLS1.3", QuantumClass.TRADITIONAL, due, Reason.of("disallowed_now")
    )


def english(row: Placed) -> str:
    return render(row.why, "en")


def test_policy_comes_before_exposure_and_exposure_before_reach() -> None:
    rows = ordered(
        [
            item(1, exposed(5), reach=99),
            item(2, exposed(50)),
            item(3, exposed(50), reach=7),
            item(4, exposed(5), Pressure(Standing.OVERDUE, 10)),
            item(5, exposed(60), Pressure(Standing.NOT_MET)),
            item(6, exposed(5), Pressure(Standing.OVERDUE, 11)),
            item(7, exposed(60), Pressure(Standing.LATE_START, 3)),
        ]
    )
    assert [row.item.target.address for row in rows if isinstance(row.item.target, NetworkTarget)] == [
        f"192.0.2.{n}" for n in (6, 4, 5, 7, 3, 2, 1)
    ]
    assert [english(row) for row in rows] == [
        "Before the next: overdue for longer (in days: 11; the next: 10).",
        "Before the next: overdue under a policy; the next: a rule without a date is not met.",
        "Before the next: a rule without a date is not met; the next: migration should have begun to meet a date.",
        "Before the next: migration should have begun to meet a date; the next: no policy presses.",
        "Before the next: more hangs on it (others: 7; the next: 0).",
        "Before the next: recordings of today outlast the quantum year; the next: recordings of today do not outlast the quantum "
        "year.",
        "It is the last of the list.",
    ]
    assert [row.place for row in rows] == list(range(1, 8))


def test_r02_a_top_secret_systems_key_exchange_outranks_a_signature_only_system_with_the_same_key() -> None:
    secret = System("S1", "Tuyệt mật", secrecy=Secrecy.TOP_SECRET)
    signing = System("S2", "Ký số", kind=SystemKind.SIGNING, retention_years=99)
    key = item(9, exposed(None, system=secret))
    signature = item(1, exposed(None, SIGNATURE, system=signing), reach=50)
    assert key.exposure.kind is ExposureKind.OUTSIDE
    assert [row.item for row in ordered([signature, key])] == [key, signature]
    assert render(why_before(key, signature), "en").startswith("Before the next: recordings of today outlast the quantum year")


def test_r02_changing_the_year_changes_the_order() -> None:
    def rows(year: int) -> list[str]:
        channel = item(1, exposed(10, year=year))
        signed = item(2, exposed(30, SIGNATURE, year=year), reach=3)
        return [row.item.exposure.purpose.value for row in ordered([channel, signed])]

    assert rows(2035) == ["key_establishment", "signature"]
    assert rows(2045) == ["signature", "key_establishment"]  # 10 + 3 years no longer reach the year, 30 still do


@pytest.mark.parametrize("years", [10, 99])
def test_a_signature_stands_below_the_key_establishment_of_the_same_system(years: int) -> None:
    both = [item(1, exposed(years, SIGNATURE)), item(1, exposed(years))]
    assert [row.item.exposure.purpose for row in ordered(both)] == [KEY, SIGNATURE]


def test_r14_what_is_unknown_stands_above_all_that_has_time_and_above_signatures() -> None:
    unknown = item(1, exposed(None, system=System("S1", "x")))
    assert tier(unknown.exposure) is Tier.KEY_UNKNOWN
    rows = ordered([item(2, exposed(1)), item(3, exposed(50, SIGNATURE)), unknown, item(4, exposed(50))])
    assert [tier(row.item.exposure) for row in rows] == [Tier.KEY_EXPOSED, Tier.KEY_UNKNOWN, Tier.SIGNATURE_EXPOSED, Tier.KEY_SPARE]


def test_an_unknown_state_with_known_years_stands_before_one_without() -> None:
    known, unknown = item(9, exposed(20, state=State.UNKNOWN)), item(1, exposed(None, system=System("S1", "x")))
    rows = ordered([unknown, known])
    assert [row.item for row in rows] == [known, unknown]
    assert rows[0].why == Reason.of("order_months_known")


@pytest.mark.parametrize(
    ("findings", "found"),
    [
        ([], (Standing.NOTHING, 0)),
        ([finding(Verdict.MEETS), finding(Verdict.AWAITING), finding(Verdict.UNDETERMINED)], (Standing.NOTHING, 0)),
        ([finding(Verdict.OVERDUE, date(2026, 11, 28))], (Standing.OVERDUE, 1)),
        (
            [finding(Verdict.OVERDUE, date(2026, 11, 28)), finding(Verdict.OVERDUE, date(2025, 11, 29), "r2")],
            (Standing.OVERDUE, 365),
        ),
        ([finding(Verdict.NOT_MET), finding(Verdict.DUE, date(2027, 1, 1))], (Standing.NOT_MET, 0)),
        ([finding(Verdict.DUE, date(2029, 11, 28))], (Standing.LATE_START, 1)),  # three years before: yesterday
        ([finding(Verdict.DUE, date(2029, 11, 29))], (Standing.NOTHING, 0)),
        ([finding(Verdict.DUE, date(2035, 12, 31))], (Standing.NOTHING, 0)),
    ],
)
def test_pressure_is_that_of_the_most_pressing_finding(findings: list[Finding], found: tuple[Standing, int]) -> None:
    told = pressure(findings, exposed(20))
    assert (told.standing, told.days) == found


def test_no_policy_presses_outside_of_the_assessment() -> None:
    outside = exposed(None, system=System("S1", "x", secrecy=Secrecy.SECRET))
    assert pressure([finding(Verdict.OVERDUE, date(2020, 1, 1))], outside) == NO_PRESSURE


STATES = st.sampled_from(State)
ITEMS = st.lists(
    st.builds(
        item,
        st.integers(1, 250),
        st.builds(exposed, st.none() | st.integers(0, 90), st.sampled_from([KEY, SIGNATURE]), STATES),
        st.builds(Pressure, st.sampled_from(Standing), st.integers(0, 3)),
        st.integers(0, 3),
    ),
    max_size=12,
    unique_by=lambda each: each.key,
)


@given(ITEMS, st.randoms())
def test_the_order_does_not_depend_on_how_things_came_and_every_place_has_a_sentence(
    items: list[Item], chance: random.Random
) -> None:
    rows = ordered(items)
    mixed = list(items)
    chance.shuffle(mixed)
    assert ordered(mixed) == rows
    assert [order(row.item) for row in rows] == sorted(order(row.item) for row in rows)
    for row in rows:
        assert row.why.code in reason_templates()
        assert "?" not in render(row.why, "en")


def test_sensitivity_tells_what_moves_and_what_becomes_exposed() -> None:
    def under(year: int) -> tuple[Placed, ...]:
        return ordered([item(1, exposed(2, year=year)), item(2, exposed(40, SIGNATURE, year=year))])

    shifts = sensitivity([under(2035), under(2030), under(2070)])
    channel = next(shift for shift in shifts if shift.item.exposure.purpose is KEY)
    signed = next(shift for shift in shifts if shift.item.exposure.purpose is SIGNATURE)
    assert channel.places == (2, 1, 1)
    assert (channel.gained(1), signed.gained(1)) == (1, -1)
    assert channel.newly_exposed(1)
    assert not signed.newly_exposed(1)
    assert signed.no_longer_exposed(2)
    assert sensitivity([]) == ()


def test_files_and_hosts_have_an_order_of_their_own() -> None:
    own = item(1, exposed(20))
    file = replace(own, target=FileTarget("m", "/etc/x.pem"))
    other_probe = replace(own, probe="ssh")
    assert [row.item for row in ordered([own, other_probe, file])] == [file, own, other_probe]
