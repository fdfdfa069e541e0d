"""Properties of the IKE codecs: pqscan.wire.ike.header, pqscan.wire.ike.proposals, pqscan.wire.ike.payloads,
pqscan.wire.ike.reply, pqscan.wire.ike.v1."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.main_mode import MainModeQuestion
from pqscan.wire.ike.payloads import CertificateRequest, KeyExchange, Notify
from pqscan.wire.ike.proposals import Attribute, Proposal, Transform, decode_attributes, decode_proposals, encode_proposals
from pqscan.wire.ike.protected import Opener, Sealer
from pqscan.wire.ike.reply import decode_reply
from pqscan.wire.ike.session import IkeSession, Stage
from pqscan.wire.ike.survey import MOST_DATAGRAMS, IkeSurvey
from pqscan.wire.ike.v1 import Notification, SecurityAssociation, TransformV1
from pqscan.wire.key_agreement import COMPONENT_KEYS
from tests.peers.ike_asker import repeatable_random, repeatable_share
from tests.peers.ike_responder import IkeResponder
from tests.unit.wire.ike.test_session import KEYS as SEALED_KEYS
from tests.unit.wire.ike.test_session import MESSAGE as SEALED

BYTE, WORD, LONG = (st.integers(0, 256**size - 1) for size in (1, 2, 4))
SHORT = st.binary(max_size=40)
ATTRIBUTES = st.one_of(
    st.builds(Attribute, st.integers(0, 0x7FFF), st.binary(min_size=2, max_size=2)),
    st.builds(Attribute, st.integers(0, 0x7FFF), SHORT, st.just(False)),
)
TRANSFORMS = st.builds(Transform, BYTE, WORD, st.lists(ATTRIBUTES, max_size=3).map(tuple))
PROPOSALS = st.lists(
    st.builds(Proposal, BYTE, st.lists(TRANSFORMS, max_size=4).map(tuple), BYTE, SHORT), min_size=1, max_size=4
).map(tuple)
PAYLOADS = st.builds(Payload, st.integers(1, 255).filter(lambda kind: kind not in (46, 53)), SHORT, st.booleans())
MESSAGES = st.builds(
    Message, *[st.binary(min_size=8, max_size=8)] * 2, BYTE, BYTE.map(lambda flags: flags & 0xFE), LONG,
    st.lists(PAYLOADS, max_size=5).map(tuple), st.tuples(st.integers(0, 15), st.integers(0, 15)),
)  # fmt: skip
NOTIFICATIONS = st.builds(Notify, WORD, SHORT, BYTE, SHORT)
KEY_EXCHANGES = st.builds(KeyExchange, WORD, SHORT)
TRANSFORMS_V1 = st.builds(TransformV1, BYTE, st.lists(ATTRIBUTES, max_size=4).map(tuple), BYTE)
ASSOCIATIONS = st.builds(SecurityAssociation, st.lists(TRANSFORMS_V1, max_size=4).map(tuple), BYTE, SHORT)
NOTIFICATIONS_V1 = st.builds(Notification, WORD, SHORT, SHORT, BYTE)
PAYLOADS_V1 = st.one_of(
    st.builds(lambda each: Payload(1, each.encode()), ASSOCIATIONS),
    st.builds(lambda each: Payload(11, each.encode()), NOTIFICATIONS_V1),
)


@given(MESSAGES)
def test_a_message_that_was_written_is_read_back(message: Message) -> None:
    assert Message.decode(message.encode()) == message


@given(MESSAGES, st.data())
def test_no_proper_prefix_of_a_message_decodes(message: Message, data: st.DataObject) -> None:
    written = message.encode()
    with pytest.raises(MalformedMessage):
        Message.decode(written[: data.draw(st.integers(0, len(written) - 1))])


@given(PROPOSALS)
def test_proposals_that_were_written_are_read_back(proposals: tuple[Proposal, ...]) -> None:
    assert decode_proposals(encode_proposals(proposals)) == proposals


@given(PROPOSALS, st.data())
def test_no_proper_prefix_of_proposals_decodes(proposals: tuple[Proposal, ...], data: st.DataObject) -> None:
    written = encode_proposals(proposals)
    with pytest.raises(MalformedMessage):
        decode_proposals(written[: data.draw(st.integers(0, len(written) - 1))])


@given(NOTIFICATIONS, KEY_EXCHANGES)
def test_payloads_that_were_written_are_read_back(notify: Notify, share: KeyExchange) -> None:
    assert Notify.decode(notify.encode()) == notify
    assert KeyExchange.decode(share.encode()) == share


@given(ASSOCIATIONS, NOTIFICATIONS_V1)
def test_what_was_written_for_ikev1_is_read_back(association: SecurityAssociation, notification: Notification) -> None:
    assert SecurityAssociation.decode(association.encode()) == association
    assert Notification.decode(notification.encode()) == notification


@given(ASSOCIATIONS, st.data())
def test_no_proper_prefix_of_an_association_of_ikev1_decodes(association: SecurityAssociation, data: st.DataObject) -> None:
    written = association.encode()
    with pytest.raises(MalformedMessage):
        SecurityAssociation.decode(written[: data.draw(st.integers(0, len(written) - 1))])


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=80),
            st.tuples(
                st.sampled_from([2, 4, 5, 34]), BYTE, st.integers(0, 3), st.lists(st.one_of(PAYLOADS, PAYLOADS_V1), max_size=3)
            ),
        ),
        max_size=8,
    )
)
def test_no_answers_make_a_question_of_main_mode_raise(answers: list[bytes | tuple[int, int, int, list[Payload]]]) -> None:
    """Bytes as they are, and payloads behind a header that fits the question."""
    question = MainModeQuestion(repeatable_random())
    (asked,) = question.datagrams_to_send()
    for answer in answers:
        if not isinstance(answer, bytes):
            exchange, flags, major, payloads = answer
            answer = Message(asked[:8], b"responds", exchange, flags & 0xFE, 0, tuple(payloads), (major, 0)).encode()
        question.receive(answer)
    assert question.result.answered is question.finished


@given(st.binary(max_size=300))
def test_any_bytes_give_a_value_or_malformed_message(data: bytes) -> None:
    for read in (
        Message.decode,
        decode_proposals,
        Notify.decode,
        KeyExchange.decode,
        CertificateRequest.decode,
        SecurityAssociation.decode,
        Notification.decode,
    ):
        with contextlib.suppress(MalformedMessage):
            read(data)
    with contextlib.suppress(MalformedMessage):
        decode_attributes(Cursor(data))


@given(MESSAGES)
def test_any_message_gives_a_reply_or_malformed_message(message: Message) -> None:
    with contextlib.suppress(MalformedMessage):
        decode_reply(message)


@given(st.lists(st.one_of(st.binary(max_size=80), st.lists(PAYLOADS, max_size=4), st.lists(NOTIFICATIONS, max_size=2), PROPOSALS)))
def test_no_answers_make_a_survey_raise_or_send_more_than_it_may(answers: list[object]) -> None:
    """Bytes as they are, and payloads behind a header that fits the question."""
    survey = IkeSurvey(repeatable_random(), repeatable_share, most_datagrams=MOST_DATAGRAMS)
    question = b""
    for answer in answers:
        question = (survey.datagrams_to_send() or [question])[-1]
        survey.receive(answer if isinstance(answer, bytes) else answering(question, answer))
        if len(survey.result.sent) > MOST_DATAGRAMS or survey.result.half_open > 1:
            raise AssertionError("more was sent, or left open, than may be")
    while not survey.finished:
        survey.timed_out()


def answering(question: bytes, content: object) -> bytes:
    assert isinstance(content, list | tuple)
    payloads = tuple(
        each if isinstance(each, Payload) else Payload(41, each.encode()) for each in content if isinstance(each, Payload | Notify)
    )
    if content and isinstance(content[0], Proposal):
        share = Payload(34, KeyExchange(31, b"share").encode())
        payloads = (Payload(33, encode_proposals(tuple(content)[:1])), share, Payload(40, bytes(32)))
    return Message(question[:8], bytes(8), 34, 0x20, 0, payloads).encode()


@settings(deadline=None)
@given(st.binary(max_size=300), st.integers(0, 1 << 11), st.integers(1, 255), st.booleans())
def test_nothing_opens_but_what_was_sealed(data: bytes, at: int, mask: int, fragments: bool) -> None:
    sealed = Sealer(SEALED_KEYS.to_responder).seal(SEALED, fragments=fragments)
    changed = bytearray(sealed[0])
    changed[at % len(changed)] ^= mask
    for each in (data, bytes(changed), sealed[0][: at % len(sealed[0])]):
        with pytest.raises(MalformedMessage):
            Opener(SEALED_KEYS.to_responder).open(each)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1 << 11), st.integers(0, 255)), max_size=3), st.binary(max_size=200))
def test_a_session_takes_whatever_comes_without_an_error_and_proves_nothing_by_it(
    changes: list[tuple[int, int]], junk: bytes
) -> None:
    responder = IkeResponder()
    session = IkeSession((36, "ML-KEM-768"), COMPONENT_KEYS, repeatable_random(), authenticates=False)
    while not session.finished and (sent := session.datagrams_to_send()):
        for datagram in sent:
            answers: list[bytes] = []
            with contextlib.suppress(
                MalformedMessage
            ):  # Its first answer was changed: it cannot open what we send under other keys.
                answers = responder.answer(datagram)
            for answer in answers:
                bent = bytearray(answer)
                for place, octet in changes:
                    bent[place % len(bent)] = octet
                session.receive(junk)
                session.receive(bytes(bent))
    assert session.stage < Stage.PROVEN
