"""Those who wait for the budgets, in the order of asking, by what holds each of them back. Keeps no clock and no thread.

One address that has to wait keeps no other waiting. Where a place comes free by somebody else's doing (the sweep and the
probes share one `Pace`), the first in line finds out within `POLL_SECONDS`.
"""

from __future__ import annotations

import heapq
from collections import deque
from typing import Generic, TypeVar

from pqscan.net.budget import EVERYTHING, Hindrance, Pace

POLL_SECONDS = 0.05

TicketT = TypeVar("TicketT")


class Line(Generic[TicketT]):
    """`add` takes one in, `next` gives out who may go. Who goes has its place taken: `leave` must follow."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._waiting: dict[str, deque[str]] = {}  # addresses by level
        self._tickets: dict[str, deque[TicketT]] = {}  # by address, in the order of asking, at whatever level each waits
        self._alarms: list[tuple[float, str]] = []  # a heap; an alarm that is not in `_due` any more is void
        self._due: dict[str, float] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def is_held_by_everything(self) -> bool:
        """Whether the limits of all peers together hold somebody back: then it helps nobody to ask for another one."""
        return EVERYTHING in self._waiting

    @property
    def next_at(self) -> float | None:
        """When to call `next` again at the latest; None where nobody waits."""
        while self._alarms and self._due.get(self._alarms[0][1]) != self._alarms[0][0]:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    def add(self, address: str, ticket: TicketT, now: float) -> bool:
        """True: it may go at once, and is not in the line. Nobody overtakes those who wait for the same."""
        for level in (address, self._pace.limits.network_of(address), EVERYTHING):
            if level in self._waiting:
                self._waiting[level].append(address)
                self._keep(address, ticket)
                return False
        hindrance = self._pace.begin(address, now)
        if hindrance is None:
            return True
        self._wait_at(hindrance, address, now)
        self._keep(address, ticket)
        return False

    def next(self, now: float) -> TicketT | None:
        """Somebody who may go now; None where nobody may."""
        while (at := self.next_at) is not None and at <= now:
            level = self._alarms[0][1]
            queue = self._waiting[level]
            address = queue[0]
            overtakes = level != address and address in self._waiting
            hindrance = Hindrance(address, None) if overtakes else self._pace.begin(address, now)
            if hindrance is not None and hindrance.level == level:
                self._alarm(hindrance, now)
                continue
            queue.popleft()
            if not queue:
                del self._waiting[level], self._due[level]
            if hindrance is None:
                return self._take(address)
            self._wait_at(hindrance, address, now)
        return None

    def leave(self, address: str, now: float) -> None:
        """One that went has ended."""
        self._pace.end(address, now)
        for level in (EVERYTHING, self._pace.limits.network_of(address), address):
            if level in self._waiting:
                self._set_alarm(level, now)

    def _keep(self, address: str, ticket: TicketT) -> None:
        self._tickets.setdefault(address, deque()).append(ticket)
        self._count += 1

    def _take(self, address: str) -> TicketT:
        """The first of an address, whoever's turn it is: its tickets wait for the same."""
        tickets = self._tickets[address]
        ticket = tickets.popleft()
        if not tickets:
            del self._tickets[address]
        self._count -= 1
        return ticket

    def _wait_at(self, hindrance: Hindrance, address: str, now: float) -> None:
        queue = self._waiting.get(hindrance.level)
        if queue is None:
            queue = self._waiting[hindrance.level] = deque()
            self._alarm(hindrance, now)
        queue.append(address)

    def _alarm(self, hindrance: Hindrance, now: float) -> None:
        self._set_alarm(hindrance.level, now + (POLL_SECONDS if hindrance.seconds is None else hindrance.seconds))

    def _set_alarm(self, level: str, at: float) -> None:
        self._due[level] = at
        heapq.heappush(self._alarms, (at, level))
