"""One system and what people decided about it, from a file: TOML with [system], [gate], [people], [[product]] and [[waiver]], or a
CSV sheet of one row whose headings are the fields of a system.

Everything in it is a user's: bounded, and wrong values are told with the field that they stand in."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from pqscan.errors import UsageError
from pqscan.readiness.go_live import People
from pqscan.readiness.system import Regime, System
from pqscan.readiness.waiver import Waiver
from pqscan.registry import foreign_toml
from pqscan.registry.foreign_file import open_regular

MOST_BYTES = 1 << 20
MOST_ROWS = 1000
LONGEST_TEXT = 4000
MOST_NUMBER = 10**15
_TABLES = ("system", "gate", "people", "product", "waiver")
_YES, _NO = frozenset({"yes", "true", "x", "1", "có"}), frozenset({"no", "false", "0", "không"})


@dataclass(frozen=True, slots=True)
class ProductEntry:
    """What the gate needs of a cryptographic product until the register holds them."""

    name: str
    regime: Regime | None = None
    vendor: str = ""
    origin: str = ""
    licence: str = ""
    licence_until: date | None = None
    conformity: str = ""


@dataclass(frozen=True, slots=True)
class SystemFile:
    """`blocking` are policies whose findings block because the unit decided so."""

    system: System | None
    blocking: tuple[str, ...] = ()
    people: People = People()  # noqa: RUF009  # Frozen.
    products: tuple[ProductEntry, ...] = ()
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True)
class _Gate:
    blocking: tuple[str, ...] = ()


def read_system_file(path: Path) -> SystemFile:
    """Raises UsageError naming the file and what is wrong in it."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the system file {path} cannot be read: {error.strerror}") from None
    return parse_system_file(data, str(path))


def parse_system_file(data: bytes, name: str) -> SystemFile:
    """CSV where the name ends so, else TOML. Raises UsageError."""
    if len(data) > MOST_BYTES:
        raise UsageError(f"the system file {name} is larger than {MOST_BYTES} bytes; is it the right file?")
    if name.lower().endswith(".csv"):
        return SystemFile(_record(System, _csv_row(data, name), f"the system file {name}", written=True))
    try:
        document = foreign_toml.parse(data)
    except ValueError as error:
        raise UsageError(f"the system file {name} is not TOML: {error}") from None
    unknown = sorted(set(document) - set(_TABLES))
    if unknown:
        raise UsageError(
            f"the system file {name} holds {unknown[0][:60]!r}, which means nothing there; it may hold {', '.join(_TABLES)}"
        )

    def table(key: str) -> Mapping[str, object] | None:
        value = document.get(key)
        if value is None or isinstance(value, dict):
            return value
        raise UsageError(f"the system file {name} needs [{key}] to be one table")

    def rows(key: str) -> list[Mapping[str, object]]:
        value = document.get(key, [])
        if not isinstance(value, list) or len(value) > MOST_ROWS or not all(isinstance(row, dict) for row in value):
            raise UsageError(f"the system file {name} needs [[{key}]] to be up to {MOST_ROWS} tables")
        return value

    def place(key: str, number: int | None = None) -> str:
        return f"the system file {name}, {key}" + ("" if number is None else f" {number}")

    system, gate, people = table("system"), table("gate"), table("people")
    return SystemFile(
        system=None if system is None else _record(System, system, place("system")),
        blocking=() if gate is None else _record(_Gate, gate, place("gate")).blocking,
        people=People() if people is None else _record(People, people, place("people")),
        products=tuple(_record(ProductEntry, row, place("product", n)) for n, row in enumerate(rows("product"), 1)),
        waivers=tuple(_record(Waiver, row, place("waiver", n)) for n, row in enumerate(rows("waiver"), 1)),
    )


def _csv_row(data: bytes, name: str) -> dict[str, object]:
    try:
        text = data.decode("utf-8-sig")
        dialect = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=dialect, strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise UsageError(f"the system file {name} is no CSV in UTF-8") from None
    if len(rows) != 1 or None in rows[0]:
        raise UsageError(f"the system file {name} needs one heading line and one row; it describes one system")
    return {key.strip(): value.strip() for key, value in rows[0].items() if isinstance(value, str) and value.strip()}


def _record(kind: type[Any], row: Mapping[str, object], place: str, *, written: bool = False) -> Any:  # Any: any of our records.
    """A record from its fields by name. `written`: values are texts, as cells of a sheet are."""
    hints = get_type_hints(kind)
    unknown = sorted(set(row) - set(hints))
    if unknown:
        raise UsageError(f"{place}: {unknown[0][:60]!r} is no field; fields are {', '.join(hints)}")
    missing = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING and f.name not in row]
    if missing:
        raise UsageError(f"{place}: {missing[0]} is missing")
    return kind(**{name: _value(hints[name], value, f"{place}: {name}", written) for name, value in row.items()})


def _value(hint: Any, value: object, place: str, written: bool) -> object:  # Any: a type as it is annotated.
    if isinstance(hint, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) in (tuple, frozenset):
        parts = [part.strip() for part in value.split(";") if part.strip()] if written and isinstance(value, str) else value
        if not isinstance(parts, list) or len(parts) > MOST_ROWS:
            raise UsageError(f"{place} must be a list")
        return get_origin(hint)(_value(get_args(hint)[0], part, place, written) for part in parts)
    if written and isinstance(value, str) and hint in (int, bool, date):
        value = _from_text(hint, value, place)
    if hint is str and isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    if hint is bool and isinstance(value, bool):
        return value
    if hint is int and isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_NUMBER:
        return value
    if hint is date and type(value) is date:
        return value
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if isinstance(value, str) and value in list(hint):
            return hint(value)
        raise UsageError(f"{place} must be one of {', '.join(hint)}")
    raise UsageError(f"{place} must be {_CALLED.get(hint, 'another value')}")


_CALLED = {
    str: f"a text of up to {LONGEST_TEXT} characters",
    int: "a whole number",
    bool: "true or false",
    date: "a day such as 2026-11-29",
}


def _from_text(hint: type, text: str, place: str) -> object:
    if hint is bool and text.casefold() in _YES | _NO:
        return text.casefold() in _YES
    if hint is int and text.isascii() and text.isdigit():
        return int(text[:16])
    if hint is date:
        day, slash, rest = text.partition("/")
        month, _, year = rest.partition("/")
        try:
            return date(int(year), int(month), int(day)) if slash else date.fromisoformat(text)
        except ValueError:
            pass
    raise UsageError(f"{place} must be {_CALLED[hint]}")
