from __future__ import annotations

from datetime import date
from ipaddress import IPv4Network

import pytest

from pqscan.model.authorisation import Authorisation
from pqscan.scan.authorisation import Permission, screen
from pqscan.scan.plan import Plan, ProbeCost, plan
from pqscan.scan.ports import parse_ports, tcp_ports
from pqscan.scan.settings import Discovery, ScanSettings
from pqscan.scan.targets import expand

TODAY = date(2026, 11, 22)
GIVEN = Authorisation("u", "n", "a", (IPv4Network("10.0.0.0/16"),), ("a.vn",), (), TODAY, TODAY)
COST = ProbeCost(connections=24, sent_bytes=10_000, received_bytes=30_000, seconds=0.5)


def planned(words: list[str], discovery: Discovery, ports: tuple[int, ...] = (443,)) -> Plan:
    return plan(
        screen(expand(words, tcp_ports(*ports)), Permission(GIVEN), TODAY), lambda _port: COST, ScanSettings(discovery=discovery)
    )


def test_a_sweep_costs_one_connection_an_address_and_the_probe_only_where_something_answers() -> None:
    told = planned(["10.0.0.0/24"], Discovery.CONNECT)
    assert (told.targets, told.addresses, told.lookups) == (256, 256, 0)
    assert (told.connections_least, told.connections_most) == (256, 256 + 256 * 24)
    assert told.bytes_least < 256 * 1000
    assert told.bytes_most > 256 * 40_000


def test_what_is_asked_over_udp_is_not_swept_and_counts_by_its_datagrams() -> None:
    over_udp = ProbeCost(connections=2, sent_bytes=1000, received_bytes=500, seconds=0.1, datagrams=10, unanswered=3)
    targets = expand(["10.0.0.0/24"], parse_ports("443,500/udp"))
    screened = screen(targets, Permission(GIVEN), TODAY)
    told = plan(screened, lambda port: COST if port.number == 443 else over_udp, ScanSettings(discovery=Discovery.CONNECT))
    assert (told.connections_least, told.connections_most) == (256, 256 + 256 * 24 + 256 * 2)
    assert (told.datagrams_least, told.datagrams_most) == (256 * 3, 256 * 10)
    assert told.bytes_least == 256 * 400 + 256 * 3 * (100 + 28)
    alone = plan(
        screen(expand(["10.0.0.1"], parse_ports("500/udp")), Permission(GIVEN), TODAY), lambda _port: over_udp, ScanSettings()
    )
    assert (alone.connections_least, alone.connections_most, alone.datagrams_most) == (0, 2, 10)
    assert alone.seconds_most == pytest.approx(10 / 10), "each datagram counts in the rate of an address"


def test_without_a_sweep_every_target_is_asked() -> None:
    told = planned(["10.0.0.0/24"], Discovery.NONE)
    assert (told.connections_least, told.connections_most) == (256, 256 * 24)


def test_names_are_counted_as_look_ups_and_refusals_are_told() -> None:
    told = planned(["a.vn", "b.vn", "10.9.0.0/24", "10.0.0.1"], Discovery.CONNECT, (443, 8443))
    assert told.lookups == 1
    assert told.refused == 2 + 512  # b.vn and the other /24, on both ports.
    assert told.connections_least == told.targets


def test_the_time_follows_the_budget_of_all_peers_or_of_one() -> None:
    many = planned(["10.0.0.0/17"], Discovery.NONE)
    assert many.seconds_most == pytest.approx(32768 * 24 / 500)
    one = planned(["10.0.0.1"], Discovery.NONE)
    assert one.seconds_most == pytest.approx(24 / 10)
    here = planned(["127.0.0.0/17"], Discovery.CONNECT)
    assert here.seconds_least < 5


def test_nothing_left_to_do_costs_nothing() -> None:
    told = planned(["192.0.2.0/24"], Discovery.CONNECT)
    assert (told.targets, told.connections_most, told.bytes_most, told.seconds_most) == (0, 0, 0, 0.0)
    assert told.refused == 256
