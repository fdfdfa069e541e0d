"""Gateways of IKEv2 with one fault each in what they send: `tests/peers/ike_faulty.py` says which cases catch them."""

from __future__ import annotations

from dataclasses import replace

from pqscan.wire.ike.header import Message
from pqscan.wire.ike.proposals import Proposal
from pqscan.wire.ike.words import NotifyType
from tests.peers.ike_strict import Refused, StrictGateway


class OtherNumber(StrictGateway):
    """Its choice carries a number that it counts itself."""

    def number(self, proposal: Proposal) -> int:
        return proposal.number + 1


class SaysHigherVersion(StrictGateway):
    """Sets the flag of a sender that speaks a higher version."""

    def init_reply(self, message: Message) -> Message:
        return replace(message, flags=message.flags | 0x10)


class MarksCritical(StrictGateway):
    """Marks what it sends as critical."""

    def init_reply(self, message: Message) -> Message:
        return replace(message, payloads=tuple(replace(each, critical=True) for each in message.payloads))


class SameNonce(StrictGateway):
    """A generator that was never seeded."""

    def new_nonce(self) -> bytes:
        return bytes(range(32))


class SameSpi(StrictGateway):
    """One SPI for everybody."""

    def new_spi(self) -> bytes:
        return b"onlyone!"


class AnswersAfresh(StrictGateway):
    """Takes a repeated IKE_SA_INIT for a new one."""

    asked = 0

    def recalled(self, message: Message, datagram: bytes) -> list[bytes]:
        self.asked += 1
        if self.asked > 1:
            self.nonce = self.new_nonce()
            self.answers[datagram] = [self.initial(message).encode()]
        return self.answers[datagram]


class EncapsulatesAgain(StrictGateway):
    """Takes a repeated IKE_INTERMEDIATE for a new one."""

    def repeated(self, message: Message) -> list[bytes]:
        return [each[:-1] + bytes((each[-1] ^ 1,)) for each in super().repeated(message)]


class SaysNoIntermediate(StrictGateway):
    """Chooses an ML-KEM and does not say that it knows IKE_INTERMEDIATE."""

    def abilities(self) -> tuple[NotifyType, ...]:
        return (NotifyType.FRAGMENTATION_SUPPORTED,)


class AnswersWithGroup(StrictGateway):
    """Puts the number of the first key exchange on its ciphertext."""

    def answered_method(self) -> int:
        return self.groups[0]


class CannotCompute(StrictGateway):
    """strongSwan 6.0: chooses the ML-KEM and cannot compute it."""

    def encapsulated(self, key: bytes) -> tuple[bytes, bytes]:
        raise Refused(NotifyType.INVALID_SYNTAX)


class OtherSecret(StrictGateway):
    """Goes on with another secret than the one that it encapsulated."""

    def encapsulated(self, key: bytes) -> tuple[bytes, bytes]:
        ciphertext, _ = super().encapsulated(key)
        return ciphertext, bytes(32)
