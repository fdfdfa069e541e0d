"""An initiator carried through IKE_INTERMEDIATE with a responder that holds it to the documents, and with those that do not."""

from __future__ import annotations

import hmac
import os
from dataclasses import replace

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.keys import expanded, first_keys
from pqscan.wire.ike.protected import MOST_DATAGRAM, Opener, Sealer
from pqscan.wire.ike.reply import ReplyKind
from pqscan.wire.ike.session import IkeSession, Stage
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType
from pqscan.wire.key_agreement import COMPONENT_KEYS
from tests.peers.ike_responder import IkeResponder, notify

KEYS = first_keys(6, b"secret", b"n" * 64, b"s" * 16, 32)
SIZES = {36: ("ML-KEM-768", 1184), 37: ("ML-KEM-1024", 1568)}


def talk(responder: IkeResponder, method: int = 36, *, authenticates: bool = True) -> IkeSession:
    session = IkeSession((method, SIZES[method][0]), COMPONENT_KEYS, os.urandom, authenticates=authenticates)
    while not session.finished:
        sent = session.datagrams_to_send()
        if not sent:
            break
        for datagram in sent:
            for answer in responder.answer(datagram):
                session.receive(answer)
    return session


@pytest.mark.parametrize("method", SIZES)
@pytest.mark.parametrize("fragments", [True, False])
def test_an_answer_under_the_renewed_keys_is_the_proof(method: int, fragments: bool) -> None:
    responder = IkeResponder()
    responder.fragments = fragments
    session = talk(responder, method)
    assert (session.stage, session.refusal, session.problem) == (Stage.PROVEN, NotifyType.AUTHENTICATION_FAILED, "")
    assert responder.taken == [ExchangeType.IKE_SA_INIT, ExchangeType.IKE_INTERMEDIATE, ExchangeType.IKE_AUTH]
    assert session.fragments == (2 if fragments and method == 37 else 0)


def test_no_login_is_tried_where_that_is_not_permitted() -> None:
    responder = IkeResponder()
    session = talk(responder, authenticates=False)
    assert (session.stage, session.finished) == (Stage.ENCAPSULATED, True)
    assert ExchangeType.IKE_AUTH not in responder.taken


def test_a_cookie_and_another_group_are_followed() -> None:
    class WantsCookie(IkeResponder):
        wants_cookie = True

    assert talk(WantsCookie()).stage is Stage.PROVEN


def test_a_large_key_goes_out_in_fragments_where_both_know_them() -> None:
    session = IkeSession((37, "ML-KEM-1024"), COMPONENT_KEYS, os.urandom)
    first = session.datagrams_to_send()
    for answer in IkeResponder().answer(first[0]):
        session.receive(answer)
    datagrams = session.datagrams_to_send()
    assert len(datagrams) == 2
    assert max(map(len, datagrams)) <= MOST_DATAGRAM


class NoIntermediate(IkeResponder):
    """Chooses an ML-KEM and does not say that it knows IKE_INTERMEDIATE."""

    def abilities(self) -> tuple[NotifyType, ...]:
        return (NotifyType.FRAGMENTATION_SUPPORTED,)


class CannotCompute(IkeResponder):
    """strongSwan 6.0: chooses the ML-KEM and cannot compute it."""

    def intermediate(self, body: bytes) -> tuple[Payload, ...]:
        return (notify(NotifyType.NO_PROPOSAL_CHOSEN),)


class OtherSecret(IkeResponder):
    """Agrees on another ML-KEM secret."""

    def secret(self, secret: bytes) -> bytes:
        return bytes(32)


class ShortCiphertext(IkeResponder):
    def ciphertext(self, ciphertext: bytes) -> bytes:
        return ciphertext[:-1]


class LacksIt(IkeResponder):
    methods = ()


@pytest.mark.parametrize(
    ("responder", "stage", "problem"),
    [
        (NoIntermediate, Stage.NOTHING, "IKE_INTERMEDIATE"),
        (CannotCompute, Stage.CHOSEN, ""),
        (ShortCiphertext, Stage.CHOSEN, "1087 bytes"),
        (LacksIt, Stage.NOTHING, ""),
    ],
)
def test_a_responder_that_does_not_carry_it_through_is_told_apart(
    responder: type[IkeResponder], stage: Stage, problem: str
) -> None:
    session = talk(responder())
    assert (session.stage, session.finished) == (stage, True)
    assert problem in session.problem
    assert (session.reply is not None and session.reply.kind is ReplyKind.NO_PROPOSAL) is (responder is LacksIt)


