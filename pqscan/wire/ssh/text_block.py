"""Blocks of text in which keys of SSH lie (RFC 4716, section 3; those of private keys are alike): headers, then Base64."""

from __future__ import annotations

import base64
import binascii

MOST_BLOCK = 1 << 17  # characters


def octets_of_block(data: bytes, begin: int, end: int, closing: bytes) -> bytes:
    """What stands in the block whose text begins at `begin`, behind its headers, and ends with the line `closing` before `end`. A
    header goes on in the next line where its own ends with a backslash. Empty for words that look alike."""
    stop = data.find(closing, begin, min(end, begin + MOST_BLOCK))
    lines, goes_on = [], False
    for line in data[begin:stop].splitlines() if stop >= 0 else ():
        if not (goes_on or b":" in line):
            lines.append(line.strip())
        goes_on = (goes_on or b":" in line) and line.rstrip().endswith(b"\\")
    try:
        return base64.b64decode(b"".join(lines), validate=True)
    except binascii.Error:
        return b""
