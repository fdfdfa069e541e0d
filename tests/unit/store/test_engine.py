from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import StoreError, UsageError
from pqscan.store.engine import Backend, locate, require_sqlite_file


@pytest.mark.parametrize(
    ("url", "path"),
    [("sqlite:///a/b.sqlite", "a/b.sqlite"), ("sqlite:////a/b.sqlite", "/a/b.sqlite"), ("a b.sqlite", "a b.sqlite")],
)
def test_a_file_is_named_by_url_or_by_its_path(url: str, path: str) -> None:
    location = locate(url)
    assert (location.backend, location.path) == (Backend.SQLITE, Path(path))


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_reached_through_psycopg_3(scheme: str) -> None:
    location = locate(f"{scheme}://u:secret@db.example/inventory")
    assert (location.backend, location.url.drivername) == (Backend.POSTGRESQL, "postgresql+psycopg")


@pytest.mark.parametrize("url", ["postgresql://u:secret@db.example/inventory", "postgresql://u@db.example/x?password=secret"])
def test_a_password_is_never_shown(url: str) -> None:
    location = locate(url)
    assert "secret" not in location.redacted
    assert "secret" not in repr(location)
    assert "db.example" in location.redacted


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://u:secret@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a?mode=ro",
        "://x",
        "postgresql://u:secret@h:port/d",
    ],
)
def test_what_names_no_store_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(UsageError) as refusal:
        locate(url)
    assert "sqlite:///FILE" in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("not a database at all")
    with pytest.raises(StoreError, match="not a pqscan store"):
        require_sqlite_file(file)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        require_sqlite_file(tmp_path)
