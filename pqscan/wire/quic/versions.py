"""Which versions of QUIC a server speaks: asked with one that none does, so that it lists its own (RFC 9000, sections 6 and 15)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.quic.connection import DATAGRAM_BYTES
from pqscan.wire.quic.header import VERSION_1, VERSION_2, PacketKind, is_reserved, long_packets

NOBODYS_VERSION = 0x1A2A3A4A
"""Reserved to make servers list theirs (RFC 9000, section 15)."""
MOST_VERSIONS = 64
"""Of a list that are kept."""
_NAMES = {VERSION_1: "QUICv1", VERSION_2: "QUICv2"}
_DRAFTS = 0xFF000000  # IANA, QUIC Versions: drafts of the IETF up to version 1


def version_name(version: int) -> str:
    """`QUICv1`, `QUIC-draft-29`, else its number."""
    if version in _NAMES:
        return _NAMES[version]
    return f"QUIC-draft-{version & 0xFF:02d}" if version & 0xFFFFFF00 == _DRAFTS else f"0x{version:08x}"


def version_question(destination_id: bytes) -> bytes:
    """One datagram that a server answers with its versions, and keeps nothing of. What follows the ids has no meaning in a version
    that nobody speaks."""
    head = b"\xc0" + NOBODYS_VERSION.to_bytes(4, "big") + bytes((len(destination_id),)) + destination_id + b"\x00"
    return head.ljust(DATAGRAM_BYTES, b"\x00")


def listed_versions(datagram: bytes, destination_id: bytes) -> tuple[int, ...] | None:
    """What the answer lists, each once, without the reserved ones; None where the datagram is no answer to that question."""
    try:
        packets = long_packets(datagram)
    except MalformedMessage:
        return None
    if len(packets) != 1 or packets[0].kind is not PacketKind.VERSION_NEGOTIATION:
        return None
    if packets[0].source_id != destination_id or packets[0].destination_id:
        return None
    return kept_versions(packets[0].versions)


def kept_versions(versions: tuple[int, ...]) -> tuple[int, ...]:
    """Each once, without the reserved ones; of those that are not asked here at most `MOST_VERSIONS`."""
    known = dict.fromkeys(each for each in versions if not is_reserved(each))
    return tuple(each for place, each in enumerate(known) if place < MOST_VERSIONS or each in _NAMES)
