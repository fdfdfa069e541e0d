"""Databases of SQLite that are written ahead of (sqlite.org, Database File Format, sections 1.3.3 and 4.1, read in November 2026).

What was committed last may stand in the log alone, which is another file beside the database: its name and `-wal`. Contents are
read one by one, most of them as streams, so a log is not put into its database. Where there is one, what the database shows is told
as not whole; the log itself is read like any other file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import replace

from pqscan.model.canonical import canonical
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget

_LOGS = (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83")
_MAGIC, _READ_VERSION, _AHEAD = b"SQLite format 3\0", 19, 2
_EMPTY = 32 + 24  # Octets of the log's header and of one in front of a page: a log of no more than these holds no page.
_BESIDE = "-wal"

Members = tuple[str, ...]


class WrittenAhead:
    """What was seen of such databases, and of logs, in one file with everything in it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._databases: set[Members] = set()
        self._logs: set[Members] = set()

    def content(self, members: Members, first: bytes) -> None:
        """A content that begins with `first`, and where in the file it lies."""
        if first.startswith(_MAGIC):
            if first[_READ_VERSION : _READ_VERSION + 1] == bytes((_AHEAD,)):
                self._databases.add(members)
        elif members and first.startswith(_LOGS) and len(first) > _EMPTY:
            self._logs.add(members)

    def is_lasting(self, outcomes: Iterable[Outcome]) -> bool:
        """Whether the outcomes stand for as long as the file does not change itself: commits leave a database as it was."""
        return () not in self._databases or all(_members(outcome) for outcome in outcomes)

    def lacking(self) -> frozenset[Members]:
        """The databases with a log beside them."""
        return frozenset(members for members in self._databases if self._has_log(members))

    def told(self, outcomes: Iterable[Outcome], lacking: frozenset[Members]) -> tuple[Outcome, ...]:
        """The outcomes, those of databases that lack something as not whole."""
        return tuple(_lacking(outcome) if _members(outcome) in lacking else outcome for outcome in outcomes)

    def _has_log(self, members: Members) -> bool:
        if members:
            return (*members[:-1], members[-1] + _BESIDE) in self._logs
        try:  # It is not opened: that is for the walk, and for whoever allows it.
            found = os.lstat(os.path.realpath(self._path) + _BESIDE)
        except (OSError, ValueError):
            return False
        return stat.S_ISREG(found.st_mode) and found.st_size > _EMPTY


def _members(outcome: Outcome) -> Members | None:
    return outcome.target.members if isinstance(outcome.target, FileTarget) else None


def _lacking(outcome: Outcome) -> Outcome:
    if outcome.status is not OutcomeStatus.COMPLETED:
        return outcome
    profile = None if outcome.profile is None else canonical(replace(outcome.profile, complete=False))
    return replace(outcome, profile=profile, detail=outcome.detail or Reason.of("database_written_ahead"))
