"""Who answers for what, out of the register of a store: the unit, its head on a day, its systems, a decided mark.

The register is documents by kind and code: their fields are those of the record, days as ISO 8601, choices by their value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from enum import Enum
from typing import Any, TypeVar, get_args, get_type_hints

from pqscan.errors import UsageError
from pqscan.readiness.changes import Document
from pqscan.readiness.system import System
from pqscan.readiness.unit import Head, Unit

RecordT = TypeVar("RecordT")
Entries = Mapping[str, Mapping[str, Document]]


def register_of(store: object) -> Entries:
    """The register of a store that has one; else nothing."""
    read = getattr(store, "register", None)
    found: Entries = {} if read is None else read()
    return found


def unit_of(entries: Entries, code: str) -> Unit | None:
    """The unit with this code."""
    found = entries.get("unit", {}).get(code)
    return None if found is None else _record(Unit, found, f"the unit {code}")


def head_on(entries: Entries, unit: str, day: date) -> Head | None:
    """Who heads the unit on a day; the one that began last, where several do."""
    heads = [_record(Head, document, "a head") for document in entries.get("head", {}).values() if document.get("unit") == unit]
    return max((head for head in heads if head.serves_on(day)), key=lambda head: head.since, default=None)


def systems_of(entries: Entries, unit: str) -> tuple[System, ...]:
    """The systems that the unit owns or, where no owner is stated, operates; by code."""
    found = [_record(System, document, f"the system {code}") for code, document in entries.get("system", {}).items()]
    return tuple(sorted((one for one in found if (one.owner or one.operator) == unit), key=lambda one: one.code))


def counted_systems(entries: Entries, unit: str) -> frozenset[str] | None:
    """Of which systems a unit's figures are, by code; None: of everything in the store, because no other unit has a system there.

    Where several units share a store, what is in no system is nobody's: else it would stand in the figures of each of them."""
    own = {system.code for system in systems_of(entries, unit)}
    return None if own == set(entries.get("system", {})) else frozenset(own)


def _record(kind: type[RecordT], document: Document, what: str) -> RecordT:
    """Raises UsageError where a field is none that the record can hold."""
    hints = get_type_hints(kind)
    names = [one.name for one in fields(kind) if one.name in document]  # type: ignore[arg-type]
    try:
        return kind(**{name: _value(hints[name], document[name]) for name in names})
    except (TypeError, ValueError):
        raise UsageError(f"{what} in the register is damaged: correct it with `pqscan register import`") from None


def _value(hint: Any, value: Any) -> Any:  # Any: a type as the record states it, and what JSON holds.
    if value is None:
        return None
    inner = [one for one in (*get_args(hint), hint) if isinstance(one, type)]
    choice = next((one for one in inner if issubclass(one, Enum)), None)
    if isinstance(value, list | tuple):
        items = [value_of if choice is None else choice(value_of) for value_of in value]
        return frozenset(items) if choice is not None else tuple(items)
    if choice is not None:
        return choice(value)
    return date.fromisoformat(value) if date in inner else value
