"""Messages and keys of COSE: those of RFC 9052, appendix C, in their structure, and what a small writer here makes."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import pytest
from pqscan_probes.cose_file import CoseFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import WrongProtocol
from pqscan.model.observation import Subject
from pqscan.model.outcome import Facts
from pqscan.model.target import FileTarget
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.scan.files.marks import Beginnings
from pqscan.scan.files.piece import Piece
from pqscan.wire.pki.bare_key import read_bare_key
from tests.unit.scan.files.making import Asked, facts_of

SIGNATURE, ENCRYPTION, ALGORITHM = Subject.DOCUMENT_SIGNATURE, Subject.DOCUMENT_ENCRYPTION, Subject.ALGORITHM
Value = int | bytes | str | bool | list["Value"] | dict[int | str, "Value"] | tuple[int, "Value"] | None


def cbor(value: Value) -> bytes:
    """RFC 8949; a tuple is a tag with what it stands before."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    if isinstance(value, dict):
        return head(5, len(value)) + b"".join(cbor(key) + cbor(each) for key, each in value.items())
    return head(6, value[0]) + cbor(value[1])


def head(major: int, argument: int) -> bytes:
    first = major << 5
    if argument < 24:
        return bytes((first | argument,))
    size, form = next(pair for pair in ((1, "B"), (2, ">H"), (4, ">I"), (8, ">Q")) if argument < 1 << 8 * pair[0])
    return bytes((first | 23 + size.bit_length(),)) + struct.pack(form, argument)


def probe(data: bytes) -> Facts:
    return facts_of(CoseFileProbe(), data)


def sign1(alg: Value, *, tag: int | None = 18, payload: Value = b"secret person") -> bytes:
    message: Value = [cbor({1: alg}), {4: b"11"}, payload, bytes(64)]
    return cbor(message if tag is None else (tag, message))


@pytest.mark.parametrize(
    ("alg", "name", "stated", "quantum_class"),
    [
        (-7, "ECDSA", {"hash": "SHA-256"}, QuantumClass.TRADITIONAL),
        (-52, "ECDSA", {"hash": "SHA-512", "parameter": "secp521r1"}, QuantumClass.TRADITIONAL),
        (-8, "EdDSA", {}, QuantumClass.TRADITIONAL),
        (-37, "RSA-PSS", {"hash": "SHA-256"}, QuantumClass.TRADITIONAL),
        (-257, "RSA-PKCS1-1.5", {"hash": "SHA-256"}, QuantumClass.TRADITIONAL),
        (-46, "LMS", {}, QuantumClass.POST_QUANTUM),
        (-49, "ML-DSA-65", {}, QuantumClass.POST_QUANTUM),
        (-999, None, {}, QuantumClass.UNKNOWN),
    ],
)
def test_a_signed_message_tells_its_algorithm_by_its_number(
    alg: int, name: str | None, stated: dict[str, str], quantum_class: QuantumClass
) -> None:
    (one,) = probe(sign1(alg)).observations
    assert (one.subject, one.value, one.context, one.name) == (SIGNATURE, str(alg), "cose", name)
    assert (dict(one.parameters), one.quantum_class) == (stated, quantum_class)
    assert "secret" not in repr(one)


def test_the_algorithm_may_stand_in_the_header_that_is_not_protected() -> None:
    (one,) = probe(cbor((18, [b"", {1: -50}, None, b"s"]))).observations
    assert one.name == "ML-DSA-87"


def test_a_text_for_an_algorithm_is_not_told() -> None:
    (one,) = probe(sign1("Nguyen Van Ten")).observations
    assert (one.value, one.name, one.quantum_class) == ("unlisted", None, QuantumClass.UNKNOWN)


@pytest.mark.parametrize(
    "message",
    [
        b"\xd8\x3d" + sign1(-7),
        b"\xd9\xd9\xf7" + sign1(-7),
        b"\xd9\xd9\xf7\xd8\x3d" + sign1(-7),
        sign1(-7, tag=None),
        b"\xd2\x9f\x5f\x42\xa1\x01\x41\x26\xff\xbf\xff\xf6\x41\x00\xff",
    ],
    ids=["CWT", "self-described", "both", "without a tag", "indefinite lengths"],
)
def test_a_signature_is_found_however_it_is_wrapped(message: bytes) -> None:
    assert [one.value for one in probe(message).observations] == ["-7"]


def test_each_signature_of_a_message_is_told() -> None:
    signatures: list[Value] = [[cbor({1: alg}), {}, b"s"] for alg in (-7, -48, -7)]
    facts = probe(cbor((98, [b"", {}, b"content", signatures])))
    assert [(one.value, one.subject) for one in facts.observations] == [("-7", SIGNATURE), ("-48", SIGNATURE)]


