"""Which instruments are in force on a day, and which are dead and by what they were replaced (data/law.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.policy.rows import Document

DATA_FOLDER = Path(__file__).parent / "data"


class Certainty(StrEnum):
    """How a row is known, best first."""

    DOCUMENT = "document"  # the text itself was read
    PRESS = "press"
    SECONDARY = "secondary"  # an unofficial reading
    ANALOGY = "analogy"  # the pattern of another programme
    TO_VERIFY = "to_verify"


class LawState(StrEnum):
    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    DEAD = "dead"
    UNDATED = "undated"  # nothing replaces it, and no source gave the day from which it holds


@dataclass(frozen=True, slots=True)
class Instrument:
    """`name` is as published, in Vietnamese; `summary` a msgid. `replaced_by` follows from the rows of its successors."""

    id: str
    name: str
    summary: str
    in_force_from: date | None
    replaces: tuple[str, ...]
    certainty: Certainty
    reference: str
    replaced_by: str | None = None
    replaced_on: date | None = None  # the day from which its successor holds, None where no source gave it

    def state_on(self, day: date) -> LawState:
        """Where no source gave the day on which the successor came, it is taken as dead: nobody should rely on it."""
        if self.replaced_by is not None and (self.replaced_on is None or day >= self.replaced_on):
            return LawState.DEAD
        if self.in_force_from is None:
            return LawState.IN_FORCE if self.replaced_by is not None else LawState.UNDATED
        return LawState.IN_FORCE if day >= self.in_force_from else LawState.NOT_YET


@cache
def instruments() -> Mapping[str, Instrument]:
    """By id, in the order of the file. Raises DataError."""
    return read_instruments(Document.read(DATA_FOLDER / "law.toml"))


def read_instruments(document: Document) -> Mapping[str, Instrument]:
    """Raises DataError for a row that is wrong, that replaces what has no row, or what another row replaces already."""
    rows, successor = [], dict[str, str]()
    for row in document.rows("instrument"):
        instrument = Instrument(
            id=row.text("id"),
            name=row.text("name"),
            summary=row.text("summary"),
            in_force_from=row.optional_day("in_force_from"),
            replaces=row.texts("replaces"),
            certainty=row.choice("certainty", Certainty),
            reference="; ".join(row.references()),
        )
        row.done()
        for former in instrument.replaces:
            if former in successor or former == instrument.id:
                raise row.wrong(f"{former} is replaced by {successor.get(former, 'itself')} already")
            successor[former] = instrument.id
        rows.append(instrument)
    found = {instrument.id: instrument for instrument in rows}
    missing = sorted(set(successor) - set(found))
    if missing:
        raise document.head(("instrument",)).wrong(f"what is replaced has no row: {', '.join(missing)}")
    return {identifier: _with_successor(each, successor.get(identifier), found) for identifier, each in found.items()}


def _with_successor(instrument: Instrument, successor: str | None, found: Mapping[str, Instrument]) -> Instrument:
    if successor is None:
        return instrument
    return Instrument(
        instrument.id,
        instrument.name,
        instrument.summary,
        instrument.in_force_from,
        instrument.replaces,
        instrument.certainty,
        instrument.reference,
        successor,
        found[successor].in_force_from,
    )
