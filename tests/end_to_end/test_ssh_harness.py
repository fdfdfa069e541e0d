"""`pqscan harness handshake` and `conformance` over SSH as a user runs them: exit codes, permission, files, the store."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from tests.end_to_end.conftest import Program
from tests.peers.ssh_faulty import GrantsAnyService
from tests.peers.ssh_scripted import Sends
from tests.peers.ssh_server import Served

HANDSHAKE = ("harness", "handshake", "--library", "cryptography")
CONFORMANCE = ("harness", "conformance")


def test_a_server_is_proven_and_explain_shows_it(program: Program) -> None:
    with Served() as peer:
        place = f"127.0.0.1:{peer.port}"
        done = program.works(*HANDSHAKE, f"{place}/ssh", "--junit", "out.xml", "--trace")
        assert done.out.count("passed            mlkem") == 3
        assert "not applicable    sntrup761x25519-sha512" in done.out
        assert "it offers mlkem768x25519-sha256" in done.out.replace("\n    ", " ")
        assert "<- SERVICE_ACCEPT" in done.out
        assert max(map(len, done.out.splitlines())) <= 80
        program.works("scan", "net", "--ports", f"{peer.port}/ssh", "127.0.0.1")
        explained = program.works("explain", place)
    suites = ET.parse(program.folder / "out.xml").getroot()
    assert suites.attrib["failures"] == "0"
    assert "Proven by a handshake" in explained.out
    assert "mlkem768nistp256-sha256:" in explained.out
    assert "openssh-10.6: gets quantum-resistant (mlkem768x25519-sha256, SSH-2.0)" in explained.out
    assert "openssh-8.9: gets traditional only" in explained.out
    inventory = json.loads(program.works("report", "json").out)
    target = next(each for each in inventory["targets"] if each["probe"] == "ssh")
    assert {proven["value"] for proven in target["proven_groups"]} == {
        "mlkem768x25519-sha256",
        "mlkem768nistp256-sha256",
        "mlkem1024nistp384-sha384",
    }


def test_a_method_that_the_server_lacks_fails_where_it_was_named(program: Program) -> None:
    with Served() as peer:
        place = f"127.0.0.1:{peer.port}"
        assert program(*HANDSHAKE, "--protocol", "ssh", place, "--group", "sntrup761x25519-sha512").code in (1, 3)
        assert program(*HANDSHAKE, "--protocol", "ssh", place, "--group", "mlkem768x25519-sha256").code == 0


def test_a_server_that_wants_no_more_connections_ends_with_3(program: Program) -> None:
    with Sends(b"Exceeded MaxStartups\r\n") as peer:
        done = program(*HANDSHAKE, f"127.0.0.1:{peer.port}/ssh")
    assert done.code == 3
    assert "wants no more connections" in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*HANDSHAKE, "192.0.2.1:22"), "--authorisation"),
        ((*CONFORMANCE, "192.0.2.1:22"), "--authorisation"),
        ((*HANDSHAKE, "127.0.0.1:22/ssh", "--group", "X25519MLKEM768"), "names no key exchange method of SSH"),
        ((*HANDSHAKE, "127.0.0.1:22/ssh", "--server-name", "a.example"), "SSH sends no server name"),
        ((*CONFORMANCE, "127.0.0.1:22", "--case", "ccs-absent"), "there is no SSH case"),
    ],
)
def test_what_cannot_be_is_one_sentence(program: Program, arguments: tuple[str, ...], says: str) -> None:
    done = program(*arguments)
    assert done.code == 2
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_faulty_server_fails_its_case_alone(program: Program) -> None:
    with Served(GrantsAnyService) as peer:
        done = program(*CONFORMANCE, f"127.0.0.1:{peer.port}/ssh", "--html", "out.html", "--junit", "out.xml", "--json")
    assert done.code == 1
    document = done.json
    assert document["grade"] == "fails"
    assert [trial["name"] for trial in document["trials"] if trial["verdict"] == "failed"] == ["service-unknown"]
    assert "service-unknown" in (program.folder / "out.html").read_text("utf-8")
    assert ET.parse(program.folder / "out.xml").getroot().attrib["failures"] == "1"


def test_the_cases_are_listed_with_the_sentences_that_they_rest_on(program: Program) -> None:
    out = program.works(*CONFORMANCE, "--protocol", "ssh", "--list").out
    assert "share-short (must refuse, key_exchange_failed (3))" in out
    assert "RFC 10042, section 2.1" in out
    assert "reset the packet sequence number to zero" in " ".join(out.split())
