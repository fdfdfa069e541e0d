"""One question and its answer on one connection: a server takes one NEGOTIATE a connection and closes on a second."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerClosed
from pqscan.wire.smb.frame import FrameBuffer, encode_frame
from pqscan.wire.smb.negotiate import MARK, NegotiateRequest, NegotiateResponse
from pqscan.wire.smb.version1 import NegotiateResponse1, request


class SmbQuestion:
    """NEGOTIATE of SMB 2 and 3, or of SMB 1 where `asked` is None."""

    def __init__(self, asked: NegotiateRequest | None) -> None:
        self._due = encode_frame(request() if asked is None else asked.encode())
        self._buffer = FrameBuffer()
        self._is_old = asked is None
        self.answer: NegotiateResponse | None = None
        self.old_answer: NegotiateResponse1 | None = None

    @property
    def finished(self) -> bool:
        return self.answer is not None or self.old_answer is not None

    def bytes_to_send(self) -> bytes:
        due, self._due = self._due, b""
        return due

    def receive(self, data: bytes) -> None:
        """Raises MalformedMessage, WrongProtocol."""
        message = None if self.finished else self._buffer.receive(data)
        if message is None:
            return
        if message.startswith(MARK):
            if self._is_old:  # A server may answer so where SMB 2 was named, which it was not.
                raise MalformedMessage("the server answered SMB 1 with a message of SMB 2")
            self.answer = NegotiateResponse.decode(message)
        else:
            self.old_answer = NegotiateResponse1.decode(message)

    def peer_closed(self) -> None:
        raise PeerClosed("the server closed the connection instead of an answer to NEGOTIATE")
