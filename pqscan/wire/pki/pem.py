"""Finds PEM blocks (RFC 7468, RFC 1421 headers) in any bytes, in one pass: time grows with the bytes, however they are made.

Text around blocks is skipped (bag attributes, comments, indentation). A block that is broken is told of and stops nothing.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

_BEGIN = b"-----BEGIN "
_END = b"-----END "
_DASHES = b"-----"
_MOST_LABEL_OCTETS = 64
_LABEL = re.compile(rb"[A-Z0-9][A-Z0-9 .#/+-]*")
_MOST_BODY_OCTETS = 32 << 20
_SPACE = b" \t\r\n\v\f"


@dataclass(frozen=True, slots=True)
class PemBlock:
    """One block. `line` counts from 1, `offset` from 0, both where its BEGIN stands. `der` is empty where the block is
    broken (`whole` is False: no END of its label, or no Base64) and where its content was not asked for."""

    label: str
    der: bytes
    line: int
    offset: int
    whole: bool = True


def scan_pem(data: bytes, wanted: Collection[str] | None = None) -> Iterator[PemBlock]:
    """Every block in order. Only blocks with a label in `wanted` are decoded (None: all), so that the octets of private
    keys need never be made."""
    line, counted = 1, 0
    begin = data.find(_BEGIN)
    while begin >= 0:
        line += data.count(b"\n", counted, begin)
        counted = begin
        body = _label_end(data, begin)
        if body is None:
            begin = data.find(_BEGIN, begin + len(_BEGIN))
            continue
        label = data[begin + len(_BEGIN) : body - len(_DASHES)]
        mark = data.find(_DASHES, body)
        der = None
        if mark >= 0 and data.startswith(_END + label + _DASHES, mark):
            text = label.decode("ascii")
            der = _decoded(data, body, mark) if wanted is None or text in wanted else b""
        yield PemBlock(label.decode("ascii"), der or b"", line, begin, whole=der is not None)
        if mark < 0:
            return
        begin = data.find(_BEGIN, mark)


def _label_end(data: bytes, begin: int) -> int | None:
    """Where the dashes after the label end; None where no label follows."""
    start = begin + len(_BEGIN)
    end = data.find(_DASHES, start, start + _MOST_LABEL_OCTETS + len(_DASHES))
    if end < 0 or _LABEL.fullmatch(data, start, end) is None:
        return None
    return end + len(_DASHES)


def _decoded(data: bytes, start: int, end: int) -> bytes | None:
    """The octets of the Base64 text; None where it is none. Headers (RFC 1421, section 4.6) end at an empty line."""
    if end - start > _MOST_BODY_OCTETS:
        return None
    text = data[start:end]
    if b":" in text:
        text = text.replace(b"\r\n", b"\n").rpartition(b"\n\n")[2]
    try:
        return binascii.a2b_base64(text.translate(None, _SPACE), strict_mode=True)
    except binascii.Error:
        return None
