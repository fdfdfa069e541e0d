from __future__ import annotations

from datetime import date

from pqscan.model.target import NetworkTarget
from pqscan.readiness.register import Register
from pqscan.readiness.scan_age import STALE_DAYS, scan_ages
from pqscan.readiness.system import Regime, Secrecy, Stage, System

DAY = date(2026, 11, 20)


def a_target(number: int) -> NetworkTarget:
    return NetworkTarget(f"192.0.2.{number}", 443)


def registered(*systems: System) -> Register:
    return Register(systems={system.code: system for system in systems})


def running(number: int) -> System:
    return System(f"S{number}", f"System {number}", stage=Stage.OPERATION, scope=(f"192.0.2.{number}",), regime=Regime.CIVIL)


def test_r12_stale_systems_are_counted_by_the_days_since_their_last_answer() -> None:
    answered = [(a_target(1), date(2026, 11, 10)), (a_target(2), date(2026, 11, 9)), (a_target(9), DAY)]
    ages = scan_ages(registered(running(1), running(2), running(3)), answered, DAY)
    assert [(one.code, one.days) for one in ages] == [("S1", 10), ("S2", 11), ("S3", None)]
    assert [one.code for one in ages if one.is_stale(10)] == ["S2", "S3"]  # More than N days; never is always stale.
    assert [one.code for one in ages if one.is_stale(9)] == ["S1", "S2", "S3"]
    assert [one.code for one in ages if one.is_stale(STALE_DAYS)] == ["S3"]


def test_the_newest_answer_of_a_system_counts_and_none_that_is_yet_to_come() -> None:
    wide = System("S1", "One", stage=Stage.OPERATION, scope=("192.0.2.0/24",))
    answered = [(a_target(1), date(2026, 11, 1)), (a_target(2), date(2026, 11, 5)), (a_target(3), date(2026, 11, 21))]
    (one,) = scan_ages(registered(wide), answered, DAY)
    assert (one.last_seen, one.days) == (date(2026, 11, 5), 15)


def test_what_does_not_run_or_may_not_be_looked_at_has_no_age() -> None:
    planned = System("P", "Planned", stage=Stage.PLANNED, scope=("192.0.2.1",))
    retired = System("R", "Retired", stage=Stage.RETIRED, scope=("192.0.2.2",))
    secret = System("M", "Secret", stage=Stage.OPERATION, secrecy=Secrecy.SECRET, scope=("192.0.2.3",))
    assert scan_ages(registered(planned, retired, secret), [(a_target(3), DAY)], DAY) == ()
