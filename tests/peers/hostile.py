"""Hostile and broken peers, each a class: `with Floods() as peer:` plays it at `peer.port` until the block ends.

They play after a ClientHello unless they say otherwise. What stands in front of a real server is in proxy.py.
"""

from __future__ import annotations

import random
import socket

from tests.peers import messages
from tests.peers.messages import HANDSHAKE, Hello, alert, message, record, records, retry, server_hello
from tests.peers.scripted import ScriptedServer, finish, reset


class AcceptsAndCloses(ScriptedServer):
    """Ends every connection in order, at once, unread."""

    def play(self, stream: socket.socket, number: int) -> None:
        stream.shutdown(socket.SHUT_WR)
        finish(stream)


class NeverAnswers(ScriptedServer):
    """Reads the hello and stays silent, the connection open."""

    def play(self, stream: socket.socket, number: int) -> None:
        self.read_hello(stream)
        while stream.recv(65536):
            pass


class ResetsAfterHello(ScriptedServer):
    def play(self, stream: socket.socket, number: int) -> None:
        self.read_hello(stream)
        reset(stream)


class ClosesAfterHello(ScriptedServer):
    def play(self, stream: socket.socket, number: int) -> None:
        self.read_hello(stream)


class Says(ScriptedServer):
    """Answers the hello with fixed bytes and ends. `at_once`: does not wait for the hello, as greeting protocols do."""

    def __init__(self, data: bytes, *, at_once: bool = False) -> None:
        super().__init__()
        self._data = data
        self._at_once = at_once

    def play(self, stream: socket.socket, number: int) -> None:
        if not self._at_once:
            self.read_hello(stream)
        stream.sendall(self._data)
        finish(stream)


class Garbage(Says):
    """Pseudo-random bytes; the same for the same seed."""

    def __init__(self, seed: int = 1, size: int = 4096) -> None:
        super().__init__(random.Random(seed).randbytes(size))


class PlainHttp(Says):
    """A web server without TLS, as Apache and nginx answer a TLS hello on such a port."""

    def __init__(self) -> None:
        body = b"<html><body>The plain HTTP request was sent to HTTPS port</body></html>"
        super().__init__(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))


class SshBanner(Says):
    """An SSH server: it speaks first (RFC 4253, section 4.2)."""

    def __init__(self) -> None:
        super().__init__(b"SSH-2.0-OpenSSH_10.0\r\n", at_once=True)


class AlwaysAlert(Says):
    """The same alert to everyone, whatever was asked: proves nothing about any value."""

    def __init__(self, description: int = 40, level: int = 2) -> None:
        super().__init__(alert(description, level))


class Floods(ScriptedServer):
    """Sends up to `size` bytes of well-formed records without end: `kind` "records" (one endless Certificate message),
    "empty" (records of no length), "warnings" (warning alerts), "zeros" (no TLS at all)."""

    def __init__(self, kind: str = "records", size: int = 100_000_000) -> None:
        super().__init__()
        self.sent = 0
        self._kind = kind
        self._size = size

    def play(self, stream: socket.socket, number: int) -> None:
        hello = messages.read_hello(self.read_hello(stream))
        chunks = {
            "records": record(HANDSHAKE, b"\x0b\xff\xff\xff" + bytes(16380)),
            "empty": record(HANDSHAKE, b"") * 3000,
            "warnings": alert(90, level=1) * 2000,
            "zeros": bytes(16384),
        }
        if self._kind == "records":
            stream.sendall(record(HANDSHAKE, server_hello(hello, suite=0xC02F, version=0x0303)))
        while self.sent < self._size:
            stream.sendall(chunks[self._kind])
            self.sent += len(chunks[self._kind])


class Drips(ScriptedServer):
    """A well-formed answer, one byte every `interval_seconds`: it would take hours."""

    def __init__(self, interval_seconds: float = 1.0) -> None:
        super().__init__()
        self._interval_seconds = interval_seconds

    def play(self, stream: socket.socket, number: int) -> None:
        hello = messages.read_hello(self.read_hello(stream))
        answer = record(HANDSHAKE, server_hello(hello, suite=0xC02F, version=0x0303)) + records(
            HANDSHAKE, message(11, bytes(10000))
        )
        for byte in answer:
            stream.sendall(bytes([byte]))
            if not self.pause(self._interval_seconds):
                return


class LiesAboutLength(ScriptedServer):
    """One length is wrong: `where` is "record" (longer than what comes, then the end), "oversized_record" (beyond 2^14 + 256),
    "handshake" (the message claims 16 MB), "session_id", "extensions", "certificate" (an entry longer than its list)."""

    PLACES = ("record", "oversized_record", "handshake", "session_id", "extensions", "certificate")

    def __init__(self, where: str) -> None:
        super().__init__()
        self._where = where

    def play(self, stream: socket.socket, number: int) -> None:
        hello = messages.read_hello(self.read_hello(stream))
        honest = server_hello(hello, suite=0xC02F, version=0x0303)
        lie = bytearray(honest)
        if self._where == "record":
            stream.sendall(record(HANDSHAKE, honest)[:3] + (len(honest) + 100).to_bytes(2, "big") + honest)
        elif self._where == "oversized_record":
            stream.sendall(bytes([HANDSHAKE, 3, 3, 0xFF, 0xFF]) + honest + bytes(65535 - len(honest)))
        elif self._where == "certificate":
            stream.sendall(record(HANDSHAKE, honest) + record(HANDSHAKE, message(11, b"\0\0\x10" + b"\0\xff\xff" + bytes(13))))
        else:
            if self._where == "handshake":
                lie[1:4] = b"\xff\xff\xff"
            elif self._where == "session_id":
                lie[4 + 34] = 0xFF
            else:
                lie += b"\xff\xff\0\x2b"
                lie[1:4] = (len(lie) - 4).to_bytes(3, "big")
            stream.sendall(record(HANDSHAKE, bytes(lie)))
        finish(stream)


