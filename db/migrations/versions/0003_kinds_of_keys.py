"""What kind each kept certificate is: X.509, or a key that is kept beside them (an SSH host key, an OpenSSH certificate)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("certificate", sa.Column("kind", sa.Text(), nullable=False, server_default="x509"))
