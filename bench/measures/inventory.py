"""A full inventory of many endpoints in one run: endpoints a second, against the peers that have a batch mode."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from pathlib import Path

from bench.go_programs import FIRST_ADDRESS, FIRST_PORT, tls_server
from bench.means import Bench, remove_store, shown
from bench.process import Ended
from bench.result import Goal, Section, ratio

_ENDPOINTS = 200
_OVER_SSLYZE = 16.0
_OWN = "pqscan"


@dataclass(frozen=True, slots=True)
class _Run:
    ended: Ended
    count: int
    connections: float  # each

    @property
    def rate(self) -> float:
        return self.count / self.ended.seconds


def measure(bench: Bench) -> Section:
    section = Section(
        f"Inventory of {_ENDPOINTS} endpoints in one run",
        ("program", "endpoints", "wall s", "endpoints/s", "pqscan is", "CPU s", "connections each"),
    )
    found: dict[str, list[_Run]] = {}
    with tls_server(bench.go()) as server:
        for name, count in _turns(bench):
            before = server.counts()
            ended = _pqscan(bench) if name == _OWN else _peer(bench, name, count)
            if ended is None or ended.failure:
                section.miss(name, bench.peers[name].reason if ended is None else ended.failure)
                continue
            found.setdefault(name, []).append(_Run(ended, count, (server.counts() - before).accepted / count))
    rates = {name: statistics.median(run.rate for run in runs) for name, runs in found.items()}
    for name, runs in found.items():
        run = min(runs, key=lambda run: abs(run.rate - rates[name]))
        section.commands.append(shown(run.ended.command))
        label = name if name == _OWN else bench.peers[name].label
        section.rows.append(
            (label, str(run.count), f"{run.ended.seconds:.2f}", f"{rates[name]:.1f}", ratio(rates.get(_OWN, 0.0), rates[name]),
             f"{run.ended.cpu_seconds:.1f}", f"{run.connections:.1f}")
        )  # fmt: skip
    own = ", ".join(f"{run.ended.seconds:.2f}" for run in found.get(_OWN, ()))
    section.notes.append(
        f"pqscan before, between and after its peers, as seconds vary more than minutes: {own} s; the median counts."
    )
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


def _turns(bench: Bench) -> tuple[tuple[str, int], ...]:
    few = 20 if bench.fast else _ENDPOINTS
    own = (_OWN, _ENDPOINTS)
    return own, ("nmap", _ENDPOINTS), ("sslscan", few), own, ("sslyze", few), own


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
