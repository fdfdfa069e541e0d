"""What an act left in the other tables, as digests that stand in its row and so in the chain.

With them `db verify` tells a decision that was altered behind the program's back, or an owner changed in the register by hand.
The register has too many rows to be hashed at every change: its digest is the sum of a number for each record (SHAKE-256,
2,048 bits, which makes other records with the same sum infeasible: AdHash of Bellare and Micciancio, 1997), moved by each change.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from pqscan.readiness.chain import canonical
from pqscan.readiness.changes import Document
from pqscan.store.documents import stated
from pqscan.store.peer_text import Json

REGISTER, DECISIONS, SNAPSHOT, SETTING = "register", "decisions", "snapshot", "setting"
Effect = Mapping[str, Json]
NOTHING: Effect = {}
_BYTES = 256


def digest(rows: Iterable[object]) -> str:
    """SHA-256 in hex over rows in their order."""
    total = hashlib.sha256()
    for row in rows:
        total.update(canonical(row).encode("utf-8", "surrogatepass") + b"\n")
    return total.hexdigest()


def weight(kind: str, code: str, document: Document | None) -> int:
    """What one record adds to the register's sum; nothing where there is none."""
    if document is None:
        return 0
    text = canonical([kind, code, stated(document)]).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.shake_256(text).digest(_BYTES), "big")


def total_text(total: int) -> str:
    """A register's sum as it stands in an act."""
    return (total % (1 << (8 * _BYTES))).to_bytes(_BYTES, "big").hex()
