"""What all tests share: the lab of real servers on loopback. Peers that are missing on this machine skip with their reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.lab import Lab


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    running = Lab()
    yield running
    running.stop()
