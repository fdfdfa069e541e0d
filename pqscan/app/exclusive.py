"""What must be so before a scan begins to write: nobody else scans the same into the same store, and the clock has not run back."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pqscan.app.acting import person
from pqscan.errors import WorkError
from pqscan.model.inventory import Run

if TYPE_CHECKING:
    from pqscan.store.claims import Holder
    from pqscan.store.repository import Store

CLOCKS_DIFFER = timedelta(seconds=5)
"""Machines that write into one store may be so far apart before it is told."""


@contextmanager
def alone(store: Store, run: str, now: datetime, scope: str, site: str, plan: str = "") -> Iterator[None]:
    """Inside, no other program scans the same targets of the same site, or for the same plan, into this store.

    Raises WorkError that says who does, and since when."""
    from pqscan.store.claims import AlreadyClaimed, Holder

    holder = Holder(run, person(), now)
    with contextlib.ExitStack() as held:
        try:
            if plan:
                held.enter_context(store.claimed(json.dumps(["plan", plan]), holder))
        except AlreadyClaimed as error:
            raise WorkError(f"the plan {plan} is at work already ({_said(error.holder)}): wait until that has ended") from None
        try:
            held.enter_context(store.claimed(json.dumps(["scan", site, scope]), holder))
        except AlreadyClaimed as error:
            raise WorkError(
                f"the same targets are being scanned into this store already ({_said(error.holder)}): wait until that has ended"
            ) from None
        yield


def _said(holder: Holder | None) -> str:
    if holder is None:
        return "by another program"
    return f"run {holder.run} by {holder.by} since {holder.since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class RanBack:
    """A run that ended, or began, later than the one that begins now says it does: `at` by the clock of back then."""

    run: Run
    at: datetime


def ran_back(store: Store, run: Run) -> RanBack | None:
    """Whether the clock stands before what the store holds already. What such a run finds changed is kept as something older."""
    moments = [
        RanBack(other, max(moment for moment in (other.started_at, other.finished_at) if moment is not None))
        for other in store.runs()
        if other.id != run.id
    ]
    newest = max(moments, key=lambda found: found.at, default=None)
    return newest if newest is not None and run.started_at + CLOCKS_DIFFER < newest.at else None
