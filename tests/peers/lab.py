"""The servers of the lab by name: started at the first question, stopped at the end. One process, loopback only."""

from __future__ import annotations

from datetime import UTC, datetime

from pqscan.demo.certificates import CertificateMaker
from pqscan.demo.servers import DEMO_SERVERS, RunningServer, start


class Lab:
    """`lab["hybrid-default"]` is that demo server, running; the names are those of the specifications and truth files."""

    def __init__(self) -> None:
        self.maker = CertificateMaker(datetime.now(UTC))
        self._specs = {spec.name: spec for spec in DEMO_SERVERS}
        self._running: dict[str, RunningServer] = {}

    def __getitem__(self, name: str) -> RunningServer:
        if name not in self._running:
            self._running[name] = start(self._specs[name], maker=self.maker)
        return self._running[name]

    def stop(self) -> None:
        for server in self._running.values():
            server.stop()
        self._running.clear()
