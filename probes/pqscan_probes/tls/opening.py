"""The preludes of one attempt: one on each connection, and what the service told in them, once for the whole outcome."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile

from pqscan.errors import (
    MalformedMessage,
    PeerClosed,
    PeerError,
    PeerRejected,
    PeerThrottled,
    PeerTimedOut,
    WrongProtocol,
)
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.net.starttls import begin_tls
from pqscan.net.stream import Stream
from pqscan.wire.starttls.flavours import prelude
from pqscan.wire.starttls.prelude import NOT_OFFERED, PLAINTEXT_AFTER, STANDARD_SECURITY, Said
from pqscan.wire.tls.answer import Answer, Ending

HTTP = "http_without_tls"  # a behaviour, and the reason that tells it
_MOST_DETAIL = 200  # characters of an error kept as a parameter of a reason


class Unopened(Exception):
    """The first prelude did not lead to TLS: nothing is asked again. Never leaves this package."""

    def __init__(self, cause: PeerError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Opening:
    """`flavour` None: TLS begins with the first byte, and all of this does nothing."""

    def __init__(self, flavour: str | None, server_name: str | None) -> None:
        self._flavour = flavour
        self._server_name = server_name
        self._said = Said()
        self._has_passed = False

    async def begin(self, stream: Stream) -> Stream:
        """Says the prelude and gives the stream for TLS. Raises Unopened where none has led to TLS before, else PeerError.

        Who let us through before and does not now limits how often it may be asked: it counts as a reset, which proves nothing."""
        if self._flavour is None:
            return stream
        conversation = prelude(self._flavour, self._server_name)
        try:
            carrier = await begin_tls(conversation, stream)
        except PeerError as error:
            if not self._has_passed:
                raise Unopened(error) from error
            if isinstance(error, PeerClosed | PeerTimedOut | MalformedMessage):
                raise
            raise PeerClosed(str(error), by_reset=True) from error
        finally:
            self._remember(conversation.said)
        self._has_passed = True
        return carrier

    def look_at(self, answer: Answer) -> None:
        """Plain text in the place of TLS after the go-ahead is the same thing as plain text right behind it."""
        if self._flavour is not None and answer.ending is Ending.WRONG_PROTOCOL:
            self._said.note(PLAINTEXT_AFTER)
            answer.ending, answer.like = Ending.MALFORMED, ""

    @property
    def observations(self) -> tuple[Observation, ...]:
        """What the service told in plain text."""
        software = (_fact(Subject.SOFTWARE, self._said.software),) if self._said.software else ()
        behaviours = (
            replace(_fact(Subject.BEHAVIOUR, name), parameters=parameters) for name, parameters in self._said.behaviours.items()
        )
        return (*software, *behaviours)

    def facts_without_tls(self, error: Unopened | MalformedMessage | WrongProtocol, depth: str, asked: str) -> Facts:
        """What is left where TLS never came about. Raises the PeerError where that is nothing.

        Who told in the words of its protocol that it has no TLS, or answers a hello in HTTP, has answered all that is asked."""
        cause = error.cause if isinstance(error, Unopened) else error
        detail = str(cause)[:_MOST_DETAIL]
        match cause:
            case PeerRejected(phrase=phrase) if phrase in (NOT_OFFERED, STANDARD_SECURITY):
                return Facts(self.observations, depth=depth, asked=asked, detail=Reason.of(phrase, detail=detail))
            case WrongProtocol(like="HTTP") if self._flavour is None:
                return Facts((_fact(Subject.BEHAVIOUR, HTTP),), depth=depth, asked=asked, detail=Reason.of(HTTP))
            case PeerRejected():
                status, reason = OutcomeStatus.REJECTED, Reason.of(cause.phrase, detail=detail)
            case PeerThrottled():
                status, reason = OutcomeStatus.THROTTLED, Reason.of("starttls_put_off", detail=detail)
            case MalformedMessage() if PLAINTEXT_AFTER in self._said.behaviours:
                status, reason = OutcomeStatus.MALFORMED, Reason.of(PLAINTEXT_AFTER, detail=detail)
            case _:
                raise cause
        return Facts(self.observations, depth=depth, complete=False, status=status, detail=reason)

    def _remember(self, said: Said) -> None:
        """Of a greeting that changes from connection to connection only what stays is kept."""
        known = self._said.software
        if not self._has_passed and not known:
            self._said.software = said.software
        elif said.software and said.software != known:
            pairs = zip(known.split(), said.software.split(), strict=False)
            self._said.software = " ".join(word for word, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        for name, parameters in said.behaviours.items():
            self._said.note(name, **dict(parameters))


def _fact(subject: Subject, value: str) -> Observation:
    return Observation(subject, value, Support.OFFERED)
