"""Files and keys of age as its reference implementation writes them (tests/vectors/age)."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pqscan_probes.age_key import AgeKeyProbe
from pqscan_probes.signature_file import SignatureFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Subject, Where
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from tests.unit.scan.files.making import facts_of

VECTORS = Path(__file__).parents[1] / "vectors" / "age"
HYBRID, CLASSIC, UNKNOWN = QuantumClass.PQT_HYBRID, QuantumClass.TRADITIONAL, QuantumClass.UNKNOWN


def vector(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def keys(data: bytes) -> Facts:
    return facts_of(AgeKeyProbe(), data)


def told(data: bytes) -> set[tuple[str, str | None, QuantumClass]]:
    found = facts_of(SignatureFileProbe(), data).observations
    assert {one.name for one in found if one.subject is Subject.ALGORITHM} == {"ChaCha20-Poly1305"}
    return {(one.value, one.name, one.quantum_class) for one in found if one.subject is Subject.DOCUMENT_ENCRYPTION}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x.age", {("X25519", "X25519", CLASSIC)}),
        ("pq.age", {("mlkem768x25519", "X-Wing", HYBRID)}),
        ("pq.txt", {("mlkem768x25519", "X-Wing", HYBRID)}),
        ("tag.age", {("p256tag", "ECDH", CLASSIC)}),
        ("tagpq.age", {("mlkem768p256tag", "MLKEM768-P256", HYBRID)}),
        ("scrypt.age", {("password", None, QuantumClass.NOT_PUBLIC_KEY)}),
        ("ssh.age", {("ssh-rsa", "RSA-OAEP", CLASSIC), ("ssh-ed25519", "X25519", CLASSIC), ("X25519", "X25519", CLASSIC)}),
    ],
)
def test_a_file_tells_for_whom_it_is_encrypted(name: str, expected: set[tuple[str, str | None, QuantumClass]]) -> None:
    assert told(vector(name)) == expected


def test_a_password_is_told_with_its_work() -> None:
    (found,) = (one for one in facts_of(SignatureFileProbe(), vector("scrypt.age")).observations if one.value == "password")
    assert dict(found.parameters) == {
        "recipient": "password", "kdf": "scrypt", "iterations": 1 << 18, "cipher": "ChaCha20-Poly1305",
    }  # fmt: skip


def test_armour_in_settings_is_read_where_it_stands() -> None:
    text = "sops:\n  age:\n    - enc: |\n" + "".join(f"        {line}\n" for line in vector("pq.txt").decode().splitlines())
    found = facts_of(SignatureFileProbe(), text.encode()).observations
    assert {one.where.line for one in found if one.where is not None} == {4}


def test_recipients_of_plugins_are_unknown_and_those_for_nobody_are_none() -> None:
    head, _, rest = vector("x.age").partition(b"-> ")
    data = head + b"-> example.com/enigma a b\nAAAA\n-> x-grease q\n\n-> " + rest
    assert told(data) == {("X25519", "X25519", CLASSIC), ("example.com/enigma", None, UNKNOWN)}


@pytest.mark.parametrize("size", [23, 60, 150])
def test_a_header_that_is_cut_off_is_told(size: int) -> None:
    with pytest.raises(MalformedMessage):
        facts_of(SignatureFileProbe(), vector("x.age")[:size])


def test_keys_are_told_with_their_places() -> None:
    for name, algorithm, quantum_class in (("x.key", "X25519", CLASSIC), ("pq.key", "X-Wing", HYBRID)):
        found = keys(vector(name)).observations
        assert [(one.subject, one.name, one.quantum_class) for one in found] == [
            (Subject.PUBLIC_KEY, algorithm, quantum_class),
            (Subject.PRIVATE_KEY, algorithm, quantum_class),
        ]
        assert [(one.where or Where()).line for one in found] == [2, 3]


def test_tagged_recipients_are_keys_of_hardware() -> None:
    (found,) = keys(vector("tag.pub")).observations
    assert (found.name, dict(found.parameters)) == ("EC", {"parameter": "secp256r1", "size_bits": 256, "form": "age"})
    assert load_der_public_key(keys(vector("tag.pub")).certificates[0]).key_size == 256  # type: ignore[union-attr]
    (found,) = keys(vector("tagpq.pub")).observations
    assert (found.name, found.quantum_class, found.components) == ("MLKEM768-P256", HYBRID, ("ECDH", "ML-KEM-768"))


def test_a_recipient_of_a_plugin_is_told_by_its_name() -> None:
    """An example of age-plugin-yubikey's manual."""
    (found,) = keys(b"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t\n").observations
    assert (found.value, found.quantum_class) == ("yubikey", UNKNOWN)


@pytest.mark.parametrize(
    "text",
    [
        b"page1, image1.png and age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
        b"AGE-SECRET-KEY-1... is how an identity begins; AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQ",
        b"page1842whr4u2vjcj0qpr8z8n93x7wmwhf2fk53qteg407esvjd964psadcx3w",
    ],
)
def test_words_without_a_right_check_are_no_key(text: bytes) -> None:
    with pytest.raises(WrongProtocol):
        keys(text)


@pytest.mark.parametrize("front", ["", "\n", "recipients: ", "age: >-\n    ", "key=", '["', "a,", "<key>", "`"])
def test_a_recipient_is_found_as_a_value_of_settings(front: str) -> None:
    word = vector("x.key").split(b"public key: ")[1].split()[0].decode()
    (found,) = keys(f"{front}{word}`".encode()).observations
    assert (found.name, (found.where or Where()).offset) == ("X25519", len(front))


def test_words_that_are_no_key_are_left_at_some_point() -> None:
    assert not keys(vector("x.key") + b"\n" + (b" age1" + b"q" * 4000) * 1100).complete


def test_no_octet_of_an_identity_is_told() -> None:
    word = vector("x.key").split()[-1]
    assert word[16:-6].decode() not in repr(keys(vector("x.key")))


def test_files_for_hybrids_are_never_called_vulnerable(tmp_path: Path) -> None:
    for name in ("x.age", "pq.age", "x.key", "pq.key"):
        (tmp_path / name).write_bytes(vector(name))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path], store, machine="here")
        told = {
            Path(one.sighting.target.path).name: (one.key_establishment.state, one.authentication.state)
            for one in assess(store).targets()
        }
    assert told["x.age"][0] is State.VULNERABLE
    assert State.VULNERABLE not in (*told["pq.age"], *told["pq.key"])
