"""The budget: no connection beyond it, and what was not asked any more is unknown."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from pqscan.harness.conformance.catalogue import cases_named
from pqscan.harness.conformance.run import CANDIDATES, Run
from pqscan.harness.conformance.script import Ground
from pqscan.harness.tls.identity import self_made
from pqscan.harness.tls.loopback import serving
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings, Waiting
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net import loop
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.wire.tls.words import AlertDescription
from tests.integration.harness.conforming import against_own, those


def test_no_connection_is_made_beyond_the_budget() -> None:
    settings = ServerSettings(self_made(0x0403, datetime.now(UTC)), (0x11EC, 0x001D), os.urandom)
    budget, seen = len(CANDIDATES) + 2 + 3, []

    async def carry_out() -> tuple[Trial, ...]:
        async with serving(lambda: ServerConversation(settings), finished=seen.append) as port:
            target, dial, throttle = NetworkTarget("127.0.0.1", port), DialSettings(), Throttle()
            run = Run(target, Ground(os.urandom), lambda: TcpDialer(throttle, dial), budget)
            trials = await run.cases(cases_named(("share-short", "key-not-reduced", "finished-wrong")))
            assert run.connections == budget
            return trials

    trials = loop.run(carry_out())
    assert len(seen) <= budget
    assert [trial.verdict for trial in trials][-1] is TrialVerdict.UNKNOWN
    assert trials[-1].reason is not None
    assert trials[-1].reason.code == "conformance.budget_used"


class RefusesWithoutAlert(ServerConversation):
    """Closes on whatever it does not like: each refusal wants a control after it."""

    def refuse(self, alert: AlertDescription, why: str) -> None:
        self.waiting = Waiting.NOTHING


def test_the_budget_is_enough_for_a_server_that_never_says_why() -> None:
    everything = (0x11EC, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x001D, 0x0017, 0x0018)
    settings = ServerSettings(self_made(0x0905, datetime.now(UTC)), everything, os.urandom, cookie=b"some state")
    trials = against_own(lambda: RefusesWithoutAlert(settings))
    assert {name: trials[name].reason for name in those(trials, TrialVerdict.UNKNOWN, TrialVerdict.FAILED)} == {}
