"""PEM that lies in a text as Base64 of Base64, as in Secrets of Kubernetes and in environment files: given as members of the text,
named by the key in front of them."""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterator

from pqscan.probe import Mark
from pqscan.scan.files.bounds import Left
from pqscan.scan.files.containers import Member
from pqscan.scan.files.piece import Piece

MARK = Mark("base64-of-pem", "LS0tLS1CRUdJTi")  # "-----BEGIN", as every encoder writes it that begins there
_MOST = 1000  # in one piece
_MOST_OCTETS = 1 << 20  # of the text of one
_TEXT = re.compile(rb"[A-Za-z0-9+/]+(?:[ \t\r]*\n[ \t]+[A-Za-z0-9+/]+)*={0,2}")  # also folded over lines that are indented
_KEY = re.compile(rb"([A-Za-z0-9._-]{1,100})[\"']?[ \t]*[:=][ \t]*(?:[|>][+-]?[ \t]*\r?\n[ \t]*)?[\"']?\Z")
_BEFORE = 160


def encoded_members(piece: Piece, left: Left) -> Iterator[Member]:
    """What is encoded there, in its order. Raises Spent."""
    for offset in piece.places(MARK).offsets[:_MOST]:
        found = _TEXT.match(piece.data, offset, offset + _MOST_OCTETS)
        if found is None:
            continue
        text = b"".join(found[0].split()).rstrip(b"=")
        try:
            content = binascii.a2b_base64(text[: len(text) - (len(text) % 4 == 1)] + b"=" * (-len(text) % 4))
        except binascii.Error:
            continue
        left.take(len(content))
        key = _KEY.search(piece.data, max(0, offset - _BEFORE), offset)
        yield Member(key[1].decode("ascii") if key else f"base64@{piece.offset + offset}", io.BytesIO(content))  # type: ignore[arg-type]  # It reads as a raw stream does.
