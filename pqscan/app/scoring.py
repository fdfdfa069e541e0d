"""Scores what the exposure list has under a pack of risk, and fills in the indicators of an index: from what the store holds, so
that another pack changes the scores without a scan (R20, R21)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.app.exposing import ExposureList
from pqscan.errors import DataError, UsageError
from pqscan.policy.rows import LARGEST_FILE_BYTES, Document
from pqscan.policy.rule import PolicyEdition, Purpose
from pqscan.readiness.exposure import ExposureKind
from pqscan.readiness.figure_names import Figures
from pqscan.readiness.index_pack import IndexPack, read_index, shipped_index
from pqscan.readiness.risk_pack import RiskPack, read_risk, shipped_risk
from pqscan.registry.foreign_file import open_regular

if TYPE_CHECKING:
    from pqscan.store.repository import Store


@dataclass(frozen=True, slots=True)
class Risk:
    """Targets of one system that are alike for one purpose. None in `likelihood`, `impact` and `risk`: unknown, and never low;
    `owner` is the unit that answers for the system, None where nobody stated it."""

    system: str | None
    purpose: Purpose
    likelihood: str | None
    impact: str | None
    risk: str | None
    owner: str | None
    treatment: str | None
    targets: int


@dataclass(frozen=True, slots=True)
class Scored:
    """`risks` from the highest step of the pack's scale down, then what is unknown; `outside` counts rows that are outside of the
    assessment, which no pack scores. Empty under a pack that was not issued."""

    pack: RiskPack
    risks: tuple[Risk, ...]
    outside: int


def score(exposed: ExposureList, pack: RiskPack) -> Scored:
    """Each row of the list under a pack, alike ones together."""
    if not pack.scale:
        return Scored(pack, (), 0)
    counts: dict[tuple[str | None, Purpose, str | None], int] = {}
    outside = 0
    for place in exposed.places:
        found = place.item.exposure
        if found.kind is ExposureKind.OUTSIDE:
            outside += len(place.rows)
            continue
        key = (place.item.system, found.purpose, pack.likelihood(found.kind, found.state, found.purpose))
        counts[key] = counts.get(key, 0) + len(place.rows)
    risks = []
    for (code, purpose, likelihood), targets in counts.items():
        system = None if code is None else exposed.systems.get(code)
        impact = pack.impact(system)
        risk = pack.risk(likelihood, impact)
        owner = None if system is None else system.owner
        risks.append(Risk(code, purpose, likelihood, impact, risk, owner, pack.treatment(risk), targets))
    steps = {step: place for place, step in enumerate(reversed(pack.scale))}
    unknown = len(steps)
    risks.sort(
        key=lambda one: (steps.get(one.risk or "", unknown), one.system or "\U0010ffff", one.purpose.value, one.likelihood or "")
    )
    return Scored(pack, tuple(risks), outside)


def risk_pack(path: Path | None) -> RiskPack:
    """The pack in a file; without one the national framework as it stands. Raises UsageError naming file and row."""
    if path is None:
        return shipped_risk()
    try:
        return read_risk(_document(path))
    except DataError as error:
        raise UsageError(f"{error}.") from None


def index_pack(path: Path | None) -> IndexPack:
    """As `risk_pack`, of an index."""
    if path is None:
        return shipped_index()
    try:
        return read_index(_document(path))
    except DataError as error:
        raise UsageError(f"{error}.") from None


def _document(path: Path) -> Document:
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from None
    return Document.parse(data, str(path))


def figures_of(store: Store, within: Collection[str] | None, day: date | None, policies: Sequence[PolicyEdition]) -> Figures:
    """The figures that a report of these systems shows; None: of everything."""
    from pqscan.app.assessment import assess
    from pqscan.app.handing_in import Beside, with_readiness

    inventory = assess(store, policies=policies, as_of=day, within=within)
    view = with_readiness(inventory, store, Beside(within=within, is_page=True)).readiness
    return {} if view is None else view.figures
