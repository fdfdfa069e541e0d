"""NEGOTIATE of SMB 2 and 3 ([MS-SMB2], sections 2.2.1.2, 2.2.3 and 2.2.4). All numbers are little-endian."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.smb.words import SUCCESS, ContextType, Dialect, SecurityMode

MARK = b"\xfeSMB"
HEADER_BYTES = 64
_ANSWER_FLAG = 1  # SMB2_FLAGS_SERVER_TO_REDIR
_REQUEST_BYTES, _RESPONSE_BYTES = 36, 65  # StructureSize, which counts one byte of what follows
_ALL_CAPABILITIES = 0x7F  # as clients of SMB 3 send them (section 2.2.3)
_SHA_512 = 1
_MOST_CONTEXTS = 64
_PREFIX_BYTES = 8  # of a context, before its data


@dataclass(frozen=True, slots=True)
class Context:
    """One negotiate context (section 2.2.3.1); `kind` as it was sent."""

    kind: int
    data: bytes

    def values(self) -> tuple[int, ...]:
        """The numbers that it lists, where it is a list of ciphers, hashes or ways to sign. Raises MalformedMessage."""
        cursor = Cursor(self.data)
        count = _uint16(cursor, "count of a context")
        if self.kind == ContextType.PREAUTH_INTEGRITY:
            _uint16(cursor, "length of the salt")
        return tuple(_uint16(cursor, "value of a context") for _ in range(count))


def listing(kind: ContextType, values: tuple[int, ...]) -> Context:
    """A context that lists numbers."""
    return Context(kind, _bytes16(len(values)) + b"".join(map(_bytes16, values)))


@dataclass(frozen=True, slots=True)
class NegotiateRequest:
    """What a client offers, in its order. `client_guid` and `salt` are random, 16 and 32 bytes; the ciphers and ways to sign are
    sent where SMB 3.1.1 is among the dialects, which alone knows them."""

    dialects: tuple[int, ...]
    ciphers: tuple[int, ...]
    signing: tuple[int, ...]
    client_guid: bytes
    salt: bytes

    def encode(self) -> bytes:
        contexts = b""
        count = 0
        if Dialect.SMB_3_1_1 in self.dialects:
            hashes = _bytes16(1) + _bytes16(len(self.salt)) + _bytes16(_SHA_512) + self.salt
            made = [Context(ContextType.PREAUTH_INTEGRITY, hashes)]
            made += [listing(ContextType.ENCRYPTION, self.ciphers)] if self.ciphers else []
            made += [listing(ContextType.SIGNING, self.signing)] if self.signing else []
            contexts, count = encode_contexts(made), len(made)
        knows_three = any(dialect >= Dialect.SMB_3_0 for dialect in self.dialects)
        dialects = b"".join(map(_bytes16, self.dialects))
        offset = _padded(HEADER_BYTES + _REQUEST_BYTES + len(dialects)) if count else 0
        body = _bytes16(_REQUEST_BYTES) + _bytes16(len(self.dialects)) + _bytes16(SecurityMode.SIGNING_ENABLED) + bytes(2)
        body += _bytes32(_ALL_CAPABILITIES if knows_three else 0)
        body += self.client_guid if max(self.dialects) > Dialect.SMB_2_0_2 else bytes(16)
        body += _bytes32(offset) + _bytes16(count) + bytes(2) + dialects
        message = header() + body
        return message + bytes(offset - len(message)) + contexts if count else message


@dataclass(frozen=True, slots=True)
class NegotiateResponse:
    """What the server answered. Where `status` is no success the rest is empty. `login` is the token of SPNEGO that names the ways
    to log in (RFC 4178)."""

    status: int
    dialect: int = 0
    security_mode: int = 0
    capabilities: int = 0
    contexts: tuple[Context, ...] = ()
    login: bytes = b""

    def encode(self) -> bytes:
        """As a server sends it; for peers in tests."""
        if self.status != SUCCESS:
            return header(self.status, _ANSWER_FLAG) + _bytes16(9) + bytes(7)
        start = HEADER_BYTES + _RESPONSE_BYTES - 1
        offset = _padded(start + len(self.login)) if self.contexts else 0
        body = _bytes16(_RESPONSE_BYTES) + _bytes16(self.security_mode) + _bytes16(self.dialect) + _bytes16(len(self.contexts))
        body += bytes(16) + _bytes32(self.capabilities) + bytes(28)
        body += _bytes16(start) + _bytes16(len(self.login)) + _bytes32(offset) + self.login
        message = header(self.status, _ANSWER_FLAG) + body
        return message + bytes(max(0, offset - len(message))) + encode_contexts(self.contexts)

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """Raises MalformedMessage."""
        cursor = Cursor(message)
        if cursor.take(4, "mark of SMB 2") != MARK or _uint16(cursor, "size of the header") != HEADER_BYTES:
            raise MalformedMessage("the answer is no message of SMB 2")
        cursor.take(2, "credit charge")
        status, command = _uint32(cursor, "status"), _uint16(cursor, "command")
        cursor.take(2, "credits")
        if command != 0 or not _uint32(cursor, "flags") & _ANSWER_FLAG:
            raise MalformedMessage("the answer is none to NEGOTIATE")
        cursor.take(HEADER_BYTES - 20, "rest of the header")
        if status != SUCCESS:
            return cls(status)
        if _uint16(cursor, "size of the answer") != _RESPONSE_BYTES:
            raise MalformedMessage("the answer to NEGOTIATE has another size than the protocol says")
        mode, dialect, count = (_uint16(cursor, what) for what in ("security mode", "dialect", "count of contexts"))
        cursor.take(16, "server GUID")
        capabilities = _uint32(cursor, "capabilities")
        cursor.take(28, "sizes and times")
        at, length, offset = _uint16(cursor, "offset"), _uint16(cursor, "length"), _uint32(cursor, "offset of contexts")
        login = _window(message, at, "token").take(length, "token") if length else b""
        contexts: tuple[Context, ...] = ()
        if dialect == Dialect.SMB_3_1_1:
            contexts = tuple(decode_contexts(_window(message, offset, "contexts"), count)) if count else ()
        return cls(status, dialect, mode, capabilities, contexts, login)

    def values(self, kind: ContextType) -> tuple[int, ...] | None:
        """What the context of that kind lists; None where there is none. Raises MalformedMessage."""
        found = next((context for context in self.contexts if context.kind == kind), None)
        return None if found is None else found.values()


def header(status: int = 0, flags: int = 0) -> bytes:
    """The header of a NEGOTIATE (section 2.2.1.2): message 0, no tree, no session, no signature."""
    start = MARK + _bytes16(HEADER_BYTES) + bytes(2) + _bytes32(status) + bytes(2) + _bytes16(1) + _bytes32(flags)
    return start + bytes(HEADER_BYTES - len(start))


def encode_contexts(contexts: list[Context] | tuple[Context, ...]) -> bytes:
    data = b""
    for context in contexts:
        data += bytes(_padded(len(data)) - len(data))
        data += _bytes16(context.kind) + _bytes16(len(context.data)) + bytes(4) + context.data
    return data


def decode_contexts(cursor: Cursor, count: int) -> Iterator[Context]:
    """Each at a multiple of eight bytes from the first. Raises MalformedMessage."""
    if count > _MOST_CONTEXTS:
        raise MalformedMessage(f"{count} negotiate contexts are more than an answer has")
    size = 0
    for _ in range(count):
        cursor.take(_padded(size) - size, "padding of a context")
        kind, length = _uint16(cursor, "kind of a context"), _uint16(cursor, "length of a context")
        cursor.take(4, "reserved bytes of a context")
        yield Context(kind, cursor.take(length, "context"))
        size = _PREFIX_BYTES + length


def _window(message: bytes, offset: int, what: str) -> Cursor:
    if not HEADER_BYTES <= offset <= len(message):
        raise MalformedMessage(f"the {what} lies outside of the answer")
    return Cursor(message, offset)


def _padded(size: int) -> int:
    return -(-size // 8) * 8


def _bytes16(value: int) -> bytes:
    return value.to_bytes(2, "little")


def _bytes32(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _uint16(cursor: Cursor, what: str) -> int:
    return int.from_bytes(cursor.take(2, what), "little")


def _uint32(cursor: Cursor, what: str) -> int:
    return int.from_bytes(cursor.take(4, what), "little")
