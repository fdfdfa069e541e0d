"""The SSLv2 hello exchange (draft-hickman-netscape-ssl-00): enough to see whether a server still answers it, and with what.

SSLv2 was prohibited by RFC 6176; it is asked only on request, with one connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire import builder
from pqscan.wire.cursor import Cursor
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.words import ContentType, Version

_CLIENT_HELLO, _SERVER_HELLO = 1, 4
_MOST_RECORD_BYTES = 0x7FFF


@dataclass(frozen=True, slots=True)
class Sslv2ServerHello:
    """`cipher_kinds` are 24-bit code points in the server's list; `certificate` is DER, empty where none was sent."""

    version: int
    certificate: bytes
    cipher_kinds: tuple[int, ...]

    @classmethod
    def decode(cls, message: bytes) -> Self:
        """From the body of one record. Raises MalformedMessage."""
        cursor = Cursor(message)
        if cursor.uint8("SERVER-HELLO.msg") != _SERVER_HELLO:
            raise MalformedMessage("the SSLv2 answer is no SERVER-HELLO")
        cursor.uint8("session_id_hit")
        cursor.uint8("certificate_type")
        version = cursor.uint16("server_version")
        certificate_bytes = cursor.uint16("certificate_length")
        kinds_bytes = cursor.uint16("cipher_specs_length")
        connection_id_bytes = cursor.uint16("connection_id_length")
        certificate = cursor.take(certificate_bytes, "certificate")
        kinds = cursor.take(kinds_bytes, "cipher_specs")
        cursor.take(connection_id_bytes, "connection_id")
        cursor.finish("SERVER-HELLO")
        if kinds_bytes % 3:
            raise MalformedMessage(f"cipher_specs: {kinds_bytes} bytes are no list of 24-bit values")
        return cls(version, certificate, tuple(int.from_bytes(kinds[i : i + 3], "big") for i in range(0, kinds_bytes, 3)))


def sslv2_client_hello(cipher_kinds: tuple[int, ...], challenge: bytes) -> bytes:
    """The record to send: every 24-bit cipher kind, no session, a challenge of 16 to 32 bytes."""
    kinds = b"".join(kind.to_bytes(3, "big") for kind in cipher_kinds)
    body = (
        bytes((_CLIENT_HELLO,))
        + builder.uint16(Version.SSL2)
        + builder.uint16(len(kinds))
        + builder.uint16(0)
        + builder.uint16(len(challenge))
        + kinds
        + challenge
    )
    return (0x8000 | len(body)).to_bytes(2, "big") + body


class Sslv2Conversation:
    """One hello, one answer. `server_hello` is set where the server speaks SSLv2; `answer.ending` tells how it ended.

    No peer bytes make it raise anything."""

    def __init__(self, cipher_kinds: tuple[int, ...], challenge: bytes) -> None:
        self.answer = Answer()
        self.server_hello: Sslv2ServerHello | None = None
        self.finished = False
        self._outgoing = sslv2_client_hello(cipher_kinds, challenge)
        self._buffer = bytearray()
        self.answer.hello_bytes = len(self._outgoing)

    def bytes_to_send(self) -> bytes:
        data, self._outgoing = self._outgoing, b""
        return data

    def receive(self, data: bytes) -> None:
        """Take in bytes from the peer: an SSLv2 record, or the alert record of a newer server."""
        if self.finished:
            return
        self._buffer += data[: _MOST_RECORD_BYTES + 3]
        try:
            self._read()
        except MalformedMessage as error:
            self._end(Ending.MALFORMED, str(error))

    def peer_closed(self) -> None:
        if not self.finished:
            self._end(Ending.CLOSED)

    def give_up(self, ending: Ending, problem: str = "") -> None:
        if not self.finished:
            self._end(ending, problem)

    def _read(self) -> None:
        cursor = Cursor(bytes(self._buffer))
        if cursor.remaining < 2:
            return
        if self._buffer[0] == ContentType.ALERT and self._buffer[1] == 3:
            if cursor.remaining >= 7:
                self.answer.alert = self._buffer[6]
                self._end(Ending.ALERT)
            return
        head = cursor.uint16("record")
        if head & 0x8000:
            size = head & _MOST_RECORD_BYTES
        else:
            if cursor.remaining < 1:
                return
            cursor.uint8("padding")
            size = head & 0x3FFF
        if cursor.remaining < size:
            return
        self.server_hello = Sslv2ServerHello.decode(cursor.take(size, "record"))
        self.answer.version = Version.SSL2
        if self.server_hello.certificate:
            self.answer.certificates = (self.server_hello.certificate,)
        self._end(Ending.HELLO)

    def _end(self, ending: Ending, problem: str = "") -> None:
        self.answer.ending = ending
        self.answer.problem = problem
        self.finished = True
