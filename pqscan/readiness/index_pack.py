"""An index of indicators as a pack: which of the closed figures fills which indicator (R21).

An index that was not issued has no indicators and no values; nothing is made up in its place. No pack can weigh indicators or add
them up: what an index makes of them is for whoever issues it to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from pqscan.policy.rows import Document, PolicyRow
from pqscan.readiness.figure_names import Figures, is_figure
from pqscan.readiness.law import DATA_FOLDER

MOST_INDICATORS = 1000
SHIPPED = DATA_FOLDER / "index.toml"


class PackStatus(StrEnum):
    """ISSUED: by whoever may; TRIAL: somebody's own, to try the reckoning; NOT_ISSUED: awaited, and empty."""

    NOT_ISSUED = "not_issued"
    TRIAL = "trial"
    ISSUED = "issued"


class Filling(StrEnum):
    """VALUE: it can be reckoned; NO_FIGURES: what it asks for was not stated; NOT_ISSUED: how it is reckoned was not issued."""

    VALUE = "value"
    NO_FIGURES = "no_figures"
    NOT_ISSUED = "not_issued"


@dataclass(frozen=True, slots=True)
class Indicator:
    """`title` is as published. The figures of `part` are added; `whole` is what they are a share of, None where they are a count.
    Without `part` nobody issued how it is reckoned."""

    id: str
    title: str
    part: tuple[str, ...]
    whole: str | None
    reference: str


@dataclass(frozen=True, slots=True)
class IndexPack:
    id: str
    title: str  # as published
    status: PackStatus
    verified_on: date
    reference: str
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """One indicator of some figures. `part` and `whole` are there where it has a value."""

    indicator: Indicator
    filling: Filling
    part: int | None = None
    whole: int | None = None

    @property
    def share(self) -> Fraction | None:
        """Exact; None for a count, and where there is no value."""
        return Fraction(self.part, self.whole) if self.part is not None and self.whole else None


def read_index(document: Document) -> IndexPack:
    """The pack in a file. Raises DataError naming file and row."""
    head = document.head(("indicator",))
    status = head.choice("status", PackStatus)
    rows = document.rows("indicator", least=0)
    if status is PackStatus.NOT_ISSUED and rows:
        raise head.wrong("an index that was not issued has no indicators")
    if len(rows) > MOST_INDICATORS:
        raise head.wrong(f"more than {MOST_INDICATORS} indicators")
    pack = IndexPack(
        id=head.text("id"),
        title=head.text("name"),
        status=status,
        verified_on=head.day("verified_on"),
        reference="; ".join(head.references()),
        indicators=tuple(map(_indicator, rows)),
    )
    head.done()
    return pack


def _indicator(row: PolicyRow) -> Indicator:
    part, whole = row.texts("part"), row.optional_text("whole")
    unknown = [name for name in (*part, *(() if whole is None else (whole,))) if not is_figure(name)]
    if unknown:
        raise row.wrong(f"there is no figure {unknown[0]}")
    if whole is not None and not part:
        raise row.wrong("a whole without a part gives no share")
    found = Indicator(row.text("id"), row.text("title"), part, whole, "; ".join(row.references()))
    row.done()
    return found


def shipped_index() -> IndexPack:
    """The national index as it stands. Raises DataError."""
    return read_index(Document.read(SHIPPED))


def fill_in(pack: IndexPack, figures: Figures) -> tuple[Filled, ...]:
    """Each indicator in the order of the pack; a figure that nobody stated is missing and never zero."""
    return tuple(_filled(indicator, figures) for indicator in pack.indicators)


def _filled(indicator: Indicator, figures: Figures) -> Filled:
    if not indicator.part:
        return Filled(indicator, Filling.NOT_ISSUED)
    names: Iterable[str] = (*indicator.part, *(() if indicator.whole is None else (indicator.whole,)))
    if any(name not in figures for name in names) or (indicator.whole is not None and not figures[indicator.whole]):
        return Filled(indicator, Filling.NO_FIGURES)
    whole = None if indicator.whole is None else figures[indicator.whole]
    return Filled(indicator, Filling.VALUE, sum(figures[name] for name in indicator.part), whole)
