"""How a message of SMB stands on TCP: a zero byte, three bytes of length, the message ([MS-SMB2], section 2.1)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.wire.cursor import Cursor
from pqscan.wire.greetings import protocol_like

MOST_BYTES = 1 << 16  # of an answer to a NEGOTIATE; real ones have a few hundred
_KEEP_ALIVE, _REFUSAL = 0x85, 0x83  # of NetBIOS (RFC 1002, section 4.3), which speaks on port 139
_MOST_IDLE = 64  # of them before the answer
_MARKS = (b"\xfeSMB", b"\xffSMB")


def encode_frame(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


def decode_frame(data: bytes) -> bytes:
    """The message of exactly one frame. Raises MalformedMessage."""
    cursor = Cursor(data)
    if cursor.uint8("frame of SMB") != 0:
        raise MalformedMessage("a frame of SMB begins with a zero byte")
    message = cursor.opaque24("frame of SMB", least=4, most=MOST_BYTES)
    cursor.finish("frame of SMB")
    if message[:4] not in _MARKS:
        raise MalformedMessage("a frame holds no message of SMB")
    return message


class FrameBuffer:
    """Collects the bytes of one answer until its frame is whole."""

    def __init__(self) -> None:
        self._data = b""
        self._idle = 0

    def receive(self, data: bytes) -> bytes | None:
        """The message once it is there. Raises MalformedMessage, and WrongProtocol where the first bytes are of no SMB."""
        self._data += data
        while self._data[:4] == bytes([_KEEP_ALIVE, 0, 0, 0]):
            self._data = self._data[4:]
            self._idle += 1
            if self._idle > _MOST_IDLE:
                raise MalformedMessage(f"the peer floods: more than {_MOST_IDLE} messages that bring nothing")
        start = self._data[:8]
        if start[:1] not in (b"", b"\x00"):
            if start[0] == _REFUSAL:
                raise WrongProtocol("the server wants a session of NetBIOS first: ask its port 445")
            raise WrongProtocol("the answer is none of SMB", like=protocol_like(self._data))
        if len(start) >= 4 and int.from_bytes(start[:4], "big") > MOST_BYTES:
            raise MalformedMessage(f"an answer of SMB has more than {MOST_BYTES} bytes")
        if len(start) == 8 and start[4:] not in _MARKS:
            raise WrongProtocol("the answer is none of SMB")
        size = 4 + int.from_bytes(start[:4], "big")
        return decode_frame(self._data[:size]) if len(start) >= 4 and len(self._data) >= size else None
