"""An algorithm told by its name has the identifier that the table has for exactly it, and no other."""

from __future__ import annotations

import pytest

from pqscan.registry.algorithms import Function
from pqscan.registry.asset_oids import with_oid
from pqscan.registry.crypto_assets import CryptoAsset, Known, cipher_asset, crypto_asset, keyed_digest

SIGNS, AGREES = Function.SIGNATURE, Function.KEY_ESTABLISHMENT


@pytest.mark.parametrize(
    ("asset", "oid"),
    [
        (crypto_asset("ML-KEM-768", AGREES), "2.16.840.1.101.3.4.4.2"),
        (crypto_asset("ML-DSA-65", SIGNS), "2.16.840.1.101.3.4.3.18"),
        (crypto_asset("RSA", None, Known(size_bits=2048)), "1.2.840.113549.1.1.1"),
        (crypto_asset("EC", None, Known(parameter="P-384")), "1.2.840.10045.2.1"),
        (crypto_asset("DSA", None, Known(size_bits=1024)), "1.2.840.10040.4.1"),
        (crypto_asset("ECDSA", SIGNS, Known(parameter="P-256", digest="sha256")), "1.2.840.10045.4.3.2"),
        (crypto_asset("ECDSA", SIGNS, Known(digest="sha1")), "1.2.840.10045.4.1"),
        (crypto_asset("RSA-PSS", SIGNS, Known(digest="sha256")), "1.2.840.113549.1.1.10"),
        (crypto_asset("Ed25519", SIGNS), "1.3.101.112"),
        (crypto_asset("SHA-1", Function.HASH), "1.3.14.3.2.26"),
        (crypto_asset("SHAKE128", Function.HASH), "2.16.840.1.101.3.4.2.11"),
        (cipher_asset("AES", 256, "gcm"), "2.16.840.1.101.3.4.1.46"),
        (keyed_digest("sha256"), "1.2.840.113549.2.9"),
    ],
    ids=lambda value: value.name if isinstance(value, CryptoAsset) else "",
)
def test_a_name_has_its_number(asset: CryptoAsset, oid: str) -> None:
    assert with_oid(asset).oid == oid


@pytest.mark.parametrize(
    "asset",
    [
        crypto_asset("ECDSA", SIGNS),  # with no hash
        crypto_asset("ECDSA", SIGNS, Known(digest="ripemd160")),  # one in another form alone
        crypto_asset("ECDH", AGREES),  # one for each derivation of keys
        crypto_asset("DH", AGREES, Known(size_bits=2048)),  # two kinds of parameters
        crypto_asset("Kyber768", AGREES),
        cipher_asset("AES", 256, ""),
        cipher_asset("3DES", None, ""),
        crypto_asset("none of ours", None),
    ],
    ids=lambda asset: asset.name,
)
def test_what_a_name_leaves_open_has_none(asset: CryptoAsset) -> None:
    assert with_oid(asset).oid is None


def test_the_halves_of_a_hybrid_have_theirs_and_what_was_told_stays() -> None:
    hybrid = with_oid(crypto_asset("X25519MLKEM768", AGREES, Known(components=("ML-KEM-768", "X25519"))))
    assert (hybrid.oid, [part.oid for part in hybrid.parts]) == (None, ["2.16.840.1.101.3.4.4.2", "1.3.101.110"])
    assert with_oid(crypto_asset("RSA", None, Known(oid="1.2.3"))).oid == "1.2.3"
