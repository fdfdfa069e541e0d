"""Asks, before anything is changed or let out, whether the person at it may: for every door alike.

Roles stand in the store, each given by an act. Where none was given everything is allowed. On an SQLite file this is hygiene only:
whoever can write the file can change it by other means, which `pqscan db verify` shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from pqscan.app.acting import person
from pqscan.app.place import open_store
from pqscan.errors import StoreError, UsageError
from pqscan.readiness.access import Actor, Right
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.grant import SETTING, Access, Grant
from pqscan.readiness.product import Product
from pqscan.readiness.register import Register
from pqscan.readiness.system import System

if TYPE_CHECKING:
    from pqscan.store.repository import Store

Units = Callable[[Register], Iterable[str | None]]
"""For which units something is done; asked only where roles are limited to units."""


def nobody(_register: Register) -> Iterable[str | None]:
    """Something that belongs to no unit in particular."""
    return ()


def access_of(store: object) -> Access:
    """Who was given which role. A store without settings has none. Raises StoreError where no program of ours wrote them."""
    read = getattr(store, "setting", None)
    document = None if read is None else read(SETTING)
    if document is None:
        return Access()
    try:
        rows = document["grants"]
        if not isinstance(rows, list):
            raise TypeError("grants is no list")
        return Access(tuple(Grant.read(json.loads(row)) for row in rows))
    except (ValueError, LookupError, TypeError, AttributeError, UsageError):
        raise StoreError("the store's list of roles is not as pqscan writes it: restore a backup") from None


def permit(store: object, right: Right, who: str | None = None, units: Units = nobody) -> str:
    """The role in which `who`, by default whoever runs the program, may do it today; empty where nobody was given a role.

    Raises WorkError, in one sentence, where they may not."""
    access = access_of(store)
    if access.is_open:
        return ""
    name, today = who or person(), datetime.now().astimezone().date()
    if not any(grant.units for grant in access.grants if grant.person == name):
        return access.require(right, name, today)
    register = Register.of(store.register())  # type: ignore[attr-defined]  # What keeps grants keeps a register.
    return access.require(right, name, today, units(register), lambda code: _path(register, code))


def sight(store: object, register: Register, who: str | None = None) -> Callable[[object], bool]:
    """Whether a record of the register is shown to `who`, by default whoever runs the program: of systems and products only what is
    under a regime, and of a unit, that one of their roles sees; military rows to no role (R07, R08). Where nobody was given a role,
    everything."""
    access, name, today = access_of(store), who or person(), datetime.now().astimezone().date()
    if access.is_open:
        return lambda _record: True
    held = [one for one in access.grants if one.person == name and one.holds_on(today)]
    below = {grant: {code for code in register.units if {*grant.units} & {*_path(register, code)}} for grant in held if grant.units}
    actors = [Actor.of(name, grant.role, frozenset(below[grant]) if grant.units else None) for grant in held]

    def shows(record: object) -> bool:
        if not isinstance(record, System | Product):
            return True
        owner = record.owner if isinstance(record, System) else None
        return any(actor.sees(record.regime, owner) for actor in actors)

    return shows


def _path(register: Register, code: str) -> Iterable[str]:
    return (code, *(unit.code for unit in register.unit_path(code)))


def permit_at(url: str | None, right: Right, units: Units = nobody) -> str:
    """As `permit`, in the store at a URL. Where there is none, nobody was given a role."""
    try:
        store = open_store(url)
    except StoreError:
        return ""
    with store:
        return permit(store, right, units=units)


def grant(store: Store, given: Grant, reason: str = "", now: datetime | None = None) -> Access:
    """Gives a role, by an act. Raises WorkError where whoever runs the program may not, UsageError for a unit that there is not,
    and where nobody could give roles any more."""
    role = permit(store, Right.ADMINISTER)
    known = Register.of(store.register()).units
    for unit in given.units:
        if unit not in known:
            raise UsageError(f"the register has no unit {unit}: see pqscan unit list")
    after = access_of(store).with_grant(given)
    until = None if given.until is None else given.until.isoformat()
    detail: dict[str, str | int | bool | list[str] | None] = {"event": "granted", "person": given.person, "role": given.role}
    _keep(store, after, {**detail, "units": list(given.units), "since": given.since.isoformat(), "until": until}, role, reason, now)
    return after


def revoke(store: Store, whose: str, role: str | None, last: date, reason: str = "", now: datetime | None = None) -> Access:
    """Ends the roles of a person, or one of them, with a day, by an act. Raises as `grant`."""
    own = permit(store, Right.ADMINISTER)
    after = access_of(store).without(whose, role, last)
    _keep(store, after, {"event": "revoked", "person": whose, "role": role, "until": last.isoformat()}, own, reason, now)
    return after


def _keep(
    store: Store,
    access: Access,
    detail: dict[str, str | int | bool | list[str] | None],
    role: str,
    reason: str,
    now: datetime | None,
) -> None:
    rows = [json.dumps(one.document(), ensure_ascii=True, sort_keys=True) for one in access.grants]
    store.set_setting(
        SETTING, {"grants": rows}, Act(now or datetime.now(UTC), person(), role, ActKind.SETTING, SETTING, detail, reason)
    )
