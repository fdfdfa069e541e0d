"""A weakness is gone where it was asked for, the answer came, and it is not there; silence and doubt prove nothing."""

from __future__ import annotations

import pytest

from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.readiness.absence import Proof, Shown

ACCEPTED, REFUSED, UNKNOWN = Support.ACCEPTED, Support.REFUSED, Support.UNKNOWN
RSA_SUITE, ECDHE_SUITE = "0x002f", "0xc02f"


def o(subject: Subject, value: str, support: Support, context: str | None = None) -> Observation:
    return Observation(subject, value, support, context)


def profile(*observations: Observation, depth: str = "inventory", complete: bool = True) -> Profile:
    return canonical(Profile("tls", depth, "2026-01", complete, observations))


def version(value: str, support: Support) -> Observation:
    return o(Subject.PROTOCOL_VERSION, value, support)


def suite(value: str, support: Support = ACCEPTED, context: str = "TLS1.2") -> Observation:
    return o(Subject.CIPHER_SUITE, value, support, context)


def group(value: str, support: Support, context: str = "TLS1.2") -> Observation:
    return o(Subject.NAMED_GROUP, value, support, context)


def shown(subject: Subject | str, value: str, *contexts: str | None, depth: int = 2) -> Shown:
    return Shown(str(subject), value, frozenset(contexts), depth)


TLS12, NO_TLS12 = version("TLS1.2", ACCEPTED), version("TLS1.2", REFUSED)
STATIC_RSA = shown(Subject.CIPHER_SUITE, RSA_SUITE, "TLS1.2")
X25519 = shown(Subject.NAMED_GROUP, "0x001d", "TLS1.2")
SMALL_PRIME = shown(Subject.NAMED_GROUP, "dh:1024", "TLS1.2")


def gateway(*observations: Observation, depth: str = "inventory", complete: bool = True) -> Profile:
    return canonical(Profile("ike", depth, "2026-11", complete, (version("IKEv2", ACCEPTED), *observations)))


TRIPLE_DES = shown(Subject.IKE_ENCRYPTION, "3", "IKEv2")
OLD_GROUP = shown(Subject.IKE_KEY_EXCHANGE, "2", "IKEv1")
SHA1 = shown(Subject.IKE_AUTHENTICATION, "1", "IKEv2")


@pytest.mark.parametrize(
    ("weakness", "answer", "gone"),
    [
        (TRIPLE_DES, gateway(o(Subject.IKE_ENCRYPTION, "3", REFUSED, "IKEv2")), True),
        (TRIPLE_DES, gateway(o(Subject.IKE_ENCRYPTION, "3", REFUSED, "IKEv2"), complete=False), False),
        (TRIPLE_DES, gateway(o(Subject.IKE_ENCRYPTION, "20/256", Support.SELECTED, "IKEv2")), False),
        (TRIPLE_DES, gateway(o(Subject.IKE_ENCRYPTION, "3", UNKNOWN, "IKEv2")), False),
        (OLD_GROUP, gateway(version("IKEv1", REFUSED)), True),
        (OLD_GROUP, gateway(version("IKEv1", ACCEPTED), o(Subject.IKE_KEY_EXCHANGE, "14", ACCEPTED, "IKEv1")), False),
        (OLD_GROUP, gateway(version("IKEv1", UNKNOWN)), False),
        (shown(Subject.PROTOCOL_VERSION, "IKEv1", None), gateway(version("IKEv1", REFUSED)), True),
        (shown(Subject.PROTOCOL_VERSION, "IKEv1", None), gateway(), False),
        (SHA1, gateway(o(Subject.IKE_AUTHENTICATION, "2", Support.OFFERED, "IKEv2")), True),
        (SHA1, gateway(), False),
    ],
)
def test_of_a_gateway_of_ike_only_a_refusal_proves_absence(weakness: Shown, answer: Profile, gone: bool) -> None:
    assert Proof(answer, certificates=False).settles(weakness) is gone


