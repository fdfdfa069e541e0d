"""What real TLS clients offer: data/clients.toml, each row read from the bytes of a real ClientHello or a named source.

One row is the pinned current client: what it gets from a server decides between `default` and `capable`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from pqscan.errors import DataError, UsageError
from pqscan.registry.code_point import CodePoint, RowT
from pqscan.registry.table import DATA_FOLDER, VERSIONS, Row, read_table
from pqscan.registry.tls import cipher_suite, is_grease, named_group, signature_scheme

KINDS = ("library", "runtime", "browser")


@dataclass(frozen=True, slots=True)
class Client:
    """One TLS client in one version, with its defaults. Every list is in the client's order, without GREASE and SCSV.

    `shares` are the groups it sends a real key share for; a server that wants another of `groups` must send a
    HelloRetryRequest. `certificate_signature_schemes` is empty where the client sends no signature_algorithms_cert: then
    `signature_schemes` holds for certificates too (RFC 9846, section 4.3.3). `least_finite_field_bits` is the shortest prime in
    DHE parameters that it goes on with, None where it has no DHE or nobody tried. `least_signed_version` is the oldest of
    `versions` in which it accepts the signature in the handshake (below TLS 1.2 that is SHA-1, RFC 4346, section 7.4.3); None
    where it does in each. `captured` is the day its bytes were read;
    None where the row rests on a document. `released` is the day of that version, or of the package that carries it."""

    name: str
    title: str
    version: str
    released: date
    kind: str
    versions: tuple[str, ...]
    cipher_suites: tuple[int, ...]
    groups: tuple[int, ...]
    shares: tuple[int, ...]
    signature_schemes: tuple[int, ...]
    alpn: tuple[str, ...]
    source: str
    notes: str = ""
    certificate_signature_schemes: tuple[int, ...] = ()
    least_finite_field_bits: int | None = None
    least_signed_version: str | None = None
    captured: date | None = None
    current: bool = False


def client(name: str) -> Client:
    """The client of that name. Raises UsageError naming those that exist, DataError where our own table is wrong."""
    for each in clients():
        if each.name == name:
            return each
    raise UsageError(f"there is no client {name!r}; choose one of {', '.join(each.name for each in clients())}")


@lru_cache(maxsize=1)
def clients() -> tuple[Client, ...]:
    """Every client, in the order of the file. Raises DataError."""
    return read_clients()


def current_client() -> Client:
    """The pinned current client. Raises DataError."""
    return next(each for each in clients() if each.current)


def read_clients(path: Path = DATA_FOLDER / "clients.toml") -> tuple[Client, ...]:
    """The rows as the file has them. Raises DataError naming file and row."""
    read: dict[str, Client] = {}
    for row in read_table(path, "client"):
        each = _client(row)
        if each.name in read:
            raise row.wrong("the name is taken already")
        read[each.name] = each
    current = [each.name for each in read.values() if each.current]
    if len(current) != 1:
        raise DataError(f"{path.name} marks {len(current)} clients as current; mark exactly one")
    return tuple(read.values())


def _client(row: Row) -> Client:
    read = Client(
        name=row.text("name"),
        title=row.text("title"),
        version=row.text("version"),
        released=row.day("released"),
        kind=row.text("kind", among=KINDS),
        versions=row.texts("versions"),
        cipher_suites=_known(row, "cipher_suites", cipher_suite),
        groups=_known(row, "groups", named_group),
        shares=_known(row, "shares", named_group),
        signature_schemes=_known(row, "signature_schemes", signature_scheme),
        alpn=row.texts("alpn"),
        source="; ".join(row.references()),
        notes=row.text("notes", default=""),
        certificate_signature_schemes=_known(row, "certificate_signature_schemes", signature_scheme),
        least_finite_field_bits=row.optional_whole("least_finite_field_bits", least=512, most=16384),
        least_signed_version=row.optional_text("least_signed_version"),
        captured=row.optional_day("captured"),
        current=row.flag("current"),
    )
    row.done()
    if not read.versions or not set(read.versions) <= set(VERSIONS):
        raise row.wrong(f"versions must name at least one of {', '.join(VERSIONS)}")
    if not (read.cipher_suites and read.groups and read.signature_schemes):
        raise row.wrong("cipher_suites, groups and signature_schemes must each name something")
    if ("TLS1.3" in read.versions) != bool(read.shares) or not set(read.shares) <= set(read.groups):
        raise row.wrong("shares must be some of the groups, and go with TLS1.3")
    if read.least_signed_version not in (None, *read.versions):
        raise row.wrong("least_signed_version must be one of the versions")
    if read.captured is None and "not captured" not in read.notes:
        raise row.wrong('its notes must say "not captured", or it needs the day of the capture')
    return read


def _known(row: Row, field: str, meaning: Callable[[int], CodePoint[RowT]]) -> tuple[int, ...]:
    values = row.wholes(field)
    for value in values:
        point = meaning(value)
        if point.row is None or is_grease(value) or (point.name or "").endswith("_SCSV"):
            raise row.wrong(f"{field} names {point.text}, which is not in our tables, a dummy or a signal")
    return values
