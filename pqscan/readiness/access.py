"""Who may do what, and see whose: roles, rights, units and regimes. Asked by `app`, so that every door asks alike.

On PostgreSQL the database's own roles and row-level security enforce it as well. On a local SQLite file whoever can read the
file can read everything: there this is order among honest people, no protection, and the documentation says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.errors import UsageError
from pqscan.readiness.system import Regime
from pqscan.registry.table import read_table

_ROLES = Path(__file__).parent / "data" / "roles.toml"


class Right(StrEnum):
    SCAN = "scan"
    READ = "read"
    REGISTER = "register"
    DECIDE = "decide"
    ACCEPT = "accept"  # a risk, by authority
    SEAL = "seal"
    EXPORT = "export"  # the full edition
    EXPORT_REDACTED = "export_redacted"
    READ_ACTS = "read_acts"
    VERIFY = "verify"
    ADMINISTER = "administer"


@dataclass(frozen=True, slots=True)
class Role:
    """`regimes` are those whose rows it sees."""

    id: str
    rights: frozenset[Right]
    regimes: frozenset[Regime]


OPERATOR = "operator"


@cache
def roles() -> dict[str, Role]:
    """By id. Raises DataError."""
    found: dict[str, Role] = {}
    for row in read_table(_ROLES, "role"):
        rights = row.texts("rights")
        regimes = row.texts("regimes")
        try:
            role = Role(row.text("id"), frozenset(map(Right, rights)), frozenset(map(Regime, regimes)))
        except ValueError as error:
            raise row.wrong(str(error)) from None
        if Regime.MILITARY in role.regimes:
            raise row.wrong("rows of the military regime are seen by no role")
        found[role.id] = role
        row.done()
    return found


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is at it. `units` are the codes of the units that the actor answers for, their subordinates among them; None: all."""

    name: str
    role: Role
    units: frozenset[str] | None = None

    @classmethod
    def of(cls, name: str, role: str = OPERATOR, units: frozenset[str] | None = None) -> Actor:
        """Raises UsageError for a role that there is not, or a missing name: an act without a name answers for nothing."""
        if not name.strip():
            raise UsageError("nobody is named: say who acts with --by NAME")
        if role not in roles():
            raise UsageError(f"there is no role {role!r}; choose one of {', '.join(roles())}")
        return cls(name.strip(), roles()[role], units)

    def sees(self, regime: Regime | None, unit: str | None = None) -> bool:
        """Whether a row of that regime and unit is shown; what has no regime yet is shown to who sees civil rows."""
        if Right.READ not in self.role.rights or regime is Regime.MILITARY:
            return False
        if self.units is not None and unit is not None and unit not in self.units:
            return False
        return (regime or Regime.CIVIL) in self.role.regimes