@pytest.mark.parametrize(
    ("weakness", "answer"),
    [
        (STATIC_RSA, profile(TLS12, suite(ECDHE_SUITE))),
        (STATIC_RSA, profile(NO_TLS12)),
        (STATIC_RSA, profile(TLS12, suite(ECDHE_SUITE), depth="exhaustive")),
        (X25519, profile(TLS12, suite(ECDHE_SUITE), group("0x001d", REFUSED))),
        (X25519, profile(TLS12, suite(RSA_SUITE))),
        (SMALL_PRIME, profile(TLS12, suite("0x009e"), group("dh:2048", ACCEPTED))),
        (shown(Subject.PROTOCOL_VERSION, "TLS1.0", None), profile(version("TLS1.0", REFUSED))),
        (shown(Subject.PROTOCOL_VERSION, "TLS1.3", None), profile(version("TLS1.3", ACCEPTED))),
        (shown(Subject.BEHAVIOUR, "large_hello_intolerant", None), profile(TLS12)),
        (shown("certificate_key", "1.2.3"), profile(TLS12)),
        (shown("certificate", "expired"), profile(TLS12)),
        (
            shown(Subject.CLIENT_CERTIFICATE, "requested", "TLS1.2"),
            profile(TLS12, o(Subject.CLIENT_CERTIFICATE, "not_requested", Support.OFFERED, "TLS1.2")),
        ),
    ],
)
def test_what_was_asked_answered_and_is_not_there_is_gone(weakness: Shown, answer: Profile) -> None:
    assert Proof(answer, certificates=True).settles(weakness)


@pytest.mark.parametrize(
    ("weakness", "answer"),
    [
        (STATIC_RSA, profile(TLS12, suite(ECDHE_SUITE), complete=False)),
        (STATIC_RSA, profile(TLS12, suite(ECDHE_SUITE), suite("*", UNKNOWN))),
        (STATIC_RSA, profile(TLS12, suite(ECDHE_SUITE), suite(RSA_SUITE, UNKNOWN))),
        (STATIC_RSA, profile(TLS12, suite(ECDHE_SUITE), depth="quick")),
        (STATIC_RSA, profile(TLS12)),
        (STATIC_RSA, profile(version("TLS1.2", UNKNOWN))),
        (STATIC_RSA, profile(version("TLS1.3", ACCEPTED))),
        (shown(Subject.CIPHER_SUITE, RSA_SUITE, "TLS1.1", "TLS1.2"), profile(TLS12, suite(ECDHE_SUITE))),
        (X25519, profile(TLS12, suite(ECDHE_SUITE), group("0x0017", ACCEPTED))),
        (X25519, profile(TLS12, suite(ECDHE_SUITE), group("0x001d", UNKNOWN))),
        (shown(Subject.NAMED_GROUP, "0x001d", "TLS1.3"), profile(version("TLS1.3", ACCEPTED), suite("0x1301", context="TLS1.3"))),
        (SMALL_PRIME, profile(TLS12, suite("0x009e"), group("*", UNKNOWN))),
        (shown(Subject.PROTOCOL_VERSION, "TLS1.0", None), profile(version("TLS1.0", UNKNOWN))),
        (shown(Subject.PROTOCOL_VERSION, "TLS1.0", None), profile(TLS12)),
        (shown(Subject.BEHAVIOUR, "large_hello_intolerant", None), profile(TLS12, depth="quick")),
        (shown("certificate_key", "1.2.3"), profile(TLS12, depth="quick")),
        (shown(Subject.CLIENT_CERTIFICATE, "requested", "TLS1.2"), profile(TLS12)),
        (STATIC_RSA, profile(TLS12, suite(ECDHE_SUITE), group("0x001d", ACCEPTED), group("0x001d", REFUSED))),
    ],
)
def test_what_was_not_asked_or_left_open_proves_nothing(weakness: Shown, answer: Profile) -> None:
    assert not Proof(answer, certificates=True).settles(weakness)


def test_where_no_chain_came_nothing_is_said_of_certificates() -> None:
    assert not Proof(profile(TLS12), certificates=False).settles(shown("certificate_key", "1.2.3"))
