"""RPM packages (rpm 4.20, docs/manual/format_v4.md): a lead, two headers, and the payload, mostly a compressed cpio archive."""

from __future__ import annotations

import io

from pqscan.model.reason import Reason
from pqscan.scan.files.bounds import Counted, Left
from pqscan.scan.files.containers.member import BrokenContainer, Member, Opened, skip
from pqscan.scan.files.reading import filled

_LEAD = 96
_HEADER_MAGIC = b"\x8e\xad\xe8\x01"
_MOST_HEADER = 256 << 20
_ENTRY = 16
_MOST_SIGNATURES = 1 << 20


def members(stream: io.RawIOBase, left: Left) -> Opened:
    """The header in which signatures stand, and the payload; the other header holds names and sums."""
    skip(stream, _LEAD)
    intro, whole = _header(stream)
    if whole <= _MOST_SIGNATURES:
        yield Member("signatures", Counted(io.BytesIO(intro + filled(stream, whole)), left))
    else:
        skip(stream, whole)
    skip(stream, -(len(intro) + whole) % 8)
    skip(stream, _header(stream)[1])
    yield Member("payload", Counted(stream, left))


def _header(stream: io.RawIOBase) -> tuple[bytes, int]:
    """The first 16 octets of a header, and how many follow them."""
    intro = filled(stream, 16)
    entries, size = int.from_bytes(intro[8:12]), int.from_bytes(intro[12:16])
    whole = _ENTRY * entries + size
    if len(intro) < 16 or not intro.startswith(_HEADER_MAGIC) or whole > _MOST_HEADER:
        raise BrokenContainer(Reason.of("container_broken", kind="rpm"))
    return intro, whole
