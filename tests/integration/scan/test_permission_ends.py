"""On a day on which the authorisation does not hold nothing is sent: no connection, and no question to the DNS."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from ipaddress import IPv4Network

import pytest

from pqscan.model.authorisation import Authorisation
from pqscan.model.outcome import OutcomeStatus
from pqscan.net.budget import NO_LIMITS
from pqscan.net.loop import run
from pqscan.net.throttle import Throttle
from pqscan.scan.authorisation import Permission
from pqscan.scan.ports import tcp_ports
from pqscan.scan.router import only
from pqscan.scan.scanner import Scanner
from pqscan.scan.settings import Discovery
from pqscan.scan.targets import expand
from pqscan.scan.work import Asker, AskSettings
from tests.integration.scan.ledgers import Memory
from tests.integration.scan.probes import LineProbe
from tests.integration.scan.test_scanner import FAST, line_server
from tests.unit.net.loopback import closed_port, serving

EVERY_INTERFACE = "0.0.0.0"  # Reaches this machine alone, and is no loopback address: it needs an authorisation.
NETWORKS = (IPv4Network(f"{EVERY_INTERFACE}/32"), IPv4Network("127.0.0.0/8"))


def permission(last_day: date) -> Permission:
    return Permission(Authorisation("U", "1", "A", NETWORKS, (), (), date(2020, 1, 1), last_day))


@pytest.mark.parametrize(
    ("last_day", "expected"), [(date(2020, 12, 31), OutcomeStatus.EXCLUDED), (date(9999, 1, 1), OutcomeStatus.REFUSED)]
)
def test_the_sweep_connects_to_nothing_once_the_authorisation_has_ended(last_day: date, expected: OutcomeStatus) -> None:
    with closed_port() as port:
        scanner = Scanner(partial(only, LineProbe), Memory(), permission(last_day), replace(FAST, discovery=Discovery.CONNECT))
        summary = run(scanner.run(expand([EVERY_INTERFACE], tcp_ports(port)), "r"))
    assert summary.by_status == {expected: 1}


@pytest.mark.parametrize(("last_day", "expected"), [(date(2020, 12, 31), []), (date(9999, 1, 1), ["127.0.0.1"])])
def test_the_dns_is_asked_for_no_name_once_the_authorisation_has_ended(last_day: date, expected: list[str]) -> None:
    asked: list[str] = []

    async def reverse(address: str) -> tuple[str, ...]:
        asked.append(address)
        return ()

    async def main() -> None:
        settings = AskSettings(reverse_lookups=True)
        asker = Asker(only(LineProbe), Throttle(NO_LIMITS), permission(last_day), settings, reverse_resolver=reverse)
        async with serving(line_server(lambda name: "ok")) as port:
            (item,) = expand(["127.0.0.1"], tcp_ports(port)).items()
            assert await asker.ask(item) is not None

    run(main())
    assert asked == expected


@pytest.fixture
def silent_log() -> Iterator[None]:
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(before)


@pytest.mark.usefixtures("silent_log")
def test_a_fault_in_a_worker_process_shows_no_traceback_where_the_parent_shows_none(capfd: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        async with serving(line_server(lambda name: "fault")) as port:
            targets = expand([f"h{n}@127.0.0.1" for n in range(4)], tcp_ports(port))
            summary = await Scanner(partial(only, LineProbe), Memory(), Permission(), replace(FAST, processes=2)).run(targets, "r")
        assert summary.by_status == {OutcomeStatus.BUG: 4}

    run(main())
    assert capfd.readouterr().err == ""
