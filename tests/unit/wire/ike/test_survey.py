"""What IkeSurvey concludes: from recorded answers of strongSwan, and from a responder in memory for what that does not do."""

from __future__ import annotations

import pytest

from pqscan.wire.builder import uint16
from pqscan.wire.ike.header import NON_ESP_MARKER, Message, Payload
from pqscan.wire.ike.offer import ALL_GROUPS
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import Proposal, Transform, decode_proposals, encode_proposals
from pqscan.wire.ike.survey import FEWEST_DATAGRAMS, MOST_COOKIES, MOST_DATAGRAMS, IkeSurvey
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType, TransformType
from tests.peers.ike_asker import repeatable_random, repeatable_share, replay
from tests.unit.wire.ike.recorded import RECORDINGS
from tests.unit.wire.ike.responder import AEAD, Responder, chosen, reply, run
from tests.unit.wire.ike.test_offer import MOST_BYTES

ADDKE1 = TransformType.ADDKE1
X25519, P256, MODP2048 = ((4, group, None) for group in (31, 19, 14))
ML_KEM_768, ML_KEM_1024 = ((6, method, None) for method in (36, 37))
REFUSED = Notify(NotifyType.NO_PROPOSAL_CHOSEN)


def survey(most_datagrams: int = FEWEST_DATAGRAMS, *, marked: bool = False) -> IkeSurvey:
    return IkeSurvey(repeatable_random(), repeatable_share, most_datagrams=most_datagrams, marked=marked)


def surveyed(responder: Responder, most_datagrams: int = FEWEST_DATAGRAMS) -> IkeSurvey:
    ours = survey(most_datagrams)
    run(ours, responder)
    return ours


@pytest.mark.parametrize(
    ("name", "ml_kem", "preferred", "methods", "transforms", "datagrams"),
    [
        ("6.1 with ML-KEM-768 alone", True, True, {36}, [(1, 20), (2, 6), (4, 31), (6, 36)], 5),
        ("6.1 with ML-KEM-1024 after the same without", True, False, {37}, [(1, 20), (2, 6), (4, 31)], 5),
        ("6.1 with ML-KEM-1024 on another group", True, True, {37}, [(1, 12), (3, 13), (2, 6), (4, 20), (6, 37)], 5),
        ("6.1 with ML-KEM-768 after another group without", True, False, {36}, [(1, 12), (3, 13), (2, 6), (4, 20)], 6),
        ("6.1 without ML-KEM", False, None, set(), [(1, 20), (2, 6), (4, 31)], 5),
        ("6.1 with its defaults", False, None, set(), [(1, 12), (3, 12), (2, 5), (4, 19)], 4),
        ("6.1 with every ML-KEM after the same without", True, False, {35, 36, 37}, [(1, 20), (2, 6), (4, 31)], 6),
        ("6.1 with ML-KEM-768 as the only key exchange", False, None, set(), [(1, 12), (3, 12), (2, 5), (4, 19)], 4),
        ("6.0 with ML-KEM-768 that it cannot compute", True, True, {36}, [(1, 20), (2, 6), (4, 31), (6, 36)], 5),
    ],
)
def test_a_real_gateway_tells_whether_it_takes_ml_kem(
    name: str, ml_kem: bool, preferred: bool | None, methods: set[int], transforms: list[tuple[int, int]], datagrams: int
) -> None:
    recording, ours = RECORDINGS[name], survey()
    replay(ours, recording.received)
    result = ours.result
    assert ours.finished
    assert (result.ml_kem, result.ml_kem_preferred) == (ml_kem, preferred)
    asked = {value: taken for (kind, value, _), taken in result.accepted.items() if kind is ADDKE1}
    assert asked == ({method: method in methods for method in (35, 36, 37)} if ml_kem else {})
    assert result.alone == (36 if "only" in name else None)
    assert result.choice is not None
    assert result.choice.chosen is not None
    assert [(each.kind, each.value) for each in result.choice.chosen.transforms] == transforms
    assert (result.datagrams, result.half_open, result.dropped) == (datagrams, 1, 0)
    assert result.sent == recording.sent  # else the answers are those to other questions: record them anew


