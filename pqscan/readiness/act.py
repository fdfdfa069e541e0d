"""Acts: what a person did that changes a judgement or lets data out. Each is one row of a chain that only grows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ActKind(StrEnum):
    REGISTER = "register"  # records made, altered, taken out
    DECISION = "decision"  # on a finding
    SEAL = "seal"
    EXPORT = "export"
    IMPORT = "import"
    KEY = "key"
    PURGE = "purge"
    SETTING = "setting"  # a policy chosen, a quantum year set


@dataclass(frozen=True, slots=True)
class Act:
    """`actor` is who did it, as the system or the user names them; `role` in which capacity; `detail` what exactly, without any
    secret: names of fields to values."""

    at: datetime
    actor: str
    role: str
    kind: ActKind
    subject: str
    detail: Mapping[str, str | int | bool | list[str] | None]
    reason: str = ""
