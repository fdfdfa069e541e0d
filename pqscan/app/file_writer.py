"""Commits what a scan of files found, a batch now and then, and counts it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

from pqscan.model.inventory import Batch, ReadFolder, StillThere
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import Target

if TYPE_CHECKING:
    from pqscan.scan.files.tree import Looked
    from pqscan.scan.files.unchanged import Unchanged
    from pqscan.store.repository import Store

_BATCH_OUTCOMES = 500
_BATCH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class FilesProgress:
    """How far a scan of files has come; `unchanged` of the `files` were not read again."""

    files: int
    octets: int
    outcomes: int
    unchanged: int = 0


class FileWriter:
    """What is known of folders (`unchanged`) is committed with the outcomes that it rests on, never before them."""

    def __init__(
        self, store: Store, run: str, machine: str, unchanged: Unchanged, progress: Callable[[FilesProgress], None] | None
    ) -> None:
        self._store = store
        self._run = run
        self._machine = machine
        self._unchanged = unchanged
        self._progress = progress
        self._outcomes: list[Outcome] = []
        self._still: list[tuple[Target, str]] = []
        self._counts: dict[OutcomeStatus, int] = {}
        self._cursor = self._octets = self._found = self._skipped = 0
        self._since = monotonic()

    def add(self, looked: Looked, ended: Iterable[Outcome]) -> None:
        """A step of the walk, and what ended with it."""
        self._octets += looked.octets
        self._found += len(looked.outcomes)
        self._outcomes.extend(looked.outcomes)
        self._outcomes.extend(ended)
        self._unchanged.read(looked.path, whole=looked.is_through and looked.is_lasting)
        self._count(looked.status)

    def add_unchanged(self, still: Iterable[tuple[Target, str]]) -> None:
        """A file that was not read again, as it did not change: what was found in it still is there."""
        self._skipped += 1
        self._still.extend(still)
        self._count(OutcomeStatus.COMPLETED)

    def add_ended(self, ended: Iterable[Outcome]) -> None:
        self._outcomes.extend(ended)

    def flush(self) -> None:
        folders = self._unchanged.news()
        if self._counts or self._outcomes or self._still or folders:
            now = datetime.now(UTC)
            self._store.commit(
                Batch(
                    self._run,
                    tuple(self._outcomes),
                    self._cursor,
                    self._counts,
                    StillThere(now, tuple(self._still)) if self._still else None,
                    tuple(ReadFolder(self._machine, path, files, now) for path, files in folders),
                )
            )
        self._outcomes, self._still, self._counts = [], [], {}
        self._since = monotonic()
        if self._progress is not None:
            self._progress(FilesProgress(self._cursor, self._octets, self._found, self._skipped))

    def _count(self, status: OutcomeStatus) -> None:
        self._cursor += 1
        self._counts[status] = self._counts.get(status, 0) + 1
        if len(self._outcomes) + len(self._still) >= _BATCH_OUTCOMES or monotonic() - self._since >= _BATCH_SECONDS:
            self.flush()
