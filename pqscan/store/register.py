"""The register as it stands: documents by kind and code. Every change goes in with its act, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, text

from pqscan.errors import UsageError
from pqscan.readiness.act import Act
from pqscan.readiness.chain import ChainHead
from pqscan.readiness.changes import Change, Document
from pqscan.store import acts, bulk, effects
from pqscan.store.documents import document_of, stated
from pqscan.store.peer_text import escape, to_json, unescape
from pqscan.store.portions import portions
from pqscan.store.tables import act as act_table
from pqscan.store.tables import register_entry as table

LONGEST_NAME = 500  # characters of a code: an index of PostgreSQL holds 2,704 bytes
_COLUMNS = ("kind", "code", "document", "changed_at")
_ALL = "SELECT kind, code, CAST(document AS TEXT) FROM register_entry"
_SOME = "SELECT code, CAST(document AS TEXT) FROM register_entry WHERE kind = ? AND code {keys}"

Key = tuple[str, str]


def entries(connection: Connection) -> Iterator[tuple[str, str, Document]]:
    """Kind, code and document of every record, in no order. Raises ValueError where a document is none."""
    for rows in portions(connection, _ALL, {}):
        for kind, code, document in rows:
            yield unescape(kind), unescape(code), document_of(document)


def register(connection: Connection) -> Mapping[str, Mapping[str, Document]]:
    """All records by kind and code, both sorted."""
    found: dict[str, dict[str, Document]] = {}
    for kind, code, document in entries(connection):
        found.setdefault(kind, {})[code] = document
    return {kind: dict(sorted(found[kind].items())) for kind in sorted(found)}


def change(connection: Connection, changes: Sequence[Change], act: Act) -> ChainHead:
    """Applies the changes in their order, and writes the act. Raises UsageError where one does not fit what the store holds."""
    before = _held(connection, changes)
    after = dict(before)
    total = _total(connection)
    for one in changes:
        key = (one.kind, one.code)
        held = after.get(key)
        _require_same(one, held)
        total += effects.weight(*key, one.after) - effects.weight(*key, held)
        after[key] = None if one.after is None else stated(one.after)
    _delete(connection, [key for key in after if before[key] is not None])
    moment = bulk.time_encoder(connection)(act.at)
    rows = [
        (escape(kind), escape(code), to_json(document), moment) for (kind, code), document in after.items() if document is not None
    ]
    bulk.insert(connection, table, _COLUMNS, rows)
    return acts.append(connection, act, {effects.REGISTER: effects.total_text(total)})


def _held(connection: Connection, changes: Sequence[Change]) -> dict[Key, Document | None]:
    """What the store holds of everything that is to change; None for what it does not hold."""
    held: dict[Key, Document | None] = {}
    codes: dict[str, list[str]] = {}
    for one in changes:
        if len(one.code) > LONGEST_NAME or len(one.kind) > LONGEST_NAME:
            raise UsageError(
                f"the code {one.code[:50]}... of a {one.kind[:50]} is longer than {LONGEST_NAME} characters: shorten it"
            )
        if (one.kind, one.code) not in held:
            held[one.kind, one.code] = None
            codes.setdefault(one.kind, []).append(escape(one.code))
    for kind, wanted in codes.items():
        for code, document in bulk.select(connection, _SOME, wanted, escape(kind)):
            held[kind, unescape(code)] = document_of(document)
    return held


def _require_same(change: Change, held: Document | None) -> None:
    if (change.before is None) != (held is None):
        how = "is not in the register any more" if held is None else "is in the register already"
        raise UsageError(f"{change.kind} {change.code} {how}, so that nothing was changed: read the register again")
    if change.before is not None and held is not None and to_json(_sorted(change.before)) != to_json(_sorted(held)):
        raise UsageError(
            f"{change.kind} {change.code} was changed by somebody else meanwhile, so that nothing was changed: "
            "read the register again"
        )


def _sorted(document: Document) -> dict[str, object]:
    return dict(sorted(stated(document).items()))


def _total(connection: Connection) -> int:
    """The register's sum as the last act that changed it left it (`effects.py`)."""
    left = f'{{"{effects.REGISTER}":%'
    last = text("SELECT effect FROM act WHERE CAST(effect AS TEXT) LIKE :left ORDER BY number DESC LIMIT 1")
    found = connection.execute(last.columns(effect=act_table.c.effect.type), {"left": left}).scalar()
    total = found.get(effects.REGISTER) if isinstance(found, dict) else None
    return int(total, 16) if isinstance(total, str) else 0


def _delete(connection: Connection, keys: Sequence[Key]) -> None:
    if not keys:
        return
    rows = [(escape(kind), escape(code)) for kind, code in keys]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("DELETE FROM register_entry WHERE kind = ? AND code = ?", rows)
        return
    kinds, codes = (list(column) for column in zip(*rows, strict=True))
    connection.exec_driver_sql(
        "DELETE FROM register_entry USING unnest(%s::text[], %s::text[]) AS given(kind, code) "
        "WHERE register_entry.kind = given.kind AND register_entry.code = given.code",
        (kinds, codes),
    )
