"""A registry file of one's own adds names and changes none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.registry import local, tls
from pqscan.registry.oids import arc_of, by_oid, unlisted_arc
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.universe import registry_edition

OID = "2.16.704.1.99.7"
GOOD = f"""
[[object_identifier]]
oid = "{OID}"
name = "VN-PQSign"
kind = "pubkey+signature"
family = "VN-PQSign"
quantum_class = "post_quantum"
status = "private"
reference = "Decision 1 of the cipher authority"

[[named_group]]
value = 0xfe77
name = "VNKEM"
kind = "kem"
quantum_class = "post_quantum"
status = "private"
components = ["VNKEM"]
minimum_version = "TLS1.3"
reference = "Decision 1 of the cipher authority"

[[signature_scheme]]
value = 0xfee1
name = "vnpqsign"
quantum_class = "post_quantum"
status = "private"
components = ["VN-PQSign"]
versions = ["TLS1.3"]
reference = "Decision 1 of the cipher authority"
"""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "local.toml"
    path.write_text(GOOD, encoding="utf-8")
    yield path
    local.use(None)


def test_r01_a_national_algorithm_is_named_without_a_release(file: Path) -> None:
    assert (by_oid(OID), unlisted_arc(OID)) == (None, "vn")
    used = local.use(str(file))
    assert used is not None
    assert used.names == 3
    row = by_oid(OID)
    assert row is not None
    assert (row.name, row.quantum_class, row.references) == ("VN-PQSign", QuantumClass.POST_QUANTUM, (GOOD.split('"')[13],))
    assert (unlisted_arc(OID), arc_of(OID)) == (None, "vn")
    assert (tls.named_group(0xFE77).name, tls.signature_scheme(0xFEE1).name) == ("VNKEM", "vnpqsign")
    assert by_oid("1.2.156.10197.1.501") is not None
    local.use(None)
    assert (by_oid(OID), tls.named_group(0xFE77).name, tls.signature_scheme(0xFEE1).name) == (None, None, None)


def test_worker_processes_find_the_file_by_its_whole_path(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    local.use(file.name)
    assert os.environ[local.VARIABLE] == str(file)
    local.use(None)
    assert local.VARIABLE not in os.environ


def test_names_are_spelled_anew_where_the_file_changes(file: Path) -> None:
    before = registry_edition()
    local.use(str(file))
    with_file = registry_edition()
    file.write_text("# a word\n" + GOOD)
    local.use(str(file))
    assert registry_edition() == with_file
    file.write_text(GOOD.replace("VNKEM", "VNKEM2"))
    local.use(str(file))
    assert len({before, with_file, registry_edition()}) == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((OID, "1.2.840.113549.1.1.1"), r"own\.toml, object_identifier 1 VN-PQSign: pqscan names this number itself"),
        (("0xfe77", "0x11ec"), r"named_group 1 0x11ec VNKEM: pqscan names this number itself"),
        (("0xfe77", "0x3a3a"), "pqscan names this number itself"),
        (("0xfee1", "0x0403"), "signature_scheme 1 0x0403 vnpqsign: pqscan names this number itself"),
        (('status = "private"', 'status = "mine"'), "object_identifier 1 VN-PQSign: status is 'mine'"),
        (('quantum_class = "post_quantum"', 'quantum_class = "safe"'), "quantum_class is 'safe'"),
        (('reference = "Decision 1 of the cipher authority"', ""), "it has no reference"),
        ((f'oid = "{OID}"', 'oid = "VN"'), "must be a dotted number"),
        (("[[named_group]]", "[[cipher_suite]]"), "means nothing there: cipher_suite"),
        (("[[named_group]]", "[named_group]"), r"no \[\[named_group\]\] rows"),
        (("0xfe77", "0xfe77 x"), "not TOML"),
        (("0xfe77", "0x" + "f" * 40), r"not TOML: a number of more than 64 bits \(at line 12\)"),
        (
            ('name = "VNKEM"', 'name = "RS\u0410"'),
            "named_group 1 0xfe77 RS\u0410: name is 'RS\u0410', which holds a letter that is not of the Latin",
        ),
        (('name = "VNKEM"', 'name = "VN\\u202eKEM"'), r"named_group 1 0xfe77 'VN\\x202eKEM': name holds what cannot be printed"),
        (("[[named_group]]", "[[named_group]]\n" * 2001), "has more than 2000 rows of one table"),
    ],
)
def test_a_wrong_file_names_file_and_row(change: tuple[str, str], message: str) -> None:
    text = GOOD.replace(*change, 1)
    assert text != GOOD
    with pytest.raises(UsageError, match=message):
        local.read_local_registry(text.encode(), "own.toml")


def test_a_file_that_cannot_be_used_changes_nothing(file: Path, tmp_path: Path) -> None:
    local.use(str(file))
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        local.use(str(tmp_path / "none.toml"))
    assert by_oid(OID) is not None
    with pytest.raises(UsageError, match="Is a directory"):
        local.use(str(tmp_path))


@given(st.binary(max_size=200) | st.text(alphabet='[]="\n objectidenfra_gup0x', max_size=200).map(str.encode))
def test_any_bytes_give_a_registry_or_one_clear_error(data: bytes) -> None:
    said = "own.toml"
    try:
        local.read_local_registry(data, "own.toml")
    except UsageError as error:
        said = str(error)
    assert "own.toml" in said
