"""Names that a certificate holds are sent to its server only where the permission covers them."""

from __future__ import annotations

import asyncio
import socket

import pytest
from pqscan_probes.tls import TlsProbe

from pqscan.net.budget import NO_LIMITS
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import Permission
from pqscan.scan.router import only
from pqscan.scan.targets import expand, read_exclusions
from pqscan.scan.work import Asker, AskSettings
from tests.peers import proxy
from tests.peers.lab import Lab

SITE = b"two-sites.demo.invalid"


class Overhears(proxy.Proxy):
    """Keeps every hello before it is passed on."""

    def play(self, stream: socket.socket, number: int) -> None:
        self.pass_on(stream, self.read_hello(stream))


def hellos_with(lab: Lab, exclusions: list[str]) -> list[bytes]:
    async def ask(port: int) -> None:
        permission = Permission(None, read_exclusions(exclusions))
        (item,) = expand([f"127.0.0.1:{port}"]).items()
        assert await Asker(only(TlsProbe), Throttle(NO_LIMITS), permission, AskSettings()).ask(item) is not None

    with Overhears(lab["two-sites"].port) as peer:
        asyncio.run(ask(peer.port))
        return [hello for hello in peer.hellos if SITE in hello]


@pytest.mark.parametrize("exclusion", [SITE.decode(), "*.demo.invalid"])
def test_a_name_that_is_excluded_is_never_sent_though_the_certificate_holds_it(lab: Lab, exclusion: str) -> None:
    assert hellos_with(lab, [])
    assert not hellos_with(lab, [exclusion])
