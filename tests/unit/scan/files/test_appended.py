"""An archive behind another beginning: what starts itself, and what unpacks itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.scan.files import piece as piece_module
from tests.unit.scan.files.test_examine import PEM, examine, found, not_read, tarred, zipped

BEGINNINGS = {"script": b"#!/usr/bin/env python3\n", "program": b"MZ" + bytes(3000), "text": b"some words\n" * 1000}


@pytest.mark.parametrize("kind", BEGINNINGS)
def test_what_stands_behind_is_read(tmp_path: Path, kind: str) -> None:
    data = BEGINNINGS[kind] + zipped({"d/c.pem": PEM})
    examined = examine(tmp_path / "a.exe", data)
    assert found(examined) == [("d/c.pem",)]
    assert found(examine(tmp_path / "a.tar", tarred({"a.exe": data}))) == [("a.exe", "d/c.pem")]


def test_what_stands_in_front_is_read_too(tmp_path: Path) -> None:
    assert found(examine(tmp_path / "a.run", PEM + zipped({"c.pem": PEM}))) == [(), ("c.pem",)]


def test_a_comment_at_the_end_belongs_to_it_and_other_octets_do_not(tmp_path: Path) -> None:
    archive = zipped({"c.pem": PEM})
    commented = archive[:-2] + (7).to_bytes(2, "little") + b"comment"
    assert found(examine(tmp_path / "a.run", b"#!\n" + commented)) == [("c.pem",)]
    assert found(examine(tmp_path / "b.run", b"#!\n" + archive + b"x")) == []


def test_one_inside_another_archive_that_is_too_large_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_module, "PIECE_OCTETS", 1 << 12)
    monkeypatch.setattr(piece_module, "OVERLAP_OCTETS", 1 << 10)
    data = b"#!\n" + bytes(1 << 17) + zipped({"c.pem": PEM})
    assert [code for _, code, _ in not_read(examine(tmp_path / "a.tar", tarred({"a.run": data})))] == ["container_too_large_inside"]
    assert found(examine(tmp_path / "a.run", data)) == [("c.pem",)]


def test_the_end_of_an_archive_without_one_is_told(tmp_path: Path) -> None:
    end = b"PK\x05\x06" + bytes(4) + b"\1\0\1\0" + b"\x30\0\0\0" + bytes(4) + bytes(2)
    assert [code for _, code, _ in not_read(examine(tmp_path / "a", b"words" + end))] == ["container_broken"]
