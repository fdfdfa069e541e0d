"""How fast closed addresses are found closed: a /16 of loopback on a port that nobody serves, against nmap's connect scan."""

from __future__ import annotations

import statistics
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.process import Ended
from bench.result import Goal, Section, ratio

_CLOSED_PORT = "9"
_ONE = "127.2.0.1"
_WANTED = "discovery of closed addresses of a /16 on loopback: at least the rate of nmap -sT, start-up excluded"


def measure(bench: Bench) -> Section:
    network, count = ("127.2.0.0/18", 1 << 14) if bench.fast else ("127.2.0.0/16", 1 << 16)
    section = Section(
        f"Discovery of {count:,} closed addresses", ("program", "wall s", "start-up s", "addresses/s", "of nmap's rate", "CPU s")
    )
    runs = {"pqscan": _pqscan(bench, network)}
    nmap = bench.peers["nmap"]
    if nmap.path is not None:
        command: list[str | Path] = [nmap.path, "-sT", "-Pn", "-n", "-p", _CLOSED_PORT]
        whole = [bench.run([*command, network], most_seconds=600) for _ in range(_TURNS)]
        runs[nmap.label] = whole, [bench.run([*command, _ONE], most_seconds=60) for _ in range(_TURNS)]
    rates: dict[str, float] = {}
    for name, (whole, single) in runs.items():
        failed = next((ended.failure for ended in (*whole, *single) if ended.failure), "")
        section.commands.append(shown(whole[0].command))
        if failed:
            section.miss(name, failed)
            continue
        seconds, start = (statistics.median(ended.seconds for ended in each) for each in (whole, single))
        rates[name] = (count - 1) / max(1e-9, seconds - start)
        cpu = statistics.median(ended.cpu_seconds for ended in whole)
        section.rows.append((name, f"{seconds:.2f}", f"{start:.2f}", f"{rates[name]:,.0f}", "", f"{cpu:.2f}"))
    section.notes.append(f"Medians of {_TURNS}; start-up is the same command for one address.")
    other = rates.get(nmap.label)
    if other is None:
        section.miss("nmap", nmap.reason)
    section.rows = [(*row[:4], ratio(rates[row[0]], other), row[5]) if other and row[0] in rates else row for row in section.rows]
    if "pqscan" not in rates or other is None:
        section.goals.append(Goal(_WANTED, "one of the two gave no figure", None))
    else:
        figure = f"{rates['pqscan']:,.0f}/s against {other:,.0f}/s: {ratio(rates['pqscan'], other)}"
        section.goals.append(Goal(_WANTED, figure, rates["pqscan"] >= other))
    return section


_TURNS = 3


def _pqscan(bench: Bench, network: str) -> tuple[list[Ended], list[Ended]]:
    every: tuple[list[Ended], list[Ended]] = ([], [])
    for where, kept in zip((network, _ONE), every, strict=True):
        for _ in range(_TURNS):
            store = bench.fresh_store()
            kept.append(bench.pqscan(store, "scan", "net", where, "--ports", _CLOSED_PORT, "--discover", "connect"))
            remove_store(store)
    return every
