"""What the two ends of SSH say before keys are in use: identification and name lists (RFC 4253, sections 4.2 and 7)."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerThrottled, WrongProtocol
from pqscan.wire.ssh.banner import Identification, IdentificationReader
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.packet import PacketReader
from pqscan.wire.ssh.words import Message

_NAME_BYTES = 100  # of memory, for a name in a list


class SshEnd:
    """One side. Nothing that it sends makes this raise: what cannot be read ends it, and `problem` says why."""

    __slots__ = ("_greeting", "_packets", "finished", "identification", "kexinit", "problem")

    def __init__(self) -> None:
        self.identification: Identification | None = None
        self.kexinit: KexInit | None = None
        self.finished = False
        self.problem = ""
        self._greeting = IdentificationReader()
        self._packets = PacketReader()

    @property
    def held_bytes(self) -> int:
        """About as much memory as what waits and what was read."""
        names = 0 if self.kexinit is None else sum(map(len, self.kexinit.lists))
        return self._greeting.pending + self._packets.pending + _NAME_BYTES * names

    def feed(self, data: bytes) -> None:
        if self.finished:
            return
        try:
            if self.identification is None:
                found = self._greeting.feed(data)
                if found is None:
                    return
                self.identification, data = found
            for payload in self._packets.feed(data):
                if payload[0] == Message.KEXINIT:
                    self.kexinit, self.finished = KexInit.decode(payload), True
                    return
        except (MalformedMessage, WrongProtocol, PeerThrottled) as error:
            self.problem, self.finished = str(error), True


class SshTalk:
    """Both sides; `finished` when each has said its lists, or cannot be read."""

    __slots__ = ("client_end", "server_end")

    def __init__(self) -> None:
        self.client_end = SshEnd()
        self.server_end = SshEnd()

    @property
    def held_bytes(self) -> int:
        return self.client_end.held_bytes + self.server_end.held_bytes

    @property
    def finished(self) -> bool:
        return self.client_end.finished and self.server_end.finished

    def client(self, data: bytes) -> None:
        self.client_end.feed(data)

    def server(self, data: bytes) -> None:
        self.server_end.feed(data)
