"""One GET and its response over HTTP/1.1 (RFC 9112), bounded: the head, and of the body no more than is wanted.

Left out: trailers, compression (none is asked for), further requests on the connection."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pqscan.errors import MalformedMessage, PeerClosed, WrongProtocol
from pqscan.wire.greetings import protocol_like

MOST_HEAD = 1 << 14
MOST_FIELDS = 100
MOST_INTERIM = 4  # responses with a status of 1xx before the one that counts
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?")
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,128}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")
_MOST_LINE = 4096


@dataclass(frozen=True, slots=True)
class Response:
    """`fields` as they were sent, names in lower case; `is_cut`: the body is longer than what was wanted, or broke off."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes = b""
    is_cut: bool = False

    def field(self, name: str) -> str | None:
        """The first of that name, None where there is none."""
        return next((value for each, value in self.fields if each == name), None)


def request(host: str, path: str) -> bytes:
    """A GET that ends the connection. `host` is a name or a literal address with its port where that is not usual; both are ASCII
    without blanks, which the caller has made sure of."""
    lines = (f"GET {path} HTTP/1.1", f"Host: {host}", "User-Agent: pqscan", "Accept: */*", "Connection: close", "", "")
    return "\r\n".join(lines).encode("ascii")


class HttpExchange:
    """Fulfils `Conversation`. `most_body` 0: the head is all that is wanted, and the exchange ends with it."""

    def __init__(self, sent: bytes, most_body: int = 0) -> None:
        self._due = sent
        self._most_body = most_body
        self._received = bytearray()
        self._head: Response | None = None
        self._body = bytearray()
        self._left: int | None = None  # of the body, or of the chunk; None: until the end of the connection
        self._is_chunked = False
        self._in_chunk = False
        self._interim = 0
        self.response: Response | None = None

    @property
    def finished(self) -> bool:
        return self.response is not None

    def bytes_to_send(self) -> bytes:
        due, self._due = self._due, b""
        return due

    def receive(self, data: bytes) -> None:
        """Raises MalformedMessage, and WrongProtocol where the bytes begin like another protocol."""
        self._received += data
        while self.response is None and self._head is None:
            if not self._take_head():
                return
        if self.response is None:
            self._take_body()

    def peer_closed(self) -> None:
        """Raises PeerClosed where nothing came, MalformedMessage where the head broke off."""
        if self.response is not None:
            return
        if self._head is None:
            if not self._received:
                raise PeerClosed("the server closed the connection before it answered")
            raise MalformedMessage("the server closed within the head of its response")
        is_whole = self._left is None and not self._is_chunked
        self._finish(is_cut=not is_whole)

    def _take_head(self) -> bool:
        """Whether a whole head was there."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) >= 5 and not self._received.startswith(b"HTTP/"):
                like = protocol_like(bytes(self._received[:64]))
                raise WrongProtocol("the answer is no response of HTTP", like="" if like == "HTTP" else like)
            if len(self._received) > MOST_HEAD:
                raise MalformedMessage(f"the head of the response has more than {MOST_HEAD} bytes")
            return False
        if end > MOST_HEAD:
            raise MalformedMessage(f"the head of the response has more than {MOST_HEAD} bytes")
        head = _read_head(bytes(self._received[:end]))
        del self._received[: end + 4]
        if head.status < 200:
            self._interim += 1
            if self._interim > MOST_INTERIM:
                raise MalformedMessage("one interim response follows the other")
            return True
        self._begin_body(head)
        return True

    def _begin_body(self, head: Response) -> None:
        self._head = head
        if self._most_body == 0 or head.status in (204, 304):
            self.response = head
            return
        length = head.field("content-length")
        if "chunked" in (head.field("transfer-encoding") or "").lower():
            self._is_chunked, self._left = True, 0
        elif length is not None:
            if not (length.isascii() and length.isdigit() and len(length) < 16):
                raise MalformedMessage("the length of the response is no number")
            self._left = int(length)

    def _take_body(self) -> None:
        while self.response is None:
            if self._is_chunked and not self._left and not self._next_chunk():
                return
            if self.response is not None:
                return
            part = bytes(self._received if self._left is None else self._received[: self._left])
            del self._received[: len(part)]
            self._body += part[: self._most_body + 1 - len(self._body)]
            if len(self._body) > self._most_body:
                del self._body[self._most_body :]
                self._finish(is_cut=True)
                return
            if self._left is None:
                return
            self._left -= len(part)
            if not self._left and not self._is_chunked:
                self._finish(is_cut=False)
                return
            if not part and self._left:
                return

    def _next_chunk(self) -> bool:
        """Reads the size of the next chunk (RFC 9112, section 7.1); False where it is not all there."""
        if self._in_chunk:  # The end of the line behind the last one.
            if len(self._received) < 2:
                return False
            if self._received[:2] != b"\r\n":
                raise MalformedMessage("a chunk of the response is longer than it says")
            del self._received[:2]
            self._in_chunk = False
        end = self._received.find(b"\r\n")
        if end < 0:
            if len(self._received) > _MOST_LINE:
                raise MalformedMessage("the size of a chunk of the response is no number")
            return False
        size = _CHUNK.fullmatch(bytes(self._received[:end]))
        if size is None:
            raise MalformedMessage("the size of a chunk of the response is no number")
        del self._received[: end + 2]
        self._left, self._in_chunk = int(size.group(1), 16), True
        if not self._left:
            self._finish(is_cut=False)
        return True

    def _finish(self, *, is_cut: bool) -> None:
        if self._head is not None:
            self.response = replace(self._head, body=bytes(self._body), is_cut=is_cut)


def _read_head(data: bytes) -> Response:
    lines = data.split(b"\r\n")
    status = _STATUS.fullmatch(lines[0])
    if status is None:
        raise MalformedMessage("the response of HTTP begins with no status line")
    if len(lines) - 1 > MOST_FIELDS:
        raise MalformedMessage(f"the response has more than {MOST_FIELDS} fields")
    fields = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise MalformedMessage("a field of the response has no name")
        fields.append((name.decode("ascii").lower(), _printable(value.strip(b" \t"))))
    return Response(int(status.group(1)), tuple(fields))


def _printable(value: bytes) -> str:
    return "".join(chr(octet) if 0x20 <= octet < 0x7F else f"\\x{octet:02x}" for octet in value)
