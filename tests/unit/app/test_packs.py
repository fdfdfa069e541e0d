"""Policy packs as files: folders, faults, signatures, and old reports made again."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app import assess, choose_policies
from pqscan.app.packs import SignatureState, check, read_folder, sign
from pqscan.app.reporting import report
from pqscan.errors import UsageError, WorkError
from pqscan.policy.rows import DATA_FOLDER
from pqscan.store.repository import Store
from tests.unit.policy.test_reading import GOOD
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate

PEM = serialization.Encoding.PEM


def pack(folder: Path, identifier: str, text: str = GOOD) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{identifier}.toml"
    path.write_text(text.replace('id = "ours"', f'id = "{identifier}"'), encoding="utf-8")
    return path


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    private.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "store.sqlite"), read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        opened.commit(
            a_batch(an_outcome(a_target(1), a_profile("X"), ders=(b"CN=www|RSA|2048|sha256WithRSAEncryption",)), cursor=1)
        )
        yield opened


def rendered(store: Store, names: list[str], folder: Path | None, format_: str = "json") -> bytes:
    chosen = choose_policies(names, None if folder is None else read_folder(folder))
    moment = datetime(2026, 11, 29, tzinfo=UTC)
    inventory = assess(store, policies=chosen, as_of=date(2026, 11, 29), generated_at=moment)
    out = io.BytesIO()
    report(inventory, format_, out, language="en")
    return out.getvalue()


def test_a_folder_of_packs_stands_beside_what_ships(tmp_path: Path) -> None:
    pack(tmp_path / "packs", "ours")
    (tmp_path / "packs" / "README.md").write_text("not a pack")
    shelf = read_folder(tmp_path / "packs")
    assert list(shelf.own) == ["ours"]
    assert [each.id for each in choose_policies(["ours", "vietnam"], shelf)] == ["ours", "vietnam"]


@pytest.mark.parametrize("format_", ["json", "html", "text"])
def test_r36_an_old_report_is_made_again_byte_for_byte_after_its_pack_was_updated(
    store: Store, tmp_path: Path, format_: str
) -> None:
    pack(tmp_path / "old", "ours")
    before = rendered(store, ["ours", "nist-ir-8547"], tmp_path / "old", format_)
    pack(tmp_path / "new", "ours", GOOD.replace("2030-12-31", "2020-12-31"))
    assert rendered(store, ["ours", "nist-ir-8547"], tmp_path / "new", format_) != before
    assert rendered(store, ["ours", "nist-ir-8547"], tmp_path / "old", format_) == before


@pytest.mark.parametrize("format_", ["json", "html", "text"])
def test_r36_a_kept_copy_of_a_shipped_pack_makes_the_same_report(store: Store, tmp_path: Path, format_: str) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "nist.toml").write_bytes((DATA_FOLDER / "nist-ir-8547.toml").read_bytes())
    assert rendered(store, [], tmp_path / "kept", format_) == rendered(store, [], None, format_)


@pytest.mark.parametrize("format_", ["json", "html", "text"])
def test_r39_a_report_says_that_a_pack_stands_in_the_place_of_a_shipped_one(store: Store, tmp_path: Path, format_: str) -> None:
    pack(tmp_path / "packs", "nist-ir-8547")
    made = rendered(store, [], tmp_path / "packs", format_).decode()
    said = '"replaces_shipped":true' if format_ == "json" else "in place of the"
    assert said in made
    assert said not in rendered(store, [], None, format_).decode()


def test_r39_the_same_scan_is_printed_under_two_packs(store: Store, tmp_path: Path) -> None:
    pack(tmp_path / "packs", "ours")
    made = rendered(store, ["vietnam", "ours"], tmp_path / "packs").decode()
    assert '"policy":"ours"' in made
    assert '"policy":"vietnam"' in made


def test_a_report_names_each_pack_by_its_digest(store: Store, tmp_path: Path) -> None:
    path = pack(tmp_path / "packs", "ours")
    edition = check(path)[0].edition
    assert edition is not None
    assert f'"digest":"{edition.digest}"' in rendered(store, ["ours"], tmp_path / "packs").decode()


def test_all_faults_of_all_files_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "packs"
    pack(folder, "first", GOOD.replace('state = "disallowed"', 'state = "x"').replace('who = "Units"', "who = 2"))
    pack(folder, "second", "id == 3\n")
    pack(folder, "third")
    (folder / "zz.toml").write_text(GOOD.replace('id = "ours"', 'id = "third"'))
    found = {each.path.name: [(problem.line, problem.sentence) for problem in each.problems] for each in check(folder)}
    assert [line for line, _ in found["first.toml"]] == [13, 23]
    assert "at line 1" in found["second.toml"][0][1]
    assert found["third.toml"] == []
    assert "two policies have the id third" in found["zz.toml"][0][1]
    with pytest.raises(UsageError, match=r"line 13 of .*first\.toml"):
        read_folder(folder)


def test_what_is_no_folder_of_packs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no policy"):
        read_folder(tmp_path / "empty")
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_folder(tmp_path / "missing")
    (tmp_path / "empty" / "pipe.toml").mkdir()
    with pytest.raises(UsageError, match="Is a directory"):
        read_folder(tmp_path / "empty")


def test_a_signed_pack_is_valid_until_a_byte_of_it_changes(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    private, public = keys
    path = pack(tmp_path / "packs", "ours")
    assert check(path, public)[0].signature is SignatureState.UNSIGNED
    written = sign(path, private)
    assert (written.name, written.stat().st_size) == ("ours.toml.sig", 64)
    assert check(path)[0].signature is SignatureState.UNCHECKED
    assert check(tmp_path / "packs", public)[0].signature is SignatureState.VALID
    path.write_text(path.read_text() + "\n")
    assert check(path, public)[0].signature is SignatureState.WRONG
    sign(path, private)
    written.write_bytes(written.read_bytes() + b"\0")
    assert check(path, public)[0].signature is SignatureState.WRONG


def test_a_signature_with_one_bit_bent_is_wrong_whichever_bit(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    path = pack(tmp_path / "packs", "ours")
    written = sign(path, keys[0])
    signature = written.read_bytes()
    for bit in range(0, 8 * len(signature), 7):
        bent = bytearray(signature)
        bent[bit // 8] ^= 1 << bit % 8
        written.write_bytes(bent)
        assert check(path, keys[1])[0].signature is SignatureState.WRONG
    for other in (
        b"",
        signature[:-1],
        signature + signature,
        b"\0" * 64,
        b"\xff" * 64,
        signature[32:] + signature[:32],
        b"x" * 100_000,
    ):
        written.write_bytes(other)
        assert check(path, keys[1])[0].signature is SignatureState.WRONG
    written.write_bytes(signature)
    assert check(path, keys[1])[0].signature is SignatureState.VALID


def test_a_signature_that_is_no_file_is_said_in_a_sentence(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    path = pack(tmp_path / "packs", "ours")
    beside = path.with_name("ours.toml.sig")
    beside.mkdir()
    with pytest.raises(UsageError, match=r"the file .*ours\.toml\.sig cannot be read: Is a directory"):
        check(path, keys[1])
    beside.rmdir()
    os.mkfifo(beside)
    with pytest.raises(UsageError, match="cannot be read: it is no regular file"):
        check(path, keys[1])


@given(
    st.binary(max_size=200)
    | st.binary(max_size=120).map(lambda body: b"-----BEGIN PUBLIC KEY-----\n" + body + b"\n-----END PUBLIC KEY-----\n")
)
def test_any_bytes_as_a_key_are_one_sentence(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = pack(Path(folder), "ours")
        key = Path(folder) / "key.pem"
        key.write_bytes(data)
        for use in (lambda: check(path, key), lambda: sign(path, key)):
            with pytest.raises(UsageError, match=r"key\.pem is no (public|private) key in PEM"):
                use()


def test_another_tool_verifies_the_signature(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    private, public = keys
    path = pack(tmp_path / "packs", "ours")
    signature = sign(path, private)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-sigfile", signature, "-in", path]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no openssl here")
    assert (done.returncode, b"Verified Successfully" in done.stdout) == (0, True)


def test_keys_that_do_not_fit_are_refused(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    private, public = keys
    path = pack(tmp_path / "packs", "ours")
    curve = generate_private_key(SECP256R1())
    other = tmp_path / "other.pem"
    other.write_bytes(curve.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    with pytest.raises(UsageError, match="no Ed25519 key"):
        sign(path, other)
    other.write_bytes(curve.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(UsageError, match="no Ed25519 key"):
        check(path, other)
    with pytest.raises(UsageError, match="no public key"):
        check(path, private)
    with pytest.raises(UsageError, match="no private key"):
        sign(path, public)
    locked = Ed25519PrivateKey.generate().private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    other.write_bytes(locked)
    with pytest.raises(UsageError, match="has a passphrase"):
        sign(path, other)
    with pytest.raises(UsageError, match=r"the file .* cannot be read"):
        sign(path, tmp_path / "none.pem")


def test_a_pack_with_faults_is_not_signed(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    path = pack(tmp_path / "packs", "ours", GOOD.replace('state = "disallowed"', 'state = "x"'))
    with pytest.raises(UsageError, match="state is 'x'"):
        sign(path, keys[0])
    assert not path.with_name("ours.toml.sig").exists()


def test_where_the_signature_cannot_be_written_is_said(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    path = pack(tmp_path / "packs", "ours")
    path.with_name("ours.toml.sig").mkdir()
    with pytest.raises(WorkError, match="cannot be written"):
        sign(path, keys[0])
