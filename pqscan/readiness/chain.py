"""The chain of acts: each entry's hash is SHA-256 over the hash before it and the entry's canonical JSON.

As in the audit log of scans, whoever keeps a head (how many entries, and the last one's hash) can show later that nothing before
it was altered, taken out or put in between, and that nothing was cut off the end. Entries are walked as they are stored.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pqscan.readiness.act import Act

START = "0" * 64
"""What stands in the place of a hash before the first entry."""


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The end of a chain: how many entries, and the hash (lower-case hex) of the last."""

    entries: int
    hash: str


EMPTY = ChainHead(0, START)


@dataclass(frozen=True, slots=True)
class ChainedAct:
    """An act in its place: `number` counts from 1."""

    number: int
    act: Act
    previous_hash: str
    hash: str


class ChainFault(StrEnum):
    """Why the number that is told with it does not fit."""

    MISSING = "missing"  # an entry was taken out
    OUT_OF_PLACE = "out_of_place"  # it does not name the hash of the entry before it
    ALTERED = "altered"  # its own hash is not that of what it says
    UNREADABLE = "unreadable"  # no program of ours wrote it so
    CUT = "cut"  # the chain ends before an entry that was noted elsewhere
    REWRITTEN = "rewritten"  # another entry was noted elsewhere under its number
    REGISTER = "register"  # the register is not what this act, the last that changed it, left
    DECISIONS = "decisions"  # the decisions it made were altered, taken out, or are not its own
    SNAPSHOT = "snapshot"  # the same of a snapshot
    SETTING = "setting"  # the same of a setting


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a walk found. `entries` and `head` are as far as the chain holds; `number` is the first that does not fit.

    A number of 0 with a fault: rows that no act left. `ran_back` are acts whose time is before that of the act before them, which
    a clock that was set back does, and so may somebody who wants to hide: how many, and the first few numbers."""

    head: ChainHead
    fault: ChainFault | None = None
    number: int | None = None
    ran_back: int = 0
    first_ran_back: tuple[int, ...] = ()

    @property
    def entries(self) -> int:
        return self.head.entries

    @property
    def is_whole(self) -> bool:
        return self.fault is None


def canonical(document: object) -> str:
    """JSON that is the same whatever order the keys came in, and whichever database kept it."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def link(previous: str, entry: Mapping[str, object]) -> str:
    """The hash of an entry that follows the one with the hash `previous`."""
    return hashlib.sha256(previous.encode("ascii") + canonical(entry).encode("utf-8")).hexdigest()


class Walk:
    """Takes the entries one after the other and stops listening at the first that does not fit."""

    _MOST_NAMED = 20

    def __init__(self, anchors: Iterable[ChainHead] = ()) -> None:
        self.head = EMPTY
        self.fault: tuple[int, ChainFault] | None = None
        self._anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            if anchor.entries > 0:
                self._anchors.setdefault(anchor.entries, set()).add(anchor.hash)
        self._latest = ""
        self._ran_back = 0
        self._first_ran_back: list[int] = []

    def step(self, number: object, at: str, previous: object, told: object, entry: Mapping[str, object]) -> bool:
        """Whether the entry fits. `at` is its time as text that sorts as time does; `told` is the hash that stands with it."""
        expected = self.head.entries + 1
        if number != expected:
            return self._stop(
                expected, ChainFault.MISSING if isinstance(number, int) and number > expected else ChainFault.UNREADABLE
            )
        if previous != self.head.hash:
            return self._stop(expected, ChainFault.OUT_OF_PLACE)
        try:
            reckoned = link(self.head.hash, entry)
        except (TypeError, ValueError, RecursionError):
            return self._stop(expected, ChainFault.UNREADABLE)
        if told != reckoned:
            return self._stop(expected, ChainFault.ALTERED)
        if self._anchors.get(expected, {reckoned}) != {reckoned}:  # Noted otherwise, or in two ways.
            return self._stop(expected, ChainFault.REWRITTEN)
        if at < self._latest:
            self._ran_back += 1
            if len(self._first_ran_back) < self._MOST_NAMED:
                self._first_ran_back.append(expected)
        self._latest = at
        self.head = ChainHead(expected, reckoned)
        return True

    def unreadable(self) -> bool:
        """The next entry is none that a program of ours wrote."""
        return self._stop(self.head.entries + 1, ChainFault.UNREADABLE)

    def end(self) -> None:
        """No entry is left."""
        if self.fault is None and max(self._anchors, default=0) > self.head.entries:
            self._stop(self.head.entries + 1, ChainFault.CUT)

    def report(self, faults: Sequence[tuple[int, ChainFault]] = ()) -> ChainReport:
        """`faults` are what was found beside the chain; the first of all counts."""
        first = self.fault if self.fault is not None else min(faults, default=None)
        number, fault = first if first is not None else (None, None)
        return ChainReport(self.head, fault, number, self._ran_back, tuple(self._first_ran_back))

    def _stop(self, number: int, fault: ChainFault) -> bool:
        self.fault = (number, fault)
        return False
