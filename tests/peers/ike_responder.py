"""An IKEv2 responder without I/O that carries IKE_INTERMEDIATE through, every step a method that a faulty one replaces; and one on
loopback that runs it. What derives keys and protects messages is the client's code: that is held against real gateways.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from pqscan.harness.tls.encapsulation import ENCAPSULATORS
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.keys import IkeKeys, first_keys
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import Proposal, Transform, decode_proposals, encode_proposals
from pqscan.wire.ike.protected import Opener, Sealer
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType, TransformType

ML_KEM = {36: "ML-KEM-768", 37: "ML-KEM-1024"}
_X25519, _KEY_BYTES = 31, 32


class IkeResponder:
    """`answer` gives the datagrams that answer one. Takes X25519 with AES-256-GCM, HMAC-SHA-384 and an ML-KEM of `methods`."""

    methods: tuple[int, ...] = (36, 37)
    wants_cookie = False
    fragments = True

    def __init__(self) -> None:
        self.spi = os.urandom(8)
        self.taken: list[ExchangeType] = []
        self.keys: IkeKeys | None = None
        self.opener: Opener | None = None
        self.spis = self.nonces = b""
        self.method = 0

    def answer(self, datagram: bytes) -> list[bytes]:
        message = Message.decode(datagram)
        if message.exchange == ExchangeType.IKE_SA_INIT:
            self.taken.append(ExchangeType.IKE_SA_INIT)
            return [self.initial(message).encode()]
        assert self.keys is not None
        self.opener = self.opener or Opener(self.keys.to_responder)
        payloads = self.opener.open(datagram)
        if payloads is None:
            return []
        self.opener = None
        self.taken.append(ExchangeType(message.exchange))
        keys = self.keys
        if message.exchange == ExchangeType.IKE_INTERMEDIATE:
            answer = self.intermediate(next(each.body for each in payloads if each.kind == PayloadType.KE))
        else:
            answer = self.authentication(payloads)
        reply = Message(message.initiator_spi, self.spi, message.exchange, Flag.RESPONSE, message.message_id, answer)
        return Sealer(keys.to_initiator).seal(reply, fragments=self.fragments)

    def initial(self, message: Message) -> Message:
        def reply(*payloads: Payload, spi: bytes = bytes(8)) -> Message:
            return Message(message.initiator_spi, spi, ExchangeType.IKE_SA_INIT, Flag.RESPONSE, 0, payloads)

        notifies = [Notify.decode(body) for body in message.of(PayloadType.NOTIFY)]
        if self.wants_cookie and not any(each.kind == NotifyType.COOKIE for each in notifies):
            return reply(notify(NotifyType.COOKIE, b"crumbs"))
        offered = decode_proposals(message.of(PayloadType.SA)[0])[0]
        share = KeyExchange.decode(message.of(PayloadType.KE)[0])
        self.method = next((each for each in offered.values(TransformType.ADDKE1) if each in self.methods), 0)
        if not self.method:
            return reply(notify(NotifyType.NO_PROPOSAL_CHOSEN))
        if share.group != _X25519:
            return reply(notify(NotifyType.INVALID_KE_PAYLOAD, _X25519.to_bytes(2, "big")))
        public, secret = ENCAPSULATORS["X25519"].encapsulate(share.value)
        nonce = os.urandom(32)
        self.nonces, self.spis = message.of(PayloadType.NONCE)[0] + nonce, message.initiator_spi + self.spi
        self.keys = first_keys(6, secret, self.nonces, self.spis, _KEY_BYTES)
        return reply(
            Payload(PayloadType.SA, encode_proposals((self.chosen(offered.number),))),
            Payload(PayloadType.KE, KeyExchange(_X25519, public).encode()),
            Payload(PayloadType.NONCE, nonce),
            *(notify(kind) for kind in self.abilities()),
            spi=self.spi,
        )

    def chosen(self, number: int) -> Proposal:
        transforms = (
            Transform.of(TransformType.ENCR, 20, 256),
            Transform.of(TransformType.PRF, 6),
            Transform.of(TransformType.KE, _X25519),
            Transform.of(TransformType.ADDKE1, self.method),
        )
        return Proposal(number, transforms)

    def abilities(self) -> tuple[NotifyType, ...]:
        return (NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED, NotifyType.FRAGMENTATION_SUPPORTED)

    def intermediate(self, body: bytes) -> tuple[Payload, ...]:
        ciphertext, secret = ENCAPSULATORS[ML_KEM[self.method]].encapsulate(KeyExchange.decode(body).value)
        assert self.keys is not None
        self.keys = self.keys.renewed(self.secret(secret), self.nonces, self.spis, _KEY_BYTES)
        return (Payload(PayloadType.KE, KeyExchange(self.method, self.ciphertext(ciphertext)).encode()),)

    def secret(self, secret: bytes) -> bytes:
        return secret

    def ciphertext(self, ciphertext: bytes) -> bytes:
        return ciphertext

    def authentication(self, payloads: tuple[Payload, ...]) -> tuple[Payload, ...]:
        return (notify(NotifyType.AUTHENTICATION_FAILED),)


def notify(kind: NotifyType, data: bytes = b"") -> Payload:
    return Payload(PayloadType.NOTIFY, Notify(kind, data).encode())


class Answering(Protocol):
    """A model of one SA."""

    def answer(self, datagram: bytes) -> list[bytes]: ...


class ServedIke:
    """Runs one model for each SPI of an initiator, on loopback; `deaf` is the number of datagrams that are lost at first."""

    address = "127.0.0.1"

    def __init__(self, make: Callable[[], Answering] = IkeResponder, deaf: int = 0) -> None:
        self._make, self._deaf = make, deaf
        self.models: dict[bytes, Answering] = {}
        self.port = 0
        self._answers: dict[bytes, list[bytes]] = {}

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.address, 0))
        self._socket.settimeout(0.2)
        self.port = self._socket.getsockname()[1]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping.set()
        self._thread.join(timeout=10)
        self._socket.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            try:
                datagram, sender = self._socket.recvfrom(0xFFFF)
            except TimeoutError:
                continue
            if self._deaf:
                self._deaf -= 1
                continue
            for each in self._answered(datagram):
                self._socket.sendto(each, sender)

    def _answered(self, datagram: bytes) -> list[bytes]:
        """The same question gets the same answer (RFC 7296, section 2.1)."""
        if datagram not in self._answers:
            model = self.models.setdefault(datagram[:8], self._make())
            self._answers[datagram] = model.answer(datagram)
        return self._answers[datagram]
