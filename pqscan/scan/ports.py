"""Port lists as a user writes them, and the default: ports where a protocol that we ask is usual (registry/data/services.toml)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from pqscan.errors import UsageError
from pqscan.model.target import Transport
from pqscan.registry import services

MOST_PORT_TEXT = 4096  # characters
_MOST_REMEMBERED = 16  # lists: every line of a long file names the same few
_EXAMPLE = "443,8443,9000-9010,587/smtp,500/udp"


@dataclass(frozen=True, slots=True, order=True)
class Port:
    """A port to ask. `service` is the protocol that the user named for it, empty where the server shall tell."""

    number: int
    transport: Transport = Transport.TCP
    service: str = ""

    @property
    def suffix(self) -> str:
        """What `parse_ports` reads behind the number: `/smtp`, `/udp`, nothing."""
        if self.service:
            return f"/{self.service}"
        return "" if self.transport is Transport.TCP else f"/{self.transport.value}"

    @property
    def place(self) -> str:
        """`443`, `500/udp`: without the service."""
        return str(self.number) if self.transport is Transport.TCP else f"{self.number}/{self.transport.value}"


def tcp_ports(*numbers: int) -> tuple[Port, ...]:
    """Plain TCP ports."""
    return tuple(map(Port, numbers))


@cache
def default_ports() -> tuple[Port, ...]:
    """The default ports in their order. Raises DataError."""
    rows = services.all_services().services
    return tuple(Port(row.port, Transport(row.protocol.transport)) for row in rows if row.is_default)


@lru_cache(maxsize=_MOST_REMEMBERED)
def parse_ports(text: str) -> tuple[Port, ...]:
    """Reads `443,9000-9010,587/smtp,500/udp`; `default` stands for the default list. Each once, in order. Raises UsageError."""
    if len(text) > MOST_PORT_TEXT:
        raise UsageError(f"a port list of {len(text)} characters is too long; write ranges such as 9000-9010")
    ports: dict[Port, None] = {}
    for part in text.split(","):
        part = part.strip()
        if part == "default":
            ports.update(dict.fromkeys(default_ports()))
            continue
        numbers, slash, word = part.partition("/")
        transport, service = _service(word, text) if slash else (Transport.TCP, "")
        ports.update((Port(number, transport, service), None) for number in _range(numbers, text))
    return tuple(ports)


@lru_cache(maxsize=_MOST_REMEMBERED)
def parse_permitted(text: str) -> tuple[Port, ...]:
    """What an authorisation permits: ports of TCP, and of UDP where that stands behind them; whatever is spoken there. `default`
    stands for the ports on which TLS begins with the first byte, as it did when they were all that was scanned: no program's next
    version permits more. Raises UsageError."""
    ports: dict[Port, None] = {}
    for part in text.split(","):
        if part.strip() == "default":
            ports.update(dict.fromkeys(tcp_ports(*_tls_ports())))
            continue
        for port in parse_ports(part):
            if port.service:
                raise UsageError(
                    f"{text[:60]!r}: ports alone are permitted, whatever is spoken there; write 443, 9000-9010 or 500/udp"
                )
            ports[port] = None
    return tuple(ports)


@cache
def _tls_ports() -> tuple[int, ...]:
    return tuple(row.port for row in services.all_services().services if row.is_default and row.protocol.name == "tls")


def is_known(port: Port) -> bool:
    """Whether it is known what to ask there. Over UDP nothing answers what it does not know, so that a protocol must be named or
    usual; over TCP the answer tells."""
    return port.transport is Transport.TCP or bool(expected(port))


def expected(port: Port) -> str:
    """The protocol that is asked first there: what the user named, else what is usual; empty where nothing says."""
    if port.service:
        return port.service
    usual = services.usual_protocol(port.number, port.transport.value)
    return "" if usual is None else usual.name


def format_ports(ports: Iterable[Port]) -> str:
    """The shortest text that `parse_ports` reads back as the same set: `443,9000-9010,500/udp`."""
    kinds: dict[str, list[int]] = {}
    for port in ports:
        kinds.setdefault(port.suffix, []).append(port.number)
    return ",".join(
        (str(first) if first == last else f"{first}-{last}") + suffix
        for suffix, numbers in sorted(kinds.items())
        for first, last in port_ranges(numbers)
    )


def port_ranges(ports: Collection[int]) -> tuple[tuple[int, int], ...]:
    """The same numbers as ranges with both ends inside, in increasing order, none next to another."""
    found: list[tuple[int, int]] = []
    ordered = sorted(set(ports))
    start = 0
    for place in range(1, len(ordered) + 1):
        if place == len(ordered) or ordered[place] != ordered[place - 1] + 1:
            found.append((ordered[start], ordered[place - 1]))
            start = place
    return tuple(found)


def _range(text: str, whole: str) -> range:
    first, dash, last = text.partition("-")
    low = _number(first, whole)
    high = _number(last, whole) if dash else low
    if high < low:
        raise UsageError(f"the port range {text} ends before it begins; write {last}-{first}")
    return range(low, high + 1)


def _service(word: str, whole: str) -> tuple[Transport, str]:
    if word in (Transport.TCP.value, Transport.UDP.value):
        return Transport(word), ""
    known = services.protocol(word)
    if known is None:
        names = ", ".join(sorted(each.name for each in services.all_services().protocols))
        raise UsageError(f"{whole[:60]!r}: there is no service {word[:20]!r}; after / stands tcp, udp or one of {names}")
    return Transport(known.transport), known.name


def _number(text: str, whole: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise UsageError(f"{whole[:60]!r} is no port list; write numbers from 1 to 65535, ranges and services, such as {_EXAMPLE}")
    return int(text)
