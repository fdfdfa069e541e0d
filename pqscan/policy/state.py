"""The two states of a target (DESIGN: key establishment and authentication), computed from facts alone.

OUTSIDE is no finding about facts: the system carries state secrets, and nothing in it is judged here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pqscan.model.reason import Reason


class State(StrEnum):
    UNKNOWN = "unknown"
    NONE = "none"
    BROKEN = "broken"
    EXCLUSIVE = "exclusive"
    DEFAULT = "default"
    CAPABLE = "capable"
    VULNERABLE = "vulnerable"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A state and why, the deciding reason first."""

    state: State
    reasons: tuple[Reason, ...] = ()
