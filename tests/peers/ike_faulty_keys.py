"""Gateways of IKEv2 with one fault each in what they do under keys: `tests/peers/ike_faulty.py` says which cases catch them."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.protected import Opener
from pqscan.wire.ike.words import ExchangeType, PayloadType
from tests.peers.ike_strict import Dropped, StrictGateway


class ReadsAnyLength(StrictGateway):
    """Reads an encapsulation key into a buffer of the right size: what is missing is zero, what is too much is dropped."""

    def encapsulated(self, key: bytes) -> tuple[bytes, bytes]:
        size = {36: 1184, 37: 1568}[self.method]
        return super().encapsulated(key[:size].ljust(size, b"\0"))


class TakesForged(StrictGateway):
    """Does not look at the last bit of a tag."""

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        try:
            return super().opened(message, datagram)
        except MalformedMessage:
            bent = datagram[:-1] + bytes((datagram[-1] ^ 1,))
            return super().opened(message, bent)


class ReadsInTheClear(StrictGateway):
    """Takes payloads that are not protected."""

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        if message.of(PayloadType.KE):
            return message.payloads
        return super().opened(message, datagram)


class TakesAnyNumber(StrictGateway):
    """Does not look at the number of a message."""

    def check_number(self, message: Message) -> None:
        pass


class WantsLittlePadding(StrictGateway):
    """Has room for 16 bytes of padding."""

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        payloads = super().opened(message, datagram)
        if payloads is not None and len(datagram) > 300 and message.exchange == ExchangeType.IKE_AUTH:
            raise Dropped
        return payloads


class _Counting(StrictGateway):
    """Looks at the numbers of fragments before anything else."""

    last = 0

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        outer = message.payloads[-1]
        if outer.kind == PayloadType.ENCRYPTED_FRAGMENT and self.has_problem(
            int.from_bytes(outer.body[:2], "big"), int.from_bytes(outer.body[2:4], "big")
        ):
            self.opener = None
        if self.opener is None:  # It has given the SA up.
            raise Dropped
        return super().opened(message, datagram)

    def has_problem(self, number: int, total: int) -> bool:
        raise NotImplementedError


class WantsFragmentsInOrder(_Counting):
    """Gives an SA up where a fragment comes before one with a lower number."""

    def has_problem(self, number: int, total: int) -> bool:
        before, self.last = self.last, number
        return 0 < number < before <= total


class WantsFragmentsOnce(StrictGateway):
    """Gives an SA up where a fragment comes twice."""

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        if datagram in self.answers:
            self.opener = None
        if self.opener is None:
            raise Dropped
        payloads = super().opened(message, datagram)
        if message.payloads[-1].kind == PayloadType.ENCRYPTED_FRAGMENT:
            self.answers[datagram] = []
        return payloads


class WantsFragmentNumbers(_Counting):
    """Gives an SA up at a fragment whose number cannot be."""

    def has_problem(self, number: int, total: int) -> bool:
        return not 1 <= number <= total


class WantsOneTotal(_Counting):
    """Gives an SA up at a fragment of fewer pieces than those before it."""

    most = 0

    def has_problem(self, number: int, total: int) -> bool:
        return total < self.most

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        payloads = super().opened(message, datagram)
        self.most = max(self.most, int.from_bytes(message.payloads[-1].body[2:4], "big"))
        return payloads


class NeverBeginsAnew(_Counting):
    """Gives an SA up at a fragment of more pieces than those before it."""

    first = 0

    def has_problem(self, number: int, total: int) -> bool:
        self.first = self.first or total
        return total > self.first


class DiesOfForged(StrictGateway):
    """Gives an SA up at a fragment that does not open."""

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        if self.opener is None:
            raise Dropped
        number, total = self._numbers(message)
        try:
            return super().opened(message, datagram)
        except MalformedMessage:
            if 1 <= number <= total and total > 1:
                self.opener = None
            raise

    def _numbers(self, message: Message) -> tuple[int, int]:
        outer = message.payloads[-1]
        if outer.kind != PayloadType.ENCRYPTED_FRAGMENT:
            return 0, 0
        return int.from_bytes(outer.body[:2], "big"), int.from_bytes(outer.body[2:4], "big")


class KeepsOlderKeys(StrictGateway):
    """Opens with the keys from before the additional key exchange too."""

    def opened(self, message: Message, datagram: bytes) -> tuple[Payload, ...] | None:
        try:
            return super().opened(message, datagram)
        except MalformedMessage:
            if self.older is None:
                raise
            return Opener(self.older.to_responder).open(datagram)
