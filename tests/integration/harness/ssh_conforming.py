"""Runs SSH conformance cases against a server on loopback, as the command does, and gives what became of each."""

from __future__ import annotations

import os

from pqscan.harness.conformance.ssh.catalogue import cases_named
from pqscan.harness.conformance.ssh.exchange import Ground
from pqscan.harness.conformance.ssh.run import Run, most_connections
from pqscan.harness.ssh.methods import host_keys
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net import loop
from pqscan.net.budget import Limits
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle

SECONDS = 20.0  # A busy machine is no silent server.


def against(port: int, *names: str, seconds: float = SECONDS, rate: float | None = None) -> dict[str, Trial]:
    """What became of each case, by its id."""

    async def run() -> tuple[Trial, ...]:
        throttle = Throttle(Limits(per_address_rate=rate, global_rate=rate))
        settings = DialSettings(connect_seconds=seconds, connection_seconds=seconds, attempt_seconds=2 * seconds)
        cases = cases_named(names)
        ground = Ground(host_keys(), os.urandom(16))
        made = Run(NetworkTarget("127.0.0.1", port), ground, lambda: TcpDialer(throttle, settings), most_connections(cases))
        return await made.cases(cases)

    return {trial.name: trial for trial in loop.run(run())}


def those(trials: dict[str, Trial], *verdicts: TrialVerdict) -> set[str]:
    return {name for name, trial in trials.items() if trial.verdict in verdicts}
