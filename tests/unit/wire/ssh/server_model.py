"""An SSH server without I/O that carries a key exchange through: written from the documents, apart from the client's code."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mlkem, x448, x25519

from pqscan.registry.modp import modp_groups


def text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def number(value: int) -> bytes:
    return text(value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b"")


def packet(payload: bytes) -> bytes:
    padding = 16 - (5 + len(payload)) % 8
    return (1 + len(payload) + padding).to_bytes(4, "big") + bytes((padding,)) + payload + os.urandom(padding)


def kexinit(
    kex: str = "curve25519-sha256",
    keys: str = "ssh-ed25519",
    ciphers: str = "aes256-gcm@openssh.com",
    macs: str = "hmac-sha2-256",
    *,
    follows: bool = False,
) -> bytes:
    lists = (kex, keys, ciphers, ciphers, macs, macs, "none", "none", "", "")
    return b"\x14" + bytes(range(16)) + b"".join(text(each.encode("latin-1")) for each in lists) + bytes((follows, 0, 0, 0, 0))


@dataclass
class HostKey:
    """A host key: its blob, and how it signs the exchange hash for an algorithm."""

    blob: bytes
    sign: Callable[[bytes], bytes]


def ed25519_key() -> HostKey:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    blob = text(b"ssh-ed25519") + text(key.public_key().public_bytes_raw())
    return HostKey(blob, lambda signed: text(b"ssh-ed25519") + text(key.sign(signed)))


def split(payload: bytes) -> list[bytes]:
    """The strings that make up `payload`."""
    found, at = [], 0
    while at < len(payload):
        size = int.from_bytes(payload[at : at + 4], "big")
        found.append(payload[at + 4 : at + 4 + size])
        at += 4 + size
    return found


_CURVES = {"nistp256": ec.SECP256R1(), "nistp384": ec.SECP384R1(), "nistp521": ec.SECP521R1()}
_HASHES = {"nistp256": "sha256", "nistp384": "sha384", "nistp521": "sha512"}


def _agree_curve(curve: str, peer: bytes) -> tuple[bytes, bytes]:
    """(our public value, the secret)."""
    if curve == "x25519":
        mine = x25519.X25519PrivateKey.generate()
        return mine.public_key().public_bytes_raw(), mine.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
    if curve == "x448":
        other = x448.X448PrivateKey.generate()
        return other.public_key().public_bytes_raw(), other.exchange(x448.X448PublicKey.from_public_bytes(peer))
    key = ec.generate_private_key(_CURVES[curve])
    public = key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return public, key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[curve], peer))


_HYBRIDS: dict[str, tuple[type[mlkem.MLKEM768PublicKey | mlkem.MLKEM1024PublicKey], int, str, str]] = {
    "mlkem768x25519-sha256": (mlkem.MLKEM768PublicKey, 1184, "x25519", "sha256"),
    "mlkem768nistp256-sha256": (mlkem.MLKEM768PublicKey, 1184, "nistp256", "sha256"),
    "mlkem1024nistp384-sha384": (mlkem.MLKEM1024PublicKey, 1568, "nistp384", "sha384"),
}
_FIELDS = {
    "diffie-hellman-group1-sha1": ("modp1024", "sha1"),
    "diffie-hellman-group14-sha1": ("modp2048", "sha1"),
    "diffie-hellman-group14-sha256": ("modp2048", "sha256"),
    "diffie-hellman-group16-sha512": ("modp4096", "sha512"),
}


@dataclass
class ServerModel:
    """`receive` takes the client's bytes and gives the answer. `method` is what the client will have agreed on."""

    method: str = "curve25519-sha256"
    identification: bytes = b"SSH-2.0-model_1 a comment"
    before: bytes = b""
    key: HostKey = field(default_factory=ed25519_key)
    init: bytes = b""
    extra: bytes = b""  # packets after the KEXINIT
    spoil: Callable[[bytes], bytes] = lambda reply: reply
    said: list[bytes] = field(default_factory=list)  # the client's payloads

    def __post_init__(self) -> None:
        self.init = self.init or kexinit(self.method)
        self._buffer = b""
        self._client = b""
        self._client_init = b""
        self._group: tuple[bytes, int, int] | None = None

    def greeting(self) -> bytes:
        return self.before + self.identification + b"\r\n" + packet(self.init) + self.extra

    def receive(self, data: bytes) -> bytes:
        self._buffer += data
        answer = b""
        if not self._client:
            if b"\n" not in self._buffer:
                return b""
            line, self._buffer = self._buffer.split(b"\n", 1)
            self._client = line.removesuffix(b"\r")
        while len(self._buffer) >= 4 and len(self._buffer) >= 4 + (size := int.from_bytes(self._buffer[:4], "big")):
            payload = self._buffer[5 : 4 + size - self._buffer[4]]
            self._buffer = self._buffer[4 + size :]
            self.said.append(payload)
            answer += self._answer(payload)
        return answer

    def _answer(self, payload: bytes) -> bytes:
        if payload[0] == 20:
            self._client_init = payload
        elif payload[0] == 30:
            return packet(self.spoil(self._reply(split(payload[1:])[0])))
        elif payload[0] == 34:
            wanted = int.from_bytes(payload[5:9], "big")
            prime = modp_groups()[f"modp{min(size for size in (1024, 2048, 3072, 4096, 6144, 8192) if size >= wanted)}"].prime
            self._group = (payload[1:], prime, 2)
            return packet(b"\x1f" + number(prime) + number(2))
        elif payload[0] == 32:
            assert self._group is not None
            sizes, prime, generator = self._group
            agreed = sizes + number(prime) + number(generator)
            return packet(self.spoil(self._finite(split(payload[1:])[0], prime, "sha256", b"\x21", agreed)))
        return b""

    def _digest(self, hash_name: str, *rest: bytes) -> bytes:
        first = b"".join(map(text, (self._client, self.identification, self._client_init, self.init)))
        return hashlib.new(hash_name, first + b"".join(rest)).digest()

    def _reply(self, peer: bytes) -> bytes:
        if self.method in _FIELDS:
            group, hash_name = _FIELDS[self.method]
            return self._finite(peer, modp_groups()[group].prime, hash_name, b"\x1f", b"")
        if self.method in _HYBRIDS:
            kind, size, curve, hash_name = _HYBRIDS[self.method]
            secret_kem, ciphertext = kind.from_public_bytes(peer[:size]).encapsulate()
            public, secret = _agree_curve(curve, peer[size:])
            share, shared = ciphertext + public, text(hashlib.new(hash_name, secret_kem + secret).digest())
        else:
            curve = {"curve25519-sha256": "x25519", "curve448-sha512": "x448"}.get(self.method, self.method.rpartition("-")[2])
            hash_name = {"x25519": "sha256", "x448": "sha512"}.get(curve) or _HASHES[curve]
            share, secret = _agree_curve(curve, peer)
            shared = number(int.from_bytes(secret, "big"))
        digest = self._digest(hash_name, text(self.key.blob), text(peer), text(share), shared)
        return b"\x1f" + text(self.key.blob) + text(share) + text(self.key.sign(digest))

    def _finite(self, peer: bytes, prime: int, hash_name: str, kind: bytes, agreed: bytes) -> bytes:
        secret = int.from_bytes(os.urandom(32), "big")
        value, shared = pow(2, secret, prime), pow(int.from_bytes(peer, "big"), secret, prime)
        digest = self._digest(hash_name, text(self.key.blob), agreed, text(peer), number(value), number(shared))
        return kind + text(self.key.blob) + number(value) + text(self.key.sign(digest))
