"""`pqscan scan net --http`: what HTTPS says joins what TLS said of the same target."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from tests.end_to_end.conftest import Program
from tests.peers.https_pages import serving

pytestmark = pytest.mark.lab


def test_keys_and_the_servers_name_stand_beside_its_tls(program: Program) -> None:
    with serving() as pages:
        pages.pages["/"] = (200, {"Server": "nginx/1.26"}, b"")
        key = {"kty": "OKP", "crv": "Ed25519", "use": "sig", "x": "A" * 43}
        pages.pages["/mine"] = (200, {}, json.dumps({"keys": [key]}).encode())
        place = f"www.demo.invalid@127.0.0.1:{pages.port}"
        program.works("scan", "net", place, "--http", "--http-path", "/mine", "--profile", "quick")
        assert pages.asked
    document = program.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    (row,) = document["targets"]
    (profile,) = document["profiles"].values()
    told = {(each["subject"], each["value"]) for each in profile["observations"]}
    assert row["probe"] == "tls"
    assert {("software", "nginx/1.26"), ("behaviour", "no_hsts"), ("public_key", "1.3.101.112")} <= told


def test_keys_behind_https_are_kept_and_vouch_for_nothing_of_the_server(program: Program) -> None:
    """By their digest with their kind, as those of files are; the state of the server is that of its own certificate."""
    from tests.integration.test_identity_metadata import ENCRYPTING, RSA_KEY, SIGNING, descriptor, key_set, metadata

    with serving() as pages:
        place = f"www.demo.invalid@127.0.0.1:{pages.port}"
        program.works("scan", "net", place, "--http", "--profile", "quick")
        before = program.works("report", "json").json
        pages.pages["/saml"] = (200, {}, metadata(descriptor(SIGNING), descriptor(ENCRYPTING, ' use="encryption"')))
        post_quantum = {"kty": "AKP", "use": "sig", "alg": "ML-DSA-44", "pub": "A" * 1750}
        pages.pages["/.well-known/jwks.json"] = (200, {}, key_set(RSA_KEY, post_quantum))
        program.works("scan", "net", place, "--http", "--http-path", "/saml", "--profile", "quick")
    document = program.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    (row,), (earlier,) = document["targets"], before["targets"]
    more = [chain for chain in row["chains"] if chain not in earlier["chains"]]
    digests = {chain["context"]: chain["certificates"][0] for chain in more}
    assert [chain["context"] for chain in more].count("signing") == 3
    assert sorted(document["certificates"][chain["certificates"][0]].get("kind", "x509") for chain in more) == [
        "public_key", "public_key", "x509", "x509",
    ]  # fmt: skip
    assert row["authentication"] == earlier["authentication"]
    assert "encryption" in digests
    found = program.works("show", "certificates").out
    assert "ML-DSA-44" in found
    for name in ("html", "csv", "text", "xlsx"):
        program.works("report", name, "-o", f"report.{name}")


def test_without_the_option_nothing_is_asked_over_https(program: Program) -> None:
    with serving() as pages:
        program.works("scan", "net", f"www.demo.invalid@127.0.0.1:{pages.port}", "--profile", "quick")
        assert pages.asked == []
