"""What one login of PostgreSQL may do, as SQL for the database's administrator: privileges by role, rows by unit and regime.

Where the store is PostgreSQL this is what keeps people apart; `access.py` only asks first and says it in a sentence. Rows of the
register are held back by row-level security. Facts (what was scanned) belong to no unit in the database: whoever may read them
reads all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing

from sqlalchemy import Engine

from pqscan.errors import UsageError
from pqscan.readiness.access import Right, Role
from pqscan.readiness.act import Act
from pqscan.readiness.chain import ChainHead
from pqscan.readiness.grant import SETTING as ROLES_SETTING
from pqscan.store import acts
from pqscan.store.engine import writing
from pqscan.store.peer_text import escape

_LOGIN = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_FACTS = (
    "run", "run_count", "target", "profile", "observation", "profile_term", "certificate", "certificate_name", "certificate_term",
    "chain_set", "chain_certificate", "sighting", "visit", "evidence",
)  # fmt: skip
_SCANNED = (*_FACTS, "run_batch", "file_folder")
_STATED = ("register_entry", "decision", "snapshot", "setting")
_CHAIN = "number, hash, effect"  # what appending to the chain must read of the acts before


def grants(login: str, role: Role, units: Iterable[str] | None = None) -> str:
    """Statements in one transaction, each on a line. `units` are the codes that the login answers for; None: all. The login must
    be there already.

    What the login was granted before is taken back first. Raises UsageError for a name that is no plain one."""
    lines = [f"-- {login}: {role.id}", "BEGIN;", *(f"{line};" for line in _statements(login, role, units)), "COMMIT;"]
    return "\n".join(lines) + "\n"


def grant(engine: Engine, where: str, login: str, role: Role, units: Iterable[str] | None, act: Act) -> ChainHead:
    """Carries `grants` out with its act, whole or not at all. Raises UsageError, StoreError."""
    statements = _statements(login, role, units)
    with writing(engine, where) as connection, closing(connection.connection.cursor()) as cursor:
        for statement in statements:
            cursor.execute(statement)  # By the driver, which then takes no sign in it for the place of a value.
        return acts.append(connection, act)


def _statements(login: str, role: Role, units: Iterable[str] | None) -> list[str]:
    if not _LOGIN.fullmatch(login):
        raise UsageError(f"{login!r} is no plain name of a login: use small letters, digits and underscores")
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {login}",
        f"GRANT USAGE ON SCHEMA public TO {login}",
        f"GRANT SELECT ON alembic_version TO {login}",
        *(_grant(privileges, tables, login) for privileges, tables in _privileges(role)),
        "ALTER TABLE register_entry ENABLE ROW LEVEL SECURITY",
        f"DROP POLICY IF EXISTS pqscan_{login} ON register_entry",
        f"CREATE POLICY pqscan_{login} ON register_entry TO {login} USING ({_visible(role, units)})",
        *_kept_out(login, role),
        *_settings(login, role),
    ]


def _privileges(role: Role) -> Iterable[tuple[str, tuple[str, ...]]]:
    rights = role.rights
    if Right.READ in rights:
        yield "SELECT", (*_FACTS, *_STATED)
    if Right.SCAN in rights:
        yield "SELECT, INSERT, UPDATE, DELETE", _SCANNED
    if Right.REGISTER in rights:
        yield "INSERT, UPDATE, DELETE", ("register_entry", "setting")
    elif Right.ADMINISTER in rights:
        yield "INSERT, UPDATE, DELETE", ("setting",)
    if rights & {Right.DECIDE, Right.ACCEPT}:
        yield "INSERT", ("decision",)
    if Right.SEAL in rights:
        yield "INSERT", ("snapshot",)
    if rights & {Right.READ_ACTS, Right.VERIFY}:
        yield "SELECT", ("act",)
    if rights & {Right.REGISTER, Right.DECIDE, Right.ACCEPT, Right.SEAL, Right.EXPORT, Right.EXPORT_REDACTED, Right.ADMINISTER}:
        yield f"INSERT, SELECT ({_CHAIN})", ("act",)
    if Right.VERIFY in rights:
        yield "SELECT", _STATED


def _kept_out(login: str, role: Role) -> Iterable[str]:
    """Whoever scans reads which places are a military unit's, whatever units the login is for: to leave them alone (R08)."""
    yield f"DROP POLICY IF EXISTS pqscan_kept_out_{login} ON register_entry"
    if Right.SCAN in role.rights:
        test = "kind = 'unit' AND document->>'kind' = 'military'"
        yield f"CREATE POLICY pqscan_kept_out_{login} ON register_entry FOR SELECT TO {login} USING ({test})"


def _settings(login: str, role: Role) -> Iterable[str]:
    """Every setting can be read by who may read any; those who give no roles cannot write the list of roles."""
    writable = "true" if Right.ADMINISTER in role.rights else f"name <> {_literal(ROLES_SETTING)}"
    yield "ALTER TABLE setting ENABLE ROW LEVEL SECURITY"
    for what, test in (("select", "USING (true)"), ("insert", f"WITH CHECK ({writable})"), ("delete", f"USING ({writable})")):
        yield f"DROP POLICY IF EXISTS pqscan_{what}_{login} ON setting"
        yield f"CREATE POLICY pqscan_{what}_{login} ON setting FOR {what.upper()} TO {login} {test}"
    yield f"DROP POLICY IF EXISTS pqscan_update_{login} ON setting"
    yield f"CREATE POLICY pqscan_update_{login} ON setting FOR UPDATE TO {login} USING ({writable}) WITH CHECK ({writable})"


def _grant(privileges: str, tables: tuple[str, ...], login: str) -> str:
    return f"GRANT {privileges} ON {', '.join(tables)} TO {login}"


def _visible(role: Role, units: Iterable[str] | None) -> str:
    """Which rows of the register: those of the login's units, and of systems those under a regime that its role sees."""
    regimes = ", ".join(_literal(regime.value) for regime in sorted(role.regimes))
    seen = f"coalesce(document->>'regime', 'civil') IN ({regimes})" if regimes else "false"
    if Right.VERIFY in role.rights and Right.READ not in role.rights:
        seen = "true"  # Who verifies the chain must see what it covers.
    if units is None:
        return seen
    codes = ", ".join(map(_literal, sorted(units))) or "NULL"
    owner = "CASE kind WHEN 'unit' THEN code WHEN 'system' THEN document->>'owner' ELSE document->>'unit' END"
    return f"{seen} AND coalesce({owner}, '') IN ({codes})"


def _literal(text: str) -> str:
    quoted = escape(text).replace("'", "''")
    return f"'{quoted}'" if "\\" not in quoted else "E'" + quoted.replace("\\", "\\\\") + "'"
