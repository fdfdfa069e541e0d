"""Protection of records in DTLS 1.3: AEAD, and encryption of their numbers (RFC 9147, sections 4.2 and 5.9).

Records of DTLS 1.2 and 1.0 are never protected here: nothing of a handshake that is read is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from pqscan.wire.dtls.record import ProtectedRecord, unified_header
from pqscan.wire.tls.key_schedule import Secret, SuiteSecrets

HANDSHAKE_EPOCH, APPLICATION_EPOCH = 2, 3
_SAMPLE_BYTES = 16


@dataclass(frozen=True, slots=True)
class Opened:
    """What a protected record held: its full number, the inner content type and the plaintext."""

    sequence: int
    content_type: int
    plaintext: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """Of one direction in one epoch: AEAD key, IV (12 bytes), and the key for the numbers."""

    suite: SuiteSecrets
    key: bytes
    iv: bytes
    number: bytes

    @classmethod
    def of(cls, suite: SuiteSecrets, secret: Secret) -> Self:
        """From a traffic secret whose labels are those of DTLS."""
        size = suite.key_bytes
        return cls(suite, secret.expand(b"key", b"", size), secret.expand(b"iv", b"", 12), secret.expand(b"sn", b"", size))

    def open(self, record: ProtectedRecord, expected: int) -> Opened | None:
        """None where these keys do not open it; `expected` is one more than the highest number seen."""
        mask = self._mask(record.fragment)
        if mask is None:
            return None
        size = record.number_bytes
        written = bytes(a ^ b for a, b in zip(record.header[1 : 1 + size], mask, strict=False))
        header = record.header[:1] + written + record.header[1 + size :]
        sequence = full_number(int.from_bytes(written, "big"), 8 * size, expected)
        try:
            inner = self.suite.aead(self.key).decrypt(self._nonce(sequence), record.fragment, header)
        except (InvalidTag, ValueError):
            return None
        content = inner.rstrip(b"\x00")
        return Opened(sequence, content[-1], content[:-1]) if content else None

    def seal(self, epoch: int, sequence: int, content_type: int, plaintext: bytes) -> bytes:
        """One record."""
        inner = plaintext + bytes((content_type,))
        inner = inner.ljust(_SAMPLE_BYTES - self.suite.tag_bytes, b"\x00")  # The sample needs as many bytes behind the header.
        header = unified_header(epoch, sequence, len(inner) + self.suite.tag_bytes)
        sealed = self.suite.aead(self.key).encrypt(self._nonce(sequence), inner, header)
        mask = self._mask(sealed)
        assert mask is not None  # noqa: S101  # What was sealed is never shorter than a sample.
        hidden = bytes(a ^ b for a, b in zip(header[1:3], mask, strict=False))
        return header[:1] + hidden + header[3:] + sealed

    def _mask(self, fragment: bytes) -> bytes | None:
        """At least two bytes; None where the record is too short to have one, and so is none."""
        sample = fragment[:_SAMPLE_BYTES]
        if len(sample) < _SAMPLE_BYTES:
            return None
        if self.suite.cipher == "CHACHA20":  # The sample is the block counter and the nonce, as this cipher takes them.
            return Cipher(algorithms.ChaCha20(self.number, sample), None).encryptor().update(bytes(2))
        return Cipher(algorithms.AES(self.number), modes.ECB()).encryptor().update(sample)  # noqa: S305  # As the standard has it.

    def _nonce(self, sequence: int) -> bytes:
        return (int.from_bytes(self.iv, "big") ^ sequence).to_bytes(12, "big")


def full_number(truncated: int, bits: int, expected: int) -> int:
    """The number next to `expected` that ends in the bits that were written (RFC 9147, section 4.2.2)."""
    window = 1 << bits
    found = (expected & ~(window - 1)) | truncated
    if found <= expected - window // 2:
        return found + window
    return found - window if found > expected + window // 2 and found >= window else found
