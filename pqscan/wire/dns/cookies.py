"""DNS Cookies (RFC 7873): what proves that an answer over UDP comes from whom the question reached, by the record that carries it.

A cookie stands in the OPT record (RFC 6891, section 6.1.2), as does the upper part of an error's number."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.dns.bounds import HEADER_BYTES, behind_name

CLIENT_BYTES = 8  # RFC 7873, section 4: the client's part; the server's has 8 to 32
OPTION = 10
BAD_COOKIE = 23  # RFC 7873, section 8: an error that needs the upper part of its number
_OPT = 41
_SERVER_BYTES = range(8, 33)


@dataclass(frozen=True, slots=True)
class Extension:
    """What an OPT record says: the whole number of the error, and the cookie as it stands there, b"" without one."""

    rcode: int
    cookie: bytes


def read_extension(message: bytes) -> Extension:
    """Of a message without an OPT record the header's error and no cookie. Raises MalformedMessage."""
    cursor = Cursor(message)
    cursor.take(2, "the header of a message")
    low = cursor.uint16("the header of a message") & 0x0F
    questions, *others = (cursor.uint16("the header of a message") for _ in range(4))
    position = HEADER_BYTES
    for _ in range(questions):
        position = behind_name(message, position) + 4
    for _ in range(sum(others)):
        position = behind_name(message, position)
        record = Cursor(message, min(position, len(message)))
        kind = record.uint16("the type of a record")
        record.take(2, "the class of a record")
        life = record.uint32("the life of a record")
        data = record.opaque16("the data of a record")
        if kind == _OPT:
            return Extension(life >> 24 << 4 | low, _cookie(data))
        position += 10 + len(data)
    return Extension(low, b"")


def _cookie(options: bytes) -> bytes:
    cursor = Cursor(options)
    while cursor.remaining:
        code = cursor.uint16("the code of an option")
        data = cursor.opaque16("the data of an option")
        if code == OPTION:
            if len(data) != CLIENT_BYTES and len(data) - CLIENT_BYTES not in _SERVER_BYTES:
                raise MalformedMessage(f"a cookie of {len(data)} bytes")
            return data
    return b""
