"""What people state, do, decide and seal: the register, the chain of acts, decisions, snapshots, settings.

Written out, not taken from the program's metadata, so that it makes the same tables and triggers for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION pqscan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$\n"
            "BEGIN\n"
            "  RAISE EXCEPTION USING MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are never altered or taken out';\n"
            "END $$"
        )
    op.create_table(
        "register_entry",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", name="pk_register_entry"),
    )
    op.create_table(
        "act",
        sa.Column("number", BIG, nullable=False, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", DOCUMENT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("effect", DOCUMENT, nullable=False),
        sa.Column("previous_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_act"),
    )
    _append_only("act", "number = NEW.number")
    op.create_table(
        "decision",
        sa.Column("act_number", BIG, nullable=False, autoincrement=False),
        sa.Column("finding", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("act_number", "finding", name="pk_decision"),
        sa.ForeignKeyConstraint(["act_number"], ["act.number"], name="fk_decision_act_number_act"),
    )
    op.create_index("ix_decision_finding", "decision", ["finding"])
    _append_only("decision", "act_number = NEW.act_number AND finding = NEW.finding")
    op.create_table(
        "snapshot",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("act_number", BIG, nullable=False, autoincrement=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Text(), nullable=False),
        sa.Column("period_end", sa.Text(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("signatures", DOCUMENT, nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_snapshot"),
        sa.ForeignKeyConstraint(["act_number"], ["act.number"], name="fk_snapshot_act_number_act"),
    )
    op.create_index("ix_snapshot_unit", "snapshot", ["unit"])
    _append_only("snapshot", "digest = NEW.digest")
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_setting"),
    )


def _append_only(table: str, same: str) -> None:
    """Triggers that refuse to alter rows or take them out; on SQLite also INSERT OR REPLACE, which asks no other trigger."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION pqscan_append_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION pqscan_append_only()"
        )
        return
    refused = f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never altered or taken out'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refused}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refused}")
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) {refused}"  # noqa: S608  # Our own names.
    )
