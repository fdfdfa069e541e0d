"""What every protocol's handshake gives the harness: a trial, a trace that a person can read, and the fact that it proves.

TLS is in `harness/tls`, with STARTTLS as a prelude; SSH (RFC 10042) in `harness/ssh`, IKEv2 (RFC 9370) in `harness/ike`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from pqscan.model.observation import Observation
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial
from pqscan.net.stream import Dialer

DEPTH = "handshake"
"""The depth of their profiles: nothing was surveyed, single handshakes were carried through."""


@dataclass(frozen=True, slots=True)
class Carried:
    """One handshake that was tried. `trace` has a line for each message, without any secret; `proven` is None unless the key
    agreement was verified on both sides: the peer's proof here, and ours by what came back after it."""

    trial: Trial
    trace: tuple[str, ...] = ()
    proven: Observation | None = None


class Handshake(Protocol):
    """One handshake to carry through with one peer: one connection, ended in order."""

    @property
    def name(self) -> str:
        """Its trial's name, unique among those of a peer."""

    async def carry_through(self, target: NetworkTarget, dialer: Dialer) -> Carried:
        """Never raises on account of the peer: what it does is in the trial."""


DialerMaker = Callable[[], Dialer]
"""A dialer for one connection, made in the running loop: its deadline is that of one handshake."""
Told = Callable[[Carried], None]
"""Hears of each handshake when it is over."""


def label_of(target: NetworkTarget) -> str:
    """The peer as trials and people call it: `name@address:port`, `name@address:port/smtp`, `address:500/udp`."""
    name = target.server_name or target.host
    return replace(target, server_name=None if name == target.address else name).spelling
