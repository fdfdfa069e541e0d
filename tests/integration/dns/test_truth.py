"""The DNS probe at BIND and Knot: each fact about a zone is that of its truth file, of its key files, and of what was given to the
signer. The judgement of it, too."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator

import pytest
from pqscan_probes.dns import DnsProbe, DnsSettings

from pqscan.model.canonical import canonical
from pqscan.model.observation import Confidence, Observation, Profile, Subject, Support
from pqscan.model.outcome import Chain, Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.chains import NamedChains
from pqscan.policy.states import authentication, key_establishment
from pqscan.wire.kept import read_kept
from tests.peers.dns_servers import (
    EXPIRATION,
    INCEPTION,
    DnsServers,
    ZoneTruth,
    load_zone_truth,
    missing,
    running,
    zone_truth_names,
)

NAMES = zone_truth_names()
every_zone = pytest.mark.parametrize("name", NAMES)
pytestmark = pytest.mark.lab
_LISTED = ("mail_server", "caa", "tlsa", "sshfp", "alpn_protocol", "ech_kem", "public_key")


class Seen:
    """The facts of one run."""

    def __init__(self, truth: ZoneTruth, tags: dict[str, int], facts: Facts, connections: int) -> None:
        self.truth, self.tags, self.facts, self.connections = truth, tags, facts, connections
        self.kept = {hashlib.sha256(data).digest(): read_kept(data) for data in facts.certificates}

    def of(self, subject: Subject) -> list[Observation]:
        return [each for each in self.facts.observations if each.subject is subject]

    def chains(self, word: str) -> list[Chain]:
        return [chain for chain in self.facts.chains if chain.context.partition(" ")[0] == word]

    @property
    def profile(self) -> Profile:
        facts = self.facts
        return canonical(Profile("dns", facts.depth, facts.asked, facts.complete, facts.observations))

    @property
    def named_chains(self) -> NamedChains:
        return tuple((chain.context, tuple(self.kept[digest] for digest in chain.certificates)) for chain in self.facts.chains)


def ask(port: int, zone: str, settings: DnsSettings) -> tuple[Facts, int]:
    async def run() -> tuple[Facts, int]:
        dialer = TcpDialer(Throttle(), DialSettings())
        facts = await DnsProbe(settings).run(NetworkTarget("127.0.0.1", port, zone), dialer)
        return facts, dialer.connections_used

    return asyncio.run(run())


@pytest.fixture(scope="module")
def servers() -> Iterator[DnsServers]:
    if (lacking := missing("named")) is not None:
        pytest.skip(f"peer not at hand: {lacking}")
    with running() as found:
        yield found


@pytest.fixture(scope="module")
def seen_zones(servers: DnsServers) -> dict[str, Seen]:
    found = {}
    for name in NAMES:
        truth = load_zone_truth(name)
        if truth.server in servers.ports:
            settings = DnsSettings(names=truth.names, selectors=truth.selectors)
            found[name] = Seen(truth, servers.tags[name], *ask(servers.ports[truth.server], truth.zone, settings))
    return found


@pytest.fixture
def seen(seen_zones: dict[str, Seen], name: str) -> Seen:
    if name not in seen_zones:
        pytest.skip(f"peer not at hand: {missing(load_zone_truth(name).server)}")
    return seen_zones[name]


@every_zone
def test_the_run_is_complete_on_one_connection(seen: Seen, name: str) -> None:
    assert (seen.facts.status, seen.facts.complete, seen.facts.detail) == (OutcomeStatus.COMPLETED, True, None)
    assert seen.connections == 1


@every_zone
def test_every_key_is_that_of_the_truth(seen: Seen, name: str) -> None:
    expected = {(str(number), role, spelled, bits) for role, number, spelled, bits in seen.truth.keys}
    found = seen.of(Subject.DNSSEC_ALGORITHM)
    assert {(o.value, o.context, o.name, dict(o.parameters)["size_bits"]) for o in found} == expected
    assert {o.support for o in found} <= {Support.OFFERED}
    assert {o.quantum_class.value for o in found} <= {"traditional"}


@every_zone
def test_every_key_is_kept_with_its_tag_role_and_size(seen: Seen, name: str) -> None:
    shown = {}
    for chain in seen.chains("dnskey"):
        key = seen.kept[chain.certificates[0]]
        assert (key.kind, key.malformed, key.subject, key.not_after) == ("dnskey", (), "", None)
        shown[chain.context.removeprefix("dnskey ")] = (int(key.serial, 16), key.public_key.size_bits, "zone_key" in key.key_usage)
    assert shown == {role: (seen.tags[role], bits, True) for role, _number, _name, bits in seen.truth.keys}


@every_zone
def test_the_signatures_are_verified_and_hold_for_the_time_given_to_the_signer(seen: Seen, name: str) -> None:
    algorithms = {role: str(number) for role, number, _name, _bits in seen.truth.keys}
    expected = set()
    if algorithms:
        signs_zone = "zsk" if "zsk" in algorithms else "ksk"
        expected = {("DNSKEY", algorithms["ksk"]), ("SOA", algorithms[signs_zone])}
        made_by = {("DNSKEY", seen.tags["ksk"]), ("SOA", seen.tags[signs_zone])}
        told = {
            (chain.context.split()[1], int(seen.kept[chain.certificates[0]].serial, 16))
            for chain in seen.chains("dnssec_signature")
        }
        assert told == made_by
        assert {chain.context.split()[2] for chain in seen.chains("dnssec_signature")} == {f"{INCEPTION}/{EXPIRATION}"}
    found = seen.of(Subject.DNSSEC_SIGNATURE)
    assert {(o.context, o.value) for o in found} == expected
    assert {o.confidence for o in found} <= {Confidence.CONFIRMED}


@every_zone
def test_what_the_parent_says_is_told(seen: Seen, name: str) -> None:
    has_parent = seen.truth.server == "named"
    found = sorted(int(o.value) for o in seen.of(Subject.DS_DIGEST))
    assert found == (list(seen.truth.ds) if has_parent else [])
    vouched = {seen.kept[chain.certificates[0]].serial for chain in seen.chains("ds")}
    assert vouched == ({f"{seen.tags['ksk']:04x}"} if found else set())
    (dnssec,) = [o for o in seen.of(Subject.PROTOCOL_VERSION) if o.value == "DNSSEC"]
    assert dnssec.support.value == seen.truth.dnssec


@every_zone
def test_the_proof_of_absence_is_that_of_the_signer(seen: Seen, name: str) -> None:
    (found,) = seen.of(Subject.DENIAL_OF_EXISTENCE) or [None]
    assert (found.value if found else "") == seen.truth.denial
    if found and found.value == "NSEC3":
        expected = {"hash": "SHA-1", "iterations": seen.truth.iterations, "salt_bytes": len(seen.truth.salt) // 2}
        assert dict(found.parameters) == expected


@every_zone
@pytest.mark.parametrize("subject", _LISTED)
def test_every_record_that_names_something_is_told(seen: Seen, name: str, subject: str) -> None:
    expected = seen.truth.expected.get(subject, ())
    found = []
    for o in seen.of(Subject(subject)):
        words = [o.support.value, o.value, o.name or "", o.context if o.context != seen.truth.zone else ""]
        found.append(" ".join(word for word in words if word))
    assert sorted(found) == sorted(expected)


@every_zone
def test_no_behaviour_is_told_that_the_zone_does_not_have(seen: Seen, name: str) -> None:
    assert {o.value for o in seen.of(Subject.BEHAVIOUR)} == set(seen.truth.behaviours)


@every_zone
def test_the_zone_is_judged_as_it_is(seen: Seen, name: str) -> None:
    keys, proof = key_establishment(seen.profile, seen.named_chains), authentication(seen.profile, seen.named_chains)
    assert (keys.state.value, proof.state.value) == seen.truth.states
    assert tuple(reason.code for reason in proof.reasons) == seen.truth.reasons


def test_tlsa_data_and_sizes_of_mail_keys_are_those_of_the_records(seen_zones: dict[str, Seen]) -> None:
    seen = seen_zones["ecdsap256"]
    tlsa = {o.context: dict(o.parameters).get("data") for o in seen.of(Subject.TLSA)}
    assert tlsa["_25._tcp.mx1.p256.demo.invalid"] == "0123456789abcdef" * 4
    sizes = {o.context: dict(o.parameters).get("size_bits") for o in seen.of(Subject.PUBLIC_KEY)}
    assert sizes == {"DKIM office": 1024, "DKIM selector1": 256}


def test_a_name_that_begins_no_zone_is_told_with_the_zone_in_which_it_lies(servers: DnsServers) -> None:
    for name, code, parameters in (
        ("host.demo.invalid", "dns_no_zone", {"zone": "host.demo.invalid", "parent": "demo.invalid"}),
        ("alias.demo.invalid", "dns_alias", {"zone": "alias.demo.invalid", "name": "host.demo.invalid"}),
        ("nothing.demo.invalid", "dns_no_such_name", {"zone": "nothing.demo.invalid"}),
        ("example.com", "dns_refused_zone", {"zone": "example.com"}),
    ):
        facts, used = ask(servers.ports["named"], name, DnsSettings())
        assert facts.detail is not None
        assert (facts.status, facts.observations, used) == (OutcomeStatus.REJECTED, (), 1)
        assert (facts.detail.code, dict(facts.detail.parameters)) == (code, parameters)


def test_quick_asks_three_questions(servers: DnsServers) -> None:
    facts, used = ask(servers.ports["named"], "p256.demo.invalid", DnsSettings("quick"))
    subjects = {o.subject for o in facts.observations}
    assert subjects == {Subject.PROTOCOL_VERSION, Subject.DNSSEC_ALGORITHM, Subject.DNSSEC_SIGNATURE, Subject.DS_DIGEST}
    assert (facts.complete, used) == (True, 1)
