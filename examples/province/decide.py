"""Adds to a store that fill.py made what people decided in that year, so that a finding is in every state there is.

    python examples/province/decide.py STORE

Which findings they are follows from the store alone, alike each time. What is "fixed", "regressed" or "not seen again" nobody
decides: the scans say so. All names are invented.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, date, datetime

from fill import MOVED

from pqscan.app.deciding import living, move
from pqscan.app.history import question
from pqscan.policy import editions
from pqscan.readiness.act import Act, ActKind
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.readiness.life import Life, LifeState
from pqscan.store.repository import Store

SPRING, AUTUMN = datetime(2026, 6, 10, 2, 0, tzinfo=UTC), datetime(2026, 10, 5, 2, 0, tzinfo=UTC)
RULE_OF = "nist-ir-8547"
VALUES = ("0x001d", "0x002f")  # X25519, which migrated servers still accept; TLS_RSA_WITH_AES_128_CBC_SHA, which they refuse.
CHIEF, AUTHORITY = "Ngô Thanh Vở, Giám đốc", "Đỗ Hữu Sách, Chủ tịch"

SPRING_WISHES = (
    (LifeState.FIXED, DecisionState.PLANNED, {"fixer": "Trung tâm Chuyển đổi số", "deadline": date(2026, 9, 30), "task": "NV02"}),
    (LifeState.OPEN, DecisionState.WAIVED, {
        "reason": "Chờ nhà cung cấp phát hành bản vá", "compensation": "Chỉ mở cho mạng nội bộ", "expires_on": date(2026, 8, 31),
    }),
)  # fmt: skip
AUTUMN_WISHES = (
    (LifeState.OPEN, DecisionState.PLANNED, {"fixer": "Trung tâm Chuyển đổi số", "deadline": date(2027, 12, 31), "task": "NV02",
        "lead": "SKHCN", "coordinating": ("UBND", "STC")}),
    (LifeState.OPEN, DecisionState.IN_PROGRESS, {"fixer": "Công ty Thử Nghiệm", "deadline": date(2027, 6, 30), "task": "NV01"}),
    (LifeState.OPEN, DecisionState.WAIVED, {
        "reason": "Hệ thống sắp thay", "compensation": "Chạy sau VPN", "expires_on": date(2027, 3, 31),
    }),
    (LifeState.OPEN, DecisionState.ACCEPTED, {"by": AUTHORITY, "reason": "Dữ liệu công khai"}),
    (LifeState.OPEN, DecisionState.DISPUTED, {"reason": "Máy chủ đã tắt nhóm này; đề nghị kiểm tra lại"}),
    (LifeState.OPEN, DecisionState.DEPENDS_VENDOR, {"fixer": "Tập đoàn Ví Dụ", "reason": "Thiết bị cần phần mềm mới"}),
    (LifeState.OPEN, DecisionState.DEPENDS_UPSTREAM, {"fixer": "CA Ví Dụ", "reason": "Chờ CA cấp trên đổi chuỗi chứng thư"}),
    (LifeState.OPEN, DecisionState.DEPENDS_CENTRAL, {"fixer": "Nền tảng dùng chung", "reason": "Do cấp trên vận hành"}),
    (LifeState.OPEN, DecisionState.OUT_OF_SCOPE, {"reason": "Máy chủ thử nghiệm, không có dữ liệu thật"}),
    (LifeState.NOT_SEEN_AGAIN, DecisionState.RETIRED, {"reason": "Đã thanh lý theo biên bản mẫu"}),
)  # fmt: skip


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    with Store.open(sys.argv[1]) as store:
        lives = found(store)
        taken: list[Life] = []
        for at, wishes in ((SPRING, SPRING_WISHES), (AUTUMN, AUTUMN_WISHES)):
            for state, decision, fields in wishes:
                life = next(life for life in lives if life.state is state and life not in taken)
                taken.append(life)
                keep(store, replace(Decision(finding=life.key, state=decision, by=CHIEF, at=at), **fields))
        old, new = (f"{address}:443" for address in MOVED)
        move(store, old, new, date(2026, 9, 1), by=CHIEF, reason="Đổi địa chỉ theo quy hoạch mạng", now=AUTUMN)
    print(f"{len(taken)} decisions, 1 move: {sys.argv[1]}")
    return 0


def found(store: Store) -> list[Life]:
    """The findings that can be decided on, as the last scan left them, in the order of the store."""
    policies = (editions.policy(RULE_OF),)
    moved = {MOVED[0], MOVED[1]}
    asked = question(policies, AUTUMN.date())
    return [
        life
        for life in living(store, asked)
        if life.mark.value in VALUES and str(getattr(life.target, "address", "")) not in moved and life.first_seen < SPRING
    ]


def keep(store: Store, decision: Decision) -> None:
    """With the act that says who decided and why."""
    detail: dict[str, str | int | bool | list[str] | None] = {"state": decision.state.value, "by": decision.by}
    store.decide((decision,), Act(decision.at, "example", "", ActKind.DECISION, decision.finding.hex(), detail, decision.reason))


if __name__ == "__main__":
    sys.exit(main())
