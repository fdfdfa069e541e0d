"""Decisions on findings: each row is for ever, and the newest on a finding counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import cast

from sqlalchemy import Connection

from pqscan.errors import UsageError
from pqscan.readiness.act import Act
from pqscan.readiness.chain import ChainHead
from pqscan.readiness.changes import Document
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.store import acts, bulk, effects
from pqscan.store.bulk import RawRow
from pqscan.store.documents import document_of, stated
from pqscan.store.peer_text import to_json
from pqscan.store.portions import portions
from pqscan.store.rows import whole
from pqscan.store.tables import decision as table

KEY_BYTES = 32
_COLUMNS = ("act_number", "finding", "state", "document")
_EVERY = "SELECT act_number, finding, state, CAST(document AS TEXT) FROM decision"
_LATEST = f"""{_EVERY} JOIN (SELECT finding AS found, max(act_number) AS newest FROM decision GROUP BY finding) AS last
ON last.found = decision.finding AND last.newest = decision.act_number ORDER BY finding"""  # noqa: S608  # Our own words.


def decide(connection: Connection, decisions: Sequence[Decision], act: Act) -> ChainHead:
    """Stores the decisions with their act. Raises UsageError where two are on one finding, or a key is none."""
    by_finding: dict[bytes, Decision] = {}
    for one in decisions:
        if len(one.finding) != KEY_BYTES:
            raise UsageError(f"{one.finding.hex()[:80]} is no key of a finding: it has {KEY_BYTES} bytes")
        if by_finding.setdefault(one.finding, one) is not one:
            raise UsageError(f"two decisions on the finding {one.finding.hex()} at once: give one")
    rows = [(finding, one.state.value, _document(one)) for finding, one in sorted(by_finding.items())]
    left = effects.digest([finding.hex(), state, document] for finding, state, document in rows)
    head = acts.append(connection, act, {effects.DECISIONS: left})
    raw = [(head.entries, finding, state, to_json(document)) for finding, state, document in rows]
    bulk.insert(connection, table, _COLUMNS, raw)
    return head


def latest(connection: Connection) -> Mapping[bytes, Decision]:
    """The newest decision on each finding, by its key, sorted."""
    found = (_decision(row) for rows in portions(connection, _LATEST, {}) for row in rows)
    return {one.finding: one for one in found}


def history(connection: Connection, finding: bytes) -> tuple[Decision, ...]:
    """Every decision on a finding, oldest first."""
    statement = f"{_EVERY} WHERE finding = :finding ORDER BY act_number"
    return tuple(_decision(row) for rows in portions(connection, statement, {"finding": finding}) for row in rows)


def digests(connection: Connection) -> Iterator[tuple[int, str]]:
    """The number of each act that decided, and the digest of what is there of it. Raises ValueError for what is no decision."""
    rows = (row for some in portions(connection, f"{_EVERY} ORDER BY act_number, finding", {}) for row in some)
    for number, mine in groupby(rows, key=lambda row: whole(row[0])):
        yield number, effects.digest([bytes(row[1]).hex(), row[2], stated(document_of(row[3]))] for row in mine)


def _document(decision: Decision) -> dict[str, object]:
    document: Document = {
        "by": decision.by,
        "at": decision.at.isoformat(),
        "reason": decision.reason,
        "fixer": decision.fixer,
        "deadline": _day(decision.deadline),
        "task": decision.task,
        "lead": decision.lead,
        "coordinating": list(decision.coordinating),
        "compensation": decision.compensation,
        "expires_on": _day(decision.expires_on),
    }
    return cast("dict[str, object]", stated(document))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _decision(row: RawRow) -> Decision:
    """Raises ValueError or LookupError where no program of ours wrote the row."""
    _number, finding, state, value = row
    document = document_of(value)

    def words(name: str, least: str | None = "") -> str | None:
        word = document.get(name, least)
        if word is not None and not isinstance(word, str):
            raise ValueError(f"{name} of a decision is no text")
        return word

    def day(name: str) -> date | None:
        word = words(name, None)
        return None if word is None else date.fromisoformat(word)

    coordinating = document.get("coordinating", [])
    if not isinstance(coordinating, list):
        raise ValueError("coordinating of a decision is no list")
    return Decision(
        finding=bytes(finding),
        state=DecisionState(state),
        by=words("by") or "",
        at=datetime.fromisoformat(str(document["at"])),
        reason=words("reason") or "",
        fixer=words("fixer") or "",
        deadline=day("deadline"),
        task=words("task", None),
        lead=words("lead", None),
        coordinating=tuple(coordinating),
        compensation=words("compensation") or "",
        expires_on=day("expires_on"),
    )
