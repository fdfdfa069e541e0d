"""When a result prolongs an interval, when it opens a new one, and what a run has seen of a target. No SQL, no I/O.

A target has one row of intervals per probe and *lane*. The lane is how much an answer can tell: nothing, something at
one of three depths, everything at one of three depths. Answers are compared within their lane only, so a quick or a
broken-off result never closes the interval of a complete deeper one. The open interval of the strongest lane is the
target's current sighting. What the harness proves is kept aside: it is never a target's current sighting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pqscan.model.inventory import HARNESS_PROBE
from pqscan.model.observation import IMPORTED, IMPORTED_NAMES, Profile
from pqscan.model.outcome import Evidence, OutcomeStatus
from pqscan.model.reason import Reason

BLOCK_TARGETS = 1024  # targets whose bits share one row of `visit`
BLOCK_BYTES = BLOCK_TARGETS // 8
RETRYABLE = frozenset({OutcomeStatus.TIMED_OUT, OutcomeStatus.THROTTLED, OutcomeStatus.NOT_ASKED})
_DEPTH = {IMPORTED_NAMES: 1, "quick": 1, IMPORTED: 2, "inventory": 2, "exhaustive": 3}
_COMPLETE = 3


def lane_of(profile: Profile | None) -> int:
    """0 nothing learned; 1 to 3 broken off at quick, inventory, exhaustive; 4 to 6 complete at them.

    A depth of another name counts as inventory. What another program told is never complete: a scan that came to its end stands
    above it whenever it was, and one that was broken off gives way to what is newer."""
    if profile is None:
        return 0
    depth = _DEPTH.get(profile.depth, 2)
    return depth + _COMPLETE if profile.complete else depth


@dataclass(slots=True)
class Result:
    """What an outcome comes down to once its target, profile and chains have their row numbers."""

    target: int
    probe: str
    lane: int
    profile: int | None
    chains: int | None
    status: OutcomeStatus
    detail: Reason | None
    connections: int
    elapsed: float
    at: datetime
    evidence: Evidence | None = None
    is_file: bool = False


@dataclass(slots=True, eq=False)
class Interval:
    """Runs and times in which a target answered alike. `number` is 0 until the interval has a row."""

    target: int
    probe: str
    lane: int
    profile: int | None
    chains: int | None
    status: OutcomeStatus
    detail: Reason | None
    connections: int
    elapsed: float
    first_run: int
    last_run: int
    first_seen: datetime
    last_seen: datetime
    is_open: bool = True
    is_current: bool = False
    number: int = 0
    changed: bool = False
    evidence: Evidence | None = None

    def is_like(self, result: Result) -> bool:
        """Same facts. Where an answer was broken off, how it ended is one of them; a reason's parameters (times) are not."""
        return (
            self.profile == result.profile
            and self.chains == result.chains
            and (
                self.lane > _COMPLETE
                or (self.status is result.status and (self.detail and self.detail.code) == (result.detail and result.detail.code))
            )
        )

    def once_more(self, at: datetime) -> Result:
        """The same answer, given at another time."""
        return Result(
            self.target, self.probe, self.lane, self.profile, self.chains, self.status, self.detail, self.connections, self.elapsed,
            at,
        )  # fmt: skip

    def prolong(self, result: Result, run: int) -> None:
        """Takes one more result into the interval; times and runs only ever widen it."""
        if result.at >= self.last_seen:
            self.last_seen, self.status, self.detail = result.at, result.status, result.detail
            self.connections, self.elapsed = result.connections, result.elapsed
        elif result.at < self.first_seen:
            self.first_seen = result.at
        self.first_run, self.last_run = min(self.first_run, run), max(self.last_run, run)
        self.changed = True


