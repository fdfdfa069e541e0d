"""Servers of the DNS that play a part over TCP and UDP: healthy ones in as many words as needed, hostile and broken ones."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.peers.scripted import ScriptedServer

SOA, TXT, DNSKEY, DS, CNAME, NSEC3PARAM, MX = 6, 16, 48, 43, 5, 51, 15
AA, TC = 0x0400, 0x0200
_QUESTION_AT = b"\xc0\x0c"  # a pointer to the name in the question


def question_of(query: bytes) -> bytes:
    """The question section of a query with one question."""
    end = 12
    while query[end]:
        end += query[end] + 1
    return query[12 : end + 5]


def type_of(query: bytes) -> int:
    return int.from_bytes(question_of(query)[-4:-2], "big")


def encoded(name: str) -> bytes:
    labels = [label.encode() for label in name.split(".") if label]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def record(owner: bytes, kind: int, data: bytes) -> bytes:
    return owner + kind.to_bytes(2, "big") + b"\x00\x01" + (300).to_bytes(4, "big") + len(data).to_bytes(2, "big") + data


def soa(owner: bytes = _QUESTION_AT) -> bytes:
    return record(owner, SOA, b"\0\0" + bytes(20))


def reply(
    query: bytes, answers: tuple[bytes, ...] = (), authority: tuple[bytes, ...] = (), *, rcode: int = 0, flags: int = AA,
    identifier: bytes | None = None,
) -> bytes:  # fmt: skip
    head = (identifier or query[:2]) + (0x8000 | flags | rcode).to_bytes(2, "big")
    counts = b"\x00\x01" + len(answers).to_bytes(2, "big") + len(authority).to_bytes(2, "big") + b"\0\0"
    return head + counts + question_of(query) + b"".join(answers) + b"".join(authority)


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(2, "big") + message


def healthy(query: bytes) -> bytes:
    """A zone without keys whose parent says so."""
    if type_of(query) == SOA:
        return reply(query, (soa(),))
    parent = encoded("invalid")
    return reply(query, (), (soa(parent if type_of(query) == DS else _QUESTION_AT),))


class Answers(ScriptedServer):
    """`answer` gives the bytes for the query `number` (from 1, over all connections): framed and sent; None ends the connection.
    `raw`: sent as they are."""

    def __init__(self, answer: Callable[[bytes, int], bytes | None], *, raw: bool = False, step: int = 1 << 20) -> None:
        super().__init__()
        self._answer, self._raw, self._step = answer, raw, step
        self.queries: list[bytes] = []

    def play(self, stream: socket.socket, number: int) -> None:
        while (query := _read(stream)) is not None:
            self.queries.append(query)
            answer = self._answer(query, len(self.queries))
            if answer is None:
                return
            data = answer if self._raw else framed(answer)
            for start in range(0, len(data), self._step):
                stream.sendall(data[start : start + self._step])


class Silent(ScriptedServer):
    """Reads and never answers."""

    def play(self, stream: socket.socket, number: int) -> None:
        while stream.recv(65536):
            pass


def _read(stream: socket.socket) -> bytes | None:
    data = b""
    with contextlib.suppress(OSError):
        while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
            part = stream.recv(65536)
            if not part:
                return None
            data += part
        return data[2:]
    return None


class AnswersBoth(Answers):
    """Over UDP on the same port, too: `datagrams` gives what is sent for the datagram `number` (from 1), in order."""

    def __init__(
        self,
        datagrams: Callable[[bytes, int], tuple[bytes, ...]],
        answer: Callable[[bytes, int], bytes | None] = lambda query, _number: healthy(query),
    ) -> None:
        super().__init__(answer)
        self._datagrams = datagrams
        self._heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asked: list[bytes] = []

    def __enter__(self) -> Self:
        super().__enter__()
        self._heard.bind((self.address, self.port))
        self._start(self._hear)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with contextlib.suppress(OSError):  # Wakes the thread.
            self._heard.shutdown(socket.SHUT_RDWR)
        super().__exit__(kind, error, trace)
        self._heard.close()

    def _hear(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stopping.is_set():
                query, client = self._heard.recvfrom(65536)
                if not query:
                    return
                self.asked.append(query)
                for data in self._datagrams(query, len(self.asked)):
                    self._heard.sendto(data, client)


def cookie_of(query: bytes) -> bytes:
    """That of the question, whose last record is an OPT record with one option at the most; b"" without one."""
    options = query[len(question_of(query)) + 12 + 11 :]
    return options[4:] if options[:2] == b"\0\x0a" else b""


def with_cookie(message: bytes, cookie: bytes, *, upper: int = 0) -> bytes:
    """The message with an OPT record that carries the cookie; `upper` is that part of the error's number."""
    option = b"\0\x0a" + len(cookie).to_bytes(2, "big") + cookie if cookie else b""
    opt = b"\0" + (41).to_bytes(2, "big") + b"\x04\xd0" + bytes((upper, 0, 0, 0)) + len(option).to_bytes(2, "big") + option
    return message[:10] + b"\0\1" + message[12:] + opt
