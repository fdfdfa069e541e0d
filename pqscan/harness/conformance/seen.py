"""What one connection of a case brought: how far the server went, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from pqscan.model.reason import Reason
from pqscan.wire.tls.messages import ServerHello
from pqscan.wire.tls.words import AlertDescription


class Progress(IntEnum):
    """How far a server went with us; each stage shows that it took everything sent before it."""

    NOTHING = 0
    RETRY = 1  # a HelloRetryRequest
    HELLO = 2  # a ServerHello; some servers send it before they look at what they answer
    PROTECTED = 3  # a protected record that is too long for an alert: it goes on
    FLIGHT = 4  # its Finished, verified
    APPLICATION = 5  # an answer to what we sent after our Finished: data, or the KeyUpdate that we asked for


class Ended(StrEnum):
    OURS = "ours"  # we had seen enough
    ALERT = "alert"
    CLOSE_NOTIFY = "close_notify"
    CLOSED = "closed"  # a FIN and no alert
    RESET = "reset"
    SILENCE = "silence"
    MALFORMED = "malformed"
    FLOOD = "flood"  # more than is waited for: records that hold nothing, tickets, KeyUpdates, data
    WRONG_PROTOCOL = "wrong_protocol"
    NO_CONNECTION = "no_connection"


_WITH_PROBLEM = frozenset({Ended.MALFORMED, Ended.FLOOD, Ended.WRONG_PROTOCOL, Ended.NO_CONNECTION})
_MOST_PROBLEM = 120


@dataclass(slots=True)
class Seen:
    """Filled while an exchange runs; None where the server did not get to say it. `signed_hash` is the transcript hash under
    `signature`, `share` and `group` stand in the ServerHello, `extensions` in EncryptedExtensions; `listed_groups` are those that
    one of our hellos listed: a server may go by the first."""

    progress: Progress = Progress.NOTHING
    ended: Ended = Ended.OURS
    problem: str = ""
    alert: int | None = None
    client_random: bytes = b""
    session_id: bytes = b""
    offered_extensions: tuple[int, ...] = ()
    listed_groups: tuple[int, ...] = ()
    retry: ServerHello | None = None
    retries: int = 0
    hello: ServerHello | None = None
    group: int | None = None
    share: bytes = b""
    compatible: bool = False  # a change_cipher_spec came
    extensions: tuple[int, ...] = ()
    certificates: tuple[bytes, ...] = ()
    scheme: int | None = None
    signature: bytes = b""
    signed_hash: bytes = b""
    client_certificate_requested: bool = False
    tickets: int = 0
    application_bytes: int = 0
    key_updates: int = 0
    data_before_key_update: bool = False
    unasked_data: bool = False  # came before our second flight went out
    unasked_key_updates: bool = False  # likewise
    under_old_keys: bool = False  # its alert, after its Finished, came under the keys of its flight
    messages: list[int] = field(default_factory=list)  # handshake types in the order in which they came

    def reach(self, progress: Progress) -> None:
        self.progress = max(self.progress, progress)

    @property
    def talks_unasked(self) -> bool:
        """Something came that no message of ours can have caused, so that the like of it later is no answer either."""
        return self.unasked_data or self.unasked_key_updates

    @property
    def lacks_certificate(self) -> bool:
        """The server ended it after its flight, for want of a client's certificate (RFC 9846, section 4.5.1.3)."""
        return self.client_certificate_requested and self.ended is Ended.ALERT and self.progress is Progress.FLIGHT

    @property
    def told(self) -> tuple[Reason, ...]:
        """For people: how far the server went, and how the connection ended."""
        parameters = {}
        if self.ended is Ended.ALERT:
            parameters["alert"] = alert_name(self.alert or 0)
        elif self.ended in _WITH_PROBLEM:
            parameters["problem"] = self.problem[:_MOST_PROBLEM]
        reached = Reason.of(f"conformance.seen.reached.{self.progress.name.lower()}")
        return reached, Reason.of(f"conformance.seen.ended.{self.ended.value}", **parameters)


def alert_name(number: int) -> str:
    """`illegal_parameter (47)`; a plain number where no alert of that number is listed."""
    try:
        return f"{AlertDescription(number).name.lower()} ({number})"
    except ValueError:
        return str(number)
