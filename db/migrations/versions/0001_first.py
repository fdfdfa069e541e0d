"""The first tables: runs, targets, profiles, certificates, sightings.

Written out, not taken from the program's metadata, so that it makes the same tables for ever.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")
DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def _foreign(table: str, column: str, to_table: str, to_column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to_table}.{to_column}"], name=f"fk_{table}_{column}_{to_table}")


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=False, autoincrement=False)


def upgrade() -> None:
    _runs()
    _targets_and_profiles()
    _certificates()
    _sightings()


def _runs() -> None:
    op.create_table(
        "run",
        _number("number"),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("tool_version", sa.Text(), nullable=False),
        sa.Column("registry_edition", sa.Text(), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("cursor", BIG, nullable=False),
        sa.Column("authorisation_number", sa.Text()),
        _primary("run", "number"),
        _unique("run", "id"),
    )
    op.create_table(
        "run_count",
        _number("run_number"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("count", BIG, nullable=False),
        _primary("run_count", "run_number", "status"),
        _foreign("run_count", "run_number", "run", "number"),
    )
    op.create_table(
        "run_batch",
        _number("run_number"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _primary("run_batch", "run_number", "digest"),
        _foreign("run_batch", "run_number", "run", "number"),
    )


def _targets_and_profiles() -> None:
    op.create_table(
        "target",
        _number("id"),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("site", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("host", sa.Text()),
        sa.Column("port", sa.Integer()),
        sa.Column("transport", sa.Text()),
        sa.Column("server_name", sa.Text()),
        sa.Column("starttls", sa.Text()),
        sa.Column("machine", sa.Text()),
        sa.Column("path", sa.Text()),
        sa.Column("members", DOCUMENT),
        _primary("target", "id"),
        _unique("target", "key"),
    )
    op.create_table(
        "profile",
        _number("id"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("probe", sa.Text(), nullable=False),
        sa.Column("depth", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("preference", DOCUMENT, nullable=False),
        sa.Column("registry_edition", sa.Text(), nullable=False),
        _primary("profile", "id"),
        _unique("profile", "digest"),
    )
    op.create_table(
        "observation",
        _number("profile_id"),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("context", sa.Text()),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("candidates", DOCUMENT, nullable=False),
        sa.Column("support", sa.Text(), nullable=False),
        sa.Column("rank", BIG),
        sa.Column("rank_basis", sa.Text()),
        sa.Column("quantum_class", sa.Text(), nullable=False),
        sa.Column("usage", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Text(), nullable=False),
        sa.Column("components", DOCUMENT, nullable=False),
        sa.Column("parameters", DOCUMENT, nullable=False),
        sa.Column("place", DOCUMENT),
        _primary("observation", "profile_id", "position"),
        _foreign("observation", "profile_id", "profile", "id"),
    )
    op.create_table(
        "profile_term",
        sa.Column("term", sa.Text(), nullable=False),
        _number("profile_id"),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        _primary("profile_term", "term", "profile_id", "position"),
        _foreign("profile_term", "profile_id", "profile", "id"),
    )
    op.create_index("ix_profile_term_profile_id", "profile_term", ["profile_id"])


def _certificates() -> None:
    op.create_table(
        "certificate",
        _number("id"),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text(), nullable=False),
        sa.Column("not_before", TIME),
        sa.Column("not_after", TIME),
        sa.Column("key_oid", sa.Text(), nullable=False),
        sa.Column("key_algorithm", sa.Text(), nullable=False),
        sa.Column("key_size_bits", BIG),
        sa.Column("key_parameter", sa.Text()),
        sa.Column("key_components", DOCUMENT, nullable=False),
        sa.Column("spki_sha256", sa.LargeBinary(), nullable=False),
        sa.Column("key_quantum_class", sa.Text(), nullable=False),
        sa.Column("signature_oid", sa.Text(), nullable=False),
        sa.Column("signature_algorithm", sa.Text(), nullable=False),
        sa.Column("signature_hash", sa.Text()),
        sa.Column("signature_components", DOCUMENT, nullable=False),
        sa.Column("signature_quantum_class", sa.Text(), nullable=False),
        sa.Column("key_usage", DOCUMENT, nullable=False),
        sa.Column("extended_key_usage", DOCUMENT, nullable=False),
        sa.Column("is_ca", sa.Boolean(), nullable=False),
        sa.Column("self_signed", sa.Boolean(), nullable=False),
        sa.Column("malformed", DOCUMENT, nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        _primary("certificate", "id"),
        _unique("certificate", "sha256"),
    )
    op.create_index("ix_certificate_spki_sha256", "certificate", ["spki_sha256"])
    op.create_index("ix_certificate_not_after", "certificate", ["not_after"])
    op.create_table(
        "certificate_name",
        _number("certificate_id"),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        _primary("certificate_name", "certificate_id", "position"),
        _foreign("certificate_name", "certificate_id", "certificate", "id"),
    )
    op.create_index("ix_certificate_name_folded", "certificate_name", ["folded"])
    op.create_table(
        "certificate_term",
        sa.Column("term", sa.Text(), nullable=False),
        _number("certificate_id"),
        sa.Column("role", sa.Integer(), nullable=False, autoincrement=False),
        _primary("certificate_term", "term", "certificate_id", "role"),
        _foreign("certificate_term", "certificate_id", "certificate", "id"),
    )
    op.create_index("ix_certificate_term_certificate_id", "certificate_term", ["certificate_id"])
    op.create_table(
        "chain_set",
        _number("id"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("chains", DOCUMENT, nullable=False),
        _primary("chain_set", "id"),
        _unique("chain_set", "digest"),
    )
    op.create_table(
        "chain_certificate",
        _number("certificate_id"),
        _number("chain_set_id"),
        _primary("chain_certificate", "certificate_id", "chain_set_id"),
        _foreign("chain_certificate", "certificate_id", "certificate", "id"),
        _foreign("chain_certificate", "chain_set_id", "chain_set", "id"),
    )
    op.create_index("ix_chain_certificate_chain_set_id", "chain_certificate", ["chain_set_id"])


def _sightings() -> None:
    op.create_table(
        "sighting",
        _number("id"),
        sa.Column("target_id", BIG, nullable=False),
        sa.Column("probe", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False),
        sa.Column("open_lane", sa.Integer()),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("profile_id", BIG),
        sa.Column("chain_set_id", BIG),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("detail_code", sa.Text()),
        sa.Column("detail_parameters", DOCUMENT),
        sa.Column("connections_used", sa.Integer(), nullable=False),
        sa.Column("elapsed_seconds", sa.Float(), nullable=False),
        sa.Column("first_run", BIG, nullable=False),
        sa.Column("last_run", BIG, nullable=False),
        sa.Column("first_seen", TIME, nullable=False),
        sa.Column("last_seen", TIME, nullable=False),
        _primary("sighting", "id"),
        _unique("sighting", "target_id", "probe", "open_lane"),
        _foreign("sighting", "target_id", "target", "id"),
        _foreign("sighting", "profile_id", "profile", "id"),
        _foreign("sighting", "chain_set_id", "chain_set", "id"),
        _foreign("sighting", "first_run", "run", "number"),
        _foreign("sighting", "last_run", "run", "number"),
    )
    op.create_index("ix_sighting_profile_id", "sighting", ["profile_id"])
    op.create_index("ix_sighting_chain_set_id", "sighting", ["chain_set_id"])
    op.create_table(
        "visit",
        _number("run_number"),
        _number("block"),
        sa.Column("probe", sa.Text(), nullable=False),
        sa.Column("lane", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        _primary("visit", "run_number", "block", "probe", "lane"),
        _foreign("visit", "run_number", "run", "number"),
    )
    op.create_table(
        "evidence",
        _number("sighting_id"),
        sa.Column("sent", sa.LargeBinary(), nullable=False),
        sa.Column("received", sa.LargeBinary(), nullable=False),
        _primary("evidence", "sighting_id"),
        _foreign("evidence", "sighting_id", "sighting", "id"),
    )
