"""Which sightings are meant: a target as a user writes it, and `KEY=VALUE` restrictions."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, TypeVar

from pqscan.errors import UsageError
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.policy.state import State
from pqscan.scan.addresses import address_text
from pqscan.scan.names import ascii_name, shown
from pqscan.scan.target_syntax import NameEntry, parse_target
from pqscan.store.answers import Where

if TYPE_CHECKING:
    from pqscan.model.inventory import Sighting
    from pqscan.store.repository import Store

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)
_FILE = re.compile(r"(?:(?P<machine>[^/:!\s]{1,255}):)?(?P<path>(?:/|\.{1,2}/|~/).*)", re.DOTALL)
KEYS = ("network", "port", "name", "site", "probe", "status", "state", "authentication", "algorithm", "profile", "certificate")


@dataclass(frozen=True, slots=True)
class Selection:
    """Restrictions of `show`: what the store can answer, then the judged states and an algorithm. Empty: everything."""

    where: Where = Where()  # noqa: RUF009 - frozen.
    states: frozenset[State] = frozenset()  # of key establishment
    authentication: frozenset[State] = frozenset()
    algorithm: str | None = None


def read_selection(words: Iterable[str]) -> Selection:
    """Reads `network=10.20.0.0/16`, `state=vulnerable,broken`, `algorithm=ML-KEM-768` and so on. Raises UsageError."""
    values: dict[str, str] = {}
    for word in words:
        key, sign, value = word.partition("=")
        key = key.strip()
        if not sign or key not in KEYS or not value.strip():
            raise UsageError(f"{shown(word)} is no restriction; write KEY=VALUE with one of {', '.join(KEYS)}")
        if key in values:
            raise UsageError(f"the restriction {key} is given twice; give each key once")
        values[key] = value.strip()
    return Selection(
        Where(
            network=_network(values["network"]) if "network" in values else None,
            port=_port(values["port"]) if "port" in values else None,
            name=ascii_name(values["name"]) if "name" in values else None,
            site=values.get("site"),
            probe=values.get("probe"),
            statuses=_choices(values.get("status"), OutcomeStatus, "status"),
            profile=_digest(values.get("profile"), "profile"),
            certificate=_digest(values.get("certificate"), "certificate"),
        ),
        frozenset(_choices(values.get("state"), State, "state")),
        frozenset(_choices(values.get("authentication"), State, "authentication")),
        values.get("algorithm"),
    )


def on_day(selection: Selection, day: date | None) -> Selection:
    """The same, at the end of a day (UTC); None: now."""
    if day is None:
        return selection
    return replace(selection, where=replace(selection.where, on=datetime.combine(day, time.max, UTC)))


def meanings_of(word: str) -> tuple[Where, ...]:
    """What one target may be: `host:port`, `address`, `name@address:port`, or a file by its path, with its machine and the names in
    archives as tables show them (`machine:/path!member`). Of a path with `!` in it the whole comes first. Raises UsageError."""
    told = _FILE.fullmatch(word)
    if told is None:
        return (_network_target(word),)
    machine = told["machine"] or socket.gethostname()
    parts = told["path"].split("!")
    return tuple(
        Where(target=FileTarget(machine, os.path.abspath(os.path.expanduser("!".join(parts[:count]))), tuple(parts[count:])))
        for count in range(len(parts), 0, -1)
    )


def sightings_of(store: Store, word: str, run: str | None = None) -> list[Sighting]:
    """Those of the first meaning of which the store knows any. Raises UsageError."""
    for where in meanings_of(word):
        if found := list(store.sightings(run, where=where)):
            return found
    return []


def _network_target(word: str) -> Where:
    entry = parse_target(word)
    if entry.ports is not None and len(entry.ports) != 1:
        raise UsageError(f"{shown(word)} names several ports; name one target")
    port = None if entry.ports is None else entry.ports[0].number
    if isinstance(entry, NameEntry):
        network = None if entry.address is None else ip_network(address_text(entry.address))
        return Where(name=entry.name, network=network, port=port)
    if entry.first != entry.last:
        raise UsageError(f"{shown(word)} is a range; name one target")
    return Where(network=ip_network(address_text(entry.first)), port=port)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{shown(text)} is no network in CIDR form, such as 10.20.0.0/24") from None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise UsageError(f"{shown(text)} is no port; write a number from 1 to 65535")
    return int(text)


def _digest(text: str | None, key: str) -> bytes | None:
    if text is None:
        return None
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        digest = b""
    if len(digest) != 32:
        raise UsageError(f"{key} is told by its SHA-256, 64 hex digits, not by {shown(text)}")
    return digest


def _choices(text: str | None, kind: type[ChoiceT], key: str) -> tuple[ChoiceT, ...]:
    if text is None:
        return ()
    try:
        return tuple(kind(part.strip()) for part in text.split(","))
    except ValueError:
        raise UsageError(f"{shown(text)} is no {key}; choose among {', '.join(kind)}") from None
