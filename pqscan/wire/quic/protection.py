"""Protection of packets with long headers (RFC 9001, section 5; RFC 9369, section 3.3), under any suite but AES-128-CCM-8.

Packets with short headers are left out: nothing of the handshake travels in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pqscan.errors import MalformedMessage
from pqscan.wire.quic.header import VERSION_1, VERSION_2, LongPacket, PacketKind, integer
from pqscan.wire.tls.key_schedule import Secret, SuiteSecrets

TAG_BYTES = 16
NUMBER_BYTES = 4
"""Each of our packet numbers is written in as many."""
_LABELS = {VERSION_1: b"quic", VERSION_2: b"quicv2"}
_FIRST_BYTES = {
    (VERSION_1, PacketKind.INITIAL): 0xC0,
    (VERSION_1, PacketKind.HANDSHAKE): 0xE0,
    (VERSION_2, PacketKind.INITIAL): 0xD0,
    (VERSION_2, PacketKind.HANDSHAKE): 0xF0,
}
_SAMPLE_BYTES = 16


def has_header_protection(suite: SuiteSecrets) -> bool:
    """Whether QUIC may use the suite: AES-128-CCM-8 must not be negotiated (RFC 9001, section 5.3)."""
    return suite.cipher != "CCM_8"


@dataclass(frozen=True, slots=True)
class Keys:
    """Of one direction: AEAD key, IV (12 bytes), header protection key (of the AEAD key's size)."""

    suite: SuiteSecrets
    key: bytes
    iv: bytes
    header: bytes

    @classmethod
    def of(cls, version: int, suite: SuiteSecrets, secret: Secret) -> Self:
        """From a traffic secret (RFC 9001, section 5.1)."""
        name = _LABELS[version]
        key, iv, header = (
            secret.expand(name + part, b"", size)
            for part, size in ((b" key", suite.key_bytes), (b" iv", 12), (b" hp", suite.key_bytes))
        )
        return cls(suite, key, iv, header)

    def mask(self, sample: bytes) -> bytes:
        """At least five bytes (RFC 9001, sections 5.4.3 and 5.4.4); `sample` has 16."""
        if self.suite.cipher == "CHACHA20":  # The sample is the block counter and the nonce, as this cipher takes them.
            return Cipher(algorithms.ChaCha20(self.header, sample), None).encryptor().update(bytes(5))
        return Cipher(algorithms.AES(self.header), modes.ECB()).encryptor().update(sample)  # noqa: S305  # As the standard has it.

    def nonce(self, number: int) -> bytes:
        return (int.from_bytes(self.iv, "big") ^ number).to_bytes(12, "big")


@dataclass(frozen=True, slots=True)
class Opened:
    """What a packet held: its full number and its frames, still encoded."""

    number: int
    frames: bytes


def open_packet(packet: LongPacket, keys: Keys, expected: int = 0) -> Opened | None:
    """None where these keys do not open it. `expected` is one more than the highest number seen (RFC 9000, appendix A.3). Raises
    MalformedMessage for a packet too short to be protected."""
    at, data = packet.protected_at, packet.encoded
    sample = data[at + NUMBER_BYTES : at + NUMBER_BYTES + _SAMPLE_BYTES]
    if len(sample) < _SAMPLE_BYTES:
        raise MalformedMessage(f"a protected packet of {len(data) - at} bytes behind its header")
    mask = keys.mask(sample)
    first = data[0] ^ (mask[0] & 0x0F)
    size = (first & 3) + 1
    written = bytes(a ^ b for a, b in zip(data[at : at + size], mask[1 : 1 + size], strict=True))
    head = bytes((first,)) + data[1:at] + written
    number = _full_number(int.from_bytes(written, "big"), 8 * size, expected)
    try:
        return Opened(number, keys.suite.aead(keys.key).decrypt(keys.nonce(number), data[at + size :], head))
    except InvalidTag:
        return None


def _full_number(truncated: int, bits: int, expected: int) -> int:
    """The number next to `expected` that ends in the bits that were written."""
    window = 1 << bits
    found = (expected & ~(window - 1)) | truncated
    if found <= expected - window // 2 and found < (1 << 62) - window:
        return found + window
    if found > expected + window // 2 and found >= window:
        return found - window
    return found


@dataclass(frozen=True, slots=True)
class Ids:
    """The connection ids of a packet: whom it goes to, and whom it comes from."""

    destination: bytes
    source: bytes


def seal_packet(kind: PacketKind, version: int, ids: Ids, number: int, frames: bytes, keys: Keys, *, token: bytes = b"") -> bytes:
    """An Initial or Handshake packet; `token` in the former alone. `frames` have four bytes at least, and are padded by
    the caller to what the datagram must have."""
    head = (
        bytes((_FIRST_BYTES[version, kind] | NUMBER_BYTES - 1,))
        + version.to_bytes(4, "big")
        + bytes((len(ids.destination),))
        + ids.destination
        + bytes((len(ids.source),))
        + ids.source
        + (integer(len(token)) + token if kind is PacketKind.INITIAL else b"")
        + integer(NUMBER_BYTES + len(frames) + TAG_BYTES)
    )
    written = number.to_bytes(NUMBER_BYTES, "big")
    sealed = keys.suite.aead(keys.key).encrypt(keys.nonce(number), frames, head + written)
    mask = keys.mask(sealed[:_SAMPLE_BYTES])  # The sample is taken as if the number had four bytes; it has.
    hidden = bytes(a ^ b for a, b in zip(written, mask[1:5], strict=True))
    return bytes((head[0] ^ (mask[0] & 0x0F),)) + head[1:] + hidden + sealed
