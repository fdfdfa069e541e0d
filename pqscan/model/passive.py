"""What was seen of one client in traffic between others: its kinds of opening, each once and within bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from pqscan.model.observation import Observation
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason

PASSIVE, ASKED = "passive", "passive/1"
"""The depth of what was only seen, and the edition of what is looked for."""
MOST_KINDS = 16

KindT = TypeVar("KindT")


@dataclass(slots=True)
class Kinds(Generic[KindT]):
    """Programs are told apart by what they open with. `left_out` counts openings of kinds past the bound."""

    seen: dict[KindT, None] = field(default_factory=dict)
    left_out: int = 0

    def take(self, kind: KindT) -> None:
        if kind in self.seen:
            return
        if len(self.seen) >= MOST_KINDS:
            self.left_out += 1
            return
        self.seen[kind] = None

    def facts(self, observations: Iterable[Observation]) -> Facts:
        """Never complete: what a client did not do while somebody watched is not known."""
        detail = Reason.of("clients_left_out", count=self.left_out) if self.left_out else Reason.of("seen_passively")
        return Facts(observations=tuple(observations), depth=PASSIVE, asked=ASKED, complete=False, detail=detail)
