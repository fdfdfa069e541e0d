"""One question and its answer over UDP (RFC 1035, section 4.2.1): which datagram is the answer, and which is dropped as forged.

An answer repeats the identifier, the question octet for octet and the client's cookie (RFC 5452, section 9.1; RFC 7873, section
5.3). A server that once gave a cookie gives one each time. What is dropped does not end the wait: the true answer may follow."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.bounds import HEADER_BYTES, behind_name, refuse_costly
from pqscan.wire.dns.cookies import BAD_COOKIE, CLIENT_BYTES, read_extension

_RESPONSE, _TRUNCATED = 0x80, 0x02
_NO_ERROR = 0


@dataclass(slots=True)
class Cookies:
    """`client` is ours, 8 octets by chance; `server` what the server gave last, b"" until it gives one."""

    client: bytes
    server: bytes = b""

    @property
    def option(self) -> bytes:
        """What a question carries."""
        return self.client + self.server


class DatagramExchange:
    """`answer` is the whole message, None until it has come; `is_cut`: it is to be asked over TCP (RFC 7766, section 5)."""

    def __init__(self, question: bytes, cookies: Cookies) -> None:
        """`question` is a whole message with one question, and `cookies` those that it carries."""
        self._identifier = question[:2]
        self._asked = question[HEADER_BYTES : behind_name(question, HEADER_BYTES) + 4]
        self._cookies = cookies
        self.dropped = 0
        self.answer: bytes | None = None
        self.is_cut = False
        self.has_bad_cookie = False

    def receive(self, data: bytes) -> None:
        """Takes the answer, or drops what is none; learns the server's cookie."""
        try:
            taken = self._repeats_the_question(data) and self._is_proven(data)
        except MalformedMessage:
            taken = False
        if taken:
            self.answer = data
        else:
            self.dropped += 1

    def _repeats_the_question(self, data: bytes) -> bool:
        if len(data) < HEADER_BYTES or data[:2] != self._identifier or not data[2] & _RESPONSE:
            return False
        if data[4:6] == b"\0\1":
            return data[HEADER_BYTES : HEADER_BYTES + len(self._asked)] == self._asked
        return data[4:6] == b"\0\0" and data[3] & 0x0F != _NO_ERROR  # An error may come without the question.

    def _is_proven(self, data: bytes) -> bool:
        """Whether it carries the cookie of the question, where it has one, and one of the server where that has them. Who forges
        one that is cut gets nothing: what counts is then asked over TCP. Raises MalformedMessage."""
        self.is_cut = bool(data[2] & _TRUNCATED)
        if self.is_cut:
            return True
        refuse_costly(data)
        extension = read_extension(data)
        cookie = extension.cookie
        if (cookie and cookie[:CLIENT_BYTES] != self._cookies.client) or (not cookie and self._cookies.server):
            return False
        if len(cookie) > CLIENT_BYTES:
            self._cookies.server = cookie[CLIENT_BYTES:]
        self.has_bad_cookie = extension.rcode == BAD_COOKIE
        return True
