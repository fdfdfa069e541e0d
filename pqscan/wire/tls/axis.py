"""One list that a hello carries, cipher suites, groups or signature schemes: what of it was found, and what is left to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self


@dataclass(slots=True)
class Axis:
    """One list that a hello carries. `found` is in the order of discovery, `left` is what no answer has spoken of yet.

    With other axes open at most `most_joint` values are offered, alone `most_alone`. When nothing is left, `unproven` is
    empty where refusals proved it, else the reason why not."""

    universe: tuple[int, ...]
    most_joint: int
    most_alone: int
    found: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    unproven: str = ""

    @property
    def exhausted(self) -> bool:
        return not self.left

    def fresh(self, *, alone: bool) -> tuple[int, ...]:
        return tuple(self.left[: self.most_alone if alone else self.most_joint])

    def find(self, value: int) -> bool:
        """True where the value is news."""
        if value in self.found:
            return False
        self.found.append(value)
        if value in self.left:
            self.left.remove(value)
        return True

    def drop(self, values: Sequence[int], unproven: str) -> None:
        """What was offered and refused is through; remembers why it is not proven, if it is not."""
        self.unproven = self.unproven or unproven
        self.left = [value for value in self.left if value not in values]

    @classmethod
    def of(cls, values: Sequence[int], most_joint: int, most_alone: int) -> Self:
        """All of `values` is still to be asked."""
        universe = tuple(values)
        return cls(universe, most_joint, most_alone, left=list(universe))
