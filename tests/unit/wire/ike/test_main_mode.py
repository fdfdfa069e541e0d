"""The first message of main mode and what is made of its answers."""

from __future__ import annotations

import pytest

from pqscan.wire.builder import uint16
from pqscan.wire.ike.header import NON_ESP_MARKER, Message, Payload
from pqscan.wire.ike.main_mode import ROUNDS, MainModeQuestion, offered
from pqscan.wire.ike.payloads import Notify
from pqscan.wire.ike.proposals import Attribute
from pqscan.wire.ike.v1 import AttributeKind, Notification, NotifyV1, SecurityAssociation, TransformV1
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType
from tests.peers.ike_asker import repeatable_random
from tests.unit.wire.ike.recorded import OF_MAIN_MODE
from tests.unit.wire.ike.test_offer import MOST_BYTES

COOKIE = b"responds"


def question(*, marked: bool = False, most: int = 6) -> tuple[MainModeQuestion, Message]:
    asked = MainModeQuestion(repeatable_random(), most_datagrams=most, marked=marked)
    (datagram,) = asked.datagrams_to_send()
    return asked, Message.decode(datagram.removeprefix(NON_ESP_MARKER) if marked else datagram)


def choosing(message: Message, *transforms: TransformV1, cookie: bytes = COOKIE) -> bytes:
    payloads = (
        Payload(PayloadType.SA_V1, SecurityAssociation(transforms).encode()),
        Payload(PayloadType.VENDOR_ID_V1, b"vendor"),
    )
    return Message(message.initiator_spi, cookie, ExchangeType.MAIN_MODE, 0, 0, payloads, (1, 0)).encode()


def notifying(message: Message, kind: int, *, flags: int = 0) -> bytes:
    payloads = (Payload(PayloadType.NOTIFICATION_V1, Notification(kind).encode()),)
    return Message(message.initiator_spi, COOKIE, ExchangeType.INFORMATIONAL_V1, flags, 7, payloads, (1, 0)).encode()


def test_one_datagram_that_is_never_cut_offers_the_suites_worth_knowing() -> None:
    asked, message = question()
    assert len(asked.result.sent[0]) <= MOST_BYTES
    assert (message.version, message.exchange, message.flags) == ((1, 0), ExchangeType.MAIN_MODE, 0)
    (body,) = message.of(PayloadType.SA_V1)
    suites = SecurityAssociation.decode(body).transforms
    assert suites == offered()
    assert [suite.number for suite in suites] == list(range(1, len(suites) + 1))
    assert {suite.value(AttributeKind.AUTHENTICATION) for suite in suites} == {1, 3, 65001}
    assert {suite.value(AttributeKind.ENCRYPTION) for suite in suites} == {7, 5, 1}
    assert {suite.value(AttributeKind.GROUP) for suite in suites} == {20, 19, 14, 5, 2, 1}


def test_the_suite_that_is_chosen_is_told_with_the_vendor_ids() -> None:
    asked, message = question()
    wanted = offered()[7]
    asked.receive(choosing(message, TransformV1(1, tuple(reversed(wanted.attributes)))))
    assert (asked.finished, asked.result.chosen, asked.result.vendor_ids) == (True, wanted, (b"vendor",))


@pytest.mark.parametrize("kind", [NotifyV1.NO_PROPOSAL_CHOSEN, NotifyV1.INVALID_MAJOR_VERSION, 16])
def test_a_refusal_is_told_by_its_number(kind: int) -> None:
    asked, message = question()
    asked.receive(notifying(message, kind))
    assert (asked.finished, asked.result.chosen, asked.result.error) == (kind != NotifyV1.NO_PROPOSAL_CHOSEN, None, kind)
    assert not asked.result.refused_all


def test_a_responder_of_ikev2_alone_says_so_in_ikev2() -> None:
    asked, message = question()
    payloads = (Payload(PayloadType.NOTIFY, Notify(NotifyType.INVALID_MAJOR_VERSION).encode()),)
    asked.receive(Message(message.initiator_spi, COOKIE, 37, Flag.RESPONSE, 0, payloads).encode())
    assert asked.result.error == NotifyType.INVALID_MAJOR_VERSION


