"""What all preludes share: a script that is fed whole units of the peer's bytes, what the service told of itself, how it refuses.

A prelude ends when TLS may begin. Bytes of the peer after its go-ahead are an error: whoever takes them for an answer under TLS
has been tricked by somebody on the way (the flaw of CVE-2011-0411 and CVE-2021-23222). Nothing here logs in.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage, PeerClosed, PeerRejected, PeerThrottled, WrongProtocol
from pqscan.wire.greetings import is_open, protocol_like

MOST_UNITS = 100
"""Lines, packets or tags that one prelude may take; a chatty greeting has a dozen."""
MOST_UNIT_BYTES = 8192
NOT_OFFERED = "starttls_not_offered"
REFUSED = "starttls_refused"
NEEDS_NAME = "starttls_needs_name"
GREETING_REFUSED = "starttls_greeting_refused"
PREAUTHENTICATED = "starttls_preauthenticated"
STANDARD_SECURITY = "starttls_standard_security"
REFUSALS = (NOT_OFFERED, REFUSED, NEEDS_NAME, GREETING_REFUSED, PREAUTHENTICATED, STANDARD_SECURITY)
"""Why a service has no TLS for us: the phrases of `PeerRejected`, codes of reasons too."""
PLAINTEXT_AFTER = "plaintext_after_starttls"
LOGIN_BEFORE_TLS = "login_before_tls"

_SHOWN = 5  # bytes of an answer that is none, however many came at once


@dataclass(slots=True)
class Said:
    """What the service told of itself in plain text: its software as it names it, bounded and printable, and what is worth
    telling of its behaviour. Each behaviour may carry parameters."""

    software: str = ""
    behaviours: dict[str, tuple[tuple[str, str | int], ...]] = field(default_factory=dict)

    def note(self, behaviour: str, **parameters: str | int) -> None:
        self.behaviours.setdefault(behaviour, tuple(sorted(parameters.items())))


Script = Generator[bytes, bytes, bytes]
"""Yields what to send next (b"" for nothing) and is sent the peer's next unit; returns the last bytes before TLS."""

Measure = Callable[[bytes], int]
"""The size of the first unit in some bytes, 0 while it is not whole. Raises MalformedMessage, WrongProtocol."""


class Prelude:
    """One prelude: feed it what the peer sends, send what `bytes_to_send` gives, until `finished`.

    `receive` raises PeerThrottled where the service puts us off, PeerRejected where it has no TLS for us (`phrase` tells why),
    WrongProtocol where another protocol answers, MalformedMessage for everything else. `in_packets`: the TLS handshake
    travels inside packets of the protocol (`tds.Envelope`)."""

    def __init__(
        self, script: Script, measure: Measure, said: Said, *, most_units: int = MOST_UNITS, in_packets: bool = False
    ) -> None:
        self.finished = False
        self.said = said
        self.in_packets = in_packets
        self._script = script
        self._measure = measure
        self._buffer = bytearray()
        self._units = 0
        self._most_units = most_units
        self._last = b""
        self._outgoing = bytearray()
        self._step(None)

    def bytes_to_send(self) -> bytes:
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def receive(self, data: bytes) -> None:
        """See `Prelude`."""
        self._buffer += data
        while self._buffer:
            if self.finished:
                self._refuse_more()
            size = self._measure(bytes(self._buffer[: MOST_UNIT_BYTES + 1]))
            if size > MOST_UNIT_BYTES or (not size and len(self._buffer) > MOST_UNIT_BYTES):
                raise MalformedMessage(f"a line or packet of more than {MOST_UNIT_BYTES} bytes before TLS")
            if not size:
                return
            self._units += 1
            if self._units > self._most_units:
                raise MalformedMessage(f"more than {self._most_units} lines or packets before TLS")
            self._last = bytes(self._buffer[:size])
            del self._buffer[:size]
            self._step(self._last)

    def peer_closed(self) -> None:
        """The peer ended in order. Raises WrongProtocol where what it said before tells another protocol, else PeerClosed."""
        if not self._units and (like := protocol_like(bytes(self._buffer))):
            raise WrongProtocol(f"the answer is not what was asked for: {_start_of(self._buffer)}", like=like)
        raise PeerClosed("the service closed the connection before TLS could begin")

    def _step(self, unit: bytes | None) -> None:
        try:
            self._outgoing += next(self._script) if unit is None else self._script.send(unit)
        except StopIteration as end:
            self._outgoing += end.value
            self.finished = True

    def _refuse_more(self) -> None:
        start = self._last + self._buffer
        is_letter = self._units == 1 and len(self._last) == 1
        like = protocol_like(bytes(start)) if is_letter else ""  # An SSH banner begins with PostgreSQL's whole go-ahead.
        if like:
            raise WrongProtocol(f"the answer is not what was asked for: {_start_of(start)}", like=like)
        self.said.note(PLAINTEXT_AFTER)
        raise MalformedMessage(f"plain text after the go-ahead for TLS: {_start_of(self._buffer)}")


def other_protocol(start: bytes, *, ended: bool = False) -> int:
    """Raises WrongProtocol for bytes that begin no unit; 0 while too few are there to tell what they begin like."""
    if not ended and is_open(start):
        return 0
    raise WrongProtocol(f"the answer is not what was asked for: {_start_of(start[:_SHOWN])}", like=protocol_like(start))


def not_offered(said: Said, what: str = "STARTTLS is not offered") -> PeerRejected:
    """A fact about the service, which told it itself."""
    said.note(NOT_OFFERED)
    return PeerRejected(what, phrase=NOT_OFFERED)


def refused(what: str, *, code: int | None = None, phrase: str = REFUSED) -> PeerRejected:
    return PeerRejected(what, code=code, phrase=phrase)


def put_off(what: str) -> PeerThrottled:
    """It would, at another time."""
    return PeerThrottled(f"the service put us off: {what}")


def _start_of(data: bytes | bytearray) -> str:
    return repr(bytes(data[:24]))
