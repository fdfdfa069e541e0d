"""The text around packets of OpenPGP (RFC 9580, section 6): headers, Base64, a checksum that may be missing. In a string of JSON
or of source code its ends of lines may be escaped."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

BEGIN = b"-----BEGIN PGP "
_LABEL = re.compile(rb"-----BEGIN PGP ([A-Z0-9][A-Z0-9 ,/]{2,40})-----")
_LABELS = ("PUBLIC KEY BLOCK", "PRIVATE KEY BLOCK", "SECRET KEY BLOCK", "SIGNATURE", "MESSAGE")
_ESCAPED_ENDS = re.compile(
    rb"(?<!\\)\\+[rn]"
)  # Begun once for each run: a long one without a letter behind it is gone through once.
_HEADERS = re.compile(rb"\s*(?:[A-Za-z][A-Za-z0-9 -]{0,40}: [^\n]{0,1000}\n)*\s*")
_CHECKSUM = re.compile(rb"=[A-Za-z0-9+/]{4}")
_CHECKSUM_SIZE = 5
_SPACE = b" \t\r\n\v\f"
_LEFT_OUT = b"..."
_MOST_OCTETS = 32 << 20


@dataclass(frozen=True, slots=True)
class Armoured:
    """`label` is the kind of block, `octets` what lies in it; empty where that cannot be read, and then `is_mention` says that the
    words stand there, as in a text or program, and nothing that could be a block."""

    label: str
    octets: bytes
    is_mention: bool = False


def read_armour(data: bytes, begin: int = 0) -> Armoured | None:
    """The block whose BEGIN stands at that place; None where no label of a kind follows that holds packets."""
    found = _LABEL.match(data, begin)
    if found is None:
        return None
    label = found[1].decode("ascii").partition(", PART")[0]
    if label not in _LABELS:
        return None
    end = data.find(b"-----", found.end(), found.end() + _MOST_OCTETS)  # No further than to what begins next.
    if end < 0 or not data.startswith(b"-----END PGP ", end):
        return Armoured(label, b"", is_mention=not _looks_full(data[found.end() : found.end() + 512]))
    text = data[found.end() : end]
    if b"\\" in text:
        text = _ESCAPED_ENDS.sub(b"\n", text)
    headers = _HEADERS.match(text)
    body = _without_checksum(text[headers.end() if headers else 0 :])
    try:
        octets = binascii.a2b_base64(body.translate(None, _SPACE), strict_mode=True)
    except binascii.Error:
        octets = b""
    return Armoured(label, octets, is_mention=not octets and (_LEFT_OUT in text or not _looks_full(text)))


def _without_checksum(body: bytes) -> bytes:
    """Without the last line, where that is a checksum (RFC 9580, section 6.1)."""
    body = body.rstrip(_SPACE)
    before = body[:-_CHECKSUM_SIZE]
    bare = before.rstrip(_SPACE)
    is_line = b"\n" in before[len(bare) :]
    return bare if is_line and _CHECKSUM.fullmatch(body, len(before)) else body


def _looks_full(text: bytes) -> bool:
    return re.search(rb"[A-Za-z0-9+/]{40}", text) is not None
