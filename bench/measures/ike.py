"""How many datagrams tell whether a VPN gateway takes ML-KEM and what else it takes, and how many half-open exchanges it is left
with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.measures import ike_seen
from bench.result import Goal, Section
from tests.peers.ike_gateway import ECP_256, GATEWAYS, Peer, Policy, gateway
from tests.unit.wire.ike.responder import AEAD

_WANTED = "IKE: the ML-KEM answer in at most 6 datagrams and one half-open exchange"
_MOST_DATAGRAMS, _MOST_KEPT = 6, 1
_OLDER = "AES-CBC with SHA-1 and MODP-2048, AES-GCM with ECP-256 after it"
_OLDER_POLICIES: tuple[Policy, ...] = (
    ((1, 12, 256), (2, 2, None), (3, 2, None), (4, 14, None)),
    (*AEAD, ECP_256),
)
_ASKED_BY_PEERS = ("ML-KEM-768 alone", _OLDER)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the quick profile cost a gateway, and whether it told the right sizes of ML-KEM."""

    datagrams: int
    kept: int
    right: bool


def measure(bench: Bench) -> Section:
    """Against responders of the tests, which follow RFC 7296 in memory and count; real gateways are asked in `make lab-debian`."""
    section = Section(
        "VPN gateways: whether IKEv2 takes ML-KEM, and what else",
        ("gateway", "program", "datagrams", "half-open", "transforms told", "ML-KEM told", "wall s"),
    )
    asked: list[_Asked] = []
    for name, policies in {**GATEWAYS, _OLDER: _OLDER_POLICIES}.items():
        for profile in ("quick", "inventory"):
            found = _pqscan(bench, section, name, policies, profile)
            if found is not None and profile == "quick":
                asked.append(found)
        if name in _ASKED_BY_PEERS:
            _ike_scan(bench, section, name, policies)
            _cryptolyzer(bench, section, name, policies)
    section.goals.append(_goal(asked))
    section.notes += [
        "Transforms are told of those that the gateway takes in all its policies. `quick` asks for ML-KEM and the groups alone.",
        "No peer can be set beside it for ML-KEM: ike-scan 1.9.5 and cryptolyzer 1.6.1 never offer an additional key exchange. "
        "ike-scan tells the one choice of a gateway that takes one of its own proposals with MODP-1024.",
    ]
    return section


def _goal(asked: list[_Asked]) -> Goal:
    if not asked:
        return Goal(_WANTED, "no gateway could be asked", None)
    datagrams, kept = max(one.datagrams for one in asked), max(one.kept for one in asked)
    met = datagrams <= _MOST_DATAGRAMS and kept <= _MOST_KEPT and all(one.right for one in asked)
    return Goal(_WANTED, f"{datagrams} datagrams, {kept} half-open", met)


def _pqscan(bench: Bench, section: Section, name: str, policies: tuple[Policy, ...], profile: str) -> _Asked | None:
    store = bench.fresh_store()
    with gateway(*policies) as peer:
        ended = bench.pqscan(store, "scan", "net", f"127.0.0.1:{peer.port}/ike", "--profile", profile)
        told = bench.pqscan(store, "report", "json")
    remove_store(store)
    if failure := ended.failure or told.failure:
        section.miss(name, f"pqscan, {profile}", failure)
        return None
    if profile == "quick":
        section.commands.append(shown(ended.command))
    found = ike_seen.ml_kem_in_pqscan(told.output)
    right = found == peer.ml_kem
    names = ", ".join(sorted(found)) or "none"
    transforms = len(ike_seen.in_pqscan(told.output) & ike_seen.taken_by(policies))
    _add(section, name, f"pqscan, {profile}", peer, transforms, names if right else f"{names}: wrong", ended.seconds)
    return _Asked(peer.heard, peer.responder.kept, right)


def _ike_scan(bench: Bench, section: Section, name: str, policies: tuple[Policy, ...]) -> None:
    found = bench.peers["ike-scan"]
    if found.path is None:
        section.miss(name, "ike-scan", found.reason)
        return
    with gateway(*policies) as peer:
        words: list[str | Path] = [found.path, "--ikev2", "--multiline", "--sport=0", f"--dport={peer.port}", "127.0.0.1"]
        ended = bench.run(words, most_seconds=60)
    section.commands.append(shown(ended.command))
    if ended.failure:
        section.miss(name, found.label, ended.failure)
        return
    _add(section, name, found.label, peer, ike_seen.in_ike_scan(ended.output), "not asked", ended.seconds)


def _cryptolyzer(bench: Bench, section: Section, name: str, policies: tuple[Policy, ...]) -> None:
    found = bench.peers["cryptolyzer"]
    if found.path is None:
        section.miss(name, "cryptolyzer", found.reason)
        return
    with gateway(*policies) as peer:
        words: list[str | Path] = [found.path, "--output-format", "json", "ikev2", "ciphers", f"127.0.0.1:{peer.port}"]
        ended = bench.run(words, most_seconds=180)
    section.commands.append(shown(ended.command))
    if ended.failure:
        section.miss(name, found.label, f"{ended.failure}; {peer.heard} datagrams")
        return
    _add(section, name, found.label, peer, ike_seen.in_cryptolyzer(ended.output), "not asked", ended.seconds)


def _add(section: Section, name: str, program: str, peer: Peer, transforms: int, ml_kem: str, seconds: float) -> None:
    of = len(ike_seen.taken_by(peer.responder.policies))
    counts = (str(peer.heard), str(peer.responder.kept), f"{transforms} of {of}")
    section.rows.append((name, program, *counts, ml_kem, f"{seconds:.2f}"))
