"""Key exchange from the client's side, up to the server's proof of its host key: what is sent, what comes, the exchange hash.

RFC 4253, section 8 (finite fields), RFC 4419 (the server chooses the field), RFC 5656 and RFC 8731 (curves), RFC 10042 and RFC 9941
(hybrids). What is said under the keys stands in `session`. Randomness is drawn where key pairs are made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pqscan.errors import MalformedMessage
from pqscan.registry.modp import modp_groups
from pqscan.registry.ssh import SshAlgorithm, SshKind, ssh_algorithm
from pqscan.wire.cursor import Cursor
from pqscan.wire.key_agreement import COMPONENT_KEYS, ComponentKey, CurveKey, FiniteFieldKey, KeyMaker
from pqscan.wire.ssh.fields import mpint, read_mpint, read_string, string
from pqscan.wire.ssh.words import Message

MOST_FIELD_BITS = 8192  # RFC 4419, section 3: the most that anybody asks for
LEAST_FIELD_BITS = 256
_GROUP_EXCHANGE = "DH-GEX"


@dataclass(frozen=True, slots=True)
class FieldSize:
    """What a client asks of the field in a group exchange, in bits (RFC 4419, section 3)."""

    least: int
    preferred: int
    most: int


DEFAULT_FIELD = FieldSize(2048, 3072, MOST_FIELD_BITS)


@dataclass(frozen=True, slots=True)
class Preamble:
    """What both sides have said before: the identifications without CR LF, the payloads of both KEXINITs."""

    client_identification: bytes
    server_identification: bytes
    client_kexinit: bytes
    server_kexinit: bytes

    def digest(self, hash_name: str, *rest: bytes) -> bytes:
        """The exchange hash over it and over `rest`, which is encoded already."""
        said = (self.client_identification, self.server_identification, self.client_kexinit, self.server_kexinit)
        return hashlib.new(hash_name, b"".join(map(string, said)) + b"".join(rest)).digest()


@dataclass(frozen=True, slots=True)
class Proof:
    """What the server proves itself with: its host key, and a signature over the exchange hash. `field_bits` is the size of a
    finite field, None for other methods; `shared_secret` is K as it stood in the exchange hash."""

    host_key: bytes
    signature: bytes
    exchange_hash: bytes
    field_bits: int | None = None
    hash_name: str = ""
    shared_secret: bytes = field(default=b"", repr=False)


class Exchange(Protocol):
    """One method at work. `field_bits` is the size of the field that was used or that the server chose."""

    @property
    def field_bits(self) -> int | None: ...

    def start(self) -> bytes:
        """The payload to send first."""

    def take(self, payload: bytes, preamble: Preamble) -> bytes | Proof:
        """The payload to answer with, or the proof that ends it. Raises MalformedMessage."""


def can_carry_through(name: str, makers: Mapping[str, KeyMaker] = COMPONENT_KEYS) -> bool:
    """Whether every part of the method of that name is one that we can compute."""
    row = ssh_algorithm(SshKind.KEY_EXCHANGE, name)
    if row is None or row.hash is None or row.hash not in hashlib.algorithms_available:
        return False
    if row.primitive == _GROUP_EXCHANGE:
        return True
    if row.primitive not in ("ECDH", "KEM+ECDH", "DH") or not row.components:
        return False
    return all(part in makers or part in modp_groups() for part in row.components)


def exchange(name: str, makers: Mapping[str, KeyMaker] = COMPONENT_KEYS, field: FieldSize = DEFAULT_FIELD) -> Exchange:
    """A fresh one of the method of that name, for which `can_carry_through` holds."""
    row = ssh_algorithm(SshKind.KEY_EXCHANGE, name)
    if row is None or row.hash is None:
        raise ValueError(f"{name} cannot be carried through")
    if row.primitive == _GROUP_EXCHANGE:
        return _GroupExchange(row.hash, field)
    if row.primitive == "DH":
        return _FieldExchange(row.hash, modp_groups()[row.components[0]].prime)
    return _ShareExchange(row, row.hash, makers)


class _ShareExchange:
    """Strings of public values: curves by themselves, and hybrids, whose secret is a digest (RFC 10042, section 2.4)."""

    field_bits = None

    def __init__(self, row: SshAlgorithm, hash_name: str, makers: Mapping[str, KeyMaker]) -> None:
        self._name, self._hash = row.name, hash_name
        self._parts: list[ComponentKey] = [makers[part]() for part in row.components]
        self._public = b"".join(part.public for part in self._parts)

    def start(self) -> bytes:
        return bytes((Message.KEXDH_INIT,)) + string(self._public)

    def take(self, payload: bytes, preamble: Preamble) -> bytes | Proof:
        cursor = _reply(payload, Message.KEXDH_REPLY)
        host_key = read_string(cursor, "the host key")
        share = read_string(cursor, "the server's public value")
        signature = read_string(cursor, "the signature")
        cursor.finish("the reply of the key exchange")
        secret = self._secret(share)
        digest = preamble.digest(self._hash, string(host_key), string(self._public), string(share), secret)
        return Proof(host_key, signature, digest, None, self._hash, secret)

    def _secret(self, share: bytes) -> bytes:
        """As it enters the exchange hash: a number for one part, a string for several."""
        expected, last = sum(part.peer_bytes for part in self._parts), self._parts[-1]
        secrets, at = [], 0
        try:
            if isinstance(last, CurveKey) and expected - len(share) == last.peer_bytes - last.compressed_bytes:
                start = expected - last.peer_bytes
                share = share[:start] + last.uncompressed(share[start:])
            if len(share) != expected:
                raise MalformedMessage(f"the server's public value for {self._name}: {len(share)} bytes, {expected} are right")
            for part in self._parts:
                secrets.append(part.agree(share[at : at + part.peer_bytes]))
                at += part.peer_bytes
        except ValueError as error:
            raise MalformedMessage(f"the server's public value for {self._name} is invalid") from error
        if len(secrets) == 1:
            return mpint(int.from_bytes(secrets[0], "big"))
        return string(hashlib.new(self._hash, b"".join(secrets)).digest())


class _FieldExchange:
    """A known finite field (RFC 4253, section 8; RFC 8268)."""

    def __init__(self, hash_name: str, prime: int, generator: int = 2) -> None:
        self._hash, self._prime = hash_name, prime
        self._key = FiniteFieldKey(prime, generator)
        self.field_bits: int | None = prime.bit_length()

    def start(self) -> bytes:
        return bytes((Message.KEXDH_INIT,)) + self.public

    @property
    def public(self) -> bytes:
        return mpint(int.from_bytes(self._key.public, "big"))

    def take(self, payload: bytes, preamble: Preamble) -> bytes | Proof:
        return self.proof(_reply(payload, Message.KEXDH_REPLY), preamble, b"")

    def proof(self, cursor: Cursor, preamble: Preamble, agreed: bytes) -> Proof:
        """`agreed` stands before the public values in the exchange hash."""
        host_key = read_string(cursor, "the host key")
        value = read_mpint(cursor, "the server's public value")
        signature = read_string(cursor, "the signature")
        cursor.finish("the reply of the key exchange")
        if value >= self._prime:
            raise MalformedMessage("the server's public value is out of range")
        try:
            secret = self._key.agree(value.to_bytes(self._key.peer_bytes, "big"))
        except ValueError as error:
            raise MalformedMessage("the server's public value is out of range") from error
        shared = mpint(int.from_bytes(secret, "big"))
        digest = preamble.digest(self._hash, string(host_key), agreed, self.public, mpint(value), shared)
        return Proof(host_key, signature, digest, self.field_bits, self._hash, shared)


class _GroupExchange:
    """The server chooses a field of the size asked for (RFC 4419, section 3)."""

    def __init__(self, hash_name: str, field: FieldSize) -> None:
        self._hash, self._field = hash_name, field
        self._inner: _FieldExchange | None = None
        self._agreed = b""

    @property
    def field_bits(self) -> int | None:
        return self._inner.field_bits if self._inner is not None else None

    def start(self) -> bytes:
        return bytes((Message.KEX_DH_GEX_REQUEST,)) + self._sizes()

    def take(self, payload: bytes, preamble: Preamble) -> bytes | Proof:
        if self._inner is not None:
            return self._inner.proof(_reply(payload, Message.KEX_DH_GEX_REPLY), preamble, self._agreed)
        cursor = _reply(payload, Message.KEXDH_REPLY)  # KEX_DH_GEX_GROUP has the same number.
        prime, generator = read_mpint(cursor, "the field's prime"), read_mpint(cursor, "the field's generator")
        cursor.finish("the field of the group exchange")
        bits = prime.bit_length()
        if not LEAST_FIELD_BITS <= bits <= MOST_FIELD_BITS or not prime & 1 or not 1 < generator < prime - 1:
            raise MalformedMessage(f"a field of {bits} bits that is none, or larger than anybody asks for")
        self._inner = _FieldExchange(self._hash, prime, generator)
        self._agreed = self._sizes() + mpint(prime) + mpint(generator)
        return bytes((Message.KEX_DH_GEX_INIT,)) + self._inner.public

    def _sizes(self) -> bytes:
        return b"".join(size.to_bytes(4, "big") for size in (self._field.least, self._field.preferred, self._field.most))


def _reply(payload: bytes, kind: Message) -> Cursor:
    cursor = Cursor(payload)
    number = cursor.uint8("message")
    if number != kind:
        raise MalformedMessage(f"message {number} in the key exchange, where {int(kind)} is due")
    return cursor
