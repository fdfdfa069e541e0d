"""A responder that follows RFC 7296 in memory: what it accepts is given, and it counts what it had to keep."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from pqscan.wire.builder import uint16
from pqscan.wire.ike.header import NO_SPI, Message, Payload
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import Proposal, Transform, decode_proposals, encode_proposals
from pqscan.wire.ike.survey import IkeSurvey
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType, TransformType

SPI = b"responds"
AEAD = ((1, 20, 256), (2, 6, None))


@dataclass(slots=True)
class Responder:
    """`policies` are what it takes, the first that fits: each names one transform of each type as (type, id, bits of a key).
    `passes_over`: it does not read additional key exchanges, and takes proposals that have them all the same."""

    policies: tuple[tuple[tuple[int, int, int | None], ...], ...]
    knows_additional: bool = True
    passes_over: bool = False
    cookie: bytes = b""
    kept: int = 0
    seen: list[Message] = field(default_factory=list)

    def answer(self, datagram: bytes) -> bytes:
        message = Message.decode(datagram)
        self.seen.append(message)
        notifications = [Notify.decode(body) for body in message.of(PayloadType.NOTIFY)]
        if self.cookie and Notify(NotifyType.COOKIE, self.cookie) not in notifications:
            return reply(message, Notify(NotifyType.COOKIE, self.cookie))
        won = next(self._fitting(decode_proposals(message.of(PayloadType.SA)[0])), None)
        if won is None:
            return reply(message, Notify(NotifyType.NO_PROPOSAL_CHOSEN))
        group = won.values(TransformType.KE)[0]
        if KeyExchange.decode(message.of(PayloadType.KE)[0]).group != group:
            return reply(message, Notify(NotifyType.INVALID_KE_PAYLOAD, uint16(group)))
        self.kept += 1
        return chosen(message, won)

    def _fitting(self, proposals: tuple[Proposal, ...]) -> Iterator[Proposal]:
        for policy in self.policies:
            for proposal in proposals:
                offered = {(each.kind, each.value, each.key_bits) for each in proposal.transforms}
                kinds = {each.kind for each in proposal.transforms}
                if self.passes_over:
                    kinds -= {TransformType.ADDKE1}
                if not self.knows_additional and TransformType.ADDKE1 in kinds:
                    continue  # A transform type that it does not know (RFC 7296, section 3.3.6).
                if set(policy) <= offered and kinds == {kind for kind, _, _ in policy}:
                    yield Proposal(proposal.number, tuple(Transform.of(*each) for each in policy))


def reply(question: Message, notify: Notify, spi: bytes = NO_SPI) -> bytes:
    payloads = (Payload(PayloadType.NOTIFY, notify.encode()),)
    return Message(question.initiator_spi, spi, ExchangeType.IKE_SA_INIT, Flag.RESPONSE, 0, payloads).encode()


def chosen(question: Message, proposal: Proposal) -> bytes:
    payloads = (
        Payload(PayloadType.SA, encode_proposals((proposal,))),
        Payload(PayloadType.KE, KeyExchange(proposal.values(TransformType.KE)[0], bytes(32)).encode()),
        Payload(PayloadType.NONCE, bytes(32)),
        Payload(PayloadType.VENDOR_ID, b"vendor"),
    )
    return Message(question.initiator_spi, SPI, ExchangeType.IKE_SA_INIT, Flag.RESPONSE, 0, payloads).encode()


def run(survey: IkeSurvey, responder: Responder) -> None:
    while not survey.finished:
        for datagram in survey.datagrams_to_send():
            survey.receive(responder.answer(datagram))
