"""What was found already when a baseline was written, so that the gate can ask for what is new alone. Pure.

A fingerprint survives that lines move and that another machine checks the tree out: it is policy, rule, path from the root,
subject, value and symbol. How often it occurs is counted, so that a further occurrence in the same file is new."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields

from pqscan.errors import MalformedMessage
from pqscan.readiness.foreign_json import Fields, Json

FORMAT = "pqscan-baseline/1"
MOST_BYTES = 64 << 20
_MOST_FINDINGS = 500_000
_MOST_TEXT = 8192  # characters
_NO_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})


@dataclass(frozen=True, slots=True, order=True)
class Fingerprint:
    """`path` with the names inside of archives behind `!`; of what is no file the target as reports name it. `symbol` is the name
    under which it stands in a file, empty where there is none."""

    path: str
    policy: str
    rule: str
    subject: str
    value: str
    symbol: str = ""


Baseline = Mapping[Fingerprint, int]
"""How often each occurs."""


def plain(text: str) -> str:
    """Text as a baseline holds it: what no text should hold is written out. Nobody reads it back."""
    if text.isprintable():
        return text[:_MOST_TEXT]
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _NO_TEXT else c for c in text)[:_MOST_TEXT]


def encode(baseline: Baseline) -> bytes:
    """A finding a line, sorted: what changes in it shows as such in a repository."""
    lines = [
        _line({**{one.name: getattr(found, one.name) for one in fields(found)}, "count": baseline[found]})
        for found in sorted(baseline)
    ]
    head = f'{{\n"format": "{FORMAT}",\n"findings": ['
    return (head + "".join(f"\n{line}," for line in lines).removesuffix(",") + "\n]\n}\n").encode("utf-8")


def _line(row: Mapping[str, Json]) -> str:
    """What hides or reorders what stands beside it is an escape of JSON, as people read baselines where they are reviewed."""
    text = json.dumps({name: value for name, value in row.items() if value != ""}, ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def decode(data: bytes) -> Baseline:
    """Raises MalformedMessage where it is none, or none of this version."""
    if len(data) > MOST_BYTES:
        raise MalformedMessage(f"it is larger than {MOST_BYTES} bytes")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise MalformedMessage("it is no JSON") from None
    if not isinstance(document, dict):
        raise MalformedMessage("it is no table")
    table = Fields(document, "baseline")
    table.constant("format", FORMAT)
    found: dict[Fingerprint, int] = {}
    for row in table.tables("findings", _MOST_FINDINGS):
        symbol = row.text("symbol", _MOST_TEXT) if row.has("symbol") else ""
        texts = {name: row.text(name, _MOST_TEXT) for name in ("path", "policy", "rule", "subject", "value")}
        fingerprint = Fingerprint(**texts, symbol=symbol)
        found[fingerprint] = found.get(fingerprint, 0) + row.whole("count")
        row.done()
    table.done()
    return found
