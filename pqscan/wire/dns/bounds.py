"""Walks over a message once before a library reads it, and refuses what would cost it seconds: too many records, endless names.

Names are compressed by pointers (RFC 1035, section 4.1.4), so that 64 kB can hold thousands of names of 127 labels, each of which a
library writes out, compares and hashes. Pointers go backwards alone here; what the records say is not looked at."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor

MOST_RECORDS = 128  # in all sections together; a zone with more keys, signatures or mail servers than that is none that validates
MOST_LABELS = 40  # of one name; the longest in use, below ip6.arpa, have 34
HEADER_BYTES = 12
_POINTER = 0xC0
_NAMES_AT = {2: 0, 5: 0, 6: 0, 12: 0, 15: 2, 39: 0}  # where the name in the data begins: NS, CNAME, SOA, PTR, MX, DNAME
_BINDINGS = (64, 65)  # SVCB and HTTPS, whose parameters are many and small
MOST_BINDING = 1 << 13


def refuse_costly(message: bytes) -> None:
    """Raises MalformedMessage where a count or a name exceeds its bound, or the message ends before its records do."""
    cursor = Cursor(message)
    cursor.take(4, "the header of a message")
    questions, *others = (cursor.uint16("the header of a message") for _ in range(4))
    if questions > 1 or sum(others) > MOST_RECORDS:
        raise MalformedMessage(f"a message with {questions} questions and {sum(others)} records")
    position = HEADER_BYTES
    for _ in range(questions):
        position = behind_name(message, position) + 4
    for _ in range(sum(others)):
        position = behind_name(message, position)
        fields = Cursor(message, min(position, len(message)))
        kind = fields.uint16("the type of a record")
        fields.take(6, "the class and life of a record")
        size = fields.uint16("the length of a record")
        if kind in _BINDINGS and size > MOST_BINDING:
            raise MalformedMessage(f"a service binding of {size} bytes")
        start = position + 10
        if kind in _NAMES_AT and size > _NAMES_AT[kind]:
            behind_name(message, start + _NAMES_AT[kind])
        position = start + size
        if position > len(message):
            raise MalformedMessage("a record is longer than its message")


def behind_name(message: bytes, position: int) -> int:
    """Where the name that begins there ends. Each pointer leads before the one that led to it, so that there is an end."""
    end, labels, before = 0, 0, position
    while True:
        if position >= len(message):
            raise MalformedMessage("a name is longer than its message")
        size = message[position]
        if size & _POINTER == _POINTER:
            if position + 1 >= len(message):
                raise MalformedMessage("a name is longer than its message")
            target = (size & ~_POINTER) << 8 | message[position + 1]
            end = end or position + 2
            if target >= before:
                raise MalformedMessage("a name points forward, or to itself")
            position = before = target
            continue
        if size & _POINTER:
            raise MalformedMessage("a name has a label of a kind that is not in use")
        if not size:
            return end or position + 1
        labels += 1
        if labels > MOST_LABELS:
            raise MalformedMessage(f"a name of more than {MOST_LABELS} labels")
        position += 1 + size
