"""The TLS 1.3 key schedule and record protection (RFC 9846, sections 5.2 and 7.1), for a client that reads the server's flight.

HKDF is two HMACs through `hmac.digest`; record ciphers come from `cryptography`. Suites without a cipher here cannot be opened.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
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

_HASH_BYTES = {"sha256": 32, "sha384": 48}
_EMPTY_HASH = {name: hashlib.new(name).digest() for name in _HASH_BYTES}


def expand_label(hash_name: str, secret: bytes, label: bytes, context: bytes, size: int) -> bytes:
    """HKDF-Expand-Label (RFC 9846, section 7.1); `size` is at most one hash output, which is all TLS needs here."""
    return hmac.digest(secret, _label(label, len(context), size) + context + b"\x01", hash_name)[:size]


@cache  # A dozen labels, each with contexts of one or two sizes.
def _label(label: bytes, context_bytes: int, size: int) -> bytes:
    """HkdfLabel up to its context."""
    full = b"tls13 " + label
    return size.to_bytes(2, "big") + bytes((len(full),)) + full + bytes((context_bytes,))


def handshake_secret(hash_name: str, shared_secret: bytes) -> bytes:
    """The handshake secret without a PSK, from the (EC)DHE or KEM shared secret."""
    return hmac.digest(_DERIVED[hash_name], shared_secret, hash_name)


_DERIVED = {
    name: expand_label(name, hmac.digest(bytes(size), bytes(size), name), b"derived", _EMPTY_HASH[name], size)
    for name, size in _HASH_BYTES.items()
}


def application_secret(hash_name: str, handshake: bytes) -> bytes:
    """The main ("master") secret that application traffic secrets come from."""
    size = _HASH_BYTES[hash_name]
    derived = expand_label(hash_name, handshake, b"derived", _EMPTY_HASH[hash_name], size)
    return hmac.digest(derived, bytes(size), hash_name)


def traffic_secret(hash_name: str, secret: bytes, label: bytes, transcript: bytes) -> bytes:
    """Derive-Secret with a ready transcript hash: `c hs traffic`, `s hs traffic`, `c ap traffic`, ..."""
    return expand_label(hash_name, secret, label, transcript, _HASH_BYTES[hash_name])


def finished_mac(hash_name: str, secret: bytes, transcript: bytes) -> bytes:
    """verify_data of a Finished message (RFC 9846, section 4.4.4)."""
    key = expand_label(hash_name, secret, b"finished", b"", _HASH_BYTES[hash_name])
    return hmac.digest(key, transcript, hash_name)


class Protection:
    """One direction's record protection: nonce = iv XOR sequence number, the record header is authenticated."""

    __slots__ = ("_aead", "_iv", "_sequence", "_tag_bytes")

    def __init__(self, suite: SuiteSecrets, secret: bytes) -> None:
        key = expand_label(suite.hash_name, secret, b"key", b"", suite.key_bytes)
        self._iv = int.from_bytes(expand_label(suite.hash_name, secret, b"iv", b"", 12), "big")
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
