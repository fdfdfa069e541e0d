"""One list that a hello carries, cipher suites, groups or signature schemes: what of it was found, and what is left to ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

_MOST_SPLITS = 40  # GnuTLS with seven suites that it cannot serve takes about ten.


@dataclass(slots=True)
class Axis:
    """One list that a hello carries. `found` is in the order of discovery, `left` is what no answer has spoken of yet.

    With other axes open at most `most_joint` values are offered, alone `most_alone`. When nothing is left, `unproven` is
    empty where refusals proved it, else the reason why not. `parts` are asked apart, the last one first. `unsettled` values
    were asked for alone, and the answer still told nothing: why, for each."""

    universe: tuple[int, ...]
    most_joint: int
    most_alone: int
    found: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    unproven: str = ""
    parts: list[tuple[int, ...]] = field(default_factory=list)
    unsettled: dict[int, str] = field(default_factory=dict)
    splits: int = 0

    @property
    def exhausted(self) -> bool:
        return not self.left

    def fresh(self, *, alone: bool) -> tuple[int, ...]:
        return tuple(self.parts[-1] if self.parts else self.left)[: self.most_alone if alone else self.most_joint]

    def find(self, value: int) -> bool:
        """True where the value is news."""
        if value in self.found:
            return False
        self.found.append(value)
        self.unsettled.pop(value, None)
        if value in self.left:
            self.left.remove(value)
        self._unite((value,))
        return True

    def drop(self, values: Sequence[int], unproven: str) -> None:
        """What was offered and refused is through; remembers why it is not proven, if it is not."""
        self.unproven = self.unproven or unproven
        self._unlist(values)

    def split(self, values: Sequence[int], reason: str, kind: Callable[[int], str]) -> None:
        """What was offered together drew an answer that one of the values may be to blame for, and that tells nothing of the
        others: ask again for its halves. A value that stood alone keeps the answer as its own.

        The cut lies between two kinds of values where there are several: what a server cannot carry out is of one kind."""
        if len(values) == 1:
            self._unlist(values)
            self.unsettled[values[0]] = reason
        elif self.splits >= _MOST_SPLITS:
            self.drop(values, reason)
        else:
            self.splits += 1
            self._unite(values)
            self.parts += reversed(_halves(values, kind))

    def _unlist(self, values: Sequence[int]) -> None:
        self.left = [value for value in self.left if value not in values]
        self._unite(values)

    def _unite(self, values: Sequence[int]) -> None:
        """These are no longer asked apart."""
        if not self.parts:
            return
        rest = (tuple(value for value in part if value not in values) for part in self.parts)
        self.parts = [part for part in rest if part]

    def copy(self) -> Axis:
        parts, unsettled = [*self.parts], {**self.unsettled}
        return replace(self, found=[*self.found], left=[*self.left], parts=parts, unsettled=unsettled)

    @classmethod
    def of(cls, values: Sequence[int], most_joint: int, most_alone: int) -> Self:
        """All of `values` is still to be asked."""
        universe = tuple(values)
        return cls(universe, most_joint, most_alone, left=list(universe))


def _halves(values: Sequence[int], kind: Callable[[int], str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    ordered = tuple(sorted(values, key=kind))
    middle = len(ordered) // 2
    borders = [at for at in range(1, len(ordered)) if kind(ordered[at - 1]) != kind(ordered[at])]
    cut = min(borders, key=lambda at: abs(at - middle), default=middle)
    return ordered[:cut], ordered[cut:]
