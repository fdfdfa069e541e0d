"""What is reckoned for a place, by what is asked there."""

from __future__ import annotations

import pytest

from pqscan.app.net_scan import NetScan
from pqscan.app.scan_costs import cost_of
from pqscan.app.scanning import plan_net
from pqscan.app.zone_scan import zone_scan
from pqscan.registry import services
from pqscan.scan.ports import parse_ports


def request(profile: str = "inventory", **more: object) -> NetScan:
    return NetScan(("127.0.0.1",), profile=profile, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "row", [row for row in services.all_services().protocols if row.transport == "udp"], ids=lambda row: row.name
)
def test_every_protocol_over_udp_has_a_cost_in_datagrams_and_no_connect(row: services.Protocol) -> None:
    (port,) = parse_ports(f"4000/{row.name}")
    for profile in ("quick", "inventory", "exhaustive"):
        cost = cost_of(request(profile), port)
        assert (cost.datagrams > 0) is (row.name != "wireguard")
        assert cost.datagrams >= cost.connections


@pytest.mark.parametrize(
    ("ports", "quick", "inventory"), [("500/udp", 6, 96), ("161/udp", 1, 1), ("51820/udp", 0, 0), ("88/udp", 1, 15)]
)
def test_a_usual_port_costs_what_its_protocol_does(ports: str, quick: int, inventory: int) -> None:
    (port,) = parse_ports(ports)
    assert [cost_of(request(profile), port).datagrams for profile in ("quick", "inventory")] == [quick, inventory]


def test_over_tcp_a_place_costs_what_tls_does_and_https_beside_it() -> None:
    (port,) = parse_ports("443")
    plain, more = cost_of(request(), port), cost_of(request(http=True, http_paths=("/a", "/b")), port)
    assert (plain.datagrams, more.connections - plain.connections) == (0, 6)


def test_the_plan_tells_connections_and_datagrams_apart() -> None:
    told = plan_net(request(ports="443,500/udp,161/udp", discover="none"))[1]
    assert (told.connections_least, told.datagrams_least, told.datagrams_most) == (1, 8, 97)
    zones = plan_net(zone_scan(["a.invalid", "b.invalid"], "127.0.0.1/udp"))[1]
    assert (zones.connections_least, zones.datagrams_least, zones.datagrams_most) == (0, 4, 90)
    over_tcp = plan_net(zone_scan(["a.invalid"], "127.0.0.1"))[1]
    assert (over_tcp.connections_most, over_tcp.datagrams_most) == (2, 0)
