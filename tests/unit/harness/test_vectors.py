"""Reading vectors: those that ship are whole, those of a user can hold anything and take nothing down."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.harness.self_test.attempt import Wanted
from pqscan.harness.self_test.run import run
from pqscan.harness.vectors import extra, shipped
from pqscan.harness.vectors.extra import extra_folder
from pqscan.harness.vectors.fields import DamagedVectors, Fields, parse
from pqscan.model.trial import TrialVerdict
from tests.unit.harness import broken

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "tests", "b"]), inner, max_size=3),
    max_leaves=12,
)
PACKED = (str(path.relative_to(shipped.FOLDER)).removesuffix(".json.xz") for path in shipped.FOLDER.rglob("*.json.xz"))
NAMES = [*sorted(PACKED), *shipped.handshakes()]


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_ships_is_read_and_named_in_its_source(name: str) -> None:
    assert isinstance(shipped.read(name).value, (dict, list))
    told = (shipped.FOLDER / "SOURCE.md").read_text("utf-8")
    assert name.rsplit("-", 1)[0] in told or f"`{name.split('/')[0]}/`" in told


def test_a_name_that_is_no_file_is_damage() -> None:
    with pytest.raises(DamagedVectors, match="cannot be read"):
        shipped.read("acvp/none")


@given(JSON)
def test_any_json_gives_a_value_or_damage(value: object) -> None:
    fields = Fields("file", value)
    for read in (fields.text, fields.number, fields.is_true, fields.octets, fields.texts, fields.octets_or_none, fields.part):
        with contextlib.suppress(DamagedVectors):
            read("a")
    with contextlib.suppress(DamagedVectors):
        list(fields.rows("tests"))
    with contextlib.suppress(DamagedVectors):
        list(fields.rows())


@given(st.binary(max_size=60))
def test_any_bytes_are_json_or_damage(data: bytes) -> None:
    with contextlib.suppress(DamagedVectors):
        assert isinstance(parse(data, "file"), Fields)


def test_json_that_is_too_deep_is_damage() -> None:
    with pytest.raises(DamagedVectors):
        parse(b"[" * 200_000, "file")


def test_what_stands_in_a_field_is_told_by_its_place() -> None:
    [row] = Fields("file", {"tests": [{"ek": "0g"}]}).rows("tests")
    with pytest.raises(DamagedVectors, match="file, tests 0: ek is not hexadecimal"):
        row.octets("ek")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wycheproof").mkdir()
    return tmp_path


def test_a_folder_without_vectors_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no extra vectors"):
        extra_folder(tmp_path)


@pytest.mark.parametrize(
    ("packed", "content", "told"),
    [
        (False, b"{", "is not valid JSON"),
        (True, b"no gzip at all", "does not unpack"),
        (True, gzip.compress(b"{}" * 5000, mtime=0)[:-9], "ends too early"),
        (False, b"{}", "testGroups is missing"),
    ],
)
def test_a_damaged_file_is_one_failed_trial(folder: Path, packed: bool, content: bytes, told: str) -> None:
    (folder / "wycheproof" / ("x25519_test.json" + ".gz" * packed)).write_bytes(content)
    report = run((broken.GOOD,), Wanted(frozenset({"x25519"}), extra=extra_folder(folder)))
    [failed] = [trial for trial in report.trials if trial.verdict is TrialVerdict.FAILED]
    assert failed.suite == "extra/wycheproof"
    assert told in failed.detail


def test_a_file_that_unpacks_without_end_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "MOST_UNPACKED_BYTES", 1000)
    (folder / "wycheproof" / "bomb.json.gz").write_bytes(gzip.compress(bytes(100_000)))
    with pytest.raises(DamagedVectors, match="larger than 1000 bytes"):
        extra_folder(folder).read("wycheproof/bomb.json")


def test_a_file_that_is_too_large_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "MOST_FILE_BYTES", 10)
    (folder / "wycheproof" / "large.json").write_bytes(bytes(11))
    with pytest.raises(DamagedVectors, match="larger than 10 bytes"):
        extra_folder(folder).read("wycheproof/large.json")


def test_a_fifo_that_nobody_writes_to_does_not_hold_anything_up(folder: Path) -> None:
    os.mkfifo(folder / "wycheproof" / "x25519_test.json")
    with pytest.raises(DamagedVectors, match="no regular file"):
        extra_folder(folder).read("wycheproof/x25519_test.json")


def test_vectors_of_the_user_run_beside_those_that_ship(folder: Path) -> None:
    document = {"testGroups": [{"tests": [
        {"tcId": 1, "result": "valid", "private": "00" * 31 + "01", "public": "09" + "00" * 31, "shared": "00" * 32},
    ]}]}  # fmt: skip
    (folder / "wycheproof" / "x25519_test.json").write_text(json.dumps(document))
    report = run((broken.GOOD,), Wanted(frozenset({"x25519"}), extra=extra_folder(folder)))
    [failed] = [trial for trial in report.trials if trial.verdict is TrialVerdict.FAILED]
    assert (failed.suite, failed.name) == ("extra/wycheproof/x25519", "x25519_test 1")