@pytest.mark.parametrize(
    ("name", "suite", "error", "vendors"),
    [
        ("5.9 with 3DES", (5, None, 2, 1, 2), None, 2),
        ("5.9 with IKEv2 beside it", (7, 256, 4, 1, 19), None, 2),
        ("5.9 with what is asked for last", (8, 128, 4, 1, 16), None, 2),
        ("5.9 with what is not offered", None, NotifyV1.NO_PROPOSAL_CHOSEN, 0),
        ("6.1, which knows no IKEv1", None, NotifyV1.INVALID_MAJOR_VERSION, 0),
    ],
)
def test_a_real_gateway_tells_its_suite_or_refuses(
    name: str, suite: tuple[int | None, ...] | None, error: int | None, vendors: int
) -> None:
    recording = OF_MAIN_MODE[name]
    asked = MainModeQuestion(repeatable_random())
    for sent, answer in zip(recording.sent, recording.received, strict=True):
        assert asked.datagrams_to_send() == [sent]  # else the answers are those to another question: record them anew
        assert asked.receive(answer)
    assert asked.finished
    assert asked.result.refused_all is ("not offered" in name)
    kinds = AttributeKind
    told = (kinds.ENCRYPTION, kinds.KEY_LENGTH, kinds.HASH, kinds.AUTHENTICATION, kinds.GROUP)
    chosen = asked.result.chosen
    assert (None if chosen is None else tuple(chosen.value(kind) for kind in told)) == suite
    assert (asked.result.error, len(asked.result.vendor_ids)) == (error, vendors)


def test_who_refuses_is_asked_for_rarer_suites_and_all_of_them_are_different() -> None:
    asked, message = question()
    every = [*offered()]
    for number in range(1, ROUNDS):
        asked.receive(notifying(message, NotifyV1.NO_PROPOSAL_CHOSEN))
        assert not asked.finished
        (datagram,) = asked.datagrams_to_send()
        assert len(datagram) <= MOST_BYTES
        before, message = message, Message.decode(datagram)
        assert message.initiator_spi != before.initiator_spi
        (body,) = message.of(PayloadType.SA_V1)
        assert SecurityAssociation.decode(body).transforms == offered(number)
        asked.receive(notifying(before, NotifyV1.NO_PROPOSAL_CHOSEN))
        assert asked.result.dropped == number, "the same answer late counts for nothing"
        every += offered(number)
    assert len({frozenset(each.attributes) for each in every}) == len(every)
    asked.receive(notifying(message, NotifyV1.NO_PROPOSAL_CHOSEN))
    assert (asked.finished, asked.result.refused_all, asked.result.datagrams) == (True, True, ROUNDS)


def test_a_suite_that_is_taken_later_is_taken() -> None:
    asked, message = question()
    asked.receive(notifying(message, NotifyV1.NO_PROPOSAL_CHOSEN))
    message = Message.decode(asked.datagrams_to_send()[0])
    asked.receive(choosing(message, offered(1)[3]))
    assert (asked.finished, asked.result.chosen, asked.result.refused_all) == (True, offered(1)[3], False)


def test_where_no_datagram_is_left_not_all_is_refused() -> None:
    asked, message = question(most=1)
    asked.receive(notifying(message, NotifyV1.NO_PROPOSAL_CHOSEN))
    assert (asked.finished, asked.result.refused_all, asked.datagrams_to_send()) == (True, False, [])


def test_what_is_no_answer_is_dropped() -> None:
    asked, message = question()
    strange = TransformV1(1, (Attribute(AttributeKind.ENCRYPTION, uint16(7)),))
    stranger = Message(b"somebody", b"", 0, 0, 0, ())
    other = Message(stranger.initiator_spi, message.responder_spi, message.exchange, 0, 0, message.payloads, (1, 0))
    right = choosing(message, offered()[0])
    answers = [
        choosing(other, offered()[0]),
        choosing(message, offered()[0], cookie=bytes(8)),
        choosing(message, offered()[0], offered()[1]),
        choosing(message, strange),
        notifying(message, NotifyV1.CONNECTED),
        notifying(message, NotifyV1.NO_PROPOSAL_CHOSEN, flags=Flag.ENCRYPTION),
        Message(message.initiator_spi, COOKIE, ExchangeType.AGGRESSIVE, 0, 0, (), (1, 0)).encode(),
        Message(message.initiator_spi, COOKIE, 34, Flag.RESPONSE, 0, ()).encode(),
        right[:-1],
        b"",
    ]
    for each in answers:
        asked.receive(each)
    assert (asked.finished, asked.result.answered, asked.result.dropped) == (False, False, len(answers))
    asked.receive(right)
    asked.receive(notifying(message, NotifyV1.NO_PROPOSAL_CHOSEN))
    assert (asked.result.chosen, asked.result.error) == (offered()[0], None), "what comes after the answer counts no more"


def test_repetitions_are_the_same_datagram_and_end() -> None:
    asked, _ = question(most=3)
    for _ in range(4):
        asked.repeat()
    assert (asked.finished, len(set(asked.result.sent)), asked.result.datagrams) == (True, 1, 3)


def test_on_port_4500_it_stands_behind_the_marker() -> None:
    asked, message = question(marked=True)
    asked.receive(choosing(message, offered()[0]))
    assert asked.result.dropped == 1
    asked.receive(NON_ESP_MARKER + choosing(message, offered()[0]))
    assert asked.result.chosen == offered()[0]
