"""The connect sweep: which of many addresses accept a TCP connection, from one loop over non-blocking sockets in a thread.

Open targets go on to the probes; of the others only the status is told. Being swept costs a target one connection without
a byte. Silence costs the connect timeout and a place in the budgets, and whoever has to wait for a budget keeps nobody else
waiting: a silent range takes at most count / places × connect_seconds. A silent address's further ports are not asked.
"""

from __future__ import annotations

import errno
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from pqscan.errors import WorkError
from pqscan.model.outcome import OutcomeStatus
from pqscan.net.budget import Pace, is_loopback
from pqscan.net.connection import NO_WAY, SHORTAGES, begin_connect, connect_error, new_socket, settled
from pqscan.net.line import Line
from pqscan.scan.attempt import status_of
from pqscan.scan.room import most_sockets
from pqscan.scan.standing import Standing
from pqscan.scan.targets import Item

BATCH = 256  # items told at once
TICK_SECONDS = 0.05
SHORTAGE_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """`most_in_flight` sockets at once; `connect_seconds` bounds silence; `most_waiting` open targets may wait for a probe."""

    most_in_flight: int = 2048
    connect_seconds: float = 3.0
    most_waiting: int = 2048
    most_in_line: int = 1024  # items that wait for the budget of their address or network while others are begun
    most_ahead: int = 1 << 16  # places between the run's cursor and the newest one: bounds what has to be remembered
    shortage_seconds: float = 30.0  # without a socket to be had on this machine, after which the scan ends


@dataclass(slots=True)
class Swept:
    """What one stretch of the sweep gave: open items (and those that are not swept), and how the closed ones ended."""

    found: list[Item]
    closed: list[tuple[Item, OutcomeStatus, bool]]  # True: this machine itself knew no way, nothing was sent


@dataclass(slots=True)
class LeftOut:
    """The ports of a silent address that were not asked: from the item `first` on, up to the place `last`."""

    first: Item
    last: int


