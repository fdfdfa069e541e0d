"""The TLS probe at every server of the lab: each field of its inventory is that of the truth file, and nothing stays unknown."""

from __future__ import annotations

import asyncio
import hashlib
from functools import cached_property

import pytest
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.model.observation import Observation, Preference, RankBasis, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.peers.lab import Lab
from tests.peers.openssl_client import describe_key, describe_signature
from tests.peers.truth import Truth, load_truth, truth_names

NAMES = truth_names()
TLS13_NAMES = [name for name in NAMES if "TLS1.3" in load_truth(name).versions]
CASES = [(name, version) for name in NAMES for version in load_truth(name).versions]


class Seen:
    """The facts of one inventory, as questions."""

    def __init__(self, truth: Truth, facts: Facts, connections_used: int) -> None:
        self.truth = truth
        self.facts = facts
        self.connections_used = connections_used

    def of(self, subject: Subject, support: Support | None = None, context: str | None = None) -> list[Observation]:
        return [
            observation
            for observation in self.facts.observations
            if observation.subject is subject
            and (support is None or observation.support is support)
            and (context is None or observation.context == context)
        ]

    def values(self, subject: Subject, support: Support, context: str | None = None) -> set[str]:
        return {observation.value for observation in self.of(subject, support, context)}

    def ranked(self, subject: Subject, context: str) -> list[str]:
        """The accepted values that have a rank, first choice first."""
        found = [
            (observation.rank, observation.value) for observation in self.of(subject, Support.ACCEPTED, context) if observation.rank
        ]
        return [value for _, value in sorted(found)]

    @cached_property
    def certificates(self) -> dict[bytes, bytes]:
        return {hashlib.sha256(der).digest(): der for der in self.facts.certificates}


