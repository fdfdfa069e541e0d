"""Names of the Java Cryptography Architecture: what a call's argument says, and words that are no algorithm."""

from __future__ import annotations

import pytest

from pqscan.registry.jca import called

CIPHER, SIGNATURE, PAIRS = "javax/crypto/Cipher", "java/security/Signature", "java/security/KeyPairGenerator"


@pytest.mark.parametrize(
    ("owner", "text", "algorithm", "function", "others"),
    [
        (CIPHER, "AES", "AES", "encryption", ()),
        (CIPHER, "AES/GCM/NoPadding", "AES", "encryption", (("parameter", "GCM"),)),
        (CIPHER, "DESede/CBC/PKCS5Padding", "3DES", "encryption", (("parameter", "CBC"),)),
        (CIPHER, "RSA", "RSA", "key_establishment", ()),
        (CIPHER, "RSA/ECB/PKCS1Padding", "RSA", "key_establishment", (("padding", "PKCS1Padding"),)),
        (CIPHER, "ARCFOUR", "RC4", "encryption", ()),
        (SIGNATURE, "SHA1withRSA", "RSA", "signature", (("hash", "SHA-1"),)),
        (SIGNATURE, "SHA256withRSAandMGF1", "RSA", "signature", (("hash", "SHA-256"),)),
        (SIGNATURE, "SHA256withECDSAinP1363Format", "ECDSA", "signature", (("hash", "SHA-256"),)),
        (SIGNATURE, "ML-DSA-65", "ML-DSA-65", "signature", ()),
        (SIGNATURE, "NONEwithRSA", "RSA", "signature", ()),
        (SIGNATURE, "NONEwithECDSA", "ECDSA", "signature", ()),
        (SIGNATURE, "SHA3-256withECDSA", "ECDSA", "signature", (("hash", "SHA3-256"),)),
        (CIPHER, "PBEWithMD5AndDES", "DES", "encryption", (("hash", "MD5"),)),
        (CIPHER, "Rijndael/CBC/PKCS5Padding", "AES", "encryption", (("parameter", "CBC"),)),
        (CIPHER, "ChaCha20-Poly1305", "ChaCha20-Poly1305", "encryption", ()),
        (None, "NONEwithRSA", "RSA", "signature", ()),
        (PAIRS, "XDH", "X25519", None, ()),
        (PAIRS, "EC", "EC", None, ()),
        (None, "HmacSHA256", "HMAC", "mac", (("hash", "SHA-256"),)),
        (None, "PBKDF2WithHmacSHA1", "PBKDF2", None, (("hash", "SHA-1"),)),
        (None, "DES/ECB/PKCS5Padding", "DES", "encryption", (("parameter", "ECB"),)),
    ],
)
def test_a_name_says_algorithm_use_and_more(
    owner: str | None, text: str, algorithm: str, function: str | None, others: tuple[tuple[str, str], ...]
) -> None:
    read = called(owner, text)
    assert read is not None
    assert (read.algorithm.name, read.function, read.others) == (algorithm, function, others)


@pytest.mark.parametrize(
    "text",
    [
        "HmacOfMySecret",
        "passwordwithRSA",
        "AES/CBC/password",
        "AES/password/NoPadding",
        "PBEWithpasswordAndDES",
        "passwordwithRSA/CBC/NoPadding",
        "PBKDF2WithHmacpassword",
    ],
)
@pytest.mark.parametrize("owner", [None, CIPHER])
def test_what_only_begins_like_a_name_is_none_so_that_no_text_of_a_file_is_told(owner: str | None, text: str) -> None:
    assert called(owner, text) is None


@pytest.mark.parametrize("text", ["", "DES", "design", "a/b/c", "RSA", "with", "SHA1withTEA", "text/html/x", "x" * 100])
def test_a_text_that_nobody_hands_to_a_call_is_an_algorithm_only_where_it_cannot_be_a_word(text: str) -> None:
    assert called(None, text) is None
