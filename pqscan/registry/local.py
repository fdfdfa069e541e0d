"""A user's own registry file: names for numbers that no release knows yet (a national algorithm below 2.16.704, a private group).

It has the shape of the shipped tables: [[object_identifier]], [[named_group]], [[signature_scheme]]. It adds and never changes: a
number that a shipped row names is refused. PQSCAN_REGISTRY names the file, so that worker processes read the same one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pqscan.errors import DataError, UsageError
from pqscan.registry import foreign_toml, oids, tls, tls_tables, universe
from pqscan.registry.digest import content_digest
from pqscan.registry.foreign_file import open_regular
from pqscan.registry.foreign_text import is_latin, shown
from pqscan.registry.oids import ObjectIdentifier
from pqscan.registry.table import MOST_NAMED, Row, name_of, rows_of
from pqscan.registry.tls_rows import NamedGroup, SignatureScheme

VARIABLE = "PQSCAN_REGISTRY"
LARGEST_FILE_BYTES = 1_000_000
MOST_ROWS = 2000  # of one table
TABLES = ("object_identifier", "named_group", "signature_scheme")


@dataclass(frozen=True, slots=True)
class LocalRegistry:
    """What one file adds. `digest` is of its values (registry/digest.py)."""

    object_identifiers: tuple[ObjectIdentifier, ...]
    named_groups: tuple[NamedGroup, ...]
    signature_schemes: tuple[SignatureScheme, ...]
    digest: str

    @property
    def names(self) -> int:
        return len(self.object_identifiers) + len(self.named_groups) + len(self.signature_schemes)


def read_local_registry(data: bytes, name: str) -> LocalRegistry:
    """Raises UsageError naming file and row."""
    if len(data) > LARGEST_FILE_BYTES:
        raise UsageError(f"{name} is longer than {LARGEST_FILE_BYTES} bytes; a local registry is a few kilobytes")
    try:
        content = foreign_toml.parse(data)
    except UnicodeDecodeError:
        raise UsageError(f"{name} is not UTF-8 text; save it as UTF-8") from None
    except ValueError as error:
        raise UsageError(f"{name} is not TOML: {error}; correct the file.") from error
    unknown = sorted(set(content) - set(TABLES))
    if unknown or not content:
        what = f"has what means nothing there: {', '.join(map(name_of, unknown[:MOST_NAMED]))}" if unknown else "has no rows"
        raise UsageError(f"{name} {what}; its tables are {', '.join(TABLES)}")
    try:
        return _read(content, name)
    except DataError as error:
        raise UsageError(f"{error}.") from error


def _read(content: dict[str, object], name: str) -> LocalRegistry:
    identifiers, groups, schemes = (rows_of(content, name, table) if table in content else () for table in TABLES)
    if max(map(len, (identifiers, groups, schemes))) > MOST_ROWS:
        raise DataError(f"{name} has more than {MOST_ROWS} rows of one table; correct the file")
    added = oids.identifiers_of(identifiers)
    _refuse(identifiers, (each.oid for each in added), set(oids.shipped()))
    named = tls_tables.named_groups_of(groups)
    _refuse(groups, (each.value for each in named), {each.value for each in tls.shipped_named_groups()})
    signing = tls_tables.signature_schemes_of(schemes)
    _refuse(schemes, (each.value for each in signing), {each.value for each in tls.shipped_signature_schemes()})
    names = [*(each.name for each in added), *(each.name for each in named), *(each.name for each in signing)]
    _refuse_lookalikes((*identifiers, *groups, *schemes), names)
    return LocalRegistry(added, named, signing, content_digest(content))


def _refuse(rows: Iterable[Row], values: Iterable[str | int], shipped: set[str] | set[int]) -> None:
    for row, value in zip(rows, values, strict=True):
        if value in shipped or (isinstance(value, int) and tls.is_grease(value)):
            raise row.wrong("pqscan names this number itself, and a local registry only adds")


def _refuse_lookalikes(rows: Iterable[Row], names: Iterable[str]) -> None:
    for row, name in zip(rows, names, strict=True):
        if not is_latin(name):
            raise row.wrong(f"name is {shown(name)}, which holds a letter that is not of the Latin alphabet")


@lru_cache(maxsize=1)
def local_registry() -> LocalRegistry | None:
    """That of PQSCAN_REGISTRY, read once; None where none is named. Raises UsageError."""
    path = os.environ.get(VARIABLE)
    if not path:
        return None
    try:
        with open_regular(Path(path), or_stream=True) as file:
            data = file.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the local registry {path} cannot be read: {error.strerror}") from None
    return read_local_registry(data, path)


def use(path: str | None) -> LocalRegistry | None:
    """From now on the names of this file count too, here and in processes that are started later. Raises UsageError, and then
    nothing has changed."""
    before = os.environ.get(VARIABLE)
    _name(path)
    try:
        return local_registry()
    except UsageError:
        _name(before)
        raise


def _name(path: str | None) -> None:
    if path is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = os.path.abspath(path)
    local_registry.cache_clear()
    for forget in (*oids.REMEMBERED, *tls.REMEMBERED, *universe.REMEMBERED):
        forget.cache_clear()
