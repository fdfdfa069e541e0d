"""A target's past, on SQLite and PostgreSQL alike: every interval, what it answered on a day, what expires."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pqscan.model.inventory import HARNESS_PROBE
from pqscan.model.outcome import OutcomeStatus
from pqscan.store.answers import Where
from pqscan.store.repository import Store
from tests.unit.store.samples import a_batch, a_file, a_profile, a_run, a_target, an_outcome, day

RSA = b"CN=www|RSA|2048|sha256WithRSAEncryption"
ECDSA = b"CN=www|ECDSA|256|ecdsa-with-SHA256"
OLD, NEW = a_profile("x25519"), a_profile("X25519MLKEM768")


@pytest.fixture
def past(store: Store) -> Store:
    """Ten days: one host changes on day 5, one is silent from day 3 on, a file stays, and a quick scan comes between."""
    for number in range(10):
        store.begin_run(a_run(f"run-{number}", number))
        outcomes = [
            an_outcome(a_target(1), OLD if number < 5 else NEW, at=day(number), ders=(RSA if number < 5 else ECDSA,)),
            an_outcome(a_file(), OLD, at=day(number), ders=(RSA,), probe="certificate_file"),
        ]
        if number < 3:
            outcomes.append(an_outcome(a_target(2), OLD, at=day(number)))
        else:
            outcomes.append(an_outcome(a_target(2), status=OutcomeStatus.TIMED_OUT, at=day(number)))
        store.commit(a_batch(*outcomes, run=f"run-{number}"))
    store.begin_run(a_run("quick", 6))
    quick = an_outcome(a_target(1), a_profile("x25519", depth="quick"), at=day(6) + timedelta(hours=1))
    store.commit(a_batch(quick, an_outcome(a_target(1), NEW, at=day(7), probe=HARNESS_PROBE), run="quick"))
    return store


def _told(store: Store, where: Where | None = None, probe: str | None = None) -> list[tuple[object, ...]]:
    return [
        (
            past.sighting.target,
            past.first_run,
            past.sighting.run,
            past.lane,
            past.is_open,
            past.sighting.profile and past.sighting.profile[:4],
        )
        for past in store.history(where, probe)
    ]


def test_every_interval_comes_target_by_target_the_oldest_first(past: Store) -> None:
    assert _told(past) == [
        (a_target(1), "run-0", "run-4", 5, False, OLD.digest[:4]),
        (a_target(1), "run-5", "run-9", 5, True, NEW.digest[:4]),
        (a_target(1), "quick", "quick", 4, True, a_profile("x25519", depth="quick").digest[:4]),
        (a_target(2), "run-0", "run-2", 5, True, OLD.digest[:4]),
        (a_target(2), "run-3", "run-9", 0, True, None),
        (a_file(), "run-0", "run-9", 5, True, OLD.digest[:4]),
    ]


def test_a_history_is_restricted_as_sightings_are(past: Store) -> None:
    assert len(_told(past, Where(target=a_target(1)))) == 3
    assert len(_told(past, Where(statuses=(OutcomeStatus.TIMED_OUT,)))) == 1
    assert len(_told(past, None, "certificate_file")) == 1
    assert len(_told(past, Where(on=day(4)))) == 4


@pytest.mark.parametrize(("number", "profile"), [(0, OLD), (4, OLD), (5, NEW), (8, NEW)])
def test_what_a_host_answered_on_a_day_is_what_its_strongest_answer_was_then(past: Store, number: int, profile: object) -> None:
    (sighting,) = past.sightings(where=Where(target=a_target(1), on=day(number)))
    assert sighting.profile == profile.digest  # type: ignore[attr-defined]


def test_before_the_first_scan_there_is_nothing(past: Store) -> None:
    assert list(past.sightings(where=Where(on=day(-1)))) == []


def test_the_last_day_is_what_the_store_says_now(past: Store) -> None:
    assert list(past.sightings(where=Where(on=day(20)))) == list(past.sightings())
    assert list(past.contents(where=Where(on=day(20)))) == list(past.contents())


def test_contents_say_how_many_targets_answer_so(past: Store) -> None:
    assert sorted((content.profile, content.targets) for content in past.contents() if not content.chains) == [(OLD.digest, 1)]
    assert sum(content.targets for content in past.contents()) == 3


def test_two_days_stand_side_by_side(past: Store) -> None:
    changed = [
        (pair.target, pair.before and pair.before.profile, pair.after and pair.after.profile)
        for pair in past.sightings_at(Where(on=day(2)), Where())
        if pair.before is None or pair.after is None or pair.before.profile != pair.after.profile
    ]
    assert changed == [(a_target(1), OLD.digest, NEW.digest)]


def test_certificates_that_expire_come_with_the_number_of_targets_that_serve_them_now(past: Store) -> None:
    assert past.expiring(day(399)) == {}
    found = past.expiring(day(401))
    assert {certificate.subject: found[digest] for digest, certificate in past.certificates(found).items()} == {"CN=www": 1}
    assert sorted(found.values()) == [1, 1]
    assert len(past.expiring(day(401), where=Where(target=a_target(1)))) == 1
