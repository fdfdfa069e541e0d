"""Values by Cisco's command references of IOS XE and ASA, and its guide to post-quantum cryptography in IKEv2."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, state
from tests.unit.probes.configuration.tree_making import is_nothing, rows, versions

KEYS = (Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)
IOS = """version 17.12
hostname hn-rt-01
banner motd ^C
crypto isakmp policy 99
 group 1
^C
crypto ikev2 proposal HYBRID
 encryption aes-cbc-256 aes-gcm-128
 integrity sha512
 prf sha384
 group 19 14
 pqc mlkem768 mlkem1024
crypto ikev2 proposal OPTIONAL
 encryption aes-cbc-256
 group 20
 pqc mlkem768 optional
crypto isakmp policy 10
 encr 3des
 hash md5
 group 2
no crypto isakmp policy 20
crypto ipsec transform-set TS esp-aes 256 esp-sha256-hmac
crypto ipsec profile P
 set pfs group14
ip ssh version 2
ip ssh server algorithm kex ecdh-sha2-nistp256 diffie-hellman-group14-sha1
ip ssh server algorithm encryption aes256-ctr
end
"""
ASA = """hostname hn-fw-01
names
crypto ikev2 policy 5
 encryption aes-gcm-256
 integrity null
 group 21 19
 prf sha256
 additional-key-exchange 1
  key-exchange-method 31 21
crypto ipsec ikev2 ipsec-proposal P
 protocol esp encryption aes-256
 protocol esp integrity sha-1
