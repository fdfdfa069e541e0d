"""Sightings, sorted and streamed: memory does not grow with how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Engine, bindparam, text

from pqscan.model.inventory import HARNESS_PROBE, Coverage, NotRead, RunKind, Sighting
from pqscan.model.outcome import Evidence, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, Target
from pqscan.store import runs
from pqscan.store.answers import Content, SightingPair, Where
from pqscan.store.bulk import Value, time_encoder
from pqscan.store.engine import reading
from pqscan.store.intervals import BLOCK_TARGETS, RETRYABLE
from pqscan.store.keys import network_range, target_key
from pqscan.store.peer_text import escape
from pqscan.store.portions import ROWS_AT_ONCE, Parameters, SharedContent, portions
from pqscan.store.rows import CHAIN_SET_ID, KEY, PROBE, PROFILE_ID, RUN, SIGHTING_COLUMNS, TARGET_COLUMNS, sighting_of, target_of

COLUMNS = f"{TARGET_COLUMNS}, {SIGHTING_COLUMNS}"
_CURRENT = "FROM target AS t JOIN sighting AS s ON s.target_id = t.id WHERE s.is_current"
_OF_RUN = f"""FROM visit AS v
JOIN target AS t ON t.id >= v.block * {BLOCK_TARGETS} AND t.id < (v.block + 1) * {BLOCK_TARGETS}
JOIN sighting AS s ON s.target_id = t.id AND s.probe = v.probe AND s.lane = v.lane
WHERE v.run_number = :run AND get_bit(v.bits, t.id - v.block * {BLOCK_TARGETS}) = 1
AND s.first_run <= :run AND s.last_run >= :run
AND NOT EXISTS (
  SELECT 1 FROM sighting AS newer WHERE newer.target_id = s.target_id AND newer.probe = s.probe AND newer.lane = s.lane
  AND newer.first_run <= :run AND newer.last_run >= :run
  AND (newer.first_run > s.first_run OR (newer.first_run = s.first_run AND newer.id > s.id))
)"""  # noqa: S608  # Our own names.
_ON = f"""FROM target AS t JOIN sighting AS s ON s.target_id = t.id
WHERE s.first_seen <= :moment AND s.probe <> '{HARNESS_PROBE}' AND NOT EXISTS (
  SELECT 1 FROM sighting AS better WHERE better.target_id = s.target_id AND better.probe = s.probe AND better.first_seen <= :moment
  AND (better.lane > s.lane OR (better.lane = s.lane
    AND (better.first_seen > s.first_seen OR (better.first_seen = s.first_seen AND better.id > s.id))))
)"""  # noqa: S608
_ORDER = " ORDER BY t.key, s.probe"
_TARGETS_OF_RUN = f"""SELECT {TARGET_COLUMNS}, v.probe FROM visit AS v
JOIN target AS t ON t.id >= v.block * {BLOCK_TARGETS} AND t.id < (v.block + 1) * {BLOCK_TARGETS}
WHERE v.run_number = :run AND get_bit(v.bits, t.id - v.block * {BLOCK_TARGETS}) = 1"""  # noqa: S608

_GROUPED = " GROUP BY +s.profile_id, +s.chain_set_id ORDER BY MIN(t.id)"
"""The signs keep SQLite from walking the rows in the order of an index, which costs three times as much as grouping them."""

Found = tuple[bytes, Sighting]  # with the target's key, which is the order


class Reader:
    """Reads a store. Each iterator is one transaction on a connection of its own; it ends when it is exhausted or closed."""

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._where = where

    def sightings(self, run: str | None, wanted: Where) -> Iterator[Sighting]:
        """What each target's newest strongest answer is or, with `run`, what that run saw."""
        for _, sighting in self._found(run, wanted):
            yield sighting

    def contents(self, run: str | None, wanted: Where) -> Iterator[Content]:
        """The distinct answers among those sightings, without a walk over them; by the first target that the store knew."""
        with reading(self._engine, self._where) as connection:
            rows, parameters, _ = _rows(connection, run, wanted)
            shared = SharedContent(connection)
            columns = ", ".join(("NULL",) * PROFILE_ID + ("+s.profile_id", "+s.chain_set_id", "COUNT(*)"))
            for found in portions(connection, f"SELECT {columns} {rows}{_GROUPED}", parameters):
                shared.learn(found)
                for row in found:
                    yield Content(shared.digests[row[PROFILE_ID]], shared.chains[row[CHAIN_SET_ID]], row[-1])

    def pairs(self, before: tuple[str | None, Where], after: tuple[str | None, Where]) -> Iterator[SightingPair]:
        """Two runs or two moments side by side, by target and probe."""
        left, right = self._found(*before), self._found(*after)
        first, second = next(left, None), next(right, None)
        while first is not None or second is not None:
            order = _compare(first, second)
            one = first[1] if first is not None and order <= 0 else None
            other = second[1] if second is not None and order >= 0 else None
            shown = cast("Sighting", other or one)
            yield SightingPair(shown.target, shown.probe, one, other)
            first = next(left, None) if order <= 0 else first
            second = next(right, None) if order >= 0 else second

    def retryable(self, run: str) -> Iterator[Target]:
        """The targets that had no time to answer in that run."""
        for sighting in self.sightings(run, Where(statuses=RETRYABLE)):
            yield sighting.target

    def done(self, run: str) -> Iterator[tuple[Target, str]]:
        """Every target with a row in that run and the probe that asked it, whatever came back; in no order."""
        with reading(self._engine, self._where) as connection:
            number, _ = runs.number_of(connection, run)
            for rows in portions(connection, _TARGETS_OF_RUN, {"run": number}):
                for row in rows:
                    yield target_of(row), row[PROBE]

    def which_done(self, run: str, targets: Sequence[Target], probe: str | None) -> frozenset[Target]:
        """Those of the targets that have a row in that run, with that probe or any."""
        keys = {target_key(target): target for target in targets}
        statement = text(
            "SELECT t.key FROM target AS t JOIN visit AS v ON v.run_number = :run "  # noqa: S608  # Our own names.
            f"AND v.block = t.id / {BLOCK_TARGETS} AND (v.probe = :probe OR :probe = '') "
            f"WHERE t.key IN :keys AND get_bit(v.bits, t.id - v.block * {BLOCK_TARGETS}) = 1"
        ).bindparams(bindparam("keys", expanding=True))
        done: set[Target] = set()
        with reading(self._engine, self._where) as connection:
            number, _ = runs.number_of(connection, run)
            everything = list(keys)
            for start in range(0, len(everything), ROWS_AT_ONCE):
                values = {"run": number, "probe": probe or "", "keys": everything[start : start + ROWS_AT_ONCE]}
                done.update(keys[bytes(row[0])] for row in connection.execute(statement, values))
        return frozenset(done)

    def evidence(self, target: Target, probe: str) -> Evidence | None:
        """The bytes of the first time the target gave its present answer; None where they were not kept."""
        statement = text(
            "SELECT e.sent, e.received FROM target AS t "
            "JOIN sighting AS now ON now.target_id = t.id AND now.probe = :probe AND now.is_current "
            "JOIN sighting AS s ON s.target_id = t.id AND s.probe = now.probe "
            "AND (s.profile_id = now.profile_id OR s.id = now.id) "
            "JOIN evidence AS e ON e.sighting_id = s.id WHERE t.key = :key ORDER BY s.id LIMIT 1"
        )
        with reading(self._engine, self._where) as connection:
            row = connection.execute(statement, {"probe": probe, "key": target_key(target)}).one_or_none()
        return None if row is None else Evidence(bytes(row[0]), bytes(row[1]))

    def coverage(self, run: str | None) -> Coverage:
        """What was asked and how it ended, in a run or, without one, in the newest run of every scope."""
        with reading(self._engine, self._where) as connection:
            if run is not None:
                chosen = [runs.one(connection, runs.number_of(connection, run)[1])]
            else:
                every = (each for each in runs.every(connection) if each.kind is not RunKind.HARNESS)
                chosen = list({(each.kind, each.site, each.scope): each for each in every}.values())
        counts: dict[OutcomeStatus, int] = {}
        for each in chosen:
            for status, count in each.counts.items() if each is not None else ():
                counts[status] = counts.get(status, 0) + count
        failed = Where(statuses=frozenset(OutcomeStatus) - {OutcomeStatus.COMPLETED})
        without_answer = self.sightings(run, failed)
        not_read = tuple(NotRead(_name(s.target), s.detail or Reason(f"status.{s.status.value}")) for s in without_answer)
        return Coverage(sum(counts.values()), dict(sorted(counts.items())), not_read, len(chosen))

    def _found(self, run: str | None, wanted: Where) -> Iterator[Found]:
        with reading(self._engine, self._where) as connection:
            rows_wanted, parameters, names = _rows(connection, run, wanted)
            shared = SharedContent(connection)
            for rows in portions(connection, f"SELECT {COLUMNS} {rows_wanted}{_ORDER}", parameters):
                shared.learn(rows)
                for row in rows:
                    sighting = sighting_of(row, names(row[RUN]), shared.digests[row[PROFILE_ID]], shared.chains[row[CHAIN_SET_ID]])
                    yield bytes(row[KEY]), sighting


