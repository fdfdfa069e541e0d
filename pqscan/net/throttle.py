"""The door to every connection and datagram of the probes: waits for the budgets of the address, its network and everything.

Places are given in the order of asking. Loopback addresses have no budgets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from pqscan.net.budget import Limits, Pace, is_loopback
from pqscan.net.line import Line

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class Throttle:
    """Waits until a connection to an address fits every budget. Used in one running loop; `pace` may be shared with a sweep."""

    def __init__(
        self, limits: Limits | None = None, *, pace: Pace | None = None, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.pace = pace if pace is not None else Pace(limits if limits is not None else Limits())
        self.limits = self.pace.limits
        self._clock = clock
        self._sleep = sleep
        self._line: Line[tuple[str, asyncio.Future[None]]] = Line(self.pace)
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at = float("inf")

    async def enter(self, address: str) -> None:
        """Returns when one more connection to `address` may be made; `leave` must follow its end."""
        if is_loopback(address):
            return
        waiter = asyncio.get_running_loop().create_future()
        if self._line.add(address, (address, waiter), self._clock()):
            return
        self._set_alarm()
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.leave(address)  # The place was given in the same moment: pass it on.
            raise

    async def another(self, address: str) -> None:
        """Returns when one more datagram may be sent by who has a place already: the first came with the place."""
        seconds = self.pace.reserve(address, self._clock())
        if seconds > 0:
            await self._sleep(seconds)

    def leave(self, address: str) -> None:
        """Gives the place back."""
        if is_loopback(address):
            return
        self._line.leave(address, self._clock())
        self._turn()

    def back_off(self, address: str, seconds: float) -> None:
        """No new connection to `address` for so long, and half its rate afterwards: it pushed back."""
        self.pace.push_back(address, self._clock(), seconds)

    def rests(self, address: str) -> bool:
        """Whether `address` still has the pause that `back_off` gave it."""
        return self.pace.rests(address, self._clock())

    def _turn(self) -> None:
        """Lets in whoever may go now."""
        while (ticket := self._line.next(self._clock())) is not None:
            address, waiter = ticket
            if waiter.done():  # Cancelled while it waited.
                self._line.leave(address, self._clock())
            else:
                waiter.set_result(None)
        self._set_alarm()

    def _set_alarm(self) -> None:
        at = self._line.next_at
        if at is None or (self._alarm is not None and self._alarm_at <= at):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = asyncio.get_running_loop().call_later(max(0.0, at - self._clock()), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._alarm_at = float("inf")
        self._turn()
