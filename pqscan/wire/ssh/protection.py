"""How packets are protected in one direction once keys are in use: RFC 4253, sections 6.3, 6.4 and 7.2; RFC 4344 (CTR); RFC 6668
(HMAC-SHA-2); RFC 5647 as OpenSSH has it (AES-GCM); OpenSSH's PROTOCOL.chacha20poly1305 and its MACs over the ciphertext.

Other ciphers and MACs, and compression, are left out: nothing has to be said under them here.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.poly1305 import Poly1305

from pqscan.errors import MalformedMessage

_LENGTH_BYTES = 4
_AES_BLOCK = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_COUNTERS = 1 << 64


class Protection(Protocol):
    """`head_bytes` of a packet are needed to tell its length, `tag_bytes` follow it. Length and padding fill whole blocks of
    `block` bytes, of which `covered_bytes` (4 or 0) are the length itself."""

    @property
    def head_bytes(self) -> int: ...

    @property
    def tag_bytes(self) -> int: ...

    @property
    def block(self) -> int: ...

    @property
    def covered_bytes(self) -> int: ...

    def length(self, head: bytes, number: int) -> bytes:
        """The four bytes of the length of packet `number`. May be asked again while the packet comes in."""

    def open(self, packet: bytes, number: int) -> bytes:
        """What follows the length: padding length, payload, padding. Raises MalformedMessage."""

    def seal(self, plain: bytes, number: int) -> bytes:
        """The packet whose length and contents are `plain`."""


@dataclass(frozen=True, slots=True)
class DirectionKeys:
    """What section 7.2 derives for one direction; `mac_key` is b"" where the cipher authenticates by itself."""

    initial_value: bytes = field(repr=False)
    key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)


class _Gcm:
    """AES-GCM: the length is in clear and authenticated, the nonce a counter of its own."""

    head_bytes, tag_bytes, block, covered_bytes = _LENGTH_BYTES, _TAG_BYTES, _AES_BLOCK, 0

    def __init__(self, keys: DirectionKeys) -> None:
        self._cipher = AESGCM(keys.key)
        self._fixed, self._counter = keys.initial_value[:4], int.from_bytes(keys.initial_value[4:_NONCE_BYTES], "big")

    def length(self, head: bytes, number: int) -> bytes:
        return head[:_LENGTH_BYTES]

    def open(self, packet: bytes, number: int) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(), packet[_LENGTH_BYTES:], packet[:_LENGTH_BYTES])
        except InvalidTag as error:
            raise _false() from error

    def seal(self, plain: bytes, number: int) -> bytes:
        length, contents = plain[:_LENGTH_BYTES], plain[_LENGTH_BYTES:]
        return length + self._cipher.encrypt(self._nonce(), contents, length)

    def _nonce(self) -> bytes:
        nonce = self._fixed + self._counter.to_bytes(8, "big")
        self._counter = (self._counter + 1) % _COUNTERS
        return nonce


class _ChaCha20Poly1305:
    """One key for the length and one for the rest; the nonce is the number of the packet."""

    head_bytes, tag_bytes, block, covered_bytes = _LENGTH_BYTES, _TAG_BYTES, 8, 0

    def __init__(self, keys: DirectionKeys) -> None:
        self._main, self._header = keys.key[:32], keys.key[32:64]

    def length(self, head: bytes, number: int) -> bytes:
        return _chacha20(self._header, number, 0, head[:_LENGTH_BYTES])

    def open(self, packet: bytes, number: int) -> bytes:
        sealed, tag = packet[:-_TAG_BYTES], packet[-_TAG_BYTES:]
        try:
            Poly1305.verify_tag(_chacha20(self._main, number, 0, bytes(32)), sealed, tag)
        except InvalidSignature as error:
            raise _false() from error
        return _chacha20(self._main, number, 1, sealed[_LENGTH_BYTES:])

    def seal(self, plain: bytes, number: int) -> bytes:
        length = _chacha20(self._header, number, 0, plain[:_LENGTH_BYTES])
        sealed = length + _chacha20(self._main, number, 1, plain[_LENGTH_BYTES:])
        return sealed + Poly1305.generate_tag(_chacha20(self._main, number, 0, bytes(32)), sealed)


def _chacha20(key: bytes, number: int, block: int, data: bytes) -> bytes:
    """ChaCha20 as it first was: 64 bits of counter, 64 of nonce."""
    nonce = block.to_bytes(8, "little") + number.to_bytes(8, "big")
    return Cipher(algorithms.ChaCha20(key, nonce), None).encryptor().update(data)


class _Counter:
    """AES-CTR and an HMAC: over the plaintext (RFC 4253, section 6.4), or over the ciphertext, and then the length is in clear."""

    block = _AES_BLOCK

    def __init__(self, keys: DirectionKeys, hash_name: str, *, over_ciphertext: bool) -> None:
        cipher = Cipher(algorithms.AES(keys.key), modes.CTR(keys.initial_value))
        self._stream = cipher.encryptor()  # It opens as it seals.
        self._mac_key, self._hash = keys.mac_key, hash_name
        self._over_ciphertext = over_ciphertext
        self._begun = b""  # The first block of a packet that comes in, opened.
        self.tag_bytes = hashlib.new(hash_name).digest_size
        self.head_bytes = _LENGTH_BYTES if over_ciphertext else _AES_BLOCK
        self.covered_bytes = 0 if over_ciphertext else _LENGTH_BYTES

    def length(self, head: bytes, number: int) -> bytes:
        if self._over_ciphertext:
            return head[:_LENGTH_BYTES]
        self._begun = self._begun or self._stream.update(head[:_AES_BLOCK])
        return self._begun[:_LENGTH_BYTES]

    def open(self, packet: bytes, number: int) -> bytes:
        sealed, tag = packet[: -self.tag_bytes], packet[-self.tag_bytes :]
        if self._over_ciphertext:
            self._check(number, sealed, tag)
            return self._stream.update(sealed[_LENGTH_BYTES:])
        plain = self._begun + self._stream.update(sealed[_AES_BLOCK:])
        self._begun = b""
        self._check(number, plain, tag)
        return plain[_LENGTH_BYTES:]

    def seal(self, plain: bytes, number: int) -> bytes:
        if not self._over_ciphertext:
            return self._stream.update(plain) + self._mac(number, plain)
        sealed = plain[:_LENGTH_BYTES] + self._stream.update(plain[_LENGTH_BYTES:])
        return sealed + self._mac(number, sealed)

    def _check(self, number: int, covered: bytes, tag: bytes) -> None:
        if not hmac.compare_digest(self._mac(number, covered), tag):
            raise _false()

    def _mac(self, number: int, covered: bytes) -> bytes:
        return hmac.digest(self._mac_key, number.to_bytes(4, "big") + covered, self._hash)


def _false() -> MalformedMessage:
    return MalformedMessage("a packet does not open with the keys of this exchange")


@dataclass(frozen=True, slots=True)
class _Kind:
    make: Callable[[DirectionKeys, str], Protection]
    key_bytes: int
    initial_bytes: int
    needs_mac: bool = False


def _counter(keys: DirectionKeys, mac: str) -> Protection:
    hash_name, over_ciphertext = _MACS[mac]
    return _Counter(keys, hash_name, over_ciphertext=over_ciphertext)


_CIPHERS: dict[str, _Kind] = {
    "aes256-gcm@openssh.com": _Kind(lambda keys, _mac: _Gcm(keys), 32, _NONCE_BYTES),
    "aes128-gcm@openssh.com": _Kind(lambda keys, _mac: _Gcm(keys), 16, _NONCE_BYTES),
    "chacha20-poly1305@openssh.com": _Kind(lambda keys, _mac: _ChaCha20Poly1305(keys), 64, 0),
    "aes256-ctr": _Kind(_counter, 32, _AES_BLOCK, needs_mac=True),
    "aes192-ctr": _Kind(_counter, 24, _AES_BLOCK, needs_mac=True),
    "aes128-ctr": _Kind(_counter, 16, _AES_BLOCK, needs_mac=True),
}
_MACS = {
    "hmac-sha2-256-etm@openssh.com": ("sha256", True),
    "hmac-sha2-512-etm@openssh.com": ("sha512", True),
    "hmac-sha2-256": ("sha256", False),
    "hmac-sha2-512": ("sha512", False),
}
CIPHERS = tuple(_CIPHERS)
MACS = tuple(_MACS)
"""What can be spoken here, the strongest first."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a key exchange ended with. `shared_secret` is K as it stood in the exchange hash, a string or an mpint."""

    hash_name: str
    shared_secret: bytes = field(repr=False)
    exchange_hash: bytes

    def derive(self, letter: bytes, size: int) -> bytes:
        """RFC 4253, section 7.2, for the first exchange of a connection, whose hash is the session's identifier."""
        first = self.shared_secret + self.exchange_hash
        found = hashlib.new(self.hash_name, first + letter + self.exchange_hash).digest()
        while len(found) < size:
            found += hashlib.new(self.hash_name, first + found).digest()
        return found[:size]


def protection(agreed: Agreed, cipher: str, mac: str | None, *, to_server: bool) -> Protection:
    """The protection of one direction, for names of CIPHERS and MACS; `mac` is of no account where the cipher needs none."""
    kind = _CIPHERS[cipher]
    initial, key, integrity = (b"A", b"C", b"E") if to_server else (b"B", b"D", b"F")
    mac_bytes = hashlib.new(_MACS[mac or ""][0]).digest_size if kind.needs_mac else 0
    keys = DirectionKeys(
        agreed.derive(initial, kind.initial_bytes), agreed.derive(key, kind.key_bytes), agreed.derive(integrity, mac_bytes)
    )
    return kind.make(keys, mac or "")


def needs_mac(cipher: str) -> bool:
    """Whether a cipher of CIPHERS needs a MAC beside it."""
    return _CIPHERS[cipher].needs_mac
