"""What one exchange of a case brought: how far the gateway went, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from pqscan.model.reason import Reason
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.payloads import KeyExchange
from pqscan.wire.ike.reply import Reply
from pqscan.wire.ike.words import notify_name


class Progress(IntEnum):
    """How far a gateway went with us; each stage shows that it took everything sent before it."""

    NOTHING = 0
    CHOSEN = 1  # an SA payload with its choice
    ENCAPSULATED = 2  # the ciphertext of an ML-KEM, under the keys of the first exchange
    ANSWERED = 3  # an answer to IKE_AUTH that opens under the last keys: both sides hold the same


class Ended(StrEnum):
    OURS = "ours"  # we had seen enough
    NOTIFY = "notify"  # an error
    SILENCE = "silence"
    BROKEN = "broken"  # an answer that cannot be gone on with
    FLOOD = "flood"
    NO_CONNECTION = "no_connection"


_WITH_PROBLEM = frozenset({Ended.BROKEN, Ended.FLOOD, Ended.NO_CONNECTION})
_MOST_PROBLEM = 120


@dataclass(slots=True)
class Seen:
    """Filled while an exchange runs; None where the gateway did not get to say it. `question` and `answer` are those of
    IKE_SA_INIT, `opened` the payloads of protected answers. `in_clear`: its error came unprotected where keys were in use.
    `recovered`: it passed over what was wrong and answered the right message after it. `first` and `again` are the datagrams
    that answered one request and its repetition."""

    progress: Progress = Progress.NOTHING
    ended: Ended = Ended.OURS
    problem: str = ""
    notify: int | None = None
    in_clear: bool = False
    recovered: bool = False
    question: Message | None = None
    answer: Message | None = None
    reply: Reply | None = None
    method: int | None = None
    public: bytes = b""
    ciphertext: KeyExchange | None = None
    opened: list[Payload] = field(default_factory=list)
    first: tuple[bytes, ...] = ()
    again: tuple[bytes, ...] = ()

    def reach(self, progress: Progress) -> None:
        self.progress = max(self.progress, progress)

    @property
    def told(self) -> tuple[Reason, ...]:
        """For people: how far the gateway went, and how the exchange ended."""
        parameters = {}
        if self.ended is Ended.NOTIFY:
            parameters["notify"] = notify_name(self.notify or 0)
        elif self.ended in _WITH_PROBLEM:
            parameters["problem"] = self.problem[:_MOST_PROBLEM]
        reached = Reason.of(f"conformance.ike.reached.{self.progress.name.lower()}")
        ended = "passed_over" if self.recovered and self.ended is Ended.SILENCE else self.ended.value
        return reached, Reason.of(f"conformance.ike.ended.{ended}", **parameters)
