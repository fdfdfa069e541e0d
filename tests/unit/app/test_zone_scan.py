from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

import pytest

from pqscan.app.net_scan import KeptArguments
from pqscan.app.probes import router_for
from pqscan.app.scanning import plan_net, prepare
from pqscan.app.zone_scan import MOST_NAMES, MOST_SELECTORS, zone_scan
from pqscan.errors import UsageError, WorkError
from pqscan.scan.settings import Discovery

AUTHORISATION = """
unit = "A"
number = "1"
approver = "B"
ranges = ["192.0.2.0/24"]
names = ["demo.invalid", "*.demo.invalid"]
ports = [53]
from = 2020-01-01
to = 2100-01-01
"""


@pytest.mark.parametrize(
    ("resolver", "target"),
    [
        ("127.0.0.1", "demo.invalid@127.0.0.1:53"),
        ("127.0.0.1:5353", "demo.invalid@127.0.0.1:5353"),
        ("::1", "demo.invalid@[::1]:53"),
        ("[::1]:5353", "demo.invalid@[::1]:5353"),
        ("[::1]", "demo.invalid@[::1]:53"),
        ("127.0.0.1/udp", "demo.invalid@127.0.0.1:53/udp"),
        ("127.0.0.1:5353/tcp", "demo.invalid@127.0.0.1:5353"),
        ("[::1]:5353/udp", "demo.invalid@[::1]:5353/udp"),
        ("::1/udp", "demo.invalid@[::1]:53/udp"),
    ],
)
def test_a_zone_is_asked_of_the_server_that_is_named(resolver: str, target: str) -> None:
    request = zone_scan(["Demo.invalid."], resolver)
    assert (request.targets, request.zones, request.discover) == ((target,), True, "none")
    (item,) = prepare(request).screened.permitted.items()
    assert item.target(item.address or "").spelling == target


@pytest.mark.parametrize(
    "resolver",
    [
        "dns.example.vn",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:70000",
        "[::1",
        "[::1]53",
        "::1:x",
        "",
        "127.0.0.1:٥٣",
        "127.0.0.1/sctp",
        "127.0.0.1/",
        "/udp",
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence(resolver: str) -> None:
    with pytest.raises(UsageError):
        zone_scan(["demo.invalid"], resolver)


@pytest.mark.parametrize("zone", ["", ".", "127.0.0.1", "-x.invalid", "a b.invalid", "http://demo.invalid", "a" * 64 + ".invalid"])
def test_what_is_no_zone_is_refused_in_a_sentence(zone: str) -> None:
    with pytest.raises(UsageError):
        zone_scan([zone], "127.0.0.1")


def test_zones_come_from_a_file_each_once(tmp_path: Path) -> None:
    listed = tmp_path / "zones"
    listed.write_text("demo.invalid\n# a comment\ntiếng.vn\ndemo.invalid\n", encoding="utf-8")
    assert zone_scan([f"@{listed}"], "127.0.0.1").targets == (
        "demo.invalid@127.0.0.1:53",
        "xn--ting-hv5a.vn@127.0.0.1:53",
    )
    listed.write_text("demo.invalid\nno zone\n")
    with pytest.raises(UsageError, match="line 2"):
        zone_scan([f"@{listed}"], "127.0.0.1")


def test_a_name_lies_in_a_zone_that_is_named() -> None:
    request = zone_scan(
        ["demo.invalid", "b.invalid"], "127.0.0.1", names=["www.demo.invalid", "b.invalid", "_853._tcp.ns.b.invalid"]
    )
    assert request.zone_names == ("www.demo.invalid", "b.invalid", "_853._tcp.ns.b.invalid")
    for name in ("www.elsewhere.invalid", "xdemo.invalid", "invalid"):
        with pytest.raises(UsageError, match="none of the zones"):
            zone_scan(["demo.invalid"], "127.0.0.1", names=[name])


@pytest.mark.parametrize("selector", ["", "a b", "-x", "x" * 64, "@file", "é"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(UsageError):
        zone_scan(["demo.invalid"], "127.0.0.1", selectors=[selector])


def test_names_and_selectors_are_bounded() -> None:
    with pytest.raises(UsageError):
        zone_scan(["demo.invalid"], "127.0.0.1", names=[f"h{n}.demo.invalid" for n in range(MOST_NAMES + 1)])
    with pytest.raises(UsageError):
        zone_scan(["demo.invalid"], "127.0.0.1", selectors=[f"s{n}" for n in range(MOST_SELECTORS + 1)])


def test_a_run_goes_on_with_what_it_was_begun_with() -> None:
    request = zone_scan(["demo.invalid"], "127.0.0.1", names=["www.demo.invalid"], selectors=["office"])
    assert KeptArguments.decode(KeptArguments(request, "00").encode(), "x").request == request


def test_no_packet_goes_where_the_authorisation_does_not_reach(tmp_path: Path) -> None:
    permission = tmp_path / "permission.toml"
    permission.write_text(AUTHORISATION)

    def permitted(zone: str, resolver: str) -> int:
        return prepare(zone_scan([zone], resolver, authorisation=str(permission))).screened.permitted.count

    assert permitted("demo.invalid", "192.0.2.53") == 1
    assert permitted("b.demo.invalid", "192.0.2.53") == 1
    assert permitted("elsewhere.invalid", "192.0.2.53") == 0, "the zone is a name"
    assert permitted("demo.invalid", "198.51.100.53") == 0, "the server is an address"
    assert permitted("demo.invalid", "192.0.2.53:5353") == 0, "port 53 is what was permitted"
    assert prepare(zone_scan(["demo.invalid"], "192.0.2.53")).needs_authorisation


def test_over_udp_both_transports_have_to_be_permitted(tmp_path: Path) -> None:
    permission = tmp_path / "permission.toml"
    for ports, count in (('"53", "53/udp"', 1), ('"53-54", "53/udp"', 1)):
        permission.write_text(AUTHORISATION.replace("[53]", f"[{ports}]"))
        request = zone_scan(["demo.invalid"], "192.0.2.53/udp", authorisation=str(permission))
        assert prepare(request).screened.permitted.count == count
    permission.write_text(AUTHORISATION.replace("[53]", '["53/udp"]'))
    with pytest.raises(UsageError, match="permit 53 beside 53/udp"):
        prepare(request)
    permission.write_text(AUTHORISATION)
    assert prepare(request).screened.permitted.count == 0, "53 is TCP alone"


@pytest.mark.parametrize("word", ["demo.invalid", "*.invalid", "127.0.0.1", "127.0.0.0/8"])
def test_exclusions_hold_for_zones_and_for_the_server(word: str) -> None:
    assert prepare(zone_scan(["demo.invalid"], "127.0.0.1", exclude=(word,))).screened.permitted.count == 0


def test_many_zones_are_asked_without_a_sweep() -> None:
    request = zone_scan([f"z{n}.invalid" for n in range(400)], "127.0.0.1")
    prepared, planned = plan_net(request)
    assert (prepared.settings.discovery, planned.targets, planned.lookups) == (Discovery.NONE, 400, 0)


def test_a_missing_library_is_told_in_a_sentence() -> None:
    request = zone_scan(["demo.invalid"], "127.0.0.1")
    with mock.patch.dict(sys.modules), mock.patch("importlib.util.find_spec", return_value=None):
        with pytest.raises(WorkError, match="dnspython"):
            zone_scan(["demo.invalid"], "127.0.0.1")
        with pytest.raises(WorkError, match="dnspython"):
            router_for(request, prepare(request).probe)
