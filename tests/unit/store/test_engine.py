from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import StoreError, UsageError
from pqscan.store.cipher import require_sqlite_file
from pqscan.store.engine import Backend, locate


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


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:secret@db.example/inventory",
        "postgresql://u@db.example/x?password=secret",
        "postgresql://u@db.example/x?options=-c%20app.key%3Dsecret&sslpassword=secret",
        "postgresql://u@/x?host=db.example&port=5433&passfile=secret",
    ],
)
def test_a_password_is_never_shown(url: str) -> None:
    location = locate(url)
    assert "secret" not in location.redacted
    assert "secret" not in repr(location)
    assert "db.example" in location.redacted


def test_what_is_shown_says_where_the_store_is() -> None:
    shown = locate("postgresql://u@/x?host=db.example&port=5433&sslmode=require").redacted
    assert shown == "postgresql://u@/x?host=db.example&port=5433"


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:se@cret9@db.example/x", "postgresql://u@se@cret9@db.example/x", "postgresql://u/x:cret9@db.example/x"],
)
def test_an_at_sign_in_a_password_is_refused_and_half_a_password_is_no_host(url: str) -> None:
    with pytest.raises(UsageError, match="%40") as refusal:
        locate(url)
    assert "ret9" not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql:/u:secret@h/d",
        "POSTGRESQL:u:secret@h/d",
        "mysql+x:/u:secret@h/d",
        "host=127.0.0.1 password=secret",
        "password = secret",
        "user=u",
        "x;password=secret",
    ],
)
def test_half_a_url_is_not_taken_for_a_file_name(text: str) -> None:
    with pytest.raises(UsageError, match="no file name") as refusal:
        locate(text)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("name", ["C:/a.sqlite", "a:b.sqlite", "kho lưu/máy-1.sqlite", "/srv/user/x", "a=b"])
def test_file_names_that_resemble_a_url_a_little_stay_file_names(name: str) -> None:
    assert locate(name).path == Path(name)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://u:secret@h/d",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///a?mode=ro",
        "sqlite://u:secret@h/a",
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
