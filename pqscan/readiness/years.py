"""The years that exposure is computed from: protection periods, migration years, assumed quantum years; each row with its source.

A row names a document and the day on which it was verified, or says that it is an assumption and what it leans on: a number
without either is refused."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from pqscan.errors import DataError
from pqscan.readiness.span import MOST_YEARS
from pqscan.readiness.system import DataClass, Secrecy, System, SystemKind
from pqscan.registry.table import Row, read_table

DATA = Path(__file__).parent / "data"


class AssetClass(StrEnum):
    """What is migrated as one thing, and takes alike long."""

    TLS_SERVER = "tls_server"
    VPN = "vpn"
    PKI_ROOT = "pki_root"
    TOKEN = "token"  # noqa: S105  # A card or USB device.
    APPLICATION = "application"
    DATABASE = "database"
    ARCHIVE = "archive"
    FIRMWARE = "firmware"
    OPERATING_SYSTEM = "operating_system"


@dataclass(frozen=True, slots=True)
class ProtectionPeriod:
    """How long a secrecy level lasts. `is_unverified`: taken over from a law that another has replaced, not seen in that one."""

    level: Secrecy
    years: int
    extension_years: int  # the most that one extension adds
    is_unverified: bool
    reference: str


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a class of data, or what a kind of system holds, is kept; `years` None: no source states it."""

    data_class: DataClass | None
    system_kind: SystemKind | None
    years: int | None
    reference: str


@dataclass(frozen=True, slots=True)
class MigrationYears:
    """Y of one asset class, and by what a system belongs to it."""

    asset: AssetClass
    years: int
    categories: frozenset[str]
    kinds: frozenset[SystemKind]
    is_default: bool
    is_assumption: bool
    reference: str


@dataclass(frozen=True, slots=True)
class QuantumYear:
    """Z: from 1 January of `year` on a quantum computer is assumed to break today's public-key algorithms."""

    id: str
    year: int
    is_default: bool
    reference: str


def sourced(row: Row) -> tuple[str, bool]:
    """The row's reference, and whether it is an assumption. Raises DataError where it is neither verified nor an assumption."""
    reference = "; ".join(row.references())
    is_assumption = row.flag("assumption")
    verified_on = row.optional_day("verified_on")
    if not is_assumption and verified_on is None:
        raise row.wrong("it says neither when its source was verified (verified_on) nor that it is an assumption")
    row.done()
    return reference, is_assumption


@cache
def protection_periods(path: Path = DATA / "protection.toml") -> dict[Secrecy, ProtectionPeriod]:
    """By level; every level has one. Raises DataError."""
    found = {}
    for row in read_table(path, "secrecy"):
        level = row.choice("level", Secrecy)
        years, extension = row.whole("years", least=1, most=MOST_YEARS), row.whole("extension_years", most=MOST_YEARS)
        unverified = row.text("carried_over", among=("yes", "to_verify")) == "to_verify"
        if level in found:
            raise row.wrong(f"the level {level} stands there twice")
        found[level] = ProtectionPeriod(level, years, extension, unverified, sourced(row)[0])
    missing = [level.value for level in Secrecy if level not in found]
    if missing:
        raise DataError(f"{path.name} has no period for {', '.join(missing)}; correct the file")
    return found


@cache
def retentions(path: Path = DATA / "protection.toml") -> tuple[Retention, ...]:
    """What sources say of classes of data. Raises DataError."""
    found = []
    for row in read_table(path, "retention"):
        row.text("id")
        data_class = row.optional_text("data_class")
        kind = row.optional_text("system_kind")
        if (data_class is None) == (kind is None):
            raise row.wrong("it must name a data_class or a system_kind")
        years = row.optional_whole("years", most=MOST_YEARS)
        found.append(
            Retention(
                None if data_class is None else row.choice("data_class", DataClass),
                None if kind is None else row.choice("system_kind", SystemKind),
                years,
                sourced(row)[0],
            )
        )
    return tuple(found)


@cache
def migration_years(path: Path = DATA / "migration_years.toml") -> tuple[MigrationYears, ...]:
    """The asset classes in the order of the file, in which the first that fits counts. Raises DataError."""
    found: list[MigrationYears] = []
    for row in read_table(path, "asset_class"):
        asset = row.choice("id", AssetClass)
        kinds = row.texts("kinds")
        unknown = sorted(set(kinds) - set(SystemKind))
        if unknown or any(asset is other.asset for other in found):
            raise row.wrong(f"no system is of the kind {', '.join(unknown)}" if unknown else f"{asset} stands there twice")
        years, is_default = row.whole("years", most=MOST_YEARS), row.flag("default")
        categories = frozenset(row.texts("categories"))
        reference, is_assumption = sourced(row)
        found.append(
            MigrationYears(asset, years, categories, frozenset(map(SystemKind, kinds)), is_default, is_assumption, reference)
        )
    _one_default(path, [row.is_default for row in found])
    return tuple(found)


def asset_class(system: System | None, rows: tuple[MigrationYears, ...]) -> MigrationYears:
    """The first row that has one of the system's categories, else its kind, else the default one."""
    if system is not None:
        own = {category.removeprefix("category:").lower() for category in system.categories}
        for row in rows:
            if row.categories & own:
                return row
        for row in rows:
            if system.kind in row.kinds:
                return row
    return next(row for row in rows if row.is_default)


@cache
def quantum_years(path: Path = DATA / "quantum_years.toml") -> tuple[QuantumYear, ...]:
    """The assumed years, the earliest first. Raises DataError."""
    found = []
    for row in read_table(path, "quantum_year"):
        identity, year, is_default = row.text("id"), row.whole("year", least=2000, most=2199), row.flag("default")
        found.append(QuantumYear(identity, year, is_default, sourced(row)[0]))
    _one_default(path, [row.is_default for row in found])
    return tuple(sorted(found, key=lambda row: row.year))


def _one_default(path: Path, defaults: list[bool]) -> None:
    if sum(defaults) != 1:
        raise DataError(f"{path.name}: one row must have `default = true`, not {sum(defaults)}; correct the file")
