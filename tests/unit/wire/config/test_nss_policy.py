from __future__ import annotations

import pytest

from pqscan.wire.config.nss_policy import read_nss_policy


@pytest.mark.parametrize(
    ("text", "names", "ciphers", "with_default"),
    [
        ("disallow=ALL allow=CURVE25519:aes256-gcm:SHA256", ("CURVE25519", "SHA256"), ("AES-256-GCM",), False),
        ("disallow=ALL allow=CURVE25519/ssl-key-exchange:SECP384R1/cert-signature:rc4/pkcs12", ("CURVE25519",), (), False),
        ("disallow=ALL allow=SECP256R1:CURVE25519 disallow=secp256r1", ("CURVE25519",), (), False),
        ("allow=CURVE25519 disallow=ALL", (), (), False),
        ("disallow=ALL allow=ALL", (), (), True),
        ("disallow=MD5", (), (), True),
        ("flags=policyOnly", (), (), True),
        ("disallow=ALL allow=RSA-MIN=2048:DH-MIN=2048", (), (), False),
    ],
)
def test_words_are_allowed_for_tls(text: str, names: tuple[str, ...], ciphers: tuple[str, ...], with_default: bool) -> None:
    policy = read_nss_policy(text)
    assert (policy.names, policy.ciphers, policy.with_default) == (names, ciphers, with_default)


def test_versions_bound_each_other() -> None:
    policy = read_nss_policy("disallow=ALL allow=tls-version-min=ssl3.0:TLS-VERSION-MAX=tls1.2:dtls-version-min=dtls1.2")
    assert (policy.least, policy.most) == ("ssl3", "tls1.2")
