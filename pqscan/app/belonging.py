"""To which system and unit a target belongs, by the register of the store; and what policies see of that system."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pqscan.errors import UsageError
from pqscan.model.target import Target
from pqscan.policy.evaluate import UNKNOWN_SYSTEM
from pqscan.policy.system import SystemContext
from pqscan.readiness.folding import fold
from pqscan.readiness.register import Register
from pqscan.scan.names import shown

if TYPE_CHECKING:
    from pqscan.store.repository import Store


class Belonging:
    """Answers for one register. What several systems claim equally belongs to none."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._assigner = register.assigner()
        self._contexts: dict[str, SystemContext] = {}

    @classmethod
    def of(cls, store: Store) -> Belonging:
        return cls(Register.of(store.register()))

    @property
    def is_empty(self) -> bool:
        """Whether no system is described at all."""
        return not self._register.systems

    def system_of(self, target: Target) -> str | None:
        """The code of the system; None where none, or several, claim the target."""
        found = self._assigner.system_of(target)
        return found if isinstance(found, str) else None

    def context_of(self, target: Target) -> SystemContext:
        """What policies see of the target's system."""
        code = self.system_of(target)
        if code is None:
            return UNKNOWN_SYSTEM
        known = self._contexts.get(code)
        if known is None:
            known = self._contexts[code] = self._register.context_of(code)
        return known

    def unit_of(self, target: Target) -> str | None:
        """The code of the unit that owns the target's system."""
        code = self.system_of(target)
        return None if code is None else self._register.systems[code].owner

    def within(self, unit: str) -> Callable[[Target], bool]:
        """Whether a target belongs to a unit or to one below it. Raises UsageError for a unit that the register does not have."""
        code = self.code_of(unit)

        def is_within(target: Target) -> bool:
            owner = self.unit_of(target)
            return owner is not None and any(one.code == code for one in self._register.unit_path(owner))

        return is_within

    def code_of(self, unit: str) -> str:
        """A unit's code, for the code itself or the unit's name. Raises UsageError."""
        if unit in self._register.units:
            return unit
        found = [code for code, one in self._register.units.items() if fold(one.name) == fold(unit)]
        if len(found) == 1:
            return found[0]
        why = f"more than one unit is called {shown(unit)}" if found else f"the register has no unit {shown(unit)}"
        raise UsageError(f"{why}: give its code")
