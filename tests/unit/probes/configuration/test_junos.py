"""Values by Juniper's CLI reference of Junos OS."""

from __future__ import annotations

import pytest

from tests.unit.probes.configuration.making import facts, state, states
from tests.unit.probes.configuration.tree_making import is_nothing, rows

BRACES = """version 23.4R1;
system {
    services {
        ssh {
            key-exchange [ curve25519-sha256 group-exchange-sha2 ];
            ciphers aes256-ctr;
        }
    }
}
security {
    ike {
        proposal P {
            dh-group group14;
            authentication-algorithm sha-256;
            encryption-algorithm aes-256-cbc;
        }
        inactive: proposal OLD { dh-group group1; }
        gateway G { version v2-only; }
        policy POL { pre-shared-key ascii-text "$9$VerySecretWord"; }
    }
    ipsec {
        policy POL { perfect-forward-secrecy { keys group20; } }
        proposal E { encryption-algorithm aes-128-gcm; }
    }
}
"""
SET = """set system services ssh key-exchange [ curve25519-sha256 group-exchange-sha2 ]
set system services ssh ciphers aes256-ctr
set security ike proposal P dh-group group14
set security ike proposal P authentication-algorithm sha-256
set security ike proposal P encryption-algorithm aes-256-cbc
set security ike proposal OLD dh-group group1
deactivate security ike proposal OLD
set security ike gateway G version v2-only
set security ipsec policy POL perfect-forward-secrecy keys group20
set security ipsec proposal E encryption-algorithm aes-128-gcm
"""
EXPECTED = [
    ("security ike proposal P", "ike_key_exchange", "MODP-2048"),
    ("security ike proposal P", "ike_encryption", "ENCR_AES_CBC-256"),
    ("security ike proposal P", "ike_integrity", "AUTH_HMAC_SHA2_256_128"),
    ("security ipsec proposal E", "ike_encryption", "ENCR_AES_GCM_16-128"),
    ("security ipsec policy POL", "ike_key_exchange", "ECP-384"),
    ("security ike gateway G", "protocol_version", "IKEv2"),
    ("system services ssh", "kex_method", "curve25519-sha256"),
    ("system services ssh", "kex_method", "diffie-hellman-group-exchange-sha256"),
    ("system services ssh", "encryption", "aes256-ctr"),
]


def test_braces_and_commands_say_the_same() -> None:
    assert [row[:3] for row in rows(BRACES)] == EXPECTED
    assert [row[:3] for row in rows(SET)] == EXPECTED
    assert [row[3] for row in rows(BRACES)] == [13, 15, 14, 23, 22, 18, 5, 5, 6]
    assert [row[3] for row in rows(SET)] == [3, 5, 4, 10, 9, 8, 1, 1, 2]


def test_that_no_option_is_known_is_told() -> None:
    reasons = states(BRACES)[0].reasons
    assert (states(BRACES)[0].state.value, reasons[-1].code) == ("vulnerable", "configuration_no_option")


def test_a_gateway_without_a_version_speaks_ikev1() -> None:
    assert [row[2] for row in rows("set security ike gateway G address 192.0.2.1 # dh-group group1\nset a b\n")] == ["IKEv1?"]


def test_groups_count_where_they_are_applied_and_systems_in_systems_are_told() -> None:
    text = (
        "set groups ON security ike proposal A dh-group group19\nset groups OFF security ike proposal B dh-group group2\n"
        "set apply-groups ON\nset logical-systems L security ike proposal C dh-group group5\n"
    )
    assert [(part, name) for part, _, name, _ in rows(text)] == [
        ("security ike proposal A", "ECP-256"),
        ("security ike proposal C", "MODP-1536"),
    ]


@pytest.mark.parametrize(("group", "expected"), [("group2", "broken"), ("group14", "vulnerable"), ("group999", "unknown")])
def test_the_state_of_a_proposal(group: str, expected: str) -> None:
    assert state(f"set security ike proposal P dh-group {group}\n") == expected


@pytest.mark.parametrize(
    "text",
    [
        "# set security ike proposal P dh-group group14\nset system host-name a\n",
        "Type this:\n\nset security ike proposal P dh-group group14\n\nand commit.\nThen wait.\nThat is all.\n",
        "inactive: security { ike { proposal P { dh-group group14; } } }\nsystem {\n}\n",
    ],
)
def test_comments_prose_and_what_is_inactive_are_none(text: str) -> None:
    assert is_nothing(text)


def test_no_secret_is_told() -> None:
    assert "VerySecretWord" not in repr(facts(BRACES))
