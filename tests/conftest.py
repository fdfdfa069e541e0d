"""What all tests share: the lab of real servers on loopback. Peers that are missing on this machine skip with their reason."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.peers.lab import Lab, LabServer
from tools.vector_counts import pytest_terminal_summary

__all__ = ["pytest_terminal_summary"]

settings.register_profile("pqscan", deadline=None)  # A busy machine is no defect: no test asserts a time.
settings.load_profile("pqscan")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each test of a peer in another Debian suite carries the mark of `make lab-debian`."""
    for item in items:
        if "[debian-" in item.nodeid:
            item.add_marker(pytest.mark.debian)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command that is run within a test turns logging off, for whatever comes after it in this process."""
    before = logging.root.manager.disable
    yield
    logging.disable(before)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """`lab[NAME]` starts a server at the first question; names are those of tests/peers/truth."""
    running = Lab()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def go_peer(lab: Lab) -> LabServer:
    return lab["go-default"]


@pytest.fixture(scope="session")
def node_peer(lab: Lab) -> LabServer:
    return lab["node-default"]


@pytest.fixture(scope="session")
def java_peer(lab: Lab) -> LabServer:
    return lab["java-default"]


@pytest.fixture(scope="session")
def openssl_peer(lab: Lab) -> LabServer:
    return lab["openssl-default"]
