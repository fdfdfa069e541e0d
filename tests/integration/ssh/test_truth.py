"""The SSH probe at real servers: each field of its inventory is that of the truth file, of the program's own report, and of what
OpenSSH's client sees there."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator
from functools import cached_property

import pytest
from pqscan_probes.ssh import SshProbe, SshSettings

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Confidence, Observation, Preference, RankBasis, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.registry import ssh
from pqscan.wire.ssh.host_key import fingerprint, read_host_key
from tests.peers import openssh_client
from tests.peers.ssh_programs import PEERS, SshPeer, SshTruth, load_ssh_truth, missing, running, ssh_truth_names

NAMES = ssh_truth_names()
CLIENT = openssh_client.version()  # "" where it is not on this machine
OPENSSH = [name for name in NAMES if name.startswith("openssh-")]
every_server = pytest.mark.parametrize("name", NAMES)
pytestmark = pytest.mark.lab


class Seen:
    """The facts of one exhaustive run, as questions."""

    def __init__(self, truth: SshTruth, peer: SshPeer, facts: Facts, connections_used: int) -> None:
        self.truth, self.peer, self.facts, self.connections_used = truth, peer, facts, connections_used

    def of(self, subject: Subject, context: str | None = None) -> list[Observation]:
        return [found for found in self.facts.observations if found.subject is subject and found.context == context]

    def listed(self, subject: Subject) -> tuple[str, ...]:
        """The values in the order of their ranks."""
        found = self.of(subject)
        assert [observation.rank for observation in found] == list(range(1, len(found) + 1))
        assert {observation.rank_basis for observation in found} <= {RankBasis.LIST_ORDER}
        return tuple(observation.value for observation in found)

    @cached_property
    def keys(self) -> dict[str, Certificate]:
        """By the format that the chain names."""
        kept = {hashlib.sha256(blob).digest(): blob for blob in self.facts.certificates}
        return {
            chain.context.removeprefix("ssh_host_key "): read_host_key(kept[chain.certificates[0]]) for chain in self.facts.chains
        }


class Servers:
    """Each is started and asked once; the tests look at what came."""

    def __init__(self, ending: contextlib.ExitStack) -> None:
        self._ending = ending
        self._seen: dict[str, Seen] = {}

    def __getitem__(self, name: str) -> Seen:
        if name not in self._seen:
            truth = load_ssh_truth(name)
            peer = self._ending.enter_context(running(truth))
            self._seen[name] = Seen(truth, peer, *ask(peer.port, "exhaustive"))
        return self._seen[name]


def ask(port: int, depth: str, client: str = "") -> tuple[Facts, int]:
    async def run() -> tuple[Facts, int]:
        dialer = TcpDialer(Throttle(), DialSettings())
        facts = await SshProbe(SshSettings(depth=depth, client=client)).run(NetworkTarget("127.0.0.1", port), dialer)
        return facts, dialer.connections_used

    return asyncio.run(run())


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with contextlib.ExitStack() as ending:
        yield Servers(ending)


@pytest.mark.parametrize("peer", PEERS)
def test_a_peer_that_is_not_at_hand_is_told(peer: str) -> None:
    lacking = missing(peer)
    if lacking is not None:
        pytest.skip(f"peer not at hand: {lacking}")
    assert any(load_ssh_truth(name).peer == peer for name in NAMES)


@every_server
def test_the_run_is_complete_within_its_connections(servers: Servers, name: str) -> None:
    seen = servers[name]
    assert (seen.facts.status, seen.facts.complete, seen.facts.detail) == (OutcomeStatus.COMPLETED, True, None)
    assert seen.connections_used <= 10
    assert dict(seen.facts.preference) == {"SSH-2.0": Preference.CLIENT}
    assert not [
        found for found in seen.facts.observations if "reason" in dict(found.parameters) and found.subject is Subject.HOST_KEY
    ]


@every_server
def test_every_list_is_that_of_the_truth_in_the_servers_order(servers: Servers, name: str) -> None:
    seen = servers[name]
    for subject, field in (
        (Subject.KEX_METHOD, "kex_methods"),
        (Subject.HOST_KEY, "host_keys"),
        (Subject.ENCRYPTION, "ciphers"),
        (Subject.MAC, "macs"),
        (Subject.COMPRESSION, "compressions"),
    ):
        expected = getattr(seen.truth, field)
        if expected is None and field != "host_keys":  # sshd -T lists what it would take, whatever keys it has.
            expected = seen.peer.reported.get(field)
        if expected is not None:
            assert seen.listed(subject) == expected, field


@pytest.mark.parametrize("name", NAMES if CLIENT else [])
def test_every_list_is_what_openssh_sees(servers: Servers, name: str) -> None:
    seen = servers[name]
    other = openssh_client.ask(seen.peer.port).lists
    markers = ("kex-strict-s-v00@openssh.com", "ext-info-s", "kexguess2@matt.ucc.asn.au")
    assert seen.listed(Subject.KEX_METHOD) == tuple(each for each in other["kex"] if each not in markers)
    assert seen.listed(Subject.HOST_KEY) == other["host_keys"]
    assert seen.listed(Subject.ENCRYPTION) == other["ciphers_to_server"] == other["ciphers_to_client"]
    assert seen.listed(Subject.MAC) == other["macs_to_server"] == other["macs_to_client"]
    assert seen.listed(Subject.COMPRESSION) == other["compressions_to_server"] == other["compressions_to_client"]
    behaviours = {found.value for found in seen.of(Subject.BEHAVIOUR)}
    assert ("strict_kex" in behaviours, "ext_info" in behaviours) == (
        "kex-strict-s-v00@openssh.com" in other["kex"],
        "ext-info-s" in other["kex"],
    )


@pytest.mark.parametrize("name", NAMES if f"openssh-{CLIENT}" in {each.name for each in ssh.clients()} else [])
def test_what_openssh_gets_is_what_is_said_that_it_gets(servers: Servers, name: str) -> None:
    seen = servers[name]
    other = openssh_client.ask(seen.peer.port)
    facts, _ = ask(seen.peer.port, "quick", f"openssh-{CLIENT}")
    got = {found.subject: found.value for found in facts.observations if found.support is Support.SELECTED}
    if not other.agreed.get("cipher"):
        assert got == {}
        return
    expected = {
        Subject.SELECTED_KEX_METHOD: other.agreed["algorithm"],
        Subject.SELECTED_HOST_KEY: other.agreed["host key algorithm"],
        Subject.SELECTED_ENCRYPTION: other.agreed["cipher"],
    }
    if other.agreed["mac"] != "<implicit>":
        expected[Subject.SELECTED_MAC] = other.agreed["mac"]
    assert got == expected


@every_server
def test_every_host_key_is_shown_proven_and_the_servers_own(servers: Servers, name: str) -> None:
    seen = servers[name]
    assert {kind: key.public_key.size_bits for kind, key in seen.keys.items()} == seen.truth.shown
    own = {line.split()[1] for line in seen.peer.public_keys}
    assert {fingerprint(key.der) for key in seen.keys.values()} == {fingerprint(_decoded(line)) for line in own}
    sizes = {found.value: dict(found.parameters)["size_bits"] for found in seen.of(Subject.HOST_KEY)}
    for algorithm, size in sizes.items():
        row = ssh.ssh_algorithm(ssh.SshKind.HOST_KEY, algorithm)
        assert row is not None
        assert size == seen.truth.shown[row.key_format]
    confirmed = [found.value for found in seen.of(Subject.HOST_KEY) if found.confidence is Confidence.CONFIRMED]
    assert len(confirmed) == len(seen.truth.shown)


def _decoded(text: str) -> bytes:
    import base64

    return base64.b64decode(text)


@pytest.mark.parametrize("name", [name for name in NAMES if load_ssh_truth(name).confirmed])
def test_a_hybrid_is_carried_through_with_an_implementation_of_other_hands(servers: Servers, name: str) -> None:
    seen = servers[name]
    confirmed = [found for found in seen.of(Subject.KEX_METHOD) if found.confidence is Confidence.CONFIRMED]
    assert [(found.value, found.quantum_class.value) for found in confirmed] == [(seen.truth.confirmed, "pqt_hybrid")]


@pytest.mark.parametrize("name", [name for name in OPENSSH if load_ssh_truth(name).certificate])
def test_a_host_certificate_is_told_with_its_names_and_authority(servers: Servers, name: str) -> None:
    seen = servers[name]
    read = seen.keys["ssh-ed25519-cert-v01@openssh.com"]
    assert (read.kind, read.subject, read.names, read.serial) == (
        "ssh_certificate",
        "the host",
        ("a.demo.invalid", "b.demo.invalid"),
        "07",
    )
    assert read.not_before is not None
    assert read.not_after is not None
    assert (read.not_before.year, read.not_after.year) == (2020, 2040)
    assert read.issuer.startswith("SHA256:")
    assert read.public_key.spki_sha256 == seen.keys["ssh-ed25519"].public_key.spki_sha256
    assert read.malformed == ()


@every_server
def test_no_behaviour_is_told_that_the_server_does_not_have(servers: Servers, name: str) -> None:
    seen = servers[name]
    assert {found.value for found in seen.of(Subject.BEHAVIOUR)} - {"ext_info"} == set(seen.truth.behaviours)


@pytest.mark.parametrize("name", [name for name in NAMES if load_ssh_truth(name).fields])
def test_the_sizes_of_its_group_exchange_are_those_of_the_truth(servers: Servers, name: str) -> None:
    seen = servers[name]
    found = {
        observation.value: observation.support.value
        for observation in seen.of(Subject.GROUP_EXCHANGE_SIZE, seen.truth.kex_methods[0])
    }  # type: ignore[index]
    assert found == seen.truth.fields


@pytest.mark.parametrize("name", [name for name in OPENSSH if name == "openssh-modern"])
@pytest.mark.parametrize(("depth", "most"), [("quick", 1), ("inventory", 3)])
def test_one_connection_a_type_of_host_key_is_all_it_costs(servers: Servers, name: str, depth: str, most: int) -> None:
    facts, used = ask(servers[name].peer.port, depth)
    assert used == most
    assert len(facts.chains) == most
