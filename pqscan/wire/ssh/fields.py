"""The data types of SSH (RFC 4251, section 5): string, mpint, name-list; read from a cursor and written.

Reading raises MalformedMessage and nothing else. A name is kept as text that is safe to show: what is no printable ASCII becomes an
escape, what is longer than any name may be is cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor

MOST_MPINT_BYTES = 2064  # a modulus of 16,384 bits, its sign, and some more
MOST_NAMES = 256
MOST_NAME = 64  # RFC 4251, section 6
MOST_NAME_KEPT = 128
_MOST_REMEMBERED = 512  # lists, of at most so many bytes each: most servers send what others have sent
_MOST_REMEMBERED_BYTES = 2048
_NAME = re.compile(rf"[!-+\--\[\]-~]{{1,{MOST_NAME}}}")  # printable, neither space nor comma nor backslash
_PLAIN = re.compile(rb"[ -\[\]-~]*")  # printable, no backslash


def read_string(cursor: Cursor, what: str, *, most: int = 1 << 18) -> bytes:
    size = cursor.uint32(what)
    if size > most:
        raise MalformedMessage(f"{what}: a length of {size}, at most {most} is read")
    return cursor.take(size, what)


def read_mpint(cursor: Cursor, what: str) -> int:
    """A number that is not negative. One that is not in its shortest form is read all the same."""
    data = read_string(cursor, what, most=MOST_MPINT_BYTES)
    if data[:1] >= b"\x80":
        raise MalformedMessage(f"{what}: a negative number")
    return int.from_bytes(data, "big")


def read_names(cursor: Cursor, what: str) -> tuple[str, ...]:
    """The names of a name-list in its order; empty ones, which the standard forbids, are left out."""
    data = read_string(cursor, what)
    if data.count(b",") >= MOST_NAMES:
        raise MalformedMessage(f"{what}: more than {MOST_NAMES} names")
    return _names(data) if len(data) > _MOST_REMEMBERED_BYTES else _remembered_names(data)


def _names(data: bytes) -> tuple[str, ...]:
    return tuple(shown(name, MOST_NAME_KEPT) for name in data.split(b",") if name)


_remembered_names = lru_cache(maxsize=_MOST_REMEMBERED)(_names)


def is_name(text: str) -> bool:
    """Whether a name is one as RFC 4251, section 6 means it."""
    return _NAME.fullmatch(text) is not None


def shown(data: bytes, most: int) -> str:
    """`data` as printable ASCII of at most `most` characters; other octets and the backslash as escapes such as \\x1b."""
    if _PLAIN.fullmatch(data, 0, most):
        return data[:most].decode("ascii")
    text = "".join(chr(octet) if 0x20 <= octet < 0x7F and octet != 0x5C else f"\\x{octet:02x}" for octet in data[:most])
    return text[:most]


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def mpint(number: int) -> bytes:
    """A number that is not negative, in its shortest form."""
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")


def names(words: Iterable[str]) -> bytes:
    return string(",".join(words).encode("ascii"))
