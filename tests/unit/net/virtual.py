"""An event loop on a clock of its own: time moves only when nothing else is left to do, and then at once."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import TypeVar

ResultT = TypeVar("ResultT")


class _Skipping(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # Which class it is depends on the system.
    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready and timeout is not None:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time` is the virtual clock."""

    def __init__(self) -> None:
        self.skipping = _Skipping()
        super().__init__(self.skipping)

    def time(self) -> float:
        return self.skipping.now


def run_virtually(main: Coroutine[object, object, ResultT]) -> ResultT:
    """Runs `main` to its end; a sleep of an hour takes no time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