@dataclass(slots=True)
class Ledger:
    """Open intervals and visits of the targets of one batch, as loaded; afterwards what must be written.

    `visits` maps (block, probe) to the bits of each lane. `fresh` are intervals without a row, in order of arrival.
    """

    run: int
    open: dict[tuple[int, str], dict[int, Interval]] = field(default_factory=dict)
    visits: dict[tuple[int, str], dict[int, bytearray]] = field(default_factory=dict)
    fresh: list[Interval] = field(default_factory=list)
    closed: list[Interval] = field(default_factory=list)

    def load(self, intervals: Iterable[Interval], visits: Iterable[tuple[int, str, int, bytes]]) -> None:
        """Takes in what the store holds of the batch's targets: open intervals, and this run's visits."""
        for interval in intervals:
            self.open.setdefault((interval.target, interval.probe), {})[interval.lane] = interval
        for block, probe, lane, bits in visits:
            self.visits.setdefault((block, probe), {})[lane] = bytearray(bits)

    def current(self, target: int, probe: str) -> Interval | None:
        """What a target answers now, of what was loaded."""
        lanes = self.open.get((target, probe), {})
        return next((interval for interval in lanes.values() if interval.is_current), None)

    def enter(self, result: Result) -> None:
        """Records one result. The same result of the same run a second time changes nothing."""
        block, bit = divmod(result.target, BLOCK_TARGETS)
        visits = self.visits.setdefault((block, result.probe), {})
        lanes = self.open.setdefault((result.target, result.probe), {})
        byte, mask = bit >> 3, 1 << (bit & 7)
        retried = False
        for lane, bits in visits.items():
            if bits[byte] & mask:
                if not self._supersedes(result, lane, lanes.get(lane)):
                    return
                bits[byte] &= ~mask
                retried = lane == result.lane
                break
        bits = visits.get(result.lane) or visits.setdefault(result.lane, bytearray(BLOCK_BYTES))
        bits[byte] |= mask
        self._place(result, lanes, retried)

    def enter_first(self, result: Result) -> None:
        """The same for the only result of a target that has none in the store, in the most of a first scan: nothing to compare."""
        block, bit = divmod(result.target, BLOCK_TARGETS)
        visits = self.visits.get((block, result.probe)) or self.visits.setdefault((block, result.probe), {})
        bits = visits.get(result.lane) or visits.setdefault(result.lane, bytearray(BLOCK_BYTES))
        bits[bit >> 3] |= 1 << (bit & 7)
        interval = self._interval(result)
        interval.is_current = result.probe != HARNESS_PROBE
        self.fresh.append(interval)

    def changed(self) -> list[Interval]:
        """The intervals with a row that must be updated, those first that end: a lane has one open interval at any time."""
        present = (interval for lanes in self.open.values() for interval in lanes.values())
        return [*self.closed, *(interval for interval in present if interval.number and interval.changed)]

    def _supersedes(self, result: Result, lane: int, known: Interval | None) -> bool:
        """Whether this run's earlier answer gives way: to one that tells more, or to an end where it had run out of time; that of a
        file to what a resumed run reads there later, since the file changed or passwords opened it.

        Of runs that overlap on one target, only the one that the open interval belongs to can replace its time-out."""
        if result.lane != lane:
            return result.lane > lane
        if known is None or not known.first_run <= self.run <= known.last_run:
            return False
        if lane > _COMPLETE:
            return result.is_file and result.at > known.last_seen and not known.is_like(result)
        if known.status is OutcomeStatus.NOT_ASKED:
            return result.status is not OutcomeStatus.NOT_ASKED
        return known.status in RETRYABLE and result.status not in RETRYABLE

    def _place(self, result: Result, lanes: dict[int, Interval], retried: bool) -> None:
        known = lanes.get(result.lane)
        if known is not None and known.is_like(result):
            known.prolong(result, self.run)
            return
        interval = self._interval(result)
        self.fresh.append(interval)
        is_answer = result.probe != HARNESS_PROBE
        if not lanes:
            interval.is_current, lanes[result.lane] = is_answer, interval
            return
        if known is not None and result.at < known.last_seen and not retried:
            interval.is_open = False  # An older fact that arrives late is history: it does not displace the newer one.
            return
        if known is not None:
            self._close(known)
        strongest = max((lane for lane, other in lanes.items() if other.is_open), default=-1)
        if is_answer and strongest <= result.lane:
            for other in lanes.values():
                if other.is_current:
                    other.is_current, other.changed = False, True
            interval.is_current = True
        lanes[result.lane] = interval

    def _interval(self, result: Result) -> Interval:
        return Interval(
            result.target, result.probe, result.lane, result.profile, result.chains, result.status, result.detail,
            result.connections, result.elapsed, self.run, self.run, result.at, result.at, evidence=result.evidence,
        )  # fmt: skip

    def _close(self, known: Interval) -> None:
        known.is_open, known.is_current, known.changed = False, False, True
        if known.number:
            self.closed.append(known)
