"""The two libraries that make key shares, and one run of handshakes with a peer on loopback."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pqscan.harness.handshake import Carried
from pqscan.harness.liboqs import LiboqsMissing
from pqscan.harness.tls.client import ClientSettings, http_request
from pqscan.harness.tls.handshake import TlsPlan
from pqscan.harness.tls.shares import LIBRARIES, ShareMaker, groups_named
from pqscan.harness.tls.verify import verifiable_schemes
from pqscan.model.target import NetworkTarget
from pqscan.net import loop
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.peers.truth import debian_names

collect_ignore = [] if debian_names() else ["test_debian_peers.py"]  # Without peers it has no test; `make lab-debian` has them.

Run = Callable[..., dict[str, Carried]]


def on(library: str) -> ShareMaker:
    try:
        return ShareMaker.on(library)
    except LiboqsMissing as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def liboqs() -> ShareMaker:
    return on("liboqs")


@pytest.fixture(scope="session", params=LIBRARIES)
def maker(request: pytest.FixtureRequest) -> ShareMaker:
    return on(request.param)


@pytest.fixture(scope="session")
def run() -> Run:
    """`run(maker, address, port, name, *groups)` gives what became of each handshake, by its name without the code point."""

    def carry_out(
        maker: ShareMaker,
        address: str,
        port: int,
        name: str | None,
        *groups: str,
        seconds: float = 10.0,
        answer_seconds: float = 10.0,
        request: bytes | None = None,
    ) -> dict[str, Carried]:
        schemes = verifiable_schemes(with_falcon=maker.library == "liboqs")
        sent = http_request(NetworkTarget(address, port, name)) if request is None else request
        settings = ClientSettings(schemes, name, sent, answer_seconds)
        plan = TlsPlan(groups_named(groups), maker, settings)
        target = NetworkTarget(address, port, name)
        throttle, dial = Throttle(), DialSettings(seconds, seconds, seconds)

        async def everything() -> dict[str, Carried]:
            found: dict[str, Carried] = {}
            async for carried in plan.carry_out(target, lambda: TcpDialer(throttle, dial)):
                group, _, way = carried.trial.name.partition(" (")
                found[f"{group} {way.partition('), ')[2]}"] = carried
            return found

        return loop.run(everything())

    return carry_out
