"""Algorithms as programs spell them."""

from __future__ import annotations

import pytest

from pqscan.registry.algorithms import Function
from pqscan.registry.spellings import curve_of, spelled, version_of


@pytest.mark.parametrize(
    ("text", "name", "function", "hash_name", "mode"),
    [
        ("AES/GCM/NoPadding", "AES", None, None, "GCM"),
        ("aes_256_gcm", "AES-256", None, None, "GCM"),
        ("des-ede3-cbc", "3DES", None, None, "CBC"),
        ("DESede", "3DES", None, None, None),
        ("RSA/ECB/PKCS1Padding", "RSAES-PKCS1-1.5", Function.KEY_ESTABLISHMENT, None, None),
        ("RSA/ECB/OAEPWithSHA-256AndMGF1Padding", "RSA-OAEP", Function.KEY_ESTABLISHMENT, None, None),
        ("SHA256withRSA", "RSA-PKCS1-1.5", Function.SIGNATURE, "SHA-256", None),
        ("SHA256withRSAandMGF1", "RSA-PSS", Function.SIGNATURE, "SHA-256", None),
        ("SHA1withECDSA", "ECDSA", Function.SIGNATURE, "SHA-1", None),
        ("RSA-SHA512", "RSA-PKCS1-1.5", Function.SIGNATURE, "SHA-512", None),
        ("HmacSHA256", "HMAC", Function.MAC, "SHA-256", None),
        ("PBKDF2WithHmacSHA512", "PBKDF2", Function.KEY_DERIVATION, "SHA-512", None),
        ("RS256", "RSA-PKCS1-1.5", Function.SIGNATURE, "SHA-256", None),
        ("ES384", "ECDSA", Function.SIGNATURE, "SHA-384", None),
        ("sha", "SHA-1", None, None, None),
        ("ml_kem_768", "ML-KEM-768", None, None, None),
    ],
)
def test_a_spelling_tells_algorithm_purpose_hash_and_mode(
    text: str, name: str, function: Function | None, hash_name: str | None, mode: str | None
) -> None:
    found = spelled(text)
    assert found is not None
    assert (found.algorithm.name, found.function, found.hash, found.mode) == (name, function, hash_name, mode)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "design",
        "despatch",
        "Description",
        "rsa_key_file",
        "aes_helper",
        "HmacNothing",
        "x" * 500,
        "md5sum.txt",
        "rijndael-256",
        "MLDsa65WithECDsaP256",
    ],
)
def test_what_only_looks_alike_is_no_algorithm(text: str) -> None:
    assert spelled(text) is None


@pytest.mark.parametrize(
    ("text", "curve"),
    [
        ("secp256r1", "P-256"),
        ("prime256v1", "P-256"),
        ("P-384", "P-384"),
        ("nistp521", "P-521"),
        ("secp256k1", "secp256k1"),
        ("sector9", None),
    ],
)
def test_a_curve_has_one_name(text: str, curve: str | None) -> None:
    assert curve_of(text) == curve


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("TLSv1", "TLS1.0"), ("TLSv1.2", "TLS1.2"), ("TLSv1_1_METHOD", "TLS1.1"),
        ("VersionTLS13", "TLS1.3"), ("PROTOCOL_SSLv3", "SSLv3"),
        ("Tls12", "TLS1.2"), ("Tls", "TLS1.0"), ("TLS", None), ("PROTOCOL_SSLv23", None),
        ("PROTOCOL_TLS_CLIENT", None), ("SSLContext", None), ("Default", None),
    ],
)  # fmt: skip
def test_a_version_of_tls_has_one_name(text: str, version: str | None) -> None:
    assert version_of(text) == version
