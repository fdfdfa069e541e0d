"""Many SSH servers in one run: endpoints a second, against the peers that take a list of them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from pathlib import Path

from bench.go_programs import FIRST_PORT, ssh_server
from bench.means import Bench, remove_store, shown
from bench.process import Ended
from bench.result import Goal, Section, ratio

_ADDRESSES = 200
_OVER_SSH_AUDIT = 20.0
_OWN, _QUICK = "pqscan, inventory", "pqscan, quick"
_AUDIT, _AUDIT_WITHOUT, _NMAP = "ssh-audit", "ssh-audit, no rate test", "nmap"
_WANTED = {_QUICK: "complete lists and one host key", _OWN: "complete lists and every host key"}
_TOLD = (0, 1, 2, 3)  # ssh-audit's exit codes: 2 and 3 are its opinion of the servers


@dataclass(frozen=True, slots=True)
class _Run:
    ended: Ended
    count: int
    connections: float  # each
    server_seconds: float  # of CPU, each

    @property
    def rate(self) -> float:
        return self.count / self.ended.seconds


def measure(bench: Bench) -> Section:
    ports = 1 if bench.fast else 5
    count = _ADDRESSES * ports
    section = Section(
        f"{count:,} SSH servers in one run",
        ("program", "servers", "wall s", "servers/s", "pqscan is", "CPU s", "server's CPU ms each", "connections each"),
    )
    found: dict[str, list[_Run]] = {}
    with ssh_server(bench.go_with_ssh(), ports) as server:
        for name, asked in _turns(bench, count):
            before = server.counts()
            ended = _run(bench, name, asked, ports)
            used = server.counts() - before
            if ended is None or ended.failure:
                section.miss(name, bench.peers[name.partition(",")[0]].reason if ended is None else ended.failure)
                continue
            found.setdefault(name, []).append(_Run(ended, asked, used.accepted / asked, used.cpu_seconds / asked))
    rates = {name: statistics.median(run.rate for run in runs) for name, runs in found.items()}
    for name, runs in found.items():
        run = min(runs, key=lambda run: abs(run.rate - rates[name]))
        section.commands.append(shown(run.ended.command))
        section.rows.append(
            (_label(bench, name), f"{run.count:,}", f"{run.ended.seconds:.2f}", f"{rates[name]:.1f}",
             ratio(rates.get(_OWN, 0.0), rates[name]),
             f"{run.ended.cpu_seconds:.1f}", f"{run.server_seconds * 1e3:.2f}", f"{run.connections:.1f}")
        )  # fmt: skip
    section.notes += [
        "Both profiles of pqscan before and after its peers; the medians count. The inventory asks for each of the host keys.",
        "ssh-audit asks 32 servers at once, as it does by itself; “no rate test” is --skip-rate-test, without which it opens up to "
        "38 connections to each server to see whether it slows down. CryptoLyzer, which takes seconds to start, is left out.",
    ]
    section.goals += [
        _goal(rates, own, f"{count:,} SSH servers, {told}: at least 20 times ssh-audit's rate") for own, told in _WANTED.items()
    ]
    return section


def _goal(rates: dict[str, float], own: str, wanted: str) -> Goal:
    if own not in rates or _AUDIT not in rates:
        return Goal(wanted, "one of the two gave no figure", None)
    rate, other = rates[own], rates[_AUDIT]
    return Goal(wanted, f"{rate:.1f}/s against {other:.1f}/s: {ratio(rate, other)}", rate >= _OVER_SSH_AUDIT * other)


def _label(bench: Bench, name: str) -> str:
    peer = bench.peers.get(name.partition(",")[0])
    return name if peer is None else name.replace(peer.peer.name, peer.label)


def _turns(bench: Bench, count: int) -> tuple[tuple[str, int], ...]:
    few = 40 if bench.fast else 200
    own = (_OWN, count), (_QUICK, count)
    return *own, (_AUDIT, few), (_AUDIT_WITHOUT, few), (_NMAP, few), *own


def _run(bench: Bench, name: str, count: int, ports: int) -> Ended | None:
    """None where the peer is missing."""
    if name in (_OWN, _QUICK):
        store = bench.fresh_store()
        words = [f"127.0.1.1-127.0.1.{_ADDRESSES}", "--ports", ",".join(f"{FIRST_PORT + port}/ssh" for port in range(ports))]
        ended = bench.pqscan(store, "scan", "net", *words, "--discover", "none", "--profile",
                             name.rpartition(" ")[2])  # fmt: skip
        remove_store(store)
        return ended
    path = bench.peers[name.partition(",")[0]].path
    if path is None:
        return None
    command: list[str | Path]
    if name == _NMAP:
        scripts = ["--script", "+ssh2-enum-algos,+ssh-hostkey"]
        command = [path, "-Pn", "-n", "-p", str(FIRST_PORT), *scripts, f"127.0.1.1-{count}"]
    else:
        listed = bench.folder / "targets"
        listed.write_text("".join(f"127.0.1.{last}:{FIRST_PORT}\n" for last in range(1, count + 1)), encoding="utf-8")
        command = [path, *(["--skip-rate-test"] if name == _AUDIT_WITHOUT else []), "-jj", "-T", listed]
    ended = bench.run(command, most_seconds=300)
    return replace(ended, code=0) if name in (_AUDIT, _AUDIT_WITHOUT) and ended.code in _TOLD else ended
