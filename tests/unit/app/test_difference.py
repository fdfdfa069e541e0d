"""Two answers of one target side by side: like is compared with like, and what was not settled changes nothing."""

from __future__ import annotations

from dataclasses import replace

from pqscan.app.assessment import Judge
from pqscan.app.difference import Change, compare, observations_apart, paired
from pqscan.model.canonical import canonical
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.outcome import OutcomeStatus
from pqscan.registry.quantum import QuantumClass
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


def test_both_sides_of_a_fact_stand_together_the_quantum_resistant_first_and_bare_refusals_last() -> None:
    hybrid = {support: replace(group("0x11ec", support), quantum_class=QuantumClass.PQT_HYBRID) for support in Support}
    gone = (group("0x0001", Support.UNKNOWN), hybrid[Support.REFUSED], group("0x0017"))
    new = (group("0x0001", Support.REFUSED), group("0x0002", Support.REFUSED), hybrid[Support.ACCEPTED])
    told = [(c.before and c.before.support, c.after and c.after.support, (c.after or c.before).value) for c in paired(gone, new)]  # type: ignore[union-attr]
    assert told == [
        (Support.REFUSED, Support.ACCEPTED, "0x11ec"),
        (Support.ACCEPTED, None, "0x0017"),
        (Support.UNKNOWN, Support.REFUSED, "0x0001"),
        (None, Support.REFUSED, "0x0002"),
    ]


def test_what_the_client_gets_is_one_fact_that_changes() -> None:
    old = Observation(Subject.SELECTED_GROUP, "0x001d", Support.SELECTED, "TLS1.3")
    now = Observation(Subject.SELECTED_GROUP, "0x11ec", Support.SELECTED, "TLS1.3")
    (change,) = paired((old,), (now,))
    assert (change.before, change.after) == (old, now)


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
