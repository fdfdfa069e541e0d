"""A mapping whose values are made when somebody looks: of what only some reports show, the others need not wait for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


class Made(Mapping[KeyT, ValueT]):
    """`make` is called once for each of the keys that is asked for; what it returns must depend on nothing but the key."""

    def __init__(self, keys: Iterable[KeyT], make: Callable[[KeyT], ValueT]) -> None:
        self._keys = dict.fromkeys(keys)
        self._make = make
        self._made: dict[KeyT, ValueT] = {}

    def __getitem__(self, key: KeyT) -> ValueT:
        if key not in self._keys:
            raise KeyError(key)
        if key not in self._made:
            self._made[key] = self._make(key)
        return self._made[key]

    def __iter__(self) -> Iterator[KeyT]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