def test_an_encrypted_message_tells_its_cipher_and_each_recipient() -> None:
    inner: Value = [b"", {1: -5}, b"key"]
    recipients: Value = [[cbor({1: -25}), {}, None, [inner]], [b"", {1: -6}, b""], [cbor({1: -41}), {}, b"key"]]
    cipher, *told = probe(cbor((96, [cbor({1: 1}), {5: b"iv"}, b"cipher", recipients]))).observations
    assert (cipher.subject, cipher.name, cipher.context) == (ALGORITHM, "AES-128", "encryption")
    assert [(one.subject, one.value, one.name) for one in told] == [
        (ENCRYPTION, "-25", "ECDH"),
        (ENCRYPTION, "-5", "AES-256"),
        (ENCRYPTION, "-6", "direct"),
        (ENCRYPTION, "-41", "RSA-OAEP"),
    ]
    assert told[2].quantum_class is QuantumClass.NOT_PUBLIC_KEY


@pytest.mark.parametrize(
    ("message", "subject", "name"),
    [
        ((16, [cbor({1: 24}), {}, b"c"]), ALGORITHM, "ChaCha20-Poly1305"),
        ((17, [cbor({1: 5}), {}, b"c", b"t"]), ALGORITHM, "HMAC"),
        ((97, [cbor({1: 5}), {}, b"c", b"t", [[b"", {1: -6}, b""]]]), ALGORITHM, "HMAC"),
        ((16, [cbor({1: 35}), {}, b"c"]), ENCRYPTION, None),
    ],
    ids=["encrypt0", "mac0", "mac", "an algorithm without a row, as those of HPKE"],
)
def test_other_messages_tell_by_what_they_are_kept(message: Value, subject: Subject, name: str | None) -> None:
    one = probe(cbor(message)).observations[0]
    assert (one.subject, one.name) == (subject, name)


POINT = bytes(range(32))
KEYS: dict[str, tuple[dict[int | str, Value], str | None, str, dict[str, Value]]] = {
    "P-256": ({1: 2, 2: b"11", -1: 1, -2: POINT, -3: POINT}, "EC", "any_use", {"parameter": "P-256", "size_bits": 256}),
    "its point compressed": ({1: 2, 3: -7, -1: 1, -2: POINT, -3: True}, "EC", "signing", {"parameter": "P-256", "size_bits": 256}),
    "X25519": ({-1: 4, -2: POINT, 1: 1, 4: [7, 8]}, "X25519", "encryption", {"parameter": "X25519", "size_bits": 256}),
    "Ed25519": ({1: 1, 4: ["verify"], -1: 6, -2: POINT}, "Ed25519", "signing", {"parameter": "Ed25519", "size_bits": 256}),
    "RSA": ({1: 3, -1: b"\x80" + bytes(255), -2: b"\x01\x00\x01"}, "RSA", "any_use", {"size_bits": 2048}),
    "ML-DSA-65": ({1: 7, 3: -49, -1: bytes(1952)}, "ML-DSA-65", "signing", {"parameter": "ML-DSA-65", "size_bits": 15616}),
    "HSS": ({1: 5, -1: bytes(60)}, "HSS/LMS", "any_use", {}),
    "a curve without a row": ({1: 2, -1: 99, -2: POINT, -3: POINT}, None, "any_use", {"parameter": "99"}),
}


@pytest.mark.parametrize(("key", "name", "context", "stated"), KEYS.values(), ids=KEYS)
def test_a_key_tells_its_kind_and_what_it_is_for(
    key: dict[int | str, Value], name: str | None, context: str, stated: dict[str, Value]
) -> None:
    (one,) = probe(cbor(key)).observations
    assert (one.subject, one.name, one.context, dict(one.parameters)) == (Subject.PUBLIC_KEY, name, context, stated)


def test_a_key_is_kept_as_x509_has_it() -> None:
    (kept,) = probe(cbor(KEYS["ML-DSA-65"][0])).certificates
    assert read_bare_key(kept).public_key.algorithm == "ML-DSA-65"


SECRET = b"sixteen octets.."


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ({1: 2, -1: 1, -2: POINT, -3: POINT, -4: SECRET}, "1.2.840.10045.2.1"),
        ({1: 1, -1: 6, -2: POINT, -4: SECRET}, "1.3.101.112"),
        ({1: 7, 3: -48, -1: bytes(1312), -2: SECRET}, "2.16.840.1.101.3.4.3.17"),
        ({1: 3, -1: b"\x80" + bytes(255), -2: b"\x03", -3: SECRET}, "1.2.840.113549.1.1.1"),
        ({1: 4, -1: SECRET}, "oct"),
    ],
    ids=["EC2", "OKP", "AKP", "RSA", "symmetric"],
)
def test_a_private_key_is_told_of_and_nothing_of_it_is_kept(key: dict[int | str, Value], value: str) -> None:
    facts = probe(cbor(key))
    assert [one.value for one in facts.observations if one.subject is Subject.PRIVATE_KEY] == [value]
    assert "sixteen" not in repr(facts)


