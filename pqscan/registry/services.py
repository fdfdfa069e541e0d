"""Which protocol is usual on which port, and which probe asks it (data/services.toml). A server's answer decides, not its port."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, Row, read_table

TRANSPORTS = ("tcp", "udp")


@dataclass(frozen=True, slots=True)
class Protocol:
    """`probe` asks it, saying `starttls` first where that is set; `like` are the words by which another probe tells it.

    `unasked`: its place, from 1, in the order in which a place that told nothing is asked; None where it never is."""

    name: str
    transport: str
    probe: str
    starttls: str | None
    like: tuple[str, ...]
    references: tuple[str, ...]
    unasked: int | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """A port on which a protocol is usual. `is_default`: scanned where nobody names ports."""

    port: int
    name: str
    protocol: Protocol
    is_default: bool
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Services:
    """All rows, in the order of the file."""

    protocols: tuple[Protocol, ...]
    services: tuple[Service, ...]


@cache
def all_services() -> Services:
    """The shipped rows. Raises DataError."""
    return read_services()


def read_services(path: Path = DATA_FOLDER / "services.toml") -> Services:
    """Raises DataError naming file and row: a protocol without a source, a port twice on one transport."""
    protocols: dict[str, Protocol] = {}
    said: dict[str, str] = {}
    for row in read_table(path, "protocol"):
        made = _protocol(row)
        if made.name in protocols:
            raise row.wrong("there is a protocol of this name already")
        for word in made.like:
            if said.setdefault(word, made.name) != made.name:
                raise row.wrong(f"like {word!r} means {said[word]} already")
        if made.unasked is not None and made.unasked in (each.unasked for each in protocols.values()):
            raise row.wrong(f"unasked {made.unasked} is taken already")
        protocols[made.name] = made
    return Services(tuple(protocols.values()), tuple(_services(read_table(path, "service"), protocols)))


def protocol(name: str) -> Protocol | None:
    """The protocol of that name; None where there is none."""
    return _by_name().get(name)


def usual_protocol(port: int, transport: str) -> Protocol | None:
    """What is usually spoken on a port; None where nothing is."""
    return _by_port().get((port, transport))


def protocol_like(word: str) -> Protocol | None:
    """The protocol that a probe meant by `WrongProtocol.like`; None where no probe of ours asks it."""
    return _by_likeness().get(word)


@cache
def asked_of_the_silent(transport: str) -> tuple[Protocol, ...]:
    """What a place that told nothing is asked, the least harm first."""
    rows = ((each.unasked, each) for each in all_services().protocols if each.transport == transport)
    return tuple(each for _, each in sorted(((place, each) for place, each in rows if place is not None), key=itemgetter(0)))


@cache
def _by_name() -> dict[str, Protocol]:
    return {each.name: each for each in all_services().protocols}


@cache
def _by_port() -> dict[tuple[int, str], Protocol]:
    return {(each.port, each.protocol.transport): each.protocol for each in all_services().services}


@cache
def _by_likeness() -> dict[str, Protocol]:
    return {word: each for each in all_services().protocols for word in each.like}


def _protocol(row: Row) -> Protocol:
    made = Protocol(
        name=row.text("name"),
        transport=row.text("transport", among=TRANSPORTS),
        probe=row.text("probe"),
        starttls=row.optional_text("starttls"),
        like=row.texts("like"),
        references=row.references(),
        unasked=row.optional_whole("unasked", least=1, most=99),
    )
    row.done()
    return made


def _services(rows: Iterable[Row], protocols: dict[str, Protocol]) -> Iterable[Service]:
    seen: set[tuple[int, str]] = set()
    for row in rows:
        made = Service(
            port=row.whole("port", least=1, most=65535),
            name=row.text("name"),
            protocol=protocols[row.text("protocol", among=protocols)],
            is_default=row.flag("default"),
            references=row.references(),
        )
        row.done()
        place = (made.port, made.protocol.transport)
        if place in seen:
            raise row.wrong("this port has a row already")
        seen.add(place)
        yield made
