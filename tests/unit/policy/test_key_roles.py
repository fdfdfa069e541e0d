"""What the keys in certificates are met for."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.outcome import Chain
from pqscan.policy.key_roles import KeyRoles

LEAF, ISSUER = b"leaf", b"issuer"
STATIC_RSA = Profile("tls", "inventory", "x", True, (Observation(Subject.CIPHER_SUITE, "0x009c", Support.ACCEPTED, "TLS1.2"),))


@pytest.mark.parametrize(
    ("context", "signs", "agrees"),
    [
        ("signing", True, False),
        ("encryption", False, True),
        ("any_use", True, True),
        ("file", True, False),
        ("trust_anchor", False, False),
        ("TLS1.2", True, False),
    ],
)
def test_a_key_is_there_for_what_its_place_says(context: str, signs: bool, agrees: bool) -> None:
    roles = KeyRoles()
    roles.meet([Chain(None, context, (LEAF,))])
    assert (roles.signs(LEAF), roles.agrees(LEAF)) == (signs, agrees)


def test_what_one_place_says_is_added_to_what_another_says() -> None:
    roles = KeyRoles()
    roles.meet([Chain(None, "encryption", (LEAF,))])
    roles.meet([Chain(None, "signing", (LEAF,))])
    assert (roles.signs(LEAF), roles.agrees(LEAF)) == (True, True)


def test_a_root_that_a_server_sends_signs_though_a_system_trusts_it() -> None:
    roles = KeyRoles()
    roles.meet([Chain(None, "trust_anchor", (ISSUER,)), Chain("a", "TLS1.2", (LEAF, ISSUER))])
    assert (roles.signs(ISSUER), roles.agrees(ISSUER)) == (True, False)


def test_the_leaf_of_a_server_with_static_rsa_agrees_on_keys_and_its_issuer_and_its_identity_service_do_not() -> None:
    roles = KeyRoles()
    roles.meet([Chain("a", "TLS1.2", (LEAF, ISSUER)), Chain(None, "signing", (b"other",))], STATIC_RSA)
    assert [roles.agrees(one) for one in (LEAF, ISSUER, b"other")] == [True, False, False]
    assert all(roles.signs(one) for one in (LEAF, ISSUER, b"other", b"never met"))