ssl server-version tlsv1.2
ssl ecdh-group group20
ssh key-exchange group dh-group14-sha256
"""


def test_each_proposal_is_a_part_with_its_lines() -> None:
    part = "crypto ikev2 proposal HYBRID"
    assert [row for row in rows(IOS) if row[0] == part] == [
        (part, "ike_additional_key_exchange", "ML-KEM-768", 12),
        (part, "ike_additional_key_exchange", "ML-KEM-1024", 12),
        (part, "ike_key_exchange", "ECP-256", 11),
        (part, "ike_key_exchange", "MODP-2048", 11),
        (part, "ike_encryption", "ENCR_AES_CBC-256", 8),
        (part, "ike_encryption", "ENCR_AES_GCM_16-128", 8),
        (part, "ike_integrity", "AUTH_HMAC_SHA2_512_256", 9),
        (part, "ike_prf", "PRF_HMAC_SHA2_384", 10),
    ]


def test_a_demanded_exchange_makes_one_hybrid_with_its_groups_and_an_optional_one_leaves_them() -> None:
    hybrid = next(one for one in facts(IOS).observations if one.subject is Subject.IKE_ADDITIONAL_KEY_EXCHANGE)
    assert hybrid.components == ("secp256r1", "ML-KEM-768")
    alone = {
        (one.context, dict(one.parameters).get("with_additional", "no"))
        for one in facts(IOS).observations
        if one.subject is Subject.IKE_KEY_EXCHANGE
    }
    assert ("crypto ikev2 proposal HYBRID", "yes") in alone
    assert ("crypto ikev2 proposal OPTIONAL", "no") in alone
    assert [row[2] for row in rows(IOS, *KEYS) if row[0] == "crypto ikev2 proposal OPTIONAL"] == ["ML-KEM-768", "ECP-384"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (" group 19\n pqc mlkem768\n", "exclusive"),
        (" group 19\n pqc mlkem768 optional\n", "default"),
        (" group 19 14\n", "vulnerable"),
        (" group 2 5\n", "broken"),
        (" encryption aes-cbc-256\n", "unknown"),
    ],
)
def test_the_state_of_a_proposal(lines: str, expected: str) -> None:
    assert state(f"hostname a\ncrypto ikev2 proposal P\n{lines}end\n") == expected


def test_ikev1_is_told_and_what_is_negated_or_in_a_banner_is_none() -> None:
    assert [row for row in rows(IOS) if row[0].startswith("crypto isakmp")] == [
        ("crypto isakmp policy 10", "ike_key_exchange", "MODP-1024", 20),
        ("crypto isakmp policy 10", "protocol_version", "IKEv1?", 17),
        ("crypto isakmp policy 10", "ike_encryption", "ENCR_3DES", 18),
        ("crypto isakmp policy 10", "ike_integrity", "AUTH_HMAC_MD5_96", 19),
    ]


def test_ipsec_and_ssh_are_told() -> None:
    assert [row[1:] for row in rows(IOS) if row[0] == "IPsec"] == [
        ("ike_encryption", "ENCR_AES_CBC-256", 22),
        ("ike_integrity", "AUTH_HMAC_SHA2_256_128", 22),
    ]
    assert [row[2] for row in rows(IOS) if row[0] == "crypto ipsec profile P"] == ["MODP-2048"]
    assert rows(IOS, Subject.KEX_METHOD, Subject.ENCRYPTION) == [
        ("ip ssh server", "kex_method", "ecdh-sha2-nistp256", 26),
        ("ip ssh server", "kex_method", "diffie-hellman-group14-sha1", 26),
        ("ip ssh server", "encryption", "aes256-ctr", 27),
    ]


def test_asa_has_words_of_its_own() -> None:
    assert rows(ASA, *KEYS) == [
        ("crypto ikev2 policy 5", "ike_additional_key_exchange", "curve25519", 9),
        ("crypto ikev2 policy 5", "ike_additional_key_exchange", "ECP-521", 9),
        ("crypto ikev2 policy 5", "ike_key_exchange", "ECP-521", 6),
        ("crypto ikev2 policy 5", "ike_key_exchange", "ECP-256", 6),
    ]
    assert rows(ASA, Subject.KEX_METHOD) == [("ssh", "kex_method", "diffie-hellman-group14-sha256", 15)]
    assert versions(ASA) == ["TLS1.2", "TLS1.3?"]
    assert [row[2] for row in rows(ASA, Subject.NAMED_GROUP)] == ["secp384r1"]
    assert [row[2] for row in rows(ASA) if row[0] == "crypto ipsec ikev2 ipsec-proposal P"] == [
        "ENCR_AES_CBC-256",
        "AUTH_HMAC_SHA1_96",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "! crypto ikev2 proposal P\n! group 1\nhostname a\n",
        "To set it up, type this on both routers:\n\ncrypto ikev2 proposal P\n group 19\n\nThen look at it.\nIt works.\nDone.\n",
        "hostname a\nno crypto isakmp policy 10\n",
    ],
)
def test_comments_prose_and_negations_are_none(text: str) -> None:
    assert is_nothing(text)


def test_no_secret_is_told() -> None:
    text = "hostname a\ncrypto ikev2 keyring K\n peer P\n  pre-shared-key VerySecretWord\ncrypto ikev2 proposal P\n group 19\n"
    assert "VerySecretWord" not in repr(facts(text))


def test_a_crypto_map_has_groups_for_its_data() -> None:
    ios = (
        "version 15.2\nhostname R\ncrypto isakmp policy 10\n encr aes\n group 14\n"
        "crypto map M 10 ipsec-isakmp\n set pfs group5\nend\n"
    )
    assert rows(ios, Subject.IKE_KEY_EXCHANGE)[1:] == [("crypto map M 10 ipsec-isakmp", "ike_key_exchange", "MODP-1536", 7)]
    asa = (
        "ASA Version 9.18(2)\nhostname A\ncrypto ikev2 policy 1\n encryption aes-256\n group 19\n"
        "crypto map m 1 match address a\ncrypto map m 1 set pfs group20\ncrypto map m 2 set pfs group14\n"
    )
    found = rows(asa, Subject.IKE_KEY_EXCHANGE)[1:]
    assert found == [("crypto map", "ike_key_exchange", "ECP-384", 7), ("crypto map", "ike_key_exchange", "MODP-2048", 8)]
