"""What real stacks do that no standard asks for: the survey comes out right all the same. Each quirk was met in the wild."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.inquiry import Ask
from pqscan.wire.tls.words import Version
from tests.properties.test_tls_survey import COMMON, PRINCIPAL, TYPICAL, ask, nothing_false, whole
from tests.unit.wire.tls.server_model import Peer, Server, Throttle, VersionModel, alerts, ends


@dataclass
class ReadsFewSchemes(Server):
    """mbedTLS 3.6 and wolfSSL 5.7 read about the first twenty signature schemes of a hello."""

    most: int = 19

    def answer(self, ask: Ask) -> Answer:
        return super().answer(replace(ask, offer=replace(ask.offer, schemes=ask.offer.schemes[: self.most])))


@pytest.mark.parametrize("depth", ["inventory", "exhaustive"])
@pytest.mark.parametrize("schemes", [(0x0403, 0x0804, 0x0805), (0x0804, 0x0805, 0x0806), (0x0905, 0x0804)])
def test_a_server_that_reads_the_first_schemes_alone_is_found_whole(depth: str, schemes: tuple[int, ...]) -> None:
    server = ReadsFewSchemes({Version.TLS13: replace(PRINCIPAL, schemes=schemes), Version.TLS12: COMMON})
    survey = ask(Peer(server), depth)
    nothing_false(survey, server)
    assert set(survey.version(Version.TLS13).found[AxisName.SCHEMES]) == set(schemes)


class SignsNothing(Server):
    """Go without a certificate for a hello that names no site: an alert after every HelloRetryRequest."""

    def _modern(self, model: VersionModel, ask: Ask, answer: Answer) -> Answer:
        answer = super()._modern(model, ask, answer)
        if answer.ending is Ending.FLIGHT:
            answer.retry_suite, answer.retry_group = answer.cipher_suite, answer.group
            answer.cipher_suite = answer.group = answer.scheme = None
            answer.ending, answer.alert, answer.certificates, answer.finished_verified = Ending.ALERT, self.version_alert, (), False
        return answer


@pytest.mark.parametrize("alert", [40, 80])
def test_where_no_signature_was_ever_seen_none_is_refused(alert: int) -> None:
    survey = ask(Peer(SignsNothing({Version.TLS13: PRINCIPAL}, version_alert=alert)))
    modern = survey.version(Version.TLS13)
    assert modern.refused[AxisName.SCHEMES] == ()
    assert modern.unproven[AxisName.SCHEMES]


@dataclass(frozen=True)
class Tuples(VersionModel):
    """OpenSSL 3.5 without a preference of its own: the first tuple that fits, and in it the client's order."""

    tuples: tuple[tuple[int, ...], ...] = ()

    def pick(self, ours: tuple[int, ...], theirs: tuple[int, ...]) -> int | None:
        if ours != self.groups:
            return super().pick(ours, theirs)
        return next((value for each in self.tuples for value in theirs if value in each), None)


