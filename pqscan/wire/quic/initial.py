"""Protection of Initial packets, whose keys follow from the first one (RFC 9001, section 5; RFC 9369, section 3.3)."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pqscan.errors import MalformedMessage
from pqscan.wire.quic.header import VERSION_1, VERSION_2, LongPacket, PacketKind, integer
from pqscan.wire.tls.key_schedule import Secret

_SALTS = {
    VERSION_1: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    VERSION_2: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
}
_LABELS = {VERSION_1: b"quic", VERSION_2: b"quicv2"}
_FIRST_BYTES = {VERSION_1: 0xC0, VERSION_2: 0xD0}
_SAMPLE_BYTES, _TAG_BYTES, _NUMBER_BYTES = 16, 16, 4


@dataclass(frozen=True, slots=True)
class Keys:
    """Of one direction: AEAD key (16 bytes), IV (12), header protection key (16)."""

    key: bytes
    iv: bytes
    header: bytes

    def mask(self, sample: bytes) -> bytes:
        """RFC 9001, section 5.4.3."""
        encryptor = Cipher(algorithms.AES128(self.header), modes.ECB()).encryptor()  # noqa: S305  # As the standard has it: one block.
        return encryptor.update(sample)

    def nonce(self, number: int) -> bytes:
        return (int.from_bytes(self.iv, "big") ^ number).to_bytes(12, "big")


def initial_keys(version: int, destination_id: bytes) -> tuple[Keys, Keys]:
    """The client's and the server's, from the Destination Connection ID of the client's first packet."""
    secret = Secret("sha256", _SALTS[version]).extract(destination_id)
    client, server = (Secret("sha256", secret.expand(label, b"", 32)) for label in (b"client in", b"server in"))
    return _keys(version, client), _keys(version, server)


def open_initial(packet: LongPacket, keys: Keys) -> bytes | None:
    """The frames in it; None where these keys do not open it. Raises MalformedMessage for a packet too short to be protected."""
    at, data = packet.protected_at, packet.encoded
    sample = data[at + _NUMBER_BYTES : at + _NUMBER_BYTES + _SAMPLE_BYTES]
    if len(sample) < _SAMPLE_BYTES:
        raise MalformedMessage(f"a protected packet of {len(data) - at} bytes behind its header")
    mask = keys.mask(sample)
    first = data[0] ^ (mask[0] & 0x0F)
    size = (first & 3) + 1
    number = bytes(a ^ b for a, b in zip(data[at : at + size], mask[1 : 1 + size], strict=True))
    head = bytes((first,)) + data[1:at] + number
    try:
        return AESGCM(keys.key).decrypt(keys.nonce(int.from_bytes(number, "big")), data[at + size :], head)
    except InvalidTag:
        return None


def seal_initial(
    version: int, destination_id: bytes, source_id: bytes, token: bytes, number: int, frames: bytes, keys: Keys
) -> bytes:
    """An Initial packet with a packet number of four bytes. `frames` padded by the caller to what the datagram must have."""
    length = integer(_NUMBER_BYTES + len(frames) + _TAG_BYTES)
    head = (
        bytes((_FIRST_BYTES[version] | _NUMBER_BYTES - 1,))
        + version.to_bytes(4, "big")
        + bytes((len(destination_id),))
        + destination_id
        + bytes((len(source_id),))
        + source_id
        + integer(len(token))
        + token
        + length
    )
    written = number.to_bytes(_NUMBER_BYTES, "big")
    sealed = AESGCM(keys.key).encrypt(keys.nonce(number), frames, head + written)
    mask = keys.mask(sealed[:_SAMPLE_BYTES])  # The sample is taken as if the number had four bytes; it has.
    hidden = bytes(a ^ b for a, b in zip(written, mask[1:5], strict=True))
    return bytes((head[0] ^ (mask[0] & 0x0F),)) + head[1:] + hidden + sealed


def is_initial(packet: LongPacket) -> bool:
    return packet.kind is PacketKind.INITIAL


def _keys(version: int, secret: Secret) -> Keys:
    name = _LABELS[version]
    return Keys(*(secret.expand(name + part, b"", size) for part, size in ((b" key", 16), (b" iv", 12), (b" hp", 16))))
