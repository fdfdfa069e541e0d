"""A store encrypted at rest behind the program: what a plain one answers it answers, and its passphrase shows nowhere."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Program
from tests.end_to_end.test_stores import refused

pytest.importorskip("sqlcipher3", reason="SQLCipher is missing: install the `encrypted` extra")
pytestmark = pytest.mark.lab

WORDS = "it's a passphrase of hương"


@pytest.fixture
def key(program: Program) -> str:
    path = program.folder / "key"
    path.write_text(f"{WORDS}\nand a second line that is no part of it\n", "utf-8")
    return str(path)


def test_a_scan_into_an_encrypted_store_gives_the_inventory_that_a_plain_one_gives(program: Program, place: str, key: str) -> None:
    secret = str(program.folder / "secret.sqlite")
    log = program.works("scan", "net", place, "--db", secret, "--db-key-file", key, "-vv").err
    assert "hương" not in log
    program.works("scan", "net", place)
    one, other = (program.works("report", "json", *words).json for words in (("--db", secret, "--db-key-file", key), ()))
    for part in ("profiles", "certificates", "findings"):
        assert one[part] == other[part]
    assert len(one["targets"]) == len(other["targets"]) > 0
    known = {"PQSCAN_DB": secret, "PQSCAN_DB_KEY_FILE": key}
    assert program.works("show", "targets", "--json", **known).json
    assert program.works("db", "verify", **known).out


def test_a_key_that_is_missing_wrong_or_too_much_is_said_in_one_sentence(program: Program, key: str) -> None:
    program.works("db", "upgrade")
    refused(program("show", "targets", "--db-key-file", key), "is not encrypted", "--db-key-file")
    program.works("db", "encrypt", program.store, "secret.sqlite", "--db-key-file", key)
    secret = str(program.folder / "secret.sqlite")
    refused(program("show", "targets", "--db", secret), "is encrypted", "--db-key-file")
    (program.folder / "wrong").write_text("another\n")
    done = program("show", "targets", "--db", secret, "--db-key-file", "wrong")
    assert done.code == 3
    assert "the passphrase does not open the store" in done.err
    assert "another" not in done.err
    program.works("show", "targets", "--db", secret, "--db-key-file", key)
    (program.folder / "latin").write_bytes(b"h\xfb\n")
    done = program("show", "targets", "--db", secret, "--db-key-file", "latin")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "UTF-8" in done.err
