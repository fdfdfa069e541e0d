"""Many SSH servers in one run: endpoints a second, against the peers that take a list of them. OpenSSH as the system has it, and a
server in Go that costs far less than any that is met, so that the programs that ask are all of the cost."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from pathlib import Path

from bench.go_programs import FIRST_PORT, NoServer, ssh_server
from bench.means import Bench, remove_store, shown
from bench.openssh import many
from bench.process import Ended
from bench.result import Goal, Section, ratio

_OVER_SSH_AUDIT = 20.0
_OWN, _QUICK = "pqscan, inventory", "pqscan, quick"
_AUDIT, _AUDIT_WITHOUT, _NMAP = "ssh-audit", "ssh-audit, no rate test", "nmap"
_WANTED = {_QUICK: "complete lists and one host key", _OWN: "complete lists and every host key"}
_TOLD = (0, 1, 2, 3)  # ssh-audit's exit codes: 2 and 3 are its opinion of the servers
_GO = "Go, x/crypto"


@dataclass(frozen=True, slots=True)
class _Run:
    ended: Ended
    count: int

    @property
    def rate(self) -> float:
        return self.count / self.ended.seconds


def measure(bench: Bench) -> Section:
    count = 200 if bench.fast else 1000
    section = Section(
        f"{count:,} SSH servers in one run", ("server", "program", "servers", "wall s", "servers/s", "pqscan is", "CPU s")
    )
    try:
        with many(count, FIRST_PORT) as version:
            rates = _ask(bench, section, version, count)
        for own, told in _WANTED.items():
            section.goals.append(_goal(rates, own, f"{count:,} servers of OpenSSH, {told}: at least 20 times ssh-audit's rate"))
    except NoServer as error:
        section.miss("OpenSSH", str(error))
    try:
        with ssh_server(bench.go_with_ssh()):
            _ask(bench, section, _GO, count)
    except NoServer as error:
        section.miss(_GO, str(error))
    section.notes += [
        "Both profiles of pqscan before and after its peers; the medians count. The inventory asks for each of the host keys.",
        "ssh-audit asks 32 servers at once, as it does by itself; “no rate test” is --skip-rate-test, without which it opens up to "
        "38 connections to each server to see whether it slows down. CryptoLyzer, which takes seconds to start, is left out.",
        "All share the cores with whoever asks: OpenSSH makes a process for each connection, the server in Go does not.",
    ]
    return section


def _ask(bench: Bench, section: Section, server: str, count: int) -> dict[str, float]:
    """Every program in turn; the rate of each that got through."""
    found: dict[str, list[_Run]] = {}
    for name, asked in _turns(bench, count):
        ended = _run(bench, name, asked)
        if ended is None or ended.failure:
            section.miss(server, name, bench.peers[name.partition(",")[0]].reason if ended is None else ended.failure)
            continue
        found.setdefault(name, []).append(_Run(ended, asked))
    rates = {name: statistics.median(run.rate for run in runs) for name, runs in found.items()}
    for name, runs in found.items():
        run = min(runs, key=lambda run: abs(run.rate - rates[name]))
        section.commands.append(shown(run.ended.command))
        section.rows.append(
            (server, _label(bench, name), f"{run.count:,}", f"{run.ended.seconds:.2f}", f"{rates[name]:.1f}",
             ratio(rates.get(_OWN, 0.0), rates[name]), f"{run.ended.cpu_seconds:.1f}")
        )  # fmt: skip
    return rates


def _goal(rates: dict[str, float], own: str, wanted: str) -> Goal:
    if own not in rates or _AUDIT not in rates:
        return Goal(wanted, "one of the two gave no figure", None)
    rate, other = rates[own], rates[_AUDIT]
    return Goal(wanted, f"{rate:.1f}/s against {other:.1f}/s: {ratio(rate, other)}", rate >= _OVER_SSH_AUDIT * other)


def _label(bench: Bench, name: str) -> str:
    peer = bench.peers.get(name.partition(",")[0])
    return name if peer is None else name.replace(peer.peer.name, peer.label)


def _turns(bench: Bench, count: int) -> tuple[tuple[str, int], ...]:
    few = 40 if bench.fast else 150
    own = (_OWN, count), (_QUICK, count)
    return *own, (_AUDIT, few), (_AUDIT_WITHOUT, few), (_NMAP, few), *own


def _addresses(count: int) -> list[str]:
    return [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(count)]


def _run(bench: Bench, name: str, count: int) -> Ended | None:
    """None where the peer is missing."""
    addresses = _addresses(count)
    if name in (_OWN, _QUICK):
        store = bench.fresh_store()
        listed = bench.folder / "ssh-targets"
        listed.write_text("".join(f"{address}:{FIRST_PORT}/ssh\n" for address in addresses), encoding="utf-8")
        ended = bench.pqscan(store, "scan", "net", f"@{listed}", "--discover", "none", "--profile",
                             name.rpartition(" ")[2])  # fmt: skip
        remove_store(store)
        return ended
    path = bench.peers[name.partition(",")[0]].path
    if path is None:
        return None
    command: list[str | Path]
    listed = bench.folder / "targets"
    if name == _NMAP:
        listed.write_text("".join(f"{address}\n" for address in addresses), encoding="utf-8")
        scripts = ["--script", "+ssh2-enum-algos,+ssh-hostkey"]
        command = [path, "-Pn", "-n", "-p", str(FIRST_PORT), *scripts, "-iL", listed]
    else:
        listed.write_text("".join(f"{address}:{FIRST_PORT}\n" for address in addresses), encoding="utf-8")
        command = [path, *(["--skip-rate-test"] if name == _AUDIT_WITHOUT else []), "-jj", "-T", listed]
    ended = bench.run(command, most_seconds=300)
    return replace(ended, code=0) if name in (_AUDIT, _AUDIT_WITHOUT) and ended.code in _TOLD else ended
