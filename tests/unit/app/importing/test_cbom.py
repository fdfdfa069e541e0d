"""What a CBOM tells: assets at their places, by 1.6, 1.7 and IBM's fork; what is not told stays unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pqscan.app.assessment import assess
from pqscan.app.importing.cbom import PROBE, read_cbom_file
from pqscan.app.importing.found import Contents, Service, Tally
from pqscan.app.importing.keeping import import_file
from pqscan.errors import MalformedMessage, UsageError
from pqscan.model.observation import Confidence, Observation, Subject, Usage
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.store.repository import Store
from tests.unit.app.cbom.test_lint import algorithm, material

VECTORS = Path(__file__).parents[3] / "vectors" / "cyclonedx"
Told = Service | Contents


def read(document: Any) -> tuple[list[Told], Tally]:
    tally = Tally()
    return list(read_cbom_file(json.dumps(document).encode(), tally)), tally


def vector(name: str) -> tuple[list[Told], Tally]:
    tally = Tally()
    return list(read_cbom_file((VECTORS / name).read_bytes(), tally)), tally


def at(*places: dict[str, Any]) -> dict[str, Any]:
    return {"evidence": {"occurrences": list(places)}}


def document(*components: dict[str, Any], **more: Any) -> dict[str, Any]:
    subject = {"type": "application", "bom-ref": "app", "name": "ledger"}
    tools = {"components": [{"name": "scanner", "version": "2"}]}
    metadata = {"timestamp": "2026-11-01T00:00:00Z", "tools": tools, "component": subject}
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": metadata, "components": list(components), **more}


def observations(told: list[Told]) -> dict[object, list[Observation]]:
    return {each.target: list(each.observations) for each in told}


def test_an_algorithm_stands_at_each_of_its_places() -> None:
    places = at({"location": "src/a.c", "line": 3, "symbol": "RSA_new"}, {"location": "app.jar!b/C.class", "offset": 40})
    told, tally = read(document({**algorithm("rsa", "RSA-2048", "pke", 0), **places}))
    assert tally.program == "scanner 2"
    found = observations(told)
    assert set(found) == {FileTarget("ledger", "src/a.c"), FileTarget("ledger", "app.jar", ("b/C.class",))}
    one = found[FileTarget("ledger", "src/a.c")][0]
    assert (one.subject, one.value, one.quantum_class, one.context) == (
        Subject.ALGORITHM, "RSA-2048", QuantumClass.TRADITIONAL, "key_establishment",
    )  # fmt: skip
    assert (one.usage, one.confidence) == (Usage.USED, Confidence.INFERRED)
    assert one.where is not None
    assert (one.where.line, one.where.symbol) == (3, "RSA_new")
    assert dict(one.parameters)["size_bits"] == 2048


def test_what_has_no_place_lies_in_what_the_document_is_about() -> None:
    told, _ = read(document(algorithm("kem", "ML-KEM-768", "kem", 3)))
    assert [each.target for each in told] == [FileTarget("ledger", ".")]
    assert told[0].probe == PROBE


def test_a_name_that_nobody_knows_is_of_unknown_class() -> None:
    told, _ = read(document(algorithm("x", "Frobnicate-9", "kem", 5)))
    assert told[0].observations[0].quantum_class is QuantumClass.UNKNOWN


def test_name_and_number_that_disagree_are_of_unknown_class() -> None:
    told, _ = read(document(algorithm("x", "RSA-2048", "pke", 0, oid="2.16.840.1.101.3.4.4.2")))
    assert told[0].observations[0].quantum_class is QuantumClass.UNKNOWN


def combined(other: str) -> list[dict[str, Any]]:
    half = algorithm("a", "x25519", "key-agree", 0)
    return [half, algorithm("b", other, "kem", 3), algorithm("c", "mine", "combiner", 3)]


def test_a_combiner_of_a_traditional_and_a_resistant_half_is_a_hybrid() -> None:
    parts = combined("ML-KEM-768")
    told, _ = read(document(*parts, dependencies=[{"ref": "c", "dependsOn": ["a", "b"]}]))
    mine = next(o for o in told[0].observations if o.value == "mine")
    assert (mine.quantum_class, mine.components) == (QuantumClass.PQT_HYBRID, ("x25519", "ML-KEM-768"))


def test_a_combiner_of_what_is_not_known_is_of_unknown_class() -> None:
    parts = combined("Frobnicate")
    told, _ = read(document(*parts, dependencies=[{"ref": "c", "dependsOn": ["a", "b"]}]))
    assert next(o for o in told[0].observations if o.value == "mine").quantum_class is QuantumClass.UNKNOWN


def test_keys_are_told_by_their_algorithm_and_never_by_their_value() -> None:
    key = {
        **material("k", "my key", type="private-key", size=2048, algorithmRef="rsa", value="c2VjcmV0"),
        **at({"location": "k.pem"}),
    }
    told, _ = read(document(algorithm("rsa", "RSA-2048", "pke", 0, oid="1.2.840.113549.1.1.1"), key))
    found = observations(told)[FileTarget("ledger", "k.pem")][0]
    assert (found.subject, found.value, found.name) == (Subject.PRIVATE_KEY, "1.2.840.113549.1.1.1", "RSA")
    assert dict(found.parameters) == {"size_bits": 2048}
    assert "c2VjcmV0" not in repr(told)


def test_a_protocol_at_an_address_is_a_service_with_its_suites() -> None:
    suites = [{"name": "TLS_AES_128_GCM_SHA256", "tlsGroups": ["X25519MLKEM768"]}]
    crypto = {"assetType": "protocol", "protocolProperties": {"type": "tls", "version": "1.3", "cipherSuites": suites}}
    places = at({"location": "www.example@192.0.2.1:443"})
    told, _ = read(document({"type": "cryptographic-asset", "bom-ref": "t", "name": "TLS", "cryptoProperties": crypto, **places}))
    service = told[0]
    assert isinstance(service, Service)
    assert (service.probe, service.target) == ("tls", NetworkTarget("192.0.2.1", 443, "www.example", "www.example"))
    assert {o.name or o.value for o in service.observations} == {"TLS1.3", "TLS_AES_128_GCM_SHA256", "X25519MLKEM768"}


def test_the_fork_of_1_4_by_ibm_is_understood() -> None:
    told, tally = vector("ibm-1.0.json")
    found = observations(told)
    assert tally.program == "an old scanner 0.9"
    assert [o.where.line for o in found[FileTarget("ledger", "src/Keys.java")] if o.where] == [12, 40]
    assert found[FileTarget("ledger", "src/Box.java")][0].context == "encryption"
    key = found[FileTarget("ledger", "conf/key.p8")][0]
    assert (key.subject, dict(key.parameters)["size_bits"]) == (Subject.PRIVATE_KEY, 2048)
    assert any(o.subject is Subject.CIPHER_SUITE for o in found[FileTarget("ledger", ".")])


def test_the_fork_of_1_5_by_ibm_is_understood() -> None:
    told, _ = vector("ibm-1.1.json")
    found = observations(told)[FileTarget("web", ".")]
    assert {o.subject for o in found} == {
        Subject.ALGORITHM, Subject.PUBLIC_KEY, Subject.CERTIFICATE_KEY, Subject.CERTIFICATE_SIGNATURE, Subject.LIBRARY,
    }  # fmt: skip
    signature = next(o for o in found if o.subject is Subject.CERTIFICATE_SIGNATURE)
    assert signature.value == "1.2.840.113549.1.1.13"


@pytest.mark.parametrize("name", sorted(path.name for path in VECTORS.glob("cryptography-*.json")))
def test_the_examples_of_the_specification_are_taken_over(name: str) -> None:
    told, _ = vector(name)
    assert any(each.observations for each in told)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'a.sqlite'}", create=True)


def test_no_state_rests_on_a_cbom_and_findings_are_told_of_what_it_names(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document({**algorithm("rsa", "RSA-2048", "pke", 0), **at({"location": "src/a.c", "line": 3})})))
    found = import_file("cbom", str(path), store)
    assert (found.services, found.undated) == (1, 0)
    inventory = assess(store)
    row = next(iter(inventory.targets()))
    assert (row.key_establishment.state, row.authentication.state) == (State.UNKNOWN, State.UNKNOWN)
    assert row.key_establishment.reasons[0].code == "only_imported"
    assert any(finding.subject == "algorithm" for finding in inventory.findings)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"bomFormat":"SPDX"}', b"\xff"])
def test_what_is_no_cbom_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        list(read_cbom_file(data, Tally()))


def test_a_cbom_given_to_another_reader_is_told_as_one(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document()))
    with pytest.raises(UsageError, match="pqscan import cbom"):
        import_file("sslyze", str(path), None)


def test_what_a_library_brings_and_nobody_needs_is_not_called_used() -> None:
    library = {"type": "library", "bom-ref": "lib", "name": "openssl", "version": "3.5.0"}
    links = [{"ref": "lib", "provides": ["kem", "rsa"]}, {"ref": "app", "dependsOn": ["rsa"]}]
    told, _ = read(
        document(library, algorithm("kem", "ML-KEM-768", "kem", 3), algorithm("rsa", "RSA", "pke", 0), dependencies=links)
    )
    usages = {o.value: o.usage for o in told[0].observations}
    assert usages == {"openssl": Usage.LINKED, "ML-KEM-768": Usage.LINKED, "RSA": Usage.USED}


def test_how_a_thing_is_used_at_a_place_is_taken_from_our_own_documents() -> None:
    place = {"location": "a.py", "additionalContext": "machine=here; usage=mentioned; confidence=observed"}
    told, _ = read(document({**algorithm("md5", "MD5", "hash"), **at(place)}))
    assert told[0].target == FileTarget("here", "a.py")
    assert told[0].observations[0].usage is Usage.MENTIONED


def test_a_key_may_tell_its_algorithm_by_what_it_depends_on() -> None:
    links = [{"ref": "k", "dependsOn": ["rsa"]}]
    told, _ = read(document(algorithm("rsa", "RSA-4096", "pke", 0), material("k", "key@1", type="private-key"), dependencies=links))
    key = next(o for o in told[0].observations if o.subject is Subject.PRIVATE_KEY)
    assert (key.name, dict(key.parameters)["size_bits"], key.quantum_class) == ("RSA", 4096, QuantumClass.TRADITIONAL)


def test_a_short_document_that_names_many_facts_at_many_places_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pqscan.app.importing.cbom.MOST_FACTS", 20)
    places = at(*({"location": f"10.0.{i}.1:443"} for i in range(30)))
    suites = [{"name": name} for name in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")]
    protocol = {"type": "tls", "version": "1.3", "cipherSuites": suites}
    properties = {"assetType": "protocol", "protocolProperties": protocol}
    told, tally = read(document({"type": "cryptographic-asset", "name": "TLS", "cryptoProperties": properties, **places}))
    assert sum(len(one.observations) for one in told) <= 20
    assert tally.left_out["import_too_many"] == 1


def test_a_machine_that_a_document_names_is_told_without_what_steers_a_terminal() -> None:
    places = at({"location": "a.pem", "additionalContext": "machine=may\x1b[2J-1"})
    told, _ = read(document({**algorithm("rsa", "RSA-2048", "pke", 0), **places}))
    assert ["\x1b" in one.target.machine for one in told if isinstance(one.target, FileTarget)] == [False]
