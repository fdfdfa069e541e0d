"""What a loop-back server is made with, and what one of its connections came to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from pqscan.harness.tls.encapsulation import ENCAPSULATORS, Encapsulator
from pqscan.harness.tls.identity import ServerIdentity

RESPONSE = b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n"


class Waiting(Enum):
    """What the server waits for."""

    HELLO = auto()
    SECOND_HELLO = auto()
    FINISHED = auto()
    DATA = auto()
    NOTHING = auto()


@dataclass(slots=True)
class ServerOutcome:
    """What one connection came to. `why` is English and holds nothing secret."""

    retried: bool = False
    group: int | None = None
    cipher_suite: int | None = None
    established: bool = False  # the client's Finished verified
    application_bytes: int = 0
    alert_sent: int | None = None
    alert_received: int | None = None
    client_closed_in_order: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """`groups` and `suites` in our order of preference; groups that `encapsulators` cannot compute are left out.

    `randomness(n)` gives n bytes. `cookie`: sent with every HelloRetryRequest, empty for none. `always_retry`: asks even a
    client whose first share would do for nothing but its cookie."""

    identity: ServerIdentity
    groups: tuple[int, ...]
    randomness: Callable[[int], bytes]
    suites: tuple[int, ...] = (0x1302, 0x1301, 0x1303)
    encapsulators: Mapping[str, Encapsulator] = field(default_factory=lambda: ENCAPSULATORS)
    cookie: bytes = b""
    always_retry: bool = False
    prefers_offered_share: bool = False  # take a share that is there before one that would need a HelloRetryRequest
    response: bytes = RESPONSE
