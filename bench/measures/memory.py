"""Whether a scan's memory grows with the number of its targets: all processes of one scan together."""

from __future__ import annotations

from bench.go_programs import FIRST_PORT, tls_server
from bench.means import Bench, remove_store, shown
from bench.result import Goal, Section, megabytes

_ADDRESSES = 256
_WANTED = "scanning memory flat from 1,000 to 65,536 targets"
_MOST_GROWTH = 1.15  # with 64 times the targets: the noise of one measurement, no more


def measure(bench: Bench) -> Section:
    section = Section("Memory while scanning, all processes together", ("targets", "peak resident", "wall s", "rows kept"))
    sizes = (4, 32) if bench.fast else (4, 64, 256)  # ports
    peaks: list[int] = []
    with tls_server(bench.go(), max(sizes)) as server:
        for ports in sizes:
            store = bench.fresh_store()
            before = server.counts()
            ended = bench.pqscan(
                store, "scan", "net", "127.0.2.0-127.0.2.255", "--ports", f"{FIRST_PORT}-{FIRST_PORT + ports - 1}",
                "--profile", "quick", "--workers", "2", watch_memory=True,
            )  # fmt: skip
            remove_store(store)
            section.commands.append(shown(ended.command))
            if ended.failure:
                section.miss(f"{_ADDRESSES * ports:,}", ended.failure)
                section.goals.append(Goal(_WANTED, ended.failure, None))
                return section
            peaks.append(ended.peak_bytes)
            completed = (server.counts() - before).completed
            section.rows.append((f"{_ADDRESSES * ports:,}", megabytes(ended.peak_bytes), f"{ended.seconds:.1f}", f"{completed:,}"))
    if not peaks[0]:
        section.goals.append(Goal(_WANTED, "memory cannot be read here (no /proc)", None))
        return section
    growth = peaks[-1] / peaks[0]
    section.notes.append("Two worker processes at every size, so that only the number of targets differs; resident memory summed.")
    section.goals.append(Goal(_WANTED, f"{megabytes(peaks[0])} to {megabytes(peaks[-1])}: {growth:.2f} ×", growth <= _MOST_GROWTH))
    return section