class ClosesMidRecord(ScriptedServer):
    """Ends in order after half of its ServerHello, or resets there."""

    def __init__(self, *, by_reset: bool = False) -> None:
        super().__init__()
        self._by_reset = by_reset

    def play(self, stream: socket.socket, number: int) -> None:
        answer = record(HANDSHAKE, server_hello(messages.read_hello(self.read_hello(stream)), suite=0xC02F, version=0x0303))
        stream.sendall(answer[: len(answer) // 2])
        if self._by_reset:
            self.pause(0.05)  # Let the half arrive; a reset throws away what was not read yet.
            reset(stream)
        else:
            finish(stream)


class HugeCertificate(ScriptedServer):
    """TLS 1.2 with a Certificate message of `size` bytes that keeps every format rule: one certificate of zeros."""

    def __init__(self, size: int = 10_000_000) -> None:
        super().__init__()
        self._size = size

    def play(self, stream: socket.socket, number: int) -> None:
        hello = messages.read_hello(self.read_hello(stream))
        entry = (self._size - 6).to_bytes(3, "big") + bytes(self._size - 6)
        stream.sendall(record(HANDSHAKE, server_hello(hello, suite=0xC02F, version=0x0303)))
        stream.sendall(records(HANDSHAKE, message(11, len(entry).to_bytes(3, "big") + entry)))
        stream.sendall(record(HANDSHAKE, message(14, b"")))
        finish(stream)


class RetriesForever(ScriptedServer):
    """Answers every hello of a connection with a HelloRetryRequest; a client has to break off at the second."""

    def play(self, stream: socket.socket, number: int) -> None:
        for _ in range(1000):
            data = self.read_hello(stream)
            if not data:
                return
            hello = messages.read_hello(data)
            group = next((group for group in hello.groups if group not in hello.shares), 0x0017)
            stream.sendall(record(HANDSHAKE, retry(hello, suite=_first_suite(hello), group=group)))


class RetriesBadly(ScriptedServer):
    """One HelloRetryRequest that breaks a rule: `how` is "group_not_offered", "share_already_sent", "nothing_to_change",
    "suite_not_offered", "empty_cookie", "huge_cookie" (60,000 bytes; allowed), "suite_changes" (between retry and ServerHello),
    "group_changes" (the ServerHello answers in another group than the one asked for)."""

    WAYS = (
        "group_not_offered",
        "share_already_sent",
        "nothing_to_change",
        "suite_not_offered",
        "empty_cookie",
        "huge_cookie",
        "suite_changes",
        "group_changes",
    )

    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how

    def play(self, stream: socket.socket, number: int) -> None:
        hello = messages.read_hello(self.read_hello(stream))
        suite = _first_suite(hello)
        fresh = next((group for group in hello.groups if group not in hello.shares and not _is_grease(group)), 0x0017)
        answers = {
            "group_not_offered": retry(hello, suite=suite, group=0xFE31),
            "share_already_sent": retry(hello, suite=suite, group=hello.shares[0] if hello.shares else 0x001D),
            "nothing_to_change": retry(hello, suite=suite),
            "suite_not_offered": retry(hello, suite=0x13FE, group=fresh),
            "empty_cookie": retry(hello, suite=suite, group=fresh, cookie=b""),
            "huge_cookie": retry(hello, suite=suite, group=fresh, cookie=b"\xc0" * 60000),
            "suite_changes": retry(hello, suite=suite, group=fresh),
            "group_changes": retry(hello, suite=suite, group=fresh),
        }
        stream.sendall(records(HANDSHAKE, answers[self._how]))
        second = self.read_hello(stream)
        if second and second[0] == HANDSHAKE:
            other_suite = 0x1302 if suite == 0x1301 else 0x1301
            hello = messages.read_hello(second)
            group = 0x0018 if fresh != 0x0018 else 0x0017
            answer = server_hello(
                hello,
                suite=other_suite if self._how == "suite_changes" else suite,
                group=group if self._how == "group_changes" else fresh,
                share=bytes(1200),
            )
            stream.sendall(record(HANDSHAKE, answer))
        finish(stream)


class PicksUnoffered(ScriptedServer):
    """A ServerHello that picks what was not offered: `what` is "group", "suite", "version" (0x0305) or "old_version" (SSLv3)."""

    CHOICES = ("group", "suite", "version", "old_version")

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what

    def play(self, stream: socket.socket, number: int) -> None:
        hello = messages.read_hello(self.read_hello(stream))
        suite = _first_suite(hello)
        answers = {
            "group": server_hello(hello, suite=suite, group=0xFE31, share=bytes(32)),
            "suite": server_hello(hello, suite=0x13FE, group=0x001D, share=bytes(range(32))),
            "version": server_hello(hello, suite=suite, group=0x001D, share=bytes(range(32)), version=0x0305),
            "old_version": server_hello(hello, suite=0x002F, version=0x0300),
        }
        stream.sendall(record(HANDSHAKE, answers[self._what]))
        finish(stream)


def _first_suite(hello: Hello) -> int:
    return next((suite for suite in hello.suites if 0x1301 <= suite <= 0x1305), 0x1301)


def _is_grease(value: int) -> bool:
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF
