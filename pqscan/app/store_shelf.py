"""Snapshots kept in a store, with the acts that brought them in; the seal and the time of keeping stand beside the document."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC
from typing import Protocol

from pqscan.app.permitting import permit
from pqscan.errors import MalformedMessage, StoreError
from pqscan.readiness.access import Right
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.filed_snapshot import FiledSnapshot
from pqscan.readiness.foreign_json import Fields, moment_text
from pqscan.readiness.kept import Keeping, KeptSnapshot
from pqscan.readiness.seal import Seal
from pqscan.readiness.snapshot import Snapshot

_KEPT_AT = "kept_at"


class Keeper(Protocol):
    """A store, as far as snapshots go."""

    def snapshots(self, unit: str | None = None) -> tuple[KeptSnapshot, ...]: ...

    def keep_snapshot(self, snapshot: KeptSnapshot, act: Act) -> Keeping: ...


class StoreShelf:
    """Opens the store for each question: what it is asked for takes long between two of them."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Keeper]]) -> None:
        self._opened = opened

    def snapshots(self, unit: str | None = None) -> tuple[FiledSnapshot, ...]:
        """Raises StoreError where what is kept is not what was sealed."""
        with self._opened() as store:
            return tuple(_filed(row) for row in store.snapshots(unit))

    def keep_snapshot(self, row: FiledSnapshot, act: Act) -> bool:
        """True where it is new here."""
        signatures = {name: value for name, value in row.seal.document().items() if isinstance(value, str)}
        kept = KeptSnapshot(
            bytes.fromhex(row.digest),
            row.unit,
            row.period.start,
            row.period.end,
            row.made_at,
            row.head,
            row.document,
            {**signatures, _KEPT_AT: moment_text(row.kept_at)},
            row.is_imported,
        )
        right = Right.SEAL if act.kind is ActKind.SEAL else Right.REGISTER
        with self._opened() as store:
            role = permit(store, right, act.actor, lambda _: (row.unit,))
            return store.keep_snapshot(kept, replace(act, role=role or act.role)) is not Keeping.KNOWN


def _filed(row: KeptSnapshot) -> FiledSnapshot:
    name = row.digest.hex()
    beside = {key: value for key, value in row.signatures.items() if isinstance(value, str)}
    kept_at = beside.pop(_KEPT_AT, "")
    try:
        seal = Seal.read(Fields({**beside}, "the seal"))
        snapshot = Snapshot.decode(row.document)
        moment = Fields({_KEPT_AT: kept_at}, "the snapshot").moment(_KEPT_AT).astimezone(UTC)
    except MalformedMessage as error:
        raise StoreError(f"the snapshot {name[:12]} in the store is damaged: {error}; restore a backup") from None
    if seal.digest != name:
        raise StoreError(f"the snapshot {name[:12]} in the store is damaged: its seal is of another one; restore a backup")
    return FiledSnapshot.of(snapshot, seal, moment, is_imported=row.imported)
