"""What was seen of one client in traffic between others: its kinds of opening, each once and within bounds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

from pqscan.model.observation import Observation
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason

PASSIVE, ASKED = "passive", "passive/1"
"""The depth of what was only seen, and the edition of what is looked for."""
MOST_KINDS = 16

MOST_SHARED_BYTES = 64 << 20
"""What all that is different takes of memory, about, in one run."""

KindT = TypeVar("KindT")
OneT = TypeVar("OneT", bound=Hashable)


@dataclass(slots=True)
class Shared:
    """What many ends say alike is kept once. `left_out` counts what there was no room for."""

    left_out: int = 0
    _known: dict[object, object] = field(default_factory=dict)
    _held: int = 0

    def one(self, value: OneT, size_bytes: int) -> OneT | None:
        """The value that is equal and was there first; None where it is the first and `size_bytes` are more than what is left."""
        known = self._known.get(value)
        if known is None:
            if self._held + size_bytes > MOST_SHARED_BYTES:
                self.left_out += 1
                return None
            self._held += size_bytes
            known = self._known[value] = value
        return cast("OneT", known)


@dataclass(slots=True)
class Kinds(Generic[KindT]):
    """Programs are told apart by what they open with. `left_out` counts openings of kinds past the bound."""

    shared: Shared = field(default_factory=Shared)
    seen: dict[KindT, None] = field(default_factory=dict)
    left_out: int = 0

    def take(self, kind: KindT, size_bytes: int = 0) -> None:
        """`size_bytes` is about as much memory as the kind takes."""
        if kind in self.seen:
            return
        one = self.shared.one(kind, size_bytes) if len(self.seen) < MOST_KINDS else None
        if one is None:
            self.left_out += 1
        else:
            self.seen[one] = None

    def facts(self, observations: Iterable[Observation]) -> Facts:
        """Never complete: what a client did not do while somebody watched is not known."""
        detail = Reason.of("clients_left_out", count=self.left_out) if self.left_out else Reason.of("seen_passively")
        return Facts(observations=tuple(observations), depth=PASSIVE, asked=ASKED, complete=False, detail=detail)
