"""Records of every kind, made from what their columns may hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from pqscan.readiness.cells import FIRST_YEAR, LAST_YEAR, MOST_MONEY, Choice, Day, Many, Money, Reference, Text, Whole, YesNo
from pqscan.readiness.sheet import Column, Sheet
from pqscan.readiness.system import System
from pqscan.readiness.unit import Head, Unit

CODES = st.from_regex(r"[A-Za-z0-9Đđ][A-Za-z0-9._-]{0,9}", fullmatch=True)
WORDS = st.text("aăâđêôơưáàảãạ AZ09=+-@'\",|.()/", min_size=1, max_size=20).map(str.strip).filter(bool)
CHECKED = {
    "domains": st.sampled_from(["tinh.gov.vn", "so.tinh.gov.vn", "a.vn"]),
    "ranges": st.sampled_from(["10.20.0.0/24", "2001:db8::/48", "192.0.2.1/32"]),
    "place": st.sampled_from(["10.20.0.0/24", "10.0.0.5-10.0.0.9:443", "*.tinh.gov.vn", "files:m1:/srv", "site:hue/a.vn:443"]),
    "scope": st.sampled_from(
        ["10.20.0.0/24", "10.0.0.5-10.0.0.9:443", "*.tinh.gov.vn", "files:m1:/srv", "tag:x", "site:hue/a.vn:443"]
    ),
}


def values(column: Column, kind: Any = None) -> st.SearchStrategy[Any]:
    """What a column may hold."""
    kind = kind or column.kind
    match kind:
        case Text(most, _, check):
            if column.name in CHECKED:
                return CHECKED[column.name]
            return CODES if check is not None else WORDS.map(lambda text: text[:most].strip()).filter(bool)
        case Reference():
            return CODES
        case Whole(least, most):
            return st.integers(least, most)
        case Money():
            return st.integers(0, MOST_MONEY)
        case Day():
            return st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
        case YesNo():
            return st.booleans()
        case Choice(of):
            return st.sampled_from(list(of))
        case Many(of):
            items = st.lists(values(column, of), unique=True, max_size=4)
            return items.map(frozenset if isinstance(of, Choice) else tuple)
    raise AssertionError(kind)


@st.composite
def records(draw: st.DrawFn, sheet: Sheet[Any]) -> Any:
    made = {}
    for column in sheet.columns:
        if column.is_required or draw(st.booleans()):
            made[column.name] = draw(values(column))
    return sheet._record(**made)


def unit(code: str, name: str = "", **more: Any) -> Unit:
    return Unit(code, name or f"Đơn vị {code}", **more)


def head(of: str, since: str = "2020-01-01", until: str | None = None, name: str = "Nguyễn Văn A") -> Head:
    return Head(of, name, "Bí thư", date.fromisoformat(since), None if until is None else date.fromisoformat(until))


def system(code: str, *scope: str, name: str = "", **more: Any) -> System:
    return System(code, name or f"Hệ thống {code}", scope=scope, **more)