@settings(max_examples=40)
@given(st.permutations((0x11EC, 0x001D, 0x0017, 0x0018, 0x0019, 0x0100)), st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_no_rank_contradicts_a_server_that_leaves_the_order_within_a_tuple_to_the_client(
    groups: list[int], sizes: list[int]
) -> None:
    tuples, rest = [], list(groups)
    for size in sizes:
        tuples.append(tuple(rest[:size]))
        rest = rest[size:]
    tuples = [each for each in (*tuples, tuple(rest)) if each]
    model = Tuples(Version.TLS13, (0x1302, 0x1301), tuple(groups), (0x0403, 0x0804), ec_curve=0x17, tuples=tuple(tuples))
    survey = ask(Peer(Server({Version.TLS13: model, Version.TLS12: COMMON})))
    at = 0
    for each in tuples:
        for group in each:
            rank = survey.version(Version.TLS13).ranks.get(AxisName.GROUPS, {}).get(group)
            assert rank is None or (len(each) == 1 and rank == at + 1), (tuples, hex(group), rank)
        at += len(each)


class StumblesOverProtocols(Server):
    """Botan 3.13: internal_error after its hello where it knows none of the client's ALPN protocols."""

    def _modern(self, model: VersionModel, ask: Ask, answer: Answer) -> Answer:
        answer = super()._modern(model, ask, answer)
        if ask.offer.alpn and answer.ending is Ending.FLIGHT:
            answer.ending, answer.alert, answer.certificates, answer.finished_verified = Ending.ALERT, 80, (), False
        return answer


@pytest.mark.parametrize("depth", ["quick", "inventory"])
def test_a_server_that_stumbles_over_our_protocols_gets_the_current_client_s_hello_without(depth: str) -> None:
    survey = ask(Peer(StumblesOverProtocols({Version.TLS13: PRINCIPAL, Version.TLS12: COMMON})), depth)
    assert survey.current is not None
    assert (survey.current.group, survey.current.ending) == (0x11EC, Ending.FLIGHT)
    assert survey.current_problem == ""


@settings(max_examples=20)
@given(st.permutations((0x11EC, 0x001D, 0x0017, 0x0018)), st.booleans())
def test_a_server_that_refuses_by_closing_in_order_is_found_whole(groups: list[int], order: bool) -> None:
    """lighttpd with GnuTLS or mbedTLS. That it means no is seen on a hello that nobody can accept."""
    model = replace(PRINCIPAL, groups=tuple(groups[:3]), server_order=order)
    server = Server({Version.TLS13: model, Version.TLS12: COMMON}, refusal=ends(Ending.CLOSED))
    survey = ask(Peer(server))
    whole(survey, server)
    assert not any(survey.version(Version.TLS13).unproven.values())


@pytest.mark.parametrize("after", range(2, 40, 3))
def test_a_server_that_closes_while_it_throttles_refuses_nothing_by_it(after: int) -> None:
    nothing_false(ask(Peer(TYPICAL, Throttle(after, ends(Ending.CLOSED)))), TYPICAL)
    whole(ask(Peer(TYPICAL, Throttle(after, ends(Ending.CLOSED), seconds=3.0))), TYPICAL)


@pytest.mark.parametrize("how", [alerts(40), ends(Ending.RESET)])
def test_one_pause_of_a_server_does_not_slow_everything_after_it(how: object) -> None:
    peer = Peer(TYPICAL, Throttle(10, how, seconds=4.0), time_seconds=60.0)  # type: ignore[arg-type]
    whole(ask(peer), TYPICAL)
    assert peer.waited < 20.0


class OwnWord(Server):
    """rustls: access_denied where no signature scheme fits."""

    def _modern(self, model: VersionModel, ask: Ask, answer: Answer) -> Answer:
        answer = super()._modern(model, ask, answer)
        if answer.ending is Ending.ALERT:
            answer.alert = 49
        return answer


def test_a_server_with_a_word_of_its_own_for_no_costs_little_more() -> None:
    server = OwnWord({Version.TLS13: PRINCIPAL, Version.TLS12: COMMON})
    peer = Peer(server)
    whole(ask(peer), server)
    assert len(peer.asked) <= 40


def test_what_an_upgrade_takes_is_told_of_servers_that_follow_the_client() -> None:
    model = replace(PRINCIPAL, server_order=False, takes_offered_share=False)
    survey = ask(Peer(Server({Version.TLS13: model, Version.TLS12: COMMON})))
    assert survey.version(Version.TLS13).group_selection == "hello_retry_upgrade"


def test_a_group_that_alone_is_asked_for_costs_the_server_no_key_unless_it_is_post_quantum() -> None:
    model = VersionModel(Version.TLS13, (0x1301,), (0x001D, 0x0017, 0x0018, 0x0019, 0x11EB, 0x11EC), (0x0403,), ec_curve=0x17)
    peer = Peer(Server({Version.TLS13: model, Version.TLS12: COMMON}))
    entry = ask(peer).version(Version.TLS13)
    assert set(entry.found[AxisName.GROUPS]) == set(model.groups)
    assert {0x11EB, 0x11EC} <= entry.confirmed_groups
    assert 0x0019 not in entry.confirmed_groups


class ClosesWhereNoSchemeFits(Server):
    """rustls 0.23.46 in TLS 1.2: an alert where no suite or group fits, no word where its key signs in no scheme listed."""

    def _old(self, model: VersionModel, offer: Offer, answer: Answer) -> Answer:
        answer = super()._old(model, offer, answer)
        if answer.ending is Ending.ALERT and answer.cipher_suite is not None:
            answer.ending, answer.alert, answer.version, answer.cipher_suite = Ending.CLOSED, None, None, None
        return answer


ECDSA_ALONE = VersionModel(
    Version.TLS12, (0xC02C, 0xC02B), (0x001D, 0x0018), (0x0503,), server_order=False, rsa=False, ec_curve=0x18, signs_late=True
)


@pytest.mark.parametrize("depth", ["inventory", "exhaustive"])
def test_a_server_that_closes_where_its_key_signs_in_no_scheme_is_found_whole(depth: str) -> None:
    server = ClosesWhereNoSchemeFits({Version.TLS13: PRINCIPAL, Version.TLS12: ECDSA_ALONE})
    survey = ask(Peer(server), depth)
    whole(survey, server)
    old = survey.version(Version.TLS12)
    assert old.found[AxisName.SCHEMES] == (0x0503,)
    assert 0x0403 in old.refused[AxisName.SCHEMES]
    assert not any(old.unproven.values())


@pytest.mark.parametrize("other", [Ending.RESET, Ending.SILENCE])
def test_a_reset_or_silence_in_its_place_refuses_no_scheme(other: Ending) -> None:
    class Otherwise(ClosesWhereNoSchemeFits):
        def _old(self, model: VersionModel, offer: Offer, answer: Answer) -> Answer:
            answer = super()._old(model, offer, answer)
            answer.ending = other if answer.ending is Ending.CLOSED else answer.ending
            return answer

    survey = ask(Peer(Otherwise({Version.TLS13: PRINCIPAL, Version.TLS12: ECDSA_ALONE})))
    assert survey.version(Version.TLS12).refused[AxisName.SCHEMES] == ()
    assert survey.version(Version.TLS12).unproven[AxisName.SCHEMES]
