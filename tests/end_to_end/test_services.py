"""`pqscan scan net` over services of several protocols: what a server says decides which probe asks it, whatever its port."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from pqscan.demo.servers import RunningServer
from tests.end_to_end.conftest import Program
from tests.peers.ike_gateway import gateway
from tests.peers.ssh_programs import SshPeer, load_ssh_truth, missing, running
from tests.unit.net.loopback import closed_datagram_port

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def sshd() -> Iterator[SshPeer]:
    truth = load_ssh_truth("openssh-modern")
    why = missing(truth.peer)
    if why is not None:
        pytest.skip(why)
    with running(truth) as peer:
        yield peer


def test_tls_and_ssh_are_told_apart_by_their_answers(program: Program, server: RunningServer, sshd: SshPeer) -> None:
    program.works("scan", "net", f"127.0.0.1:{server.port},{sshd.port}")
    document = program.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    rows = {row["target"]["port"]: row for row in document["targets"]}
    assert {port: (row["probe"], row["status"]) for port, row in rows.items()} == {
        server.port: ("tls", "completed"),
        sshd.port: ("ssh", "completed"),
    }
    ssh = rows[sshd.port]
    assert ssh["connections_used"] >= 3, "one that spoke TLS to it, and those of SSH"
    assert (ssh["key_establishment"]["state"], ssh["authentication"]["state"]) == ("default", "vulnerable")
    kinds = {document["certificates"][chain["certificates"][0]].get("kind") for chain in ssh["chains"]}
    assert kinds == {"ssh_key"}
    assert not any(
        finding["rule"].startswith("floor-certificate") for finding in document["findings"] if finding["certificate"] in _keys(ssh)
    )


def test_a_service_that_the_user_names_is_asked_at_once(program: Program, sshd: SshPeer) -> None:
    program.works("scan", "net", f"127.0.0.1:{sshd.port}/ssh", "--profile", "quick")
    (row,) = program.works("report", "json").json["targets"]
    assert (row["probe"], row["connections_used"]) == ("ssh", 1)


def test_a_service_over_udp_that_nothing_asks_is_refused_in_a_sentence(program: Program) -> None:
    done = program("scan", "net", "127.0.0.1:514/udp")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "UDP" in done.err


def test_a_gateway_of_ike_is_asked_over_udp(program: Program) -> None:
    """A responder in memory that takes ML-KEM-768 on top of X25519."""
    with gateway() as peer:
        port = peer.port
        program.works("scan", "net", f"127.0.0.1:{port}/ike", "--profile", "quick")
        document = program.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    (row,) = document["targets"]
    assert (peer.heard, peer.responder.kept) == (5, 1)
    assert (row["probe"], row["status"], row["connections_used"]) == ("ike", "completed", 1)
    assert (row["target"]["transport"], row["target"]["port"]) == ("udp", port)
    taken = {one["name"] for one in document["profiles"][row["profile"]]["observations"] if one["support"] == "selected"}
    assert {"ML-KEM-768", "curve25519"} <= taken
    told = program.works("explain", f"127.0.0.1:{port}/udp").out
    assert "gets it with ML-KEM-768" in " ".join(told.split())
    assert f"ike-scan --sport=0 --dport={port} --ikev2" in told
    assert "openssl" not in told
    for name in ("html", "csv"):
        assert "curve25519" in program.works("report", name).out
    for command in (("show", "targets"), ("show", "algorithms"), ("report", "html"), ("report", "csv")):
        assert "ML-KEM-768" in program.works(*command).out
    assert "ML-KEM-768" in program.works("--lang", "vi", "explain", f"127.0.0.1:{port}/udp").out


def test_a_closed_port_of_udp_is_told_as_refused(program: Program) -> None:
    with closed_datagram_port() as port:
        program.works("scan", "net", f"127.0.0.1:{port}/ike", "--profile", "quick")
    (row,) = program.works("--json", "show", "targets").json
    assert (row["status"], row["profile"]) == ("refused", None)


def test_what_speaks_tls_on_a_port_named_for_ssh_is_asked_as_tls(program: Program, server: RunningServer) -> None:
    program.works("scan", "net", f"127.0.0.1:{server.port}/ssh", "--profile", "quick")
    (row,) = program.works("report", "json").json["targets"]
    assert (row["probe"], row["status"]) == ("tls", "completed")


def test_host_keys_are_shown_by_fingerprint_and_checked_by_ssh(program: Program, sshd: SshPeer) -> None:
    program.works("scan", "net", f"127.0.0.1:{sshd.port}")
    told = program.works("explain", f"127.0.0.1:{sshd.port}").out
    assert "SHA256:" in told
    assert f"ssh-keyscan -p {sshd.port} 127.0.0.1" in told
    assert "openssl" not in told
    for name in ("html", "csv", "text"):
        assert "mlkem768x25519" in (out := program.works("report", name).out) or "sntrup761x25519" in out


def _keys(row: dict[str, list[dict[str, list[str]]]]) -> set[str]:
    return {digest for chain in row["chains"] for digest in chain["certificates"]}
