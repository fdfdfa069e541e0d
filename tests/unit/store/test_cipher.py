from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pqscan.app.backup import back_up_store, recode_store, restore_store
from pqscan.app.place import needs_passphrase, open_store, unlock_store
from pqscan.errors import StoreError, UsageError
from pqscan.store import cipher
from pqscan.store.engine import locate
from pqscan.store.repository import Store
from tests.unit.store.people import an_act, made

pytest.importorskip("sqlcipher3", reason="SQLCipher is missing: install the `encrypted` extra")

WORDS = 'it\'s a "passphrase" of hương'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def filled(path: Path, passphrase: str | None = WORDS) -> Path:
    """A store with one record, whose code would be seen in a plain file."""
    if passphrase is not None:
        unlock_store(str(path), passphrase)
    with Store.open(str(path)) as store:
        store.change_register([made("conspicuous-code")], an_act())
        for companion in path.parent.iterdir():  # The write-ahead log among them.
            assert passphrase is None or b"conspicuous" not in companion.read_bytes()
    return path


def forget(path: Path) -> Path:
    """The same file under another name, of which this process knows nothing."""
    return path.rename(path.with_name(f"{path.name}.moved"))


def test_nothing_of_an_encrypted_store_is_legible_in_its_files(tmp_path: Path) -> None:
    path = filled(tmp_path / "store.sqlite")
    data = path.read_bytes()
    assert len(data) > 100_000
    assert not data.startswith(cipher.SQLITE_MAGIC)
    assert b"conspicuous" not in data
    assert b"register_entry" not in data
    assert b"conspicuous" in filled(tmp_path / "plain.sqlite", None).read_bytes()


def test_an_encrypted_store_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    path = forget(filled(tmp_path / "store.sqlite"))
    assert needs_passphrase(str(path))
    with pytest.raises(StoreError, match=r"is encrypted, damaged or no store: name the file of its passphrase"):
        Store.open(str(path))
    unlock_store(str(path), WORDS + "x")
    with pytest.raises(StoreError, match="the passphrase does not open the store") as refusal:
        Store.open(str(path))
    assert "hương" not in repr(refusal.value)
    unlock_store(str(path), WORDS)
    assert not needs_passphrase(str(path))
    with Store.open(str(path)) as store:
        assert list(store.register()["unit"]) == ["conspicuous-code"]


def test_a_plain_store_is_not_opened_with_a_passphrase(tmp_path: Path) -> None:
    path = forget(filled(tmp_path / "store.sqlite", None))
    unlock_store(str(path), WORDS)
    with pytest.raises(StoreError, match="is not encrypted: leave out --db-key-file"):
        Store.open(str(path))


def test_a_passphrase_is_never_shown(tmp_path: Path) -> None:
    unlock_store(str(tmp_path / "store.sqlite"), WORDS)
    location = locate(str(tmp_path / "store.sqlite"))
    assert location.passphrase == cipher.Passphrase(WORDS)
    assert "hương" not in f"{location!r}{location.passphrase!r}{location.redacted}{location.url}"


@pytest.mark.parametrize("text", ["", "a\x00b"])
def test_a_passphrase_that_cannot_be_given_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="at least one character"):
        unlock_store(str(tmp_path / "store.sqlite"), text)


def test_postgresql_has_no_passphrase_of_ours() -> None:
    with pytest.raises(UsageError, match="of PostgreSQL encrypt the disk"):
        unlock_store("postgresql://u@h/d", WORDS)


def test_without_the_extra_one_sentence_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cipher, "DRIVER", "a_driver_that_is_not_there")
    unlock_store(str(tmp_path / "store.sqlite"), WORDS)
    with pytest.raises(StoreError, match="install this program's `encrypted` extra"):
        Store.open(str(tmp_path / "store.sqlite"))


def test_a_store_is_encrypted_and_decrypted_into_copies_that_hold_the_same(tmp_path: Path, log: Path) -> None:
    plain = filled(tmp_path / "plain.sqlite", None)
    done = recode_store(plain, tmp_path / "secret.sqlite", of=None, to=WORDS, log=log)
    assert done.chain.is_whole
    assert b"conspicuous" not in (tmp_path / "secret.sqlite").read_bytes()
    assert (tmp_path / "secret.sqlite").stat().st_mode & 0o777 == 0o600
    back = recode_store(tmp_path / "secret.sqlite", tmp_path / "again.sqlite", of=WORDS, to=None, log=log)
    assert back.chain.is_whole
    with closing(sqlite3.connect(tmp_path / "again.sqlite")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with open_store(str(plain)) as one, open_store(str(tmp_path / "again.sqlite")) as other:
        assert one.register() == other.register()
        assert [chained.act.subject for chained in other.acts()][-2:] == ["encrypt", "decrypt"]
    assert {path.name for path in tmp_path.iterdir() if path.suffix == ".part"} == set()


def test_a_copy_never_takes_the_place_of_a_file(tmp_path: Path, log: Path) -> None:
    plain = filled(tmp_path / "plain.sqlite", None)
    (tmp_path / "there").write_text("dear")
    with pytest.raises(UsageError, match="is there already"):
        recode_store(plain, tmp_path / "there", of=None, to=WORDS, log=log)
    assert (tmp_path / "there").read_text() == "dear"
    with open_store(str(plain)) as store:
        assert store.acts_head().entries == 1  # Nothing was done, and nothing noted.


def test_a_wrong_passphrase_decrypts_nothing(tmp_path: Path, log: Path) -> None:
    secret = forget(filled(tmp_path / "secret.sqlite"))
    with pytest.raises(StoreError, match="the passphrase does not open"):
        recode_store(secret, tmp_path / "plain.sqlite", of="another", to=None, log=log)
    assert not (tmp_path / "plain.sqlite").exists()


def test_a_backup_of_an_encrypted_store_is_encrypted_and_restored_under_its_passphrase(tmp_path: Path, log: Path) -> None:
    path = filled(tmp_path / "store.sqlite")
    made_ = back_up_store(tmp_path / "copy.pqscan", str(path), log=log)
    assert made_.chain.is_whole
    assert b"conspicuous" not in (tmp_path / "copy.pqscan").read_bytes()
    unlock_store(str(tmp_path / "other.sqlite"), "another")
    with pytest.raises(StoreError, match="the passphrase does not open the store"):
        restore_store(tmp_path / "copy.pqscan", str(tmp_path / "other.sqlite"), log=log)
    assert not (tmp_path / "other.sqlite").exists()
    unlock_store(str(tmp_path / "new.sqlite"), WORDS)
    assert restore_store(tmp_path / "copy.pqscan", str(tmp_path / "new.sqlite"), log=log).chain == made_.chain
    with open_store(str(path)) as one, open_store(str(tmp_path / "new.sqlite")) as other:
        assert one.register() == other.register()


@pytest.mark.parametrize(
    ("content", "encrypted"),
    [
        (b"\x07" * 4096, True),
        (b"\x07" * 8192, True),
        (b"\x07" * 4095, False),
        (cipher.SQLITE_MAGIC + b"\0" * 4080, False),
        (b"", False),
    ],
)
def test_a_file_of_whole_pages_without_the_words_of_sqlite_may_be_encrypted(
    content: bytes, encrypted: bool, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(content)
    assert cipher.seems_encrypted(tmp_path / "file") is encrypted
    assert not cipher.seems_encrypted(tmp_path / "absent")
