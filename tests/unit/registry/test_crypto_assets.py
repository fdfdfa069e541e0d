"""Algorithms as assets: names by CycloneDX's patterns, families, curves, levels and halves."""

from __future__ import annotations

import pytest

from pqscan.registry import cyclonedx
from pqscan.registry.algorithms import Function, algorithms
from pqscan.registry.crypto_assets import CryptoAsset, Known, cipher_asset, crypto_asset, keyed_digest
from pqscan.registry.quantum import QuantumClass

KEYS, SIGNS = Function.KEY_ESTABLISHMENT, Function.SIGNATURE


def told(asset: CryptoAsset) -> tuple[object, ...]:
    return asset.name, asset.primitive, asset.family, asset.parameter_set, asset.curve, asset.classical_bits, asset.nist_category


@pytest.mark.parametrize(
    ("spelling", "function", "known", "expected"),
    [
        ("ML-KEM-768", KEYS, Known(), ("ML-KEM-768", "kem", "ML-KEM", "768", None, 192, 3)),
        ("ML-DSA-44", SIGNS, Known(), ("ML-DSA-44", "signature", "ML-DSA", "44", None, 128, 2)),
        ("SLH-DSA-SHA2-128s", SIGNS, Known(), ("SLH-DSA-SHA2-128s", "signature", "SLH-DSA", "SHA2-128s", None, 128, 1)),
        ("X25519", KEYS, Known(), ("x25519", "key-agree", "ECDH", None, "other/Curve25519", 128, 0)),
        ("secp256r1", KEYS, Known(), ("ECDH-P-256", "key-agree", "ECDH", "P-256", "nist/P-256", 128, 0)),
        ("secp384r1", SIGNS, Known(digest="sha384"), ("ECDSA-P-384-SHA-384", "signature", "ECDSA", "P-384", "nist/P-384", 192, 0)),
        ("ECDSA-P521", SIGNS, Known(), ("ECDSA-P-521", "signature", "ECDSA", "P-521", "nist/P-521", 256, 0)),
        ("Ed25519", SIGNS, Known(), ("Ed25519", "signature", "EdDSA", None, "other/Ed25519", 128, 0)),
        ("RSA", None, Known(size_bits=3072), ("RSA-3072", "other", None, "3072", None, 128, 0)),
        ("RSA-2048-PSS", SIGNS, Known(), ("RSA-PSS-2048", "signature", "RSASSA-PSS", "2048", None, 112, 0)),
        ("EC", None, Known(parameter="P-256"), ("EC-P-256", "other", None, "P-256", "nist/P-256", 128, 0)),
        ("ffdhe3072", KEYS, Known(), ("FFDH-ffdhe3072", "key-agree", "FFDH", "3072", None, 128, 0)),
        ("DH", KEYS, Known(size_bits=2048), ("FFDH-2048", "key-agree", "FFDH", "2048", None, 112, 0)),
        ("SHA-256", Function.HASH, Known(), ("SHA-256", "hash", "SHA-2", "256", None, None, 2)),
        ("MD5", Function.HASH, Known(), ("MD5", "hash", "MD5", None, None, None, None)),
        ("FN-DSA", SIGNS, Known(), ("FN-DSA", "signature", None, None, None, None, None)),
    ],
)
def test_an_algorithm_is_told_in_the_words_of_cyclonedx(
    spelling: str, function: Function | None, known: Known, expected: tuple[object, ...]
) -> None:
    assert told(crypto_asset(spelling, function, known)) == expected


@pytest.mark.parametrize(
    ("oid", "name", "expected"),
    [
        ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption", ("RSA-PKCS1-1.5-SHA-256", "signature", "RSASSA-PKCS1")),
        ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384", ("ECDSA-SHA-384", "signature", "ECDSA")),
        ("2.16.840.1.101.3.4.3.18", "ML-DSA-65", ("ML-DSA-65", "signature", "ML-DSA")),
    ],
)
def test_a_signature_of_a_certificate_is_named_by_its_number(oid: str, name: str, expected: tuple[str, ...]) -> None:
    asset = crypto_asset(name, SIGNS, Known(oid=oid))
    assert (asset.name, asset.primitive, asset.family) == expected
    assert asset.oid == oid


