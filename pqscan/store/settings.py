"""Settings of the store that change a judgement: which policies, which quantum year. Altered in place, each with its act."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from pqscan.errors import UsageError
from pqscan.readiness.act import Act
from pqscan.readiness.chain import ChainHead
from pqscan.readiness.changes import Document
from pqscan.store import acts, bulk, effects
from pqscan.store.documents import document_of, stated
from pqscan.store.peer_text import escape, to_json, unescape
from pqscan.store.tables import setting as table

LONGEST_NAME = 200  # characters


def setting(connection: Connection, name: str) -> Document | None:
    """None where it was never set."""
    one = text("SELECT CAST(document AS TEXT) FROM setting WHERE name = :name")
    found = connection.execute(one, {"name": escape(name)}).one_or_none()
    return None if found is None else document_of(found[0])


def settings(connection: Connection, prefix: str) -> dict[str, Document]:
    """Those whose names begin so, by the rest of the name, sorted."""
    begins = text("SELECT name, CAST(document AS TEXT) FROM setting WHERE substr(name, 1, :length) = :prefix ORDER BY name")
    rows = connection.execute(begins, {"length": len(prefix), "prefix": prefix})
    return {unescape(name).removeprefix(prefix): document_of(document) for name, document in rows}


def set_setting(connection: Connection, name: str, document: Document, act: Act) -> ChainHead:
    """Stores the setting in place of what was there, and the act."""
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"a setting's name has 1 to {LONGEST_NAME} characters")
    value = stated(document)
    connection.execute(table.delete().where(table.c.name == name))
    bulk.insert(connection, table, ("name", "document"), [(escape(name), to_json(value))])
    return acts.append(connection, act, {effects.SETTING: name, "digest": effects.digest([value])})


def digests(connection: Connection) -> Iterator[tuple[str, str]]:
    """The name of each setting and the digest of what is there. Raises ValueError for what is no document."""
    for name, document in connection.execute(text("SELECT name, CAST(document AS TEXT) FROM setting ORDER BY name")):
        yield unescape(name), effects.digest([stated(document_of(document))])
