"""`pqscan scan dns` from the command to the reports, at BIND, and at a server that plays a part."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from tests.end_to_end.conftest import Program
from tests.peers.dns_scripted import Answers, healthy
from tests.peers.dns_servers import DnsServers, missing, running

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def servers() -> Iterator[DnsServers]:
    if (lacking := missing("named")) is not None:
        pytest.skip(f"peer not at hand: {lacking}")
    with running() as found:
        yield found


def test_zones_are_scanned_judged_and_reported(program: Program, servers: DnsServers) -> None:
    place = f"127.0.0.1:{servers.ports['named']}"
    zones = ("p256.demo.invalid", "rsa1024.demo.invalid", "plain.demo.invalid", "host.demo.invalid")
    program.works("scan", "dns", *zones, "--resolver", place, "--name", "www.p256.demo.invalid", "--selector", "office")
    document = program.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    rows = {row["target"]["server_name"]: row for row in document["targets"]}
    states = {
        name: (row["status"], row["key_establishment"]["state"], row["authentication"]["state"]) for name, row in rows.items()
    }
    assert states == {
        "p256.demo.invalid": ("completed", "none", "vulnerable"),
        "rsa1024.demo.invalid": ("completed", "none", "broken"),
        "plain.demo.invalid": ("completed", "none", "none"),
        "host.demo.invalid": ("rejected", "unknown", "unknown"),
    }
    assert {certificate["kind"] for certificate in document["certificates"].values()} == {"dnskey"}
    assert "it lies in demo.invalid" in rows["host.demo.invalid"]["detail"]["text"]
    told = program.works("explain", f"plain.demo.invalid@{place}").out
    assert "Key establishment: establishes no keys" in told
    assert "Authentication: authenticates by no public key" in told
    for name in ("html", "csv", "text"):
        assert "p256.demo.invalid" in program.works("report", name).out


def test_a_zone_is_explained_with_keys_times_and_what_there_is_to_do(program: Program, servers: DnsServers) -> None:
    port = servers.ports["named"]
    program.works("scan", "dns", "p256.demo.invalid", "--resolver", f"127.0.0.1:{port}")
    told = program.works("explain", f"p256.demo.invalid@127.0.0.1:{port}").out
    for tag in servers.tags["ecdsap256"].values():
        assert f"DNSKEY {tag}" in told
    assert "2026-01-01T00:00:00Z/2037-01-01T00:00:00Z" in told
    assert "No post-quantum option exists in this protocol" in told
    assert f"dig @127.0.0.1 -p {port}" in told
    assert "openssl" not in told
    shown = program.works("show", "certificates").out
    assert "DNSKEY" in shown


def test_a_scan_is_repeated_without_a_change(program: Program, servers: DnsServers) -> None:
    for _ in range(2):
        program.works("scan", "dns", "p256.demo.invalid", "--resolver", f"127.0.0.1:{servers.ports['named']}")
    (row,) = program.works("report", "json").json["targets"]
    assert row["first_seen"] != row["last_seen"]
    runs = program.works("show", "runs", "--json").json
    assert len(runs) == 2


def test_over_udp_a_zone_is_asked_explained_and_kept_as_a_target_of_its_own(program: Program, servers: DnsServers) -> None:
    place = f"127.0.0.1:{servers.ports['named']}"
    for transport in ("udp", "tcp"):
        program.works("scan", "dns", "p256.demo.invalid", "--resolver", f"{place}/{transport}")
    rows = {row["target"]["transport"]: row for row in program.works("report", "json").json["targets"]}
    assert set(rows) == {"tcp", "udp"}
    assert rows["udp"]["profile"] == rows["tcp"]["profile"]
    assert "+notcp" in program.works("explain", f"p256.demo.invalid@{place}/udp").out


def test_in_vietnamese_nothing_breaks(program: Program) -> None:
    with Answers(lambda query, _number: healthy(query)) as peer:
        done = program("scan", "dns", "demo.invalid", "--resolver", f"127.0.0.1:{peer.port}", "--lang", "vi")
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["demo.invalid"], "--resolver"),
        (["demo.invalid", "--resolver", "dns.example.vn"], "address"),
        (["demo.invalid", "--resolver", "127.0.0.1", "--name", "www.elsewhere.vn"], "zone"),
        (["demo.invalid", "--resolver", "192.0.2.53"], "--authorisation"),
        (["..", "--resolver", "127.0.0.1"], "name"),
    ],
)
def test_wrong_usage_is_one_sentence(program: Program, arguments: list[str], word: str) -> None:
    done = program("scan", "dns", *arguments)
    assert (done.code, "Traceback" in done.err) == (2, False)
    assert word in done.err


def test_the_plan_is_told_without_a_packet(program: Program) -> None:
    with Answers(lambda query, _number: healthy(query)) as peer:
        told = program.works("scan", "dns", "a.invalid", "b.invalid", "--resolver", f"127.0.0.1:{peer.port}", "--print-plan").out
        assert peer.connections == 0
    assert "2" in told


def test_a_closed_port_is_told_as_such(program: Program) -> None:
    with Answers(lambda query, _number: healthy(query)) as peer:
        port = peer.port
    program.works("scan", "dns", "demo.invalid", "--resolver", f"127.0.0.1:{port}")
    (row,) = program.works("show", "targets", "--json").json
    assert (row["status"], row["probe"]) == ("refused", "dns")