def test_a_hybrid_has_its_halves_and_the_category_of_the_resistant_one() -> None:
    hybrid = crypto_asset("X25519MLKEM768", KEYS, Known(components=("ML-KEM-768", "X25519")))
    assert (hybrid.primitive, hybrid.nist_category, hybrid.quantum_class) == ("combiner", 3, QuantumClass.PQT_HYBRID)
    assert [part.name for part in hybrid.parts] == ["ML-KEM-768", "x25519"]


@pytest.mark.parametrize(
    ("base", "bits", "mode", "expected"),
    [
        ("AES", 128, "GCM", ("AES-128-GCM", "ae", "gcm", 1)),
        ("AES", 256, "CBC", ("AES-256-CBC", "block-cipher", "cbc", 5)),
        ("aes", 256, "cbc", ("AES-256-CBC", "block-cipher", "cbc", 5)),
        ("CHACHA20", 256, "POLY1305", ("ChaCha20-Poly1305", "ae", None, None)),
        ("RC4", 128, "", ("RC4-128", "stream-cipher", None, None)),
        ("3DES", 168, "CBC", ("3DES-168-CBC", "block-cipher", "cbc", None)),
    ],
)
def test_a_cipher_has_its_key_length_and_mode(base: str, bits: int, mode: str, expected: tuple[object, ...]) -> None:
    asset = cipher_asset(base, bits, mode)
    assert (asset.name, asset.primitive, asset.mode, asset.nist_category) == expected


def test_a_stream_cipher_without_a_digest_is_not_called_authenticated() -> None:
    names = [
        cipher_asset(*each).name for each in (("ChaCha20", 256, ""), ("ChaCha20-Poly1305", 256, ""), ("ChaCha20", 256, "POLY1305"))
    ]
    assert ["Poly1305" in name for name in names] == [False, True, True]


def test_a_keyed_digest_is_an_hmac() -> None:
    assert (keyed_digest("SHA2-256").name, keyed_digest("sha1").name) == ("HMAC-SHA-256", "HMAC-SHA-1")


def test_what_no_row_names_keeps_its_name_and_has_no_level() -> None:
    asset = crypto_asset("1.3.6.1.4.1.99999.1", None, Known(oid="1.3.6.1.4.1.99999.1", quantum_class=QuantumClass.UNKNOWN))
    assert (asset.name, asset.primitive, asset.nist_category, asset.quantum_class) == (
        "1.3.6.1.4.1.99999.1", "unknown", None, QuantumClass.UNKNOWN,
    )  # fmt: skip


@pytest.mark.parametrize("row", algorithms(), ids=lambda row: row.name)
def test_every_algorithm_by_name_is_an_asset_whose_family_knows_its_primitive(row: object) -> None:
    name, function = row.name, row.functions[0]  # type: ignore[attr-defined]  # A row of algorithms.toml.
    asset = crypto_asset(name, function, Known(components=row.components))  # type: ignore[attr-defined]
    family = cyclonedx.family(asset.family or "")
    assert asset.primitive in cyclonedx.PRIMITIVES
    assert asset.family is None or family is not None
    if asset.quantum_class is QuantumClass.TRADITIONAL:
        assert asset.nist_category == 0


def test_a_curve_is_known_by_all_its_names() -> None:
    names = {
        spelling: cyclonedx.curve_like(spelling)
        for spelling in ("P-256", "secp256r1", "prime256v1", "nistp256", "1.2.840.10045.3.1.7")
    }
    assert {found.name for found in names.values() if found is not None} == {"nist/P-256"}
    assert None not in names.values()


@pytest.mark.parametrize(
    ("name", "oid", "function"),
    [
        ("MLDSA65-ECDSA-P256-SHA512", "1.3.6.1.5.5.7.6.45", SIGNS),
        ("MLKEM768-X25519-SHA3-256", "1.3.6.1.5.5.7.6.58", KEYS),
    ],
)
def test_a_composite_key_whose_use_nothing_tells_is_what_its_resistant_half_is(name: str, oid: str, function: Function) -> None:
    known = Known(oid=oid)
    assert crypto_asset(name, None, known) == crypto_asset(name, function, known)
