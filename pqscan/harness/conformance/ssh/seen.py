"""What one connection of a case brought: how far the server went, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from pqscan.model.reason import Reason
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.words import Disconnect


class Progress(IntEnum):
    """How far a server went with us; each stage shows that it took everything sent before it."""

    NOTHING = 0
    LISTS = 1  # its KEXINIT, which it may send before it has read anything
    REPLY = 2  # its part of the key exchange
    OPENED = 3  # a packet that opens under its new keys; it may send that before it has read ours
    ANSWERED = 4  # an answer to what we sent under ours
    ACCEPTED = 5  # SERVICE_ACCEPT


class Ended(StrEnum):
    OURS = "ours"  # we had seen enough
    DISCONNECT = "disconnect"
    CLOSED = "closed"
    RESET = "reset"
    SILENCE = "silence"
    MALFORMED = "malformed"
    FLOOD = "flood"
    THROTTLED = "throttled"
    WRONG_PROTOCOL = "wrong_protocol"
    NO_CONNECTION = "no_connection"


_WITH_PROBLEM = frozenset({Ended.MALFORMED, Ended.FLOOD, Ended.THROTTLED, Ended.WRONG_PROTOCOL, Ended.NO_CONNECTION})
_MOST_PROBLEM = 120


@dataclass(slots=True)
class Seen:
    """Filled while an exchange runs; None where the server did not get to say it. `messages` are the numbers of what came, in
    order; `code` the reason of its DISCONNECT; `share` its public value; `verified` how its signature over the exchange hash came
    out."""

    progress: Progress = Progress.NOTHING
    ended: Ended = Ended.OURS
    problem: str = ""
    code: int | None = None
    lists: KexInit | None = None
    is_strict: bool = False
    share: bytes = b""
    algorithm: str = ""
    verified: bool | None = None
    messages: list[int] = field(default_factory=list)

    def reach(self, progress: Progress) -> None:
        self.progress = max(self.progress, progress)

    @property
    def told(self) -> tuple[Reason, ...]:
        """For people: how far the server went, and how the connection ended."""
        parameters = {}
        if self.ended is Ended.DISCONNECT:
            parameters["why"] = reason_name(self.code)
        elif self.ended in _WITH_PROBLEM:
            parameters["problem"] = self.problem[:_MOST_PROBLEM]
        reached = Reason.of(f"conformance.ssh.reached.{self.progress.name.lower()}")
        return reached, Reason.of(f"conformance.ssh.ended.{self.ended.value}", **parameters)


def reason_name(code: int | None) -> str:
    """`key_exchange_failed (3)`; a plain number where no reason of that number is listed."""
    try:
        return f"{Disconnect(code or 0).name.lower()} ({code})"
    except ValueError:
        return str(code)
