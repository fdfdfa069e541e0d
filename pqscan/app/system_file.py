"""One system and what people decided about it, from a file: TOML with [system], [gate], [people], [[product]] and [[waiver]], or a
sheet of systems (CSV, XLSX) with one row.

Everything in it is a user's: bounded, and wrong values are told with the field that they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from pqscan.app.sheets import read_rows
from pqscan.errors import UsageError
from pqscan.readiness.go_live import People
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.sheet import problems_of
from pqscan.readiness.system import Regime, System
from pqscan.readiness.waiver import Waiver
from pqscan.registry import foreign_toml
from pqscan.registry.foreign_file import open_regular

MOST_BYTES = 1 << 20
MOST_ROWS = 1000
LONGEST_TEXT = 4000
MOST_NUMBER = 10**15
_TABLES = ("system", "gate", "people", "product", "waiver")


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
    if path.suffix.lower() in (".csv", ".xlsx"):
        return SystemFile(_of_sheet(path))
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the system file {path} cannot be read: {error.strerror}") from None
    return parse_system_file(data, str(path))


def parse_system_file(data: bytes, name: str) -> SystemFile:
    """Raises UsageError."""
    if len(data) > MOST_BYTES:
        raise UsageError(f"the system file {name} is larger than {MOST_BYTES} bytes; is it the right file?")
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


def _of_sheet(path: Path) -> System:
    """The one row of a sheet of systems, as `pqscan register export system` writes it."""
    sheet = SHEETS["system"]
    reading = sheet.read(read_rows(str(path), lambda heading: sheet.column(heading) is not None))
    if next(problems_of(reading), None) is not None:
        raise UsageError(f"the sheet {path} has errors: `pqscan register import system FILE --dry-run` tells each of them")
    if len(reading.rows) != 1:
        raise UsageError(f"the sheet {path} needs one row: it describes one system")
    system = sheet.record(sheet.merged(None, reading.rows[0].fields))
    if not isinstance(system, System):
        raise UsageError(f"the sheet {path} is none of systems")
    return system


def _record(kind: type[Any], row: Mapping[str, object], place: str) -> Any:  # Any: any of our records.
    """A record from its fields by name. Raises UsageError."""
    hints = get_type_hints(kind)
    unknown = sorted(set(row) - set(hints))
    if unknown:
        raise UsageError(f"{place}: {unknown[0][:60]!r} is no field; fields are {', '.join(hints)}")
    missing = [f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING and f.name not in row]
    if missing:
        raise UsageError(f"{place}: {missing[0]} is missing")
    return kind(**{name: _value(hints[name], value, f"{place}: {name}") for name, value in row.items()})


def _value(hint: Any, value: object, place: str) -> object:  # Any: a type as it is annotated.
    if isinstance(hint, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    if get_origin(hint) in (tuple, frozenset):
        if not isinstance(value, list) or len(value) > MOST_ROWS:
            raise UsageError(f"{place} must be a list")
        return get_origin(hint)(_value(get_args(hint)[0], part, place) for part in value)
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
