"""One question and its answer on a TCP stream (RFC 1035, section 4.2.2; RFC 7766): two octets of length before each message.

Only the header is read here (RFC 1035, section 4.1.1): whether the message answers the question, by its identifier. What peers send
beside the answer is dropped, and there may not be much of it."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerClosed, WrongProtocol
from pqscan.wire.dns.bounds import HEADER_BYTES
from pqscan.wire.greetings import protocol_like

MOST_MESSAGE = 0xFFFF
MOST_OTHERS = 4  # messages that answer another question: a server may answer in any order (RFC 7766, section 6.2.1.1)
_RESPONSE = 0x80


class Exchange:
    """Fulfils `Conversation`. `answer` is the whole message, None until it has come. `rest` are the first bytes of the stream that
    an exchange before it left unread."""

    def __init__(self, question: bytes, rest: bytes = b"") -> None:
        """`question` is a whole message. Raises nothing."""
        self._question = question
        self._due = len(question).to_bytes(2, "big") + question
        self._received = bytearray(rest)
        self._others = 0
        self._has_framed = False
        self.answer: bytes | None = None

    @property
    def finished(self) -> bool:
        return self.answer is not None

    @property
    def rest(self) -> bytes:
        """What came behind the answer."""
        return bytes(self._received)

    def bytes_to_send(self) -> bytes:
        due, self._due = self._due, b""
        return due

    def receive(self, data: bytes) -> None:
        """Raises MalformedMessage for what is no message of the DNS, WrongProtocol where it begins like another protocol."""
        self._received += data
        while self.answer is None and len(self._received) >= 2:
            size = int.from_bytes(self._received[:2], "big")
            if not self._has_framed and len(self._received) >= 5:
                self._refuse_others(size)
            if size < HEADER_BYTES:
                raise MalformedMessage(f"a message of {size} bytes, and a header alone has {HEADER_BYTES}")
            if len(self._received) < 2 + size:
                return
            message = bytes(self._received[2 : 2 + size])
            del self._received[: 2 + size]
            self._take(message)

    def peer_closed(self) -> None:
        """Raises PeerClosed, MalformedMessage, WrongProtocol."""
        if self._received:
            self._refuse_others(MOST_MESSAGE)
            raise MalformedMessage(f"the server closed in the middle of a message, after {len(self._received)} bytes")
        raise PeerClosed("the server closed the connection before it answered")

    def _take(self, message: bytes) -> None:
        self._has_framed = True
        if message[:2] == self._question[:2] and message[2] & _RESPONSE:
            self.answer = message
            return
        self._others += 1
        if self._others > MOST_OTHERS:
            raise MalformedMessage(f"{self._others} messages came that answer nothing that was asked")

    def _refuse_others(self, size: int) -> None:
        """The words with which other protocols begin have no identifier of ours behind two octets."""
        start = bytes(self._received)
        like = protocol_like(start)
        if like and start[2:4] != self._question[:2]:
            raise WrongProtocol(f"the answer begins like {like}", like=like)
