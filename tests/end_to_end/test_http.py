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


def test_without_the_option_nothing_is_asked_over_https(program: Program) -> None:
    with serving() as pages:
        program.works("scan", "net", f"www.demo.invalid@127.0.0.1:{pages.port}", "--profile", "quick")
        assert pages.asked == []
