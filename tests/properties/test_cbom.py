"""CBOMs of others: whatever their bytes are, problems and assets come out, or MalformedMessage; and what pqscan writes, it reads.

Attacks pqscan.app.cbom (document, lint, algorithms, materials, meaning, ibm) and pqscan.app.importing.cbom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.cbom.document import read_cbom
from pqscan.app.cbom.lint import Linted, lint
from pqscan.app.importing.cbom import read_cbom_file
from pqscan.app.importing.found import Contents, Service, Tally
from pqscan.errors import MalformedMessage
from pqscan.locale import translator
from pqscan.model.canonical import canonical
from pqscan.model.observation import IMPORTED, Profile, Subject
from pqscan.registry.algorithms import Function, by_name
from pqscan.registry.crypto_assets import Known, crypto_asset
from pqscan.registry.cyclonedx import PRIMITIVES
from pqscan.registry.quantum import QuantumClass
from tests.properties.test_imports import paths, values
from tests.unit.app.cbom.test_lint import good

VECTORS = Path(__file__).parents[1] / "vectors" / "cyclonedx"
SPELLINGS = ["RSA-99999", "secp256r1", "ML-KEM-768", "EC", "P-256", "ffdhe2048", "AES", "x25519"]
WHOLE = {path.name: path.read_bytes() for path in sorted(VECTORS.glob("*.json"))} | {"good": json.dumps(good()).encode()}
NAMES = sorted(WHOLE)
DOCUMENTS = {name: json.loads(data) for name, data in WHOLE.items()}
PATHS = {name: [path for path in paths(document) if path] for name, document in DOCUMENTS.items()}


def checked(data: bytes) -> Linted | None:
    """Every problem can be told, and lies in the document."""
    try:
        found = lint(read_cbom(data))
    except MalformedMessage:
        return None
    for problem in found.problems:
        assert translator("en").render(problem.reason)
        assert problem.pointer == "" or problem.pointer.startswith("/")
    return found


def taken_over(data: bytes) -> list[Service | Contents]:
    """Everything that is told can be kept."""
    try:
        found = list(read_cbom_file(data, Tally()))
    except MalformedMessage:
        return []
    for told in found:
        canonical(Profile(told.probe, IMPORTED, "x", False, told.observations))
        assert all(o.subject in Subject for o in told.observations)
    return found


@given(data=st.binary(max_size=2000))
def test_any_bytes_at_all_give_an_answer_or_one_error(data: bytes) -> None:
    checked(data)
    taken_over(data)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_a_real_document_cut_or_altered_anywhere_gives_an_answer_or_one_error(name: str, data: st.DataObject) -> None:
    whole = WHOLE[name]
    place = data.draw(st.integers(0, len(whole)))
    put, out = data.draw(st.binary(max_size=40)), data.draw(st.integers(0, 200))
    altered = whole[:place] + put + (whole[place + out :] if data.draw(st.booleans()) else b"")
    checked(altered)
    taken_over(altered)


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_any_value_in_any_place_of_a_real_document_gives_an_answer_or_one_error(name: str, data: st.DataObject) -> None:
    document = json.loads(WHOLE[name])
    *way, last = data.draw(st.sampled_from(PATHS[name]))
    place: Any = document  # What JSON holds.
    for key in way:
        place = place[key]
    place[last] = data.draw(values())
    altered = json.dumps(document).encode()
    checked(altered)
    taken_over(altered)


@given(name=st.text(max_size=60), functions=st.lists(st.sampled_from(["sign", "digest", "encapsulate", "x"]), max_size=3))
def test_a_name_that_no_table_knows_is_never_of_a_known_class(name: str, functions: list[str]) -> None:
    crypto = {"assetType": "algorithm", "algorithmProperties": {"cryptoFunctions": functions}}
    component = {"type": "cryptographic-asset", "name": f"@{name}", "bom-ref": "a", "cryptoProperties": crypto}
    told = taken_over(json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [component]}).encode())
    assert {o.quantum_class for each in told for o in each.observations} <= {QuantumClass.UNKNOWN}


@given(
    spelling=st.text(max_size=40) | st.sampled_from(SPELLINGS),
    function=st.none() | st.sampled_from(Function),
    size=st.none() | st.integers(-5, 1 << 40),
    parameter=st.none() | st.text(max_size=20) | st.sampled_from(["P-256", "GCM", "ctr"]),
    components=st.lists(st.text(max_size=8) | st.sampled_from(["X25519", "ML-KEM-768"]), max_size=3).map(tuple),
)
def test_any_spelling_at_all_is_an_asset_and_no_traditional_one_has_a_level(
    spelling: str, function: Function | None, size: int | None, parameter: str | None, components: tuple[str, ...]
) -> None:
    asset = crypto_asset(spelling, function, Known(size_bits=size, parameter=parameter, components=components))
    assert asset.primitive in PRIMITIVES
    assert asset.nist_category is None or 0 <= asset.nist_category <= 5
    if asset.quantum_class is QuantumClass.TRADITIONAL:
        assert asset.nist_category == 0
    if by_name(spelling) is None and not asset.parts and asset.quantum_class is QuantumClass.POST_QUANTUM:
        pytest.fail("a name that no table knows was called post-quantum")
