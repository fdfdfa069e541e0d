"""What lies in a text as Base64 and is looked into: PEM, as in Secrets of Kubernetes and in environment files, and messages and
metadata of SAML, as forms, requests and settings carry them. Each is given as a member of the text, named by the key in front of
it.

Left out: SAML in addresses (HTTP Redirect binding), which is deflated as well."""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterator

from pqscan.probe import Mark
from pqscan.scan.files.bounds import Left
from pqscan.scan.files.containers import Member
from pqscan.scan.files.piece import Piece

_PEM = Mark("base64-of-pem", "LS0tLS1CRUdJTi")  # "-----BEGIN", as every encoder writes it that begins there
_SAML = (  # "urn:oasis:names:tc:SAML:2.0:", wherever in a group of three octets it begins
    Mark("base64-of-saml-0", "dXJuOm9hc2lzOm5hbWVzOnRjOlNBTUw6Mi4wO"),
    Mark("base64-of-saml-1", "VybjpvYXNpczpuYW1lczp0YzpTQU1MOjIuMD"),
    Mark("base64-of-saml-2", "1cm46b2FzaXM6bmFtZXM6dGM6U0FNTDoyLjA6"),
)
MARKS = (_PEM, *_SAML)
_NAMES = b"urn:oasis:names:tc:SAML:2.0:"
_MOST = 1000  # of each in one piece
_MOST_OCTETS = 1 << 20  # of the text of one
_TEXT = re.compile(rb"[A-Za-z0-9+/]+(?:[ \t\r]*\n[ \t]+[A-Za-z0-9+/]+)*={0,2}")  # also folded over lines that are indented
_ESCAPED_TEXT = re.compile(rb"(?:[A-Za-z0-9+/]|%2[BbFf]|%0[AaDd]|\\[/nr]|[ \t\r]*\n[ \t]*(?=[A-Za-z0-9+/]))+")
_ESCAPED = re.compile(rb"%2[Bb]|%2[Ff]|\\/|%0[AaDd]|\\[nr]|\s+")
_MEANT = {b"%2b": b"+", b"%2f": b"/", b"\\/": b"/"}
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/%\\"
_LEAST_LINE = 60  # letters: lines of Base64 are full, words are shorter
_KEY = re.compile(rb"([A-Za-z0-9._-]{1,100})[\"']?[ \t]*[:=][ \t]*(?:[|>][+-]?[ \t]*\r?\n[ \t]*)?[\"']?\Z")
_BEFORE = 160


def encoded_members(piece: Piece, left: Left) -> Iterator[Member]:
    """What is encoded there, in its order. Raises Spent."""
    documents = list(_saml_in(piece))
    found = [(start, content) for start, _, content in documents]
    found += [pair for pair in _pem_in(piece) if not any(start <= pair[0] < end for start, end, _ in documents)]
    for offset, content in sorted(found, key=lambda pair: pair[0]):
        left.take(len(content))
        key = _KEY.search(piece.data, max(0, offset - _BEFORE), offset)
        yield Member(key[1].decode("ascii") if key else f"base64@{piece.offset + offset}", io.BytesIO(content))  # type: ignore[arg-type]  # It reads as a raw stream does.


def _pem_in(piece: Piece) -> Iterator[tuple[int, bytes]]:
    for offset in piece.places(_PEM).offsets[:_MOST]:
        found = _TEXT.match(piece.data, offset, offset + _MOST_OCTETS)
        content = b"" if found is None else _decoded(b"".join(found[0].split()))
        if content:
            yield offset, content


def _saml_in(piece: Piece) -> Iterator[tuple[int, int, bytes]]:
    """Where each document begins and ends, and what it is; of whole ones alone: what does not begin as XML began in front of what
    is seen."""
    end = 0
    for offset in sorted(offset for mark in _SAML for offset in piece.places(mark).offsets[:_MOST]):
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
