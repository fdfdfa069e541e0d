"""The chain of acts against what was noted of it elsewhere: in the audit log, and in files that people keep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.app.permitting import permit
from pqscan.errors import UsageError, WorkError
from pqscan.readiness.access import Right
from pqscan.readiness.chain import ChainHead, ChainReport
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.audit import AuditLog, Entry, default_path, walk

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_MOST_ANCHOR_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another chain was put in this store's place: when, and the reason that was given."""

    at: str
    acts: int
    reason: str


@dataclass(frozen=True, slots=True)
class VerifiedActs:
    """What a walk of the chain found. `anchors` counts the heads it was held against; `log` is the audit log they came from, None
    where there is none. `replaced` are the chains given up since, which somebody who hides something does, too."""

    report: ChainReport
    anchors: int
    log: Path | None
    replaced: tuple[Replaced, ...]


def note_head(place: str, head: ChainHead, log: Path | None = None) -> None:
    """Notes the chain's head in the audit log. Raises WorkError where it cannot; the act itself is kept."""
    try:
        AuditLog(log).act_noted(datetime.now(UTC), place, head.entries, head.hash)
    except WorkError as error:
        raise WorkError(f"what was done is kept in the store, but not noted outside of it: {error}") from None


def verify_acts(store: Store, *, anchor: Path | None = None, log: Path | None = None) -> VerifiedActs:
    """Walks the store's acts, and holds them against every head noted in the audit log and in the file `anchor`.

    Raises WorkError where the audit log itself was changed, UsageError where `anchor` holds no head."""
    path = default_path() if log is None else log
    noted: list[ChainHead] = []
    replaced: tuple[Replaced, ...] = ()
    exists = path.exists() or log is not None
    if exists:
        noted, replaced = _noted(path, store.place)
    if anchor is not None:
        noted += read_anchor(anchor)
    return VerifiedActs(store.verify_acts(noted), len(set(noted)), path if exists else None, replaced)


def accept_chain(store: Store, reason: str, log: Path | None = None) -> ChainHead:
    """Notes in the audit log that the store's chain as it stands takes the place of the one that was noted before.

    The reason stands there for good, and every later check tells it. Raises UsageError where none is given."""
    if not reason.strip():
        raise UsageError("say why another chain of acts is right: the reason is kept in the audit log")
    permit(store, Right.VERIFY)
    head = store.acts_head()
    AuditLog(log).chain_replaced(datetime.now(UTC), store.place, head.entries, head.hash, reason)
    return head


def _noted(path: Path, place: str) -> tuple[list[ChainHead], tuple[Replaced, ...]]:
    heads: dict[ChainHead, None] = {}
    replaced: list[Replaced] = []
    for _, entry in walk(path):
        if entry.get("store") != place:
            continue
        if entry.get("event") == "chain_replaced":
            replaced.append(Replaced(str(entry.get("time")), _whole(entry.get("acts")), str(entry.get("reason"))))
            heads.clear()
        head = _head(entry, "acts", "acts_hash") if entry.get("event") in ("act_noted", "chain_replaced") else None
        if head is not None:
            heads[head] = None
    return list(heads), tuple(replaced)


def read_anchor(path: Path) -> list[ChainHead]:
    """The heads in a file: what `db verify --json` printed, or an audit log of any store. Raises UsageError where there is none."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(_MOST_ANCHOR_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the anchor {path} cannot be read: {error.strerror}") from None
    if len(data) > _MOST_ANCHOR_BYTES:
        raise UsageError(f"the anchor {path} is larger than {_MOST_ANCHOR_BYTES} bytes; is it the right file?")
    found: list[ChainHead] = []
    for entry in _documents(data):
        head = _head(entry, "acts", "acts_hash") or _head(entry, "acts", "head")
        if head is not None:
            found.append(head)
    if not found:
        raise UsageError(f"the anchor {path} holds no head of a chain of acts: keep what `pqscan db verify --json` prints")
    return found


def _documents(data: bytes) -> Iterator[Entry]:
    for part in (data, *data.split(b"\n")):
        try:
            value = json.loads(part)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            yield value
            if part is data:
                return


def _head(entry: Entry, count: str, digest: str) -> ChainHead | None:
    entries, found = entry.get(count), entry.get(digest)
    if isinstance(entries, int) and isinstance(found, str) and entries > 0:
        return ChainHead(entries, found)
    return None


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
