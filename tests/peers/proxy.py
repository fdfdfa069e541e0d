"""Proxies in front of a real server of the lab: what stands between an honest server and its clients.

Splitting, slowness, dropping of large hellos, throttling. Time comes from a clock that a test can set.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable

from tests.peers.messages import CHANGE_CIPHER_SPEC, HANDSHAKE, alert, record
from tests.peers.scripted import ScriptedServer, finish, reset


class ManualClock:
    """A clock that only a test moves; seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class Proxy(ScriptedServer):
    """Passes everything on, unchanged. Subclasses change `to_client`, or meet a connection before it is passed on."""

    def __init__(self, backend_port: int) -> None:
        super().__init__()
        self._backend_port = backend_port

    def play(self, stream: socket.socket, number: int) -> None:
        self.pass_on(stream)

    def pass_on(self, stream: socket.socket, already_read: bytes = b"") -> None:
        """Carry bytes both ways until one side ends. `already_read` of the client goes first."""
        with (
            socket.create_connection((self.address, self._backend_port), timeout=30) as backend,
            selectors.DefaultSelector() as selector,
        ):
            backend.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if already_read:
                backend.sendall(already_read)
            selector.register(stream, selectors.EVENT_READ)
            selector.register(backend, selectors.EVENT_READ)
            splitter = self.splitter()
            while ready := selector.select(timeout=30):
                for key, _ in ready:
                    source = key.fileobj
                    assert isinstance(source, socket.socket)
                    data = source.recv(65536)
                    if source is stream and data:
                        backend.sendall(data)
                    elif source is stream:
                        selector.unregister(stream)
                        backend.shutdown(socket.SHUT_WR)
                    elif data:
                        splitter(stream, data)
                    else:
                        finish(stream)
                        return

    def splitter(self) -> Callable[[socket.socket, bytes], None]:
        """A new way, for one connection, to give the server's bytes to the client."""
        return socket.socket.sendall


class OneByteWrites(Proxy):
    """The server's answer comes one byte at a time, as fast as that goes."""

    def splitter(self) -> Callable[[socket.socket, bytes], None]:
        def send(stream: socket.socket, data: bytes) -> None:
            for byte in data:
                stream.sendall(bytes([byte]))

        return send


class SmallRecords(Proxy):
    """The server's plaintext handshake comes in records of at most `size` bytes (RFC 9846, section 5.1); encrypted records
    cannot be split by a proxy and pass as they are."""

    def __init__(self, backend_port: int, size: int = 1) -> None:
        super().__init__(backend_port)
        self._size = size

    def splitter(self) -> Callable[[socket.socket, bytes], None]:
        waiting, plain = b"", True

        def send(stream: socket.socket, data: bytes) -> None:
            nonlocal waiting, plain
            waiting += data
            out = b""
            while len(waiting) >= 5 and len(waiting) >= (end := 5 + int.from_bytes(waiting[3:5], "big")):
                kind, version, body = waiting[0], int.from_bytes(waiting[1:3], "big"), waiting[5:end]
                plain = plain and kind != CHANGE_CIPHER_SPEC
                if plain and kind == HANDSHAKE:
                    out += b"".join(record(kind, body[at : at + self._size], version) for at in range(0, len(body), self._size))
                else:
                    out += waiting[:end]
                waiting = waiting[end:]
            stream.sendall(out)

        return send


class Slow(Proxy):
    """Honest, but every piece of the answer waits `delay_seconds` first."""

    def __init__(self, backend_port: int, delay_seconds: float = 0.2) -> None:
        super().__init__(backend_port)
        self._delay_seconds = delay_seconds

    def splitter(self) -> Callable[[socket.socket, bytes], None]:
        def send(stream: socket.socket, data: bytes) -> None:
            self.pause(self._delay_seconds)
            stream.sendall(data)

        return send


class DropsLargeHellos(Proxy):
    """A hello of more than `limit` bytes on the wire meets `how`: "silence", "reset" or "close"; smaller ones pass."""

    def __init__(self, backend_port: int, limit: int = 1400, how: str = "silence") -> None:
        super().__init__(backend_port)
        self.dropped = 0
        self._limit = limit
        self._how = how

    def play(self, stream: socket.socket, number: int) -> None:
        data = self.read_hello(stream)
        if len(data) <= self._limit:
            self.pass_on(stream, data)
            return
        self.dropped += 1
        _refuse(self, stream, self._how)


class Throttles(Proxy):
    """Passes `after` connections on, then meets each with `how`: "reset", "alert", "silence" or "close".

    It recovers when `recover_after_attempts` were met so, or `recover_after_seconds` of `clock` have passed since the first of
    them (whichever is set; neither: never), then for good, or with `again` for `after` more connections each time."""

    def __init__(
        self,
        backend_port: int,
        after: int,
        how: str,
        *,
        recover_after_attempts: int | None = None,
        recover_after_seconds: float | None = None,
        again: bool = False,
        clock: Callable[[], float] = time.monotonic,
        alert_description: int = 80,
    ) -> None:
        super().__init__(backend_port)
        self.throttled = 0
        self._after = after
        self._how = how
        self._recover_after_attempts = recover_after_attempts
        self._recover_after_seconds = recover_after_seconds
        self._again = again
        self._clock = clock
        self._alert_description = alert_description
        self._passed = 0
        self._met = 0
        self._since: float | None = None
        self._recovered = False

    def play(self, stream: socket.socket, number: int) -> None:
        if self._lets_pass():
            self.pass_on(stream)
            return
        self.read_hello(stream)
        _refuse(self, stream, self._how, self._alert_description)

    def _lets_pass(self) -> bool:
        with self._lock:
            if self._since is not None and self._has_recovered(self._since):
                self._since, self._met, self._passed, self._recovered = None, 0, 0, not self._again
            if self._recovered or self._passed < self._after:
                self._passed += 1
                return True
            self._since = self._clock() if self._since is None else self._since
            self._met += 1
            self.throttled += 1
            return False

    def _has_recovered(self, since: float) -> bool:
        enough = self._recover_after_attempts is not None and self._met >= self._recover_after_attempts
        late = self._recover_after_seconds is not None and self._clock() - since >= self._recover_after_seconds
        return enough or late


def _refuse(server: ScriptedServer, stream: socket.socket, how: str, description: int = 80) -> None:
    if how == "reset":
        reset(stream)
    elif how == "alert":
        stream.sendall(alert(description))
        finish(stream)
    elif how == "silence":
        while stream.recv(65536):  # Until the client has had enough.
            pass
    elif how != "close":
        raise ValueError(how)
