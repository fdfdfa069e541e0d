"""Private keys as people have them, written by OpenSSL, OpenSSH and `cryptography`; and those of PuTTY, by its manual."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)  # fmt: skip
from pqscan_probes.private_key_file import PrivateKeyFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Observation, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.ssh.host_key import read_host_key
from tests.unit.scan.files.making import facts_of

RSA, EC = rsa.generate_private_key(65537, 3072), ec.generate_private_key(ec.SECP256R1())
ED, ML_DSA = ed25519.Ed25519PrivateKey.generate(), mldsa.MLDSA65PrivateKey.generate()


def pem(key: object, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> bytes:
    lock = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, form, lock)  # type: ignore[attr-defined,no-any-return]  # Every private key has it.


def probe(data: bytes) -> Facts:
    return facts_of(PrivateKeyFileProbe(), data)


def one(data: bytes) -> tuple[Observation, dict[str, str | int]]:
    (observation,) = probe(data).observations
    return observation, dict(observation.parameters)


def test_a_key_in_pem_is_told_with_its_place() -> None:
    observation, stated = one(b"# text\n" + pem(RSA))
    assert (observation.name, observation.value, observation.usage) == ("RSA", "1.2.840.113549.1.1.1", Usage.PRESENT)
    assert (observation.where, stated) == (Where(line=2, offset=7), {"form": "pkcs8", "size_bits": 3072})
    observation, stated = one(pem(ML_DSA))
    assert observation.quantum_class is QuantumClass.POST_QUANTUM
    assert stated == {"form": "pkcs8", "encoding": "seed", "parameter": "ML-DSA-65", "size_bits": 15616}


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_in_der_is_told_alone_and_pkcs_8_also_inside_of_something(form: PrivateFormat) -> None:
    der = RSA.private_bytes(Encoding.DER, form, NoEncryption())
    assert one(der)[1]["size_bits"] == 3072
    inside = bytes(100) + der + bytes(100)
    if form is PrivateFormat.PKCS8:
        assert one(inside)[0].where == Where(offset=100)
    else:
        with pytest.raises(WrongProtocol):
            probe(inside)


@pytest.mark.parametrize("bits", [1024, 2048])
def test_a_key_of_dsa_in_der_is_told_behind_its_parameters(bits: int) -> None:
    der = dsa.generate_private_key(bits).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert [one(data)[1]["size_bits"] for data in (der, bytes(100) + der)] == [bits, bits]


def test_a_key_of_ed448_with_its_public_half_is_told() -> None:
    """As Bouncy Castle writes it (RFC 5958, version 1)."""
    der = bytes.fromhex("308183 020101 3005 06032b6571 043b 0439") + b"\x5a" * 57 + bytes.fromhex("813a 00") + b"\xa5" * 57
    observation, stated = one(der)
    assert (observation.name, stated) == ("Ed448", {"form": "pkcs8", "size_bits": 456})


@pytest.mark.parametrize("before", [b"", b"constants "])
def test_the_first_octets_of_every_key_in_a_program_are_no_key(before: bytes) -> None:
    """As in compiled Python of `cryptography`, that writes keys of X25519."""
    beginning = bytes.fromhex("302e020100300506032b656e04220420")
    with pytest.raises(WrongProtocol):
        probe(
            b"\xf3" + before + beginning + bytes.fromhex("e9300000007202000000e910000000290f72b800000072f0000000da115f7a65") + b"ro"
        )
    drawn = ed25519.Ed25519PrivateKey.from_private_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    der = drawn.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    assert one(b"\xf3" + before + der + b"ro")[0].name == "Ed25519"


def test_several_keys_of_one_file_stand_side_by_side() -> None:
    facts = probe(pem(RSA) + pem(EC, PrivateFormat.TraditionalOpenSSL) + pem(ED))
    assert [observation.name for observation in facts.observations] == ["RSA", "EC", "Ed25519"]


def test_locked_keys_tell_by_what(tmp_path: Path) -> None:
    assert one(pem(EC, password=b"x"))[1] == {
        "form": "pkcs8", "locked_by": "aes256-cbc", "kdf": "PBKDF2", "prf": "hmacWithSHA256", "iterations": 2048,
    }  # fmt: skip
    observation, stated = one(pem(RSA, PrivateFormat.TraditionalOpenSSL, b"x"))
    assert observation.name == "RSA"
    assert stated == {"form": "pkcs1", "locked_by": "AES-256-CBC", "kdf": "MD5", "iterations": 1}


@pytest.mark.parametrize(("front", "end"), [("# ", "\n"), ("", "\\n")], ids=["comment", "string"])
def test_an_old_lock_in_a_comment_or_a_string_is_told_too(front: str, end: str) -> None:
    text = pem(RSA, PrivateFormat.TraditionalOpenSSL, b"word").decode()
    written = "".join(f"{front}{line}{end}" for line in text.splitlines())
    observation, stated = one(b'k: "x"\n' + written.encode())
    assert (observation.name, stated["form"], stated["locked_by"]) == ("RSA", "pkcs1", "AES-256-CBC")


@pytest.mark.parametrize("password", ["", "secret"])
def test_openssh_tells_type_and_size_of_a_locked_key_too(tmp_path: Path, password: str) -> None:
    observation, stated = one(by_openssh(tmp_path, "rsa", "-b", "3072", password=password))
    assert (observation.name, stated["size_bits"], stated["form"]) == ("RSA", 3072, "openssh")
    assert stated.get("locked_by") == ("aes256-ctr" if password else None)
    assert stated.get("kdf") == ("bcrypt" if password else None)


def by_openssh(folder: Path, kind: str, *further: str, password: str) -> bytes:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("this machine has no ssh-keygen (package openssh-client)")
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *further, "-N", password, "-f", folder / "key"], check=True)
    return (folder / "key").read_bytes()


def test_the_public_half_of_a_key_of_openssh_is_the_key_that_a_server_shows(tmp_path: Path) -> None:
    data = by_openssh(tmp_path, "ed25519", password="secret")
    blob = base64.b64decode((tmp_path / "key.pub").read_text().split()[1])
    facts = probe(data)
    assert facts.certificates == (blob,)
    assert facts.chains[0].certificates == (read_host_key(blob).sha256,)


def putty(version: int, encryption: str, derivation: str = "") -> bytes:
    blob = ED.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1].decode()
    lines = [blob[:64], blob[64:]]
    return (
        f"PuTTY-User-Key-File-{version}: ssh-ed25519\r\nEncryption: {encryption}\r\nComment: Khoá của tôi\r\nPublic-Lines: 2\r\n"
        + "\r\n".join(lines)
        + f"\r\n{derivation}Private-Lines: 1\r\nc2VjcmV0\r\nPrivate-MAC: 00\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("written", "stated"),
    [
        ((2, "none"), {"form": "putty-2", "size_bits": 256}),
        ((2, "aes256-cbc"), {"form": "putty-2", "size_bits": 256, "locked_by": "aes256-cbc", "kdf": "SHA-1"}),
        (
            (3, "aes256-cbc", "Key-Derivation: Argon2id\r\nArgon2-Memory: 8192\r\n"),
            {"form": "putty-3", "size_bits": 256, "locked_by": "aes256-cbc", "kdf": "Argon2id"},
        ),
    ],
)
def test_keys_of_putty_are_told(written: tuple[int, str], stated: dict[str, object]) -> None:
    data = putty(*written)
    observation, found = one(data)
    assert (observation.name, found) == ("Ed25519", stated)
    assert "secret" not in repr(probe(data))


def of_puttygen(folder: Path, kind: str, bits: int, output: str, password: str = "") -> bytes:
    if shutil.which("puttygen") is None:
        pytest.skip("this machine has no puttygen (package putty-tools)")
    (folder / "none").touch()
    (folder / "password").write_text(f"{password}\n")
    empty = ("--new-passphrase", folder / "none")
    lock = ("--new-passphrase", folder / "password") if password else empty
    if kind == "rsa1":  # It has one form alone.
        subprocess.run(
            ["puttygen", "-q", "-t", kind, "-b", str(bits), "-o", folder / "made", *lock], check=True, capture_output=True
        )
        return (folder / "made").read_bytes()
    subprocess.run(["puttygen", "-q", "-t", kind, "-b", str(bits), "-o", folder / "made", *empty], check=True, capture_output=True)
    command = ["puttygen", folder / "made", "-O", output, "-o", folder / "written", *lock]
    subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["puttygen", folder / "made", "-L", "-o", folder / "public"], check=True, capture_output=True)
    return (folder / "written").read_bytes()


@pytest.mark.parametrize(("kind", "name"), [("rsa", "RSA"), ("dsa", "DSA")])
def test_a_key_of_ssh_communications_security_is_told_as_puttygen_writes_it(tmp_path: Path, kind: str, name: str) -> None:
    data = of_puttygen(tmp_path, kind, 2048, "private-sshcom")
    observation, stated = one(b"text\n" + data)
    assert (observation.name, stated["form"], stated["size_bits"]) == (name, "sshcom", 2048)
    assert observation.where == Where(line=2, offset=5)
    blob = base64.b64decode((tmp_path / "public").read_bytes().split()[1])
    assert probe(data).certificates == (blob,)


def test_a_locked_key_of_ssh_communications_security_tells_by_what(tmp_path: Path) -> None:
    data = of_puttygen(tmp_path, "rsa", 2048, "private-sshcom", "secret")
    observation, stated = one(data)
    assert (observation.name, stated) == ("RSA", {"form": "sshcom", "locked_by": "3des-cbc", "kdf": "MD5"})


@pytest.mark.parametrize(("password", "lock"), [("", {}), ("secret", {"locked_by": "3des-cbc", "kdf": "MD5"})])
def test_a_key_of_ssh_1_shows_its_size_though_it_is_locked(tmp_path: Path, password: str, lock: dict[str, str]) -> None:
    observation, stated = one(of_puttygen(tmp_path, "rsa1", 1024, "private", password))
    assert (observation.name, stated) == ("RSA", {"form": "ssh1", "size_bits": 1024, **lock})


@pytest.mark.parametrize("data", [b"", b"is how they begin\n", b"Comment: a\nZm9v\n"])
def test_words_of_such_a_block_are_no_key_and_a_damaged_one_is_told(data: bytes) -> None:
    text = b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n" + data + b"---- END SSH2 ENCRYPTED PRIVATE KEY ----\n"
    with pytest.raises(MalformedMessage if b"Zm9v" in data else WrongProtocol):
        probe(text)


def test_words_in_a_program_are_no_key() -> None:
    for text in (b'if "-----BEGIN PRIVATE KEY-----" in line:', b"PuTTY-User-Key-File-", b"-----BEGIN RSA PRIVATE KEY-----\n..."):
        with pytest.raises(WrongProtocol):
            probe(text)


def test_a_damaged_key_is_told_and_the_others_stand() -> None:
    damaged = pem(RSA).replace(b"MII", b"AAA")
    facts = probe(damaged + pem(EC))
    assert (len(facts.observations), facts.complete) == (1, False)
    assert facts.detail is not None
    assert facts.detail.code == "private_keys_unreadable"
    with pytest.raises(MalformedMessage):
        probe(damaged)


def test_a_file_of_private_keys_is_judged_by_them(tmp_path: Path) -> None:
    files = {
        "a": pem(RSA),
        "b": pem(ML_DSA),
        "c": pem(RSA) + pem(ML_DSA),
        "d": pem(EC, password=b"x"),
        "e": pem(RSA) + pem(EC, password=b"x"),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / name for name in files], store, machine="here")
        states = [target.authentication.state for target in assess(store).targets()]
    assert states == [State.VULNERABLE, State.EXCLUSIVE, State.CAPABLE, State.UNKNOWN, State.UNKNOWN]


def test_overlapping_beginnings_are_left_at_some_point() -> None:
    der = RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    facts = probe(der + bytes.fromhex("3082ffff 020100 300d06") * 90_000)
    assert [observation.name for observation in facts.observations] == ["RSA"]
    assert not facts.complete


def test_a_key_of_putty_ends_where_the_next_one_begins() -> None:
    whole = putty(2, "none")
    facts = probe(whole.partition(b"Public-Lines")[0] + whole)
    assert [observation.name for observation in facts.observations] == ["Ed25519"]
    assert not facts.complete
