"""A report in a file is whole or not there: the older one stays until the new one is complete."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pytest

from pqscan.app import reporting
from pqscan.cli.report import _write
from pqscan.errors import StoreError, WorkError


def broken(inventory: object, name: str, out: BinaryIO, **options: object) -> None:
    out.write(b"half of it")
    raise StoreError("the store is damaged")


def test_a_report_that_breaks_off_leaves_the_older_one_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("older")
    monkeypatch.setattr(reporting, "report", broken)
    with pytest.raises(StoreError):
        _write(path, None, "html", False)  # type: ignore[arg-type]
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("report.html", "older")]


@pytest.mark.parametrize("name", ["", ".", "/", "./"])
def test_what_names_no_file_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "report", lambda inventory, name, out, **options: out.write(b"whole"))
    with pytest.raises(WorkError, match="no file"):
        _write(Path(name), None, "html", False)  # type: ignore[arg-type]


def test_a_report_may_have_the_longest_name_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "report", lambda inventory, name, out, **options: out.write(b"whole"))
    path = tmp_path / ("n" * 250 + ".html")
    _write(path, None, "html", False)  # type: ignore[arg-type]
    assert [each.read_text() for each in tmp_path.iterdir()] == ["whole"]


def test_a_report_never_replaces_what_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report").mkdir()
    monkeypatch.setattr(reporting, "report", lambda inventory, name, out, **options: out.write(b"whole"))
    with pytest.raises(WorkError):
        _write(tmp_path / "report", None, "html", False)  # type: ignore[arg-type]
    assert [each.name for each in tmp_path.iterdir()] == ["report"]
    assert list((tmp_path / "report").iterdir()) == []