@pytest.mark.parametrize(
    ("key", "name"), [({1: 2, -1: 1, -4: SECRET}, "EC"), ({1: 1, -1: 6, -4: SECRET}, "Ed25519")], ids=["EC2", "OKP"]
)
def test_a_private_key_may_stand_there_without_its_public_half(key: dict[int | str, Value], name: str) -> None:
    """RFC 9053, section 7: its curve and the private member must be there, the point should."""
    facts = probe(cbor(key))
    assert {one.subject: one.name for one in facts.observations}[Subject.PRIVATE_KEY] == name
    assert facts.certificates == ()


def test_a_set_of_keys_tells_each_by_its_number() -> None:
    facts = probe(cbor([KEYS["P-256"][0], KEYS["ML-DSA-65"][0]]))
    assert [(one.name, one.where.symbol if one.where else None) for one in facts.observations] == [
        ("EC", "keys[0]"),
        ("ML-DSA-65", "keys[1]"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        sign1(-7)[:-1],
        cbor((18, [cbor({1: -7}), {}, b"c"])),
        cbor((18, [cbor({}), {}, b"c", b"s"])),
        cbor((18, [cbor([1, -7]), {}, b"c", b"s"])),
        cbor((18, [cbor({1: -7}) + b"\x00", {}, b"c", b"s"])),
        cbor((18, [cbor({1: -7}), {}, "text", b"s"])),
        cbor((18, [cbor({1: -7}), {}, b"c", 5])),
        cbor((98, [b"", {}, b"c", []])),
        cbor((96, [cbor({1: 1}), {}, b"c", b"r"])),
        sign1(-7, tag=None) + b"\n",
        sign1(-999, tag=None),
        sign1(5, tag=None),
        b"\xd2\x84\x43\xa2\x01\x26\xa0\xf6\x40",
        b"\xd9\xd9\xf7\xd2" + b"\xd9\xd9\xf7" * 50_000,
        b"\xd2\x84" + b"\x9f" * 100_000,
        b"\xd2\x84\x5b\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xd2\x84\x40\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
        cbor({1: 2, -1: 1, -2: POINT}),
        cbor({1: 2, -1: 1, -2: "text", -3: POINT}),
        cbor({1: 2, 3: -7}),
        cbor({1: 99, -1: 1}),
        cbor({1: 1, 2: 2}),
        cbor({1: 3, -1: bytes(256), -2: b"\x03"}),
        cbor(KEYS["P-256"][0]) + b"\x00",
        cbor([KEYS["P-256"][0], {1: 1}]),
        b"\xa2\x01\x04\x01\x04",
        cbor({1: "a", 2: "b"}),
    ],
)  # fmt: skip
def test_what_only_begins_like_one_is_none(data: bytes) -> None:
    with pytest.raises(WrongProtocol):
        probe(data)


def test_arbitrary_octets_behind_a_mark_are_none() -> None:
    asked, state = Asked(CoseFileProbe()), 1
    for _ in range(20_000):
        state = state * 6364136223846793005 + 1442695040888963407 & (1 << 64) - 1
        mark = CoseFileProbe.marks[state % len(CoseFileProbe.marks)]
        data = bytes.fromhex(mark.pattern.replace("??", "20").replace(" ", "")) + struct.pack(">Q", state) * 6
        with pytest.raises(WrongProtocol):
            asked.facts_of(data)


def test_the_headers_of_a_message_that_is_not_held_whole_are_told_and_that_it_is_cut() -> None:
    data = sign1(-7, payload=bytes(5000))[:1000]
    found = Beginnings(CoseFileProbe.marks).find(data)
    facts = asyncio.run(CoseFileProbe().run(FileTarget("machine", "some.file"), Piece(data, found, is_whole=False)))
    assert ([one.value for one in facts.observations], facts.complete) == (["-7"], False)


def test_files_of_cose_are_judged(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(sign1(-7))
    (tmp_path / "b").write_bytes(sign1(-49))
    (tmp_path / "c").write_bytes(cbor((96, [cbor({1: 3}), {}, b"c", [[cbor({1: -25}), {}, None]]])))
    (tmp_path / "d").write_bytes(cbor(KEYS["RSA"][0]))
    (tmp_path / "e").write_bytes(cbor(KEYS["ML-DSA-65"][0]))
    (tmp_path / "f").write_bytes(cbor({1: 4, -1: SECRET}))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / name for name in "abcdef"], store, machine="here")
        told = [(target.key_establishment.state, target.authentication.state) for target in assess(store).targets()]
    assert told == [
        (State.NONE, State.VULNERABLE),
        (State.NONE, State.EXCLUSIVE),
        (State.VULNERABLE, State.NONE),
        (State.VULNERABLE, State.VULNERABLE),
        (State.NONE, State.EXCLUSIVE),
        (State.NONE, State.NONE),
    ]
    assert b"secret person" not in (tmp_path / "store.sqlite").read_bytes()
