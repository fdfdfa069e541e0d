"""X: until when something must stay secret, or a signature must hold; and where that comes from.

The level alone is asked, never the document. Where neither a level nor years are stated it is not known: `until` is None, and the
source's code says what is missing («chưa phân loại»). `notes` are what a reader must know of the number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pqscan.model.reason import Reason
from pqscan.readiness.span import MONTHS_A_YEAR, add_months
from pqscan.readiness.system import DataClass, System, SystemKind
from pqscan.readiness.years import protection_periods, retentions

SIGNS_DOCUMENTS = frozenset({SystemKind.SIGNING, SystemKind.ARCHIVE})
SIGNS_FIRMWARE = frozenset({"software_signing", "firmware_signing", "firmware"})

UNKNOWN_SHELF = {
    "x_no_system": Reason.of("exposure_no_system"),
    "x_unclassified": Reason.of("exposure_unclassified"),
    "x_no_retention": Reason.of("exposure_no_retention"),
    "x_no_level": Reason.of("exposure_no_level"),
    "x_no_signed_life": Reason.of("exposure_no_signed_life"),
    "x_no_certificate": Reason.of("exposure_no_certificate"),
}
"""What to say where X is unknown, by the code of its source."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """`until` is the last day; None: unknown, for the reason that `source` names."""

    until: date | None
    source: str
    reference: str = ""
    notes: tuple[Reason, ...] = ()


def data_shelf(system: System | None, as_of: date) -> Shelf:
    """Until when what the system holds must stay secret: the later of its secrecy level's end and its retention years."""
    if system is None:
        return Shelf(None, "x_no_system")
    secret, kept = _of_level(system, as_of), _kept(system, as_of)
    if secret is not None:
        if kept is None or kept.until is None or (secret.until is not None and secret.until >= kept.until):
            return secret
        return Shelf(kept.until, kept.source, kept.reference, secret.notes)
    if kept is not None:
        return kept
    if DataClass.STATE_SECRET in system.data_classes:
        return Shelf(None, "x_no_level")
    return _of_class(system, as_of)


def _of_level(system: System, as_of: date) -> Shelf | None:
    if system.secrecy is None:
        return None
    period = protection_periods()[system.secrecy]
    extension = system.extension_years or 0
    begun = system.marked_on or as_of
    notes: list[Reason] = []
    if period.is_unverified:
        notes.append(Reason.of("exposure_period_unverified"))
    if extension:
        notes.append(Reason.of("exposure_extended", years=extension, most=period.extension_years))
    if system.marked_on is not None:
        notes.append(Reason.of("exposure_marked", date=system.marked_on.isoformat()))
    since = "today" if system.marked_on is None else "marked"
    until = add_months(begun, (period.years + extension) * MONTHS_A_YEAR)
    return Shelf(until, f"x_{period.level.value}_{since}", period.reference, tuple(notes))


def _kept(system: System, as_of: date) -> Shelf | None:
    if system.retention_years is None:
        return None
    return Shelf(add_months(as_of, system.retention_years * MONTHS_A_YEAR), "x_retention")


def _of_class(system: System, as_of: date) -> Shelf:
    """What sources say of its kind and of every class of its data; one of which they say nothing leaves it unknown."""
    rows = [row for row in retentions() if row.system_kind is system.kind and row.years is not None]
    of_classes = {row.data_class: row for row in retentions() if row.data_class is not None}
    if not system.data_classes and not rows:
        return Shelf(None, "x_unclassified")
    if not system.data_classes <= of_classes.keys():
        return Shelf(None, "x_no_retention")
    rows += [of_classes[each] for each in sorted(system.data_classes)]
    silent = next((row for row in rows if row.years is None), None)
    if silent is not None:
        return Shelf(None, "x_no_retention", silent.reference)
    longest = max((row.years or 0 for row in rows), default=0)
    source = "x_public" if system.data_classes == {DataClass.PUBLIC} and longest == 0 else "x_class"
    references = "; ".join(dict.fromkeys(row.reference for row in rows))
    return Shelf(add_months(as_of, longest * MONTHS_A_YEAR), source, references)


def signed_shelf(system: System | None, as_of: date, certificate_until: date | None) -> Shelf:
    """Until when signatures must hold: documents and firmware as long as they are kept, a server's as long as its certificate.

    A system that signs what is kept, and does not say for how long, leaves it unknown however soon its certificate ends."""
    own = set() if system is None else {category.removeprefix("category:").lower() for category in system.categories}
    signs_firmware = bool(own & SIGNS_FIRMWARE)
    if system is not None and (system.kind in SIGNS_DOCUMENTS or signs_firmware):
        kept = data_shelf(system, as_of) if system.retention_years is None else _kept(system, as_of)
        if kept is None or kept.until is None:
            return Shelf(None, "x_no_signed_life")
        if certificate_until is None or kept.until >= certificate_until:
            return Shelf(kept.until, "x_firmware" if signs_firmware else "x_documents", kept.reference, kept.notes)
    if certificate_until is None:
        return Shelf(None, "x_no_certificate")
    return Shelf(certificate_until, "x_certificate")
