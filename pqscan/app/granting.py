"""The rights of one login of PostgreSQL: by its role, and by the units that it answers for with all that are under them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from pqscan.app.acting import act_of
from pqscan.app.permitting import permit
from pqscan.app.place import default_store
from pqscan.errors import UsageError
from pqscan.readiness.access import Right, Role, roles
from pqscan.readiness.act import ActKind
from pqscan.readiness.register import Register

if TYPE_CHECKING:
    from pqscan.store.repository import Store


@dataclass(frozen=True, slots=True)
class Grants:
    """`units` are the codes of those whose rows the login sees, sorted; None: all. `sql` is what gives it these rights."""

    login: str
    role: Role
    units: tuple[str, ...] | None
    sql: str


def require_postgresql(store_url: str | None) -> None:
    """Raises UsageError for a store that is a file: it knows no logins."""
    from pqscan.store.engine import locate

    location = locate(default_store() if store_url is None else store_url)
    if location.path is not None:
        raise UsageError(
            f"the store {location.path} is a file and has no roles: whoever can read it reads all of it, "
            "so keep people apart by a store in PostgreSQL"
        )


def grants_for(store: Store, login: str, role: str, units: Sequence[str] = ()) -> Grants:
    """Raises UsageError for a role or unit that there is not, or a login of no plain name."""
    from pqscan.store.grants import grants

    if role not in roles():
        raise UsageError(f"there is no role {role!r}; choose one of {', '.join(roles())}")
    codes = _with_those_under(store, units) if units else None
    return Grants(login, roles()[role], codes, grants(login, roles()[role], codes))


def apply_grants(store: Store, asked: Grants, now: datetime) -> None:
    """Gives the login these rights, with the act of it. Raises StoreError where the user of the store may not, WorkError where
    whoever runs the program may not."""
    own = permit(store, Right.ADMINISTER)
    units = None if asked.units is None else list(asked.units)
    act = replace(act_of(ActKind.SETTING, f"login {asked.login}", now), role=own, detail={"role": asked.role.id, "units": units})
    store.grant(asked.login, asked.role, asked.units, act)


def _with_those_under(store: Store, units: Sequence[str]) -> tuple[str, ...]:
    register = Register.of(store.register())
    for unit in units:
        if unit not in register.units:
            raise UsageError(f"the register has no unit {unit}: see pqscan unit list")
    wanted = set(units)
    return tuple(sorted(code for code in register.units if wanted & {above.code for above in register.unit_path(code)}))
