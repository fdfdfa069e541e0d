"""Triggers that let rows of a table be added and never altered or taken out again, on SQLite and on PostgreSQL.

They keep out slips and other programs, not the owner of the database, who can drop them: what gives those away is the chain of
acts and its head, noted elsewhere. They are made with the table, so that a new store has what the migrations give an old one.
"""

from __future__ import annotations

from typing import cast

from sqlalchemy import DDL, Table, event
from sqlalchemy.schema import ExecutableDDLElement

FUNCTION = """CREATE OR REPLACE FUNCTION pqscan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are never altered or taken out';
END $$"""

_SQLITE = (
    "CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} "
    "BEGIN SELECT RAISE(ABORT, 'rows of {name} are never altered or taken out'); END",
    "CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} "
    "BEGIN SELECT RAISE(ABORT, 'rows of {name} are never altered or taken out'); END",
    # INSERT OR REPLACE takes a row out without asking the trigger above.
    "CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} WHEN EXISTS (SELECT 1 FROM {name} WHERE {same}) "
    "BEGIN SELECT RAISE(ABORT, 'rows of {name} are never altered or taken out'); END",
)
_POSTGRESQL = (
    "CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION pqscan_append_only()",
    "CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name} FOR EACH STATEMENT EXECUTE FUNCTION pqscan_append_only()",
)


def append_only(table: Table) -> None:
    """Gives the table its triggers whenever it is made."""
    same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    event.listen(table, "before_create", _ddl(FUNCTION, "postgresql"))
    for dialect, statements in (("sqlite", _SQLITE), ("postgresql", _POSTGRESQL)):
        for statement in statements:
            event.listen(table, "after_create", _ddl(statement.format(name=table.name, same=same), dialect))


def _ddl(statement: str, dialect: str) -> ExecutableDDLElement:
    return cast("ExecutableDDLElement", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
