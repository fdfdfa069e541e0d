"""One exchange of an IKE case without I/O: what comes late, twice, torn or from nobody raises nothing and proves nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.harness.conformance.ike.catalogue import ALL_CASES
from pqscan.harness.conformance.ike.exchange import MOST_DROPPED, Exchange, Ground
from pqscan.harness.conformance.ike.run import _FULL
from pqscan.harness.conformance.ike.script import Script
from pqscan.harness.conformance.ike.seen import Ended, Progress
from pqscan.wire.ike.header import NON_ESP_MARKER, Message, Payload
from pqscan.wire.ike.payloads import Notify
from pqscan.wire.ike.words import NotifyType
from tests.peers.ike_asker import repeatable_random
from tests.peers.ike_memory import played
from tests.peers.ike_strict import StrictGateway

PLAIN, HYBRID = Script(31), Script(31, 36)


@pytest.mark.parametrize("script", [PLAIN, HYBRID, Script(19, 37)])
def test_a_right_exchange_is_carried_to_a_login_that_fails(script: Script) -> None:
    seen = played(Exchange(script, Ground(repeatable_random())), StrictGateway())
    assert (seen.progress, seen.ended, seen.notify) == (Progress.ANSWERED, Ended.OURS, NotifyType.AUTHENTICATION_FAILED)
    assert seen.method == script.method


def test_another_group_is_followed_where_that_is_asked_for_and_told_where_not() -> None:
    class WantsCurve(StrictGateway):
        groups = (20,)

    follows = Script(31, 36, groups=(19, 20), follows=True)
    assert played(Exchange(follows, Ground(repeatable_random())), WantsCurve()).progress is Progress.ANSWERED
    stays = played(Exchange(Script(31, 36, groups=(19, 20)), Ground(repeatable_random())), WantsCurve())
    assert (stays.ended, stays.notify) == (Ended.NOTIFY, NotifyType.INVALID_KE_PAYLOAD)


def test_cookies_are_given_back_and_not_without_end() -> None:
    class WantsCookies(StrictGateway):
        demanded = 1

        def init_answer(self, message: Message, datagram: bytes) -> list[bytes]:
            if self.demanded:
                self.demanded -= 1
                cookie = Payload(41, Notify(NotifyType.COOKIE, b"crumbs").encode())
                return [Message(message.initiator_spi, bytes(8), 34, 0x20, 0, (cookie,)).encode()]
            return super().init_answer(message, datagram)

    class Insatiable(WantsCookies):
        demanded = 1_000

    seen = played(Exchange(PLAIN, Ground(repeatable_random())), WantsCookies())
    assert seen.progress is Progress.ANSWERED
    assert seen.question is not None
    assert seen.question.payloads[0].body == Notify(NotifyType.COOKIE, b"crumbs").encode(), "first of all payloads"
    assert played(Exchange(PLAIN, Ground(repeatable_random())), Insatiable()).ended is Ended.SILENCE


def test_port_4500_has_its_marker() -> None:
    exchange = Exchange(PLAIN, Ground(repeatable_random(), marked=True))
    sent = exchange.datagrams_to_send()
    assert [each[:4] for each in sent] == [NON_ESP_MARKER]
    (answer,) = StrictGateway().answer(sent[0][4:])
    exchange.receive(answer)
    assert exchange.seen.progress is Progress.NOTHING
    exchange.receive(NON_ESP_MARKER + answer)
    assert exchange.seen.progress is Progress.CHOSEN


def test_a_flood_of_what_answers_nothing_ends_it() -> None:
    exchange = Exchange(PLAIN, Ground(repeatable_random()))
    for _ in range(MOST_DROPPED + 1):
        exchange.receive(b"\0" * 40)
    assert (exchange.finished, exchange.seen.ended) == (True, Ended.FLOOD)


SCRIPTS = [script for case in ALL_CASES for script in case.scripts(_FULL)]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(SCRIPTS),
    st.lists(st.tuples(st.integers(0, 1 << 11), st.integers(0, 255)), max_size=3),
    st.binary(max_size=200),
)
def test_whatever_comes_raises_nothing_and_ends(script: Script, changes: list[tuple[int, int]], junk: bytes) -> None:
    class Bent(StrictGateway):
        def answer(self, datagram: bytes) -> list[bytes]:
            found = []
            for answer in super().answer(datagram):
                bent = bytearray(answer)
                for place, octet in changes:
                    bent[place % len(bent)] = octet
                found += [junk, bytes(bent), answer[: len(answer) // 2]]
            return found

    exchange = Exchange(script, Ground(repeatable_random()))
    played(exchange, Bent())
    assert exchange.finished
