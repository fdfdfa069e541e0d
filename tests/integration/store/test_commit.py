"""What a batch leaves in the store, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from pqscan.errors import StoreError, UsageError
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import RunState
from pqscan.model.outcome import Evidence, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Transport
from pqscan.store import tables
from pqscan.store.engine import reading
from pqscan.store.repository import Store
from pqscan.store.writer import EVIDENCE_BYTES
from tests.unit.store.samples import a_batch, a_chain, a_file, a_profile, a_run, a_target, an_outcome, day, read_certificate

RSA = b"CN=www|RSA|2048|sha256WithRSAEncryption"
ISSUER = "CN=Gốc|ECDSA|384|ecdsa-with-SHA384".encode()
HOSTILE = "a\x00b\udcff\ufdd0ố"


@pytest.fixture(autouse=True)
def _begun(store: Store) -> None:
    store.begin_run(a_run())


def begin(store: Store, *names: str) -> None:
    for place, name in enumerate(names, 1):
        store.begin_run(a_run(name, place))


def test_a_sighting_comes_back_as_it_was_committed(store: Store) -> None:
    profile = a_profile("X25519MLKEM768")
    detail = Reason.of("status.partial", asked=3, what="groups")
    target = NetworkTarget("2001:db8::1", 993, "thư.example", "thu.example", Transport.TCP, "imap", "Huế")
    store.commit(a_batch(an_outcome(target, profile, detail=detail, ders=(RSA, ISSUER))))
    (seen,) = store.sightings()
    assert (seen.target, seen.probe, seen.run, seen.status, seen.detail) == (
        target,
        "tls",
        "run-1",
        OutcomeStatus.COMPLETED,
        detail,
    )
    assert (seen.connections_used, seen.elapsed_seconds, seen.first_seen, seen.last_seen) == (24, 0.25, day(0), day(0))
    assert (seen.profile, seen.chains) == (profile.digest, a_chain(RSA, ISSUER))


def test_a_profile_comes_back_whole(store: Store) -> None:
    profile = a_profile("X25519MLKEM768", "SecP256r1MLKEM768")
    store.commit(a_batch(an_outcome(profile=profile)))
    assert store.profiles() == {profile.digest: profile}
    assert store.profiles([profile.digest, bytes(32)]) == {profile.digest: profile}
    assert store.profiles([]) == {}


def test_a_profile_without_a_digest_is_given_one(store: Store) -> None:
    profile = a_profile("X25519MLKEM768")
    store.commit(a_batch(an_outcome(profile=replace(profile, digest=b"", observations=profile.observations[::-1]))))
    assert store.profiles() == {profile.digest: profile}


def test_a_certificate_comes_back_whole(store: Store) -> None:
    store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA, ISSUER))))
    expected = {facts.sha256: facts for facts in map(read_certificate, (RSA, ISSUER))}
    assert store.certificates() == expected
    digest = hashlib.sha256(RSA).digest()
    assert store.certificates([digest], with_der=True) == {digest: replace(expected[digest], der=RSA)}


def test_bytes_that_are_no_certificate_are_kept_and_said_to_be_unreadable(store: Store) -> None:
    junk = b"\x30\x80junk"
    store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(junk,))))
    (found,) = store.certificates(with_der=True).values()
    assert (found.sha256, found.malformed, found.der) == (hashlib.sha256(junk).digest(), ("unreadable",), junk)


@pytest.mark.parametrize("bits", [str(2**63), "many"])
def test_an_outcome_that_no_table_holds_takes_no_other_with_it(store: Store, bits: str, caplog: pytest.LogCaptureFixture) -> None:
    outcomes = [an_outcome(a_target(n), a_profile(f"group {n}"), ders=(RSA,)) for n in range(1, 4)]
    outcomes[1] = replace(outcomes[1], chains=a_chain(poison := f"CN=evil|EC|{bits}|x".encode()), certificates=(poison,))
    batch = a_batch(*outcomes, cursor=3, counts={OutcomeStatus.COMPLETED: 3, OutcomeStatus.REFUSED: 2})
    kept = store.commit(batch)
    first, bad, last = store.sightings()
    assert [seen.status for seen in (first, bad, last)] == [OutcomeStatus.COMPLETED, OutcomeStatus.BUG, OutcomeStatus.COMPLETED]
    assert (bad.profile, bad.chains) == (None, ())
    assert bad.detail is not None
    assert bad.detail.code == "internal_error"
    assert first.chains == last.chains == a_chain(RSA)
    assert list(store.certificates()) == [hashlib.sha256(RSA).digest()]
    assert kept is not None
    assert [outcome.status for outcome in kept.outcomes] == [seen.status for seen in (first, bad, last)]
    counts = {OutcomeStatus.COMPLETED: 2, OutcomeStatus.BUG: 1, OutcomeStatus.REFUSED: 2}
    assert [(run.cursor, run.counts) for run in store.runs()] == [(3, counts)]
    store.commit(batch)
    assert [(run.cursor, run.counts) for run in store.runs()] == [(3, counts)]
    assert "cannot be stored" in caplog.text


def test_what_could_be_stored_is_not_told_back(store: Store) -> None:
    assert store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA,)))) is None


def test_a_batch_whose_targets_no_table_holds_leaves_the_store_as_it_was(store: Store) -> None:
    with pytest.raises((StoreError, OverflowError)):
        store.commit(a_batch(an_outcome(a_target(1)), an_outcome(a_target(2, port=2**64)), cursor=2))
    assert list(store.sightings()) == []
    assert [run.cursor for run in store.runs()] == [0]


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "America/Los_Angeles"])
def test_the_first_and_last_moments_there_are_come_back_in_any_time_zone_of_the_server(url: str, zone: str) -> None:
    limits = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))

    def read(der: bytes) -> Certificate:
        return replace(read_certificate(der), not_before=limits[0], not_after=limits[1])

    with Store.open(url if "postgresql" not in url else f"{url}?options=-c%20timezone%3D{zone}", read_certificate=read) as store:
        store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA,))))
        (found,) = store.certificates().values()
        with pytest.raises(UsageError):
            store.commit(a_batch(an_outcome(), run="no run"))
        assert store.certificates().values()
    assert (found.not_before, found.not_after) == limits


def test_a_chain_whose_certificates_are_not_given_is_kept(store: Store) -> None:
    outcome = replace(an_outcome(profile=a_profile("x"), ders=(RSA,)), certificates=())
    store.commit(a_batch(outcome))
    assert [seen.chains for seen in store.sightings()] == [a_chain(RSA)]
    assert store.certificates() == {}


def test_what_answers_alike_is_stored_once(store: Store) -> None:
    for cursor in (1, 2):
        outcomes = (an_outcome(a_target(n + 100 * cursor), a_profile("x"), ders=(RSA, ISSUER)) for n in range(50))
        store.commit(a_batch(*outcomes, cursor=cursor))
    status = store.status()
    assert (status.targets, status.sightings, status.profiles, status.certificates) == (100, 100, 1, 2)


def test_what_another_process_stored_is_not_stored_again(store: Store, url: str) -> None:
    store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA,))))
    with Store.open(url, read_certificate=read_certificate) as other:
        other.commit(a_batch(an_outcome(a_target(2), a_profile("x"), ders=(RSA,)), cursor=2))
    store.commit(a_batch(an_outcome(a_target(3), a_profile("x"), ders=(RSA,)), cursor=3))
    status = store.status()
    assert (status.sightings, status.profiles, status.certificates) == (3, 1, 1)


def test_a_newer_registry_spells_the_names_of_a_known_profile_anew(store: Store, url: str) -> None:
    old = a_profile("Kyber768Draft00")
    new = replace(
        old, observations=(old.observations[0], replace(old.observations[1], name="X25519Kyber768"), *old.observations[2:])
    )
    assert new.digest == old.digest
    store.commit(a_batch(an_outcome(profile=old)))
    store.begin_run(a_run("run-2", 1, edition="2026-09"))
    with Store.open(url, read_certificate=read_certificate) as later:
        later.commit(a_batch(an_outcome(profile=new, at=day(1)), run="run-2"))
    assert store.profiles() == {new.digest: new}


def test_a_rescan_that_finds_nothing_new_moves_last_seen_only(store: Store) -> None:
    begin(store, "run-2")
    store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA,))))
    store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA,), at=day(5)), run="run-2"))
    (seen,) = store.sightings()
    assert (seen.first_seen, seen.last_seen, seen.run, store.status().sightings) == (day(0), day(5), "run-2", 1)


def test_a_changed_profile_or_chain_opens_a_new_sighting_and_keeps_the_old(store: Store) -> None:
    begin(store, "run-2", "run-3")
    store.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA,))))
    store.commit(a_batch(an_outcome(profile=a_profile("y"), ders=(RSA,), at=day(1)), run="run-2"))
    store.commit(a_batch(an_outcome(profile=a_profile("y"), ders=(ISSUER,), at=day(2)), run="run-3"))
    (now,) = store.sightings()
    assert (now.profile, now.chains, now.first_seen) == (a_profile("y").digest, a_chain(ISSUER), day(2))
    (first,) = store.sightings("run-1")
    (second,) = store.sightings("run-2")
    assert (first.profile, first.chains, first.last_seen) == (a_profile("x").digest, a_chain(RSA), day(0))
    assert (second.profile, second.chains, second.last_seen) == (a_profile("y").digest, a_chain(RSA), day(1))


@pytest.mark.parametrize(
    ("profile", "status"),
    [
        (a_profile("y", depth="quick"), OutcomeStatus.COMPLETED),
        (a_profile("y", complete=False), OutcomeStatus.THROTTLED),
        (None, OutcomeStatus.TIMED_OUT),
    ],
)
def test_a_lesser_answer_never_ends_a_complete_one_and_still_counts_in_its_run(
    store: Store, profile: object, status: OutcomeStatus
) -> None:
    begin(store, "run-2", "run-3")
    complete = an_outcome(profile=a_profile("x"))
    store.commit(a_batch(complete))
    store.commit(a_batch(replace(complete, profile=profile, status=status, started_at=day(1)), run="run-2", counts={status: 1}))
    (now,) = store.sightings()
    assert (now.profile, now.last_seen) == (a_profile("x").digest, day(0))
    (then,) = store.sightings("run-2")
    assert (then.status, then.run, then.profile) == (status, "run-2", profile.digest if profile else None)  # type: ignore[attr-defined]
    assert store.is_done("run-2", [a_target()]) == {a_target()}
    assert store.coverage("run-2").by_status == {status: 1}
    store.commit(a_batch(replace(complete, started_at=day(2)), run="run-3"))
    assert [seen.first_seen for seen in store.sightings()] == [day(0)]


def test_evidence_is_kept_at_the_first_sighting_of_a_profile_on_a_target(store: Store) -> None:
    begin(store, "run-2", "run-3", "run-4")
    for number, (group, sent) in enumerate([("x", b"first"), ("x", b"again"), ("y", b"other"), ("x", b"back")]):
        outcome = an_outcome(profile=a_profile(group), at=day(number), evidence=Evidence(sent, b"\x00" + sent))
        store.commit(a_batch(outcome, run=f"run-{number + 1}"))
        kept = store.evidence(a_target(), "tls")
        assert kept == Evidence(*{"x": (b"first", b"\x00first"), "y": (b"other", b"\x00other")}[group])
    with reading(store._engine, "the test") as connection:
        assert connection.execute(select(func.count()).select_from(tables.evidence)).scalar_one() == 2
    assert store.evidence(a_target(), "ssh") is None
    assert store.evidence(a_target(9), "tls") is None


def test_evidence_can_be_left_out_and_is_bounded(store: Store) -> None:
    flood = Evidence(b"s" * EVIDENCE_BYTES, b"r" * 3 * EVIDENCE_BYTES)
    store.commit(a_batch(an_outcome(profile=a_profile("x")), an_outcome(a_target(2), a_profile("x"), evidence=flood)))
    assert store.evidence(a_target(), "tls") is None
    kept = store.evidence(a_target(2), "tls")
    assert kept is not None
    assert (len(kept.sent), len(kept.received)) == (EVIDENCE_BYTES // 2, EVIDENCE_BYTES // 2)


def test_text_from_peers_comes_back_whatever_stands_in_it(store: Store) -> None:
    profile = a_profile(HOSTILE)
    detail = Reason.of("status.rejected", said=HOSTILE)
    file = FileTarget(HOSTILE, f"/tmp/{HOSTILE}", (HOSTILE,))
    network = NetworkTarget("192.0.2.9", 443, HOSTILE, HOSTILE, site=HOSTILE)
    store.commit(a_batch(*(an_outcome(target, profile, detail=detail, ders=(RSA,)) for target in (file, network))))
    assert [seen.target for seen in store.sightings()] == [network, file]
    assert {seen.detail for seen in store.sightings()} == {detail}
    assert store.profiles() == {profile.digest: profile}
    assert len(list(store.where_is(HOSTILE))) == 2


def test_certificates_with_hostile_names_come_back_as_they_were(store: Store, url: str) -> None:
    def read(der: bytes) -> object:
        facts = read_certificate(der)
        return replace(facts, subject=HOSTILE, names=(HOSTILE, "x" * 100_000), serial="-" + "f" * 10_000)

    with Store.open(url, read_certificate=read) as hostile:  # type: ignore[arg-type]
        hostile.commit(a_batch(an_outcome(profile=a_profile("x"), ders=(RSA,))))
    (found,) = store.certificates().values()
    assert (found.subject, found.names) == (HOSTILE, (HOSTILE, "x" * 100_000))


def test_files_and_services_lie_in_one_store(store: Store) -> None:
    store.commit(a_batch(an_outcome(a_file(), a_profile("x"), probe="certificate_file"), an_outcome(profile=a_profile("x"))))
    assert [seen.target for seen in store.sightings()] == [a_target(), a_file()]


def test_the_name_as_typed_follows_the_last_one_given(store: Store) -> None:
    begin(store, "run-2")
    store.commit(a_batch(an_outcome(replace(a_target(), host="a.example"), a_profile("x"))))
    store.commit(a_batch(an_outcome(replace(a_target(), host="b.example"), a_profile("x"), at=day(1)), run="run-2"))
    assert [seen.target for seen in store.sightings()] == [replace(a_target(), host="b.example")]


def test_a_batch_that_comes_twice_counts_once(store: Store) -> None:
    batch = a_batch(an_outcome(profile=a_profile("x")), cursor=7, counts={OutcomeStatus.COMPLETED: 1, OutcomeStatus.REFUSED: 6})
    for _ in range(2):
        store.commit(batch)
        run = store.run("run-1")
        assert run is not None
        assert (run.cursor, run.counts, store.status().sightings) == (7, dict(batch.counts), 1)


def test_counts_without_a_new_cursor_count_once_too(store: Store) -> None:
    store.commit(a_batch(cursor=7, counts={OutcomeStatus.TIMED_OUT: 7}))
    retried = a_batch(
        an_outcome(profile=a_profile("x")), cursor=7, counts={OutcomeStatus.TIMED_OUT: -1, OutcomeStatus.COMPLETED: 1}
    )
    for _ in range(2):
        store.commit(retried)
    assert store.coverage("run-1").by_status == {OutcomeStatus.COMPLETED: 1, OutcomeStatus.TIMED_OUT: 6}


def test_the_cursor_never_goes_back(store: Store) -> None:
    store.commit(a_batch(cursor=7, counts={OutcomeStatus.REFUSED: 7}))
    store.commit(a_batch(cursor=3, counts={OutcomeStatus.REFUSED: 3}))
    run = store.run("run-1")
    assert run is not None
    assert (run.cursor, run.counts) == (7, {OutcomeStatus.REFUSED: 7})


def test_a_batch_that_fails_leaves_nothing_and_is_not_remembered_as_stored(store: Store) -> None:
    good = an_outcome(profile=a_profile("x"), ders=(RSA,))
    bad = replace(an_outcome(a_target(2), a_profile("y")), started_at=None)
    with pytest.raises((AttributeError, TypeError, StoreError)):
        store.commit(a_batch(good, bad))  # type: ignore[arg-type]
    assert (store.status().targets, store.status().profiles, store.status().certificates) == (0, 0, 0)
    store.commit(a_batch(good))
    assert (store.status().sightings, len(store.profiles()), len(store.certificates())) == (1, 1, 1)


def test_a_batch_larger_than_one_statement_is_stored_whole(store: Store) -> None:
    begin(store, "run-2")
    targets = [NetworkTarget(f"10.0.{n >> 8}.{n & 255}", 443) for n in range(6_000)]
    for run, number in (("run-1", 0), ("run-2", 1)):
        store.commit(a_batch(*(an_outcome(target, a_profile("x"), at=day(number)) for target in targets), run=run, cursor=6_000))
    assert [seen.target for seen in store.sightings("run-1")] == targets
    assert (store.status().sightings, len(store.is_done("run-2", targets))) == (6_000, 6_000)


def test_a_run_that_was_never_begun_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="run-9"):
        store.commit(a_batch(run="run-9"))
    with pytest.raises(UsageError, match="run-9"):
        store.finish_run("run-9", RunState.FINISHED, day(1))


def test_what_timed_out_or_was_throttled_can_be_tried_again(store: Store) -> None:
    outcomes = [
        an_outcome(a_target(1), status=OutcomeStatus.TIMED_OUT),
        an_outcome(a_target(2), a_profile("x", complete=False), status=OutcomeStatus.THROTTLED),
        an_outcome(a_target(3), status=OutcomeStatus.REJECTED),
        an_outcome(a_target(4), a_profile("x")),
    ]
    store.commit(a_batch(*outcomes))
    assert list(store.retryable("run-1")) == [a_target(1), a_target(2)]
    store.commit(a_batch(an_outcome(a_target(1), a_profile("x"), at=day(1)), an_outcome(a_target(2), a_profile("x"), at=day(1))))
    assert list(store.retryable("run-1")) == []
    assert len(list(store.sightings("run-1"))) == 4


def test_a_run_that_prolonged_a_time_out_and_then_got_an_end_shows_the_end_alone(store: Store) -> None:
    begin(store, "run-2")
    silent = an_outcome(status=OutcomeStatus.TIMED_OUT)
    store.commit(a_batch(silent))
    store.commit(a_batch(replace(silent, started_at=day(1)), run="run-2"))
    store.commit(a_batch(replace(silent, started_at=day(2), status=OutcomeStatus.REJECTED), run="run-2"))
    assert [seen.status for seen in store.sightings("run-2")] == [OutcomeStatus.REJECTED]
    assert [seen.status for seen in store.sightings("run-1")] == [OutcomeStatus.TIMED_OUT]
    assert list(store.retryable("run-2")) == []
