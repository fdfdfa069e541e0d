"""Two answers of one target side by side: like is compared with like, and what was not settled changes nothing."""

from __future__ import annotations

from dataclasses import replace

from pqscan.app.assessment import Judge
from pqscan.app.difference import Change, compare, observations_apart
from pqscan.model.canonical import canonical
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.outcome import OutcomeStatus
from tests.unit.store.samples import START, a_target


def profile(*observations: Observation, asked: str = "2026.11/inventory/a/openssl-3.5", complete: bool = True) -> Profile:
    versions = (Observation(Subject.PROTOCOL_VERSION, "TLS1.3", Support.ACCEPTED),)
    return canonical(Profile("tls", "inventory", asked, complete, versions + observations))


def group(value: str, support: Support = Support.ACCEPTED, rank: int | None = None) -> Observation:
    return Observation(Subject.NAMED_GROUP, value, support, "TLS1.3", rank=rank)


def sighting(of: Profile | None, status: OutcomeStatus = OutcomeStatus.COMPLETED) -> Sighting:
    return Sighting(a_target(), "tls", "run", status, None, 1, 0.1, START, START, None if of is None else of.digest)


def judge(*profiles: Profile) -> Judge:
    return Judge({each.digest: each for each in profiles}, {})


def test_a_group_that_came_and_one_that_went_are_told() -> None:
    gone, come = observations_apart(profile(group("0x001d")), profile(group("0x11ec")))
    assert [o.value for o in gone] == ["0x001d"]
    assert [o.value for o in come] == ["0x11ec"]


def test_another_order_of_the_same_things_is_no_change() -> None:
    one, other = (
        profile(group("0x001d", rank=1), group("0x11ec", rank=2)),
        profile(group("0x11ec", rank=1), group("0x001d", rank=2)),
    )
    assert observations_apart(one, other) == ((), ())


def test_where_different_things_were_asked_only_what_both_settled_counts() -> None:
    one = profile(group("0x001d"), group("0x11ec", Support.REFUSED))
    other = profile(group("0x001d"), group("0x11ec"), group("0x0201"), asked="2027.01/inventory/b/openssl-3.5")
    gone, come = observations_apart(one, other)
    assert [(o.value, o.support) for o in gone] == [("0x11ec", Support.REFUSED)]
    assert [(o.value, o.support) for o in come] == [("0x11ec", Support.ACCEPTED)]


def test_the_same_answer_is_no_change() -> None:
    same = profile(group("0x001d"))
    assert compare(a_target(), "tls", sighting(same), sighting(same), judge(same)) is None


def test_an_answer_that_was_broken_off_tells_no_change_of_facts() -> None:
    whole, part = profile(group("0x001d")), profile(complete=False)
    change = compare(a_target(), "tls", sighting(whole), sighting(part, OutcomeStatus.THROTTLED), judge(whole, part))
    assert change is not None
    assert (change.change, change.gone, change.new) == (Change.SILENT, (), ())


def test_two_silences_are_no_change() -> None:
    silent = sighting(None, OutcomeStatus.TIMED_OUT)
    assert compare(a_target(), "tls", silent, replace(silent, run="other"), judge()) is None


def test_targets_that_came_and_went_are_told() -> None:
    of = profile(group("0x001d"))
    came = compare(a_target(), "tls", None, sighting(of), judge(of))
    went = compare(a_target(), "tls", sighting(of), None, judge(of))
    assert came is not None
    assert went is not None
    assert (came.change, went.change) == (Change.APPEARED, Change.DISAPPEARED)
    assert came.key_establishment[0] is None