class Inventories:
    """Each server is asked once; the tests look at what came."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._seen: dict[str, Seen] = {}

    def __getitem__(self, name: str) -> Seen:
        if name not in self._seen:
            truth, server = load_truth(name), self._lab[name]
            self._seen[name] = asyncio.run(_inventory(truth, NetworkTarget(server.address, server.port, truth.server_name)))
        return self._seen[name]


async def _inventory(truth: Truth, target: NetworkTarget) -> Seen:
    dialer = TcpDialer(Throttle(), DialSettings())
    facts = await TlsProbe(TlsSettings(depth="inventory")).run(target, dialer)
    return Seen(truth, facts, dialer.connections_used)


@pytest.fixture(scope="module")
def inventories(lab: Lab) -> Inventories:
    return Inventories(lab)


each_server = pytest.mark.parametrize("name", NAMES)
each_version = pytest.mark.parametrize(("name", "version"), CASES)


@each_server
def test_versions_are_accepted_and_refused_as_the_truth_says(inventories: Inventories, name: str) -> None:
    seen = inventories[name]
    assert seen.values(Subject.PROTOCOL_VERSION, Support.ACCEPTED) == set(seen.truth.versions)
    assert seen.values(Subject.PROTOCOL_VERSION, Support.REFUSED) == set(seen.truth.refused_versions)


@each_server
def test_on_a_healthy_server_nothing_stays_unknown(inventories: Inventories, name: str) -> None:
    seen = inventories[name]
    assert [observation for observation in seen.facts.observations if observation.support is Support.UNKNOWN] == []
    assert seen.facts.complete
    assert seen.facts.status is OutcomeStatus.COMPLETED


@each_version
def test_groups_are_those_of_the_truth(inventories: Inventories, name: str, version: str) -> None:
    seen = inventories[name]
    expected = seen.truth.versions[version].groups
    assert seen.values(Subject.NAMED_GROUP, Support.ACCEPTED, version) == set(expected)
    assert not seen.values(Subject.NAMED_GROUP, Support.REFUSED, version) & set(expected)


@each_version
def test_suites_are_those_of_the_truth(inventories: Inventories, name: str, version: str) -> None:
    seen = inventories[name]
    assert seen.values(Subject.CIPHER_SUITE, Support.ACCEPTED, version) == set(seen.truth.versions[version].suites)


@each_version
def test_signature_schemes_are_those_of_the_truth(inventories: Inventories, name: str, version: str) -> None:
    seen = inventories[name]
    expected = seen.truth.versions[version].schemes
    assert seen.values(Subject.SIGNATURE_SCHEME, Support.ACCEPTED, version) == set(expected)
    assert not seen.values(Subject.SIGNATURE_SCHEME, Support.REFUSED, version) & set(expected)


@each_version
def test_whose_order_of_suites_decides_is_told(inventories: Inventories, name: str, version: str) -> None:
    seen, truth = inventories[name], load_truth(name).versions[version]
    if len(truth.suites) > 1:
        assert dict(seen.facts.preference).get(version) == Preference(truth.suite_order)


@pytest.mark.parametrize("name", TLS13_NAMES)
def test_whose_order_of_groups_decides_is_told(inventories: Inventories, name: str) -> None:
    seen, truth = inventories[name], load_truth(name).versions["TLS1.3"]
    if len(truth.groups) > 1:
        assert dict(seen.facts.preference).get("TLS1.3 named_group") == Preference(str(truth.group_order))


@each_version
def test_no_rank_of_a_suite_contradicts_the_truth(inventories: Inventories, name: str, version: str) -> None:
    truth = load_truth(name).versions[version]
    ranked = inventories[name].ranked(Subject.CIPHER_SUITE, version)
    if truth.suite_order == "client" and len(truth.suites) > 1:
        assert ranked == []
    else:
        assert ranked == [suite for suite in truth.suites if suite in ranked]


@pytest.mark.parametrize("name", TLS13_NAMES)
def test_no_rank_of_a_group_contradicts_the_truth(inventories: Inventories, name: str) -> None:
    seen, truth = inventories[name], load_truth(name).versions["TLS1.3"]
    ranked = seen.ranked(Subject.NAMED_GROUP, "TLS1.3")
    if truth.group_order == "client" and len(truth.groups) > 1:
        assert ranked == []
    else:
        assert ranked == [group for group in truth.groups if group in ranked]
    bases = {found.rank_basis for found in seen.of(Subject.NAMED_GROUP, Support.ACCEPTED, "TLS1.3") if found.rank is not None}
    assert bases <= {RankBasis.HELLO_RETRY}


@each_server
def test_what_the_current_client_gets_is_what_the_truth_says(inventories: Inventories, name: str) -> None:
    seen = inventories[name]
    wanted = seen.truth.selected
    if wanted.fails is not None:
        (behaviour,) = [found for found in seen.of(Subject.BEHAVIOUR) if found.value == "current_client_fails"]
        assert behaviour.parameters == (("reason", wanted.fails),)
        assert not seen.of(Subject.SELECTED_VERSION)
        return
    expected = {
        Subject.SELECTED_VERSION: wanted.version,
        Subject.SELECTED_GROUP: wanted.group,
        Subject.SELECTED_CIPHER_SUITE: wanted.suite,
        Subject.SELECTED_SIGNATURE_SCHEME: wanted.scheme,
    }
    for subject, value in expected.items():
        assert seen.values(subject, Support.SELECTED) == ({value} if value else set())
    (chain,) = [chain for chain in seen.facts.chains if chain.context == "current_client"]
    assert describe_key(seen.certificates[chain.certificates[0]]) == wanted.leaf


@each_server
def test_every_chain_is_seen_and_no_other(inventories: Inventories, name: str) -> None:
    seen = inventories[name]
    found = {
        tuple(seen.certificates[digest] for digest in chain.certificates)
        for chain in seen.facts.chains
        if chain.context in (*seen.truth.versions, "current_client")
    }
    described = {(tuple(map(describe_key, chain)), tuple(map(describe_signature, chain))) for chain in found}
    assert described == {(chain.keys, chain.signatures) for chain in seen.truth.chains}
    assert len(found) == len(seen.truth.chains)


@each_server
def test_how_a_share_of_x25519_is_answered_is_told(inventories: Inventories, name: str) -> None:
    seen = inventories[name]
    if seen.truth.group_selection is not None:
        assert seen.values(Subject.GROUP_SELECTION, Support.ACCEPTED, "TLS1.3") == {seen.truth.group_selection}


@each_version
def test_the_wish_for_a_client_certificate_is_told(inventories: Inventories, name: str, version: str) -> None:
    seen = inventories[name]
    expected = seen.truth.versions[version].client_certificate
    assert seen.values(Subject.CLIENT_CERTIFICATE, Support.OFFERED, version) == {expected}


@each_server
def test_the_default_site_and_the_application_protocol_are_told(inventories: Inventories, name: str) -> None:
    seen = inventories[name]
    expected = {seen.truth.default_site} if seen.truth.default_site else set()
    assert seen.values(Subject.DEFAULT_SITE, Support.OFFERED) == expected
    assert seen.values(Subject.ALPN_PROTOCOL, Support.ACCEPTED) == set(seen.truth.alpn[:1])


@each_server
def test_no_behaviour_is_told_that_the_server_does_not_have(inventories: Inventories, name: str) -> None:
    seen = inventories[name]
    expected = {"current_client_fails"} if seen.truth.selected.fails else set()
    assert {observation.value for observation in seen.of(Subject.BEHAVIOUR)} == expected


@pytest.mark.parametrize(("name", "most"), [("go-default", 30), ("hybrid-default", 30), ("two-certificates", 33)])
def test_the_whole_inventory_of_a_modern_server_costs_few_connections(inventories: Inventories, name: str, most: int) -> None:
    """Two versions, two certificates, 13 suites, 7 groups, controls included. DHE with groups of RFC 7919 costs three more."""
    assert inventories[name].connections_used <= most
