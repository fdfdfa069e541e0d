"""SSH servers that play a part: healthy ones with chosen lists, hostile and broken ones; all are scripted servers on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.peers.scripted import ScriptedServer, finish, reset
from tests.unit.wire.ssh.server_model import ServerModel, kexinit, packet, text

BANNER = b"SSH-2.0-scripted\r\n"


class Healthy(ScriptedServer):
    """A server that carries the exchange through; `make` gives the model for a connection's number."""

    def __init__(self, make: Callable[[int], ServerModel]) -> None:
        super().__init__()
        self._make = make
        self.models: list[ServerModel] = []

    def play(self, stream: socket.socket, number: int) -> None:
        model = self._make(number)
        self.models.append(model)
        stream.sendall(model.greeting())
        while part := stream.recv(65536):
            answer = model.receive(part)
            if answer:
                stream.sendall(answer)


class Sends(ScriptedServer):
    """Fixed bytes to everyone, whole or byte by byte; then an orderly end, a reset, or silence."""

    def __init__(self, data: bytes, *, end: str = "close", step: int = 1 << 20) -> None:
        super().__init__()
        self._data, self._end, self._step = data, end, step

    def play(self, stream: socket.socket, number: int) -> None:
        for start in range(0, len(self._data), self._step):
            stream.sendall(self._data[start : start + self._step])
        if self._end == "reset":
            stream.recv(1)
            reset(stream)
        elif self._end == "silence":
            while stream.recv(65536):
                pass
        else:
            finish(stream)


class Tires(Healthy):
    """Answers the first `patience` connections and turns the others away with `words` (b"": it just hangs up)."""

    def __init__(self, patience: int, words: bytes, model: Callable[[int], ServerModel]) -> None:
        super().__init__(model)
        self._patience, self._words = patience, words

    def play(self, stream: socket.socket, number: int) -> None:
        if number <= self._patience:
            super().play(stream, number)
        else:
            stream.sendall(self._words)
            finish(stream)


def endless_lines() -> Sends:
    return Sends(b"welcome\r\n" * 500_000)


def huge_banner() -> Sends:
    return Sends(b"SSH-2.0-" + b"x" * 1_000_000 + b"\r\n")


def huge_packet() -> Sends:
    return Sends(BANNER + b"\xff\xff\xff\xff" + bytes(1000))


def many_names() -> Sends:
    return Sends(BANNER + packet(kexinit(",".join(f"n{number}" for number in range(10_000)))))


def two_kexinits() -> Sends:
    return Sends(BANNER + packet(kexinit()) * 2)


def disconnects() -> Sends:
    return Sends(BANNER + packet(b"\x01\0\0\0\x02" + text(b"no") + text(b"")))
