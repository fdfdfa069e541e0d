"""Profiles and certificates read back, whole, by their digests."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Column, ColumnElement, Connection, Engine, Row, select

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Confidence, Observation, Preference, Profile, RankBasis, Subject, Support, Usage, Where
from pqscan.registry.quantum import QuantumClass
from pqscan.store import bulk
from pqscan.store.certificates import certificate_of
from pqscan.store.engine import reading
from pqscan.store.peer_text import Json, from_json, unescape, unescape_json
from pqscan.store.rows import json_of
from pqscan.store.tables import certificate, profile

_AT_ONCE = 500  # rows of which the parts are read together
_OBSERVATIONS = """SELECT profile_id, subject, value, support, context, name, candidates, rank, rank_basis, quantum_class, usage,
confidence, components, parameters, place FROM observation WHERE profile_id {keys} ORDER BY profile_id, position"""
_IN_USE = _OBSERVATIONS.replace("ORDER BY", "AND support IN ('offered', 'accepted', 'selected') ORDER BY")
_NAMES = "SELECT certificate_id, name FROM certificate_name WHERE certificate_id {keys} ORDER BY certificate_id, position"
_SUBJECTS = {subject.value: subject for subject in Subject}
_SUPPORTS = {support.value: support for support in Support}
_CLASSES = {quantum.value: quantum for quantum in QuantumClass}
_USAGES = {usage.value: usage for usage in Usage}
_CONFIDENCES = {confidence.value: confidence for confidence in Confidence}


def profiles(engine: Engine, where: str, digests: Collection[bytes] | None) -> Mapping[bytes, Profile]:
    """By digest, sorted; those asked for, or all."""
    found: dict[bytes, Profile] = {}
    read = _Observations()
    with reading(engine, where) as connection:
        for rows in _portions(connection, profile.c.digest, digests, tuple(profile.c)):
            numbers = [row[0] for row in rows]
            parts: dict[int, list[Observation]] = {number: [] for number in numbers}
            for part in bulk.select(connection, _OBSERVATIONS, numbers):
                parts[part[0]].append(read.one(part))
            for row in rows:
                whole = _profile(row, tuple(parts[row[0]]))
                found[whole.digest] = whole
    return found


def in_use(engine: Engine, where: str, digests: Collection[bytes]) -> Mapping[bytes, tuple[Observation, ...]]:
    """Of profiles only what the peer showed that it can, by digest: a quarter of what was asked. Refusals are left out."""
    found: dict[bytes, tuple[Observation, ...]] = {}
    read = _Observations()
    with reading(engine, where) as connection:
        for rows in _portions(connection, profile.c.digest, digests, (profile.c.id, profile.c.digest)):
            parts: dict[int, list[Observation]] = {row.id: [] for row in rows}
            for part in bulk.select(connection, _IN_USE, list(parts)):
                parts[part[0]].append(read.one(part))
            found.update((bytes(row.digest), tuple(parts[row.id])) for row in rows)
    return found


def certificates(engine: Engine, where: str, digests: Collection[bytes] | None, with_der: bool) -> Mapping[bytes, Certificate]:
    """By SHA-256, sorted; those asked for, or all. Reports need no DER, so it is read only when wanted."""
    columns = tuple(column for column in certificate.c if with_der or column is not certificate.c.der)
    found: dict[bytes, Certificate] = {}
    with reading(engine, where) as connection:
        for rows in _portions(connection, certificate.c.sha256, digests, columns):
            names: dict[int, list[str]] = {}
            for number, name in bulk.select(connection, _NAMES, [row.id for row in rows]):
                names.setdefault(number, []).append(unescape(name))
            for row in rows:
                facts = certificate_of(row, tuple(names.get(row.id, ())))
                found[facts.sha256] = facts
    return found


def _portions(
    connection: Connection, key: ColumnElement[bytes], digests: Collection[bytes] | None, columns: Sequence[Column[Any]]
) -> Iterator[list[Row[Any]]]:  # Any: rows of several tables, of different types.
    """Rows in the order of their digests, a bounded number at a time."""
    if digests is None:
        last = b""
        while rows := list(connection.execute(select(*columns).where(key > last).order_by(key).limit(_AT_ONCE))):
            last = bytes(rows[-1]._mapping[key])
            yield rows
        return
    wanted = sorted(set(digests))
    for start in range(0, len(wanted), _AT_ONCE):
        portion = wanted[start : start + _AT_ONCE]
        yield list(connection.execute(select(*columns).where(key.in_(portion)).order_by(key)))


def _profile(row: Row[Any], observations: tuple[Observation, ...]) -> Profile:
    preference = tuple((context, Preference(value)) for context, value in row.preference)
    return Profile(row.probe, row.depth, row.asked, bool(row.complete), observations, preference, bytes(row.digest))


class _Observations:
    """Reads rows of _OBSERVATIONS; what thousands of profiles state alike is made once."""

    def __init__(self) -> None:
        self._known: dict[bulk.RawRow, Observation] = {}

    def one(self, row: bulk.RawRow) -> Observation:
        key = row[1:]
        try:
            known = self._known.get(key)
        except TypeError:  # PostgreSQL gives JSON as lists, which have no hash.
            return _observation(row)
        if known is None:
            known = self._known[key] = _observation(row)
        return known


def _observation(row: bulk.RawRow) -> Observation:
    """One row of _OBSERVATIONS. What repeats over thousands of rows is kept in memory once."""
    subject, value, support, context, name, candidates, rank, basis, quantum, usage, confidence, components, parameters, place = (
        row[1:]
    )
    line, offset, symbol = cast("tuple[int | None, int | None, str | None]", json_of(place) or (None, None, None))
    return Observation(
        _SUBJECTS[subject],
        sys.intern(unescape(value)),
        _SUPPORTS[support],
        None if context is None else sys.intern(unescape(context)),
        None if name is None else sys.intern(unescape(name)),
        _words(candidates) if isinstance(candidates, str) else _listed(candidates),
        rank,
        None if basis is None else RankBasis(basis),
        _CLASSES[quantum],
        _USAGES[usage],
        _CONFIDENCES[confidence],
        _words(components) if isinstance(components, str) else _listed(components),
        () if parameters in ("[]", []) else tuple((key, number) for key, number in _pairs(parameters)),
        None if place is None else Where(line, offset, symbol),
    )


def _pairs(value: object) -> list[tuple[str, str | int]]:
    return cast("list[tuple[str, str | int]]", json_of(value))


@lru_cache(maxsize=4096)
def _words(value: str) -> tuple[str, ...]:
    return _listed(from_json(value))


def _listed(value: object) -> tuple[str, ...]:
    return tuple(cast("list[str]", unescape_json(cast("Json", value))))
