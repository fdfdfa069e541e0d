"""What the file of another program tells of one service, in the words of the model; and what was not taken over, by its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pqscan.errors import UsageError
from pqscan.model.observation import Observation
from pqscan.model.outcome import Chain, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Transport
from pqscan.registry import services
from pqscan.registry.services import Protocol
from pqscan.scan.addresses import address_number, address_text
from pqscan.scan.names import ascii_name

MOST_TEXT = 200  # characters of a name or a version
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `probe` is the one of ours that asks such a thing, `protocol` the service's name in `host:port/NAME`, empty
    where the file does not tell. `seen_at` is None where the file has no time. `observations` without cryptography in them
    (`names_only`) never stand in the way of another file's facts."""

    target: NetworkTarget
    probe: str
    protocol: str = ""
    seen_at: datetime | None = None
    status: OutcomeStatus = OutcomeStatus.COMPLETED
    detail: Reason | None = None
    observations: tuple[Observation, ...] = ()
    chains: tuple[Chain, ...] = ()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    names_only: bool = False


@dataclass(frozen=True, slots=True)
class Contents:
    """What is told of one file, with the fields of a service that such a thing can have."""

    target: FileTarget
    probe: str
    seen_at: datetime | None = None
    status: OutcomeStatus = OutcomeStatus.COMPLETED
    detail: Reason | None = None
    observations: tuple[Observation, ...] = ()
    chains: tuple[Chain, ...] = ()
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    names_only: bool = False


@dataclass(slots=True)
class Tally:
    """Filled while a file is read. `program` is who wrote it, with its version where the file tells it; `left_out` counts by code
    of reason what was not taken over; `is_cut`: the file ends before its end."""

    program: str = ""
    left_out: Counter[str] = field(default_factory=Counter)
    is_cut: bool = False


def place(address: str, port: object, *, name: str = "", transport: Transport = Transport.TCP) -> NetworkTarget | None:
    """The target of a literal address, a port and the name that was asked for; None where address or port are none."""
    number = address_number(address) if len(address) <= MOST_TEXT else None
    if isinstance(port, str):
        port = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    if number is None or not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        return None
    server_name, host = None, None
    if name and address_number(name) is None:
        try:
            server_name, host = ascii_name(name), name
        except UsageError:  # A file may hold anything there; the address is what counts.
            server_name, host = None, None
    return NetworkTarget(address_text(number), port, server_name, host, transport)


def asked_by(port: int, transport: Transport, protocol: str = "") -> Protocol | None:
    """What speaks there by its name or, where none is told, by its port; None where no probe of ours asks it."""
    if protocol:
        known = services.protocol(protocol)
        return known if known is not None and known.transport == transport.value else None
    return services.usual_protocol(port, transport.value)


def moment(seconds: object) -> datetime | None:
    """A time in seconds since 1970, as a number or its text; None for anything else, and before 2000."""
    try:
        found = datetime.fromtimestamp(int(str(seconds)[:20]), UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found >= _EARLIEST else None


def moment_of(text: object) -> datetime | None:
    """A time as ISO 8601 writes it, UTC where it does not say; None for anything else, and before 2000."""
    try:
        found = datetime.fromisoformat(str(text)[:40])
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if found >= _EARLIEST else None


def plain(text: object, most: int = MOST_TEXT) -> str:
    """Text out of a file, cut, on one line; empty for what is no text."""
    return " ".join(text[: 4 * most].split())[:most] if isinstance(text, str) else ""
