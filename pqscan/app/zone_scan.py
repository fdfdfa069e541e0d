"""A scan of zones of the DNS, made from what a user gives: zones, one server to ask, names and selectors in the zones."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pqscan.app.net_scan import NetScan
from pqscan.app.probes import require_dnspython
from pqscan.errors import UsageError
from pqscan.scan.addresses import address_number, address_text
from pqscan.scan.names import ascii_name, shown
from pqscan.scan.target_file import words_of

PORT = 53
MOST_NAMES = 32  # each costs up to four questions in the zone in which it lies
MOST_SELECTORS = 32
_SELECTOR = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,61}[a-z0-9_])?")


def zone_scan(
    zones: Iterable[str],
    resolver: str,
    *,
    names: Iterable[str] = (),
    selectors: Iterable[str] = (),
    profile: str = "inventory",
    authorisation: str | None = None,
    rate: float | None = None,
    exclude: tuple[str, ...] = (),
    site: str = "",
    keep_evidence: bool = True,
) -> NetScan:
    """`zones` are names, `@file` and `@-` among them; `resolver` is an address with a port or without, and nobody else is asked.

    Raises UsageError for what is no zone, address, name or selector, and for a name that lies in none of the zones; WorkError where
    the library that reads answers is missing."""
    require_dnspython()
    asked = tuple(dict.fromkeys(_zones(zones)))
    if not asked:
        raise UsageError("no zone is named: give a domain such as example.vn, or @file")
    place = _place(resolver)
    return NetScan(
        targets=tuple(f"{zone}@{place}" for zone in asked),
        profile=profile,
        authorisation=authorisation,
        discover="none",
        rate=rate,
        exclude=exclude,
        site=site,
        keep_evidence=keep_evidence,
        zones=True,
        zone_names=_names(names, asked),
        selectors=_selectors(selectors),
    )


def _zones(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        for text, place in words_of(word) if word.startswith("@") else ((word, ""),):
            try:
                yield ascii_name(text)
            except UsageError as error:
                raise (UsageError(f"{place}: {error}") if place else error) from None


def _place(resolver: str) -> str:
    """`192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]:53` as targets spell it."""
    text, port = resolver, str(PORT)
    if resolver.startswith("["):
        text, bracket, rest = resolver[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{shown(resolver)}: an IPv6 address with a port is written [2001:db8::53]:53")
        port = rest[1:] if rest else port
    elif resolver.count(":") == 1:
        text, _, port = resolver.partition(":")
    number = address_number(text)
    if number is None:
        raise UsageError(f"{shown(resolver)} is no address: name the server to ask as 192.0.2.53 or [2001:db8::53]:53")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise UsageError(f"{shown(resolver)}: a port is a number from 1 to 65535")
    address = address_text(number)
    return f"[{address}]:{int(port)}" if ":" in address else f"{address}:{int(port)}"


def _names(names: Iterable[str], zones: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(ascii_name(name) for name in names))
    if len(found) > MOST_NAMES:
        raise UsageError(f"{len(found)} names are given with --name, and at most {MOST_NAMES} are asked for")
    for name in found:
        if not any(name == zone or name.endswith(f".{zone}") for zone in zones):
            raise UsageError(f"{shown(name)} lies in none of the zones that are named: name its zone, too")
    return found


def _selectors(selectors: Iterable[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(text.lower() for text in selectors))
    if len(found) > MOST_SELECTORS:
        raise UsageError(f"{len(found)} selectors are given, and at most {MOST_SELECTORS} are asked for")
    for text in found:
        if not _SELECTOR.fullmatch(text):
            raise UsageError(f"{shown(text)} is no selector of DKIM: write it as in selector1._domainkey, without the end")
    return found
