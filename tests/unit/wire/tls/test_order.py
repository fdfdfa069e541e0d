"""Whose order decides, told from choices alone: what was possible beside a choice, and what says nothing."""

from __future__ import annotations

import pytest

from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.order import Found, possible, whose_order
from pqscan.wire.tls.words import Version
from tests.properties.test_tls_survey import ask
from tests.unit.wire.tls.server_model import Peer, Server, VersionModel

RSA_STATIC, ECDHE_RSA, DH_ANON, ECDH_ANON = 0x002F, 0xC013, 0x0034, 0xC018
X25519, P256 = 0x001D, 0x0017
PKCS1_SHA256 = 0x0401


def test_an_anonymous_suite_is_possible_without_any_scheme() -> None:
    found = Found(curves=(X25519,), finite_fields=(), custom_primes=True, schemes=(PKCS1_SHA256,), certificate_group=None)
    assert possible((ECDHE_RSA, DH_ANON, ECDH_ANON), found, (X25519,), ()) == (DH_ANON, ECDH_ANON)


def test_an_anonymous_suite_on_a_curve_needs_the_curve_listed() -> None:
    found = Found(curves=(X25519,), finite_fields=(), custom_primes=False, schemes=(), certificate_group=None)
    assert possible((DH_ANON, ECDH_ANON), found, (P256,), ()) == ()


def test_a_choice_that_seemed_impossible_says_nothing_of_the_order() -> None:
    assert whose_order((1, 2, 3), [(1, (2, 3))]) == ""


@pytest.mark.parametrize(("server_order", "whose"), [(False, "client"), (True, "server")])
@pytest.mark.parametrize("suites", [(RSA_STATIC, ECDHE_RSA), (ECDHE_RSA, RSA_STATIC)])
def test_the_order_of_curves_is_told_below_tls_1_2_too(suites: tuple[int, ...], server_order: bool, whose: str) -> None:
    model = VersionModel(Version.TLS10, suites, (P256, X25519), server_order=server_order)
    survey = ask(Peer(Server({Version.TLS10: model})))
    assert survey.version(Version.TLS10).preferences[AxisName.GROUPS] == whose


def test_one_curve_beside_a_finite_field_group_has_no_order() -> None:
    model = VersionModel(Version.TLS12, (0xC02F, 0x009E), (P256, 0x0100), (PKCS1_SHA256, 0x0804))
    survey = ask(Peer(Server({Version.TLS12: model})))
    assert set(survey.version(Version.TLS12).found[AxisName.GROUPS]) == {P256, 0x0100}
    assert AxisName.GROUPS not in survey.version(Version.TLS12).preferences
