"""Budgets of connections and datagrams: per address and in all, at once and per second. Loopback addresses have none.

Places are given in the order of asking. An address is remembered while it is used.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from pqscan.net.budget import Limits, Pace, is_loopback

Clock = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]


class _Gate:
    """At most `places` holders at once, the others in line."""

    __slots__ = ("_free", "_line")

    def __init__(self, places: int) -> None:
        self._free = places
        self._line: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        if self._free > 0:
            self._free -= 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._line.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self.leave()  # The place was given in the same moment: pass it on.
            raise

    def leave(self) -> None:
        while self._line:
            waiter = self._line.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self._free += 1


class _Address:
    """The gate of one address. `users` counts those inside or in line."""

    __slots__ = ("gate", "users")

    def __init__(self, places: int) -> None:
        self.users = 0
        self.gate = _Gate(places)


class Throttle:
    """Waits until a connection to an address fits every budget.

    `pace` holds the rates; the connect sweep shares it where there is one."""

    def __init__(
        self, limits: Limits | None = None, *, pace: Pace | None = None, clock: Clock = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.limits = limits if limits is not None else Limits()
        self.pace = pace if pace is not None else Pace(self.limits)
        self._clock = clock
        self._sleep = sleep
        self._addresses: dict[str, _Address] = {}
        self._gate = _Gate(self.limits.global_concurrent) if self.limits.global_concurrent is not None else None

    async def enter(self, address: str) -> None:
        """Returns when one more connection to `address` may be made; `leave` must follow its end."""
        if is_loopback(address):
            return
        await self._enter_address(address)
        try:
            if self._gate is not None:
                await self._gate.enter()
            try:
                seconds = self.pace.reserve(address, self._clock())
                if seconds > 0:
                    await self._sleep(seconds)
            except BaseException:
                if self._gate is not None:
                    self._gate.leave()
                raise
        except BaseException:
            self._leave_address(address)
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
        if self._gate is not None:
            self._gate.leave()
        self._leave_address(address)

    def back_off(self, address: str, seconds: float) -> None:
        """No new connection to `address` for so long: it pushed back."""
        self.pace.hold(address, self._clock(), seconds)

    async def _enter_address(self, address: str) -> None:
        places = self.limits.per_address_concurrent
        if places is None:
            return
        known = self._addresses.get(address)
        if known is None:
            known = self._addresses[address] = _Address(places)
        known.users += 1
        try:
            await known.gate.enter()
        except BaseException:
            self._forget_user(address, known)
            raise

    def _leave_address(self, address: str) -> None:
        known = self._addresses.get(address)
        if known is not None:
            known.gate.leave()
            self._forget_user(address, known)

    def _forget_user(self, address: str, known: _Address) -> None:
        known.users -= 1
        if not known.users:
            del self._addresses[address]
