"""What happens to a scan when this machine's own network goes and comes, over a real cable between two namespaces."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.peers.two_networks import TwoNetworks, two_networks

PORT = 4433
HOSTS = [f"10.9.{n >> 7}.{n & 127}" for n in range(1, 400)]


@contextmanager
def served(*addresses: str) -> Iterator[TwoNetworks]:
    with two_networks() as networks:
        networks.serves(*addresses)
        service = networks.start("there", "tests.peers.line_service", str(PORT))
        try:
            assert service.stdout is not None
            assert service.stdin is not None
            assert service.stdout.readline() == "ready\n"
            yield networks
        finally:
            service.stdin.close()
            service.wait()
            service.stdout.close()


class Scan:
    """A scan in the scanner's namespace, followed line by line."""

    def __init__(self, networks: TwoNetworks, **asked: object) -> None:
        self._process = networks.start("here", "tests.integration.scan.in_namespace", json.dumps(asked))

    def until(self, *, done: int = 0, gone: str = "") -> None:
        for told in self._lines():
            assert "rows" not in told, told
            if told["done"] >= done and told["gone"] == gone:
                return
        raise AssertionError("the scan ended before")

    def end(self) -> dict[str, Any]:
        *_, last = self._lines()
        self._process.wait()
        return last

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.kill()
        self._process.wait()

    def _lines(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)
            if "rows" in line:
                return


@contextmanager
def scan(networks: TwoNetworks, **asked: object) -> Iterator[Scan]:
    scanning = Scan(networks, **asked)
    try:
        yield scanning
    finally:
        scanning.close()


CALM = {"global_rate": 60.0, "per_network_rate": None}


@pytest.mark.slow
@pytest.mark.parametrize("end", ["here", "there"])
@pytest.mark.parametrize("discovery", ["connect", "none"])
def test_a_cable_that_is_pulled_and_put_back_loses_nothing_and_doubles_nothing(end: str, discovery: str) -> None:
    with served(*HOSTS) as networks, scan(networks, words=HOSTS, ports=[PORT], limits=CALM, discovery=discovery) as scanning:
        scanning.until(done=60)
        networks.cable(end, "down")
        scanning.until(gone="network")
        networks.cable(end, "up")
        told = scanning.end()
    assert told["by_status"] == told["counts"] == {"completed": len(HOSTS)}
    assert told["rows"] == sorted([f"{host}:{PORT}", "completed"] for host in HOSTS)
    assert told["doubled"] == 1
    assert told["paused"] > 0


@pytest.mark.slow
def test_a_network_that_stays_away_ends_the_run_with_a_sentence_and_nobody_is_called_dead() -> None:
    with (
        served(*HOSTS) as networks,
        scan(networks, words=HOSTS, ports=[PORT], limits=CALM, most_pause_seconds=2.0) as scanning,
    ):
        scanning.until(done=60)
        networks.cable("here", "down")
        told = scanning.end()
    assert "--resume run-1" in told["error"]
    assert {status for _, status in told["rows"]} == {"completed"}
    assert 0 < told["cursor"] < len(HOSTS)


@pytest.mark.slow
def test_addresses_that_have_no_route_are_unreachable_while_others_answer() -> None:
    with served(*HOSTS[:20]) as networks:
        networks.ip("here", "route", "add", "unreachable", "10.9.200.0/24")
        words = [*HOSTS[:20], "10.9.200.0/28"]
        with scan(networks, words=words, ports=[PORT], limits=CALM) as scanning:
            told = scanning.end()
    assert told["by_status"] == {"completed": 20, "unreachable": 16}
    assert told["paused"] == 0


@pytest.mark.slow
def test_a_silent_address_is_silent_while_others_answer() -> None:
    """Its other ports are spared, and counted as such; the network is well, so nothing is doubted or asked anew for ever."""
    ports = [PORT, *range(5000, 5019)]
    with served(*HOSTS[:20]) as networks:
        words = [*HOSTS[:20], "10.9.200.0/28"]
        with scan(networks, words=words, ports=ports, limits={}) as scanning:
            told = scanning.end()
    by_status = told["by_status"]
    assert by_status == told["counts"]
    assert (by_status["completed"], by_status["refused"]) == (20, 20 * 19)
    # Four ports each, four more that are under way when the fourth has timed out, and one more at the end.
    assert 16 * 5 <= by_status["timed_out"] <= 16 * 9
    assert by_status["timed_out"] + by_status["not_asked"] == 16 * 20
    assert told["cursor"] == 36 * 20
    assert told["paused"] == 0


@pytest.mark.slow
def test_a_range_in_which_hardly_anybody_answers_is_bounded_by_the_budgets() -> None:
    """2,000 addresses, 1 % of them answering: what may be under way bounds it, and each timeout is waited for beside the others."""
    answering = [f"10.9.{n % 8}.{1 + n // 8}" for n in range(20)]
    limits = {"global_rate": None, "per_network_rate": None, "global_concurrent": 600, "per_network_concurrent": 100}
    with served(*answering) as networks:
        words = [f"10.9.{network}.1-250" for network in range(8)]
        with scan(networks, words=words, ports=[PORT], limits=limits) as scanning:
            told = scanning.end()
    assert told["by_status"] == told["counts"] == {"completed": 20, "timed_out": 1980}
    assert told["rows"] == sorted([f"{address}:{PORT}", "completed"] for address in answering)
    assert told["most"]["all"] == 600
    assert told["most"]["of one"] <= 100
    assert told["paused"] == 0
