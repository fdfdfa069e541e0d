"""The quick profile over many targets that speak ML-KEM, as a whole process with its store, against the bare Go grabber."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.go_programs import FIRST_ADDRESS, FIRST_PORT, Counts, tls_server
from bench.means import Bench, remove_store, shown
from bench.process import Ended
from bench.result import Goal, Section, ratio

ADDRESSES = 200
_LEAST_RATIO = 0.7
_WANTED = "`quick` of 20,000 targets, whole process with store: at least 0.7 of the bare Go program's rate"


@dataclass(frozen=True, slots=True)
class _Run:
    ended: Ended
    server: Counts

    @property
    def rate(self) -> float:
        return self.server.accepted / self.ended.seconds


def measure(bench: Bench) -> Section:
    ports, turns = (25, 1) if bench.fast else (100, 3)
    targets = ADDRESSES * ports
    section = Section(
        f"Quick profile, {targets:,} targets, one handshake each",
        ("program", "wall s", "targets/s", "of Go's rate", "client CPU µs/target", "server CPU µs/target", "connections"),
    )
    pairs: list[tuple[_Run, _Run]] = []
    with tls_server(bench.go(), ports) as server:
        for _ in range(turns):  # In turn, so that a change of load meets both.
            pair: list[_Run] = []
            for own in (False, True):
                before = server.counts()
                ended = _pqscan(bench, ports) if own else _grabber(bench, ports)
                if ended.failure:
                    section.miss("pqscan" if own else "Go grabber", ended.failure)
                    section.goals.append(Goal(_WANTED, ended.failure, None))
                    return section
                pair.append(_Run(ended, server.counts() - before))
            pairs.append((pair[0], pair[1]))
    pairs.sort(key=lambda pair: pair[1].rate / pair[0].rate)
    grabber, pqscan = pairs[len(pairs) // 2]
    for name, one in (("Go grabber", grabber), ("pqscan scan net --profile quick", pqscan)):
        section.rows.append(
            (name, f"{one.ended.seconds:.2f}", f"{targets / one.ended.seconds:,.0f}",
             ratio(grabber.ended.seconds, one.ended.seconds), f"{one.ended.cpu_seconds / targets * 1e6:.0f}",
             f"{one.server.cpu_seconds / targets * 1e6:.0f}", f"{one.server.accepted:,}")
        )  # fmt: skip
        section.commands.append(shown(one.ended.command))
    ratios = [one.ended.seconds / other.ended.seconds for one, other in pairs]
    section.notes.append(
        "The pair with the median ratio of " + f"{len(pairs)}: " + ", ".join(f"{value:.2f}" for value in ratios) + "."
    )
    cpu = [one.ended.cpu_seconds + one.server.cpu_seconds for one in (grabber, pqscan)]
    section.notes.append(
        f"By CPU time, server and client together, {cpu[0] / cpu[1]:.2f}: what cores that nobody else uses would give."
    )
    section.notes.append("Server and client share the machine's cores. Go keeps the certificates in memory; pqscan commits them.")
    figure = grabber.ended.seconds / pqscan.ended.seconds
    section.goals.append(Goal(_WANTED, f"{figure:.2f}" + (f" ({targets:,} targets)" if bench.fast else ""), figure >= _LEAST_RATIO))
    return section


def _grabber(bench: Bench, ports: int) -> Ended:
    command: list[str | Path] = [bench.go() / "grabber", "-address", FIRST_ADDRESS, "-addresses", str(ADDRESSES)]
    return bench.run([*command, "-port", str(FIRST_PORT), "-ports", str(ports)], most_seconds=600)


def _pqscan(bench: Bench, ports: int) -> Ended:
    store = bench.fresh_store()
    words = (f"{FIRST_ADDRESS}-127.0.1.{ADDRESSES}", "--ports", f"{FIRST_PORT}-{FIRST_PORT + ports - 1}", "--profile", "quick")
    ended = bench.pqscan(store, "scan", "net", *words, "--discover", "none")
    remove_store(store)
    return ended
