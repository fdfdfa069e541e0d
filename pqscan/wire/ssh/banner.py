"""The identification string and what may stand before it (RFC 4253, section 4.2): which versions, which software.

Other lines before it are allowed and bounded; some of them are all that a server says before it hangs up.
"""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage, PeerThrottled, WrongProtocol
from pqscan.wire.greetings import MOST_BYTES, is_open, protocol_like
from pqscan.wire.ssh.fields import shown

MOST_LINE = 2048  # octets; the standard's limit for the identification itself is 255 with CR LF
MOST_BEFORE = 1 << 16  # octets of all other lines
MOST_LINES = 1024  # as OpenSSH's client
MOST_SOFTWARE = 253
_START = b"SSH-"
_THROTTLED = (b"Exceeded MaxStartups", b"Not allowed at this time", b"Too many connections", b"Too many clients")


@dataclass(frozen=True, slots=True)
class Identification:
    """`raw` is the line without CR LF, as it enters the exchange hash. `version` is `2.0`, `1.99` (both) or `1.x`; `software`
    the rest, comment included, safe to show. `lines_before` counts the other lines."""

    raw: bytes
    version: str
    software: str
    lines_before: int = 0

    @property
    def speaks_2(self) -> bool:
        return self.version in ("2.0", "1.99")

    @property
    def speaks_1(self) -> bool:
        return self.version.startswith("1.")

    @classmethod
    def decode(cls, line: bytes, lines_before: int = 0) -> Identification:
        """A line that begins with `SSH-`, without its end. Raises MalformedMessage where no version follows."""
        version, dash, software = line[len(_START) :].partition(b"-")
        known = version in (b"2.0", b"1.99") or (version[:2] == b"1." and version[2:].isdigit() and len(version) <= 4)
        if not line.startswith(_START) or not dash or not known:
            raise MalformedMessage(f"the identification tells no version of SSH: {shown(line, 64)}")
        return cls(line, version.decode("ascii"), shown(software, MOST_SOFTWARE), lines_before)


class IdentificationReader:
    """Collects bytes up to the identification and hands back those that came after it."""

    __slots__ = ("_before", "_buffer", "_lines")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._before = 0
        self._lines = 0

    @property
    def pending(self) -> int:
        """Bytes of a line that has not come whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> tuple[Identification, bytes] | None:
        """The identification and what follows it, once it is whole.

        Raises WrongProtocol where what came cannot lead to one, PeerThrottled where the server says that it wants no more
        connections now, MalformedMessage where it goes on without end."""
        self._buffer += data
        while True:
            if not self._before and self._buffer[:1] != _START[:1]:
                end = self._buffer.find(b"\n", 0, MOST_LINE)
                self._look(bytes(self._buffer[: end + 1 if end >= 0 else MOST_LINE]))
            end = self._buffer.find(b"\n", 0, MOST_LINE)
            if end < 0:
                if len(self._buffer) >= MOST_LINE:
                    raise MalformedMessage(f"a line of more than {MOST_LINE} octets before or as the identification")
                return None
            line = bytes(self._buffer[:end]).removesuffix(b"\r")
            del self._buffer[: end + 1]
            if line.startswith(_START):
                return Identification.decode(line, self._lines), bytes(self._buffer)
            self._pass(line, end + 1)

    def closed(self) -> None:
        """Nothing more comes. Raises PeerThrottled or WrongProtocol where it said something else than SSH."""
        rest = bytes(self._buffer)
        if rest.startswith(_THROTTLED):
            raise PeerThrottled(f"the server wants no more connections now: {shown(rest, 64)}")
        if (self._before or rest) and not rest.startswith(_START):
            raise WrongProtocol(f"the answer has no identification of SSH: {shown(rest, 64)}", like=protocol_like(rest))

    def _pass(self, line: bytes, size: int) -> None:
        if line.startswith(_THROTTLED):
            raise PeerThrottled(f"the server wants no more connections now: {shown(line, 64)}")
        self._before += size
        self._lines += 1
        if self._before > MOST_BEFORE or self._lines > MOST_LINES:
            raise MalformedMessage(f"{self._lines} lines of {self._before} octets and no identification among them")

    def _look(self, start: bytes) -> None:
        """What is no text, or the greeting of another protocol, is no line before an identification."""
        like = "" if is_open(start) else protocol_like(start)
        if like or any(octet < 0x20 and octet not in b"\t\r\n\x1b" for octet in start):
            raise WrongProtocol(f"the answer does not begin like SSH: {start[:MOST_BYTES]!r}", like=like)
