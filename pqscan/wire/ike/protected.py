"""Encrypted payloads with AES-GCM (RFC 7296, section 3.14; RFC 5282), whole or in fragments (RFC 7383)."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import uint16
from pqscan.wire.cursor import Cursor
from pqscan.wire.ike.header import HEADER_BYTES, Message, Payload
from pqscan.wire.ike.keys import SALT_BYTES
from pqscan.wire.ike.words import PayloadType

MOST_FRAGMENTS = 64
MOST_MESSAGE = 1 << 16
MOST_DATAGRAM = 1200
"""Bytes of one of our datagrams: below 1,280, the least that IPv6 carries (RFC 7383, section 2.5.1)."""
_VECTOR_BYTES, _TAG_BYTES, _PAYLOAD_HEADER_BYTES, _COUNT_BYTES = 8, 16, 4, 4


class Sealer:
    """Seals messages of one sender; `key` is SK_ei or SK_er with its salt. Every vector is used once."""

    def __init__(self, key: bytes) -> None:
        self._cipher, self._salt = AESGCM(key[:-SALT_BYTES]), key[-SALT_BYTES:]
        self._used = 0

    def seal(self, message: Message, *, fragments: bool, padding: bytes = b"", most: int = MOST_DATAGRAM) -> list[bytes]:
        """The datagrams of a message whose payloads are all protected; several only where `fragments` allows it, each of at most
        `most` bytes. `padding` stands behind the payloads, at most 255 bytes of it."""
        kind, chain = _chain(message)
        step = most - HEADER_BYTES - 64
        if not fragments or len(chain) <= step:
            return [self._datagram(message, PayloadType.ENCRYPTED, kind, b"", chain, padding)]
        pieces = [chain[at : at + step] for at in range(0, len(chain), step)]
        return [self.fragment(message, kind, number, len(pieces), piece) for number, piece in enumerate(pieces, 1)]

    def fragment(self, message: Message, kind: int, number: int, total: int, piece: bytes) -> bytes:
        """One fragment of a message whose first payload is of a kind (RFC 7383, section 2.5): only the first fragment names it."""
        inner = kind if number == 1 else 0
        return self._datagram(message, PayloadType.ENCRYPTED_FRAGMENT, inner, uint16(number) + uint16(total), piece)

    def _datagram(
        self, message: Message, outer: PayloadType, inner: int, count: bytes, piece: bytes, padding: bytes = b""
    ) -> bytes:
        plain = piece + padding + bytes((len(padding),))
        size = _PAYLOAD_HEADER_BYTES + len(count) + _VECTOR_BYTES + len(plain) + _TAG_BYTES
        head = (
            message.initiator_spi
            + message.responder_spi
            + bytes((outer, 0x20, message.exchange, message.flags))
            + message.message_id.to_bytes(4, "big")
            + (HEADER_BYTES + size).to_bytes(4, "big")
            + bytes((inner, 0))
            + uint16(size)
            + count
        )
        vector = self._used.to_bytes(_VECTOR_BYTES, "big")
        self._used += 1
        return head + vector + self._cipher.encrypt(self._salt + vector, plain, head)


class Opener:
    """Opens what the other side sealed for one message; fragments are collected until all are there."""

    def __init__(self, key: bytes) -> None:
        self._cipher, self._salt = AESGCM(key[:-SALT_BYTES]), key[-SALT_BYTES:]
        self._pieces: dict[int, bytes] = {}
        self._kind = 0
        self._total = 0

    def open(self, datagram: bytes) -> tuple[Payload, ...] | None:
        """The payloads that were protected; None while fragments are missing. Raises MalformedMessage for whatever does not open:
        then nothing of the datagram is kept."""
        message = Message.decode(datagram)
        outer = message.payloads[-1] if message.payloads else None
        if outer is None or outer.kind not in (PayloadType.ENCRYPTED, PayloadType.ENCRYPTED_FRAGMENT):
            raise MalformedMessage("a message without an encrypted payload")
        is_fragment = outer.kind == PayloadType.ENCRYPTED_FRAGMENT
        covered = len(datagram) - len(outer.body) + (_COUNT_BYTES if is_fragment else 0)
        inner = datagram[len(datagram) - len(outer.body) - _PAYLOAD_HEADER_BYTES]
        piece = self._opened(datagram[:covered], outer.body[_COUNT_BYTES if is_fragment else 0 :])
        if not is_fragment:
            return _payloads(inner, piece)
        return self._collected(Cursor(outer.body), inner, piece)

    def _opened(self, head: bytes, sealed: bytes) -> bytes:
        if len(sealed) < _VECTOR_BYTES + _TAG_BYTES + 1:
            raise MalformedMessage("an encrypted payload that is too short to hold anything")
        try:
            plain = self._cipher.decrypt(self._salt + sealed[:_VECTOR_BYTES], sealed[_VECTOR_BYTES:], head)
        except InvalidTag as error:
            raise MalformedMessage("an encrypted payload that does not open with the keys of this exchange") from error
        padding = plain[-1]
        if padding >= len(plain):
            raise MalformedMessage("an encrypted payload with more padding than it has bytes")
        return plain[: len(plain) - 1 - padding]

    def _collected(self, cursor: Cursor, inner: int, piece: bytes) -> tuple[Payload, ...] | None:
        number, total = cursor.uint16("fragment number"), cursor.uint16("total fragments")
        if not 1 <= number <= total <= MOST_FRAGMENTS or total < self._total:
            raise MalformedMessage(f"fragment {number} of {total}")
        if total > self._total:  # The sender begins anew in smaller pieces (RFC 7383, section 2.6).
            self._pieces.clear()
        self._total = total
        self._pieces.setdefault(number, piece)
        if number == 1:
            self._kind = inner
        if len(self._pieces) < total:
            return None
        whole = b"".join(self._pieces[each] for each in range(1, total + 1))
        if len(whole) > MOST_MESSAGE:
            raise MalformedMessage(f"a message of {len(whole)} bytes in fragments")
        return _payloads(self._kind, whole)


def _chain(message: Message) -> tuple[int, bytes]:
    """The kind of the first payload, and all of them with their headers."""
    encoded = message.encode()
    return encoded[16], encoded[HEADER_BYTES:]


def _payloads(kind: int, chain: bytes) -> tuple[Payload, ...]:
    head = bytes(16) + bytes((kind, 0x20, 0, 0)) + bytes(4) + (HEADER_BYTES + len(chain)).to_bytes(4, "big")
    return Message.decode(head + chain).payloads
