"""The servers of the lab by name: started at the first question, stopped at the end. Loopback only.

Demo servers run in this process, peers of other makers as child processes; what is missing here skips the test with its reason.
"""

from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pytest

from pqscan.demo.certificates import CertificateMaker, Identity
from pqscan.demo.servers import DEMO_SERVERS, RunningServer, start
from tests.peers import debian, programs
from tests.peers.truth import load_truth


class LabServer(Protocol):
    """Something that speaks TLS at `address` and `port`. The first chain of `identities` is the first of its truth file."""

    @property
    def address(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def identities(self) -> tuple[Identity, ...]: ...


class Lab:
    """`lab["hybrid-default"]` is that server, running; names are those of the truth files."""

    def __init__(self) -> None:
        self.maker = CertificateMaker(datetime.now(UTC))
        self._specs = {spec.name: spec for spec in DEMO_SERVERS}
        self._running: dict[str, LabServer] = {}
        self._ending = contextlib.ExitStack()

    def __getitem__(self, name: str) -> LabServer:
        if name not in self._running:
            self._running[name] = self.demo(name) if name in self._specs else self._program(name)
        return self._running[name]

    def demo(self, name: str) -> RunningServer:
        """A demo server of its own, not shared with other tests; ends with the lab at the latest."""
        return self._ending.enter_context(start(self._specs[name], maker=self.maker))

    @cached_property
    def go_binary(self) -> Path:
        """The Go peer, compiled once; skips where Go is missing."""
        self._need("go")
        return programs.build_go_peer(Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="pqscan-go-"))))

    def stop(self) -> None:
        self._ending.close()
        self._running.clear()

    def _program(self, name: str) -> LabServer:
        truth = load_truth(name)
        if truth.peer == "debian":
            missing = debian.missing(name)
            if missing is not None:
                pytest.skip(f"peer not at hand: {missing}")
            return self._ending.enter_context(debian.running(truth, self.maker))
        self._need(truth.peer)
        return self._ending.enter_context(programs.running(truth, self.maker, self.go_binary if truth.peer == "go" else None))

    @staticmethod
    def _need(peer: str) -> None:
        missing = programs.missing_program(peer)
        if missing is not None:
            pytest.skip(f"peer not at hand: {missing}")
