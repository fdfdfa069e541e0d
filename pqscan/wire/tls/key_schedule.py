"""The TLS 1.3 key schedule and record protection (RFC 9846, sections 5.2 and 7.1), for a client that reads the server's flight.

HKDF is two HMACs; they and the record ciphers come from `cryptography`. Suites without a cipher here cannot be opened.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from pqscan.errors import MalformedMessage


class Aead(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


@dataclass(frozen=True, slots=True)
class SuiteSecrets:
    """What a TLS 1.3 suite computes with: its hash, key size and cipher (RFC 9846, appendix B.4)."""

    hash_name: str
    key_bytes: int
    cipher: str

    @property
    def tag_bytes(self) -> int:
        return 8 if self.cipher == "CCM_8" else 16

    def aead(self, key: bytes) -> Aead:
        if self.cipher == "GCM":
            return AESGCM(key)
        if self.cipher == "CHACHA20":
            return ChaCha20Poly1305(key)
        return AESCCM(key, tag_length=self.tag_bytes)


SUITES: dict[int, SuiteSecrets] = {
    0x1301: SuiteSecrets("sha256", 16, "GCM"),
    0x1302: SuiteSecrets("sha384", 32, "GCM"),
    0x1303: SuiteSecrets("sha256", 32, "CHACHA20"),
    0x1304: SuiteSecrets("sha256", 16, "CCM"),
    0x1305: SuiteSecrets("sha256", 16, "CCM_8"),
}

_HASHES: dict[str, hashes.HashAlgorithm] = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384()}
_EMPTY_HASH = {name: hashlib.new(name).digest() for name in _HASHES}


TLS_LABELS, DTLS_LABELS = b"tls13 ", b"dtls13"
"""What every label begins with (RFC 9846, section 7.1; RFC 9147, section 5.9)."""


class Secret:
    """One secret of the schedule. The HMAC that expands it is keyed once and copied: most secrets are expanded three times.

    `labels` is what its labels begin with, and those of all secrets that are made of it."""

    __slots__ = ("_hash_name", "_keyed", "_labels", "value")

    def __init__(self, hash_name: str, value: bytes, labels: bytes = TLS_LABELS) -> None:
        self.value = value
        self._hash_name = hash_name
        self._labels = labels
        self._keyed = hmac.HMAC(value, _HASHES[hash_name])

    def expand(self, label: bytes, context: bytes, size: int) -> bytes:
        """HKDF-Expand-Label (RFC 9846, section 7.1); `size` is at most one hash output, which is all TLS needs here."""
        return self._mac(_label(self._labels + label, len(context), size) + context + b"\x01")[:size]

    def derive(self, label: bytes, transcript: bytes) -> Secret:
        """Derive-Secret with a ready transcript hash: `c hs traffic`, `s hs traffic`, `c ap traffic`, ..."""
        return Secret(self._hash_name, self.expand(label, transcript, _HASHES[self._hash_name].digest_size), self._labels)

    def extract(self, material: bytes) -> Secret:
        """HKDF-Extract with this secret as the salt."""
        return Secret(self._hash_name, self._mac(material), self._labels)

    def main_secret(self) -> Secret:
        """From a handshake secret the main ("master") secret that application traffic secrets come from."""
        return self.derive(b"derived", _EMPTY_HASH[self._hash_name]).extract(bytes(_HASHES[self._hash_name].digest_size))

    def finished_mac(self, transcript: bytes) -> bytes:
        """verify_data of a Finished message under this traffic secret (RFC 9846, section 4.5.3)."""
        return self.derive(b"finished", b"")._mac(transcript)

    def _mac(self, data: bytes) -> bytes:
        copy = self._keyed.copy()
        copy.update(data)
        return copy.finalize()


@cache  # A dozen labels, each with contexts of one or two sizes.
def _label(full: bytes, context_bytes: int, size: int) -> bytes:
    """HkdfLabel up to its context."""
    return size.to_bytes(2, "big") + bytes((len(full),)) + full + bytes((context_bytes,))


def handshake_secret(hash_name: str, shared_secret: bytes, labels: bytes = TLS_LABELS) -> Secret:
    """The handshake secret without a PSK, from the (EC)DHE or KEM shared secret."""
    return _EARLY_DERIVED[hash_name, labels].extract(shared_secret)


def _early_derived(hash_name: str, labels: bytes) -> Secret:
    zeros = bytes(_HASHES[hash_name].digest_size)
    return Secret(hash_name, zeros, labels).extract(zeros).derive(b"derived", _EMPTY_HASH[hash_name])


_EARLY_DERIVED = {(name, labels): _early_derived(name, labels) for name in _HASHES for labels in (TLS_LABELS, DTLS_LABELS)}


class Protection:
    """One direction's record protection: nonce = iv XOR sequence number, the record header is authenticated."""

    __slots__ = ("_aead", "_iv", "_sequence", "_tag_bytes")

    def __init__(self, suite: SuiteSecrets, secret: Secret) -> None:
        key = secret.expand(b"key", b"", suite.key_bytes)
        self._iv = int.from_bytes(secret.expand(b"iv", b"", 12), "big")
        self._aead = suite.aead(key)
        self._tag_bytes = suite.tag_bytes
        self._sequence = 0

    def _nonce(self) -> bytes:
        nonce = (self._iv ^ self._sequence).to_bytes(12, "big")
        self._sequence += 1
        return nonce

    def open(self, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        """The inner content type and the plaintext. Raises MalformedMessage where the record does not authenticate."""
        try:
            inner = self._aead.decrypt(self._nonce(), fragment, header)
        except (InvalidTag, ValueError) as error:
            raise MalformedMessage("a protected record does not authenticate: the key agreement differs") from error
        content = inner.rstrip(b"\x00")
        if not content:
            raise MalformedMessage("a protected record holds nothing but padding")
        return content[-1], content[:-1]

    def seal(self, content_type: int, payload: bytes) -> bytes:
        """One protected record."""
        inner = payload + bytes((content_type,))
        header = b"\x17\x03\x03" + (len(inner) + self._tag_bytes).to_bytes(2, "big")
        return header + self._aead.encrypt(self._nonce(), inner, header)
