"""Signers and recipients of CMS, as programs write them and as nobody should."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from pqscan.errors import MalformedMessage
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.cms import Content, Message, read_cms
from tests.unit.wire.pki.cms_making import (
    COMPOSITE,
    ED25519,
    ML_DSA_65,
    RSA,
    SHA1,
    SHA512,
    SLH_DSA,
    agreement,
    auth_enveloped,
    counter,
    enveloped,
    kem,
    signed,
    signer,
    transport,
    without_lengths,
)  # fmt: skip
from tests.unit.wire.pki.making import integer, oid, seq, tlv
from tests.unit.wire.pki.making import signed as certificate


def signers(message: Message) -> list[tuple[str, str | None, QuantumClass, bool]]:
    return [(one.algorithm.algorithm, one.algorithm.hash, one.algorithm.quantum_class, one.is_counter) for one in message.signers]


@pytest.mark.parametrize(
    ("algorithm", "name", "quantum_class"),
    [
        (ML_DSA_65, "ML-DSA-65", QuantumClass.POST_QUANTUM),
        (SLH_DSA, "SLH-DSA-SHA2-128s", QuantumClass.POST_QUANTUM),
        (COMPOSITE, "MLDSA44-Ed25519-SHA512", QuantumClass.PQT_HYBRID),
        (ED25519, "Ed25519", QuantumClass.TRADITIONAL),
        (RSA, "RSA", QuantumClass.TRADITIONAL),
    ],
)
def test_a_signature_is_told_by_its_number(algorithm: str, name: str, quantum_class: QuantumClass) -> None:
    message = read_cms(signed(signer(algorithm, SHA512)))
    ((told, hashed, told_class, is_counter),) = signers(message)
    assert (told_class, is_counter) == (quantum_class, False)
    assert told.startswith(name[:7])
    assert hashed is not None
    assert hashed.lower() == "sha512"


def test_the_hash_of_the_message_counts_where_the_signature_names_none() -> None:
    assert signers(read_cms(signed(signer(RSA, SHA1))))[0][1] == "sha1"
    assert signers(read_cms(signed(signer(digest=SHA1))))[0][1] == "sha256"


def test_every_signer_and_who_signed_their_signatures_is_told() -> None:
    message = read_cms(signed(signer(unsigned=counter(signer(ML_DSA_65), signer(ED25519))), signer(SLH_DSA)))
    assert [(name, is_counter) for name, _, _, is_counter in signers(message)] == [
        ("sha256WithRSAEncryption", False),
        ("ML-DSA-65", True),
        ("Ed25519", True),
        ("SLH-DSA-SHA2-128s", False),
    ]


def test_the_key_is_that_of_the_certificate_which_the_signer_names() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    der = certificate("a.example", key=key)
    from cryptography import x509

    loaded = x509.load_der_x509_certificate(der)
    named = seq(loaded.issuer.public_bytes(), integer(loaded.serial_number))
    info = seq(integer(1), named, seq(oid(SHA512)), seq(oid("1.2.840.10045.4.3.4")), tlv(4, b"x"))
    message = read_cms(signed(info, signer(), certificates=certificate("b.example") + der))
    first, second = message.signers
    assert first.key is not None
    assert (first.key.size_bits, first.key.parameter) == (384, "secp384r1")
    assert second.key is None
    assert len(message.certificates) == 2


def test_recipients_are_told_each_by_what_wraps_the_key() -> None:
    message = read_cms(enveloped(transport(), transport(octets=384), kem()))
    assert [(one.kind.value, one.name, one.size_bits, one.quantum_class) for one in message.recipients] == [
        ("key_transport", "RSA", 2048, QuantumClass.TRADITIONAL),
        ("key_transport", "RSA", 3072, QuantumClass.TRADITIONAL),
        ("kem", "ML-KEM-768", None, QuantumClass.POST_QUANTUM),
    ]
    assert message.recipients[2].wrap == "id-aes256-wrap"
    assert message.recipients[2].kdf == "id-alg-hkdf-with-sha256"
    assert message.cipher is not None
    assert message.cipher.name == "aes256-cbc"


def test_the_key_of_the_sender_tells_the_curve_on_which_keys_are_agreed_on() -> None:
    named = agreement("1.3.132.1.11.1", "1.2.840.10045.2.1", b"\4" + bytes(96), oid("1.3.132.0.34"))
    bare = agreement("1.2.840.113549.1.9.16.3.19", "1.3.101.110", bytes(32))
    told = [(one.name, one.size_bits, one.parameter, one.wrap) for one in read_cms(enveloped(named, bare)).recipients]
    assert told == [("ECDH", 384, "secp384r1", "id-aes256-wrap"), ("X25519", 256, None, "id-aes256-wrap")]
    assert {one.quantum_class for one in read_cms(enveloped(named, bare)).recipients} == {QuantumClass.TRADITIONAL}


def test_authenticated_encryption_is_read_as_well() -> None:
    message = read_cms(auth_enveloped(kem()))
    assert message.content is Content.AUTH_ENVELOPED
    assert message.cipher is not None
    assert message.cipher.name == "aes256-gcm"


@pytest.mark.parametrize("der", [signed(signer(ML_DSA_65), signer()), enveloped(transport(), kem())])
def test_a_message_without_lengths_says_the_same(der: bytes) -> None:
    loose, whole = read_cms(without_lengths(der) + b"rest"), read_cms(der)
    assert loose.signers == whole.signers
    assert loose.recipients == whole.recipients
    assert loose.end == len(without_lengths(der))


@pytest.mark.parametrize("der", [signed(signer()), enveloped(kem())])
def test_no_prefix_of_a_message_is_one(der: bytes) -> None:
    for size in range(len(der)):
        with pytest.raises(MalformedMessage):
            read_cms(der[:size])


def test_a_million_attributes_and_signers_are_cut_and_said_to_be() -> None:
    attribute = seq(oid("1.2.3"), tlv(0x31, tlv(4, b"")))
    assert read_cms(signed(signer(unsigned=attribute * 1001))).is_cut
    assert not read_cms(signed(signer(unsigned=attribute * 1000))).is_cut
    many = read_cms(signed(*[signer()] * 1001))
    assert (len(many.signers), many.is_cut) == (1000, True)


def test_signatures_of_signatures_of_signatures_end() -> None:
    info = signer()
    for _ in range(50):
        info = signer(unsigned=counter(info))
    message = read_cms(signed(info))
    assert message.is_cut
    assert len(message.signers) == 5


def test_other_contents_are_not_read() -> None:
    with pytest.raises(MalformedMessage, match="is not read"):
        read_cms(seq(oid("1.2.840.113549.1.7.5"), tlv(0xA0, seq(integer(0)))))
