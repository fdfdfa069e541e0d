"""An unlisted algorithm of a national arc in every report: byte-exact, named by its country, never as resistant."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pqscan_reports
import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from pqscan.model.certificate import PublicKey, SignatureAlgorithm
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import policies
from pqscan.policy.finding import Verdict
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedInventory, ReportOptions
from tests.unit.policy.test_evaluate import NOW

UNLISTED = "2.16.704.1.99.7"


@pytest.fixture(scope="module")
def national(inventory: AssessedInventory) -> AssessedInventory:
    """The sample with every certificate's algorithms replaced by one that no list names."""
    signature = SignatureAlgorithm(UNLISTED, UNLISTED, None, (), QuantumClass.UNKNOWN)
    certificates = {
        digest: replace(
            each,
            public_key=PublicKey(UNLISTED, UNLISTED, 256, None, (), each.public_key.spki_sha256, QuantumClass.UNKNOWN),
            signature=signature,
        )
        for digest, each in inventory.certificates.items()
    }
    return replace(inventory, certificates=certificates)


def written(name: str, inventory: AssessedInventory) -> str:
    out = io.BytesIO()
    pqscan_reports.renderer(name).write(inventory, ReportOptions("en"), out)
    return out.getvalue().decode()


@pytest.mark.parametrize("name", ["html", "csv"])
def test_r01_a_report_names_the_country_and_keeps_the_number(name: str, national: AssessedInventory) -> None:
    text = written(name, national)
    assert UNLISTED in text
    assert "unidentified national algorithm – Viet Nam" in text


def test_r01_json_keeps_the_number_alone_and_tells_the_arc_apart(national: AssessedInventory) -> None:
    document = json.loads(written("json", national))
    Draft202012Validator(json.loads(schema_text())).validate(document)
    for certificate in document["certificates"].values():
        for part in (certificate["public_key"], certificate["signature"]):
            assert (part["algorithm"], part["national_arc"], part["quantum_class"]) == (UNLISTED, "vn", "unknown")


def test_r01_no_policy_takes_an_unlisted_national_algorithm_for_resistant(national: AssessedInventory) -> None:
    verdicts = {finding.verdict for each in national.certificates.values() for finding in assess_certificate(each, policies(), NOW)}
    assert Verdict.UNDETERMINED in verdicts
    assert Verdict.MEETS not in verdicts
