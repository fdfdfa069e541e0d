"""Archives of ar(5), which Debian's packages are: a header of 60 octets, then the member, padded to an even place."""

from __future__ import annotations

import io

from pqscan.model.reason import Reason
from pqscan.scan.files.containers.member import BrokenContainer, Member, Opened, Part, skip
from pqscan.scan.files.reading import filled

_MAGIC = 8
_HEADER = 60
_END = b"`\n"


def members(stream: io.RawIOBase) -> Opened:
    """Every member, symbol tables of libraries too. Names of other conventions than Debian's stay as they lie there."""
    skip(stream, _MAGIC)
    while header := filled(stream, _HEADER):
        size = header[48:58].rstrip(b" ")
        if len(header) < _HEADER or header[58:60] != _END or not size.isdigit():
            raise BrokenContainer(Reason.of("container_broken", kind="ar"))
        part = Part(stream, int(size))
        yield Member(header[:16].rstrip(b" /").decode("utf-8", "surrogateescape") or "/", part)
        skip(stream, part.left + (int(size) & 1))
