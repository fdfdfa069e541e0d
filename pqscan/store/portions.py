"""Streams rows of sightings in portions, and looks up what a portion shares (profiles, chains) in one query for all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection, text

from pqscan.model.outcome import Chain
from pqscan.store import bulk
from pqscan.store.bulk import RawRow
from pqscan.store.rows import CHAIN_SET_ID, PROFILE_ID, chains_of

ROWS_AT_ONCE = 500  # fewer than Python makes before it looks for cycles
_MOST_KNOWN = 20_000
_DIGESTS = "SELECT id, digest FROM profile WHERE id {keys}"
_CHAINS = "SELECT id, chains FROM chain_set WHERE id {keys}"

Parameters = dict[str, object]
ValueT = TypeVar("ValueT")


class Shared(Generic[ValueT]):
    """Values by row number, fetched for many rows at once and remembered within bounds. None has the value `nothing`."""

    def __init__(self, nothing: ValueT, fetch: Callable[[list[int]], Iterable[tuple[int, ValueT]]]) -> None:
        self._nothing = nothing
        self._fetch = fetch
        self.known: dict[int | None, ValueT] = {None: nothing}

    def learn(self, numbers: Iterable[int | None]) -> None:
        """Makes sure that `known` has these numbers; those without a value get `nothing`."""
        missing = {number for number in numbers if number not in self.known}
        if not missing:
            return
        if len(self.known) + len(missing) > _MOST_KNOWN:
            self.known.clear()
            missing = set(numbers)
        self.known.update(dict.fromkeys(missing, self._nothing))
        self.known.update(self._fetch([number for number in missing if number is not None]))


class SharedContent:
    """What sightings refer to: the digests of profiles, and chains."""

    def __init__(self, connection: Connection) -> None:
        self._digests: Shared[bytes | None] = Shared(
            None, lambda numbers: ((number, bytes(digest)) for number, digest in bulk.select(connection, _DIGESTS, numbers))
        )
        self._chains: Shared[tuple[Chain, ...]] = Shared(
            (), lambda numbers: ((number, chains_of(value)) for number, value in bulk.select(connection, _CHAINS, numbers))
        )
        self.digests = self._digests.known
        self.chains = self._chains.known

    def learn(self, rows: Sequence[RawRow]) -> None:
        """Afterwards `digests` and `chains` answer for every row."""
        self._digests.learn([row[PROFILE_ID] for row in rows])
        self._chains.learn([row[CHAIN_SET_ID] for row in rows])


def portions(connection: Connection, statement: str, parameters: Parameters) -> Iterator[Sequence[RawRow]]:
    """Rows as the driver gives them, a bounded number at a time."""
    options = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
    yield from connection.execute(text(statement), parameters, execution_options=options).partitions(ROWS_AT_ONCE)
