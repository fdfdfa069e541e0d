"""Holds the register, decisions, snapshots and settings against what the acts say they left there (`effects.py`)."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import TypeVar

from sqlalchemy import Connection

from pqscan.errors import UsageError
from pqscan.readiness.chain import ChainFault
from pqscan.store import decisions, effects, register, settings, snapshots
from pqscan.store.peer_text import Json

Fault = tuple[int, ChainFault]
KeyT = TypeVar("KeyT", bound=Hashable)
_NO_ROW_OF_OURS = (ValueError, TypeError, LookupError, AttributeError, RecursionError, UsageError)


class Effects:
    """What the acts of a chain left, by the number of the act."""

    def __init__(self) -> None:
        self._register: tuple[int, Json] = (0, effects.total_text(0))
        self._decisions: dict[int, Json] = {}
        self._snapshots: dict[int, Json] = {}
        self._settings: dict[str, tuple[int, Json]] = {}

    def take(self, number: int, effect: Json) -> None:
        """The effect of the next act; one of a kind that this program does not know says nothing to it."""
        match effect:
            case {effects.REGISTER: total}:
                self._register = (number, total)
            case {effects.DECISIONS: digest}:
                self._decisions[number] = digest
            case {effects.SNAPSHOT: digest}:
                self._snapshots[number] = digest
            case {effects.SETTING: str(name), "digest": digest}:
                self._settings[name] = (number, digest)

    def faults(self, connection: Connection) -> list[Fault]:
        """The acts whose rows are not as they left them, the first of each kind; 0 for rows that no act left."""
        found = (
            (self._of_register(connection), ChainFault.REGISTER),
            (_first_wrong(self._decisions, decisions.digests(connection)), ChainFault.DECISIONS),
            (_first_wrong(self._snapshots, snapshots.digests(connection)), ChainFault.SNAPSHOT),
            (self._of_settings(connection), ChainFault.SETTING),
        )
        return [(number, fault) for number, fault in found if number is not None]

    def _of_register(self, connection: Connection) -> int | None:
        number, total = self._register
        try:
            there = sum(effects.weight(*entry) for entry in register.entries(connection))
        except _NO_ROW_OF_OURS:
            return number
        return None if effects.total_text(there) == total else number

    def _of_settings(self, connection: Connection) -> int | None:
        wanted = {name: digest for name, (_, digest) in self._settings.items()}
        wrong = _wrong(wanted, settings.digests(connection))
        return min((self._settings[name][0] if name in self._settings else 0 for name in wrong), default=None)


def _first_wrong(wanted: Mapping[int, Json], there: Iterator[tuple[int, str]]) -> int | None:
    return min((number if number in wanted else 0 for number in _wrong(wanted, there)), default=None)


def _wrong(wanted: Mapping[KeyT, Json], there: Iterator[tuple[KeyT, str]]) -> set[KeyT]:
    """The keys whose rows are altered, missing, or nobody's. After a row that cannot be read, all that are still missing."""
    seen: dict[KeyT, str] = {}
    try:
        for key, digest in there:
            seen[key] = digest
    except _NO_ROW_OF_OURS:
        pass
    return {key for key in {*wanted, *seen} if wanted.get(key) != seen.get(key)}
