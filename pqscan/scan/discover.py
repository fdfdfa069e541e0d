"""The connect sweep: which of many addresses accept a TCP connection, from one loop over non-blocking sockets in a thread.

Open targets go on to the probes; of the others only the status is told. Being swept costs a target one connection without
a byte. Silence costs the connect timeout, and at most `most_in_flight` wait at once: a silent range takes at most
count / most_in_flight × connect_seconds.
"""

from __future__ import annotations

import errno
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from pqscan.errors import WorkError
from pqscan.model.outcome import OutcomeStatus
from pqscan.net.budget import Pace
from pqscan.net.connection import SHORTAGES, begin_connect, connect_error, new_socket, settled
from pqscan.scan.attempt import status_of
from pqscan.scan.targets import Item

try:
    import resource
except ImportError:  # Windows has no such limit to ask for.
    resource = None  # type: ignore[assignment]

BATCH = 256  # items told at once
TICK_SECONDS = 0.05
SHORTAGE_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """`most_in_flight` sockets at once; `connect_seconds` bounds silence; `most_waiting` open targets may wait for a probe."""

    most_in_flight: int = 1024
    connect_seconds: float = 3.0
    most_waiting: int = 2048
    most_ahead: int = 1 << 16  # places between the run's cursor and the newest one: bounds what has to be remembered
    shortage_seconds: float = 30.0  # without a socket to be had on this machine, after which the scan ends


@dataclass(slots=True)
class Swept:
    """What one stretch of the sweep gave: open items (and those that are not swept), and how the closed ones ended."""

    found: list[Item]
    closed: list[tuple[int, OutcomeStatus]]  # place in the order of expansion


class Sweep:
    """Runs in a thread of its own. `tell` is called there with every stretch, and once with None at the end.

    `passes` says which items are found without a packet (names, targets done already). `pace` is the budget of
    connections per second, shared with the dialer; loopback takes nothing from it."""

    def __init__(
        self,
        items: Iterator[Item],
        tell: Callable[[Swept | None], None],
        settings: SweepSettings,
        pace: Pace,
        *,
        passes: Callable[[Item], bool] = lambda item: item.name is not None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._items = items
        self._tell = tell
        self._settings = settings
        self._most_in_flight = min(settings.most_in_flight, most_sockets())
        self._pace = pace
        self._passes = passes
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._waiting: dict[socket.socket, tuple[float, Item]] = {}  # by deadline, as all have the same timeout
        self._swept = Swept([], [])
        self._told_at = clock()
        self._short_since: float | None = None
        self._room = threading.Condition()
        self._unprobed = 0
        self._cursor = 0
        self._stopped = False
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, name="pqscan-sweep", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Ends soon, without telling what is under way."""
        with self._room:
            self._stopped = True
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
            self._tell(None)

    def _sweep(self) -> None:
        item = next(self._items, None)
        due: float | None = None  # When the budget allows the next connection; None: not asked yet.
        while not self._stopped and (item is not None or self._waiting):
            while item is not None and self._has_room(item):
                if self._passes(item):
                    self._open(item)
                else:
                    now = self._clock()
                    if due is None:
                        wait = self._pace.reserve(item.address or "", now)
                        due = now + wait
                    if due > now:
                        break
                    if not self._begin(item, now):
                        due = now + SHORTAGE_PAUSE_SECONDS
                        break
                    due = None
                item = next(self._items, None)
            self._collect(item, due)
        if not self._stopped:
            self._flush()

    def _has_room(self, item: Item) -> bool:
        settings = self._settings
        if len(self._waiting) >= self._most_in_flight or self._unprobed >= settings.most_waiting:
            return False
        return item.index - self._cursor < settings.most_ahead and not self._stopped

    def _begin(self, item: Item, now: float) -> bool:
        """Starts one connection; False where this machine has no socket or port left for it."""
        address = item.address or ""
        try:
            sock = new_socket(address, sends=False)
        except OSError as error:
            self._short(error.errno or errno.EMFILE, item, now)
            return False
        code = begin_connect(sock, address, item.port)
        if code is None:
            self._waiting[sock] = (now + self._settings.connect_seconds, item)
            self._selector.register(sock, selectors.EVENT_WRITE)
            return True
        sock.close()
        if code in SHORTAGES:
            self._short(code, item, now)
            return False
        self._short_since = None
        self._settle(item, code)
        return True

    def _short(self, code: int, item: Item, now: float) -> None:
        if code not in SHORTAGES:
            raise connect_error(code, item.address or "", item.port)
        if self._short_since is None:
            self._short_since = now
        elif now - self._short_since > self._settings.shortage_seconds and not self._waiting:
            raise WorkError(
                f"no socket could be opened for {self._settings.shortage_seconds:.0f} s ({errno.errorcode.get(code, code)})"
            )

    def _collect(self, item: Item | None, due: float | None) -> None:
        """Takes what has been answered; waits a little where there is nothing to begin now."""
        now = self._clock()
        timeout = TICK_SECONDS if due is None else min(TICK_SECONDS, max(0.0, due - now))
        if self._waiting:
            for key, _ in self._selector.select(timeout):
                sock = key.fileobj
                if isinstance(sock, socket.socket):
                    self._answered(sock)
            self._expire()
        elif due is not None:
            time.sleep(timeout)
        elif item is not None:
            self._flush()
            with self._room:
                self._room.wait_for(lambda: self._stopped or self._has_room(item), TICK_SECONDS)
        if self._clock() - self._told_at > TICK_SECONDS:
            self._flush()

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
            self._closed(item, OutcomeStatus.TIMED_OUT)

    def _settle(self, item: Item, code: int) -> None:
        if code == 0:
            self._open(item)
        else:
            self._closed(item, _status(code))

    def _open(self, item: Item) -> None:
        with self._room:
            self._unprobed += 1
        self._swept.found.append(item)
        if len(self._swept.found) >= BATCH:
            self._flush()

    def _closed(self, item: Item, status: OutcomeStatus) -> None:
        self._swept.closed.append((item.index, status))
        if len(self._swept.closed) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        self._told_at = self._clock()
        if self._swept.found or self._swept.closed:
            swept, self._swept = self._swept, Swept([], [])
            self._tell(swept)


def most_sockets() -> int:
    """Half of the file descriptors that this process may open: the probes and the store need the others."""
    if resource is None:
        return 256
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else max(16, soft // 2)


@cache
def _status(code: int) -> OutcomeStatus:
    return status_of(connect_error(code, "", 0))[0]