def test_a_real_gateway_tells_which_hashes_it_verifies() -> None:
    ours = survey()
    replay(ours, RECORDINGS["6.1 without ML-KEM"].received)
    assert ours.result.choice is not None
    hashes = [each.numbers() for each in ours.result.choice.notifications if each.kind == NotifyType.SIGNATURE_HASH_ALGORITHMS]
    assert hashes == [(2, 3, 4, 5)]


@pytest.mark.parametrize(
    ("responder", "ml_kem", "datagrams"),
    [
        (Responder(((*AEAD, X25519, ML_KEM_768),)), True, 5),
        (Responder(((*AEAD, P256, ML_KEM_768),)), True, 6),  # its group is of the proposals without: asked alone
        (Responder(((*AEAD, P256), (*AEAD, X25519, ML_KEM_768))), True, 6),
        (Responder(((*AEAD, P256),)), False, 4),
        (Responder(((*AEAD, X25519),)), False, 5),
        (Responder(((*AEAD, X25519),), knows_additional=False), False, 5),
        (Responder(((*AEAD, MODP2048),), knows_additional=False), False, 4),
        (Responder(()), None, 3),
    ],
)
def test_the_answer_needs_at_most_six_datagrams_and_one_half_open_exchange(
    responder: Responder, ml_kem: bool | None, datagrams: int
) -> None:
    responder.kept = 0
    result = surveyed(responder).result
    assert (result.ml_kem, result.datagrams) == (ml_kem, datagrams)
    assert result.datagrams <= FEWEST_DATAGRAMS
    assert responder.kept == result.half_open <= 1


ALL_THREE = tuple((6, method, None) for method in (36, 37, 35))


@pytest.mark.parametrize("most", [FEWEST_DATAGRAMS, MOST_DATAGRAMS])
@pytest.mark.parametrize("group", [X25519, P256])
def test_a_responder_that_passes_over_additional_key_exchanges_is_not_taken_for_one_that_has_ml_kem(
    most: int, group: tuple[int, int, None]
) -> None:
    responder = Responder(((*AEAD, group),), passes_over=True)
    result = surveyed(responder, most).result
    assert (result.ml_kem, result.tells_apart) == (None, False)
    assert result.choice is not None
    assert result.choice.chosen is not None
    assert (result.choice.chosen.values(TransformType.KE), result.choice.chosen.values(ADDKE1)) == ((group[1],), ())
    assert (result.datagrams <= most, responder.kept) == (True, 1)


@pytest.mark.parametrize(
    ("group", "most", "asked"), [(X25519, 6, {35, 36, 37}), (P256, 6, {36, 37}), (P256, MOST_DATAGRAMS, {35, 36, 37})]
)
def test_all_sizes_are_believed_where_one_that_nobody_has_is_refused(
    group: tuple[int, int, None], most: int, asked: set[int]
) -> None:
    responder = Responder(((*AEAD, group), *((*AEAD, group, method) for method in ALL_THREE)))
    result = surveyed(responder, most).result
    assert (result.ml_kem, result.tells_apart, result.ml_kem_preferred) == (True, True, False)
    assert {value for (kind, value, _), taken in result.accepted.items() if taken and kind is ADDKE1} == asked
    assert result.datagrams <= most


def test_ml_kem_as_the_only_key_exchange_is_asked_for_before_it_is_said_to_be_refused() -> None:
    responder = Responder(((*AEAD, (4, 37, None)), (*AEAD, P256)))
    result = surveyed(responder).result
    assert (result.ml_kem, result.alone, responder.kept) == (False, 37, 1)
    without = surveyed(Responder(((*AEAD, P256),))).result
    assert (without.ml_kem, without.alone) == (False, None)


def test_a_refusal_is_none_where_there_is_no_datagram_left_to_ask_for_ml_kem_alone() -> None:
    result = surveyed(Responder(((*AEAD, P256),), cookie=b"crumbs")).result
    assert (result.ml_kem, result.datagrams, result.half_open) == (None, 6, 1)


def test_silence_about_ml_kem_as_the_only_key_exchange_proves_nothing() -> None:
    responder, ours = Responder(((*AEAD, P256),)), survey()
    while not ours.finished:
        for datagram in ours.datagrams_to_send():
            if ours.result.datagrams == 3:
                ours.timed_out()
            else:
                ours.receive(responder.answer(datagram))
    assert (ours.result.ml_kem, ours.result.half_open) == (None, 1)


