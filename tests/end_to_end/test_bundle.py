"""`make bundle`: what it makes installs where no index and no network can be reached, and nothing that was changed installs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.architecture.house import ROOT
from tools import bundle as maker

HERE = "{}.{}".format(*sys.version_info)
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)  # not that of our venv: a machine that has nothing of ours
LOADS = "from pqscan.harness import liboqs; print(liboqs.find().origin.value, len(liboqs.load().get_enabled_kem_mechanisms()) > 5)"


def written(key: Ed25519PrivateKey, path: Path, *, secret: bytes | None = None) -> Path:
    protection = serialization.NoEncryption() if secret is None else serialization.BestAvailableEncryption(secret)
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection))
    return path


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle for this Python, signed, from wheels that `make test` fetched before."""
    for folder, lock in ((HERE, "requirements.lock"), ("source", "requirements-source.lock")):
        stamp = maker.WHEELS / folder / "made-from"
        if not stamp.exists() or stamp.read_text() != hashlib.sha256((ROOT / lock).read_bytes()).hexdigest():
            pytest.skip("the wheels of a bundle are not here: tools/bundle.py --fetch gets them")
    folder = tmp_path_factory.mktemp("made")
    key = written(Ed25519PrivateKey.generate(), folder / "private.pem")
    command = [sys.executable, "tools/bundle.py", "--out", str(folder / "bundle"), "--key", str(key), "--pythons", HERE]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | {"PIP_NO_INDEX": "1"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "signed" in done.stdout
    return folder / "bundle"


@pytest.fixture
def bundle(signed: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(signed, tmp_path / "bundle"))


def install(bundle: Path, *arguments: str, before: tuple[str, ...] = (), **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the script far from the checkout, with no way to an index."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "PQSCAN_", "OQS_"))}
    environment |= {"PYTHON": BASE_PYTHON, "LC_ALL": "C.UTF-8", "PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_EXTRA_INDEX_URL": "x"}
    command = [*before, "sh", str(bundle / "install.sh"), *arguments]
    return subprocess.run(command, env=environment | variables, cwd=bundle.parent, capture_output=True, text=True, check=False)


def without_network() -> tuple[str, ...]:
    """What a command is put behind so that it has no network at all; nothing where this system does not let us."""
    for command in (("unshare", "-n"), ("unshare", "-rn")):
        if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return ()


@pytest.mark.slow
def test_it_installs_without_index_or_network_and_what_it_installs_works(signed: Path, tmp_path: Path) -> None:
    public = signed.with_name("bundle.public.pem")
    installed = tmp_path / "installed here"
    done = install(signed, "--key", str(public), str(installed), before=without_network(), LC_ALL="en_US.UTF-8")
    assert done.returncode == 0, done.stderr
    assert f"the signature is that of {public}" in done.stdout
    assert f"installed: {installed}/bin/pqscan" in done.stdout
    assert "pqscan works here." in done.stdout  # the last step: doctor
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "en"}
    told = subprocess.run([installed / "bin/pqscan", "--version"], env=environment, capture_output=True, text=True, check=True)
    assert "pqscan" in told.stdout
    if not list(signed.glob("wheels/pqscan_liboqs-*.whl")):
        pytest.skip("this bundle was made where liboqs cannot be built (make liboqs)")
    loaded = subprocess.run([installed / "bin/python", "-c", LOADS], env=environment, capture_output=True, text=True, check=True)
    assert (loaded.stdout, loaded.stderr) == ("own_wheel True\n", "")
    assert "pqscan's own build" in done.stdout


def test_every_wheel_in_it_has_its_hash_among_the_requirements(signed: Path) -> None:
    named = (signed / "requirements.txt").read_text()
    wheels = list((signed / "wheels").iterdir())
    assert len(wheels) > 20
    assert [wheel.name for wheel in wheels if f"sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}" not in named] == []
    assert any(wheel.name.startswith("pqscan-") for wheel in wheels)


def test_its_archive_holds_the_same_files_and_says_nothing_about_who_made_it(signed: Path) -> None:
    with tarfile.open(signed.with_name("bundle.tar")) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        assert {member.name.partition("/")[2] for member in members} == {
            path.relative_to(signed).as_posix() for path in signed.rglob("*") if path.is_file()
        }
        assert {(member.uid, member.gid, member.uname, member.gname) for member in members} == {(0, 0, "", "")}


def test_the_commands_that_its_readme_gives_verify_it(signed: Path, tmp_path: Path) -> None:
    openssl()
    readme = (signed / "README.txt").read_text("utf-8")
    commands = [line.strip() for line in readme.splitlines() if line.startswith("     ")]
    checks = [command.replace("PUBLIC.pem", "../bundle.public.pem") for command in commands if "install.sh" not in command]
    assert len(checks) == 4  # two, in two languages
    for check in checks:
        subprocess.run(["sh", "-c", check], cwd=signed, capture_output=True, check=True)


def openssl() -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl program here verifies a signature")


def refused(bundle: Path, *arguments: str, **variables: str) -> str:
    """The one sentence with which the script stops before it has made anything."""
    done = install(bundle, *arguments, "new", **variables)
    assert done.returncode == 1, done.stdout
    assert not (bundle.parent / "new").exists()
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("name", ["requirements.txt", "install.sh", "pythons"])
def test_a_changed_file_is_not_installed(bundle: Path, name: str) -> None:
    with (bundle / name).open("a") as file:
        file.write("\n")
    assert refused(bundle) == "install.sh: a file of this bundle was changed or is missing (see above)."


def test_a_missing_wheel_is_told_before_anything_is_made(bundle: Path) -> None:
    next((bundle / "wheels").glob("click-*")).unlink()
    assert refused(bundle) == "install.sh: a file of this bundle was changed or is missing (see above)."


def test_checksums_that_were_written_anew_do_not_pass_the_signature(bundle: Path, signed: Path) -> None:
    openssl()
    (bundle / "requirements.txt").write_text("")
    (bundle / "SHA256SUMS").write_bytes(maker.checksums(bundle))
    assert "do not install it" in refused(bundle, "--key", str(signed.with_name("bundle.public.pem")))


def test_the_signature_of_somebody_else_does_not_pass(bundle: Path, tmp_path: Path) -> None:
    openssl()
    other = Ed25519PrivateKey.generate().public_key()
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    (tmp_path / "other.pem").write_bytes(other.public_bytes(serialization.Encoding.PEM, public))
    assert "do not install it" in refused(bundle, "--key", "other.pem")


def test_an_unsigned_bundle_is_refused_where_a_key_is_given(bundle: Path, signed: Path) -> None:
    (bundle / "SHA256SUMS.sig").unlink()
    assert refused(bundle, "--key", str(signed.with_name("bundle.public.pem"))) == "install.sh: this bundle is not signed."


@pytest.mark.parametrize("content", ["3.99\n", ""])
def test_another_python_is_told(bundle: Path, content: str) -> None:
    (bundle / "pythons").write_text(content)
    (bundle / "SHA256SUMS").write_bytes(maker.checksums(bundle))
    assert refused(bundle).startswith(f"install.sh: this bundle is for Python {content.strip()}")


def test_another_machine_is_told(bundle: Path) -> None:
    (bundle / "machine").write_text("Linux riscv64\n")
    (bundle / "SHA256SUMS").write_bytes(maker.checksums(bundle))
    assert refused(bundle).startswith("install.sh: this bundle is for Linux riscv64, and this machine is ")


def test_a_python_that_is_not_there_is_told(bundle: Path) -> None:
    assert "no-such-python is missing" in refused(bundle, PYTHON="no-such-python")


def test_a_folder_with_other_things_in_it_is_left_alone(signed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter").write_text("dear")
    done = install(signed, str(tmp_path / "mine"))
    assert done.returncode == 1
    assert "is there already and is no venv" in done.stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


@pytest.mark.parametrize("arguments", [(), ("",), ("--key",), ("--help",), ("a", "b"), ("--key", "no-such-file", "a")])
def test_wrong_arguments_are_answered_with_one_sentence(signed: Path, arguments: tuple[str, ...]) -> None:
    done = install(signed, *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def wrong_key(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "key.pem"
    if kind == "ECDSA":
        private = generate_private_key(SECP256R1())
        pem, pkcs8, open_ = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path.write_bytes(private.private_bytes(pem, pkcs8, open_))
    elif kind != "missing":
        path.write_bytes({"empty": b"", "garbage": b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}[kind])
    return path


@pytest.mark.parametrize("kind", ["missing", "empty", "garbage", "ECDSA"])
def test_a_key_that_cannot_sign_is_told_before_anything_is_made(tmp_path: Path, kind: str) -> None:
    command = [sys.executable, "tools/bundle.py", "--out", str(tmp_path / "out"), "--key", str(wrong_key(tmp_path, kind))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("make bundle: ")
    assert not (tmp_path / "out").exists()


def test_a_key_with_a_passphrase_signs_where_it_is_the_right_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = Ed25519PrivateKey.generate()
    path = written(key, tmp_path / "key.pem", secret=b"secret")
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "secret")
    signature, _public = maker.private_key(path)(b"sums")
    key.public_key().verify(signature, b"sums")
    monkeypatch.setattr("getpass.getpass", lambda _prompt: "another")
    with pytest.raises(maker.BundleError, match="passphrase"):
        maker.private_key(path)


def test_a_folder_that_is_no_bundle_is_not_made_anew(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("dear")
    with pytest.raises(maker.BundleError, match="is no bundle"):
        maker.make(tmp_path, [HERE], None)
    assert (tmp_path / "letter").exists()


@pytest.mark.parametrize("pythons", [[], ["2.7"], ["3.11", "x"]])
def test_a_python_that_pqscan_does_not_run_on_is_told(pythons: list[str]) -> None:
    with pytest.raises(maker.BundleError, match=r"there are 3\.11"):
        maker.known(pythons)
