"""Small true-to-life acts, changes, decisions and snapshots for the tests of the store."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.changes import Change, Document
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.readiness.kept import KeptSnapshot
from tests.unit.store.samples import START


def an_act(
    kind: ActKind = ActKind.REGISTER, subject: str = "đơn vị", at: datetime = START, actor: str = "Nguyễn Văn A", reason: str = ""
) -> Act:
    return Act(at, actor, "reviewer", kind, subject, {"số": 2, "chắc": True, "file": None, "codes": ["a", "b"]}, reason)


def a_unit(name: str = "Đảng uỷ Công an tỉnh") -> Document:
    return {"name": name, "kind": "police", "superior": None, "domains": ["conganxyz.example"], "level": 3, "is_critical": True}


def made(code: str, document: Document | None = None, kind: str = "unit") -> Change:
    return Change(kind, code, None, a_unit() if document is None else document)


def finding(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def a_decision(name: str = "x", state: DecisionState = DecisionState.PLANNED, at: datetime = START, **more: object) -> Decision:
    return Decision(finding=finding(name), state=state, by="Trần Thị B", at=at, **more)  # type: ignore[arg-type]


def a_snapshot(unit: str = "CA", year: int = 2026, text: str = "figures", *, imported: bool = False) -> KeptSnapshot:
    document = f"{unit} {year} {text}".encode("utf-8", "backslashreplace")
    digest = hashlib.sha256(document).digest()
    start, end = date(year, 1, 1), date(year, 12, 31)
    return KeptSnapshot(digest, unit, start, end, START, "Lê Văn C", document, {"Ed25519": "aa", "ML-DSA-65": "bb"}, imported)
