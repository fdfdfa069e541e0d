"""Grants: who holds which role, for which units, from when to when, given by whom; and what follows from all of them.

Where nobody was given a role, whoever opens the store may do everything: the machine of a single officer. On a local SQLite file
this is order among honest people, no protection (`access.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pqscan.errors import UsageError, WorkError
from pqscan.readiness.access import Actor, Right, roles

Above = Callable[[str], Iterable[str]]
"""A unit's code and those of its superiors."""
MOST_GRANTS = 10_000
SETTING = "access"
"""The setting of a store that keeps them."""
_LONGEST = 200  # characters of a name


@dataclass(frozen=True, slots=True)
class Grant:
    """`person` is an account's name, as acts bear it. `units` are codes; those below them are meant as well; none: all units.
    `since` and `until` are inclusive, `until` None for open. Raises UsageError for a grant that cannot be."""

    person: str
    role: str
    units: tuple[str, ...]
    since: date
    until: date | None
    by: str

    def __post_init__(self) -> None:
        Actor.of(self.person, self.role)
        if self.person != self.person.strip() or len(self.person) > _LONGEST or not self.person.isprintable():
            raise UsageError(f"{ascii(self.person)[:100]} is no account name: give it as the system has it")

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    @property
    def administers(self) -> bool:
        """Whether its holder may give roles, for good and everywhere."""
        return Right.ADMINISTER in roles()[self.role].rights and not self.units and self.until is None

    def document(self) -> dict[str, str | list[str] | None]:
        until = None if self.until is None else self.until.isoformat()
        return {
            "person": self.person,
            "role": self.role,
            "units": list(self.units),
            "since": self.since.isoformat(),
            "until": until,
            "by": self.by,
        }

    @classmethod
    def read(cls, row: Mapping[str, object]) -> Grant:
        """Raises ValueError, LookupError, TypeError or UsageError for what `document` did not write."""
        units, until = row["units"], row["until"]
        if not isinstance(units, list):
            raise TypeError("the units of a grant are no list")
        last = None if until is None else date.fromisoformat(str(until))
        since = date.fromisoformat(str(row["since"]))
        return cls(str(row["person"]), str(row["role"]), tuple(map(str, units)), since, last, str(row["by"]))


@dataclass(frozen=True, slots=True)
class Access:
    """All grants of a store, in the order in which they were given."""

    grants: tuple[Grant, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether nobody was ever given a role, so that everybody may do everything."""
        return not self.grants

    def require(
        self, right: Right, person: str, day: date, units: Iterable[str | None] = (), above: Above = lambda unit: (unit,)
    ) -> str:
        """The role in which the person may do it on that day for all of these units; empty where access is open.

        A unit of None is one that nobody knows: only who answers for all units may act for it. Raises WorkError saying which role
        it takes, and who may give it."""
        if self.is_open:
            return ""
        held = [grant for grant in self.grants if grant.person == person and grant.holds_on(day)]
        if not held:
            raise WorkError(f"{person} has no role here on {day.isoformat()}: {self._ask(day)}")
        able = [grant for grant in held if right in roles()[grant.role].rights]
        if not able:
            has = ", ".join(dict.fromkeys(grant.role for grant in held))
            needed = ", ".join(role.id for role in roles().values() if right in role.rights)
            raise WorkError(f"{person} may not do this as {has}: it takes the role of {needed}; {self._ask(day)}")
        paths = {unit: frozenset(() if unit is None else above(unit)) for unit in units}
        for grant in able:
            if not grant.units or all(paths[unit] & set(grant.units) for unit in paths):
                return grant.role
        covered = {code for grant in able for code in grant.units}
        outside = next((unit for unit, path in paths.items() if not path & covered), None)
        place = "what belongs to no unit" if outside is None else f"the unit {outside}"
        raise WorkError(f"{person} may do this for {', '.join(sorted(covered))} alone and not for {place}: {self._ask(day)}")

    def _ask(self, day: date) -> str:
        names = dict.fromkeys(grant.person for grant in self.grants if grant.administers and grant.holds_on(day))
        return f"ask {', '.join(names) or 'an administrator'} for it (pqscan access grant)"

    def with_grant(self, grant: Grant) -> Access:
        """Raises UsageError where nobody could give roles any more: the first one goes to an administrator."""
        if len(self.grants) >= MOST_GRANTS:
            raise UsageError(f"more than {MOST_GRANTS} roles were given: the store keeps no more of them")
        return Access((*self.grants, grant))._governed()

    def without(self, person: str, role: str | None, last: date) -> Access:
        """The person's grants, or those of one role, end with that day. Raises UsageError where none is left to end, and where
        nobody could give roles any more."""
        ended: list[Grant] = []
        found = False
        for grant in self.grants:
            is_meant = grant.person == person and role in (None, grant.role) and (grant.until is None or grant.until > last)
            found |= is_meant
            ended.append(Grant(person, grant.role, grant.units, grant.since, last, grant.by) if is_meant else grant)
        if not found:
            raise UsageError(f"{person} holds no such role: pqscan access list shows who does")
        return Access(tuple(ended))._governed()

    def _governed(self) -> Access:
        if not any(grant.administers for grant in self.grants):
            raise UsageError(
                "nobody could give roles then: first give somebody the role administrator or operator, for all units, without end"
            )
        return self
