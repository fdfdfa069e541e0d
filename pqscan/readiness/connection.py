"""Which system talks to which, by what: the edges along which a change has to be agreed (R22)."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.readiness.cells import Reference, Text
from pqscan.readiness.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Connection:
    """One edge: `source` connects to `target` through `by` (an integration platform, a VPN, an API)."""

    source: str
    target: str
    by: str
    note: str = ""


CONNECTION_SHEET = Sheet(
    "connection",
    Connection,
    (("source", Reference("system")), ("target", Reference("system")), ("by", Text(300)), ("note", Text(2000, lines=True))),
    key=("source", "target", "by"),
)
