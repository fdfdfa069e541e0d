"""The audit log: what was asked, by which authorisation, what was refused, and the heads of stores' chains of acts. JSON lines,
each chained to the one before.

An entry's hash is SHA-256 over the hash before it and the entry's canonical JSON. Whoever notes the head (the run's row
does) can show later that nothing was edited, cut off or put in between. The file is of mode 0600 and only grows.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import platformdirs

from pqscan.errors import WorkError
from pqscan.model.authorisation import Authorisation
from pqscan.model.outcome import OutcomeStatus
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.authorisation import Refusal
from pqscan.scan.names import shown

try:
    import fcntl
except ImportError:  # Windows: one scan at a time is then the user's care.
    fcntl = None  # type: ignore[assignment]

_START = "0" * 64
_MOST_LINE = 1 << 20
_MOST_TORN = 1 << 16  # bytes of a torn line that are kept themselves
_REFUSALS_AN_ENTRY = 1000
_MOST_REASON = 4_000  # characters

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]
Entry = dict[str, Value]
"""One line of the log without its hash; `event` says which."""


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of a log: how many entries, and the hash (lower-case hex) of the last."""

    entries: int
    hash: str


def default_path() -> Path:
    """In the user's data folder."""
    return Path(platformdirs.user_data_dir("pqscan", appauthor=False)) / "audit.jsonl"


