"""Which files of a folder were read whole, so that they are not read again while they do not change.

On PostgreSQL whoever may write what a scan finds may write this, too: a login that was made before scans on as it did.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "file_folder",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("looked_at", TIME, nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_file_folder"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "DO $$\n"
            "DECLARE login text;\n"
            "BEGIN\n"
            "  FOR login IN SELECT DISTINCT grantee FROM information_schema.role_table_grants\n"
            "    WHERE table_schema = current_schema() AND table_name = 'visit' AND privilege_type = 'INSERT'\n"
            "      AND grantee NOT IN (current_user, 'PUBLIC')\n"
            "  LOOP\n"
            "    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON file_folder TO %I', login);\n"
            "  END LOOP;\n"
            "END $$"
        )
