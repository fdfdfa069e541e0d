"""The record layer of a server that says which rule a client broke (RFC 9846, sections 5 to 5.4): every refusal has its alert.

The scanner's reader in `wire/tls/record.py` is lenient on purpose; this one is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.tls.key_schedule import Protection
from pqscan.wire.tls.record import MOST_PLAINTEXT
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType

_MOST_CIPHERTEXT = MOST_PLAINTEXT + 256
_MOST_HANDSHAKE = 1 << 17  # bytes of one handshake message, and of one that is not whole yet
_HEADER = 5


class Refusal(MalformedMessage):
    """The client broke a rule; `alert` is what the standard says it is to be told."""

    def __init__(self, alert: AlertDescription, message: str) -> None:
        super().__init__(message)
        self.alert = alert


class Records:
    """Takes a client's bytes, gives whole records, opened once `incoming` is set. Raises Refusal only.

    `may_be_compatible` says whether a change_cipher_spec may come now: after the first ClientHello and before the client's
    Finished (section 5)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.incoming: Protection | None = None
        self.may_be_compatible = False

    @property
    def pending(self) -> int:
        return len(self._buffer)

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Content type and content of each record that is whole now; change_cipher_spec records are checked and dropped."""
        self._buffer += data
        while len(self._buffer) >= _HEADER:
            kind, size = self._buffer[0], int.from_bytes(self._buffer[3:5], "big")
            self.check_header(kind, self._buffer[1], size)
            if len(self._buffer) < _HEADER + size:
                return
            header, fragment = bytes(self._buffer[:_HEADER]), bytes(self._buffer[_HEADER : _HEADER + size])
            del self._buffer[: _HEADER + size]
            if kind == ContentType.CHANGE_CIPHER_SPEC:
                self.check_compatibility_record(fragment)
            elif self.incoming is None:
                self.check_content(kind, fragment)
                yield kind, fragment
            else:
                yield self._open(self.incoming, kind, header, fragment)

    def check_header(self, kind: int, major_version: int, size: int) -> None:
        """Raises Refusal for a type that TLS does not have and a length that no record may have."""
        if kind not in (20, 21, 22, 23) or major_version != 3:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, f"a record of type {kind}")
        most = MOST_PLAINTEXT if self.incoming is None or kind != ContentType.APPLICATION_DATA else _MOST_CIPHERTEXT
        if size > most:
            raise Refusal(AlertDescription.RECORD_OVERFLOW, f"a record of {size} bytes, {most} are allowed")

    def check_compatibility_record(self, fragment: bytes) -> None:
        """RFC 9846, section 5: the single byte 1, and only between the first ClientHello and the client's Finished."""
        if fragment != b"\x01" or not self.may_be_compatible:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, "a change_cipher_spec out of place or of another value")

    def check_content(self, kind: int, content: bytes) -> None:
        """RFC 9846, sections 5.1 and 5.4: handshake and alert records are never empty."""
        if not content and kind != ContentType.APPLICATION_DATA:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, f"an empty record of type {kind}")

    def _open(self, protection: Protection, kind: int, header: bytes, fragment: bytes) -> tuple[int, bytes]:
        if kind == ContentType.ALERT:  # A client that could not derive our keys says so in the clear.
            self.check_content(kind, fragment)
            return kind, fragment
        if kind != ContentType.APPLICATION_DATA:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, f"an unprotected record of type {kind} after the keys")
        try:
            inner, content = protection.open(header, fragment)
        except MalformedMessage as error:  # A record that does authenticate but holds padding only has no cause.
            told = AlertDescription.UNEXPECTED_MESSAGE if error.__cause__ is None else AlertDescription.BAD_RECORD_MAC
            raise Refusal(told, str(error)) from error
        if len(content) > MOST_PLAINTEXT:
            raise Refusal(AlertDescription.RECORD_OVERFLOW, f"{len(content)} bytes in one record")
        if inner not in (ContentType.ALERT, ContentType.HANDSHAKE, ContentType.APPLICATION_DATA):
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, f"a protected record of inner type {inner}")
        self.check_content(inner, content)
        return inner, content


class Messages:
    """Joins handshake fragments into whole messages. Raises Refusal."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def pending(self) -> int:
        return len(self._buffer)

    def feed(self, fragment: bytes) -> Iterator[bytes]:
        """The whole messages, headers included, one at a time."""
        self._buffer += fragment
        while len(self._buffer) >= 4:
            size = int.from_bytes(self._buffer[1:4], "big")
            if size > _MOST_HANDSHAKE:
                raise Refusal(AlertDescription.DECODE_ERROR, f"a handshake message of {size} bytes")
            if len(self._buffer) < 4 + size:
                return
            message = bytes(self._buffer[: 4 + size])
            del self._buffer[: 4 + size]
            yield message


def framed(kind: HandshakeType, body: bytes) -> bytes:
    """A handshake message: its header and `body`."""
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body
