"""A suite that a server picks and cannot carry out: what was listed beside it is found or refused as with any other server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pqscan.registry.tls import cipher_suite
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.inquiry import Ask, Throttled
from pqscan.wire.tls.version_survey import VersionSurvey
from pqscan.wire.tls.words import Version
from tests.properties.test_tls_elimination import (
    SUITES_12,
    enumerate_model,
    no_false_refusal,
    old_models,
    reachable,
    stumbled_over,
)
from tests.properties.test_tls_survey import COMMON, PRINCIPAL, PUSHES, ask
from tests.unit.wire.tls.server_model import Peer, Server, Throttle, VersionModel, alerts, hello_bytes

# As gnutls-serv 3.7 with NORMAL:-GROUP-ALL:+GROUP-X448:+GROUP-SECP521R1, in the order of its own list.
ECDHE, STATIC = (0xC030, 0xCCA8, 0xC014, 0xC02F, 0xC013), (0x009D, 0xC09D, 0x0035, 0x009C, 0xC09C, 0x002F)
DHE = (0x009F, 0xCCAA, 0xC09F, 0x0039, 0x009E, 0xC09E, 0x0033)
GNUTLS = VersionModel(
    Version.TLS12,
    (*ECDHE, *STATIC, *DHE),
    (0x001E, 0x0019),
    (0x0401, 0x0804, 0x0501, 0x0805, 0x0601, 0x0806, 0x0201),
    server_order=False,
    strict_ffdhe=True,
    lacks_parameters=True,
)


def settled(survey: VersionSurvey, model: VersionModel) -> None:
    """Everything that can be had is found, what stumbles is unknown by itself, and all the rest is proven to be refused."""
    truth, stumbling = reachable(model), stumbled_over(model)
    assert survey.support == "accepted"
    assert {name: set(survey.found[name]) for name in AxisName} == truth
    no_false_refusal(survey, model)
    assert survey.unsettled[AxisName.SUITES] == dict.fromkeys(stumbling, "alert_80")
    assert not survey.unproven[AxisName.SUITES]
    assert not stumbling & set(survey.refused[AxisName.SUITES])
    usual = {value for value in SUITES_12 if (row := cipher_suite(value).row) is not None and row.minimum_version != "TLS1.2"}
    assert usual - truth[AxisName.SUITES] - stumbling <= set(survey.refused[AxisName.SUITES])


@pytest.mark.parametrize("server_order", [True, False])
def test_the_suites_beside_those_that_draw_internal_error_are_found_or_refused(server_order: bool) -> None:
    survey, peer = enumerate_model(replace(GNUTLS, server_order=server_order))
    settled(survey, GNUTLS)
    assert set(survey.unsettled[AxisName.SUITES]) == set(DHE)
    assert len(peer.asked) <= 50


def test_a_server_that_picks_what_it_cannot_carry_out_before_all_else_is_not_called_to_refuse() -> None:
    for suites in ((*DHE, *STATIC), (*DHE, *ECDHE, *STATIC)):
        model = replace(GNUTLS, suites=suites, server_order=True)
        settled(enumerate_model(model)[0], model)
        old = replace(model, version=Version.TLS11, suites=(0x0039, 0x0033, 0x0035, 0x002F), schemes=())
        survey = ask(Peer(Server({Version.TLS13: PRINCIPAL, Version.TLS12: model, Version.TLS11: old})))
        settled(survey.version(Version.TLS12), model)
        settled(survey.version(Version.TLS11), old)
        assert survey.version(Version.TLS10).support == "refused"


def test_a_version_in_which_nothing_but_such_suites_is_left_is_unknown() -> None:
    model = replace(GNUTLS, suites=DHE)
    old = replace(model, version=Version.TLS11, suites=(0x0039, 0x0033), schemes=())
    survey = ask(Peer(Server({Version.TLS13: PRINCIPAL, Version.TLS12: model, Version.TLS11: old})))
    for version in (Version.TLS12, Version.TLS11):
        assert (survey.version(version).support, survey.version(version).reason) == ("unknown", "alert_80")


class UnsigningPeer(Peer):
    """As OpenSSL 3.0 with its defaults in TLS 1.1: internal_error whichever suite it picks, handshake_failure where it has none."""

    def ask(self, ask: Ask) -> Answer:
        version = ask.offer.newest
        if version not in (Version.TLS12, Version.TLS11):
            return super().ask(ask)
        self.asked.append(ask)
        answer = self.server.answer(ask)
        if answer.said_yes:
            answer = alerts(80)()
        answer.hello_bytes = hello_bytes(ask.offer, ask.real_shares)
        return answer


def test_a_version_in_which_a_server_stumbles_over_every_suite_is_refused() -> None:
    old = VersionModel(Version.TLS11, (0x0039, 0x0033, 0xC013, 0x002F), (0x001D,), server_order=False)
    survey = ask(UnsigningPeer(Server({Version.TLS13: PRINCIPAL, Version.TLS12: COMMON, Version.TLS11: old})))
    for version in (Version.TLS12, Version.TLS11, Version.TLS10):
        assert (survey.version(version).support, survey.version(version).reason) == ("refused", "")


@settings(max_examples=100, deadline=None)
@given(model=st.sampled_from([Version.TLS12, Version.TLS11, Version.TLS10]).flatmap(old_models))
def test_whatever_else_such_a_server_takes_is_found(model: VersionModel) -> None:
    model = replace(model, lacks_parameters=True)
    assume(reachable(model)[AxisName.SUITES])
    survey, peer = enumerate_model(model)
    settled(survey, model)
    stumbling = len(stumbled_over(model))
    longest = max(len(values) for values in reachable(model).values())
    assert len(peer.asked) <= 2 * longest + 28 + 8 * stumbling


@pytest.mark.parametrize("how", sorted(PUSHES))
@settings(max_examples=20, deadline=None)
@given(after=st.integers(1, 80), seconds=st.none() | st.floats(0.4, 30))
def test_such_a_server_is_never_called_to_refuse_while_it_throttles(how: str, after: int, seconds: float | None) -> None:
    peer = Peer(Server({Version.TLS12: GNUTLS}), Throttle(after, PUSHES[how], seconds=seconds))
    try:
        survey, _ = enumerate_model(GNUTLS, peer)
    except Throttled:
        return
    no_false_refusal(survey, GNUTLS)


def test_a_server_that_has_no_other_word_for_no_costs_a_bounded_number_of_connections() -> None:
    peer = Peer(Server({Version.TLS12: COMMON}, refusal=PUSHES["alert_80"]))
    survey, _ = enumerate_model(COMMON, peer)
    assert survey.unproven[AxisName.SUITES] == "alert_80"
    assert set(survey.found[AxisName.SUITES]) == set(COMMON.suites)
    assert len(peer.asked) <= 35


def test_internal_error_for_finite_field_groups_does_not_refuse_them() -> None:
    model = replace(GNUTLS, strict_ffdhe=False)
    survey, _ = enumerate_model(model)
    settled(survey, model)
    assert not {0x0100, 0x0101} & set(survey.refused[AxisName.GROUPS])
    assert {0x0017, 0x0018} <= set(survey.refused[AxisName.GROUPS])
