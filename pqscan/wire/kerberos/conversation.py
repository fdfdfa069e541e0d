"""One question to a KDC over TCP: four bytes of length before each message (RFC 4120, section 7.2.2)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerClosed, WrongProtocol
from pqscan.wire.greetings import protocol_like
from pqscan.wire.kerberos.answer import KdcAnswer, decode_answer
from pqscan.wire.kerberos.request import AsRequest

MOST_BYTES = 1 << 16


class KerberosQuestion:
    def __init__(self, asked: AsRequest) -> None:
        message = asked.encode()
        self._due = len(message).to_bytes(4, "big") + message
        self._data = b""
        self.answer: KdcAnswer | None = None
        self.received = b""
        """The message that was answered, without its length."""

    @property
    def finished(self) -> bool:
        return self.answer is not None

    def bytes_to_send(self) -> bytes:
        due, self._due = self._due, b""
        return due

    def receive(self, data: bytes) -> None:
        """Raises MalformedMessage, WrongProtocol."""
        self._data += data
        if self.finished or len(self._data) < 4:
            return
        if self._data[0]:  # 16 MiB and more are no answer: other protocols begin so.
            raise WrongProtocol("the answer is none of Kerberos", like=protocol_like(self._data))
        size = int.from_bytes(self._data[:4], "big")
        if size > MOST_BYTES:
            raise MalformedMessage(f"an answer of a KDC has more than {MOST_BYTES} bytes")
        if len(self._data) >= 4 + size:
            self.received = self._data[4 : 4 + size]
            self.answer = decode_answer(self.received)

    def peer_closed(self) -> None:
        raise PeerClosed("the KDC closed the connection before it answered")