class AuditLog:
    """Appends entries to one file. Raises WorkError where it cannot be written or is damaged at its end."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else default_path()

    def run_started(
        self, now: datetime, run: str, scope: str, targets: int, targets_digest: bytes, authorisation: Authorisation | None
    ) -> AuditHead:
        """A run begins: its scope and who allowed it."""
        permission: dict[str, Value] | None = None
        if authorisation is not None:
            permission = {
                "unit": authorisation.unit,
                "number": authorisation.number,
                "approver": authorisation.approver,
                "valid_from": authorisation.valid_from.isoformat(),
                "valid_to": authorisation.valid_to.isoformat(),
                "sha256": authorisation.digest.hex(),
            }
        facts: dict[str, Value] = {"event": "run_started", "run": run, "authorisation": permission, "scope": scope}
        facts |= {"targets": targets, "targets_sha256": targets_digest.hex()}
        return self._append(now, [facts])

    def refused(self, now: datetime, run: str, refusals: Iterable[Refusal]) -> AuditHead:
        """Targets that were left out before any packet: ranges and names with their reasons."""
        rows: list[Value] = [{"what": r.what, "ports": r.ports, "count": r.count, "reason": r.reason.code} for r in refusals]
        parts = range(0, len(rows), _REFUSALS_AN_ENTRY)
        return self._append(now, [{"event": "refused", "run": run, "refusals": rows[at : at + _REFUSALS_AN_ENTRY]} for at in parts])

    def run_ended(self, now: datetime, run: str, how: str, cursor: int, counts: dict[OutcomeStatus, int]) -> AuditHead:
        """A run ends: finished or interrupted, how far it came."""
        by_status: dict[str, Value] = {status.value: count for status, count in sorted(counts.items())}
        return self._append(now, [{"event": "run_ended", "run": run, "how": how, "cursor": cursor, "by_status": by_status}])

    def act_noted(self, now: datetime, store: str, entries: int, digest: str) -> AuditHead:
        """An act was written in the store: how long its chain of acts is now, and the last one's hash. What was noted here, outside
        of the store, shows later that the chain was cut."""
        return self._append(now, [{"event": "act_noted", "store": store, "acts": entries, "acts_hash": digest}])

    def chain_replaced(self, now: datetime, store: str, entries: int, digest: str, reason: str) -> AuditHead:
        """The store at this place has another chain from now on, and why: a backup was restored, or the old store given up."""
        chain: dict[str, Value] = {"store": store, "acts": entries, "acts_hash": digest, "reason": reason[:_MOST_REASON]}
        return self._append(now, [{"event": "chain_replaced", **chain}])

    def _append(self, now: datetime, entries: list[dict[str, Value]]) -> AuditHead:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            with os.fdopen(descriptor, "r+b") as file, _locked(file):
                head, torn = _end(file, self.path)
                text = b""
                if torn:
                    entries = [{"event": "torn_line_removed", **_told(torn)}, *entries]
                for entry in entries:
                    time = now.astimezone(UTC).isoformat()
                    place: dict[str, Value] = {"number": head.entries + 1, "time": time, "previous": head.hash}
                    body = _canonical(place | entry)
                    head = AuditHead(head.entries + 1, _hash(head.hash, body))
                    text += body[:-1] + f',"hash":"{head.hash}"}}\n'.encode()
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                return head
        except OSError as error:
            name, why = shown(str(self.path), 200), error.strerror or error
            raise WorkError(f"the audit log {name} cannot be written ({why}); give another with --audit-log") from None


def verify(path: Path, *recorded: AuditHead) -> AuditHead:
    """Walks the whole chain; `recorded` are heads noted earlier, each of which must still stand in it.

    The newest alone does not do: it also stands in a log that was cut off before it was noted.

    Raises WorkError naming the first line that was edited, is missing or cannot be read."""
    head = AuditHead(0, _START)
    noted = {one.entries: one for one in recorded if one.entries}
    wrong = [one for one in recorded if one.entries and noted[one.entries] != one]  # Two runs noted different logs.
    name = shown(str(path), 200)
    for head, _entry in walk(path):
        if noted.get(head.entries, head) != head:
            wrong.append(noted[head.entries])
    if wrong:
        first = min(one.entries for one in wrong)
        raise WorkError(f"the audit log {name} was rewritten: entry {first} is not the one that was noted")
    most = max(noted, default=0)
    if head.entries < most:
        raise WorkError(f"the audit log {name} was cut off: {head.entries} entries are left of {most} that were noted")
    return head


def walk(path: Path) -> Iterator[tuple[AuditHead, Entry]]:
    """The entries one after the other, each with the head that it makes. Raises WorkError at the first that does not fit."""
    head = AuditHead(0, _START)
    name = shown(str(path), 200)
    try:
        with open_regular(path, or_stream=True) as file:
            for line in iter(lambda: file.readline(_MOST_LINE + 1), b""):
                head, entry = _next(head, line, name)
                yield head, entry
    except OSError as error:
        raise WorkError(f"the audit log {name} cannot be read: {error.strerror}") from None


def _next(head: AuditHead, line: bytes, name: str) -> tuple[AuditHead, Entry]:
    number = head.entries + 1
    wrong = WorkError(f"the audit log {name} was changed: line {number} does not follow from the one before it")
    try:
        entry = json.loads(line) if line.endswith(b"\n") and len(line) <= _MOST_LINE else None
    except (ValueError, RecursionError):
        entry = None
    if not isinstance(entry, dict):
        raise wrong
    told = entry.pop("hash", None)
    body = _canonical(entry)
    if line != body[:-1] + f',"hash":"{told}"}}\n'.encode() or entry.get("previous") != head.hash or entry.get("number") != number:
        raise wrong
    if told != _hash(head.hash, body):
        raise wrong
    return AuditHead(number, told), entry


def _end(file: BinaryIO, path: Path) -> tuple[AuditHead, bytes]:
    """The head as the last line states it, and what a crash left of a line behind it (cut off, to be told in a new entry)."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - 2 * _MOST_LINE)
    file.seek(start)
    tail = file.read(2 * _MOST_LINE)  # A device may have no end.
    whole, newline, torn = tail.rpartition(b"\n")
    head = AuditHead(0, _START)
    if newline or start:  # Else the only line there is was torn.
        try:
            entry = json.loads(whole.rpartition(b"\n")[2])
            head = AuditHead(int(entry["number"]), str(entry["hash"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise WorkError(
                f"the audit log {shown(str(path), 200)} is damaged at its end; keep it, and give another with --audit-log"
            ) from None
    if torn:
        file.truncate(size - len(torn))
    file.seek(0, os.SEEK_END)
    return head, torn


def _told(torn: bytes) -> dict[str, Value]:
    """The line itself or, where it would make an entry that is too long to be read, its length and SHA-256."""
    if len(torn) <= _MOST_TORN:
        return {"bytes": torn.hex()}
    return {"length": len(torn), "sha256": hashlib.sha256(torn).hexdigest()}


def _canonical(entry: dict[str, Value]) -> bytes:
    return json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def _hash(previous: str, body: bytes) -> str:
    return hashlib.sha256(previous.encode("ascii") + body).hexdigest()


@contextlib.contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX)  # Released when the file is closed.
    yield
