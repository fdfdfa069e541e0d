"""What the store answers, on SQLite and PostgreSQL alike."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from ipaddress import ip_network

import pytest

from pqscan.errors import UsageError
from pqscan.model.inventory import NotRead, RunState
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.store.answers import Where
from pqscan.store.repository import Store
from tests.unit.store.samples import a_batch, a_file, a_profile, a_run, a_target, an_outcome, code_point, day

RSA = b"CN=www|RSA|2048|sha256WithRSAEncryption"
ECDSA = b"CN=www|ECDSA|256|ecdsa-with-SHA256"


@pytest.fixture(autouse=True)
def _begun(store: Store) -> None:
    store.begin_run(a_run())
    store.begin_run(a_run("run-2", 1))


def test_a_run_comes_back_as_it_was_begun_and_as_it_ended(store: Store) -> None:
    assert store.run("run-1") == a_run()
    store.finish_run("run-1", RunState.FINISHED, day(3))
    assert store.run("run-1") == replace(a_run(), state=RunState.FINISHED, finished_at=day(3))
    assert [run.id for run in store.runs()] == ["run-1", "run-2"]


def test_an_interrupted_run_is_taken_up_where_it_was(store: Store) -> None:
    store.commit(a_batch(cursor=5, counts={OutcomeStatus.REFUSED: 5}))
    store.finish_run("run-1", RunState.INTERRUPTED, day(3))
    store.begin_run(a_run())
    assert store.run("run-1") == replace(a_run(), cursor=5, counts={OutcomeStatus.REFUSED: 5})


def test_an_id_that_another_run_has_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="run-1"):
        store.begin_run(a_run(scope="198.51.100.0/24"))


def test_a_run_is_found_by_the_beginning_of_its_id_when_no_other_begins_so(store: Store) -> None:
    store.begin_run(a_run("older"))
    assert store.run("old") == a_run("older")
    assert store.run("run-1") == a_run()
    assert store.run("absent") is None
    assert store.run("%") is None
    with pytest.raises(UsageError, match="run-2, run-1"):
        store.run("run")


def test_a_question_about_an_unknown_run_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="absent"):
        list(store.sightings("absent"))
    with pytest.raises(UsageError, match="absent"):
        store.coverage("absent")


def test_sightings_come_by_numeric_address_then_port_then_name(store: Store) -> None:
    ordered = [
        NetworkTarget("9.0.0.1", 443),
        NetworkTarget("10.0.0.1", 80),
        NetworkTarget("10.0.0.1", 443),
        NetworkTarget("10.0.0.1", 443, "a.example"),
        NetworkTarget("10.0.0.1", 443, "b.example"),
        NetworkTarget("10.0.0.1", 8443),
        NetworkTarget("::1", 443),
        a_file("/a"),
        a_file("/b"),
    ]
    store.commit(a_batch(*(an_outcome(target, a_profile("x")) for target in reversed(ordered))))
    assert [seen.target for seen in store.sightings()] == ordered
    assert [seen.target for seen in store.sightings("run-1")] == ordered


def test_sightings_are_restricted_as_asked(store: Store) -> None:
    web = an_outcome(NetworkTarget("10.0.0.1", 443, "a.example", site="Huế"), a_profile("x"), ders=(RSA,))
    mail = an_outcome(NetworkTarget("10.0.1.1", 993, host="m.example"), a_profile("y"), ders=(ECDSA,), probe="ssh")
    dead = an_outcome(NetworkTarget("2001:db8::1", 443), status=OutcomeStatus.TIMED_OUT)
    store.commit(a_batch(web, mail, dead))

    def found(**where: object) -> list[object]:
        return [seen.target for seen in store.sightings(where=Where(**where))]  # type: ignore[arg-type]

    assert found(target=mail.target) == [mail.target]
    assert found(probe="ssh") == [mail.target]
    assert found(statuses=[OutcomeStatus.TIMED_OUT, OutcomeStatus.REJECTED]) == [dead.target]
    assert found(network=ip_network("10.0.0.0/24")) == [web.target]
    assert found(network=ip_network("2001:db8::/32")) == [dead.target]
    assert found(port=443) == [web.target, dead.target]
    assert found(name="a.example") == [web.target]
    assert found(name="m.example") == [mail.target]
    assert found(site="Huế") == [web.target]
    assert found(profile=a_profile("y").digest) == [mail.target]
    assert found(certificate=hashlib.sha256(RSA).digest()) == [web.target]
    assert found(port=443, probe="ssh") == []
    assert [seen.target for seen in store.sightings("run-1", where=Where(port=993))] == [mail.target]


def test_distinct_answers_are_told_once_each_and_only_of_the_sightings_in_question(store: Store) -> None:
    outcomes = [
        an_outcome(a_target(1), a_profile("x"), ders=(RSA,)),
        an_outcome(a_target(2), a_profile("x"), ders=(RSA,)),
        an_outcome(a_target(3), a_profile("x"), ders=(ECDSA,)),
        an_outcome(a_target(4), a_profile("y")),
    ]
    store.commit(a_batch(*outcomes))
    store.commit(a_batch(an_outcome(a_target(4), a_profile("z"), at=day(1)), run="run-2"))

    def told(run: str | None = None, **where: object) -> list[tuple[bytes | None, int]]:
        contents = store.contents(run, where=Where(**where))  # type: ignore[arg-type]
        return [(content.profile, len({leaf for chain in content.chains for leaf in chain.certificates})) for content in contents]

    x, y, z = (a_profile(name).digest for name in "xyz")
    assert told() == [(x, 1), (x, 1), (z, 0)]
    assert told("run-1") == [(x, 1), (x, 1), (y, 0)]
    assert told("run-2") == [(z, 0)]
    assert told(certificate=hashlib.sha256(ECDSA).digest()) == [(x, 1)]


def test_a_run_shows_what_it_asked_and_nothing_else(store: Store) -> None:
    store.commit(a_batch(an_outcome(a_target(1), a_profile("x"))))
    store.commit(a_batch(an_outcome(a_target(2), a_profile("x"), at=day(1)), run="run-2"))
    assert [(seen.target, seen.run) for seen in store.sightings("run-2")] == [(a_target(2), "run-2")]
    assert list(store.done_in_run("run-2")) == [(a_target(2), "tls")]
    assert store.is_done("run-2", [a_target(1), a_target(2), a_target(3)]) == {a_target(2)}
    assert store.is_done("run-2", [a_target(2)], "ssh") == frozenset()


def test_a_run_shows_its_own_answer_after_later_runs_saw_others(store: Store) -> None:
    names = [f"run-{number}" for number in range(1, 7)]
    groups = ["x", "x", "y", "y", "x", "x"]
    for number, (name, group) in enumerate(zip(names, groups, strict=True)):
        store.begin_run(a_run(name, number))
        store.commit(a_batch(an_outcome(profile=a_profile(group), at=day(number)), run=name))
    assert [[seen.profile for seen in store.sightings(name)] for name in names] == [[a_profile(group).digest] for group in groups]
    assert store.status().sightings == 3


def test_two_runs_stand_side_by_side(store: Store) -> None:
    first = [an_outcome(a_target(n), a_profile("x")) for n in (1, 2, 3)]
    second = [an_outcome(a_target(2), a_profile("y"), at=day(1)), an_outcome(a_target(3), a_profile("x"), at=day(1))]
    store.commit(a_batch(*first))
    store.commit(a_batch(*second, an_outcome(a_target(4), a_profile("x"), at=day(1)), run="run-2"))
    pairs = [
        (pair.target, pair.probe, pair.before and pair.before.profile, pair.after and pair.after.profile)
        for pair in store.sightings_between("run-1", "run-2")
    ]
    x, y = a_profile("x").digest, a_profile("y").digest
    assert pairs == [
        (a_target(1), "tls", x, None),
        (a_target(2), "tls", x, y),
        (a_target(3), "tls", x, x),
        (a_target(4), "tls", None, x),
    ]


def test_r30_an_algorithm_is_found_by_name_code_point_and_component_whatever_the_case(store: Store) -> None:
    store.commit(a_batch(an_outcome(a_target(2), a_profile("X25519MLKEM768")), an_outcome(a_target(1), a_profile("secp256r1"))))
    for word in ("X25519MLKEM768", "x25519mlkem768", " X25519MLKEM768-draft ", code_point("X25519MLKEM768")):
        (found,) = store.where_is(word)
        assert found.sighting.target == a_target(2)
        (place,) = found.places
        assert (place.subject, place.value, place.name) == (Subject.NAMED_GROUP, code_point("X25519MLKEM768"), "X25519MLKEM768")
        assert (place.context, place.support) == ("TLS1.3", Support.ACCEPTED)
    assert [found.sighting.target for found in store.where_is("ML-KEM-768")] == [a_target(1), a_target(2)]
    assert [found.sighting.target for found in store.where_is("0x1301")] == [a_target(1), a_target(2)]
    assert list(store.where_is("ML-KEM")) == []
    assert list(store.where_is("")) == []


def test_an_algorithm_that_was_refused_is_not_in_use(store: Store) -> None:
    store.commit(a_batch(an_outcome(profile=a_profile("x"))))
    assert list(store.where_is("x25519")) == []
    assert list(store.where_is("0x001d")) == []


def test_an_algorithm_is_found_in_keys_and_signatures_of_certificates(store: Store) -> None:
    store.commit(
        a_batch(an_outcome(a_target(1), a_profile("x"), ders=(RSA,)), an_outcome(a_target(2), a_profile("x"), ders=(ECDSA, RSA)))
    )
    key, signature = Subject.CERTIFICATE_KEY, Subject.CERTIFICATE_SIGNATURE
    assert [(o.sighting.target, [p.subject for p in o.places]) for o in store.where_is("RSA")] == [
        (a_target(1), [key, signature]),
        (a_target(2), [key, signature]),
    ]
    assert [(o.sighting.target, [p.subject for p in o.places]) for o in store.where_is("ecdsa-256")] == [(a_target(2), [key])]
    assert [[p.subject for p in o.places] for o in store.where_is("ecdsa-with-SHA256")] == [[signature]]


def test_a_rare_and_a_common_algorithm_are_found_alike_and_in_order(store: Store) -> None:
    """The first is looked up in an index, the second by a walk over all targets."""
    common = [an_outcome(a_target(number), a_profile("common"), ders=(RSA,)) for number in (9, 3, 7, 5)]
    rare = an_outcome(a_target(4), a_profile("rare"), ders=(ECDSA,))
    store.commit(a_batch(*common, rare))
    assert [found.sighting.target for found in store.where_is("rare")] == [a_target(4)]
    assert [found.sighting.target for found in store.where_is("common")] == [a_target(number) for number in (3, 5, 7, 9)]
    assert [found.sighting.target for found in store.where_is("RSA-2048")] == [a_target(number) for number in (3, 5, 7, 9)]
    store.commit(a_batch(an_outcome(a_target(3), a_profile("rare"), ders=(ECDSA,), at=day(1)), run="run-2"))
    assert [found.sighting.target for found in store.where_is("common")] == [a_target(number) for number in (5, 7, 9)]
    assert [found.sighting.target for found in store.where_is("rare")] == [a_target(3), a_target(4)]


def test_where_an_algorithm_was_is_not_where_it_is(store: Store) -> None:
    store.commit(a_batch(an_outcome(profile=a_profile("old"), ders=(RSA,))))
    store.commit(a_batch(an_outcome(profile=a_profile("new"), ders=(ECDSA,), at=day(1)), run="run-2"))
    assert list(store.where_is("old")) == []
    assert list(store.where_is("RSA-2048")) == []
    assert len(list(store.where_is("new"))) == 1


def test_coverage_counts_the_dead_and_names_what_gave_no_answer(store: Store) -> None:
    slow = Reason.of("status.timed_out", seconds=10)
    outcomes = (
        an_outcome(a_target(1), a_profile("x")),
        an_outcome(a_target(2, name="a.example"), status=OutcomeStatus.TIMED_OUT, detail=slow),
        an_outcome(a_file(), status=OutcomeStatus.MALFORMED, probe="certificate_file"),
    )
    counts = {OutcomeStatus.REFUSED: 253, OutcomeStatus.COMPLETED: 1, OutcomeStatus.TIMED_OUT: 1, OutcomeStatus.MALFORMED: 1}
    store.commit(a_batch(*outcomes, cursor=256, counts=counts))
    coverage = store.coverage("run-1")
    assert (coverage.attempted, coverage.by_status) == (256, counts)
    assert coverage.not_read == (
        NotRead("a.example@192.0.2.2:443", slow),
        NotRead("máy-1:/etc/ssl/a.pem!inner.jar!key.pem", Reason("status.malformed")),
    )


def test_without_a_run_coverage_counts_the_newest_run_of_every_scope(store: Store) -> None:
    store.begin_run(a_run("elsewhere", 2, scope="198.51.100.0/24"))
    for name, refused in (("run-1", 5), ("run-2", 7), ("elsewhere", 100)):
        store.commit(a_batch(run=name, cursor=1, counts={OutcomeStatus.REFUSED: refused}))
    assert (store.coverage().attempted, store.coverage().runs) == (107, 2)
    assert store.coverage("run-1").runs == 1


def test_a_reader_sees_one_moment_while_the_writer_goes_on(store: Store) -> None:
    store.commit(a_batch(*(an_outcome(a_target(n), a_profile("x")) for n in range(1, 4))))
    reading = store.sightings()
    assert next(reading).target == a_target(1)
    store.commit(a_batch(*(an_outcome(a_target(n), a_profile("x")) for n in range(4, 7)), cursor=2))
    assert [seen.target for seen in reading] == [a_target(2), a_target(3)]
    assert len(list(store.sightings())) == 6


def test_a_reader_that_stops_half_way_hinders_nobody(store: Store) -> None:
    store.commit(a_batch(*(an_outcome(a_target(n), a_profile("x")) for n in range(1, 50))))
    for _ in range(40):
        reading = store.sightings()
        next(reading)
        reading.close()  # type: ignore[attr-defined]
    store.commit(a_batch(an_outcome(a_target(99), a_profile("x")), cursor=2))
    assert store.status().sightings == 50
