"""Many places asked at once in one event loop: bounded, and the places of one address in order, a few at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from pqscan.net.budget import is_loopback
from pqscan.scan.targets import Item
from pqscan.scan.work import Asker, Result


class Crew:
    """Takes items, gives results to `tell` in the loop. `room` says how many more items it wants to hold."""

    def __init__(
        self, asker: Asker, at_once: int, per_address: int | None, tell: Callable[[Result], None], fail: Callable[[Exception], None]
    ) -> None:
        self._asker = asker
        self._at_once = at_once
        self._per_address = per_address
        self._tell = tell
        self._fail = fail
        self._ready: deque[Item] = deque()
        self._busy: dict[str, int] = {}  # attempts by address; kept only where there is a limit
        self._parked: dict[str, deque[Item]] = {}
        self._held = 0
        self._running = 0  # Exact at every moment; a task leaves `_tasks` a little later.
        self._tasks: set[asyncio.Task[None]] = set()
        self._most_held = 4 * at_once

    @property
    def room(self) -> int:
        return self._most_held - self._held

    @property
    def held(self) -> int:
        return self._held

    def submit(self, items: list[Item]) -> None:
        for item in items:
            self._held += 1
            address = self._limited(item)
            if address is not None:
                busy = self._busy.get(address, 0)
                if self._per_address is not None and busy >= self._per_address:
                    self._parked.setdefault(address, deque()).append(item)
                    continue
                self._busy[address] = busy + 1
            self._ready.append(item)
        for _ in range(min(self._at_once - self._running, len(self._ready))):
            self._running += 1
            task = asyncio.get_running_loop().create_task(self._work())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def cancel(self) -> None:
        """Ends what is under way; nothing of it is told."""
        self._ready.clear()
        self._parked.clear()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _limited(self, item: Item) -> str | None:
        if self._per_address is None or (item.address is not None and is_loopback(item.address)):
            return None
        return item.address or item.name

    async def _work(self) -> None:
        try:
            while self._ready:
                item = self._ready.popleft()
                result = await self._asker.ask(item)
                if result is None:
                    return  # Cancelled.
                self._held -= 1
                self._unpark(item)
                self._tell(result)
        except Exception as error:
            self._fail(error)
        finally:
            self._running -= 1

    def _unpark(self, item: Item) -> None:
        address = self._limited(item)
        if address is None:
            return
        parked = self._parked.get(address)
        if parked:
            self._ready.append(parked.popleft())
            if not parked:
                del self._parked[address]
        elif self._busy[address] == 1:
            del self._busy[address]
        else:
            self._busy[address] -= 1
