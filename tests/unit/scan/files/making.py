"""A file that lies in memory, as a probe is shown it; and probes asked about one."""

from __future__ import annotations

import asyncio

from pqscan.model.outcome import Facts
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe
from pqscan.scan.files.marks import Beginnings, PlainSearcher
from pqscan.scan.files.piece import Piece


def piece_for(probe: FileProbe, data: bytes) -> Piece:
    """The whole file with the places of the probe's marks."""
    anywhere = tuple(mark for mark in probe.marks if not mark.at_start)
    found = {**PlainSearcher(anywhere).find(data), **Beginnings(probe.marks).find(data)}
    return Piece(data, found, lines_before=None if b"\0" in data[:8192] else 0)


def facts_of(probe: FileProbe, data: bytes, name: str = "some.file") -> Facts:
    """What the probe says of the file. Raises what the probe raises."""
    return asyncio.run(probe.run(FileTarget("machine", name), piece_for(probe, data)))
