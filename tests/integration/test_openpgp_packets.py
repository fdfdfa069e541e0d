"""Runs of packets of OpenPGP that are damaged, packed, of algorithms that nobody lists, or of keys of which nothing says what they
are for."""

from __future__ import annotations

import base64
import bz2
import random
import zlib
from pathlib import Path

import pytest

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Subject
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from tests.integration.test_openpgp_file import PUBLIC, SIGNATURE, key_packet, of, probe

SIGNED = bytes((0x88, 15, 4, 0, 1, 8, 0, 0, 0, 0, 0xAB, 0xCD, 0, 8, 0xFF, 0x01, 0x02))
FOR_RSA, FOR_77 = (bytes((0xC1, 15, 3)) + bytes(8) + bytes((number, 0, 8, 255, 0, 0)) for number in (1, 77))
CONTENT = bytes((0xD2, 6, 1)) + bytes(5)


@pytest.mark.parametrize(
    ("head", "subject"),
    [(SIGNED, SIGNATURE), (FOR_RSA, Subject.DOCUMENT_ENCRYPTION), (FOR_77 + CONTENT, Subject.DOCUMENT_ENCRYPTION)],
)
@pytest.mark.parametrize("tail", [b"\n\n", b"\xff\x01", bytes((0x88, 200)) + b"cut"])
def test_what_stands_in_front_of_octets_that_are_no_packet_is_told(head: bytes, subject: Subject, tail: bytes) -> None:
    facts = probe(head + tail)
    assert [o.subject for o in facts.observations] == [subject]
    assert not facts.complete
    assert probe(head).complete


def test_a_message_for_a_key_that_nobody_lists_is_unknown_and_told() -> None:
    (one,) = probe(FOR_77 + CONTENT).observations
    assert (one.subject, one.value, one.name) == (Subject.DOCUMENT_ENCRYPTION, "77", None)
    assert one.quantum_class is QuantumClass.UNKNOWN
    first, second = probe(FOR_RSA + FOR_77 + CONTENT).observations
    assert (first.name, second.value) == ("RSA", "77")


def test_a_signature_of_an_algorithm_that_nobody_lists_is_unknown_and_told() -> None:
    (one, other) = probe(SIGNED + SIGNED[:4] + bytes((77,)) + SIGNED[5:]).observations
    assert (one.name, other.value, other.quantum_class) == ("RSA", "77", QuantumClass.UNKNOWN)


@pytest.mark.parametrize("alone", [FOR_77, SIGNED[:4] + bytes((77,)) + SIGNED[5:]])
def test_one_packet_of_an_algorithm_that_nobody_lists_is_octets_that_look_alike(alone: bytes) -> None:
    for data in (alone, alone + b"\n\n"):
        with pytest.raises(WrongProtocol):
            probe(data)


def pack(packing: int, data: bytes) -> bytes:
    """RFC 9580, section 9.4."""
    if packing == 1:
        made = zlib.compressobj(wbits=-15)
        return made.compress(data) + made.flush()
    return zlib.compress(data) if packing == 2 else bz2.compress(data)


@pytest.mark.parametrize("packing", [1, 2, 3])
def test_a_packed_message_tells_how_it_is_signed_however_it_is_packed(packing: int) -> None:
    one_pass = bytes((0xC4, 13, 3, 0, 8, 1)) + bytes(9) + bytes((0xC4, 13, 3, 0, 10, 22)) + bytes(8) + b"\1"
    text = random.Random(1).randbytes(300_000)
    packed = pack(packing, one_pass + b"\xcb\xff" + (len(text) + 6).to_bytes(4) + b"b\0" + bytes(4) + text)
    for head in (b"\xa3", b"\xc8\xff" + (len(packed) + 1).to_bytes(4)):
        facts = probe(head + bytes((packing,)) + packed)
        assert [(o.subject, o.name, dict(o.parameters)["hash"]) for o in facts.observations] == [
            (SIGNATURE, "RSA", "SHA-256"),
            (SIGNATURE, "EdDSA", "SHA-512"),
        ]


def test_a_message_that_cannot_be_unpacked_is_told_in_armour() -> None:
    for packed in (b"\xa3\x02broken", b"\xa3\x09unknown", b"\xa3\x03BZh9"):
        with pytest.raises(MalformedMessage):
            probe(f"-----BEGIN PGP MESSAGE-----\n\n{base64.b64encode(packed).decode()}\n-----END PGP MESSAGE-----\n")


RSA_MATERIAL = b"\x08\x00" + b"\xff" * 256 + b"\0\x11\x01\0\x01"


def with_flags(flags: int) -> bytes:
    """A signature on a key that says what it is for (RFC 9580, section 5.2.3.29)."""
    body = bytes((4, 0x13, 1, 8, 0, 3, 2, 27, flags, 0, 0, 0xAB, 0xCD, 0, 8, 0xFF))
    return bytes((0xC2, len(body))) + body


@pytest.mark.parametrize(
    ("behind", "context"),
    [
        (b"", "any_use"),
        (with_flags(0x01), "signing"),
        (with_flags(0x02), "signing"),
        (with_flags(0x20), "signing"),
        (with_flags(0x0C), "encryption"),
        (with_flags(0x0F), "any_use"),
        (with_flags(0x80), "any_use"),
    ],
)
def test_a_key_of_rsa_is_for_what_its_signature_says_and_else_for_both(behind: bytes, context: str) -> None:
    (key,) = of(probe(key_packet(1, RSA_MATERIAL, version=4) + behind), PUBLIC)
    assert (key.name, key.context) == ("RSA", context)


def test_a_key_of_which_nothing_says_what_it_is_for_is_judged_for_both(tmp_path: Path) -> None:
    (tmp_path / "a.gpg").write_bytes(key_packet(1, RSA_MATERIAL, version=4))
    (tmp_path / "b.gpg").write_bytes(key_packet(77, bytes(40)))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "a.gpg", tmp_path / "b.gpg"], store, machine="here")
        told = [(target.key_establishment.state, target.authentication.state) for target in assess(store).targets()]
    assert told == [(State.VULNERABLE, State.VULNERABLE), (State.UNKNOWN, State.UNKNOWN)]
