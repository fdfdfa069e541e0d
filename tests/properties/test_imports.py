"""Files of other programs: whatever their bytes are, services come out, or MalformedMessage.

Attacks pqscan.app.importing (nmap, sslyze, testssl, ssh_audit, zeek, asset_list) and pqscan.wire.nmap_xml."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.importing.asset_list import read_assets
from pqscan.app.importing.found import Service, Tally
from pqscan.app.importing.keeping import target_line
from pqscan.app.importing.nmap import read_nmap
from pqscan.app.importing.zeek import read_zeek
from pqscan.errors import MalformedMessage, UsageError
from pqscan.model.canonical import canonical
from pqscan.model.observation import IMPORTED, Profile
from pqscan.readiness.register import Register
from pqscan.registry.table import VERSIONS
from pqscan.scan.target_syntax import parse_target
from tests.unit.app.importing.made import FILES, READERS

WHOLE = {form: path.read_bytes() for form, path in FILES.items()}
FORMS = sorted(READERS)


def read(form: str, data: bytes) -> list[Service]:
    """Everything that is told can be kept, and its target written down and read again."""
    try:
        found = list(READERS[form](data, Tally()))
    except MalformedMessage:
        return []
    for service in found:
        canonical(Profile(service.probe, IMPORTED, "x", False, service.observations))
        parse_target(target_line(service))
        assert {digest for chain in service.chains for digest in chain.certificates} or not service.certificates
    return found


@pytest.mark.parametrize("form", FORMS)
@given(data=st.binary(max_size=2000))
def test_any_bytes_at_all_give_services_or_one_error(form: str, data: bytes) -> None:
    read(form, data)


@pytest.mark.parametrize("form", FORMS)
@given(data=st.data())
def test_a_real_file_cut_or_altered_anywhere_gives_services_or_one_error(form: str, data: st.DataObject) -> None:
    whole = WHOLE[form]
    place = data.draw(st.integers(0, len(whole)))
    put, out = data.draw(st.binary(max_size=40)), data.draw(st.integers(0, 200))
    read(form, whole[:place] + put + (whole[place + out :] if data.draw(st.booleans()) else b""))


def values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4))


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path]
    inner: Sequence[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, each in inner:
        found += paths(each, (*path, key))
    return found


DOCUMENTS = {form: json.loads(WHOLE[form]) for form in FORMS if form not in ("nmap", "zeek")}
PATHS = {form: [path for path in paths(document) if path] for form, document in DOCUMENTS.items()}


@pytest.mark.parametrize("form", sorted(DOCUMENTS))
@given(data=st.data())
def test_any_value_in_any_place_of_a_real_document_gives_services_or_one_error(form: str, data: st.DataObject) -> None:
    document = json.loads(WHOLE[form])
    *way, last = data.draw(st.sampled_from(PATHS[form]))
    place = document
    for key in way:
        place = place[key]
    place[last] = data.draw(values())
    read(form, json.dumps(document).encode())


@given(sizes=st.lists(st.integers(1, 4000), max_size=20))
def test_however_the_file_of_nmap_comes_it_tells_the_same(sizes: list[int]) -> None:
    data, pieces, place = WHOLE["nmap"], [], 0
    for size in sizes:
        pieces.append(data[place : place + size])
        place += size
    assert list(read_nmap([*pieces, data[place:]], Tally())) == list(read_nmap([data], Tally()))


@pytest.mark.parametrize("form", FORMS)
def test_versions_are_spelled_as_everywhere(form: str) -> None:
    labels = {o.context for service in read(form, WHOLE[form]) if service.probe == "tls" for o in service.observations}
    assert labels <= {None, *VERSIONS}


COLUMNS = [
    *("ts", "fingerprint", "id", "certificate.key_alg", "certificate.sig_alg", "certificate.key_type", "certificate.key_length"),
    *("certificate.curve", "cert"),
]
ROWS = st.lists(st.dictionaries(st.sampled_from(COLUMNS), values(), max_size=9), max_size=6)


@given(data=st.binary(max_size=200) | ROWS.map(lambda rows: "\n".join(map(json.dumps, rows)).encode()))
def test_any_x509_log_beside_gives_services_or_one_error(data: bytes) -> None:
    """pqscan.app.importing.zeek_certificates."""
    ssl = {"ts": 1, "id.resp_h": "192.0.2.1", "id.resp_p": 443, "version": "TLSv13", "cipher": "x", "established": True}
    named = json.dumps(ssl | {"cert_chain_fps": ["", "0", "a"]}).encode()
    with contextlib.suppress(MalformedMessage):
        for service in read_zeek(io.BytesIO(named), Tally(), io.BytesIO(data)):
            assert service.probe == "tls"


CELLS = st.lists(st.text(max_size=60), max_size=8)


@given(rows=st.lists(CELLS, max_size=8), profile=st.sampled_from([None, "plain", "netbox", "glpi", "servicenow"]))
def test_any_cells_at_all_give_assets_or_one_error(rows: list[list[str]], profile: str | None) -> None:
    lines = [(1, ["name", "address", "port", "service", "unit", "owner", "site"]), *enumerate(rows, 2)]
    try:
        found = read_assets(lines, profile, Register.of({}))
    except UsageError:
        return
    reading = found.reading()
    for asset in found.assets:
        for target in asset.targets:
            try:
                parse_target(target)
            except UsageError as error:
                assert "IPv6 addresses" in str(error), "too many to walk is the only reason"  # noqa: PT017
    assert len(reading.rows) <= len(found.assets) <= found.rows
