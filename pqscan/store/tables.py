"""The tables. Created and changed by Alembic alone (`db/migrations`); a test holds the two against each other.

What is equal is stored once: profiles, certificates and chain sets by SHA-256. A sighting is an interval of runs and
times in which one target answered one probe alike; its `lane` says how much such an answer can tell (`intervals.py`).
`visit` notes with one bit which targets a run asked: a rescan that finds nothing new adds no row per target.
What people state (`register_entry`, `setting`) is altered in place; what they did and decided (`act`, `decision`, `snapshot`)
is only ever added to.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

from pqscan.store.append_only import append_only
from pqscan.store.columns import BIG, PeerJson, PeerText, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _number() -> Column[int]:
    """A row number given by the one writer, so that rows which refer to each other go in together."""
    return Column("id", BIG, primary_key=True, autoincrement=False)


run = Table(
    "run",
    metadata,
    Column("number", BIG, primary_key=True, autoincrement=False),  # in the order in which runs began
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("scope", PeerText, nullable=False),
    Column("site", PeerText, nullable=False),
    Column("profile", PeerText, nullable=False),
    Column("client", PeerText, nullable=False),
    Column("tool_version", Text, nullable=False),
    Column("registry_edition", Text, nullable=False),
    Column("arguments", PeerText, nullable=False),
    Column("cursor", BIG, nullable=False),
    Column("authorisation_number", PeerText),
    UniqueConstraint("id"),
)

run_count = Table(
    "run_count",
    metadata,
    Column("run_number", ForeignKey("run.number"), primary_key=True),
    Column("status", Text, primary_key=True),
    Column("count", BIG, nullable=False),
)

run_batch = Table(  # The batches committed at the run's present cursor: one that comes again counts nothing.
    "run_batch",
    metadata,
    Column("run_number", ForeignKey("run.number"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
)

target = Table(
    "target",
    metadata,
    _number(),
    Column("key", LargeBinary, nullable=False),  # identity and order in one: see keys.py
    Column("kind", Text, nullable=False),  # "network" or "file"
    Column("site", PeerText),
    Column("address", PeerText),
    Column("host", PeerText),
    Column("port", Integer),
    Column("transport", Text),
    Column("server_name", PeerText),
    Column("starttls", PeerText),
    Column("machine", PeerText),
    Column("path", PeerText),
    Column("members", PeerJson),
    UniqueConstraint("key"),
)

profile = Table(
    "profile",
    metadata,
    _number(),
    Column("digest", LargeBinary, nullable=False),
    Column("probe", Text, nullable=False),
    Column("depth", Text, nullable=False),
    Column("asked", PeerText, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("preference", PeerJson, nullable=False),  # [[context, preference], ...]
    Column("registry_edition", Text, nullable=False),  # the one by which the names below are spelled
    UniqueConstraint("digest"),
)

observation = Table(
    "observation",
    metadata,
    Column("profile_id", ForeignKey("profile.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("context", PeerText),
    Column("value", PeerText, nullable=False),
    Column("name", PeerText),
    Column("candidates", PeerJson, nullable=False),
    Column("support", Text, nullable=False),
    Column("rank", BIG),
    Column("rank_basis", Text),
    Column("quantum_class", Text, nullable=False),
    Column("usage", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("components", PeerJson, nullable=False),
    Column("parameters", PeerJson, nullable=False),  # [[name, value], ...]
    Column("place", PeerJson),  # [line, offset, symbol]
)

profile_term = Table(  # Every folded word under which an observation shows an algorithm in use.
    "profile_term",
    metadata,
    Column("term", PeerText, primary_key=True),
    Column("profile_id", ForeignKey("profile.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Index(None, "profile_id"),
)

certificate = Table(
    "certificate",
    metadata,
    _number(),
    Column("sha256", LargeBinary, nullable=False),
    Column("subject", PeerText, nullable=False),
    Column("issuer", PeerText, nullable=False),
    Column("serial", PeerText, nullable=False),
    Column("not_before", UtcDateTime),
    Column("not_after", UtcDateTime),
    Column("key_oid", PeerText, nullable=False),
    Column("key_algorithm", PeerText, nullable=False),
    Column("key_size_bits", BIG),
    Column("key_parameter", PeerText),
    Column("key_components", PeerJson, nullable=False),
    Column("spki_sha256", LargeBinary, nullable=False),
    Column("key_quantum_class", Text, nullable=False),
    Column("signature_oid", PeerText, nullable=False),
    Column("signature_algorithm", PeerText, nullable=False),
    Column("signature_hash", PeerText),
    Column("signature_components", PeerJson, nullable=False),
    Column("signature_quantum_class", Text, nullable=False),
    Column("key_usage", PeerJson, nullable=False),
    Column("extended_key_usage", PeerJson, nullable=False),
    Column("is_ca", Boolean, nullable=False),
    Column("self_signed", Boolean, nullable=False),
    Column("malformed", PeerJson, nullable=False),
    Column("der", LargeBinary, nullable=False),
    Column("kind", Text, nullable=False, server_default="x509"),  # as `Certificate.kind`
    UniqueConstraint("sha256"),
    Index(None, "spki_sha256"),
    Index(None, "not_after"),
)

certificate_name = Table(
    "certificate_name",
    metadata,
    Column("certificate_id", ForeignKey("certificate.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("name", PeerText, nullable=False),
    Column("folded", PeerText, nullable=False),  # lower case and cut, as an index can hold it
    Index(None, "folded"),
)

certificate_term = Table(
    "certificate_term",
    metadata,
    Column("term", PeerText, primary_key=True),
    Column("certificate_id", ForeignKey("certificate.id"), primary_key=True),
    Column("role", Integer, primary_key=True, autoincrement=False),  # terms.KEY or terms.SIGNATURE
    Index(None, "certificate_id"),
)

chain_set = Table(  # All chains of one outcome.
    "chain_set",
    metadata,
    _number(),
    Column("digest", LargeBinary, nullable=False),
    Column("chains", PeerJson, nullable=False),  # [[server_name, context, [sha256 hex, leaf first]], ...]
    UniqueConstraint("digest"),
)

chain_certificate = Table(
    "chain_certificate",
    metadata,
    Column("certificate_id", ForeignKey("certificate.id"), primary_key=True),
    Column("chain_set_id", ForeignKey("chain_set.id"), primary_key=True),
    Index(None, "chain_set_id"),
)

sighting = Table(
    "sighting",
    metadata,
    _number(),
    Column("target_id", ForeignKey("target.id"), nullable=False),
    Column("probe", Text, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("open_lane", Integer),  # the lane while the interval is open, then NULL: one open interval per lane
    Column("is_current", Boolean, nullable=False),  # the open interval of the target's strongest lane
    Column("profile_id", ForeignKey("profile.id")),
    Column("chain_set_id", ForeignKey("chain_set.id")),
    Column("status", Text, nullable=False),
    Column("detail_code", Text),
    Column("detail_parameters", PeerJson),
    Column("connections_used", Integer, nullable=False),
    Column("elapsed_seconds", Float, nullable=False),
    Column("first_run", ForeignKey("run.number"), nullable=False),
    Column("last_run", ForeignKey("run.number"), nullable=False),
    Column("first_seen", UtcDateTime, nullable=False),
    Column("last_seen", UtcDateTime, nullable=False),
    UniqueConstraint("target_id", "probe", "open_lane"),
)
Index(None, sighting.c.profile_id)
Index(None, sighting.c.chain_set_id)

visit = Table(  # Bit t % 1024 of block t // 1024: the run asked target t, and its answer lies in this lane.
    "visit",
    metadata,
    Column("run_number", ForeignKey("run.number"), primary_key=True),
    Column("block", BIG, primary_key=True, autoincrement=False),
    Column("probe", Text, primary_key=True),
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("bits", LargeBinary, nullable=False),  # 128 bytes, the least significant bit first
)

file_folder = Table(  # Which files of a folder were read whole, and are not read again while they do not change.
    "file_folder",
    metadata,
    Column("key", LargeBinary, primary_key=True),  # of the folder, as a target's
    Column("looked_at", UtcDateTime, nullable=False),
    Column("files", LargeBinary, nullable=False),  # as `ReadFolder.files`
)

evidence = Table(
    "evidence",
    metadata,
    Column("sighting_id", ForeignKey("sighting.id"), primary_key=True),
    Column("sent", LargeBinary, nullable=False),
    Column("received", LargeBinary, nullable=False),
)

register_entry = Table(  # One record of one sheet as it stands now.
    "register_entry",
    metadata,
    Column("kind", PeerText, primary_key=True),
    Column("code", PeerText, primary_key=True),
    Column("document", PeerJson, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
)

act = Table(  # A chain: each row's hash covers the row and the hash before it (`pqscan.readiness.chain`).
    "act",
    metadata,
    Column("number", BIG, primary_key=True, autoincrement=False),  # 1, 2, 3, ... without a gap
    Column("at", UtcDateTime, nullable=False),
    Column("actor", PeerText, nullable=False),
    Column("role", PeerText, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", PeerText, nullable=False),
    Column("detail", PeerJson, nullable=False),
    Column("reason", PeerText, nullable=False),
    Column("effect", PeerJson, nullable=False),  # what it left in the other tables, by digest (`effects.py`)
    Column("previous_hash", Text, nullable=False),  # lower-case hex, as `hash`
    Column("hash", Text, nullable=False),
)
append_only(act)

decision = Table(  # The newest on a finding counts.
    "decision",
    metadata,
    Column("act_number", ForeignKey("act.number"), primary_key=True),
    Column("finding", LargeBinary, primary_key=True),  # 32 bytes
    Column("state", Text, nullable=False),
    Column("document", PeerJson, nullable=False),
    Index(None, "finding"),
)
append_only(decision)

snapshot = Table(
    "snapshot",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the document
    Column("act_number", ForeignKey("act.number"), nullable=False),
    Column("unit", PeerText, nullable=False),
    Column("period_start", Text, nullable=False),  # a day, ISO 8601
    Column("period_end", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    Column("head", PeerText, nullable=False),  # who answers for the unit
    Column("document", LargeBinary, nullable=False),
    Column("signatures", PeerJson, nullable=False),
    Column("imported", Boolean, nullable=False),
    Index(None, "unit"),
)
append_only(snapshot)

setting = Table(
    "setting",
    metadata,
    Column("name", PeerText, primary_key=True),
    Column("document", PeerJson, nullable=False),
)
