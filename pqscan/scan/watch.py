"""Watches this machine's own network during a run: notices that it is gone or that the machine slept, and waits for its return.

What it costs: while silence has to be judged and nobody has answered for 1.25 s, one connection without a byte to somebody who did,
by turns and within the budgets.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from pqscan.errors import WorkError
from pqscan.net.budget import Pace
from pqscan.net.reach import answers, has_way
from pqscan.scan.vigil import HEARTBEAT_SECONDS, WITNESSES_NEEDED, Vigil

TICK_SECONDS = 0.1
CONTROL_SECONDS = 3.0
SEEK_SECONDS = 1.0
SLEPT_SECONDS = 5.0
"""The clock on the wall ran ahead of the monotonic one by so much between two ticks: the machine slept, or somebody set it."""


class Gone(StrEnum):
    """What a run waits for."""

    NETWORK = "network"
    RESOLVER = "resolver"


@dataclass(frozen=True, slots=True)
class Senses:
    """How the watch knows anything: the clocks, the routing table, one connection, one look-up (whether a resolver answered)."""

    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    has_way: Callable[[str, int], bool] = has_way
    answers: Callable[[str, int, float], Awaitable[bool]] = answers


class Watch:
    """`changed` is called when the run has to pause and when it may go on; `failed` when it has paused for `most_seconds`.

    `may_ask`: whether the authorisation still holds. Without it nobody is asked, and every silence is believed. `is_needed`:
    whether there is any silence to be judged now; else nobody is asked either."""

    def __init__(
        self,
        pace: Pace,
        looks_up: Callable[[str], Awaitable[bool]],
        changed: Callable[[], None],
        failed: Callable[[Exception], None],
        most_seconds: float,
        senses: Senses,
        run: str,
        may_ask: Callable[[], bool] = lambda: True,
        is_needed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.gone: Gone | None = None
        self.vigil = Vigil()
        self._pace = pace
        self._looks_up = looks_up
        self._changed = changed
        self._failed = failed
        self._most_seconds = most_seconds
        self._senses = senses
        self._run = run
        self._may_ask = may_ask
        self._is_needed = is_needed
        self._ahead = senses.wall() - senses.clock()
        self._gone_since = self._paused = 0.0
        self._name = ""  # one that the resolver has answered for
        self._asks_resolver = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def paused_seconds(self) -> float:
        """How long the run has paused in all."""
        return self._paused + (0.0 if self.gone is None else self._senses.clock() - self._gone_since)

    def sign(self, address: str, port: int) -> None:
        """Somebody answered."""
        self.vigil.sign(address, port, self._senses.clock())

    def resolved(self, name: str) -> None:
        """The resolver answered for this name."""
        self._name = name

    @property
    def is_well(self) -> bool:
        """Whether it makes sense to ask anew what was not believed: somebody has just answered, or there is nobody to ask."""
        if self.gone is not None or self._asks_resolver:
            return False
        quiet = self._senses.clock() - self.vigil.last_sign
        return not self._may_ask() or not self.vigil.has_witness or quiet < HEARTBEAT_SECONDS

    def believes(self, lasted_seconds: float) -> bool:
        """Whether a silence that ends now may be held against the peer."""
        now = self._senses.clock()
        return not self._may_ask() or (self.gone is None and self.vigil.believes(now - lasted_seconds, now))

    def is_trusted(self, began: float) -> bool:
        """Whether the network has been there all the time since `began`, as far as is known."""
        return self.gone is None and self.vigil.is_trusted(began)

    def believes_no_way(self) -> bool:
        """Whether it is the peer alone to whom this machine has no route. Where it has none to the witnesses either, the run
        pauses."""
        witnesses = self.vigil.witnesses()
        if not witnesses or any(self._senses.has_way(*witness) for witness in witnesses):
            return True
        self._lose(Gone.NETWORK)
        return False

    def believes_unheard(self) -> bool:
        """Whether it is about the name alone that the resolver did not answer. Asks it for another one where one was known."""
        if not self._name:
            return True
        self._asks_resolver = True
        return False

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            self._heed_clocks()
            if self.gone is not None:
                await self._seek()
            elif self._asks_resolver:
                if not await self._looks_up(self._name):
                    self._lose(Gone.RESOLVER)
                self._asks_resolver = False
            elif self._may_ask() and self._is_needed() and self.vigil.is_due(self._senses.clock()):
                await self._ask_witnesses()

    def _heed_clocks(self) -> None:
        now = self._senses.clock()
        ahead = self._senses.wall() - now
        slept, self._ahead = ahead - self._ahead > SLEPT_SECONDS, ahead
        if slept:
            self.vigil.interrupted(now)
            self._changed()

    async def _ask_witnesses(self) -> None:
        began = self._senses.clock()
        silent: list[str] = []
        for address, port in self.vigil.witnesses():
            heard = await self._ask(address, port)
            if heard is None:
                continue
            if heard or self.vigil.last_sign >= began:
                for other in silent:  # Silent while somebody answers: that is its own affair.
                    self.vigil.dismiss(other)
                return
            silent.append(address)
            if len(silent) >= WITNESSES_NEEDED:
                self._lose(Gone.NETWORK)
                return
        if silent:
            self.vigil.dismiss(silent[0])

    async def _ask(self, address: str, port: int) -> bool | None:
        """None: its budgets have no room now."""
        clock = self._senses.clock
        if self._pace.begin(address, clock()) is not None:
            return None
        self.vigil.asked(address)
        try:
            heard = self._senses.has_way(address, port) and await self._senses.answers(address, port, CONTROL_SECONDS)
        finally:
            self._pace.end(address, clock())
        if heard:
            self.sign(address, port)
        return heard

    async def _seek(self) -> None:
        """One look whether it is back; fails where it has been gone for too long."""
        if self._senses.clock() - self._gone_since >= self._most_seconds:
            self._failed(_too_long(self.gone, self._most_seconds, self._run))
            await asyncio.sleep(self._most_seconds)
        if self.gone is Gone.RESOLVER:
            back = await self._looks_up(self._name)
        else:
            back = False
            for address, port in self.vigil.witnesses()[:WITNESSES_NEEDED]:
                back = bool(await self._ask(address, port))
                if back:
                    break
        if not back:
            await asyncio.sleep(SEEK_SECONDS)
            return
        self._paused = self.paused_seconds
        self.gone = None
        self.vigil.interrupted(self._senses.clock())
        self._changed()

    def _lose(self, what: Gone) -> None:
        if self.gone is None:
            self.gone, self._gone_since = what, self._senses.clock()
            self._changed()


def _too_long(gone: Gone | None, seconds: float, run: str) -> WorkError:
    if gone is Gone.RESOLVER:
        return WorkError(f"no name server has answered for {seconds:.0f} s; what is done is kept: go on later with --resume {run}")
    return WorkError(
        f"nobody who answered before can be reached for {seconds:.0f} s, so this machine has no network or is shut out; "
        f"what is done is kept: go on later with --resume {run}"
    )
