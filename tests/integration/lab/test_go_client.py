"""A second opinion on the demo servers: Go's client, restricted to one group at a time, and its own look at the chain."""

from __future__ import annotations

import pytest

from pqscan.demo.servers import DEMO_SERVERS
from tests.peers.lab import Lab
from tests.peers.programs import ask_go
from tests.peers.truth import load_truth

GO_GROUPS = ("0x11ec", "0x11eb", "0x11ed", "0x001d", "0x0017", "0x0018", "0x0019")
TLS13_NAMES = [spec.name for spec in DEMO_SERVERS if "TLS1.3" in spec.versions]
GO_OLD_SUITES = ("0x0005", "0x000a", "0xc007", "0xc011", "0xc012")  # RC4 and triple DES.
VERSION_NUMBERS = {"TLS1.0": "0x0301", "TLS1.1": "0x0302", "TLS1.2": "0x0303"}
GO_CANNOT_VERIFY = ("mldsa44", "mldsa65", "mldsa87")  # crypto/tls 1.26 knows no ML-DSA.


@pytest.mark.parametrize("name", [name for name in TLS13_NAMES if name not in GO_CANNOT_VERIFY])
def test_go_agrees_on_every_group_that_it_knows(lab: Lab, name: str) -> None:
    truth = load_truth(name)
    server = lab[name]
    named = ("-name", truth.server_name) if truth.server_name else ()
    for group in GO_GROUPS:
        answer = ask_go(lab.go_binary, f"{server.address}:{server.port}", "-min", "0x0304", "-groups", group, *named)
        assert (answer["Completed"], answer["Group"]) == (
            (True, group) if group in truth.versions["TLS1.3"].groups else (False, "")
        )


@pytest.mark.parametrize("name", GO_CANNOT_VERIFY)
def test_go_finds_no_signature_scheme_with_ml_dsa_alone(lab: Lab, name: str) -> None:
    answer = ask_go(lab.go_binary, f"127.0.0.1:{lab[name].port}")
    assert not answer["Completed"]
    assert "handshake failure" in answer["Problem"]


@pytest.mark.parametrize("name", ["hybrid-default", "classical", "needs-name", "tls12-only"])
def test_go_receives_the_very_chain_that_was_configured(lab: Lab, name: str) -> None:
    truth = load_truth(name)
    answer = ask_go(lab.go_binary, f"127.0.0.1:{lab[name].port}", "-name", truth.server_name or "")
    assert tuple(map(bytes.fromhex, answer["Chain"])) == lab[name].identities[0].chain_der


@pytest.mark.parametrize("version", VERSION_NUMBERS)
@pytest.mark.parametrize("name", ["go-old", "tls12-only"])
def test_old_suites_that_openssl_lacks_are_accepted_as_the_truth_says(lab: Lab, name: str, version: str) -> None:
    truth = load_truth(name)
    number = VERSION_NUMBERS[version]
    for suite in GO_OLD_SUITES:
        answer = ask_go(lab.go_binary, f"127.0.0.1:{lab[name].port}", "-min", number, "-max", number, "-suites", suite)
        assert answer["Completed"] == (version in truth.versions and suite in truth.versions[version].suites)
