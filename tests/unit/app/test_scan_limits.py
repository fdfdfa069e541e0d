from __future__ import annotations

import pytest

from pqscan.app.net_scan import NetScan
from pqscan.app.scan_limits import asked_limits, parse_bits, several_processes_from
from pqscan.errors import UsageError
from pqscan.net.budget import Limits
from pqscan.scan.ports import parse_ports
from pqscan.scan.targets import expand


def test_where_nothing_is_said_the_usual_budgets_hold() -> None:
    assert asked_limits(NetScan(("a.vn",))) == Limits()


def test_each_budget_can_be_asked_for() -> None:
    request = NetScan(
        ("a.vn",), rate=1.5, at_once=2, per_host=3, per_host_rate=4.5, per_network=5, per_network_rate=6.5, network_bits="20,56"
    )
    assert asked_limits(request) == Limits(3, 4.5, 2, 1.5, 5, 6.5, 20, 56)


@pytest.mark.parametrize("text", ["24", "24,", ",64", "24,64,1", "x,64", "-1,64", "٢٤,64", "9999,64"])
def test_what_is_no_pair_of_prefix_lengths_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="24,64"):
        parse_bits(text)


@pytest.mark.parametrize("text", ["0,64", "33,64", "24,0", "24,129"])
def test_a_prefix_that_no_address_has_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="bits"):
        asked_limits(NetScan(("a.vn",), network_bits=text))


@pytest.mark.parametrize(
    ("ports", "profile", "expected"),
    [
        ("22", "inventory", 500),
        ("22,4000/ssh", "exhaustive", 250),
        ("22,443", "inventory", 100),
        ("22/tls", "inventory", 100),
        ("4000", "inventory", 100),
        ("22", "quick", 4000),
    ],
)
def test_servers_of_ssh_are_spread_over_processes_later_than_what_costs_more(ports: str, profile: str, expected: int) -> None:
    targets = expand(("10.0.0.0/30",), parse_ports(ports))
    assert several_processes_from(profile, targets) == expected
