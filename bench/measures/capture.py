"""How fast a capture is read: handshakes among bulk traffic, as a mirror port sees them."""

from __future__ import annotations

import random
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.result import Goal, Section, megabytes
from tests.captures import connection, openssl_handshake, pcap, pcap_record, tcp
from tests.peers.memory_ends import client_context, server_context

_WANTED = "1 GB of captured packets in under 60 s of one core"
_MOST_SECONDS = 60.0
_BULK = 400  # segments of data after each handshake, with an acknowledgement for every second one


def measure(bench: Bench) -> Section:
    size = 100_000_000 if bench.fast else 1_000_000_000
    section = Section("Captured packets", ("file", "packets", "handshakes", "wall s", "CPU s", "peak resident"))
    path = bench.folder / "mirror.pcap"
    packets, handshakes = _write(path, size)
    store = bench.fresh_store()
    try:
        ended = bench.pqscan(store, "scan", "pcap", str(path), most_seconds=600, watch_memory=True)
    finally:
        remove_store(store)
        path.unlink()
    section.commands.append(shown(ended.command))
    if ended.failure:
        section.miss("pqscan", ended.failure)
        section.goals.append(Goal(_WANTED, ended.failure, None))
        return section
    section.rows.append(
        (
            f"{size / 1e9:.1f} GB", f"{packets:,}", f"{handshakes:,}", f"{ended.seconds:.1f}", f"{ended.cpu_seconds:.1f}",
            megabytes(ended.peak_bytes),
        )
    )  # fmt: skip
    each = ended.cpu_seconds * 1e9 / size
    section.goals.append(Goal(_WANTED, f"{each:.1f} s of CPU for each GB", each < _MOST_SECONDS))
    return section


def _write(path: Path, size: int) -> tuple[int, int]:
    """Every connection is of another client, to one of a thousand servers; only the hellos' contents repeat."""
    said = openssl_handshake(client_context(None, b"X25519MLKEM768:X25519"), server_context(None, b"X25519MLKEM768"))
    data = random.Random(1).randbytes(1400)  # The same in every run.
    packets = handshakes = 0
    with path.open("wb") as file:
        written = file.write(pcap([]))
        while written < size:
            handshakes += 1
            client = (f"127.1.{handshakes >> 8 & 255}.{handshakes & 255}", 1024 + handshakes % 60_000)
            server = (f"127.2.{handshakes % 4}.{handshakes % 250}", 443)
            frames = connection(said, client, server, ends=False)
            for number in range(_BULK):
                frames.append(tcp(server, client, 5_000_000 + number * len(data), data))
                if number % 2:
                    frames.append(tcp(client, server, 9))
            packets += len(frames)
            written += file.write(b"".join(pcap_record(frame, 1_700_000_000 + handshakes) for frame in frames))
    return packets, handshakes
