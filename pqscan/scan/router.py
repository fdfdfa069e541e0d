"""Which probe asks a place first, and which after it: the port or the user says what to try, the server's answer what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pqscan.errors import UsageError
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.probe import NetworkProbe
from pqscan.registry import services
from pqscan.registry.services import Protocol

_FIRST = "tls"
"""What is tried over TCP where neither the user nor the port says anything: a hello of TLS makes most others say what they are."""


@dataclass(frozen=True, slots=True)
class Question:
    """A target with the probe that asks it; `target.starttls` is what that probe says before TLS."""

    probe: NetworkProbe
    target: NetworkTarget


class Router:
    """Chooses among the probes of a run. With one probe alone, that one asks everything."""

    def __init__(self, probes: Iterable[NetworkProbe]) -> None:
        self._probes = {probe.name: probe for probe in probes}
        if not self._probes:
            raise UsageError("a scan needs a probe")
        self._only = next(iter(self._probes.values())) if len(self._probes) == 1 else None

    def first(self, target: NetworkTarget, service: str = "") -> Question:
        """`service` is the protocol that the user named; `target.starttls` is kept where it is set already."""
        if self._only is not None or target.starttls is not None:
            return Question(self._only or self._probes["tls"], target)
        usual = services.protocol(service) if service else services.usual_protocol(target.port, target.transport.value)
        return self._question(usual or services.protocol(_FIRST), target)

    def after(self, asked: Question, outcome: Outcome) -> Question | None:
        """The probe for what the answer looked like, unless that has just been asked; None where the outcome stands."""
        if self._only is not None or outcome.detail is None:
            return None
        first = self._question(services.protocol(_FIRST), asked.target)
        hung_up = outcome.status is OutcomeStatus.CLOSED_EARLY and outcome.profile is None
        if hung_up and asked != first and asked.target.transport is Transport.TCP:
            return first  # It hung up on words that it does not know, without one of its own.
        if outcome.status is not OutcomeStatus.WRONG_PROTOCOL:
            return None
        word = str(dict(outcome.detail.parameters).get("what", ""))
        meant = services.protocol_like(word)
        if meant is None or meant.transport != asked.target.transport.value:
            return None
        question = self._question(meant, asked.target)
        return None if question == asked else question

    def again(self, target: NetworkTarget, probe: str) -> Question:
        """A second try of what that probe asked."""
        known = self._probes.get(probe)
        return self.first(target) if known is None else Question(known, target)

    def _question(self, meant: Protocol | None, target: NetworkTarget) -> Question:
        probe = None if meant is None else self._probes.get(meant.probe)
        if meant is None or probe is None:
            return Question(next(iter(self._probes.values())), target)
        return Question(probe, target if target.starttls == meant.starttls else replace(target, starttls=meant.starttls))


def only(make: Callable[[], NetworkProbe]) -> Router:
    """Everything to one probe. `partial(only, ThatProbe)` is a factory that other processes can be sent."""
    return Router((make(),))
