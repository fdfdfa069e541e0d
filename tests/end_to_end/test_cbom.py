"""`pqscan report cyclonedx` and `sarif`, `pqscan cbom lint` and `pqscan import cbom`, as a user runs them; no secret anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.end_to_end.conftest import Program
from tests.end_to_end.test_files import WINDOW, planted
from tests.integration.test_private_key_file import RSA

VERSIONS = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_scanned_tree_is_a_valid_cbom_without_a_problem_and_without_a_secret(
    program: Program, tmp_path: Path, version: str
) -> None:
    tree = planted(tmp_path)
    program.works("scan", "files", str(tree), "--machine", "here", "--passwords", str(tmp_path / "words"))
    path = tmp_path / "cbom.json"
    program.works("report", "cyclonedx", "--spec-version", version, "-o", str(path))
    text = path.read_text("utf-8")
    assert JsonStrictValidator(VERSIONS[version]).validate_str(text) is None
    assert program.works("cbom", "lint", str(path), "--fail-on", "warning", "--json").json["problems"] == []
    named = {each["name"] for each in json.loads(text)["components"]}
    assert {"RSA-2048", "RSA-2048 private key", "AES-256-CBC", str(tree / "pipe")} <= named
    secret = RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())[-600:]
    hexadecimal = text.lower()
    assert not any(secret[place : place + WINDOW].hex() in hexadecimal for place in range(0, len(secret) - WINDOW, WINDOW))


def test_what_pqscan_writes_it_takes_over_and_no_state_rests_on_it(program: Program, tmp_path: Path) -> None:
    tree = planted(tmp_path)
    program.works("scan", "files", str(tree), "--machine", "here")
    path = tmp_path / "cbom.json"
    program.works("report", "cyclonedx", "-o", str(path))
    other = str(tmp_path / "other.sqlite")
    told = program.works("import", "cbom", str(path), "--db", other, "--json").json
    assert told["program"].startswith("pqscan ")
    document = program.works("report", "json", "--db", other).json
    rows = {row["target"]["path"]: row for row in document["targets"]}
    assert rows[str(tree / "key.pem")]["target"]["machine"] == "here"
    assert {row["authentication"]["state"] for row in document["targets"]} == {"unknown"}
    assert {row["probe"] for row in document["targets"]} == {"cbom"}


def test_lint_ends_with_one_where_something_is_wrong_and_with_two_where_it_is_no_cbom(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    crypto = {"assetType": "algorithm", "algorithmProperties": {"primitive": "pke", "nistQuantumSecurityLevel": 1}}
    component = {"type": "cryptographic-asset", "bom-ref": "a", "name": "RSA-2048", "cryptoProperties": crypto}
    path.write_text(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}))
    done = program("cbom", "lint", str(path))
    assert (done.code, "[cbom_level_of_traditional]" in done.out) == (1, True)
    assert program("cbom", "lint", str(path), "--fail-on", "never").code == 0
    path.write_text("{")
    refused = program("cbom", "lint", str(path))
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_findings_of_a_tree_are_told_for_code_scanning(program: Program, tmp_path: Path) -> None:
    tree = planted(tmp_path)
    program.works("scan", "files", str(tree), "--machine", "here")
    run = program.works("report", "sarif", "--root", str(tree)).json["runs"][0]
    places = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert {"key.pem", "a.zip"} <= places


@pytest.mark.parametrize(
    "arguments", [("json", "--spec-version", "1.7"), ("html", "--root", "/"), ("cyclonedx", "--edition", "redacted")]
)
def test_options_of_other_formats_are_refused(program: Program, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    program.works("scan", "files", str(planted(tmp_path)))
    assert program("report", *arguments).code == 2
