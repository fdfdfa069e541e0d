"""What a file would change in the register, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pqscan.model.reason import Reason
from pqscan.readiness.changes import Change, Document, Field
from pqscan.readiness.sheet import MOST_PROBLEMS, Row, Sheet


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` may be made only where there are no `problems`; `unchanged` rows say what the register says already."""

    changes: tuple[Change, ...]
    problems: tuple[Reason, ...]
    unchanged: int = 0

    @property
    def new(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.before is None)

    @property
    def altered(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.before is not None)


def plan_changes(sheet: Sheet[Any], present: Mapping[str, Document], rows: Iterable[Row]) -> Plan:
    """What the rows make of the records that are there: columns that a file lacks, and records that it does not name, stay.

    Any: sheets of every record."""
    changes: list[Change] = []
    problems: list[Reason] = []
    lines: dict[str, int] = {}
    unchanged = 0
    for row in rows:
        code = sheet.code_of(row.fields)
        reason: Reason | None = None
        if code is None:
            reason = Reason.of("row_without_code", sheet=sheet.kind, line=row.line)
        elif code in lines:
            reason = Reason.of("row_twice", sheet=sheet.kind, line=row.line, name=code, first=lines[code])
        if code is None or reason is not None:
            problems += [] if reason is None else [reason]
            continue
        lines[code] = row.line
        before = present.get(code)
        after = sheet.merged(before, row.fields)
        wrong = sheet.wrong(after)
        if wrong is not None:
            problems.append(Reason.of(wrong.code, **{**dict(wrong.parameters), "line": row.line}))
        elif before is not None and dict(before) == after:
            unchanged += 1
        else:
            changes.append(Change(sheet.kind, code, before, after))
    return Plan(tuple(changes), tuple(problems[:MOST_PROBLEMS]), unchanged)


def altered_fields(change: Change) -> Iterator[tuple[str, Field, Field]]:
    """The fields that a change alters: name, before, after; None where nothing is stated, or a default stands."""
    before, after = change.before or {}, change.after or {}
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield name, before.get(name), after.get(name)
