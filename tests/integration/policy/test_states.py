"""The states of real servers: probed on loopback, judged, and compared with what their configuration says."""

from __future__ import annotations

import asyncio
import hashlib

import pytest
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.model.canonical import canonical
from pqscan.model.observation import Profile
from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.answers import Answers
from pqscan.policy.clients import foresee, view
from pqscan.policy.state import State
from pqscan.policy.states import NamedChains, authentication, key_establishment
from pqscan.registry.clients import current_client
from pqscan.wire.pki.certificate import read_certificate
from tests.peers.lab import Lab
from tests.peers.truth import load_truth, truth_names


class Judged:
    """Each server is asked once a depth; its profile and chains as the store would give them to a judgement."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._known: dict[tuple[str, str], tuple[Profile, NamedChains]] = {}

    def __call__(self, name: str, depth: str) -> tuple[Profile, NamedChains]:
        if (name, depth) not in self._known:
            server = self._lab[name]
            target = NetworkTarget(server.address, server.port, load_truth(name).server_name)
            self._known[name, depth] = _as_stored(asyncio.run(_ask(target, depth)))
        return self._known[name, depth]


async def _ask(target: NetworkTarget, depth: str) -> Facts:
    return await TlsProbe(TlsSettings(depth=depth)).run(target, TcpDialer(Throttle(), DialSettings()))


def _as_stored(facts: Facts) -> tuple[Profile, NamedChains]:
    profile = canonical(Profile("tls", facts.depth, facts.asked, facts.complete, facts.observations, facts.preference))
    read = {hashlib.sha256(der).digest(): read_certificate(der) for der in facts.certificates}
    return profile, tuple((chain.context, tuple(read[digest] for digest in chain.certificates)) for chain in facts.chains)


@pytest.fixture(scope="module")
def judged(lab: Lab) -> Judged:
    return Judged(lab)


@pytest.mark.lab
@pytest.mark.parametrize("name", truth_names())
def test_the_states_of_a_real_server_are_those_of_its_configuration(judged: Judged, name: str) -> None:
    truth = load_truth(name)
    profile, chains = judged(name, "inventory")
    assert key_establishment(profile, chains).state == truth.key_establishment
    assert authentication(profile, chains).state == truth.authentication


@pytest.mark.lab
@pytest.mark.parametrize("name", truth_names())
def test_thought_alone_comes_to_what_the_pinned_client_got_from_a_real_server(judged: Judged, name: str) -> None:
    profile, _ = judged(name, "inventory")
    seen, thought = view(profile, current_client()), foresee(Answers(profile), current_client())
    assert thought.outcome in (seen.outcome, "unknown")
    assert thought.group in (None, seen.group)


@pytest.mark.lab
@pytest.mark.parametrize("name", truth_names())
def test_a_quick_look_never_says_more_than_an_inventory_proves(judged: Judged, name: str) -> None:
    """Exclusive needs the whole inventory; what the current client gets and what is refused shows at once."""
    full, quick = (key_establishment(*judged(name, depth)).state for depth in ("inventory", "quick"))
    allowed = {full, State.UNKNOWN} | ({State.DEFAULT, State.CAPABLE} if full is State.EXCLUSIVE else set())
    assert quick in allowed
    if full in (State.DEFAULT, State.VULNERABLE):
        assert quick is full


@pytest.mark.lab
def test_what_one_quick_probe_remembers_of_one_server_is_never_told_of_another(judged: Judged, lab: Lab) -> None:
    """One probe asks all servers twice in turn; each time a fresh one, which remembers nothing, says the same."""

    async def remembering() -> list[tuple[Facts, Facts]]:
        probe, found = TlsProbe(TlsSettings(depth="quick")), []
        for name in (*truth_names(), *truth_names()):
            target = NetworkTarget(lab[name].address, lab[name].port, load_truth(name).server_name)
            found.append((await probe.run(target, TcpDialer(Throttle(), DialSettings())), await _ask(target, "quick")))
        assert 1 < len(probe.settled) < len(truth_names())
        return found

    for remembered, fresh in asyncio.run(remembering()):
        assert _as_stored(remembered) == _as_stored(fresh)
        assert (remembered.status, remembered.complete, remembered.chains) == (fresh.status, fresh.complete, fresh.chains)
        assert remembered.evidence is not None
        assert fresh.evidence is not None
        assert remembered.evidence.received[:3] == fresh.evidence.received[:3]
        assert remembered.evidence.received != fresh.evidence.received  # of this handshake, not of the first
