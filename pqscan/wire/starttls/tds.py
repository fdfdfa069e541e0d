"""TLS of Microsoft SQL Server, TDS 7.x ([MS-TDS], sections 2.2.6.5 and 3.3.5.1): PRELOGIN, then the handshake inside its packets.

Once the handshake is through, records stand alone. TDS 8.0 begins with TLS and needs no prelude. No login is sent.
"""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.starttls.prelude import MOST_UNIT_BYTES, Said, Script, not_offered, other_protocol

_HEADER_BYTES = 8
_PRELOGIN, _TABULAR = 0x12, 0x04  # packet types; the server answers in the latter and shakes hands in the former
_END_OF_MESSAGE = 0x01
_MOST_PACKET_BYTES = 4096  # the size before any is agreed on
_VERSION, _ENCRYPTION, _INSTANCE, _THREAD, _MARS, _TERMINATOR = 0, 1, 2, 3, 4, 0xFF
_OFF, _ON, _NOT_SUPPORTED, _REQUIRED = 0, 1, 2, 3
_OUR_VERSION = bytes((17, 0, 0, 0, 0, 0))  # as a present driver: only its first number is looked at
_TLS_RECORDS = range(20, 24)
_APPLICATION_DATA = 23
REQUIRED = "mssql_encryption_required"


def packet_size(buffer: bytes) -> int:
    """A `Measure`: one packet of the server."""
    if buffer[0] not in (_PRELOGIN, _TABULAR):
        return other_protocol(buffer)
    if len(buffer) < 4:
        return 0
    size = int.from_bytes(buffer[2:4], "big")
    if not _HEADER_BYTES < size <= MOST_UNIT_BYTES:
        raise MalformedMessage(f"TDS packet: a length of {size}, from {_HEADER_BYTES + 1} to {MOST_UNIT_BYTES} are read")
    return size if len(buffer) >= size else 0


def prelogin() -> bytes:
    """Our PRELOGIN: encryption is asked for, nothing else wanted."""
    options = ((_VERSION, _OUR_VERSION), (_ENCRYPTION, bytes((_ON,))), (_INSTANCE, b"\0"), (_THREAD, bytes(4)), (_MARS, b"\0"))
    offset = 5 * len(options) + 1
    head, values = b"", b""
    for token, value in options:
        head += bytes((token,)) + (offset + len(values)).to_bytes(2, "big") + len(value).to_bytes(2, "big")
        values += value
    return _packet(head + bytes((_TERMINATOR,)) + values)


def mssql(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    packet = yield prelogin()
    message = packet[_HEADER_BYTES:]
    while not packet[1] & _END_OF_MESSAGE:
        packet = yield b""
        message += packet[_HEADER_BYTES:]
    options = decode_prelogin(message)
    version = options.get(_VERSION, b"")
    if len(version) == 6:
        said.software = f"SQL Server {version[0]}.{version[1]}.{int.from_bytes(version[2:4], 'big')}"
    encryption = options.get(_ENCRYPTION, b"")
    if len(encryption) != 1 or encryption[0] > _REQUIRED:
        raise MalformedMessage("PRELOGIN: no word on encryption")
    if encryption[0] == _NOT_SUPPORTED:
        raise not_offered(said, "TLS is not offered: the server says that it does not support encryption")
    if encryption[0] == _REQUIRED:
        said.note(REQUIRED)
    return b""


def decode_prelogin(message: bytes) -> dict[int, bytes]:
    """The options of a PRELOGIN message by their token. Raises MalformedMessage."""
    cursor = Cursor(message)
    options: dict[int, bytes] = {}
    while (token := cursor.uint8("PRELOGIN.token")) != _TERMINATOR:
        offset, size = cursor.uint16("PRELOGIN.offset"), cursor.uint16("PRELOGIN.length")
        if offset + size > len(message) or token in options:
            raise MalformedMessage("PRELOGIN: an option outside of the message, or twice")
        options[token] = message[offset : offset + size]
    return options


class Envelope:
    """Puts our records into packets until the handshake is through and takes the peer's out of theirs.

    TLS 1.2 and older end the handshake before the first application data. In TLS 1.3 the first protected record of ours is, or
    begins, our Finished: what follows it stands alone."""

    def __init__(self) -> None:
        self._incoming = bytearray()
        self._incoming_bare = False
        self._outgoing_bare = False

    def wrap(self, data: bytes) -> bytes:
        """Our bytes as they go out; whole TLS records."""
        wrapped, at = bytearray(), 0
        while at < len(data) and not self._outgoing_bare:
            size = min(5 + int.from_bytes(data[at + 3 : at + 5], "big"), len(data) - at)
            wrapped += b"".join(_packets(data[at : at + size]))
            self._outgoing_bare = data[at] == _APPLICATION_DATA
            at += size
        return bytes(wrapped) + data[at:]

    def unwrap(self, data: bytes) -> bytes:
        """TLS bytes in what came; b"" where no packet is whole. Raises MalformedMessage."""
        self._incoming += data
        found = bytearray()
        while self._incoming and not self._incoming_bare:
            if self._incoming[0] in _TLS_RECORDS:
                self._incoming_bare = True
                break
            if self._incoming[0] not in (_PRELOGIN, _TABULAR):
                raise MalformedMessage(f"a packet of type 0x{self._incoming[0]:02x} in the middle of the TLS handshake")
            if len(self._incoming) < 4:
                break
            size = int.from_bytes(self._incoming[2:4], "big")
            if size <= _HEADER_BYTES:
                raise MalformedMessage(f"TDS packet: a length of {size}")
            if len(self._incoming) < size:
                break
            found += self._incoming[_HEADER_BYTES:size]
            del self._incoming[:size]
        if self._incoming_bare:
            found += self._incoming
            self._incoming.clear()
        return bytes(found)


def _packets(content: bytes) -> list[bytes]:
    most = _MOST_PACKET_BYTES - _HEADER_BYTES
    parts = [content[start : start + most] for start in range(0, len(content), most)]
    return [_packet(part, number, last=number == len(parts)) for number, part in enumerate(parts, 1)]


def _packet(content: bytes, number: int = 1, *, last: bool = True) -> bytes:
    size = _HEADER_BYTES + len(content)
    return bytes((_PRELOGIN, _END_OF_MESSAGE if last else 0)) + size.to_bytes(2, "big") + bytes((0, 0, number & 0xFF, 0)) + content
