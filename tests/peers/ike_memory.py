"""Runs IKE conformance cases against a gateway in memory: nothing is lost there and nobody waits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import NoReturn

from pqscan.harness.conformance.ike.catalogue import cases_named
from pqscan.harness.conformance.ike.exchange import Exchange, Ground
from pqscan.harness.conformance.ike.run import Run, most_exchanges
from pqscan.harness.conformance.ike.script import Script
from pqscan.harness.conformance.ike.seen import Seen
from pqscan.model.target import NetworkTarget, Transport
from pqscan.model.trial import Trial
from tests.peers.ike_strict import StrictGateway

TARGET = NetworkTarget("127.0.0.1", 500, transport=Transport.UDP)


def played(exchange: Exchange, gateway: StrictGateway) -> Seen:
    """One exchange to its end: each request twice, then silence."""
    while not exchange.finished:
        turn = exchange.turn
        for _ in range(2):
            for datagram in exchange.datagrams_to_send():
                for answer in gateway.answer(datagram):
                    exchange.receive(answer)
            if exchange.finished or exchange.turn != turn:
                break
            exchange.repeat()
        else:
            exchange.silence()
    return exchange.seen


def against(make: Callable[[], StrictGateway], *names: str) -> dict[str, Trial]:
    """What became of each case, by its id."""

    class InMemory(Run):
        async def asked(self, script: Script) -> Seen:
            return played(Exchange(script, self.ground), make())

    cases = cases_named(names)
    run = InMemory(TARGET, Ground(os.urandom), _no_dialer, most_exchanges(cases))
    return {trial.name: trial for trial in asyncio.run(run.cases(cases))}


def _no_dialer() -> NoReturn:
    raise AssertionError("nothing is dialled in memory")