def _compare(first: Found | None, second: Found | None) -> int:
    if first is None or second is None:
        return (first is None) - (second is None)
    left, right = (first[0], first[1].probe), (second[0], second[1].probe)
    return (left > right) - (left < right)


def _rows(connection: Connection, run: str | None, wanted: Where) -> tuple[str, Parameters, Callable[[int], str]]:
    """FROM and WHERE of the sightings in question, their parameters, and how a run's number is shown."""
    conditions, parameters = conditions_of(wanted)
    if run is None and wanted.on is not None:
        parameters["moment"] = time_of_query(connection, wanted.on)
        return _ON + conditions, parameters, runs.ids(connection).__getitem__
    if run is None:
        return _CURRENT + conditions, parameters, runs.ids(connection).__getitem__
    number, name = runs.number_of(connection, run)
    if wanted.probe is None:  # What a run of the harness did is no answer of its own.
        conditions, parameters = conditions + " AND v.probe <> :aside", {**parameters, "aside": HARNESS_PROBE}
    return _OF_RUN + conditions, {**parameters, "run": number}, lambda _number: name


def conditions_of(wanted: Where) -> tuple[str, Parameters]:
    """SQL and parameters of the restrictions."""
    parts: list[str] = []
    values: Parameters = {}
    if wanted.target is not None:
        parts.append("t.key = :key")
        values["key"] = target_key(wanted.target)
    if wanted.network is not None:
        parts.append("t.key >= :low AND t.key < :high")
        values["low"], values["high"] = network_range(wanted.network)
    for column, name, value in (
        ("s.probe", "probe", wanted.probe),
        ("t.port", "port", wanted.port),
        ("t.site", "site", None if wanted.site is None else escape(wanted.site)),
    ):
        if value is not None:
            parts.append(f"{column} = :{name}")
            values[name] = value
    if wanted.profile is not None:
        parts.append("s.profile_id IN (SELECT p.id FROM profile AS p WHERE p.digest = :profile)")
        values["profile"] = wanted.profile
    if wanted.name is not None:
        parts.append("(t.server_name = :name OR t.host = :name)")
        values["name"] = escape(wanted.name)
    if wanted.statuses:
        names = sorted(status.value for status in wanted.statuses)
        parts.append(f"s.status IN ({', '.join(f':status{place}' for place in range(len(names)))})")
        values |= {f"status{place}": name for place, name in enumerate(names)}
    if wanted.certificate is not None:
        parts.append(
            "s.chain_set_id IN (SELECT cc.chain_set_id FROM chain_certificate AS cc "
            "JOIN certificate AS x ON x.id = cc.certificate_id WHERE x.sha256 = :certificate)"
        )
        values["certificate"] = wanted.certificate
    return "".join(f" AND ({part})" for part in parts), values


def time_of_query(connection: Connection, moment: datetime) -> Value:
    """A moment as this database compares it with a stored time."""
    return time_encoder(connection)(moment)


def _name(target: Target) -> str:
    """The target as the not-read list shows it; the reports render targets themselves."""
    if isinstance(target, FileTarget):
        return "!".join((f"{target.machine}:{target.path}", *target.members))
    return target.spelling
