"""Initial packets, whose keys follow from the first one, so that anyone opens them (RFC 9001, section 5.2; RFC 9369, 3.3.1)."""

from __future__ import annotations

from pqscan.wire.quic.header import VERSION_1, VERSION_2, LongPacket, PacketKind
from pqscan.wire.quic.protection import Ids, Keys, open_packet, seal_packet
from pqscan.wire.tls.key_schedule import SUITES, Secret

_SALTS = {
    VERSION_1: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    VERSION_2: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
}
_SUITE = SUITES[0x1301]


def initial_keys(version: int, destination_id: bytes) -> tuple[Keys, Keys]:
    """The client's and the server's, from the Destination Connection ID of the client's first packet."""
    secret = Secret("sha256", _SALTS[version]).extract(destination_id)
    client, server = (Secret("sha256", secret.expand(label, b"", 32)) for label in (b"client in", b"server in"))
    return Keys.of(version, _SUITE, client), Keys.of(version, _SUITE, server)


def open_initial(packet: LongPacket, keys: Keys) -> bytes | None:
    """The frames in one of the first packets; None where these keys do not open it. Raises MalformedMessage for a packet too short
    to be protected."""
    opened = open_packet(packet, keys)
    return None if opened is None else opened.frames


def seal_initial(
    version: int, destination_id: bytes, source_id: bytes, token: bytes, number: int, frames: bytes, keys: Keys
) -> bytes:
    """An Initial packet with a packet number of four bytes. `frames` padded by the caller to what the datagram must have."""
    return seal_packet(PacketKind.INITIAL, version, Ids(destination_id, source_id), number, frames, keys, token=token)
