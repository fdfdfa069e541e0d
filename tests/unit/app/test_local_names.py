"""A registry file of one's own names what was scanned before it was there, and the report carries its digest."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from pqscan.app import assess
from pqscan.app.reporting import report
from pqscan.model.certificate import Certificate, SignatureAlgorithm
from pqscan.registry import local
from pqscan.registry.quantum import QuantumClass
from pqscan.store.repository import Store
from tests.unit.registry.test_local import GOOD, OID
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

DAY = date(2026, 11, 29)


def unlisted(der: bytes) -> Certificate:
    """As the reader of certificates gives one whose algorithms nobody lists."""
    made = read_certificate(der)
    key = replace(made.public_key, oid=OID, algorithm=OID, components=(), quantum_class=QuantumClass.UNKNOWN)
    return replace(made, public_key=key, signature=SignatureAlgorithm(OID, OID, None, (), QuantumClass.UNKNOWN))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "store.sqlite"), read_certificate=unlisted) as opened:
        opened.begin_run(a_run())
        leaf = f"CN=www|{OID}|256|{OID}".encode()
        opened.commit(a_batch(an_outcome(a_target(1), a_profile("X"), ders=(leaf,)), cursor=1))
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "local.toml"
    path.write_text(GOOD, encoding="utf-8")
    yield path
    local.use(None)


def document(store: Store) -> Any:  # Any: the report's document.
    out = io.BytesIO()
    report(assess(store, as_of=DAY, generated_at=datetime(2026, 11, 29, tzinfo=UTC)), "json", out, language="en")
    return json.loads(out.getvalue())


def test_r01_a_certificate_read_before_is_named_without_a_scan(store: Store, file: Path) -> None:
    (before,) = document(store)["certificates"].values()
    assert before["public_key"]["algorithm"] == OID
    used = local.use(str(file))
    assert used is not None
    after = document(store)
    Draft202012Validator(json.loads(schema_text())).validate(after)
    (certificate,) = after["certificates"].values()
    for part in (certificate["public_key"], certificate["signature"]):
        assert (part["algorithm"], part["oid"], part["quantum_class"]) == ("VN-PQSign", OID, "post_quantum")
        assert "national_arc" not in part
    assert after["local_registry"] == {"digest": used.digest}


def test_without_a_file_a_report_says_nothing_of_one(store: Store) -> None:
    assert "local_registry" not in document(store)


@pytest.mark.parametrize("format_", ["html", "text"])
def test_a_report_for_people_names_the_digest(store: Store, file: Path, format_: str) -> None:
    used = local.use(str(file))
    assert used is not None
    out = io.BytesIO()
    report(assess(store, as_of=DAY), format_, out, language="en")
    assert used.digest in out.getvalue().decode()
