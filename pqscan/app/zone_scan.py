"""A scan of zones of the DNS, made from what a user gives: zones, one server to ask, names and selectors in the zones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from pqscan.app.net_scan import NetScan
from pqscan.app.probes import require_dnspython
from pqscan.errors import UsageError
from pqscan.model.target import Transport
from pqscan.scan.addresses import address_number, address_text
from pqscan.scan.authorisation import Permission, screen
from pqscan.scan.names import ascii_name, shown
from pqscan.scan.ports import Port
from pqscan.scan.target_file import words_of
from pqscan.scan.targets import TargetSet

PORT = 53
MOST_NAMES = 32  # each costs up to five questions in the zone in which it lies
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
    """`zones` are names, `@file` and `@-` among them; `resolver` is an address with a port or without, `/udp` behind it for UDP
    with TCP where an answer is cut, and nobody else is asked.

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


def check_ports(targets: TargetSet, permission: Permission, today: date) -> None:
    """Zones that are asked over UDP are asked over TCP where an answer is cut. Raises UsageError where the authorisation does not
    permit both."""
    datagrams = [section for section in targets.sections if section.port.transport is Transport.UDP]
    over_tcp = TargetSet(replace(section, port=Port(section.port.number)) for section in datagrams)
    for refusal in screen(over_tcp, permission, today).refusals:
        if refusal.reason.code == "port_not_authorised":
            raise UsageError(
                f"over UDP answers are cut, and then asked for over TCP: the authorisation has to permit {refusal.ports} beside "
                f"{refusal.ports}/udp"
            )


def _zones(words: Iterable[str]) -> Iterable[str]:
    for word in words:
        for text, place in words_of(word) if word.startswith("@") else ((word, ""),):
            try:
                yield ascii_name(text)
            except UsageError as error:
                raise (UsageError(f"{place}: {error}") if place else error) from None


def _place(resolver: str) -> str:
    """`192.0.2.53`, `192.0.2.53:5353/udp`, `2001:db8::53`, `[2001:db8::53]:53` as targets spell it."""
    whole, slash, transport = resolver.partition("/")
    if slash and transport not in tuple(Transport):
        raise UsageError(f"{shown(resolver)}: behind / stands udp or tcp, as in 192.0.2.53/udp")
    text, port, suffix = whole, str(PORT), f"/{transport}" if transport == Transport.UDP else ""
    if whole.startswith("["):
        text, bracket, rest = whole[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise UsageError(f"{shown(resolver)}: an IPv6 address with a port is written [2001:db8::53]:53")
        port = rest[1:] if rest else port
    elif whole.count(":") == 1:
        text, _, port = whole.partition(":")
    number = address_number(text)
    if number is None:
        raise UsageError(f"{shown(resolver)} is no address: name the server to ask as 192.0.2.53 or [2001:db8::53]:53")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        raise UsageError(f"{shown(resolver)}: a port is a number from 1 to 65535")
    address = address_text(number)
    return (f"[{address}]" if ":" in address else address) + f":{int(port)}{suffix}"


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
