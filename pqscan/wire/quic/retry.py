"""Whether a Retry packet answers a packet of ours (RFC 9001, section 5.8; RFC 9369, section 3.3.3)."""

from __future__ import annotations

import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pqscan.wire.quic.header import VERSION_1, VERSION_2, LongPacket
from pqscan.wire.quic.protection import TAG_BYTES

_KEYS = {
    VERSION_1: (bytes.fromhex("be0c690b9f66575a1d766b54e368c84e"), bytes.fromhex("461599d35d632bf2239825bb")),
    VERSION_2: (bytes.fromhex("8fb4b01b56ac48e260fbcbcead7ccc92"), bytes.fromhex("d86969bc2d7c6d9990efb04a")),
}


def retry_tag(version: int, original_id: bytes, retry: bytes) -> bytes:
    """The integrity tag of a Retry packet, `retry` without it, for who asked with that Destination Connection ID."""
    key, nonce = _KEYS[version]
    return AESGCM(key).encrypt(nonce, b"", bytes((len(original_id),)) + original_id + retry)


def is_genuine(packet: LongPacket, original_id: bytes) -> bool:
    """Whether whoever wrote the Retry has seen our first packet: its tag covers the connection id that stood there."""
    retry, tag = packet.encoded[:-TAG_BYTES], packet.encoded[-TAG_BYTES:]
    return hmac.compare_digest(tag, retry_tag(packet.version, original_id, retry))
