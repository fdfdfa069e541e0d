"""The register: all records, typed, by kind and code, as one value. What is wrong with it as a whole is in `register_problems`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pqscan.errors import StoreError
from pqscan.model.reason import Reason
from pqscan.policy.system import SystemContext
from pqscan.readiness.assigner import Assigner
from pqscan.readiness.budget import Budget
from pqscan.readiness.changes import Document
from pqscan.readiness.classification import Classification
from pqscan.readiness.connection import Connection
from pqscan.readiness.context import context_of
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.legal_basis import LegalBasis
from pqscan.readiness.product import Product
from pqscan.readiness.register_problems import problems
from pqscan.readiness.system import System
from pqscan.readiness.tagged import Tagged, places_by_tag
from pqscan.readiness.task import Task
from pqscan.readiness.training import Training
from pqscan.readiness.unit import Head, Unit

_FIELDS = {
    "unit": "units",
    "head": "heads",
    "system": "systems",
    "product": "products",
    "budget": "budgets",
    "training": "trainings",
    "legal_basis": "legal_bases",
    "task": "tasks",
    "connection": "connections",
    "classification": "classifications",
    "tagged": "tagged",
}


@dataclass(frozen=True, slots=True)
class Register:
    """Records by code. An inventory without a register is the empty one."""

    units: Mapping[str, Unit] = field(default_factory=dict)
    heads: Mapping[str, Head] = field(default_factory=dict)
    systems: Mapping[str, System] = field(default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)
    budgets: Mapping[str, Budget] = field(default_factory=dict)
    trainings: Mapping[str, Training] = field(default_factory=dict)
    legal_bases: Mapping[str, LegalBasis] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    connections: Mapping[str, Connection] = field(default_factory=dict)
    classifications: Mapping[str, Classification] = field(default_factory=dict)
    tagged: Mapping[str, Tagged] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: Mapping[str, Mapping[str, Document]]) -> Register:
        """The records of stored documents, sorted by code. Raises StoreError for a kind or a record that is none."""
        found: dict[str, Any] = {}  # Any: each kind has records of its own.
        for kind, documents in entries.items():
            sheet = SHEETS.get(kind)
            if sheet is None:
                raise StoreError(f"the store's register holds records of an unknown kind ({kind}): use the program that wrote them")
            found[_FIELDS[kind]] = {code: sheet.record(documents[code]) for code in sorted(documents)}
        return cls(**found)

    def records(self, kind: str) -> Mapping[str, Any]:
        """The records of one kind; Any: of whatever type they are."""
        records: Mapping[str, Any] = getattr(self, _FIELDS[kind])
        return records

    def head_on(self, unit: str, day: date) -> Head | None:
        """Who answers for a unit on that day; of several, whoever came last."""
        serving = [head for head in self.heads.values() if head.unit == unit and head.serves_on(day)]
        return max(serving, key=lambda head: (head.since, head.name), default=None)

    def unit_path(self, unit: str) -> tuple[Unit, ...]:
        """A unit and its superiors, upward; a circle ends where it began."""
        path: dict[str, Unit] = {}
        current: str | None = unit
        while current is not None and current in self.units and current not in path:
            path[current] = self.units[current]
            current = path[current].superior
        return tuple(path.values())

    def assigner(self) -> Assigner:
        """Which system a target belongs to."""
        return Assigner(self.systems.values(), places_by_tag(self.tagged.values()))

    def context_of(self, code: str) -> SystemContext:
        """What policies see of a system; of one that is not there, that nobody described it."""
        system = self.systems.get(code)
        return SystemContext() if system is None else context_of(system)

    def problems(self, day: date) -> tuple[Reason, ...]:
        """What is wrong with the register as a whole on that day, sorted by kind of problem."""
        return tuple(problems(self, day))
