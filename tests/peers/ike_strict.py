"""A gateway of IKEv2 without I/O that does everything as the documents say, every step a method that a faulty one replaces. What
encodes, derives keys and protects messages is the client's code: that is held against real gateways.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from pqscan.errors import MalformedMessage
from pqscan.harness.tls.encapsulation import ENCAPSULATORS, Encapsulator
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.keys import AES_GCM_16, PRFS, IkeKeys, first_keys
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import KEY_LENGTH, Proposal, Transform, decode_proposals, encode_proposals
from pqscan.wire.ike.protected import Opener, Sealer
from pqscan.wire.ike.session import GROUPS, from_wire, on_wire
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType, TransformType

ML_KEM = {36: "ML-KEM-768", 37: "ML-KEM-1024"}
_ADDITIONAL = tuple(range(TransformType.ADDKE1, TransformType.ADDKE1 + 7))
_MANDATORY = (TransformType.ENCR, TransformType.PRF, TransformType.KE)
_KNOWN_PAYLOADS = frozenset(range(PayloadType.SA, 49)) | {PayloadType.ENCRYPTED_FRAGMENT}
_FRAGMENT = PayloadType.ENCRYPTED_FRAGMENT


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, kind: NotifyType, data: bytes = b"") -> None:
        super().__init__(kind.name)
        self.notify = Payload(PayloadType.NOTIFY, Notify(kind, data).encode())


class Dropped(Exception):
    """The request is not answered."""


class StrictGateway:
    """One SA. `answer` gives the datagrams that answer one."""

    groups: tuple[int, ...] = (31, 19, 20)
    methods: tuple[int, ...] = (36, 37)
    fragments = True

    def __init__(self) -> None:
        self.encapsulators: Mapping[str, Encapsulator] = ENCAPSULATORS
        self.spi, self.nonce = self.new_spi(), self.new_nonce()
        self.keys: IkeKeys | None = None
        self.older: IkeKeys | None = None
        self.opener: Opener | None = None
        self.spis = self.nonces = b""
        self.key_bytes = 32
        self.method = 0
        self.due = 1  # the message number of the next request
        self.answers: dict[object, list[bytes]] = {}
        self.said: set[int] = set()  # what the initiator notified

    def answer(self, datagram: bytes) -> list[bytes]:
        try:
            message = self.decode(datagram)
            self.check_version(message)
            self.check_flags(message)
            self.check_raw(datagram)
            if message.exchange == ExchangeType.IKE_SA_INIT:
                return self.init_answer(message, datagram)
            return self.protected_answer(message, datagram)
        except (MalformedMessage, Dropped):
            return []

    # What is read of every message

    def decode(self, datagram: bytes) -> Message:
        return Message.decode(datagram)

    def check_version(self, message: Message) -> None:
        if message.version[0] > 2:
            raise Dropped

    def check_flags(self, message: Message) -> None:
        if message.flags & Flag.RESPONSE:
            raise Dropped

    def check_raw(self, datagram: bytes) -> None:
        """Reserved bits are not looked at."""

    def check_payloads(self, payloads: tuple[Payload, ...]) -> None:
        for each in payloads:
            if each.kind not in _KNOWN_PAYLOADS:
                self.take_unknown(each)

    def take_unknown(self, payload: Payload) -> None:
        if payload.critical:
            raise Refused(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, bytes((payload.kind,)))

    # IKE_SA_INIT

    def init_answer(self, message: Message, datagram: bytes) -> list[bytes]:
        if datagram not in self.answers:
            self.answers[datagram] = [self.initial(message).encode()]
        return self.recalled(message, datagram)

    def recalled(self, message: Message, datagram: bytes) -> list[bytes]:
        return self.answers[datagram]

    def initial(self, message: Message) -> Message:
        try:
            payloads, spi = self.agreed(message), self.spi
        except Refused as refused:
            payloads, spi = (refused.notify,), bytes(8)
        return self.init_reply(Message(message.initiator_spi, spi, ExchangeType.IKE_SA_INIT, Flag.RESPONSE, 0, payloads))

    def init_reply(self, message: Message) -> Message:
        return message

    def agreed(self, message: Message) -> tuple[Payload, ...]:
        self.check_payloads(message.payloads)
        for body in message.of(PayloadType.NOTIFY):
            self.take_notify(Notify.decode(body))
        for body in message.of(PayloadType.VENDOR_ID):
            self.take_vendor_id(body)
        nonce = message.of(PayloadType.NONCE)[0]
        self.check_nonce(nonce)
        chosen = self.choose(self.proposals(message.of(PayloadType.SA)[0]))
        share = KeyExchange.decode(message.of(PayloadType.KE)[0])
        group = self.group_of(chosen, share)
        if share.group != group:
            raise Refused(NotifyType.INVALID_KE_PAYLOAD, group.to_bytes(2, "big"))
        public, secret = self.first_exchange(group, share.value)
        encryption = next(each for each in chosen.transforms if each.kind == TransformType.ENCR)
        self.key_bytes = (encryption.key_bits or 0) // 8
        self.method = next((each for each in chosen.values(TransformType.ADDKE1) if each), 0)
        self.nonces, self.spis = nonce + self.nonce, message.initiator_spi + self.spi
        prf = chosen.values(TransformType.PRF)[0]
        self.keys = first_keys(prf, secret, self.nonces, self.spis, self.key_bytes)
        self.opener = Opener(self.keys.to_responder)
        return (
            Payload(PayloadType.SA, encode_proposals((chosen,))),
            Payload(PayloadType.KE, KeyExchange(group, on_wire(group, public)).encode()),
            Payload(PayloadType.NONCE, self.nonce),
            *(Payload(PayloadType.NOTIFY, Notify(kind).encode()) for kind in self.abilities()),
        )

    def new_spi(self) -> bytes:
        return os.urandom(8)

    def new_nonce(self) -> bytes:
        return os.urandom(32)

    def abilities(self) -> tuple[NotifyType, ...]:
        return (NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED, NotifyType.FRAGMENTATION_SUPPORTED)

    def take_notify(self, notify: Notify) -> None:
        self.said.add(notify.kind)

    def take_vendor_id(self, body: bytes) -> None:
        pass

    def check_nonce(self, nonce: bytes) -> None:
        if not 16 <= len(nonce) <= 256:
            raise Refused(NotifyType.INVALID_SYNTAX)

    def proposals(self, body: bytes) -> tuple[Proposal, ...]:
        return decode_proposals(body)

    def choose(self, proposals: tuple[Proposal, ...]) -> Proposal:
        """The first proposal that can be taken whole."""
        for proposal in proposals:
            chosen = self.chosen(proposal)
            if chosen is not None:
                return Proposal(self.number(proposal), chosen)
        return self.nothing_fits(proposals)

    def number(self, proposal: Proposal) -> int:
        return proposal.number

    def nothing_fits(self, proposals: tuple[Proposal, ...]) -> Proposal:
        raise Refused(NotifyType.NO_PROPOSAL_CHOSEN)

    def chosen(self, proposal: Proposal) -> tuple[Transform, ...] | None:
        kinds = dict.fromkeys(each.kind for each in proposal.transforms)
        if not self.fits(tuple(kinds)):
            return None
        found: list[Transform] = []
        for kind in kinds:
            if self.is_known_type(kind):
                taken = {each.value for each in found if each.kind in _ADDITIONAL}
                fitting = [one for one in proposal.transforms if one.kind == kind and self.takes(one, taken)]
                if not fitting:
                    return None
                found.append(fitting[0])
        return self.completed(tuple(found))

    def completed(self, transforms: tuple[Transform, ...]) -> tuple[Transform, ...]:
        return transforms

    def fits(self, kinds: tuple[int, ...]) -> bool:
        """Every type is known, none is missing."""
        return all(map(self.is_known_type, kinds)) and set(self.mandatory()) <= set(kinds)

    def mandatory(self) -> tuple[int, ...]:
        return _MANDATORY

    def is_known_type(self, kind: int) -> bool:
        if kind in _ADDITIONAL:
            return self.knows_intermediate()
        return kind in (*_MANDATORY, TransformType.INTEG)

    def knows_intermediate(self) -> bool:
        return NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED in self.said

    def takes(self, transform: Transform, taken: set[int]) -> bool:
        """`taken` are the additional key exchanges that are chosen already."""
        if not self.knows_attributes(transform):
            return False
        match transform.kind:
            case TransformType.ENCR:
                return transform.value == AES_GCM_16 and transform.key_bits in (128, 256)
            case TransformType.PRF:
                return transform.value in PRFS
            case TransformType.KE:
                return transform.value in self.groups
            case _:
                return self.takes_additional(transform.value, taken)

    def takes_additional(self, value: int, taken: set[int]) -> bool:
        return value == 0 or (value in self.methods and value not in taken)

    def knows_attributes(self, transform: Transform) -> bool:
        return all(each.kind == KEY_LENGTH for each in transform.attributes)

    def group_of(self, chosen: Proposal, share: KeyExchange) -> int:
        return chosen.values(TransformType.KE)[0]

    def first_exchange(self, group: int, value: bytes) -> tuple[bytes, bytes]:
        encapsulator = self.encapsulators[GROUPS[group]]
        part = from_wire(group, value)
        if len(part) != encapsulator.client_bytes:
            raise Refused(NotifyType.INVALID_SYNTAX)
        try:
            return encapsulator.encapsulate(part)
        except ValueError:
            raise Dropped from None

    # Under keys

    def protected_answer(self, message: Message, datagram: bytes) -> list[bytes]:
        keys = self.keys
        if keys is None:
            raise Dropped
        if message.message_id in self.answers:
            return self.repeated(message)
        self.check_number(message)
        payloads = self.opened(message, datagram)
        if payloads is None:
            return []
        try:
            self.check_payloads(payloads)
            answer = self.taken(message.exchange, payloads)
        except Refused as refused:
            answer = (refused.notify,)
        self.due += 1
        reply = Message(message.initiator_spi, self.spi, message.exchange, Flag.RESPONSE, message.message_id, answer)
        self.answers[message.message_id] = Sealer(keys.to_initiator).seal(reply, fragments=self.fragments)
        return self.answers[message.message_id]

    def repeated(self, message: Message) -> list[bytes]:
        """Only the first fragment asks for the answer again (RFC 7383, section 2.6.1)."""
        outer = message.payloads[-1] if message.payloads else None
        if outer is None or (outer.kind == _FRAGMENT and outer.body[:2] != b"\0\1"):
            return []
        return self.answers[message.message_id]

    def check_number(self, message: Message) -> None:
        if message.message_id != self.due:
            raise Dropped

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        assert self.opener is not None
        return self.opener.open(datagram)

    def taken(self, exchange: int, payloads: tuple[Payload, ...]) -> tuple[Payload, ...]:
        if exchange == ExchangeType.IKE_AUTH:
            raise Refused(NotifyType.AUTHENTICATION_FAILED)
        share = KeyExchange.decode(next(each.body for each in payloads if each.kind == PayloadType.KE))
        if share.group != self.method:
            raise Refused(NotifyType.INVALID_SYNTAX)
        ciphertext, secret = self.encapsulated(share.value)
        assert self.keys is not None
        self.older, self.keys = self.keys, self.keys.renewed(secret, self.nonces, self.spis, self.key_bytes)
        self.opener = Opener(self.keys.to_responder)
        return (Payload(PayloadType.KE, KeyExchange(self.answered_method(), ciphertext).encode()),)

    def answered_method(self) -> int:
        return self.method

    def encapsulated(self, key: bytes) -> tuple[bytes, bytes]:
        encapsulator = self.encapsulators[ML_KEM[self.method]]
        if len(key) != encapsulator.client_bytes:
            raise Refused(NotifyType.INVALID_SYNTAX)
        try:
            return encapsulator.encapsulate(key)
        except ValueError:
            raise Refused(NotifyType.INVALID_SYNTAX) from None
