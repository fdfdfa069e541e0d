"""Servers that begin in plain text: by the book in front of a TLS server of the lab, and in every wrong way.

Dialogues come from `tests/peers/dialogues.py`. The packets of TDS are made and opened here a second time.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

from tests.peers.dialogues import DIALOGUES, prelogin_answer
from tests.peers.proxy import Proxy
from tests.peers.scripted import ScriptedServer, finish

_MOST_REQUEST_BYTES = 4096


def hear(stream: socket.socket, expected: bytes) -> None:
    """Reads what the client should say. Raises OSError, which ends the connection, where it says anything else."""
    data = b""
    while len(data) < len(expected):
        part = stream.recv(len(expected) - len(data))
        if not part:
            raise OSError("the client ended")
        data += part
    if data != expected:
        raise OSError(f"the client said {data!r}")


class Opens(Proxy):
    """Says the dialogue of a protocol and passes TLS on to `backend_port`. `words`: what clients were heard to say is counted."""

    def __init__(self, flavour: str, backend_port: int) -> None:
        super().__init__(backend_port)
        self._flavour = flavour
        self.opened = 0

    def play(self, stream: socket.socket, number: int) -> None:
        dialogue = DIALOGUES[self._flavour]
        hear(stream, dialogue.opening)
        for theirs, ours in dialogue.turns:
            stream.sendall(theirs)
            hear(stream, ours)
        with self._lock:
            self.opened += 1
        self.pass_on(stream)


class OpensUntil(Opens):
    """As `Opens` for so many connections; whoever comes later is told `later` instead of a greeting."""

    def __init__(self, flavour: str, backend_port: int, most: int, later: bytes) -> None:
        super().__init__(flavour, backend_port)
        self._most = most
        self._later = later

    def play(self, stream: socket.socket, number: int) -> None:
        if number <= self._most:
            super().play(stream, number)
            return
        stream.sendall(self._later)
        finish(stream)


class OpensInPackets(Proxy):
    """SQL Server: PRELOGIN, then the TLS handshake inside packets of type 0x12, and records alone from the client's first on."""

    def play(self, stream: socket.socket, number: int) -> None:
        hear(stream, DIALOGUES["mssql"].opening)
        stream.sendall(prelogin_answer())
        with socket.create_connection((self.address, self._backend_port), timeout=30) as backend:
            bare = threading.Event()
            back = threading.Thread(target=_pack, args=(backend, stream, bare), daemon=True)
            back.start()
            try:
                while (head := _exactly(stream, 8))[:1] == b"\x12":
                    backend.sendall(_exactly(stream, int.from_bytes(head[2:4], "big") - 8))
                if head[:1] == b"\x17":
                    bare.set()
                    while head:
                        backend.sendall(head)
                        head = stream.recv(65536)
            finally:
                backend.shutdown(socket.SHUT_WR)
                back.join(timeout=10)


def _pack(backend: socket.socket, stream: socket.socket, bare: threading.Event) -> None:
    try:
        while data := backend.recv(1000):  # Records are cut by packets, and packets by segments.
            head = b"" if bare.is_set() else b"\x12\x01" + (8 + len(data)).to_bytes(2, "big") + b"\0\0\0\0"
            stream.sendall(head + data)
        stream.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            return b""
        data += part
    return data


class Turns(ScriptedServer):
    """Says fixed things: each after whatever the client says to the one before. `at_once` False: the client speaks first."""

    def __init__(self, *turns: bytes, at_once: bool = True, stays: bool = False) -> None:
        super().__init__()
        self._turns = turns
        self._at_once = at_once
        self._stays = stays

    def play(self, stream: socket.socket, number: int) -> None:
        for place, turn in enumerate(self._turns):
            if (place or not self._at_once) and not stream.recv(_MOST_REQUEST_BYTES):
                return
            stream.sendall(turn)
        if self._stays:
            self.wait_until_stopped()
        finish(stream)


class Drips(ScriptedServer):
    """A greeting whose bytes come one by one, for ever."""

    def play(self, stream: socket.socket, number: int) -> None:
        while self.pause(0.05):
            stream.sendall(b"x")


class Floods(ScriptedServer):
    """One line again and again, as fast as it is taken."""

    def __init__(self, line: bytes, tell: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._line = line

    def play(self, stream: socket.socket, number: int) -> None:
        while True:
            stream.sendall(self._line * 64)
