"""A registry's value with its rows. Unlisted and GREASE values are kept: they are facts too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

RowT = TypeVar("RowT")


@dataclass(frozen=True, slots=True)
class CodePoint(Generic[RowT]):
    """`rows` are the meanings that sources give to the value, the likeliest first (standard, draft, private, obsolete);
    empty where no source lists it. `name` is the first meaning's spelling; `candidates` all names where there are several."""

    value: int
    name: str | None
    rows: tuple[RowT, ...]

    @property
    def row(self) -> RowT | None:
        return self.rows[0] if self.rows else None

    @property
    def text(self) -> str:
        """`0x11ec`: the value as every output spells it."""
        return f"0x{self.value:04x}"

    @property
    def candidates(self) -> tuple[str, ...]:
        """The names of all meanings, empty where there is no more than one."""
        names = tuple(dict.fromkeys(str(getattr(row, "name", "")) for row in self.rows))
        return names if len(names) > 1 else ()
