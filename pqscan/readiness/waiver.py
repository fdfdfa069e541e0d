"""Waivers: who lets something stand that a criterion objects to, why, what makes up for it, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Waiver:
    """`covers` is a criterion or a rule by its id; `target` restricts it to one target as reports name it. It counts up to and
    on `expires_on`, and no day longer."""

    covers: str
    approver: str
    reason: str
    compensation: str
    expires_on: date
    target: str | None = None

    def is_in_force(self, day: date) -> bool:
        return day <= self.expires_on
