"""A full inventory of many endpoints in one run: endpoints a second, against the peers that have a batch mode."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.go_programs import FIRST_ADDRESS, FIRST_PORT, Server
from bench.means import Bench, remove_store, shown
from bench.process import Ended
from bench.result import Goal, Section, ratio

_ENDPOINTS = 200
_OVER_SSLYZE = 16.0


def measure(bench: Bench) -> Section:
    section = Section(
        f"Inventory of {_ENDPOINTS} endpoints in one run",
        ("program", "endpoints", "wall s", "endpoints/s", "pqscan is", "CPU s", "connections each"),
    )
    rates: dict[str, float] = {}
    with Server(bench.go()) as server:
        for name, peer, count in (("pqscan", None, _ENDPOINTS), *_peers(bench)):
            before = server.counts()
            ended = _pqscan(bench) if peer is None else _peer(bench, peer, count)
            if ended is None:
                section.miss(name, bench.peers[name].reason)
                continue
            section.commands.append(shown(ended.command))
            if ended.failure:
                section.miss(name, ended.failure)
                continue
            rates[name] = count / ended.seconds
            connections = (server.counts() - before).accepted / count
            label = name if peer is None else bench.peers[peer].label
            section.rows.append(
                (label, str(count), f"{ended.seconds:.2f}", f"{rates[name]:.1f}", ratio(rates["pqscan"], rates[name]),
                 f"{ended.cpu_seconds:.1f}", f"{connections:.1f}")
            )  # fmt: skip
    section.notes.append("The peers with a batch mode; sslyze finds none of the three hybrid groups, nmap no groups at all.")
    section.goals += [
        _goal(rates, "sslyze", _OVER_SSLYZE, "`inventory` of 200 endpoints: at least 16 times sslyze's endpoints per second"),
        _goal(rates, "nmap", 1.0, "`inventory` of 200 endpoints: more than nmap ssl-enum-ciphers + ssl-cert"),
    ]
    return section


def _goal(rates: dict[str, float], peer: str, least: float, wanted: str) -> Goal:
    if "pqscan" not in rates or peer not in rates:
        return Goal(wanted, "one of the two gave no figure", None)
    own, other = rates["pqscan"], rates[peer]
    return Goal(wanted, f"{own:.1f}/s against {other:.1f}/s: {ratio(own, other)}", own > other and own >= least * other)


def _peers(bench: Bench) -> tuple[tuple[str, str, int], ...]:
    few = 20 if bench.fast else _ENDPOINTS
    return (("nmap", "nmap", _ENDPOINTS), ("sslscan", "sslscan", few), ("sslyze", "sslyze", few))


def _pqscan(bench: Bench) -> Ended:
    store = bench.fresh_store()
    words = (f"{FIRST_ADDRESS}-127.0.1.{_ENDPOINTS}", "--ports", str(FIRST_PORT), "--profile", "inventory")
    ended = bench.pqscan(store, "scan", "net", *words)
    remove_store(store)
    return ended


def _peer(bench: Bench, name: str, count: int) -> Ended | None:
    path = bench.peers[name].path
    if path is None:
        return None
    targets = [f"127.0.1.{last}:{FIRST_PORT}" for last in range(1, count + 1)]
    listed = bench.folder / "targets"
    listed.write_text("\n".join(targets) + "\n", encoding="utf-8")
    commands: dict[str, list[str | Path]] = {
        "nmap": [path, "-Pn", "-n", "-p", str(FIRST_PORT), "--script", "ssl-enum-ciphers,ssl-cert", f"127.0.1.1-{count}"],
        "sslscan": [path, "--no-colour", f"--targets={listed}"],
        "sslyze": [path, f"--targets_in={listed}", f"--json_out={bench.folder / 'sslyze.json'}"],
    }
    ended = bench.run(commands[name], most_seconds=900)
    if name == "sslyze" and ended.code == 1:  # It tells so that endpoints do not follow its recommendations.
        return replace(ended, code=0)
    return ended
