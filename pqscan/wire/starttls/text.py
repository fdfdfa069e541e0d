"""Lines and replies of the text protocols, bounded, and what they say made printable.

A reply code stands before each of its lines (RFC 5321, section 4.2; RFC 959, section 4.2; RFC 3977, section 3.2).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable
from dataclasses import dataclass

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.starttls.prelude import other_protocol, put_off, refused

_CODE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
_MOST_TEXT = 200  # characters of a line that are kept
_MOST_SOFTWARE = 80

_WORD = re.compile(r"\(?[A-Za-z][A-Za-z+_/&'-]*(?:[0-9](?:rev[0-9])?)?[),:;]*")
_VERSION = re.compile(r"\(?[A-Za-z-]*v?[0-9]+(?:\.[0-9]+)+[A-Za-z0-9.+~_/:()-]*[;,]?")
_TIMES = re.compile(r"(?i)(?:at|mon|tue|wed|thu|fri|sat|sun|local|on),?")
_IDLE = re.compile(r"(?i)(?:is|service|server|ready|there|here|welcome|to|the|hello|hi|for|[-;:,.!()]+)[.,!;:]*")


_IN_THE_CLEAR = frozenset({"PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"})
"""Mechanisms of SASL that send a password or what is as good as one (RFC 4616, section 6; RFC 7628, section 4)."""


def gives_away(mechanisms: Iterable[str]) -> bool:
    """Whether one of these mechanisms of SASL sends secrets that who listens can use."""
    return any(each.upper() in _IN_THE_CLEAR for each in mechanisms)


def line_size(buffer: bytes) -> int:
    """A `Measure`: one line with its end. Bare line feeds are taken, as clients do."""
    if buffer[0] in (0x15, 0x16):  # No text begins so; an alert or handshake record of TLS does.
        return other_protocol(buffer)
    return buffer.find(b"\n") + 1


def printable(data: bytes, most: int = _MOST_TEXT) -> str:
    """As ASCII; what is not printable becomes a question mark. At most `most` characters."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "?" for byte in data.strip()[:most])


def software_of(text: str) -> str:
    """The words of a greeting that name a product and its version, up to the first that may be a time, a name or a session.

    What changes from connection to connection, or from host to host, is no fact about software."""
    kept: list[str] = []
    for word in text.split():
        if _TIMES.fullmatch(word) or not (_WORD.fullmatch(word) or _VERSION.fullmatch(word)):
            break
        kept.append(word)
    while kept and _IDLE.fullmatch(kept[-1]):
        kept.pop()
    return " ".join(kept)[:_MOST_SOFTWARE].rstrip(" ;,:")


@dataclass(frozen=True, slots=True)
class Reply:
    """`code` is 200 to 599; `lines` is the text after it, line by line, printable."""

    code: int
    lines: tuple[str, ...]

    @property
    def spelling(self) -> str:
        return f"{self.code} {self.lines[-1]}".rstrip()

    @property
    def error(self) -> PeerError:
        """What a code that is no success says: 4xx another time, 5xx never. Raises MalformedMessage for any other."""
        if 400 <= self.code < 500:
            return put_off(self.spelling)
        if self.code >= 500:
            return refused(f"the service refused: {self.spelling}", code=self.code)
        raise MalformedMessage(f"a reply out of turn: {self.spelling}")


def reply(request: bytes = b"", *, first: bool = False, loose: bool = False) -> Generator[bytes, bytes, Reply]:
    """Sends `request` and reads the reply to it, over as many lines as it has. Raises MalformedMessage, and WrongProtocol where it
    is the `first` thing that the peer says. `loose`: lines between the first and the last may say anything (FTP)."""
    code = b""
    lines: list[str] = []
    while True:
        line = yield request
        request = b""
        found = _CODE.fullmatch(line.rstrip(b"\r\n"))
        if found is None or (code and found[1] != code):
            if loose and code:
                lines.append(printable(line))
                continue
            if first and not code:
                other_protocol(line, ended=True)
            raise MalformedMessage(f"a line that is no part of a reply: {printable(line, 40)!r}")
        code = found[1]
        lines.append(printable(found[3] or b""))
        if found[2] != b"-":
            return Reply(int(code), tuple(lines))
