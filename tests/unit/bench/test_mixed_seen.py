"""What the bench takes from the outputs of scanners for the services of its mixed network."""

from __future__ import annotations

import ipaddress
import json
from collections import Counter
from typing import Any

import pytest

from bench.measures import mixed_seen
from bench.measures.mixed import MIX, make_plan
from bench.measures.mixed_seen import NMAP_CANNOT_TELL, SILENT, right

NMAP = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap">
<host><address addr="127.20.0.4" addrtype="ipv4"/><ports>
<port protocol="tcp" portid="22"><state state="open"/><service name="ssh" method="probed" conf="10"/></port>
<port protocol="tcp" portid="25"><state state="closed"/><service name="smtp" method="table" conf="3"/></port>
<port protocol="tcp" portid="443"><state state="open"/><service name="http" tunnel="ssl" method="probed" conf="10"/></port>
<port protocol="tcp" portid="8443"><state state="open"/><service name="https-alt" tunnel="ssl" method="table" conf="3"/></port>
<port protocol="tcp" portid="3306"><state state="open"/><service name="mysql" method="table" conf="3"/></port>
<port protocol="tcp" portid="5432"><state state="open"/><service name="finger" method="probed" conf="10"/></port>
</ports></host>
</nmaprun>
"""


def row(probe: str = "tls", starttls: str | None = None, status: str = "completed", code: str = "", state: str = "default") -> Any:
    target = {"kind": "network", "address": "127.20.0.4", "port": 443, "starttls": starttls}
    detail = {"code": code, "parameters": {}} if code else None
    return {"target": target, "probe": probe, "status": status, "detail": detail, "key_establishment": {"state": state}}


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (row(), "tls"),
        (row(state="vulnerable"), "tls12"),
        (row("ssh"), "ssh"),
        (row(starttls="imap"), "imap"),
        (row(starttls="smtp", code="starttls_not_offered", state="broken"), "smtp-plain"),
        (row(code="http_without_tls", state="broken"), "http"),
        (row(status="timed_out", state="unknown"), SILENT),
        (row(status="malformed", state="unknown"), None),
        (row(state="unknown"), None),
    ],
)
def test_our_own_rows_are_read_in_the_words_of_the_plan(told: Any, word: str | None) -> None:
    found = mixed_seen.in_pqscan(json.dumps({"targets": [told]}))
    assert found.get(("127.20.0.4", 443)) == word


def test_what_nmap_reads_off_the_port_number_is_silence_and_a_closed_port_nothing() -> None:
    assert mixed_seen.in_nmap(NMAP) == {
        ("127.20.0.4", 22): "ssh",
        ("127.20.0.4", 443): "tls",
        ("127.20.0.4", 8443): "tls",
        ("127.20.0.4", 3306): SILENT,
    }


def test_an_output_of_nmap_that_was_cut_counts_as_nothing() -> None:
    assert mixed_seen.in_nmap(NMAP[:300]) == {}


def test_words_that_a_tool_does_not_tell_apart_count_as_right() -> None:
    plan = {("127.20.0.4", 443): "tls12", ("127.20.0.5", 25): "smtp", ("127.20.0.6", 22): "ssh"}
    told = {("127.20.0.4", 443): "tls", ("127.20.0.5", 25): "smtp"}
    assert (right(plan, told), right(plan, told, NMAP_CANNOT_TELL)) == (1, 2)


def test_a_plan_has_every_kind_on_addresses_of_their_own_in_the_network() -> None:
    network = ipaddress.IPv4Network("127.20.0.0/16")
    plan = make_plan(network, 1)
    wanted = Counter({(kind, port): count for kind, port, count in MIX})
    assert (len(plan), len({address for address, _ in plan})) == (500, 500)
    assert Counter((kind, port) for (_, port), kind in plan.items()) == wanted
    assert all(ipaddress.IPv4Address(address) in network for address, _ in plan)
