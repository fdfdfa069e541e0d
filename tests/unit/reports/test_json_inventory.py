"""The JSON inventory: the contract's field names, the shipped schema, round trips of hostile text, equal bytes."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pqscan_reports.json_inventory import JsonReport, encoded, schema_text

from pqscan.model.observation import Confidence, RankBasis, Support, Usage
from pqscan.model.outcome import OutcomeStatus
from pqscan.policy.finding import Verdict
from pqscan.policy.rule import PolicyStatus
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedInventory, ReportOptions


def written(inventory: AssessedInventory, language: str = "vi") -> bytes:
    out = io.BytesIO()
    JsonReport().write(inventory, ReportOptions(language=language), out)
    return out.getvalue()


@pytest.fixture(scope="module")
def document(inventory: AssessedInventory) -> Any:  # What json.loads gives has no type.
    return json.loads(written(inventory))


def test_r23_the_sample_fulfils_the_shipped_schema(document: Any) -> None:
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("path", [("runs",), ("targets", 0, "status"), ("targets", 0, "target", "port"), ("coverage", "attempted")])
def test_a_document_without_a_contracted_key_is_refused_by_the_schema(
    inventory: AssessedInventory, path: tuple[str | int, ...]
) -> None:
    broken: Any = json.loads(written(inventory))
    holder = broken
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, json.loads(schema_text()), cls=jsonschema.Draft202012Validator)


def test_field_names_are_those_of_the_contract(document: Any) -> None:
    assert {"format", "runs", "targets", "profiles", "certificates", "findings", "coverage"} <= document.keys()
    assert document["format"] == "pqscan-inventory/1"
    target = document["targets"][0]
    assert {
        "target", "probe", "run", "status", "detail", "connections_used", "elapsed_seconds", "first_seen", "last_seen",
        "profile", "chains", "key_establishment", "authentication",
    } <= target.keys()  # fmt: skip
    assert target["target"]["kind"] == "network"
    assert {"address", "host", "port", "transport", "server_name", "starttls", "site"} <= target["target"].keys()
    observation = document["profiles"][target["profile"]]["observations"][0]
    assert {
        "subject", "context", "value", "name", "candidates", "support", "rank", "rank_basis", "quantum_class", "usage",
        "confidence", "components", "parameters", "where",
    } <= observation.keys()  # fmt: skip
    certificate = document["certificates"][target["chains"][0]["certificates"][0]]
    assert {"algorithm", "size_bits", "parameter", "components", "spki_sha256", "quantum_class"} <= certificate["public_key"].keys()


@pytest.mark.parametrize(
    ("definition", "key", "members"),
    [
        ("assessed_target", "status", OutcomeStatus),
        ("assessment", "state", [state for state in State if state is not State.OUTSIDE]),  # Told as unknown, for that reason.
        ("observation", "support", Support),
        ("observation", "usage", Usage),
        ("observation", "confidence", Confidence),
        ("finding", "verdict", Verdict),
        ("policy", "status", PolicyStatus),
    ],
)
def test_the_schema_knows_every_member_of_a_closed_choice(definition: str, key: str, members: Any) -> None:
    listed = json.loads(schema_text())["$defs"][definition]["properties"][key]["enum"]
    assert set(listed) == {member.value for member in members}


def test_the_schema_knows_every_quantum_class_and_rank_basis() -> None:
    definitions = json.loads(schema_text())["$defs"]
    assert set(definitions["quantum_class"]["enum"]) == {member.value for member in QuantumClass}
    assert set(definitions["observation"]["properties"]["rank_basis"]["enum"]) == {None, *(member.value for member in RankBasis)}


def test_r12_the_same_inventory_gives_the_same_bytes_whenever_it_was_generated(inventory: AssessedInventory) -> None:
    later = replace(inventory, generated_at=inventory.generated_at.replace(year=2031))
    shuffled = replace(
        later,
        findings=tuple(reversed(inventory.findings)),
        policies=tuple(reversed(inventory.policies)),
        profiles=dict(reversed(list(inventory.profiles.items()))),
        certificates=dict(reversed(list(inventory.certificates.items()))),
    )
    assert written(shuffled) == written(inventory)


def test_languages_differ_in_reason_texts_only(inventory: AssessedInventory) -> None:
    def stripped(item: Any) -> Any:
        if isinstance(item, dict):
            return {key: stripped(value) for key, value in item.items() if key not in ("text", "language")}
        return [stripped(value) for value in item] if isinstance(item, list) else item

    assert stripped(json.loads(written(inventory, "vi"))) == stripped(json.loads(written(inventory, "en")))


def test_hostile_names_come_back_as_they_were(inventory: AssessedInventory, sample_module: ModuleType) -> None:
    document = json.loads(written(inventory))
    names = [entry["target"].get("server_name") for entry in document["targets"]]
    assert sample_module.HOSTILE in names


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
@settings(max_examples=400)
def test_any_text_at_all_round_trips_and_carries_nothing_that_steers_a_terminal(text: str) -> None:
    line = encoded([text, {text: text}])
    assert json.loads(line.decode("utf-8")) == [text, {text: text}]
    decoded = line.decode("utf-8")
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or 0x2028 <= ord(c) <= 0x202E for c in decoded)


def test_an_empty_inventory_is_a_valid_document(inventory: AssessedInventory) -> None:
    empty = replace(
        inventory, targets=lambda: iter(()), profiles={}, certificates={}, findings=(), runs=(), policies=(), client_views={}
    )
    document = json.loads(written(empty))
    jsonschema.validate(document, json.loads(schema_text()), cls=jsonschema.Draft202012Validator)
    assert (document["targets"], document["certificates"]) == ([], {})
