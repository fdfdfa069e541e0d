"""OpenPGP as GnuPG writes it, the certificate of version 6 of RFC 9580, and post-quantum keys put together by RFC 9980."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pqscan_probes.openpgp_file import MOST_FOUND, OpenPgpFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Observation, Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from tests.unit.scan.files.making import facts_of

PUBLIC, PRIVATE, SIGNATURE = Subject.PUBLIC_KEY, Subject.PRIVATE_KEY, Subject.DOCUMENT_SIGNATURE
VERSION_6 = """-----BEGIN PGP PUBLIC KEY BLOCK-----

xioGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laPCsQYf
GwoAAABCBYJjh3/jAwsJBwUVCg4IDAIWAAKbAwIeCSIhBssYbE8GCaaX5NUt+mxy
KwwfHifBilZwj2Ul7Ce62azJBScJAgcCAAAAAK0oIBA+LX0ifsDm185Ecds2v8lw
gyU2kCcUmKfvBXbAf6rhRYWzuQOwEn7E/aLwIwRaLsdry0+VcallHhSu4RN6HWaE
QsiPlR4zxP/TP7mhfVEe7XWPxtnMUMtf15OyA51YBM4qBmOHf+MZAAAAIIaTJINn
+eUBXbki+PSAld2nhJh/LVmFsS+60WyvXkQ1wpsGGBsKAAAALAWCY4d/4wKbDCIh
BssYbE8GCaaX5NUt+mxyKwwfHifBilZwj2Ul7Ce62azJAAAAAAQBIKbpGG2dWTX8
j+VjFM21J0hqWlEg+bdiojWnKfA5AQpWUWtnNwDEM0g12vYxoWM8Y81W+bHBw805
I8kWVkXU6vFOi+HWvv/ira7ofJu16NnoUkhclkUrk0mXubZvyl4GBg==
-----END PGP PUBLIC KEY BLOCK-----
"""  # RFC 9580, appendix A.3


def probe(data: bytes | str) -> Facts:
    return facts_of(OpenPgpFileProbe(), data.encode() if isinstance(data, str) else data)


def keys(facts: Facts) -> list[tuple[str, str | None, object, str | None]]:
    rows = [o for o in facts.observations if o.subject in (PUBLIC, PRIVATE)]
    return [
        (o.subject.value, o.name, dict(o.parameters).get("parameter") or dict(o.parameters).get("size_bits"), o.context)
        for o in rows
    ]


def of(facts: Facts, subject: Subject) -> list[Observation]:
    return [o for o in facts.observations if o.subject is subject]


@dataclass(frozen=True, slots=True)
class Gpg:
    """GnuPG with keys of its own."""

    home: Path

    def __call__(self, *arguments: str, data: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quiet"]
        return subprocess.run([*command, *arguments], input=data, capture_output=True, check=True).stdout

    def make(self, name: str, *kind: str) -> None:
        self("--quick-generate-key", name, *kind)


@pytest.fixture(scope="module")
def gpg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gpg]:
    if shutil.which("gpg") is None or shutil.which("gpgconf") is None:
        pytest.skip("this machine has no GnuPG (packages gnupg and gpg-agent)")
    home = tmp_path_factory.mktemp("g")
    home.chmod(0o700)
    made = Gpg(home)
    made.make("rsa@example", "rsa2048", "sign,cert", "never")
    fingerprint = made("--list-keys", "--with-colons", "rsa@example").decode().split("fpr:::::::::")[1].split(":")[0]
    made("--quick-add-key", fingerprint, "rsa3072", "encr", "never")
    made.make("Nguyễn Văn Tên <ed@example>", "future-default", "default", "never")
    made.make("nist@example", "nistp384", "sign", "never")
    made.make("dsa@example", "dsa1024", "sign", "never")
    yield made
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


RSA_KEYS = [("RSA", 2048, "signing"), ("RSA", 3072, "encryption")]


@pytest.mark.parametrize("options", [(), ("--armor",)])
def test_a_public_key_is_told_with_its_subkey_and_what_each_is_for(gpg: Gpg, options: tuple[str, ...]) -> None:
    facts = probe(gpg("--export", *options, "rsa@example"))
    assert keys(facts) == [("public_key", *row) for row in RSA_KEYS]
    assert [dict(o.parameters)["of"] for o in of(facts, PUBLIC)] == ["primary_key", "subkey"]
    (certified,) = of(facts, SIGNATURE)
    assert (certified.context, certified.name, dict(certified.parameters)["hash"][:3]) == ("openpgp_key", "RSA", "SHA")  # type: ignore[index]
    assert facts.complete
    assert "example" not in repr(facts)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ed@example", [("Ed25519", 256, "signing"), ("X25519", 256, "encryption")]),
        ("nist@example", [("EC", "secp384r1", "signing")]),
        ("dsa@example", [("DSA", 1024, "signing")]),
    ],
)
def test_the_other_kinds_of_keys_are_told(gpg: Gpg, name: str, expected: list[tuple[object, ...]]) -> None:
    assert keys(probe(gpg("--export", name))) == [("public_key", *row) for row in expected]


def test_secret_keys_tell_their_lock(gpg: Gpg) -> None:
    facts = probe(gpg("--armor", "--export-secret-keys", "rsa@example"))
    assert keys(facts) == [("private_key", *row) for row in RSA_KEYS]
    assert [dict(o.parameters).get("locked_by") for o in of(facts, PRIVATE)] == [None, None]


def test_a_locked_secret_key_tells_cipher_and_derivation(tmp_path: Path) -> None:
    if shutil.which("gpg") is None:
        pytest.skip("this machine has no GnuPG (packages gnupg and gpg-agent)")
    home = tmp_path / "g"
    home.mkdir(mode=0o700)
    common = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", "mật khẩu", "--quiet"]
    try:
        subprocess.run([*common, "--quick-generate-key", "a@example", "ed25519", "sign", "never"], capture_output=True, check=True)
        data = subprocess.run([*common, "--export-secret-keys"], capture_output=True, check=True).stdout
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    (key,) = of(probe(data), PRIVATE)
    stated = dict(key.parameters)
    assert (key.name, stated["locked_by"], stated["kdf"]) == ("Ed25519", "AES-128", "S2K iterated SHA-1")


def test_a_keybox_is_read(gpg: Gpg) -> None:
    found = keys(probe((gpg.home / "pubring.kbx").read_bytes()))
    assert {row[1] for row in found} == {"RSA", "Ed25519", "X25519", "EC", "DSA"}
    assert len(found) == 6


def test_the_private_keys_of_the_agent_are_told_each_in_its_file(gpg: Gpg) -> None:
    files = sorted((gpg.home / "private-keys-v1.d").glob("*.key"))
    found = [o for file in files for o in probe(file.read_bytes()).observations]
    shown = sorted((o.name or "", str(dict(o.parameters).get("parameter") or dict(o.parameters)["size_bits"])) for o in found)
    assert shown == [("DSA", "1024"), ("EC", "secp384r1"), ("Ed25519", "256"), ("RSA", "2048"), ("RSA", "3072"), ("X25519", "256")]
    assert {(o.subject, dict(o.parameters)["form"]) for o in found} == {(PRIVATE, "gpg-agent")}


NUMBER = b"\0" + bytes(range(1, 129)) * 2
CANONICAL = (
    b"(21:protected-private-key(3:rsa(1:n257:" + NUMBER + b")(1:e3:\1\0\1)"
    b"(9:protected24:openpgp-s2k3-sha1-aes-cbc((4:sha18:saltsalt8:25165824)16:" + bytes(16) + b")32:" + bytes(32) + b")))"
)
WRITTEN = """Created: 20260101T000000
Key: (protected-private-key (ecc (curve "NIST P-256")(q
  #04AA#)(protected openpgp-s2k3-ocb-aes ((sha1 #AABBCCDDEEFF0011#
  "25165824")#AABB#)#00#)(protected-at "20260101T000000")))
"""


def test_a_locked_key_of_the_agent_tells_its_lock_in_either_form() -> None:
    (canonical,) = probe(CANONICAL).observations
    stated = dict(canonical.parameters)
    assert (canonical.name, stated["locked_by"], stated["kdf"]) == ("RSA", "AES-128-CBC", "S2K iterated SHA-1")
    assert stated["size_bits"] == 2041
    (written,) = probe(WRITTEN).observations
    stated = dict(written.parameters)
    assert (written.name, stated["parameter"], stated["locked_by"]) == ("EC", "secp256r1", "AES-128-OCB")
    assert written.where is not None
    assert written.where.line == 2
    (card,) = probe(CANONICAL.replace(b"(21:protected", b"(20:shadowed")).observations
    assert (card.subject, dict(card.parameters)["secret_key"]) == (PUBLIC, "card")
    with pytest.raises(WrongProtocol):
        probe("Key: (protected-private-key (what it is")


@pytest.mark.parametrize(
    "options",
    [
        ("--detach-sign",),
        ("--armor", "--detach-sign"),
        ("--clear-sign",),
        ("--sign",),
        ("--sign", "--compress-algo", "none"),
        ("--sign", "--compress-algo", "bzip2"),
        ("--armor", "--sign"),
    ],
)
def test_signatures_tell_algorithm_and_hash(gpg: Gpg, options: tuple[str, ...]) -> None:
    data = gpg("--local-user", "rsa@example", "--digest-algo", "SHA384", *options, data=b"text of a secret document" * 100)
    (signature,) = of(probe(data), SIGNATURE)
    assert (signature.name, signature.context, dict(signature.parameters)) == ("RSA", "openpgp", {"hash": "SHA-384"})
    assert "secret document" not in repr(probe(data))


@pytest.mark.parametrize("options", [(), ("--armor",)])
def test_encrypted_messages_tell_by_which_keys(gpg: Gpg, options: tuple[str, ...]) -> None:
    to = ("--trust-model", "always", "--recipient", "rsa@example", "--recipient", "ed@example")
    facts = probe(gpg("--encrypt", *to, *options, data=b"text"))
    assert [o.name for o in of(facts, Subject.DOCUMENT_ENCRYPTION)] == ["RSA", "ECDH"]


def test_a_message_behind_a_password_tells_cipher_and_derivation(gpg: Gpg) -> None:
    (cipher,) = probe(
        gpg("--passphrase", "x", "--symmetric", "--cipher-algo", "AES192", "--s2k-digest-algo", "SHA512", data=b"text")
    ).observations
    assert (cipher.subject, cipher.name) == (Subject.ALGORITHM, "AES-192")
    assert dict(cipher.parameters) == {"of": "openpgp", "kdf": "S2K iterated SHA-512"}


def test_the_certificate_of_rfc_9580_of_version_6_is_read() -> None:
    facts = probe("text\n" + VERSION_6)
    assert keys(facts) == [("public_key", "Ed25519", 256, "signing"), ("public_key", "X25519", 256, "encryption")]
    assert dict(of(facts, PUBLIC)[0].parameters)["version"] == 6
    (certified,) = of(facts, SIGNATURE)
    assert (certified.name, dict(certified.parameters)) == ("Ed25519", {"hash": "SHA-512"})
    assert certified.where is not None
    assert certified.where.line == 2


def key_packet(number: int, material: bytes, *, version: int = 6, tag: int = 6, behind: bytes = b"") -> bytes:
    body = bytes((version,)) + bytes(4) + bytes((number,)) + (len(material).to_bytes(4) if version > 4 else b"") + material + behind
    return bytes((0xC0 | tag, 0xFF)) + len(body).to_bytes(4) + body


@pytest.mark.parametrize(
    ("number", "octets", "name", "kind", "context"),
    [
        (30, 1984, "ML-DSA-65+Ed25519", QuantumClass.PQT_HYBRID, "signing"),
        (31, 2649, "ML-DSA-87+Ed448", QuantumClass.PQT_HYBRID, "signing"),
        (32, 32, "SLH-DSA-SHAKE-128s", QuantumClass.POST_QUANTUM, "signing"),
        (34, 64, "SLH-DSA-SHAKE-256s", QuantumClass.POST_QUANTUM, "signing"),
        (35, 1216, "ML-KEM-768+X25519", QuantumClass.PQT_HYBRID, "encryption"),
        (36, 1624, "ML-KEM-1024+X448", QuantumClass.PQT_HYBRID, "encryption"),
    ],
)
def test_post_quantum_keys_are_told_by_their_numbers(number: int, octets: int, name: str, kind: QuantumClass, context: str) -> None:
    (key,) = of(probe(key_packet(number, bytes(octets))), PUBLIC)
    assert (key.name, key.quantum_class, key.context) == (name, kind, context)
    locked = key_packet(number, bytes(octets), tag=5, behind=bytes((253, 26, 9, 2, 20, 4)) + bytes(19 + 40))
    (secret,) = of(probe(locked), PRIVATE)
    stated = dict(secret.parameters)
    assert (secret.name, stated["locked_by"], stated["kdf"]) == (name, "AES-256-OCB", "Argon2id")


def test_a_key_whose_number_nobody_lists_is_unknown_and_told() -> None:
    (key,) = of(probe(key_packet(77, bytes(40))), PUBLIC)
    assert (key.value, key.name, key.quantum_class) == ("77", None, QuantumClass.UNKNOWN)


def test_a_key_that_lies_on_a_card_is_no_private_key_here() -> None:
    stub = key_packet(27, bytes(32), version=4, tag=5, behind=bytes((255, 7, 101, 2)) + b"GNU\x01")
    (key,) = probe(stub).observations
    assert (key.subject, dict(key.parameters)["secret_key"]) == (PUBLIC, "none")


def test_words_damage_and_text_are_told_apart() -> None:
    for text in (
        "-----BEGIN PGP PUBLIC KEY BLOCK-----",
        "if '-----BEGIN PGP SIGNATURE-----' in line:",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n...\n-----END PGP PUBLIC KEY BLOCK-----",
        "Đây là một bức thư",
        "\x99",
    ):
        with pytest.raises(WrongProtocol):
            probe(text)
    with pytest.raises(MalformedMessage):
        probe(VERSION_6.replace("xioGY4d", "xioHY4d"))
    facts = probe(VERSION_6 + VERSION_6.replace("xioGY4d", "xioHY4d"))
    assert (len(of(facts, PUBLIC)), facts.complete) == (2, False)


def test_keys_in_strings_of_json_are_read_too() -> None:
    facts = probe('{"key": "' + VERSION_6.replace("\n", "\\n") + '"}')
    assert len(of(facts, PUBLIC)) == 2


def test_keyrings_are_judged_by_their_keys(gpg: Gpg, tmp_path: Path) -> None:
    (tmp_path / "a.gpg").write_bytes(gpg("--export", "ed@example"))
    (tmp_path / "b.gpg").write_bytes(key_packet(30, bytes(1984)) + key_packet(35, bytes(1216), tag=14))
    (tmp_path / "c.gpg").write_bytes(gpg("--export", "dsa@example"))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / f"{name}.gpg" for name in "abc"], store, machine="here")
        told = [(target.key_establishment.state, target.authentication.state) for target in assess(store).targets()]
    assert told == [
        (State.VULNERABLE, State.VULNERABLE),
        (State.EXCLUSIVE, State.EXCLUSIVE),
        (State.NONE, State.BROKEN),
    ]
    assert "Nguyễn".encode() not in (tmp_path / "store.sqlite").read_bytes()


def test_many_words_that_begin_a_block_take_no_longer_than_their_octets() -> None:
    with pytest.raises(WrongProtocol):
        probe("-----BEGIN PGP MESSAGE-----\n" * 90_000)


def test_a_key_of_the_agent_ends_where_the_next_one_begins() -> None:
    first = WRITTEN.partition("(protected openpgp")[0]
    facts = probe(first + "\n" + WRITTEN)
    assert [dict(o.parameters)["locked_by"] for o in facts.observations] == ["unknown", "AES-128-OCB"]


def test_more_keys_of_the_agent_than_are_read_of_one_file_are_told_as_cut() -> None:
    facts = probe("Key: (private-key (ecc (curve Ed25519)\n" * (MOST_FOUND + 1))
    assert facts.observations
    assert not facts.complete