class Sweep:
    """Runs in a thread of its own. `tell` is called there with every stretch, and with None when nothing is left to do.

    `passes` says which items are found without a packet (names, targets done already). `pace` holds the budgets, shared with
    the dialer; loopback takes nothing from them. One that `stays` ends only when it is stopped: until then it takes what is given
    back to it."""

    def __init__(
        self,
        items: Iterator[Item],
        tell: Callable[[Swept | None], None],
        settings: SweepSettings,
        pace: Pace,
        *,
        passes: Callable[[Item], bool] = lambda item: item.name is not None,
        clock: Callable[[], float] = time.monotonic,
        standing: Standing | None = None,
        stays: bool = False,
    ) -> None:
        self._items = items
        self._tell = tell
        self._settings = settings
        self._most_in_flight = min(settings.most_in_flight, most_sockets())
        self._line: Line[Item] = Line(pace)
        self._standing = standing if standing is not None else Standing()
        self._passes = passes
        self._clock = clock
        self._stays = stays
        self._selector = selectors.DefaultSelector()
        self._waiting: dict[socket.socket, tuple[float, Item]] = {}  # by deadline, as all have the same timeout
        self._swept = Swept([], [])
        self._told_at = clock()
        self._short_since: float | None = None
        self._short_until = float("-inf")
        self._short: Item | None = None  # has its place in the budgets and waits for a socket
        self._next: Item | None = None
        self._room = threading.Condition()
        self._given: deque[Iterator[Item]] = deque()
        self._unprobed = 0
        self._cursor = 0
        self._stopped = self._paused = self._anew = False
        self.left_out: dict[str, LeftOut] = {}
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, name="pqscan-sweep", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Ends soon, without telling what is under way."""
        with self._room:
            self._stopped = True
            self._room.notify_all()

    @property
    def waits(self) -> bool:
        """Whether anybody has yet to answer."""
        return bool(self._waiting)

    def pause(self) -> None:
        """Begins nothing more until `go_on`; what is under way ends as it does."""
        self._paused = True

    def go_on(self) -> None:
        with self._room:
            self._paused = False
            self._room.notify_all()

    def begin_anew(self) -> None:
        """Forgets the connections under way and begins them again: what becomes of them would prove nothing."""
        self._anew = True

    def give(self, items: Iterable[Item]) -> None:
        """Puts items back, to be swept before all others."""
        with self._room:
            self._given.append(iter(items))
            self._room.notify_all()

    def taken(self, count: int) -> None:
        """So many found items were taken off: the sweep may go on."""
        with self._room:
            self._unprobed -= count
            self._room.notify_all()

    def advance(self, cursor: int) -> None:
        """Every place below `cursor` is done."""
        self._cursor = cursor  # Seen at the next tick at the latest.

    def _run(self) -> None:
        try:
            self._sweep()
        except Exception as error:
            self.error = error
        finally:
            for sock in self._waiting:
                sock.close()
            self._waiting.clear()
            self._selector.close()
            if self.error is not None or not self._stays:
                self._tell(None)

    def _sweep(self) -> None:
        while not self._stopped:
            if self._anew:
                self._begin_again()
            if not self._paused:
                self._begin_more()
            if not self._paused and self._next is None and self._short is None and not self._line and not self._waiting:
                self._flush()
                if not self._stays:
                    return
                self._rest()
            else:
                self._collect()

    def _rest(self) -> None:
        """Nothing is left to do: until something is given or all is over."""
        with self._room:
            if not self._given:
                self._tell(None)
            self._room.wait_for(lambda: self._stopped or (self._given and not self._paused))

    def _begin_more(self) -> None:
        """Starts what the budgets, this machine and the probes have room for."""
        while len(self._waiting) < self._most_in_flight and (item := self._in_line()) is not None:
            address = item.address or ""
            if self._standing.is_silent(address):  # Since it has been in line.
                self._line.leave(address, self._clock())
                self._leave_out(address, item)
            elif not self._begin(item):
                return
        while not self._paused and (item := self._next or self._peek()) is not None and self._has_room(item):
            if self._passes(item):
                self._next = None
                self._open(item)
                continue
            address = item.address or ""
            is_outside = not is_loopback(address)
            if is_outside:
                if self._standing.is_silent(address):
                    self._next = None
                    self._leave_out(address, item)
                    continue
                if len(self._line) >= self._settings.most_in_line or self._line.is_held_by_everything:
                    return
            if self._short is not None or len(self._waiting) >= self._most_in_flight:
                return
            self._next = None
            if is_outside and not self._line.add(address, item, self._clock()):
                continue
            if not self._begin(item):
                return

    def _in_line(self) -> Item | None:
        """One whose place in the budgets is taken and whose turn has come."""
        now = self._clock()
        if self._short is not None:
            if now < self._short_until:
                return None
            item, self._short = self._short, None
            return item
        return self._line.next(now)

    def _peek(self) -> Item | None:
        """The next item, which stays the next one until it is taken."""
        while self._given:
            self._next = next(self._given[0], None)
            if self._next is not None:
                return self._next
            self._given.popleft()
        self._next = next(self._items, None)
        return self._next

    def _has_room(self, item: Item) -> bool:
        if self._unprobed >= self._settings.most_waiting:
            return False
        return item.index - self._cursor < self._settings.most_ahead and not self._stopped

    def _begin(self, item: Item) -> bool:
        """Starts one connection; False where this machine has no socket or port left for it."""
        address = item.address or ""
        try:
            sock = new_socket(address, sends=False)
        except OSError as error:
            self._run_short(error.errno or errno.EMFILE, item)
            return False
        code = begin_connect(sock, address, item.port)
        if code is None:
            self._waiting[sock] = (self._clock() + self._settings.connect_seconds, item)
            self._selector.register(sock, selectors.EVENT_WRITE)
            return True
        sock.close()
        if code in SHORTAGES:
            self._run_short(code, item)
            return False
        self._short_since = None
        self._settle(item, code, at_once=True)
        return True

    def _run_short(self, code: int, item: Item) -> None:
        now = self._clock()
        if code not in SHORTAGES:
            raise connect_error(code, item.address or "", item.port)
        self._short, self._short_until = item, now + SHORTAGE_PAUSE_SECONDS
        if self._short_since is None:
            self._short_since = now
        elif now - self._short_since > self._settings.shortage_seconds and not self._waiting:
            raise WorkError(
                f"no socket could be opened for {self._settings.shortage_seconds:.0f} s ({errno.errorcode.get(code, code)})"
            )

    def _begin_again(self) -> None:
        self._anew = False
        items = []
        for sock, (_, item) in self._waiting.items():
            self._selector.unregister(sock)
            sock.close()
            self._line.leave(item.address or "", self._clock())
            items.append(item)
        self._waiting.clear()
        self.give(items)

    def _collect(self) -> None:
        """Takes what has been answered; waits a little where there is nothing to begin now."""
        due = self._due()
        timeout = TICK_SECONDS if due is None else min(TICK_SECONDS, max(0.0, due - self._clock()))
        if self._waiting:
            for key, _ in self._selector.select(timeout):
                sock = key.fileobj
                if isinstance(sock, socket.socket):
                    self._answered(sock)
            self._expire()
        elif due is not None:
            time.sleep(timeout)
        else:
            self._flush()
            with self._room:
                self._room.wait_for(self._has_work, TICK_SECONDS)
        if self._clock() - self._told_at > TICK_SECONDS:
            self._flush()

    def _due(self) -> float | None:
        """When something can be begun that waits only for the time to come."""
        if self._paused or len(self._waiting) >= self._most_in_flight:
            return None
        return self._line.next_at if self._short is None else self._short_until

    def _has_work(self) -> bool:
        return self._stopped or (not self._paused and self._next is not None and self._has_room(self._next))

    def _answered(self, sock: socket.socket) -> None:
        _, item = self._waiting.pop(sock)
        self._selector.unregister(sock)
        code = settled(sock, sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        sock.close()
        self._settle(item, code)

    def _expire(self) -> None:
        now = self._clock()
        late = []
        for sock, (deadline, item) in self._waiting.items():
            if deadline > now:
                break
            late.append((sock, item))
        for sock, item in late:
            del self._waiting[sock]
            self._selector.unregister(sock)
            sock.close()
            self._settle(item, errno.ETIMEDOUT)

    def _settle(self, item: Item, code: int, *, at_once: bool = False) -> None:
        address = item.address or ""
        status = None if code == 0 else _status(code)
        if not is_loopback(address):
            self._line.leave(address, self._clock())
            if status is None:
                self._standing.accepted(address, item.port)
            elif status is OutcomeStatus.TIMED_OUT:
                self._standing.gave_nothing(address, item.port)
            elif status is OutcomeStatus.REFUSED:
                self._standing.answered(address)
        if status is None:
            self._open(replace(item, is_open=True))
        else:
            self._closed(item, status, at_once and code in NO_WAY)

    def _leave_out(self, address: str, item: Item) -> None:
        known = self.left_out.get(address)
        if known is None:
            self.left_out[address] = LeftOut(item, item.index)
        elif item.index < known.first.index:
            known.first = item
        else:
            known.last = max(known.last, item.index)
        self._closed(item, OutcomeStatus.NOT_ASKED)

    def _open(self, item: Item) -> None:
        with self._room:
            self._unprobed += 1
        self._swept.found.append(item)
        if len(self._swept.found) >= BATCH:
            self._flush()

    def _closed(self, item: Item, status: OutcomeStatus, no_way: bool = False) -> None:
        self._swept.closed.append((item, status, no_way))
        if len(self._swept.closed) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        self._told_at = self._clock()
        if self._swept.found or self._swept.closed:
            swept, self._swept = self._swept, Swept([], [])
            self._tell(swept)


@cache
def _status(code: int) -> OutcomeStatus:
    return status_of(connect_error(code, "", 0))[0]
