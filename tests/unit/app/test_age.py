"""Files for age: only the reader they are for can read them, and whatever is done to them on the way is noticed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pqscan.app import age
from pqscan.app.age import decrypted, encrypting, is_encrypted, recipients, use_identities
from pqscan.errors import UsageError, WorkError

pyrage = pytest.importorskip("pyrage", reason="pyrage is missing: install the `encrypted` extra")


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age, "_identities", [])


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """A file as `age-keygen` writes it."""
    key = pyrage.x25519.Identity.generate()
    path = tmp_path / "key.txt"
    path.touch(0o600)
    path.write_text(f"# created: 2026-11-29\n# public key: {key.to_public()}\n{key}\n")
    (tmp_path / "reader").write_text(f"# phòng cơ yếu\n\n{key.to_public()}\n")
    return path


def encrypted(data: bytes, *to: str) -> bytes:
    file = io.BytesIO()
    with encrypting(file, recipients(to)) as target:
        target.write(data[:3])
        target.write(data[3:])
    return file.getvalue()


def test_only_the_reader_reads_it(identity: Path) -> None:
    data = b"secret" * 100_000
    file = encrypted(data, f"@{identity.with_name('reader')}")
    assert is_encrypted(file)
    assert b"secret" not in file
    with pytest.raises(UsageError, match="unit is encrypted: name the file with your key by --age-identity"):
        decrypted(file, "unit", len(data))
    use_identities(identity)
    assert decrypted(file, "unit", len(data)) == data
    another = str(pyrage.x25519.Identity.generate().to_public())
    with pytest.raises(UsageError, match="encrypted for somebody else"):
        decrypted(encrypted(data, another), "unit", len(data))
    assert decrypted(encrypted(data, another, f"@{identity.with_name('reader')}"), "unit", len(data)) == data


def test_what_is_not_encrypted_is_read_as_it_is() -> None:
    assert decrypted(b"plain", "unit", 1) == b"plain"


def test_without_a_reader_a_file_is_written_as_it_is() -> None:
    assert encrypted(b"plain") == b"plain"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7), cut=st.integers(0, 10_000))
def test_a_byte_that_is_altered_or_missing_is_noticed(place: int, bit: int, cut: int, identity: Path) -> None:
    use_identities(identity)
    file = encrypted(b"figures " * 100, f"@{identity.with_name('reader')}")
    for data in (_flipped(file, place % len(file), bit), file[: len(age._HEAD) + cut % (len(file) - len(age._HEAD))]):
        try:
            assert not is_encrypted(data) or decrypted(data, "unit", 1000) is None
        except UsageError:
            continue


def _flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


@given(st.binary())
def test_any_bytes_behind_the_head_end_in_a_sentence(data: bytes) -> None:
    age._identities[:] = [pyrage.x25519.Identity.generate()]
    with pytest.raises(UsageError):
        decrypted(age._HEAD + data, "unit", 1000)


def test_a_file_that_is_too_large_when_decrypted_is_refused(identity: Path) -> None:
    use_identities(identity)
    file = encrypted(b"\0" * 1001, f"@{identity.with_name('reader')}")
    assert len(decrypted(file, "unit", 1001)) == 1001
    with pytest.raises(UsageError, match="larger than 1000 bytes when it is decrypted"):
        decrypted(file, "unit", 1000)


def test_a_plain_text_that_does_not_fit_is_refused(identity: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(age, "MOST_BYTES", 5)
    assert encrypted(b"12345", f"@{identity.with_name('reader')}")
    with pytest.raises(WorkError, match="more than 5 bytes cannot be encrypted"):
        encrypted(b"123456", f"@{identity.with_name('reader')}")


@pytest.mark.parametrize(
    "word", ["", "age1xyz", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1QQQ", "@/nowhere", "age1" + "q" * 10_000, "\ud800"]
)
def test_what_is_no_recipient_is_refused(word: str) -> None:
    with pytest.raises(UsageError) as refusal:
        recipients([word])
    assert len(str(refusal.value)) < 200


def test_keys_that_others_can_read_are_not_used(identity: Path) -> None:
    identity.chmod(0o640)
    with pytest.raises(WorkError, match="can be read by others"):
        use_identities(identity)


@pytest.mark.parametrize("text", ["", "# nothing\n", "no key\n", "AGE-SECRET-KEY-1" + "Q" * 58, "x" * 100_000])
def test_a_file_without_a_key_is_refused_without_telling_what_stands_in_it(text: str, identity: Path) -> None:
    identity.write_text(text)
    with pytest.raises(UsageError) as refusal:
        use_identities(identity)
    assert "QQQ" not in str(refusal.value)


def test_without_the_extra_one_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyrage", None)
    with pytest.raises(WorkError, match="install this program's `encrypted` extra"):
        recipients(["age1x"])
