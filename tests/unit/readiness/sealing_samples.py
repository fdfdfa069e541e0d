"""Units with keys, enrolled by their superior, and the files that they carry there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from pqscan.app.keys import UnitKey, make_key
from pqscan.readiness.filed_snapshot import FiledSnapshot
from pqscan.readiness.seal import Purpose, seal
from pqscan.readiness.snapshot import ActsHead, Period, PolicyMark, SealedFile, Snapshot
from pqscan.readiness.unit_file import UnitFile
from pqscan.readiness.unit_key import EnrolledKey

NOW = datetime(2026, 9, 20, 8, 30, tzinfo=UTC)
YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))


def key_of(unit: str, generation: int = 0) -> UnitKey:
    """One key for all tests; each generation takes the place of the one before."""
    return _made(unit, generation)


@cache
def _made(unit: str, generation: int) -> UnitKey:
    with TemporaryDirectory() as folder:
        return make_key(Path(folder), unit, NOW, old=_made(unit, generation - 1) if generation else None)


def enrolled(unit: str, generation: int = 0) -> EnrolledKey:
    return EnrolledKey(unit, key_of(unit, generation).public, date(2026, 1, 1))


def a_snapshot(unit: str = "DU-01", figures: Mapping[str, int] | None = None, *files: SealedFile) -> Snapshot:
    plain = {"targets.total": 3, "key_establishment.vulnerable": 2, "key_establishment.unknown": 1}
    return Snapshot(
        unit=unit,
        unit_name="Đảng uỷ Uỷ ban nhân dân tỉnh",
        head="Nguyễn Thị Hoà",
        head_title="Bí thư",
        period=YEAR,
        cut_off=NOW,
        made_at=NOW,
        tool_version="0.1.0",
        registry_edition="2026-11",
        policies=(PolicyMark("vietnam", "state of November 2026", "awaiting_guidance", "ab" * 32),),
        figures=plain if figures is None else figures,
        facts_digest="cd" * 32,
        files=files,
        acts=ActsHead(7, "ef" * 32),
    )


def sealed(snapshot: Snapshot, files: Mapping[str, bytes] | None = None, *, by: UnitKey | None = None) -> UnitFile:
    return UnitFile(snapshot, seal(snapshot.encode(), Purpose.SNAPSHOT, by or key_of(snapshot.unit)), files or {})


def with_file(name: str = "he-thong.csv", content: bytes = b"a;b\n1;2\n") -> UnitFile:
    listed = SealedFile(name, len(content), hashlib.sha256(content).hexdigest())
    return sealed(a_snapshot("DU-01", None, listed), {name: content})


def kept(file: UnitFile, at: datetime = NOW) -> FiledSnapshot:
    return FiledSnapshot.of(file.snapshot, file.seal, at, is_imported=True)


@dataclass(frozen=True, slots=True)
class Forged:
    """A file whose snapshot was altered and whose seal was left as it was."""

    @staticmethod
    def of(file: UnitFile, **changes: object) -> UnitFile:
        return replace(file, snapshot=replace(file.snapshot, **changes))  # type: ignore[arg-type]
