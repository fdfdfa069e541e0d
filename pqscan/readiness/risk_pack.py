"""A framework of risk as a pack: what is how likely, what weighs how much, and what is done about it (R20).

A pack is scales and rows; the first row that fits counts, and what no row fits is unknown, never low. A framework that was not
issued has no rows, and nothing is scored under it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pqscan.policy.rows import Document, PolicyRow
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.exposure import ExposureKind
from pqscan.readiness.index_pack import PackStatus
from pqscan.readiness.law import DATA_FOLDER
from pqscan.readiness.system import DataClass, System, SystemKind

MOST_ROWS = 1000
MOST_STEPS = 20  # of a scale
SHIPPED = DATA_FOLDER / "risk.toml"
_TABLES = ("likelihood", "impact", "risk", "treatment")
_FORBIDDEN = frozenset({ExposureKind.OUTSIDE.value})


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Fits where each field that is not empty holds the value asked for."""

    value: str
    exposures: frozenset[str]
    states: frozenset[str]
    purposes: frozenset[str]

    def fits(self, kind: ExposureKind, state: State | None, purpose: Purpose) -> bool:
        return (
            (not self.exposures or kind.value in self.exposures)
            and (not self.states or (state is not None and state.value in self.states))
            and (not self.purposes or purpose.value in self.purposes)
        )


@dataclass(frozen=True, slots=True)
class Impact:
    """Fits a system at that level or above, of one of the kinds, with one of the classes of data, that is critical: as far as the
    row asks for it. What the register does not state fits nothing that asks for it."""

    value: str
    level: int | None
    kinds: frozenset[str]
    data_classes: frozenset[str]
    is_critical: bool

    def fits(self, system: System) -> bool:
        return (
            (self.level is None or (system.level is not None and system.level >= self.level))
            and (not self.kinds or system.kind.value in self.kinds)
            and (not self.data_classes or bool(self.data_classes & {one.value for one in system.data_classes}))
            and (not self.is_critical or system.is_critical)
        )


@dataclass(frozen=True, slots=True)
class RiskPack:
    """The scales are words as the pack writes them, the least first. `risks` by (likelihood, impact); `treatments` by risk."""

    id: str
    title: str  # as published
    status: PackStatus
    verified_on: date
    reference: str
    scale: tuple[str, ...] = ()
    likelihoods: tuple[Likelihood, ...] = ()
    impacts: tuple[Impact, ...] = ()
    risks: tuple[tuple[tuple[str, str], str], ...] = ()
    treatments: tuple[tuple[str, str], ...] = ()

    def likelihood(self, kind: ExposureKind, state: State | None, purpose: Purpose) -> str | None:
        """None: unknown, as what is unknown in the inventory always is, whatever a pack says."""
        if kind is ExposureKind.UNKNOWN:
            return None
        return next((row.value for row in self.likelihoods if row.fits(kind, state, purpose)), None)

    def impact(self, system: System | None) -> str | None:
        """None: unknown; so is that of a target of no system."""
        return None if system is None else next((row.value for row in self.impacts if row.fits(system)), None)

    def risk(self, likelihood: str | None, impact: str | None) -> str | None:
        """None where one of them is unknown."""
        return None if likelihood is None or impact is None else dict(self.risks).get((likelihood, impact))

    def treatment(self, risk: str | None) -> str | None:
        """What the pack says is done about it; None where it says nothing."""
        return None if risk is None else dict(self.treatments).get(risk)


def read_risk(document: Document) -> RiskPack:
    """The pack in a file. Raises DataError naming file and row."""
    head = document.head(_TABLES)
    status = head.choice("status", PackStatus)
    scales = {name: head.texts(name) for name in ("likelihoods", "impacts", "risks")}
    tables = {name: document.rows(name, least=0) for name in _TABLES}
    if status is PackStatus.NOT_ISSUED and (any(scales.values()) or any(tables.values())):
        raise head.wrong("a framework that was not issued scores nothing")
    if any(len(rows) > MOST_ROWS for rows in tables.values()) or any(len(scale) > MOST_STEPS for scale in scales.values()):
        raise head.wrong(f"more than {MOST_ROWS} rows of a table, or {MOST_STEPS} steps of a scale")
    empty = next((name for name, scale in scales.items() if not scale), None)
    if status is not PackStatus.NOT_ISSUED and empty is not None:
        raise head.wrong(f"{empty} must list the steps of the scale, the least first")
    risks = tuple(_risk(row, scales) for row in tables["risk"])
    _refuse_gaps(head, scales, risks)
    pack = RiskPack(
        id=head.text("id"),
        title=head.text("name"),
        status=status,
        verified_on=head.day("verified_on"),
        reference="; ".join(head.references()),
        scale=scales["risks"],
        likelihoods=tuple(_likelihood(row, scales["likelihoods"]) for row in tables["likelihood"]),
        impacts=tuple(_impact(row, scales["impacts"]) for row in tables["impact"]),
        risks=risks,
        treatments=tuple(_treatment(row, scales["risks"]) for row in tables["treatment"]),
    )
    head.done()
    return pack


def shipped_risk() -> RiskPack:
    """The national framework as it stands. Raises DataError."""
    return read_risk(Document.read(SHIPPED))


def _refuse_gaps(head: PolicyRow, scales: dict[str, tuple[str, ...]], risks: tuple[tuple[tuple[str, str], str], ...]) -> None:
    """Every pair of a likelihood and an impact has one risk: a pair that was forgotten would be unknown without a word."""
    pairs = [pair for pair, _ in risks]
    twice = next((pair for place, pair in enumerate(pairs) if pair in pairs[:place]), None)
    if twice is not None:
        raise head.wrong(f"the risk of {twice[0]} and {twice[1]} stands there twice")
    known = set(pairs)
    missing = next(
        ((one, other) for one in scales["likelihoods"] for other in scales["impacts"] if (one, other) not in known), None
    )
    if missing is not None:
        raise head.wrong(f"there is no [[risk]] of {missing[0]} and {missing[1]}")


def _likelihood(row: PolicyRow, scale: tuple[str, ...]) -> Likelihood:
    allowed = {kind.value for kind in ExposureKind} - _FORBIDDEN
    found = Likelihood(
        row.text("value", among=scale),
        _among(row, "exposures", allowed),
        _among(row, "states", {state.value for state in State}),
        _among(row, "purposes", {Purpose.KEY_ESTABLISHMENT.value, Purpose.SIGNATURE.value}),
    )
    row.done()
    return found


def _impact(row: PolicyRow, scale: tuple[str, ...]) -> Impact:
    found = Impact(
        row.text("value", among=scale),
        row.optional_whole("level", least=1, most=5),
        _among(row, "kinds", {kind.value for kind in SystemKind}),
        _among(row, "data_classes", {one.value for one in DataClass}),
        row.flag("critical"),
    )
    row.done()
    return found


def _risk(row: PolicyRow, scales: dict[str, tuple[str, ...]]) -> tuple[tuple[str, str], str]:
    pair = row.text("likelihood", among=scales["likelihoods"]), row.text("impact", among=scales["impacts"])
    value = row.text("value", among=scales["risks"])
    row.done()
    return pair, value


def _treatment(row: PolicyRow, scale: tuple[str, ...]) -> tuple[str, str]:
    found = row.text("risk", among=scale), row.text("text")
    row.done()
    return found


def _among(row: PolicyRow, field: str, allowed: set[str]) -> frozenset[str]:
    values = frozenset(row.texts(field))
    if values - allowed:
        raise row.wrong(f"{field} is one of {', '.join(sorted(allowed))}, not {min(values - allowed)}")
    return values
