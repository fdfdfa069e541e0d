"""Messages and metadata of SAML that lie in a text as Base64, as forms, requests and settings carry them.

Left out: those in addresses (HTTP Redirect binding), which are deflated as well."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from pqscan.probe import Mark
from pqscan.scan.files.piece import Piece

MARKS = (  # "urn:oasis:names:tc:SAML:2.0:", wherever in a group of three octets it begins
    Mark("base64-of-saml-0", "dXJuOm9hc2lzOm5hbWVzOnRjOlNBTUw6Mi4wO"),
    Mark("base64-of-saml-1", "VybjpvYXNpczpuYW1lczp0YzpTQU1MOjIuMD"),
    Mark("base64-of-saml-2", "1cm46b2FzaXM6bmFtZXM6dGM6U0FNTDoyLjA6"),
)
_NAMES = b"urn:oasis:names:tc:SAML:2.0:"
_MOST = 1000  # of each mark in one piece
_MOST_OCTETS = 1 << 20  # of the text of one
_ESCAPED_TEXT = re.compile(rb"(?:[A-Za-z0-9+/]|%2[BbFf]|%0[AaDd]|\\[/nr]|[ \t\r]*\n[ \t]*(?=[A-Za-z0-9+/]))+")
_ESCAPED = re.compile(rb"%2[Bb]|%2[Ff]|\\/|%0[AaDd]|\\[nr]|\s+")
_MEANT = {b"%2b": b"+", b"%2f": b"/", b"\\/": b"/"}
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/%\\"
_LEAST_LINE = 60  # letters: lines of Base64 are full, words are shorter


def saml_documents(piece: Piece) -> Iterator[tuple[int, int, bytes]]:
    """Where each document begins and ends, and what it is; of whole ones alone: what does not begin as XML began in front of what
    is seen."""
    end = 0
    for offset in sorted(offset for mark in MARKS for offset in piece.places(mark).offsets[:_MOST]):
        if offset < end:
            continue
        start = _beginning(piece.data, max(end, offset - _MOST_OCTETS), offset)
        text = _ESCAPED_TEXT.match(piece.data, start, start + _MOST_OCTETS)
        end = offset + 1 if text is None else max(text.end(), offset + 1)
        if text is not None:
            content = _decoded(_ESCAPED.sub(lambda one: _MEANT.get(one[0].lower(), b""), text[0]))
            content = content[: content.rfind(b">") + 1]  # A word on the next line can look as if it went on.
            if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and _NAMES in content:
                yield start, end, content


def _beginning(data: bytes, floor: int, offset: int) -> int:
    """Where the Base64 begins in which `offset` lies, line by line back from there."""
    position, start = offset, offset
    while position > floor:
        newline = data.rfind(b"\n", floor, position)
        begin = floor if newline < 0 else newline + 1
        line = data[begin:position].rstrip(b" \t\r") if position < offset else data[begin:position]
        before = line.rstrip(_LETTERS)
        if position < offset and len(line) - len(before) < _LEAST_LINE:
            return start
        start = begin + len(before)
        if newline < 0 or before.strip():
            return start
        position = newline
    return start


def _decoded(text: bytes) -> bytes:
    """Empty where it is no Base64."""
    text = text.rstrip(b"=")
    try:
        return binascii.a2b_base64(text[: len(text) - (len(text) % 4 == 1)] + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""
