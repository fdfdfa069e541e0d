"""One set of running services for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.starttls.asking import Services


@pytest.fixture(scope="session")
def real_services() -> Iterator[Services]:
    running = Services()
    yield running
    running.stop()
