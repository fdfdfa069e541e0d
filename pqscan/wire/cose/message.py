"""Messages of COSE (RFC 9052, sections 4 to 6): by which algorithms they are signed, authenticated or encrypted, and for whom.

Headers are read for their algorithm alone. No content, key or signature is given back; countersignatures are left out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from pqscan.errors import MalformedMessage
from pqscan.wire.cbor import Item, Tagged, read_cbor, read_head

MOST_PARTS = 1000
"""Signatures, or recipients with those of recipients."""
_ALGORITHM = 1  # RFC 9052, section 3.1
_AROUND = (61, 55799)  # a CWT (RFC 8392, section 6); CBOR that says what it is (RFC 8949, section 3.4.6)
_SIZES = {16: 3, 17: 4, 18: 4, 96: 4, 97: 5, 98: 4}
_MOST_RECIPIENT_DEPTH = 4
_ARRAY, _TAG = 4, 6

Label: TypeAlias = int | str


class Form(IntEnum):
    """By the tag of RFC 9052, section 2."""

    ENCRYPT0 = 16
    MAC0 = 17
    SIGN1 = 18
    ENCRYPT = 96
    MAC = 97
    SIGN = 98


@dataclass(frozen=True, slots=True)
class CoseMessage:
    """`algorithm` is that of the content: what encrypts it, authenticates it or, in SIGN1, signs it; None in SIGN, whose
    `parts` are one for each signature, and where nothing names it. Of the other forms `parts` are those of the recipients.
    `end` is where the message ends. `is_cut`: there are more parts than were read."""

    form: Form
    algorithm: Label | None
    parts: tuple[Label | None, ...]
    end: int
    is_cut: bool = False


def read_cose(data: bytes, position: int = 0) -> CoseMessage:
    """The message with its tag that begins there. Raises MalformedMessage where it is none, or no algorithm is named in it."""
    item, end = read_cbor(data, position)
    while isinstance(item, Tagged) and item.tag in _AROUND:
        item = item.value
    if not isinstance(item, Tagged) or item.tag not in _SIZES:
        raise MalformedMessage("it is no message of COSE")
    return _message(Form(item.tag), item.value, end)


def read_cose_beginning(data: bytes) -> CoseMessage:
    """What the headers say in front of a content that `data` does not hold to its end. Raises MalformedMessage."""
    form: int | None = None
    major, argument, position = read_head(data, 0)
    while major == _TAG and (form is None or form in _AROUND):
        form = argument
        major, argument, position = read_head(data, position)
    size = None if form is None else _SIZES.get(form)
    if form is None or size is None or major != _ARRAY or argument not in (size, None):
        raise MalformedMessage("it is no message of COSE")
    protected, position = read_cbor(data, position)
    unprotected, end = read_cbor(data, position)
    algorithm = _algorithm(_fields([protected, unprotected], 2, 2))
    if algorithm is None and form != Form.SIGN:
        raise MalformedMessage("it is no message of COSE")
    return CoseMessage(Form(form), None if form == Form.SIGN else algorithm, (), end, is_cut=True)


def read_untagged_signature(data: bytes) -> CoseMessage:
    """A COSE_Sign1 without its tag that is all of `data`. Raises MalformedMessage."""
    item, end = read_cbor(data)
    if end != len(data):
        raise MalformedMessage("it is no message of COSE")
    return _message(Form.SIGN1, item, end)


def _message(form: Form, item: Item, end: int) -> CoseMessage:
    fields = _fields(item, _SIZES[form], _SIZES[form])
    if fields[2] is not None and not isinstance(fields[2], bytes):
        raise MalformedMessage("it is no message of COSE")
    algorithm = _algorithm(fields)
    if form in (Form.SIGN1, Form.MAC0, Form.MAC) and not isinstance(fields[3], bytes):
        raise MalformedMessage("it is no message of COSE")
    parts: list[Label | None] = []
    is_cut = False
    if form is Form.SIGN:
        signatures = _list(fields[3])
        is_cut = len(signatures) > MOST_PARTS
        parts = [_signature(one) for one in signatures[:MOST_PARTS]]
        algorithm = None
    elif form in (Form.ENCRYPT, Form.MAC):
        is_cut = _recipients(_list(fields[-1]), parts)
    if algorithm is None and not any(part is not None for part in parts):
        raise MalformedMessage("it is no message of COSE")
    return CoseMessage(form, algorithm, tuple(parts), end, is_cut)


def _signature(item: Item) -> Label | None:
    fields = _fields(item, 3, 3)
    if not isinstance(fields[2], bytes):
        raise MalformedMessage("it is no message of COSE")
    return _algorithm(fields)


def _recipients(items: list[Item], parts: list[Label | None]) -> bool:
    """Those of recipients among them (RFC 9052, section 5.1). True where there are more than were read."""
    waiting = [(item, 1) for item in reversed(items)]
    while waiting:
        item, depth = waiting.pop()
        if len(parts) >= MOST_PARTS or depth > _MOST_RECIPIENT_DEPTH:
            return True
        fields = _fields(item, 3, 4)
        if fields[2] is not None and not isinstance(fields[2], bytes):
            raise MalformedMessage("it is no message of COSE")
        parts.append(_algorithm(fields))
        if len(fields) == 4:
            waiting.extend((inner, depth + 1) for inner in reversed(_list(fields[3])))
    return False


def _fields(item: Item, least: int, most: int) -> list[Item]:
    """With both headers in front. Raises MalformedMessage."""
    if not isinstance(item, list) or not least <= len(item) <= most:
        raise MalformedMessage("it is no message of COSE")
    if not isinstance(item[0], bytes) or not isinstance(item[1], dict):
        raise MalformedMessage("it is no message of COSE")
    return item


def _list(item: Item) -> list[Item]:
    if not isinstance(item, list) or not item:
        raise MalformedMessage("it is no message of COSE")
    return item


def _algorithm(fields: list[Item]) -> Label | None:
    """Of the protected header, else of the other. Raises MalformedMessage where the protected header is no map in octets."""
    protected: Item = {}
    if isinstance(fields[0], bytes) and fields[0]:
        protected, end = read_cbor(fields[0])
        if not isinstance(protected, dict) or end != len(fields[0]):
            raise MalformedMessage("it is no message of COSE")
    for header in (protected, fields[1]):
        label = header.get(_ALGORITHM) if isinstance(header, dict) else None
        if isinstance(label, int | str) and not isinstance(label, bool):
            return label
    return None
