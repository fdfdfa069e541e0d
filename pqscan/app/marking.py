"""The handling mark that a report bears: what an authorised person decided, as it stands in the register; else none."""

from __future__ import annotations

from datetime import date

from pqscan.errors import UsageError
from pqscan.readiness.register import Register
from pqscan.report import Marking


def marking_of(register: Register, code: str | None, day: date) -> Marking | None:
    """By the record of that code; None where none is named. Nothing that was only proposed is printed.

    Raises UsageError for a code that is none, for one without a decision, and for a decision that lies ahead of `day`."""
    if code is None:
        return None
    found = register.classifications.get(code)
    if found is None:
        raise UsageError(f"the register has no classification {code[:80]!a}: see pqscan register export classification")
    if not found.is_decided or found.decided is None or found.decided_on is None:
        raise UsageError(f"the classification {code} is not decided: a mark needs the name, the number and the day of a decision")
    if found.decided_on > day:
        raise UsageError(f"the classification {code} is decided only as of {found.decided_on}: nothing is marked before")
    return Marking(found.decided, found.decider, found.decision, found.decided_on)
