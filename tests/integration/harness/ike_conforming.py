"""Runs IKE conformance cases against a gateway on loopback over UDP, as the command does, and gives what became of each."""

from __future__ import annotations

import os

from pqscan.harness.conformance.ike.catalogue import cases_named
from pqscan.harness.conformance.ike.exchange import Ground
from pqscan.harness.conformance.ike.run import Run, most_exchanges
from pqscan.model.target import NetworkTarget, Transport
from pqscan.model.trial import Trial
from pqscan.net import loop
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle


def over_udp(port: int, *names: str, waits: tuple[float, ...] = (0.3, 0.6), marked: bool = False) -> dict[str, Trial]:
    """What became of each case, by its id."""

    async def run() -> tuple[Trial, ...]:
        throttle, settings = Throttle(), DialSettings(connection_seconds=30.0, attempt_seconds=60.0)
        cases = cases_named(names)
        target = NetworkTarget("127.0.0.1", port, transport=Transport.UDP)
        made = Run(target, Ground(os.urandom, marked), lambda: TcpDialer(throttle, settings), most_exchanges(cases))
        made.waits_seconds = waits
        return await made.cases(cases)

    return {trial.name: trial for trial in loop.run(run())}
