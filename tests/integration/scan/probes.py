"""Probes for the tests of the scanner: importable, so that worker processes can have them."""

from __future__ import annotations

import os

from pqscan.errors import PeerRejected, PeerThrottled, PeerTimedOut
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Dialer


class LineProbe:
    """Sends the server name in a line and keeps the line that comes back. `names:a,b` in the answer names virtual hosts."""

    name = "line"
    serves_names = True

    async def run(self, target: NetworkTarget, dialer: Dialer) -> Facts:
        async with dialer.connect(target) as stream:
            await stream.send(f"{target.server_name or '-'}\n".encode())
            answer = b""
            while not answer.endswith(b"\n"):
                data = await stream.receive()
                if not data:
                    break
                answer += data
        text = answer.decode().strip()
        if text == "later":
            raise PeerThrottled("later")
        if text == "nameless":
            raise PeerRejected("it wants a name", code=112, phrase="alert_112")
        if text == "hush":
            raise PeerTimedOut("hush")
        if text == "fault":
            raise ZeroDivisionError
        names = tuple(text.removeprefix("names:").split(",")) if text.startswith("names:") else ()
        return Facts((Observation(Subject.BEHAVIOUR, text or "empty", Support.OFFERED),), further_names=names)


class DeadlyProbe(LineProbe):
    """Takes its process with it where the server name says so."""

    async def run(self, target: NetworkTarget, dialer: Dialer) -> Facts:
        facts = await super().run(target, dialer)
        if target.server_name is not None and target.server_name.startswith("kill"):
            os._exit(9)
        return facts
