"""What changes in the register: one record made, altered or taken out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Field = str | int | bool | None | list[str]
Document = Mapping[str, Field]
"""A record as it is stored: its fields by name, days as ISO 8601, choices by their value."""


@dataclass(frozen=True, slots=True)
class Change:
    """`before` None: a new record; `after` None: it is taken out. `kind` names the sheet, `code` the record in it."""

    kind: str
    code: str
    before: Document | None
    after: Document | None
