"""How long too long something is exposed (Mosca's inequality): X + Y - Z, in whole months, per purpose of one target.

X is how long what is recorded today must stay secret, Y how long the migration takes, Z how long until a quantum computer is
assumed to break today's algorithms. Key establishment is exposed from the day of recording on (harvest now, decrypt later). A
signature is exposed only where what it signs has to hold beyond the quantum year: there Y is shown and not added. X is rounded up
to months, Z down. What cannot be known is unknown and never low; nothing here weighs or scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from pqscan.errors import UsageError
from pqscan.model.certificate import Certificate
from pqscan.model.reason import Reason
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.readiness.shelf import UNKNOWN_SHELF, Shelf, data_shelf, signed_shelf
from pqscan.readiness.span import MONTHS_A_YEAR, MOST_YEARS, add_months, begun_months, whole_months
from pqscan.readiness.system import System
from pqscan.readiness.years import AssetClass, asset_class, migration_years, quantum_years
from pqscan.registry.quantum import QuantumClass

PURPOSES = (Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE)
RESISTANT = frozenset({State.EXCLUSIVE, State.DEFAULT})
EARLIEST_YEAR, LATEST_YEAR = 2000, 2199


class ExposureKind(StrEnum):
    """EXPOSED: X + Y - Z is above zero. NOT_YET: it is not. NONE: resistant, or nothing is agreed on or signed.
    OUTSIDE: the system carries state secrets: its years are stated, its cryptography is not judged."""

    EXPOSED = "exposed"
    NOT_YET = "not_yet"
    NONE = "none"
    UNKNOWN = "unknown"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Term:
    """One of X, Y and Z: whole months (None: unknown), the code of the phrase that says where it comes from, and the document."""

    months: int | None
    source: str
    reference: str


@dataclass(frozen=True, slots=True)
class ExposureSettings:
    """What a person may choose. `migration_years` overrides the data file's years of asset classes."""

    quantum_year: int
    migration_years: Mapping[AssetClass, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not EARLIEST_YEAR <= self.quantum_year <= LATEST_YEAR:
            raise UsageError(f"the quantum year {self.quantum_year} is none from {EARLIEST_YEAR} to {LATEST_YEAR}")
        for years in self.migration_years.values():
            _bounded("the migration years of an asset class", years)

    @classmethod
    def default(cls) -> ExposureSettings:
        return cls(next(row.year for row in quantum_years() if row.is_default))

    @property
    def quantum_day(self) -> date:
        """The first day of the year: it is the earliest that the year can mean."""
        return date(self.quantum_year, 1, 1)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What one purpose of one target comes to. `months` is X + Y - Z (X - Z of signatures), None where X is unknown; where the
    state is unknown it is what it would come to. `state` is None outside of the assessment. `reasons` begin with the deciding
    sentence, the second always tells X, Y and Z."""

    purpose: Purpose
    state: State | None
    kind: ExposureKind
    as_of: date
    quantum_year: int
    shelf: Term  # X
    migration: Term  # Y
    quantum: Term  # Z
    months: int | None
    reasons: tuple[Reason, ...]


def exposure(
    system: System | None,
    purpose: Purpose,
    state: State,
    as_of: date,
    settings: ExposureSettings,
    *,
    certificate_until: date | None = None,
) -> Exposure:
    """The exposure of one target of a system (None: of none that is known) for one purpose.

    `certificate_until` is the last day of the certificate that the target authenticates with. Raises UsageError for a purpose that
    is neither key establishment nor signature, and for years of the system that cannot be."""
    if purpose not in PURPOSES:
        raise UsageError(f"exposure is told for key establishment and for signatures, not for {purpose.value}")
    if system is not None:
        _check(system)
    signs = purpose is Purpose.SIGNATURE
    shelf = signed_shelf(system, as_of, certificate_until) if signs else data_shelf(system, as_of)
    x = Term(None if shelf.until is None else begun_months(as_of, shelf.until), shelf.source, shelf.reference)
    y, z = _migration(system, settings), _quantum(as_of, settings)
    assert y.months is not None  # noqa: S101  # Y and Z always have a number.
    assert z.months is not None  # noqa: S101
    months = None if x.months is None else x.months - z.months + (0 if signs else y.months)
    is_outside = system is not None and system.carries_state_secrets
    kind = ExposureKind.OUTSIDE if is_outside else _kind(state, months)
    first = _outside(system) if is_outside and system is not None else _deciding(kind, purpose, state, months, shelf)
    notes = shelf.notes if is_outside else (*shelf.notes, *_notes(purpose, state, kind))
    terms = _terms(purpose, settings.quantum_year, x, y, z, months)
    return Exposure(
        purpose,
        None if is_outside else state,
        kind,
        as_of,
        settings.quantum_year,
        x,
        y,
        z,
        months,
        (first, terms, *notes),
    )


def _kind(state: State, months: int | None) -> ExposureKind:
    if state in RESISTANT or state is State.NONE:
        return ExposureKind.NONE
    if state is State.UNKNOWN or months is None:
        return ExposureKind.UNKNOWN
    return ExposureKind.EXPOSED if months > 0 else ExposureKind.NOT_YET


def _check(system: System) -> None:
    for name in ("retention_years", "extension_years", "migration_years"):
        years = getattr(system, name)
        if years is not None:
            _bounded(f"{name} of the system {system.code}", years)


def _bounded(what: str, years: int) -> None:
    if not 0 <= years <= MOST_YEARS:
        raise UsageError(f"{what}: {years} is no number of years from 0 to {MOST_YEARS}")


def _migration(system: System | None, settings: ExposureSettings) -> Term:
    row = asset_class(system, migration_years())
    if system is not None and system.migration_years is not None:
        return Term(system.migration_years * MONTHS_A_YEAR, "y_from_plan", "")
    if row.asset in settings.migration_years:
        return Term(settings.migration_years[row.asset] * MONTHS_A_YEAR, "y_from_choice", "")
    return Term(row.years * MONTHS_A_YEAR, f"y_from_{row.asset.value}", row.reference)


def _quantum(as_of: date, settings: ExposureSettings) -> Term:
    row = next((row for row in quantum_years() if row.year == settings.quantum_year), None)
    months = whole_months(as_of, settings.quantum_day)
    return Term(months, "z_from_choice", "") if row is None else Term(months, f"z_from_{row.id}", row.reference)


def _deciding(kind: ExposureKind, purpose: Purpose, state: State, months: int | None, shelf: Shelf) -> Reason:
    signs = purpose is Purpose.SIGNATURE
    match kind:
        case ExposureKind.EXPOSED if months is not None:
            return Reason.of("exposure_signature_over" if signs else "exposure_key_over", over=months)
        case ExposureKind.NOT_YET if months is not None:
            return Reason.of("exposure_signature_spare" if signs else "exposure_key_spare", spare=-months)
        case ExposureKind.NONE if state is State.NONE:
            return Reason.of("exposure_signature_nothing" if signs else "exposure_key_nothing")
        case ExposureKind.NONE:
            return Reason.of("exposure_signature_resistant" if signs else "exposure_key_resistant")
    return Reason.of("exposure_state_unknown") if shelf.until is not None else UNKNOWN_SHELF[shelf.source]


def _notes(purpose: Purpose, state: State, kind: ExposureKind) -> tuple[Reason, ...]:
    """What a reader must know of the state to read the number rightly."""
    signs = purpose is Purpose.SIGNATURE
    notes: list[Reason] = []
    if state is State.CAPABLE:
        notes.append(Reason.of("exposure_capable_signature" if signs else "exposure_capable_key"))
    if state is State.BROKEN:
        notes.append(Reason.of("exposure_broken_today"))
    if state is State.DEFAULT:
        notes.append(Reason.of("exposure_default_clients"))
    if state is State.UNKNOWN and kind is ExposureKind.UNKNOWN:
        notes.append(Reason.of("exposure_if_vulnerable"))
    return tuple(notes)


def _outside(system: System) -> Reason:
    if system.lead_authority:
        return Reason.of("exposure_outside_ask", authority=system.lead_authority)
    return Reason.of("exposure_outside")


def _terms(purpose: Purpose, year: int, x: Term, y: Term, z: Term, months: int | None) -> Reason:
    known: dict[str, int | str] = {
        "x_from": x.source,
        "y": y.months or 0,
        "y_from": y.source,
        "z": z.months or 0,
        "z_from": z.source,
    }
    known["year"] = year
    if x.months is None or months is None:
        return Reason.of("exposure_terms_unknown", **known)
    code = "exposure_terms_signature" if purpose is Purpose.SIGNATURE else "exposure_terms_key"
    return Reason.of(code, x=x.months, sum=months, **known)


def lead_day(due: date, exposed: Exposure) -> date:
    """The day on which migration must begin to end on the day that is due: it lies Y before it."""
    return add_months(due, -(exposed.migration.months or 0))


def outliving(certificates: Iterable[Certificate], quantum_year: int) -> tuple[Certificate, ...]:
    """Certificates with a traditional key or signature that are valid in the quantum year (R17): longest first, then by subject."""
    traditional = QuantumClass.TRADITIONAL
    found = [
        each
        for each in certificates
        if each.not_after is not None
        and each.not_after.date() >= date(quantum_year, 1, 1)
        and traditional in (each.public_key.quantum_class, each.signature.quantum_class)
    ]
    return tuple(sorted(found, key=lambda each: (-each.not_after.toordinal() if each.not_after else 0, each.subject, each.sha256)))