def test_keys_without_the_same_secret_open_nothing() -> None:
    with pytest.raises(MalformedMessage):
        talk(OtherSecret())  # The responder cannot open our IKE_AUTH either.


def test_what_answers_nothing_is_dropped_and_counted() -> None:
    session = IkeSession((36, "ML-KEM-768"), COMPONENT_KEYS, os.urandom)
    sent = session.datagrams_to_send()
    answers = IkeResponder().answer(sent[0])
    for junk in (b"", b"junk", sent[0], answers[0][:-1], b"\xff" * 400):
        session.receive(junk)
    assert (session.dropped, session.stage) == (5, Stage.NOTHING)
    session.receive(answers[0])
    assert session.stage is Stage.CHOSEN
    session.receive(answers[0])  # A duplicate, late.
    assert (session.dropped, session.stage) == (6, Stage.CHOSEN)


def test_a_flood_of_what_answers_nothing_ends_it() -> None:
    session = IkeSession((36, "ML-KEM-768"), COMPONENT_KEYS, os.urandom)
    for _ in range(100):
        session.receive(b"junk")
    assert session.finished
    assert session.stage is Stage.NOTHING


def test_keys_are_those_of_the_standard() -> None:
    seed = hmac.digest(b"n" * 64, b"secret", "sha384")
    stream = expanded("sha384", seed, b"n" * 64 + b"s" * 16, 48 + 36 + 36)
    assert stream[:48] == hmac.digest(seed, b"n" * 64 + b"s" * 16 + b"\x01", "sha384")
    assert (KEYS.derive, KEYS.to_responder, KEYS.to_initiator) == (stream[:48], stream[48:84], stream[84:])
    again = hmac.digest(KEYS.derive, b"ML-KEM" + b"n" * 64, "sha384")
    assert KEYS.renewed(b"ML-KEM", b"n" * 64, b"s" * 16, 32).derive == expanded("sha384", again, b"n" * 64 + b"s" * 16, 48)
    assert KEYS.derive.hex() not in repr(KEYS)


MESSAGE = Message(
    b"i" * 8,
    b"r" * 8,
    ExchangeType.IKE_INTERMEDIATE,
    Flag.INITIATOR,
    1,
    (Payload(PayloadType.KE, b"\x00\x25\0\0" + bytes(range(256)) * 6), notify(NotifyType.USE_PPK)),
)


@pytest.mark.parametrize("fragments", [True, False])
def test_what_is_sealed_opens_in_any_order_and_nothing_that_was_changed(fragments: bool) -> None:
    datagrams = Sealer(KEYS.to_responder).seal(MESSAGE, fragments=fragments)
    assert len(datagrams) == (2 if fragments else 1)
    opener = Opener(KEYS.to_responder)
    for datagram in datagrams:
        for at in range(0, len(datagram), 7):
            bent = datagram[:at] + bytes((datagram[at] ^ 1,)) + datagram[at + 1 :]
            with pytest.raises(MalformedMessage):
                opener.open(bent)
    found = [opener.open(datagram) for datagram in reversed(datagrams)]
    assert found[-1] == MESSAGE.payloads
    assert found[:-1] == [None] * (len(datagrams) - 1)
    with pytest.raises(MalformedMessage):
        Opener(KEYS.to_initiator).open(datagrams[0])


def test_a_small_message_is_not_cut() -> None:
    small = replace(MESSAGE, payloads=(notify(NotifyType.USE_PPK),))
    assert len(Sealer(KEYS.to_responder).seal(small, fragments=True)) == 1


def test_a_sender_may_begin_anew_in_smaller_pieces_and_never_in_larger_ones() -> None:
    sealer, opener = Sealer(KEYS.to_responder), Opener(KEYS.to_responder)
    few, many = sealer.seal(MESSAGE, fragments=True), sealer.seal(MESSAGE, fragments=True, most=500)
    assert len(few) < len(many)
    assert opener.open(few[0]) is None
    found = [opener.open(datagram) for datagram in many[:-1]]
    with pytest.raises(MalformedMessage):
        opener.open(few[1])
    assert found == [None] * len(found)
    assert opener.open(many[-1]) == MESSAGE.payloads


@pytest.mark.parametrize("padding", [b"\1", bytes(range(255))])
def test_padding_of_any_value_is_passed_over(padding: bytes) -> None:
    (datagram,) = Sealer(KEYS.to_responder).seal(MESSAGE, fragments=False, padding=padding)
    assert Opener(KEYS.to_responder).open(datagram) == MESSAGE.payloads
