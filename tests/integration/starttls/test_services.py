"""Real services behind STARTTLS: what OpenSSL's client finds there is what the truth files say, and so is what the probe finds."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial

import pytest

from pqscan.model.observation import Profile, Subject, Support
from pqscan.model.outcome import OutcomeStatus
from pqscan.policy.states import authentication, key_establishment
from tests.integration.starttls.asking import Services, inventory
from tests.peers.openings import opening
from tests.peers.openssl_client import (
    GROUPS,
    SCHEMES,
    SUITES,
    VERSIONS,
    Answer,
    ask,
    current_client,
    describe_key,
    describe_signature,
)
from tests.peers.truth import Truth, load_truth, starttls_names

pytestmark = pytest.mark.lab

NAMES = [name for name in starttls_names() if load_truth(name).selected.fails is None]
each = pytest.mark.parametrize("name", NAMES)
Ask = Callable[..., Answer]


def client(services: Services, truth: Truth) -> Ask:
    peer = services[truth.name]
    name = truth.server_name or ""
    return partial(ask, peer.address, peer.port, name=name, before=opening(truth.starttls or "", name))


def suites_of(version: str) -> tuple[str, ...]:
    return tuple(suite for suite in SUITES if suite.startswith("0x13") == (version == "TLS1.3"))


def suites_for(version: str, suites: tuple[str, ...], group: str) -> tuple[str, ...]:
    """Those whose key exchange runs over this kind of group."""
    start = ("DHE", "ADH") if group.startswith(("0x01", "dh:")) else ("ECDHE",)
    return tuple(suite for suite in suites if version == "TLS1.3" or SUITES[suite].startswith(start))


@each
def test_openssl_gets_what_the_truth_says(real_services: Services, name: str) -> None:
    truth = load_truth(name)
    probing = client(real_services, truth)
    accepted = {version for version in VERSIONS if probing(versions=(version,), suites=suites_of(version)).chain}
    assert accepted == set(truth.versions)
    for version, row in truth.versions.items():
        once = partial(probing, versions=(version,))
        askable = tuple(suite for suite in row.suites if suite in SUITES)  # OpenSSL 4 has no CCM in TLS 1.3.
        for suite in askable:
            assert once(suites=(suite,)).suite == suite
        others = tuple(suite for suite in suites_of(version) if suite not in row.suites)
        assert not others or not once(suites=others).chain
        for group in row.groups:
            over = suites_for(version, askable, group)
            if group.startswith("dh:"):  # Own parameters: where no finite-field group is listed.
                assert group in {once(groups=("0x001d",), suites=(suite,)).group for suite in over}
            else:
                assert once(groups=(group,), suites=over).group == group
        unlisted = tuple(group for group in GROUPS if group not in row.groups and not group.startswith("0x01"))
        assert not once(groups=unlisted, suites=suites_for(version, askable, "0x001d")).chain
        if version in ("TLS1.2", "TLS1.3"):
            signed = tuple(suite for suite in askable if "DHE" in SUITES[suite] or version == "TLS1.3")
            for scheme in row.schemes:
                assert once(schemes=(scheme,), suites=signed).scheme == scheme
            assert not once(schemes=tuple(scheme for scheme in SCHEMES if scheme not in row.schemes), suites=signed).chain


@each
def test_the_current_client_gets_what_the_truth_says(real_services: Services, name: str) -> None:
    truth, peer = load_truth(name), real_services[name]
    answer = current_client(peer.address, peer.port, truth.server_name, opening(truth.starttls or "", truth.server_name or ""))
    got = (answer.version, answer.group, answer.suite, answer.scheme, describe_key(answer.chain[0]))
    wanted = truth.selected
    assert got == (wanted.version, wanted.group, wanted.suite, wanted.scheme, wanted.leaf)
    sent = (tuple(map(describe_key, answer.chain)), tuple(map(describe_signature, answer.chain)))
    assert sent in {(chain.keys, chain.signatures) for chain in truth.chains}


@each
def test_nothing_stays_unknown_behind_a_prelude(real_services: Services, name: str) -> None:
    seen = real_services.seen(name)
    assert [each for each in seen.facts.observations if each.support is Support.UNKNOWN] == []
    assert (seen.facts.status, seen.facts.complete) == (OutcomeStatus.COMPLETED, True)


@each
def test_versions_suites_groups_and_schemes_are_those_of_the_truth(real_services: Services, name: str) -> None:
    truth, seen = load_truth(name), real_services.seen(name)
    assert seen.values(Subject.PROTOCOL_VERSION, Support.ACCEPTED) == set(truth.versions)
    assert seen.values(Subject.PROTOCOL_VERSION, Support.REFUSED) == set(truth.refused_versions)
    for version, row in truth.versions.items():
        for subject, values, rare in (
            (Subject.CIPHER_SUITE, row.suites, row.rare_suites),
            (Subject.NAMED_GROUP, row.groups, row.rare_groups),
            (Subject.SIGNATURE_SCHEME, row.schemes, ()),
        ):
            assert seen.values(subject, Support.ACCEPTED, version) == set(values) - set(rare), (version, subject)


@each
def test_what_the_current_client_gets_and_the_chain_are_those_of_the_truth(real_services: Services, name: str) -> None:
    truth, seen = load_truth(name), real_services.seen(name)
    assert seen.values(Subject.SELECTED_VERSION) == {truth.selected.version}
    assert seen.values(Subject.SELECTED_GROUP) == {truth.selected.group}
    assert seen.values(Subject.SELECTED_CIPHER_SUITE) == {truth.selected.suite}
    assert seen.values(Subject.SELECTED_SIGNATURE_SCHEME) == {truth.selected.scheme}
    by_digest = {hashlib.sha256(der).digest(): der for der in seen.facts.certificates}
    chain = [by_digest[digest] for digest in seen.facts.chains[0].certificates]
    sent = (tuple(map(describe_key, chain)), tuple(map(describe_signature, chain)))
    assert sent in {(one.keys, one.signatures) for one in truth.chains}


@each
def test_the_greeting_is_told_once_and_without_what_changes(real_services: Services, name: str) -> None:
    truth, seen = load_truth(name), real_services.seen(name)
    told = [each.value for each in seen.of(Subject.SOFTWARE)]
    assert len(told) == bool(truth.software)
    assert all(truth.software in software for software in told)
    assert seen.values(Subject.BEHAVIOUR) == set(truth.behaviours)
    assert seen.values(Subject.ALPN_PROTOCOL) == set()


@pytest.mark.parametrize("name", [name for name in starttls_names() if name not in NAMES])
def test_a_service_without_tls_is_below_the_floor_after_one_connection(real_services: Services, name: str) -> None:
    truth, seen = load_truth(name), real_services.seen(name)
    facts = seen.facts
    assert (facts.status, facts.complete, facts.chains) == (OutcomeStatus.COMPLETED, True, ())
    assert seen.values(Subject.BEHAVIOUR) == set(truth.behaviours)
    assert all(truth.software in each.value for each in seen.of(Subject.SOFTWARE))
    made = Profile("tls", facts.depth, facts.asked, facts.complete, facts.observations)
    assert (key_establishment(made).state, authentication(made, ()).state) == (truth.key_establishment, truth.authentication)


def test_rdp_standard_security_is_told_with_its_level(real_services: Services) -> None:
    """xrdp as it is set to speak no TLS: RC4 under 128 bits, level 3 ("high")."""
    seen = inventory(real_services.target(load_truth("starttls-xrdp-standard")))
    assert (seen.facts.status, seen.facts.complete) == (OutcomeStatus.COMPLETED, True)
    assert seen.facts.detail is not None
    assert seen.facts.detail.code == "starttls_standard_security"
    facts = {each.value: dict(each.parameters) for each in seen.of(Subject.BEHAVIOUR)}
    assert facts == {"rdp_standard_security": {"level": 3, "method": "RC4 128"}, "starttls_not_offered": {}}
