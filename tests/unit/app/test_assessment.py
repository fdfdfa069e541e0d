"""Judging a store: once for each profile, fanned out to every target, streamed; and the policies a user may name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pqscan_reports.tally import FindingIndex, certificates_of, tally

from pqscan.app import assess, choose_policies
from pqscan.app import assessment as module
from pqscan.errors import UsageError
from pqscan.model.observation import Profile
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.editions import EDITION_FILES
from pqscan.policy.state import Assessment, State
from pqscan.policy.states import NamedChains
from pqscan.policy.system import STATE_SECRETS, SystemContext
from pqscan.readiness.membership import Member
from pqscan.store.repository import Store
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

LEAF = b"CN=www|RSA|2048|sha256WithRSAEncryption"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Three hundred targets behind one configuration, one that gave no answer."""
    with Store.open(str(tmp_path / "store.sqlite"), read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        alike = [
            an_outcome(a_target(last, port), a_profile("X"), ders=(LEAF,)) for last in range(1, 101) for port in (443, 8443, 993)
        ]
        silent = an_outcome(a_target(200), status=OutcomeStatus.TIMED_OUT, detail=Reason.of("peer_timed_out"))
        opened.commit(a_batch(*alike, silent, cursor=301, counts={OutcomeStatus.COMPLETED: 300, OutcomeStatus.TIMED_OUT: 1}))
        yield opened


def test_equal_answers_are_judged_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[bytes] = []

    def counted(profile: Profile, chains: NamedChains) -> Assessment:
        judged.append(profile.digest)
        return Assessment(State.UNKNOWN)

    monkeypatch.setattr(module, "key_establishment", counted)
    inventory = assess(store)
    assert len(list(inventory.targets())) == len(list(inventory.targets())) == 301
    assert len(judged) == 1


def test_a_target_without_an_answer_is_unknown_for_the_reason_it_gave(store: Store) -> None:
    silent = next(each for each in assess(store).targets() if each.sighting.profile is None)
    assert silent.key_establishment == silent.authentication
    assert silent.key_establishment == Assessment(State.UNKNOWN, (Reason.of("peer_timed_out"),))


def test_only_what_occurs_is_in_the_inventory(store: Store) -> None:
    inventory = assess(store)
    assert len(inventory.profiles) == 1
    assert len(inventory.certificates) == 1
    assert inventory.coverage.attempted == 301
    assert {view.client for view in next(iter(inventory.client_views.values()))} >= {"openssl-3.5"}


def test_findings_follow_the_day(store: Store) -> None:
    policies = choose_policies(["nist-ir-8547"])
    early = {
        f.verdict
        for f in assess(store, policies=policies, as_of=date(2026, 1, 1)).findings
        if f.certificate and f.policy != "floor"
    }
    late = {
        f.verdict
        for f in assess(store, policies=policies, as_of=date(2040, 1, 1)).findings
        if f.certificate and f.policy != "floor"
    }
    assert "overdue" not in early
    assert "overdue" in late


def test_a_run_that_is_not_there_is_wrong_usage(store: Store) -> None:
    with pytest.raises(UsageError):
        assess(store, run="none")


def test_policies_are_named_once_each_and_the_default_has_its_reading() -> None:
    assert [edition.id for edition in choose_policies([])] == ["vietnam", "nist-ir-8547"]
    assert [edition.id for edition in choose_policies(["anssi", "anssi"])] == ["anssi"]
    assert [edition.id for edition in choose_policies(["all"])] == list(EDITION_FILES)


@pytest.mark.parametrize("content", [b"", b"\xff", b"id = 1", b"x = [", b"[" * 100_000, b"\x00" * 100])
def test_a_policy_file_of_any_bytes_is_wrong_usage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError):
        choose_policies([str(path)])
    with pytest.raises(UsageError):
        choose_policies([str(tmp_path / "missing.toml")])


NSS = SystemContext(frozenset({"nss"}), known=True)
OTHER = SystemContext(frozenset(), known=True)
SECRET = SystemContext(frozenset({STATE_SECRETS}), known=True)


def by_port(target: Target) -> Member | None:
    assert isinstance(target, NetworkTarget)
    return {443: Member("A", NSS), 8443: Member("B", OTHER), 993: Member("C", SECRET)}.get(target.port)


def test_one_profile_is_judged_in_every_kind_of_system_where_it_is_met(store: Store) -> None:
    inventory = assess(store, policies=choose_policies(["cnsa-2.0-faq"]), membership=by_port)
    systems = {finding.system for finding in inventory.findings if finding.policy == "cnsa-2.0-faq"}
    assert systems == {NSS}  # Its rules speak of national security systems alone.
    index = FindingIndex(inventory.findings)
    worst = {
        each.system: index.worst(each.sighting.profile, certificates_of(each), each.context)
        for each in inventory.targets()
        if each.sighting.profile
    }
    assert "cnsa-2.0-faq" in worst["A"]
    assert "cnsa-2.0-faq" not in worst["B"]
    assert worst["C"] == {}


def test_nothing_is_said_of_a_system_that_carries_state_secrets_but_that_it_is_outside(store: Store) -> None:
    inventory = assess(store, membership=by_port)
    secret = [each for each in inventory.targets() if each.system == "C"]
    assert len(secret) == 100
    assert {each.key_establishment for each in secret} == {Assessment(State.OUTSIDE, (Reason.of("outside_assessment"),))}
    counted = tally(inventory, FindingIndex(inventory.findings), 0)
    assert counted.key_establishment[State.OUTSIDE] == 100
    assert all(finding.system != SECRET for finding in inventory.findings)


def test_without_a_register_findings_name_no_system(store: Store) -> None:
    inventory = assess(store)
    assert {finding.system for finding in inventory.findings} == {None}
    assert {each.system for each in inventory.targets()} == {None}
