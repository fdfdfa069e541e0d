"""Who hangs up on the usual words of a port is asked as TLS, and stays what it was where that tells nothing either."""

from __future__ import annotations

import asyncio

from pqscan_probes.ssh import SshProbe
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings
from pqscan.net.loop import run
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import Permission
from pqscan.scan.router import Router
from pqscan.scan.targets import expand
from pqscan.scan.work import Asker, AskSettings
from tests.unit.net.loopback import serving


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


def test_a_place_that_tells_neither_probe_anything_keeps_its_first_answer() -> None:
    async def main() -> None:
        async with serving(hang_up) as port:
            (item,) = expand([f"127.0.0.1:{port}/smtp"]).items()
            router = Router((TlsProbe(TlsSettings("quick")), SshProbe()))
            asker = Asker(router, Throttle(NO_LIMITS), Permission(), AskSettings(dial=DialSettings(attempt_seconds=10.0)))
            result = await asker.ask(item)
        assert result is not None
        (outcome,) = result.outcomes
        assert isinstance(outcome.target, NetworkTarget)
        assert (outcome.target.starttls, outcome.status) == ("smtp", OutcomeStatus.CLOSED_EARLY)
        assert outcome.connections_used >= 2, "the one before TLS, and those of TLS"

    run(main())
