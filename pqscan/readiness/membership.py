"""Which system a target belongs to, and what a judgement must know of that system."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pqscan.model.target import Target
from pqscan.policy.system import SystemContext


@dataclass(frozen=True, slots=True)
class Member:
    """`system` is the system's code."""

    system: str
    context: SystemContext


Membership = Callable[[Target], Member | None]
"""None: no system claims the target, or two do alike."""
