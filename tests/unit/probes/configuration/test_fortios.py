"""Values by Fortinet's CLI reference of FortiOS."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, state
from tests.unit.probes.configuration.tree_making import groups, is_nothing, rows, versions

TEXT = """#config-version=FGT60F-7.6.6-FW-build3510-251127:opmode=0:vdom=1
config vdom
edit root
config system ssh-config
    set ssh-kex-algo mlkem768x25519-sha256 curve25519-sha256@libssh.org
    set ssh-enc-algo aes256-ctr
end
config vpn ipsec phase1-interface
    edit "hanoi"
        set ike-version 2
        set proposal aes256-sha256 aes256gcm-prfsha384
        set dhgrp 20 21
        set addke1 36 37
        set psksecret ENC VerySecretWord==
    next
    edit "hue"
        set comments "set dhgrp 1"
        set proposal 3des-md5
        set dhgrp 5
        unset addke1
    next
end
config vpn ipsec phase2-interface
    edit "hanoi"
        set dhgrp 20
        set addke1 36 0
    next
end
config vpn ssl settings
    set ssl-min-proto-ver tls1-2
    set tls-groups X25519-MLKEM768 P-256
end
end
config system global
    set admin-https-ssl-versions tlsv1-2 tlsv1-3
end
"""


def test_each_tunnel_is_a_part_with_its_lines() -> None:
    part = "phase1-interface hanoi"
    assert [row for row in rows(TEXT) if row[0] == part] == [
        (part, "ike_additional_key_exchange", "ML-KEM-768", 13),
        (part, "ike_additional_key_exchange", "ML-KEM-1024", 13),
        (part, "ike_key_exchange", "ECP-384", 12),
        (part, "ike_key_exchange", "ECP-521", 12),
        (part, "protocol_version", "IKEv2", 10),
        (part, "ike_encryption", "ENCR_AES_CBC-256", 11),
        (part, "ike_integrity", "AUTH_HMAC_SHA2_256_128", 11),
        (part, "ike_encryption", "ENCR_AES_GCM_16-256", 11),
        (part, "ike_prf", "PRF_HMAC_SHA2_384", 11),
    ]
    old = "phase1-interface hue"
    assert [row for row in rows(TEXT) if row[0] == old] == [
        (old, "ike_key_exchange", "MODP-1536", 19),
        (old, "ike_encryption", "ENCR_3DES", 18),
        (old, "ike_integrity", "AUTH_HMAC_MD5_96", 18),
        (old, "protocol_version", "*", 16),
    ]


def test_an_exchange_that_may_be_none_leaves_the_group() -> None:
    found = [row[2] for row in rows(TEXT) if row[0] == "phase2-interface hanoi"]
    assert found == ["ML-KEM-768", "ECP-384"]


def test_a_number_for_private_use_is_no_other_makers() -> None:
    text = "config vpn ipsec phase1-interface\nedit a\nset dhgrp 20\nset addke1 1080\nnext\nend\n"
    assert [row[2] for row in rows(text, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)] == ["1080"]


def test_ssh_and_tls_are_told() -> None:
    assert rows(TEXT, Subject.KEX_METHOD) == [
        ("system ssh-config", "kex_method", "mlkem768x25519-sha256", 5),
        ("system ssh-config", "kex_method", "curve25519-sha256@libssh.org", 5),
    ]
    assert groups(TEXT) == ["X25519MLKEM768", "secp256r1"]
    assert versions(TEXT, "vpn ssl settings") == ["TLS1.2", "TLS1.3?"]
    assert versions(TEXT, "system global") == ["TLS1.2", "TLS1.3"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("set dhgrp 20\nset addke1 36\n", "exclusive"),
        ("set dhgrp 20\nset addke1 36 0\n", "default"),
        ("set dhgrp 20\nset addke1 ml-kem-1024\n", "exclusive"),
        ("set dhgrp 20\nset addke1 none ml-kem-768\n", "default"),
        ("set dhgrp 20\nset addke1 0\n", "vulnerable"),
        ("set dhgrp 14 20\n", "vulnerable"),
        ("set dhgrp 2 5\n", "broken"),
        ("set proposal aes256-sha256\n", "unknown"),
        ("set dhgrp 20\nset addke1 1083\n", "unknown"),
    ],
)
def test_the_state_of_a_tunnel(lines: str, expected: str) -> None:
    assert state(f"config vpn ipsec phase1-interface\nedit a\nset ike-version 2\n{lines}next\nend\n") == expected


@pytest.mark.parametrize(("version", "expected"), [("1", "vulnerable"), ("2", "exclusive")])
def test_ikev1_has_no_key_exchange_on_top_of_a_group(version: str, expected: str) -> None:
    text = f"config vpn ipsec phase1-interface\nedit a\nset ike-version {version}\nset dhgrp 20\nset addke1 36\nnext\nend\n"
    assert state(text) == expected
    assert bool(rows(text, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)) == (version == "2")


@pytest.mark.parametrize(
    "text",
    [
        "# config vpn ipsec phase1-interface\n# set dhgrp 5\nconfig system dns\nend\n",
        "Log in and type:\n\nconfig vpn ipsec phase1-interface\nedit a\nset dhgrp 5\nend\n\n" + "It works.\n" * 4,
        "config firewall policy\n    edit 1\n        set comments 'config vpn ipsec'\n    next\nend\n",
    ],
)
def test_comments_prose_and_texts_are_none(text: str) -> None:
    assert is_nothing(text)


def test_names_in_vietnamese_are_told_as_they_are() -> None:
    assert rows('config vpn ipsec phase1-interface\nedit "Hà Nội"\nset dhgrp 20\nnext\nend\n')[0][0] == "phase1-interface Hà Nội"


def test_no_secret_is_told() -> None:
    assert "VerySecretWord" not in repr(facts(TEXT))


def test_before_a_section_of_its_own_ssh_stands_in_the_global_one() -> None:
    text = (
        "config system global\n    set ssh-kex-algo curve25519-sha256@libssh.org\n    set ssh-enc-algo aes256-ctr\n"
        "    set ssh-mac-algo hmac-sha2-256\nend\n"
    )
    part = "system global ssh"
    assert rows(text) == [
        (part, "kex_method", "curve25519-sha256@libssh.org", 2),
        (part, "encryption", "aes256-ctr", 3),
        (part, "mac", "hmac-sha2-256", 4),
    ]
