"""A file that lies in memory, as a probe is shown it; and probes asked about one, with what its comments say."""

from __future__ import annotations

import asyncio

from pqscan.model.outcome import Facts
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe
from pqscan.scan.files.decided import with_decisions
from pqscan.scan.files.marks import Beginnings, PlainSearcher
from pqscan.scan.files.piece import IGNORE, Piece


def piece_for(probe: FileProbe, data: bytes) -> Piece:
    """The whole file with the places of the probe's marks."""
    anywhere = (IGNORE, *(mark for mark in probe.marks if not mark.at_start))
    found = {**PlainSearcher(anywhere).find(data), **Beginnings(probe.marks).find(data)}
    return Piece(data, found, lines_before=None if b"\0" in data[:8192] else 0)


class Asked:
    """A probe that is asked about one file after another, and its searches made once: for grown octets, of which there are many."""

    def __init__(self, probe: FileProbe) -> None:
        self._probe = probe
        self._search = PlainSearcher((IGNORE, *(mark for mark in probe.marks if not mark.at_start)))
        self._beginnings = Beginnings(probe.marks)

    def facts_of(self, data: bytes) -> Facts:
        """What the probe says of the file. Raises what the probe raises."""
        found = {**self._search.find(data), **self._beginnings.find(data)}
        piece = Piece(data, found, lines_before=None if b"\0" in data[:8192] else 0)
        try:
            self._probe.run(FileTarget("machine", "some.file"), piece).send(None)
        except StopIteration as stop:
            facts: Facts = stop.value
            return with_decisions(facts, piece)
        raise AssertionError("a file probe waits for something")


def facts_of(probe: FileProbe, data: bytes, name: str = "some.file") -> Facts:
    """What the probe says of the file. Raises what the probe raises."""
    piece = piece_for(probe, data)
    return with_decisions(asyncio.run(probe.run(FileTarget("machine", name), piece)), piece)
