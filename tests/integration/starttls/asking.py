"""The services of Debian that begin TLS by request, each started once, and what the probe found at each."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

import pytest
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.demo.certificates import CertificateMaker
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.peers import services
from tests.peers.services import ServicePeer
from tests.peers.truth import Truth, load_truth


class Seen:
    """The facts of one target, as questions."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    def of(self, subject: Subject, support: Support | None = None, context: str | None = None) -> list[Observation]:
        found = [each for each in self.facts.observations if each.subject is subject and support in (None, each.support)]
        return [each for each in found if context in (None, each.context)]

    def values(self, subject: Subject, support: Support | None = None, context: str | None = None) -> set[str]:
        return {each.value for each in self.of(subject, support, context)}


def inventory(target: NetworkTarget, depth: str = "inventory", *, attempt_seconds: float = 240.0) -> Seen:
    """Asks a target; on a busy machine for longer than a scan would."""

    async def run() -> Facts:
        dialer = TcpDialer(Throttle(), DialSettings(attempt_seconds=attempt_seconds))
        return await TlsProbe(TlsSettings(depth=depth)).run(target, dialer)

    return Seen(asyncio.run(run()))


class Services:
    """`services["starttls-postfix"]` is that service, running; `seen` is what the probe found there, asked once."""

    def __init__(self) -> None:
        self._maker = CertificateMaker(datetime.now(UTC))
        self._running: dict[str, ServicePeer] = {}
        self._seen: dict[str, Seen] = {}
        self._ending = contextlib.ExitStack()

    def __getitem__(self, name: str) -> ServicePeer:
        if name not in self._running:
            truth = load_truth(name)
            missing = services.missing_service(truth)
            if missing is not None:
                pytest.skip(f"peer not at hand: {missing}")
            self._running[name] = self._ending.enter_context(services.running(truth, self._maker))
        return self._running[name]

    def target(self, truth: Truth) -> NetworkTarget:
        peer = self[truth.name]
        return NetworkTarget(peer.address, peer.port, truth.server_name, starttls=truth.starttls)

    def seen(self, name: str) -> Seen:
        if name not in self._seen:
            self._seen[name] = inventory(self.target(load_truth(name)))
        return self._seen[name]

    def stop(self) -> None:
        self._ending.close()
