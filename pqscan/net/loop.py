"""Which event loop runs the network work: uvloop where it is installed, a selector loop elsewhere.

The dialer waits on sockets through `add_reader` and `add_writer`, which Windows has only in the selector loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

ResultT = TypeVar("ResultT")


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A fresh loop that the dialer can use."""
    try:
        import uvloop
    except ImportError:
        return asyncio.SelectorEventLoop()
    return uvloop.new_event_loop()


def run(main: Coroutine[object, object, ResultT]) -> ResultT:
    """As `asyncio.run`, on the loop of `new_event_loop`."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
