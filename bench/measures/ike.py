"""How many datagrams tell whether a VPN gateway takes ML-KEM, and how many half-open exchanges it is left with."""

from __future__ import annotations

import json
import sys

from bench.means import Bench, remove_store, shown
from bench.place import ROOT
from bench.result import Goal, Section

_WANTED = "IKE: the ML-KEM answer in at most 6 datagrams and one half-open exchange"
_MOST_DATAGRAMS, _MOST_KEPT = 6, 1


def measure(bench: Bench) -> Section:
    """Against responders of the tests, which follow RFC 7296 in memory and count; real gateways are asked in `make lab-debian`."""
    if str(ROOT) not in sys.path:
        sys.path.append(str(ROOT))
    from tests.peers.ike_gateway import GATEWAYS, gateway

    section = Section(
        "VPN gateways: whether IKEv2 takes ML-KEM", ("gateway", "profile", "datagrams", "half-open", "ML-KEM found", "wall s")
    )
    figures: list[tuple[int, int, bool]] = []
    for name, policies in GATEWAYS.items():
        for profile in ("quick", "inventory"):
            store = bench.fresh_store()
            with gateway(*policies) as peer:
                ended = bench.pqscan(store, "scan", "net", f"127.0.0.1:{peer.port}/ike", "--profile", profile)
                told = bench.pqscan(store, "report", "json")
            remove_store(store)
            if ended.failure or told.failure:
                section.miss(name, ended.failure or told.failure)
                continue
            found = _ml_kem(told.output)
            right = found == peer.ml_kem
            if profile == "quick":
                section.commands.append(shown(ended.command))
                figures.append((peer.heard, peer.responder.kept, right))
            names = ", ".join(sorted(found)) or "none"
            cells = (str(peer.heard), str(peer.responder.kept), names if right else f"{names}: wrong", f"{ended.seconds:.2f}")
            section.rows.append((name, profile, *cells))
    if not figures:
        section.goals.append(Goal(_WANTED, "no gateway could be asked", None))
        return section
    datagrams, kept = max(each for each, _, _ in figures), max(each for _, each, _ in figures)
    met = datagrams <= _MOST_DATAGRAMS and kept <= _MOST_KEPT and all(right for _, _, right in figures)
    section.goals.append(Goal(_WANTED, f"{datagrams} datagrams, {kept} half-open", met))
    section.notes.append(
        "No peer can be set beside it: ike-scan 1.9.5 and cryptolyzer 1.6.1 never offer an additional key exchange."
    )
    return section


def _ml_kem(document: str) -> frozenset[str]:
    return frozenset(
        one["name"]
        for profile in json.loads(document)["profiles"].values()
        for one in profile["observations"]
        if one["subject"] == "ike_additional_key_exchange" and one["support"] in ("accepted", "selected")
    )
