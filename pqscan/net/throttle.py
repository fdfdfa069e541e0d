"""Budgets of connections: per address and in all, at once and per second. Loopback addresses have none.

Places are given in the order of asking. Addresses that rest are forgotten, so memory follows what is under way.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from pqscan.net.budget import Bucket, Limits, is_loopback

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
    """What is under way at one address. `users` counts those inside or in line."""

    __slots__ = ("bucket", "gate", "users")

    def __init__(self, limits: Limits) -> None:
        self.users = 0
        self.gate = _Gate(limits.per_address_concurrent) if limits.per_address_concurrent is not None else None
        rate = limits.per_address_rate
        self.bucket = Bucket(rate, float(limits.per_address_concurrent or 1)) if rate is not None else None


class Throttle:
    """Waits until a connection to an address fits every budget.

    `bucket` is the global one, shared with the connect sweep where there is one."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        bucket: Bucket | None = None,
        clock: Clock | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.limits = limits if limits is not None else Limits()
        self._clock = clock
        self._sleep = sleep
        self._addresses: dict[str, _Address] = {}
        self._sweep_at = 1024
        self._gate = _Gate(self.limits.global_concurrent) if self.limits.global_concurrent is not None else None
        self.bucket = bucket if bucket is not None else global_bucket(self.limits)

    @property
    def addresses_known(self) -> int:
        """How many addresses are remembered now."""
        return len(self._addresses)

    async def enter(self, address: str) -> None:
        """Returns when one more connection to `address` may be made; `leave` must follow its end."""
        if is_loopback(address):
            return
        known = self._known(address)
        known.users += 1
        try:
            if known.gate is not None:
                await known.gate.enter()
            try:
                if known.bucket is not None:
                    await self._wait(known.bucket)
                if self._gate is not None:
                    await self._gate.enter()
                try:
                    if self.bucket is not None:
                        await self._wait(self.bucket)
                except BaseException:
                    if self._gate is not None:
                        self._gate.leave()
                    raise
            except BaseException:
                if known.gate is not None:
                    known.gate.leave()
                raise
        except BaseException:
            known.users -= 1
            raise

    def leave(self, address: str) -> None:
        """Gives the place back."""
        if is_loopback(address):
            return
        known = self._addresses[address]
        known.users -= 1
        if known.gate is not None:
            known.gate.leave()
        if self._gate is not None:
            self._gate.leave()

    def back_off(self, address: str, seconds: float) -> None:
        """No new connection to `address` for so long: it pushed back."""
        if not is_loopback(address):
            known = self._known(address)
            if known.bucket is not None:
                known.bucket.hold(self._now() + seconds)

    def _now(self) -> float:
        return self._clock() if self._clock is not None else asyncio.get_running_loop().time()

    async def _wait(self, bucket: Bucket) -> None:
        seconds = bucket.reserve(self._now())
        if seconds > 0:
            await self._sleep(seconds)

    def _known(self, address: str) -> _Address:
        known = self._addresses.get(address)
        if known is None:
            if len(self._addresses) >= self._sweep_at:
                self._forget_resting()
            known = self._addresses[address] = _Address(self.limits)
        return known

    def _forget_resting(self) -> None:
        now = self._now()
        resting = [
            a for a, known in self._addresses.items() if not known.users and (known.bucket is None or known.bucket.is_full(now))
        ]
        for address in resting:
            del self._addresses[address]
        self._sweep_at = max(1024, 2 * len(self._addresses))


def global_bucket(limits: Limits) -> Bucket | None:
    """The bucket of all connections outside loopback; up to a twentieth of a second's worth at once."""
    return None if limits.global_rate is None else Bucket(limits.global_rate, max(1.0, limits.global_rate / 20))
