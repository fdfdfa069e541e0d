"""Which mark a thing bears, by whose decision. pqscan may propose; an authorised person decides; nothing is marked before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pqscan.model.reason import Reason
from pqscan.readiness.cells import CODE, Choice, Day, Text
from pqscan.readiness.sheet import Sheet


class Mark(StrEnum):
    TOP_SECRET = "top_secret"  # noqa: S105  # A level, no password.
    SECRET = "secret"  # noqa: S105
    CONFIDENTIAL = "confidential"
    INTERNAL = "internal"  # Lưu hành nội bộ
    NONE = "none"  # decided to bear none


@dataclass(frozen=True, slots=True)
class Classification:
    """What was proposed and decided for one thing (a report, a file, this inventory)."""

    code: str
    what: str
    proposed: Mark | None = None
    decided: Mark | None = None
    decider: str = ""
    decision: str = ""
    decided_on: date | None = None
    note: str = ""

    @property
    def is_decided(self) -> bool:
        return self.decided is not None and bool(self.decider) and bool(self.decision) and self.decided_on is not None

    @property
    def mark(self) -> Mark | None:
        """What may be printed: the decided mark, with name, number and day of the decision; never a proposed one."""
        return self.decided if self.is_decided and self.decided is not Mark.NONE else None


def _decision_whole(row: Classification) -> Reason | None:
    if row.decided is not None and not row.is_decided:
        return Reason.of("mark_without_decision", sheet="classification", line=0, name=row.code)
    return None


CLASSIFICATION_SHEET = Sheet(
    "classification",
    Classification,
    (
        ("code", CODE),
        ("what", Text(1000, lines=True)),
        ("proposed", Choice(Mark)),
        ("decided", Choice(Mark)),
        ("decider", Text(200)),
        ("decision", Text(100)),
        ("decided_on", Day()),
        ("note", Text(2000, lines=True)),
    ),
    check=_decision_whole,
)