def test_a_choice_has_one_transform_of_each_type_of_its_proposal() -> None:
    ours = survey()
    question = Message.decode(ours.datagrams_to_send()[0])
    answer = chosen(question, Proposal(3, (Transform.of(1, 20, 256), Transform.of(4, 26))))
    assert (ours.receive(answer), ours.result.not_offered) == (False, True)


P384 = (4, 20, None)


@pytest.mark.parametrize(
    ("policies", "most", "chosen", "methods"),
    [
        # What is wanted first is chosen, whatever group it is on, in six datagrams where the six suffice to see it.
        (((*AEAD, P384), (*AEAD, X25519, ML_KEM_768)), 6, (20,), {36}),
        (((*AEAD, P256), (*AEAD, X25519, ML_KEM_768)), 6, (19,), {36}),
        (((*AEAD, X25519, ML_KEM_768), (*AEAD, P384)), 6, (31, 36), {36}),
        (((*AEAD, MODP2048), (*AEAD, P256), (*AEAD, X25519, ML_KEM_768)), MOST_DATAGRAMS, (14,), {36}),
        # Each method is asked for with every group.
        (((*AEAD, X25519, ML_KEM_768), (*AEAD, P384, ML_KEM_1024)), 6, (31, 36), {36, 37}),
    ],
)
def test_what_is_wanted_first_is_chosen_and_each_method_found_on_its_group(
    policies: tuple[tuple[tuple[int, int, int | None], ...], ...], most: int, chosen: tuple[int, ...], methods: set[int]
) -> None:
    responder = Responder(policies)
    result = surveyed(responder, most).result
    assert result.choice is not None
    assert result.choice.chosen is not None
    values = (*result.choice.chosen.values(TransformType.KE), *result.choice.chosen.values(ADDKE1))
    assert (values, responder.kept) == (chosen, 1)
    assert result.ml_kem_preferred is (len(chosen) == 2)
    assert {value for (kind, value, _), taken in result.accepted.items() if taken and kind is ADDKE1} == methods


def test_a_transform_that_is_tied_to_another_group_is_found() -> None:
    cbc = ((1, 12, 128), (3, 12, None), (2, 5, None))
    result = surveyed(Responder(((*cbc, MODP2048), (*AEAD, X25519))), MOST_DATAGRAMS).result
    taken = {key for key, taken in result.accepted.items() if taken}
    assert {(kind.value, value, bits) for kind, value, bits in taken} == {*cbc, *AEAD}


def test_no_question_is_so_long_that_a_network_cuts_it() -> None:
    everything = tuple((*AEAD, (4, group, None), *extra) for group in ALL_GROUPS for extra in ((), (ML_KEM_768,)))
    for policies in (everything, everything[::-1], ((*AEAD, X25519),)):
        result = surveyed(Responder(policies), MOST_DATAGRAMS).result
        first, *_, last = result.sent
        assert first
        assert max(map(len, result.sent[:-2])) <= MOST_BYTES
        assert result.choice is not None
        assert len(last) <= MOST_BYTES or result.choice.group not in (31, 19, 20)


def test_what_cannot_be_sent_is_told_and_the_rest_is_chosen() -> None:
    gost, brainpool = (4, 33, None), (4, 27, None)
    result = surveyed(Responder(((*AEAD, gost), (*AEAD, brainpool), (*AEAD, MODP2048))), MOST_DATAGRAMS).result
    assert (result.groups, result.groups_complete, result.half_open) == ([33, 27, 14], True, 1)
    assert result.choice is not None
    assert result.choice.group == 14
    alone = surveyed(Responder(((*AEAD, gost),)), MOST_DATAGRAMS).result
    assert (alone.groups, alone.choice, alone.half_open) == ([33], None, 0)


def test_a_responder_that_refuses_everything_says_nothing_of_ml_kem() -> None:
    result = surveyed(Responder(())).result
    assert result.answered
    assert result.ml_kem is None
    assert result.accepted == {}


