"""How long history is kept: the rule as a setting of the store, what would go by it, and taking it out.

What targets answer now, what people decided, what was sealed and who did what always stay."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from pqscan.app.acting import act_of
from pqscan.app.permitting import permit
from pqscan.errors import UsageError
from pqscan.readiness.access import Right
from pqscan.readiness.act import ActKind

if TYPE_CHECKING:
    from pqscan.store.purge import Purged
    from pqscan.store.repository import Store

RULE = "retention"
MOST_YEARS = 100


@dataclass(frozen=True, slots=True)
class Retention:
    """The rule of a store: history is kept for so many years; None: for ever."""

    years: int | None


def retention(store: Store) -> Retention:
    """What was set; for ever where nothing was."""
    document = store.setting(RULE)
    years = None if document is None else document.get("years")
    return Retention(years if isinstance(years, int) and not isinstance(years, bool) and 0 < years <= MOST_YEARS else None)


def set_retention(store: Store, years: int | None, now: datetime, reason: str = "") -> None:
    """Sets the rule, with its act. Raises UsageError for a number of years that none can have, WorkError where whoever
    runs the program may not."""
    role = permit(store, Right.ADMINISTER)
    if years is not None and not 0 < years <= MOST_YEARS:
        raise UsageError(f"history is kept for 1 to {MOST_YEARS} years, not {years}")
    store.set_setting(RULE, {"years": years}, replace(act_of(ActKind.SETTING, RULE, now, reason, years=years), role=role))


def day_before(years: int, today: date) -> date:
    """The day so many years ago; the 28th for a 29th of February that there was not. Raises UsageError."""
    if not 0 < years <= MOST_YEARS:
        raise UsageError(f"history is kept for 1 to {MOST_YEARS} years, not {years}")
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)


def boundary(store: Store, today: date, *, keep_years: int | None = None, before: date | None = None) -> date:
    """The day before which history goes: as asked, else by the store's rule. Raises UsageError where neither says."""
    if keep_years is not None and before is not None:
        raise UsageError("give --keep or --before, not both")
    if before is not None:
        if before > today:
            raise UsageError(f"{before} is still to come: name a day that is past")
        return before
    years = keep_years if keep_years is not None else retention(store).years
    if years is None:
        raise UsageError("nothing says how long history is kept: give --keep YEARS or --before DATE, or set `pqscan db retention`")
    return day_before(years, today)


def would_purge(store: Store, day: date) -> Purged:
    """What would go; the store stays as it is."""
    return store.would_purge(_moment(day))


def purge(store: Store, day: date, now: datetime, reason: str = "") -> Purged:
    """Takes it out, with its act, and gives the space back. Raises StoreError, WorkError where one may not."""
    role = permit(store, Right.ADMINISTER)
    act = act_of(ActKind.PURGE, f"history before {day}", now, reason, before=day.isoformat())
    gone = store.purge(_moment(day), replace(act, role=role))
    store.give_back()
    return gone


def purged_before(store: Store) -> datetime | None:
    """Up to when history was taken out; None where none was."""
    document = store.setting("purged")
    value = None if document is None else document.get("before")
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
