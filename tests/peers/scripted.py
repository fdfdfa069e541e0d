"""The base of servers that play a part: one thread accepts, one thread for each connection plays. Loopback only, bounded.

No script waits on a clock that a test cannot end: `pause` returns at once when the server stops.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType
from typing import Self

_MOST_AT_ONCE = 64
_PATIENCE_SECONDS = 30.0  # For each single read or write.


class ScriptedServer:
    """`with Garbage() as peer:` and `peer.address`, `peer.port`. Subclasses say in `play` what a connection meets."""

    address = "127.0.0.1"

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.hellos: list[bytes] = []  # What clients sent first, as records, in the order of arrival; at most 1,000.
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []

    def play(self, stream: socket.socket, number: int) -> None:
        """What the connection `number` (from 1) meets. OSError ends it quietly; it is closed afterwards."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.address, 0), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept, self._listener)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping.set()
        assert self._listener is not None
        with contextlib.suppress(OSError):  # Wakes the accepting thread; closing alone does not.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            streams, threads = list(self._open), list(self._threads)
        for stream in streams:
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(timeout=10)

    def pause(self, seconds: float) -> bool:
        """Wait; False where the server is being stopped."""
        return not self._stopping.wait(seconds)

    def wait_until_stopped(self) -> None:
        self._stopping.wait()

    def read_hello(self, stream: socket.socket) -> bytes:
        """The records of one ClientHello, or what came before the client ended; kept in `hellos`."""
        data = b""
        while len(data) < 1 << 17:
            handshake, rest = b"", data
            while len(rest) >= 5 and len(rest) >= 5 + int.from_bytes(rest[3:5], "big"):
                length = int.from_bytes(rest[3:5], "big")
                handshake, rest = handshake + rest[5 : 5 + length] * (rest[0] == 22), rest[5 + length :]
            if len(handshake) >= 4 and len(handshake) >= 4 + int.from_bytes(handshake[1:4], "big"):
                break
            part = stream.recv(65536)
            if not part:
                break
            data += part
        with self._lock:
            if len(self.hellos) < 1000:
                self.hellos.append(data)
        return data

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopping.is_set():
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                number = self.connections
                too_many = len(self._open) >= _MOST_AT_ONCE
                if not too_many:
                    self._open.add(stream)
            if too_many:
                stream.close()
            else:
                self._start(self._play, stream, number)

    def _play(self, stream: socket.socket, number: int) -> None:
        try:
            stream.settimeout(_PATIENCE_SECONDS)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.play(stream, number)
        except (OSError, IndexError):
            pass  # The client went first, or sent no hello that a script can read.
        finally:
            with self._lock:
                self._open.discard(stream)
            stream.close()

    def _start(self, target: object, *arguments: object) -> None:
        assert callable(target)
        thread = threading.Thread(target=target, args=arguments, daemon=True, name=type(self).__name__)
        with self._lock:
            self._threads = [known for known in self._threads if known.is_alive()] + [thread]
            thread.start()


def reset(stream: socket.socket) -> None:
    """Close with a TCP reset instead of an orderly end."""
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    stream.close()


def finish(stream: socket.socket) -> None:
    """End our side in order and read what still comes, so that no reset overtakes our last bytes."""
    with contextlib.suppress(OSError):
        stream.shutdown(socket.SHUT_WR)
        left = 1 << 20
        while left > 0 and (part := stream.recv(65536)):
            left -= len(part)
