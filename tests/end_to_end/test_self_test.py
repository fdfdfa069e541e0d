"""`pqscan harness self-test` as a program: what it prints, what it writes, and with which code it ends."""

from __future__ import annotations

import json
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from pqscan.cli import entry
from pqscan.harness.library import Library
from pqscan.harness.self_test import run as self_test_run
from tests.unit.harness import broken


def run(*arguments: str) -> int:
    return entry.run(["--lang", "en", "harness", "self-test", *arguments])


@pytest.fixture(autouse=True)
def _without_extra_vectors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PQSCAN_EXTRA_VECTORS", raising=False)


def use(monkeypatch: pytest.MonkeyPatch, *libraries: Library) -> None:
    monkeypatch.setattr(self_test_run, "load", lambda names=(): libraries)


def test_a_good_library_ends_with_0_and_writes_junit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "trials.xml"
    assert run("--library", "cryptography", "--algorithm", "ML-KEM-768", "--junit", str(target)) == 0
    root = ElementTree.parse(target).getroot()
    assert root.get("failures") == "0"
    assert int(root.get("tests") or 0) > 300
    shown = capsys.readouterr()
    assert "wycheproof/ml-kem cryptography" in shown.out
    assert str(target) in shown.err
    assert list(tmp_path.iterdir()) == [target]


def test_json_is_one_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--library", "pqscan", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["counts"]["passed"] >= 16
    assert {trial["subject"] for trial in document["trials"]} == {"pqscan"}


def test_a_broken_library_ends_with_1_and_says_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, broken.with_kem(broken.FlippedBit))
    assert run("--algorithm", "ML-KEM-768") == 1
    shown = capsys.readouterr().out
    assert "What came out is not what the vector says." in shown
    assert "expected" in shown


@pytest.mark.parametrize("arguments", [
    ("--library", "openssl"), ("--algorithm", "rot13"), ("--extra-vectors", "/nowhere"), ("--library",),
])  # fmt: skip
def test_wrong_usage_ends_with_2_and_one_sentence(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Error: ")
    assert shown.err.count("\n") == 1


def test_where_nothing_can_be_tried_it_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--library", "cryptography", "--algorithm", "SLH-DSA") == 3
    assert "nothing could be tried" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "folder", "no/such/folder/trials.xml"])
def test_a_junit_file_that_cannot_be_written_is_one_sentence(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    assert run("--library", "pqscan", "--junit", name) == 3
    assert "cannot be written" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["folder"]


def test_without_liboqs_the_rest_runs_and_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pqscan.harness import liboqs

    def missing() -> object:
        raise liboqs.LiboqsMissing("liboqs is not installed here: install cargo")

    monkeypatch.setattr(liboqs, "load", missing)
    assert run("--algorithm", "X-Wing") == 0
    shown = capsys.readouterr().out
    assert "Nothing was tried on liboqs: liboqs is not installed here: install cargo." in " ".join(shown.split())
    assert "Traceback" not in shown
