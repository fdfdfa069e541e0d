"""The client's side of one SSH connection without I/O: identifications, both KEXINITs, one key exchange, an orderly goodbye.

Our identification goes out at once, our KEXINIT when the peer has said that it speaks SSH 2; the exchange ends with the server's
proof of its host key and our DISCONNECT. Nobody logs in; everything sent is well-formed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pqscan.errors import MalformedMessage, PeerClosed, PeerRejected
from pqscan.wire.cursor import Cursor
from pqscan.wire.key_agreement import COMPONENT_KEYS, KeyMaker
from pqscan.wire.ssh import signature as signatures
from pqscan.wire.ssh.banner import Identification, IdentificationReader
from pqscan.wire.ssh.exchange import DEFAULT_FIELD, Exchange, FieldSize, Preamble, Proof, can_carry_through, exchange
from pqscan.wire.ssh.fields import read_string, shown, string
from pqscan.wire.ssh.host_key import signing_key
from pqscan.wire.ssh.kexinit import Agreement, KexInit, agree
from pqscan.wire.ssh.packet import PacketReader, PacketWriter
from pqscan.wire.ssh.words import Disconnect, Message

IDENTIFICATION = b"SSH-2.0-pqscan"
MOST_IDLE_MESSAGES = 64
"""Messages that bring nothing (IGNORE, DEBUG): whoever sends more of them floods."""

_GOODBYE = bytes((Message.DISCONNECT,)) + Disconnect.BY_APPLICATION.to_bytes(4, "big") + string(b"inventory done") + string(b"")
_IDLE = frozenset({Message.IGNORE, Message.DEBUG, Message.EXT_INFO})
_MOST_DESCRIPTION = 120


@dataclass(frozen=True, slots=True)
class ProvenKey:
    """A host key with the algorithms that were agreed on. `verified` is None where the signature cannot be checked here;
    `field_bits` the size of the finite field of the exchange, None without one."""

    kex_method: str
    algorithm: str
    blob: bytes
    verified: bool | None
    field_bits: int | None


class SshConversation:
    """Feed it what the peer sends; send what `bytes_to_send` gives. What was learned stays readable after an error.

    `offer` is our KEXINIT. `only_field`: ends when the server has named the field of a group exchange, which is `field_bits` then.
    `receive` raises MalformedMessage, PeerRejected (a DISCONNECT), PeerThrottled, WrongProtocol."""

    def __init__(
        self,
        offer: KexInit,
        *,
        makers: Mapping[str, KeyMaker] = COMPONENT_KEYS,
        field: FieldSize = DEFAULT_FIELD,
        only_field: bool = False,
        check_signature: Callable[[bytes, str, bytes, bytes], bool | None] | None = None,
    ) -> None:
        self.identification: Identification | None = None
        self.server_kexinit: KexInit | None = None
        self.agreement: Agreement | None = None
        self.proven: ProvenKey | None = None
        self.finished = False
        self._offer = offer
        self._makers = makers
        self._field = field
        self._only_field = only_field
        self._check_signature = check_signature or check_host_signature
        self._reader = IdentificationReader()
        self._packets = PacketReader()
        self._writer = PacketWriter()
        self._outgoing = bytearray(IDENTIFICATION + b"\r\n")
        self._preamble = Preamble(IDENTIFICATION, b"", offer.encode(), b"")
        self._exchange: Exchange | None = None
        self._skip_guess = False
        self._idle = 0

    @property
    def field_bits(self) -> int | None:
        """Of the finite field in use, as soon as it is known."""
        return self._exchange.field_bits if self._exchange is not None else None

    def bytes_to_send(self) -> bytes:
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def receive(self, data: bytes) -> None:
        """Takes the next bytes of the peer. Raises PeerError."""
        if self.finished:
            return
        if self.identification is None:
            found = self._reader.feed(data)
            if found is None:
                return
            self.identification, data = found
            if not self.identification.speaks_2:
                self.finished = True
                return
            self._preamble = replace(self._preamble, server_identification=self.identification.raw)
            self._send(self._preamble.client_kexinit)
        for payload in self._packets.feed(data):
            self._take(payload)
            if self.finished:
                return

    def peer_closed(self) -> None:
        """The peer ended in order. Raises PeerClosed, WrongProtocol, PeerThrottled."""
        if self.finished:
            return
        if self.identification is None:
            self._reader.closed()
            raise PeerClosed("the peer closed the connection before it said what it is")
        raise PeerClosed("the peer closed the connection before the key exchange was through")

    def timed_out(self) -> None:
        """Nothing more came in time. Raises WrongProtocol or PeerThrottled where what came says more than that."""
        if self.identification is None:
            self._reader.closed()

    def _take(self, payload: bytes) -> None:
        number = payload[0]
        if number == Message.DISCONNECT:
            raise _rejection(payload)
        if number in _IDLE:
            self._idle += 1
            if self._idle > MOST_IDLE_MESSAGES:
                raise MalformedMessage(f"the peer floods: more than {MOST_IDLE_MESSAGES} messages that bring nothing")
        elif self.server_kexinit is None:
            self._take_kexinit(payload)
        elif self._skip_guess:
            self._skip_guess = False  # It guessed a method that was not agreed on (RFC 4253, section 7).
        elif number == Message.UNIMPLEMENTED:
            raise PeerRejected("the peer answered that it does not implement the key exchange", code=None)
        elif self._exchange is None:
            raise MalformedMessage(f"message {number} where no key exchange is under way")
        else:
            self._take_exchange(self._exchange, payload)

    def _take_kexinit(self, payload: bytes) -> None:
        server = KexInit.decode(payload)
        self.server_kexinit = server
        self._preamble = replace(self._preamble, server_kexinit=payload)
        agreement = self.agreement = agree(self._offer, server)
        method, host_key = agreement.kex_method, agreement.host_key
        if method is None or host_key is None or agreement.encryption is None or not can_carry_through(method, self._makers):
            self._end()
            return
        guessed = (server.key_exchanges[:1], server.server_host_key_algorithms[:1])
        self._skip_guess = server.first_kex_packet_follows and guessed != ((method,), (host_key,))
        self._exchange = exchange(method, self._makers, self._field)
        self._send(self._exchange.start())

    def _take_exchange(self, method: Exchange, payload: bytes) -> None:
        answer = method.take(payload, self._preamble)
        if isinstance(answer, Proof):
            self._take_proof(answer)
        elif self._only_field:
            self._end()
        else:
            self._send(answer)

    def _take_proof(self, proof: Proof) -> None:
        agreement = self.agreement
        if agreement is None or agreement.kex_method is None or agreement.host_key is None:
            raise MalformedMessage("a proof of a host key that nobody asked for")
        verified = self._check_signature(proof.host_key, agreement.host_key, proof.signature, proof.exchange_hash)
        self.proven = ProvenKey(agreement.kex_method, agreement.host_key, proof.host_key, verified, proof.field_bits)
        self._go_on(proof)

    def _go_on(self, proof: Proof) -> None:
        """What follows the proof: nothing, for an inventory."""
        self._end()

    def _send(self, payload: bytes) -> None:
        self._outgoing += self._writer.write(payload)

    def _end(self) -> None:
        self._send(_GOODBYE)
        self.finished = True


def check_host_signature(host_key: bytes, algorithm: str, signature: bytes, exchange_hash: bytes) -> bool | None:
    """Whether a host key signed the exchange hash with that algorithm; None where that cannot be told here.

    Raises MalformedMessage."""
    return signatures.verifies(signing_key(host_key), algorithm, signature, exchange_hash)


def _rejection(payload: bytes) -> PeerRejected:
    cursor = Cursor(payload, 1)
    code = cursor.uint32("DISCONNECT.reason")
    text = shown(read_string(cursor, "DISCONNECT.description"), _MOST_DESCRIPTION)
    known = code in Disconnect.__members__.values()
    name = Disconnect(code).name.lower() if known else f"reason {code}"
    return PeerRejected(f"the peer disconnected ({name}): {text}", code=code)
