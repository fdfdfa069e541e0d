"""Snapshots in a store come back as they were filed, with the seal that still holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from pqscan.app.acting import act_of
from pqscan.app.keys import CryptographyCheck
from pqscan.app.store_shelf import StoreShelf
from pqscan.errors import StoreError
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.filed_snapshot import FiledSnapshot
from pqscan.readiness.kept import Keeping, KeptSnapshot
from pqscan.readiness.seal import Purpose, holds
from tests.unit.readiness.sealing_samples import NOW, a_snapshot, key_of, sealed


class Rows:
    """A store in memory."""

    def __init__(self) -> None:
        self.rows: dict[bytes, KeptSnapshot] = {}
        self.acts: list[Act] = []

    def snapshots(self, unit: str | None = None) -> tuple[KeptSnapshot, ...]:
        return tuple(row for row in self.rows.values() if unit in (None, row.unit))

    def keep_snapshot(self, snapshot: KeptSnapshot, act: Act) -> Keeping:
        if snapshot.digest in self.rows:
            return Keeping.KNOWN
        self.rows[snapshot.digest] = snapshot
        self.acts.append(act)
        return Keeping.NEW


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def shelf(rows: Rows) -> StoreShelf:
    @contextmanager
    def opened() -> Iterator[Rows]:
        yield rows

    return StoreShelf(opened)


def filed(unit: str = "DU-01") -> FiledSnapshot:
    file = sealed(a_snapshot(unit))
    return FiledSnapshot.of(file.snapshot, file.seal, NOW, is_imported=True)


def test_what_is_filed_comes_back_with_a_seal_that_holds(rows: Rows, shelf: StoreShelf) -> None:
    assert shelf.keep_snapshot(filed(), act_of(ActKind.IMPORT, "DU-01", NOW)) is True
    assert shelf.keep_snapshot(filed(), act_of(ActKind.IMPORT, "DU-01", NOW)) is False
    assert shelf.keep_snapshot(filed("DU-02"), act_of(ActKind.IMPORT, "DU-02", NOW)) is True
    (found,) = shelf.snapshots("DU-01")
    assert found.snapshot == a_snapshot()
    assert (found.kept_at, found.is_imported) == (NOW, True)
    assert holds(found.seal, found.document, Purpose.SNAPSHOT, key_of("DU-01").public, CryptographyCheck())
    assert [act.subject for act in rows.acts] == ["DU-01", "DU-02"]


def test_a_row_that_was_altered_is_told(rows: Rows, shelf: StoreShelf) -> None:
    shelf.keep_snapshot(filed(), act_of(ActKind.SEAL, "DU-01", NOW))
    (row,) = rows.snapshots()
    for damaged in (
        replace(row, document=b"{}"),
        replace(row, signatures={}),
        replace(row, signatures={**row.signatures, "kept_at": "yesterday"}),
        replace(row, digest=bytes(32)),
    ):
        rows.rows = {damaged.digest: damaged}
        with pytest.raises(StoreError, match="damaged"):
            shelf.snapshots()
