"""Stores on SQLite, plain and encrypted, and on a private PostgreSQL, for the same tests over all."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from pqscan.store import cipher
from pqscan.store.repository import Store
from tests.peers.postgresql import new_database, postgres
from tests.unit.store.samples import read_certificate

__all__ = ["new_database", "postgres"]  # Fixtures of all that is below.


@pytest.fixture(params=["sqlite", "sqlcipher", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, on each backend in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    if request.param == "sqlcipher":
        if importlib.util.find_spec("sqlcipher3") is None:
            pytest.skip("SQLCipher is missing: install the `encrypted` extra")
        cipher.remember(tmp_path / "store.sqlite", cipher.Passphrase("it's a passphrase, hương"))
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    address: str = request.getfixturevalue("new_database")()
    with Store.open(address, any_revision=True) as store:
        store.upgrade()
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An empty store that reads the certificates of the samples."""
    with Store.open(url, read_certificate=read_certificate) as opened:
        yield opened
