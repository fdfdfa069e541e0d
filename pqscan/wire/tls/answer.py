"""What one hello brought back: how it ended, and everything the server said until then."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from operator import attrgetter

from pqscan.wire.tls.words import Version


class Ending(StrEnum):
    """How a conversation ended. Only FLIGHT, HELLO and RETRY are choices of the server that say yes; ALERT says no."""

    FLIGHT = "flight"  # the whole server flight, in TLS 1.3 with a Finished that verified
    HELLO = "hello"  # a ServerHello that cannot be carried further here
    RETRY = "retry"  # a HelloRetryRequest that was not, or could not be, answered
    ALERT = "alert"
    CLOSED = "closed"
    RESET = "reset"
    SILENCE = "silence"
    MALFORMED = "malformed"
    WRONG_PROTOCOL = "wrong_protocol"


@dataclass(slots=True)
class Answer:
    """Filled while the conversation runs; None where the server did not get to say it.

    `retry_group` and `retry_suite` stand in a HelloRetryRequest, `group` and `cipher_suite` in the ServerHello.
    `anomalies` are behaviours worth telling (codes of `Subject.BEHAVIOUR`).
    """

    ending: Ending = Ending.SILENCE
    alert: int | None = None
    version: Version | None = None
    cipher_suite: int | None = None
    group: int | None = None
    retry_suite: int | None = None
    retry_group: int | None = None
    scheme: int | None = None
    prime_bits: int | None = None
    prime_sha256: bytes | None = None
    explicit_curve_bits: int | None = None
    alpn: str | None = None
    certificates: tuple[bytes, ...] = ()
    client_certificate_requested: bool | None = None
    finished_verified: bool = False
    picked_unoffered: bool = False  # a suite, group or version that no hello of ours listed
    hello_bytes: int = 0  # size of the largest hello that was sent
    closing_means_no: bool = False  # the peer closed, as it does on what nobody can accept
    anomalies: list[str] = field(default_factory=list)
    problem: str = ""
    like: str = ""  # the protocol that an answer which is none of TLS begins like

    @property
    def content(self) -> tuple[object, ...]:
        """All of it as a key: answers with equal contents say the same."""
        return (*_FIELDS(self), *self.anomalies)

    @property
    def said_no(self) -> bool:
        """A refusal in words, or by the close with which this peer was seen to refuse the impossible."""
        return self.ending is Ending.ALERT or self.closing_means_no

    @property
    def said_yes(self) -> bool:
        """The server chose something, a hello, a retry or a whole flight, and broke no rule in saying so. A retry without a
        group only hands out a cookie, so that what became of the second hello counts."""
        named = self.retry_group is not None or self.ending is Ending.RETRY
        chose = self.cipher_suite is not None or (self.retry_suite is not None and named)
        return chose and self.ending not in (Ending.MALFORMED, Ending.WRONG_PROTOCOL) and not self.picked_unoffered

    @property
    def chosen_suite(self) -> int | None:
        return self.cipher_suite if self.cipher_suite is not None else self.retry_suite

    @property
    def chosen_group(self) -> int | None:
        return self.group if self.group is not None else self.retry_group

    def note(self, anomaly: str) -> None:
        if anomaly not in self.anomalies:
            self.anomalies.append(anomaly)


_FIELDS = attrgetter(*(each.name for each in fields(Answer) if each.name != "anomalies"))
