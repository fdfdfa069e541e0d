"""Which of the register's systems each target of a store belongs to, for whoever judges or shows targets."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pqscan.errors import UsageError
from pqscan.model.target import Target
from pqscan.readiness.assigner import Tie
from pqscan.readiness.membership import Member, Membership
from pqscan.readiness.register import Register

if TYPE_CHECKING:
    from pqscan.store.repository import Store


def registered(store: Store) -> Membership | None:
    """By the register of the store; None where it holds no system."""
    return membership_of(Register.of(store.register()))


def membership_of(register: Register) -> Membership | None:
    """None for a register without a system. What two systems claim alike belongs to neither."""
    if not register.systems:
        return None
    assigner = register.assigner()
    members = {code: Member(code, register.context_of(code)) for code in register.systems}

    def member(target: Target) -> Member | None:
        found = assigner.system_of(target)
        return None if found is None or isinstance(found, Tie) else members[found]

    return member


def systems_of(register: Register, *, unit: str | None = None, system: str | None = None) -> Collection[str]:
    """The codes of one system, or of all that a unit and those under it own or run. Raises UsageError for a code that is none."""
    if system is not None:
        if system not in register.systems:
            raise UsageError(f"the register has no system {system}: see pqscan system list")
        return (system,)
    if unit not in register.units:
        raise UsageError(f"the register has no unit {unit}: see pqscan unit list")
    return [
        code
        for code, row in register.systems.items()
        if any(unit in {above.code for above in register.unit_path(own)} for own in (row.owner, row.operator) if own is not None)
    ]