def test_it_goes_deeper_where_it_may_and_keeps_one_exchange_open() -> None:
    responder = Responder(((*AEAD, P256), (*AEAD, MODP2048), (*AEAD, X25519, ML_KEM_768), (*AEAD, X25519, ML_KEM_1024)))
    result = surveyed(responder, MOST_DATAGRAMS).result
    assert (result.groups, result.groups_complete) == ([19, 14], True)
    assert (result.hybrid_groups, result.hybrid_groups_complete) == ([31], True)
    taken = {key for key, taken in result.accepted.items() if taken}
    assert taken == {(ADDKE1, 36, None), (ADDKE1, 37, None), (TransformType.ENCR, 20, 256), (TransformType.PRF, 6, None)}
    assert result.accepted[TransformType.ENCR, 3, None] is False
    assert responder.kept == 1


def test_a_gateway_that_demands_ml_kem_has_no_group_without() -> None:
    result = surveyed(Responder(((*AEAD, X25519, ML_KEM_768),)), MOST_DATAGRAMS).result
    assert (result.groups, result.groups_complete, result.hybrid_groups) == ([], True, [31])


def test_a_demanded_cookie_is_given_back_with_the_same_question() -> None:
    responder = Responder(((*AEAD, X25519),), cookie=b"crumbs")
    result = surveyed(responder, 20).result
    assert (result.ml_kem, result.cookies) == (False, len(responder.seen) // 2)
    first, second = responder.seen[:2]
    assert second.payloads[1:] == first.payloads
    assert second.initiator_spi == first.initiator_spi
    assert responder.seen[2].initiator_spi != first.initiator_spi


def test_where_each_question_costs_a_cookie_the_choice_comes_before_further_sizes() -> None:
    responder = Responder(((*AEAD, X25519, ML_KEM_768),), cookie=b"crumbs")
    result = surveyed(responder).result
    assert (result.ml_kem, result.datagrams, result.cookies, responder.kept) == (True, 6, 3, 1)
    assert result.accepted == {(ADDKE1, 36, None): True}
    assert result.choice is not None


def test_a_cookie_demanded_late_costs_a_size_and_not_the_choice() -> None:
    """As a loaded strongSwan does: it still holds what it has refused."""
    responder, ours = Responder(((*AEAD, X25519, ML_KEM_768),)), survey()
    while not ours.finished:
        for datagram in ours.datagrams_to_send():
            responder.cookie = b"crumbs" if ours.result.datagrams >= 4 else b""
            ours.receive(responder.answer(datagram))
    assert (ours.result.datagrams, ours.result.cookies, responder.kept) == (6, 2, 1)
    assert ours.result.accepted == {(ADDKE1, 36, None): True, (ADDKE1, 37, None): False}
    assert ours.result.ml_kem_preferred


def test_cookies_without_end_are_not_followed() -> None:
    ours = survey(20)
    for number in range(MOST_COOKIES + 3):
        for datagram in ours.datagrams_to_send():
            question = Message.decode(datagram)
        ours.receive(reply(question, Notify(NotifyType.COOKIE, bytes((number + 1,)))))
    assert (ours.result.cookies, ours.result.datagrams, ours.result.dropped) == (MOST_COOKIES, 1 + MOST_COOKIES, 3)


def test_the_budget_counts_repetitions_and_cookies() -> None:
    ours = survey(3)
    for _ in range(5):
        ours.repeat()
    assert (ours.finished, ours.result.datagrams, len(ours.datagrams_to_send())) == (True, 3, 3)


def test_a_repetition_is_the_same_datagram() -> None:
    ours = survey()
    first = ours.datagrams_to_send()
    ours.repeat()
    assert ours.datagrams_to_send() == first


def test_silence_is_no_refusal() -> None:
    ours = survey()
    while not ours.finished:
        ours.timed_out()
    assert (ours.result.answered, ours.result.ml_kem, ours.result.datagrams) == (False, None, 2)


def test_a_responder_that_is_silent_on_additional_key_exchanges_is_told() -> None:
    responder, ours = Responder(((*AEAD, X25519),)), survey()
    ours.datagrams_to_send()
    ours.timed_out()
    run(ours, responder)
    assert (ours.result.ml_kem, ours.result.silent_with_additional) == (None, True)


def wrong_answers(question: Message) -> list[bytes]:
    right = reply(question, REFUSED)
    return [
        reply(Message(b"somebody", *_rest(question)), REFUSED),  # another SPI: spoofed, or late
        right[:18] + b"\x30" + right[19:],  # version 3
        right[:18] + bytes((ExchangeType.IKE_SA_INIT + 1,)) + right[19:],
        right[:19] + b"\x00" + right[20:],  # no response
        right[:19] + b"\x28" + right[20:],  # from an initiator
        right[:23] + b"\x01" + right[24:],  # message id 1
        right[:-1],
        right + b"\x00",
        reply(question, Notify(NotifyType.INVALID_KE_PAYLOAD, b"\0")),
        reply(question, Notify(NotifyType.INVALID_KE_PAYLOAD, uint16(1024))),  # which was not offered
        reply(question, Notify(NotifyType.COOKIE, bytes(65))),
        reply(question, Notify(NotifyType.COOKIE)),
        reply(question, Notify(NotifyType.FRAGMENTATION_SUPPORTED)),
        b"",
    ]


def _rest(message: Message) -> tuple[bytes, int, int, int, tuple[Payload, ...]]:
    return message.responder_spi, message.exchange, message.flags, message.message_id, message.payloads


def test_what_does_not_answer_the_question_is_dropped() -> None:
    ours = survey()
    question = Message.decode(ours.datagrams_to_send()[0])
    answers = wrong_answers(question)
    for each in answers:
        ours.receive(each)
    assert (ours.result.dropped, ours.result.answered, ours.datagrams_to_send()) == (len(answers), False, [])
    assert ours.result.not_offered
    ours.receive(reply(question, REFUSED))
    assert ours.result.answered


def test_a_duplicate_of_an_earlier_answer_is_dropped() -> None:
    ours = survey()
    question = Message.decode(ours.datagrams_to_send()[0])
    for _ in range(3):
        ours.receive(reply(question, Notify(NotifyType.INVALID_KE_PAYLOAD, uint16(31))))
    assert (ours.result.dropped, ours.result.datagrams) == (2, 2)


def test_an_old_responder_is_known_by_its_own_version() -> None:
    ours = survey()
    question = Message.decode(ours.datagrams_to_send()[0])
    body = Payload(PayloadType.NOTIFICATION_V1, bytes.fromhex("0000000101000005"))
    ours.receive(Message(question.initiator_spi, bytes(8), ExchangeType.INFORMATIONAL_V1, 0, 0, (body,), (1, 0)).encode())
    assert (ours.finished, ours.result.old_version, ours.result.ml_kem) == (True, True, None)


def test_another_error_is_kept_and_ends_it() -> None:
    ours = survey()
    question = Message.decode(ours.datagrams_to_send()[0])
    ours.receive(reply(question, Notify(7)))
    assert (ours.finished, ours.result.last_error) == (True, 7)


def test_on_port_4500_each_message_stands_behind_the_marker() -> None:
    ours = survey(marked=True)
    (datagram,) = ours.datagrams_to_send()
    assert datagram.startswith(NON_ESP_MARKER)
    right = reply(Message.decode(datagram[4:]), REFUSED)
    ours.receive(right)
    assert ours.result.dropped == 1
    ours.receive(NON_ESP_MARKER + right)
    assert ours.result.answered


def test_who_chooses_all_that_was_proposed_has_chosen_nothing() -> None:
    """RFC 7296, section 2.7: one transform of each type. Whoever sends a proposal back as it is has not even said ML-KEM."""
    ours = survey()
    question = Message.decode(ours.datagrams_to_send()[0])
    proposal = decode_proposals(question.of(PayloadType.SA)[0])[0]
    payloads = (
        Payload(PayloadType.SA, encode_proposals((proposal,))),
        Payload(PayloadType.KE, KeyExchange(31, bytes(32)).encode()),
        Payload(PayloadType.NONCE, bytes(32)),
    )
    answer = Message(question.initiator_spi, b"responds", ExchangeType.IKE_SA_INIT, Flag.RESPONSE, 0, payloads)
    assert not ours.receive(answer.encode())
    assert (ours.result.dropped, ours.result.choice, ours.result.ml_kem) == (1, None, None)
