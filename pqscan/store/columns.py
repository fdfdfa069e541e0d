"""Column types that mean the same on SQLite and PostgreSQL: UTC times, peers' text, JSON, row numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import JSON, BigInteger, DateTime, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from pqscan.store.peer_text import Json, escape, escape_json, unescape, unescape_json

BIG = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows by itself only in a column called INTEGER.


_TIME = "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ"  # Half the time of `isoformat`, which writes an offset too.


def time_text(moment: datetime) -> str:
    """An aware time as the text that SQLite keeps; equal width, so that it sorts as time does."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return _TIME % (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, in UTC: `timestamptz` on PostgreSQL, `2026-01-31T08:00:00.000000Z` on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[object]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(cast("TypeEngine[object]", DateTime(timezone=True)))
        return dialect.type_descriptor(cast("TypeEngine[object]", Text()))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | str | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone reached the store: {value!r}")
        return value.astimezone(UTC) if dialect.name == "postgresql" else time_text(value)

    def process_result_value(self, value: datetime | str | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromisoformat(value) if isinstance(value, str) else value.astimezone(UTC)


class PeerText(TypeDecorator[str]):
    """Text that a peer or a file chose: any code point, NUL and lone surrogates included."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else escape(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else unescape(value)


class PeerJson(TypeDecorator[Json]):
    """JSON whose strings may hold any code point; `jsonb` on PostgreSQL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[object]:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB  # With every driver's module: not for a store in SQLite.

            return dialect.type_descriptor(cast("TypeEngine[object]", JSONB()))
        return dialect.type_descriptor(cast("TypeEngine[object]", JSON()))

    def process_bind_param(self, value: Json, dialect: Dialect) -> Json:
        return escape_json(value)

    def process_result_value(self, value: Json, dialect: Dialect) -> Json:
        return unescape_json(value)
