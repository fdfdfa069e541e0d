"""A bounded memory of row numbers: what is known to be stored costs no query, and memory stays flat."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


class Recent(Generic[KeyT]):
    """The row numbers of the keys used last. Forgotten whole when a transaction fails: its rows were never stored."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._numbers: OrderedDict[KeyT, int] = OrderedDict()

    def get(self, key: KeyT) -> int | None:
        number = self._numbers.get(key)
        if number is not None:
            self._numbers.move_to_end(key)
        return number

    def put(self, key: KeyT, number: int) -> None:
        self._numbers[key] = number
        if len(self._numbers) > self._most:
            self._numbers.popitem(last=False)

    def clear(self) -> None:
        self._numbers.clear()
