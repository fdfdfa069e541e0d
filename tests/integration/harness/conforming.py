"""Runs conformance cases against a server on loopback, as the command does, and gives what became of each."""

from __future__ import annotations

import os
from collections.abc import Callable

from pqscan.harness.conformance.catalogue import cases_named
from pqscan.harness.conformance.run import Run, plan
from pqscan.harness.conformance.script import Ground
from pqscan.harness.tls.loopback import serving
from pqscan.harness.tls.server import ServerConversation
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net import loop
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle

SECONDS = 20.0  # A busy machine is no silent server.


async def run_cases(port: int, names: tuple[str, ...] = (), *, seconds: float = SECONDS, address: str = "127.0.0.1") -> Run:
    """The run after its cases; `outcome` gives their trials."""
    throttle, settings = Throttle(), DialSettings(connect_seconds=seconds, connection_seconds=seconds, attempt_seconds=2 * seconds)
    cases = cases_named(names)
    trials: list[Trial] = []
    run = Run(
        NetworkTarget(address, port),
        Ground(os.urandom),
        lambda: TcpDialer(throttle, settings),
        plan(cases).connections,
        told=trials.append,
    )
    await run.cases(cases)
    run.told = _Kept(trials)
    return run


class _Kept:
    def __init__(self, trials: list[Trial]) -> None:
        self.trials = tuple(trials)

    def __call__(self, trial: Trial) -> None:
        raise AssertionError("the run is over")


def outcome(run: Run) -> dict[str, Trial]:
    """The trials of a run by case."""
    assert isinstance(run.told, _Kept)
    return {trial.name: trial for trial in run.told.trials}


def against(port: int, *names: str, seconds: float = SECONDS, address: str = "127.0.0.1") -> dict[str, Trial]:
    """What became of each case at a server that runs elsewhere."""
    return outcome(loop.run(run_cases(port, names, seconds=seconds, address=address)))


def against_own(make: Callable[[], ServerConversation], *names: str) -> dict[str, Trial]:
    """What became of each case at a server of ours, in this very loop."""

    async def serve() -> dict[str, Trial]:
        async with serving(make) as port:
            return outcome(await run_cases(port, names))

    return loop.run(serve())


def those(trials: dict[str, Trial], *verdicts: TrialVerdict) -> set[str]:
    return {name for name, trial in trials.items() if trial.verdict in verdicts}
