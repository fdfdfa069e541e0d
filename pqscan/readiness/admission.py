"""Whether a unit's file is taken: whose seal it bears, and whether it is what the unit reports for that period.

A file is refused with its reason and changes nothing. Nothing in it is believed before the seal holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from pqscan.model.reason import Reason
from pqscan.readiness.filed_snapshot import FiledSnapshot, in_force
from pqscan.readiness.seal import Purpose, SignatureCheck, holds
from pqscan.readiness.unit_file import UnitFile
from pqscan.readiness.unit_key import EnrolledKey

CLOCK_TOLERANCE = timedelta(minutes=10)
"""By how much a unit's clock may be ahead of ours: machines on an independent network have none to ask."""


def fault_of_seal(file: UnitFile, enrolled: Iterable[EnrolledKey], check: SignatureCheck) -> Reason | None:
    """Why the seal is not that of the unit; None where it is: enrolled for this unit, not revoked, valid when it was made."""
    snapshot, seal = file.snapshot, file.seal
    key = next((key for key in enrolled if key.fingerprint == seal.signer), None)
    if key is None:
        return Reason.of("snapshot_key_unknown", fingerprint=seal.signer)
    if not holds(seal, snapshot.encode(), Purpose.SNAPSHOT, key.public, check):
        return Reason.of("snapshot_seal_does_not_hold", unit=snapshot.unit)
    if key.unit != snapshot.unit:
        return Reason.of("snapshot_key_of_another_unit", unit=snapshot.unit, enrolled=key.unit)
    if key.revoked_on is not None:
        return Reason.of("snapshot_key_revoked", day=key.revoked_on.isoformat())
    if not key.valid_from <= snapshot.made_at.date() <= (key.valid_to or date.max):
        return Reason.of("snapshot_key_not_valid", day=snapshot.made_at.date().isoformat())
    return None


def fault_of_file(
    file: UnitFile,
    enrolled: Iterable[EnrolledKey],
    kept: Iterable[FiledSnapshot],
    now: datetime,
    check: SignatureCheck,
    expected: Collection[str] | None = None,
) -> Reason | None:
    """Why the file is refused; None where it is taken (also where the very same is kept already). `expected` are the units that
    report here, None for any that is enrolled."""
    fault = fault_of_seal(file, enrolled, check)
    if fault is not None:
        return fault
    snapshot = file.snapshot
    if expected is not None and snapshot.unit not in expected:
        return Reason.of("snapshot_unit_not_expected", unit=snapshot.unit)
    if snapshot.made_at > now + CLOCK_TOLERANCE:
        return Reason.of("snapshot_from_the_future", made=snapshot.made_at.date().isoformat(), today=now.date().isoformat())
    return _replayed(file, [row for row in kept if row.unit == snapshot.unit])


def _replayed(file: UnitFile, kept: list[FiledSnapshot]) -> Reason | None:
    """An older period after a newer one, or a period again that does not say which file it corrects."""
    snapshot = file.snapshot
    if any(row.digest == file.seal.digest for row in kept):
        return None
    newest = max((row.period.start for row in kept), default=date.min)
    same = next((row for row in in_force(kept) if row.period == snapshot.period), None)
    if same is not None:
        if snapshot.supersedes != same.digest:
            return Reason.of("snapshot_period_again", period=snapshot.period.text, digest=same.digest)
        if snapshot.made_at < same.made_at:
            return Reason.of("snapshot_correction_is_older", made=snapshot.made_at.date().isoformat())
        return None
    if snapshot.period.start < newest:
        return Reason.of("snapshot_period_older", period=snapshot.period.text, newest=newest.isoformat())
    return None
