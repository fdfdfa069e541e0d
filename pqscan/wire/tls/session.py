"""A TLS 1.3 client carried past the handshake, without I/O: our Finished, one request, what opens under the application keys,
close_notify both ways (RFC 9846, sections 4.7 and 6.1).

Keeps what a reader of a trace wants to know of every message: which, how large, under which keys; never a secret.
Client certificates, resumption and early data are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pqscan.errors import MalformedMessage
from pqscan.registry.tls import cipher_suite, named_group, signature_scheme
from pqscan.wire.key_agreement import KeyShare
from pqscan.wire.tls import messages, signature
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.conversation import MOST_IDLE_RECORDS, ClientConversation, ShareSource
from pqscan.wire.tls.flight import ApplicationTraffic, ProtectedFlight, SignatureCheck
from pqscan.wire.tls.messages import Alert, CertificateVerify, HandshakeMessage, ServerHello
from pqscan.wire.tls.record import Record
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType, Version

MOST_DATA_BYTES = 1 << 18
"""More application data than this is not waited for: the peer is left without its close_notify."""
MOST_KEPT_DATA = 256  # bytes of the first application data, to tell what came
_MOST_EVENTS = 200  # A peer can send a thousand tickets; a trace need not list them.
_MOST_KEY_UPDATES = 32
_CLOSE_NOTIFY = b"\x01\x00"
_NO_UPDATE_ASKED, _UPDATE_ASKED = b"\x00", b"\x01"


class Keys(StrEnum):
    """Under which keys a message travels."""

    NONE = "none"
    HANDSHAKE = "handshake"
    APPLICATION = "application"


@dataclass(frozen=True, slots=True)
class Event:
    """One message, alert or piece of data. `size_bytes` counts the message with its header, without the records around it.

    `facts` are names of the standard with what stood there: ("key_share", "X25519MLKEM768 1120 = ML-KEM-768 1088 + X25519 32")."""

    is_sent: bool
    what: str
    size_bytes: int
    keys: Keys
    facts: tuple[tuple[str, str | int], ...] = ()


class Close(StrEnum):
    """How the peer ended its side."""

    NOTIFY = "close_notify"
    FIN = "closed_without_notify"
    RESET = "reset"
    SILENCE = "silence"
    FLOOD = "flood"  # It went on sending past what is waited for.


_CLOSES = {Ending.RESET: Close.RESET, Ending.CLOSED: Close.FIN, Ending.MALFORMED: Close.FLOOD}
"""How a connection that is given up after the handshake was closed; MALFORMED: it brought more bytes than one may bring."""


@dataclass(slots=True)
class Exchange:
    """What came after the handshake. `opened` counts records that opened under the server's application keys: like its Finished
    they show that it holds the same main secret, and not that it took ours. `is_answered`: data or an orderly close came after our
    Finished was sent, so that both Finished messages were taken, as far as the wire can show it."""

    opened: int = 0
    is_answered: bool = False
    tickets: int = 0
    key_updates: int = 0
    data_bytes: int = 0
    first_data: bytes = b""
    close: Close | None = None
    events: list[Event] = field(default_factory=list)


class ClientSession(ClientConversation):
    """As a `ClientConversation`, and where the server's Finished verifies in TLS 1.3 it goes on: own Finished, `request` as one
    application record, then whatever comes until the peer closes. `is_open` says that the handshake is behind us, `is_closing` that
    our close_notify is sent.

    After the first application data our close_notify goes out by itself; `close` sends it earlier. `answer` tells the
    handshake, `exchange` the rest. No peer bytes make it raise anything."""

    def __init__(
        self,
        offer: Offer,
        random: bytes,
        session_id: bytes,
        *,
        shares: Mapping[int, KeyShare],
        share_source: ShareSource = lambda _group: None,
        check_signature: SignatureCheck = signature.verifies,
        request: bytes = b"",
    ) -> None:
        super().__init__(offer, random, session_id, shares=shares, share_source=share_source, check_signature=check_signature)
        self.exchange = Exchange()
        self.is_open = False
        self._request = request
        self._traffic: ApplicationTraffic | None = None
        self.is_closing = False
        self._note_hello("ClientHello")

    @property
    def offer(self) -> Offer:
        """What was asked for."""
        return self._offer

    def close(self) -> None:
        """Our close_notify, once; nothing else is sent after it. Before the handshake is through it does nothing."""
        if self._traffic is None or self.is_closing or self.finished:
            return
        self.is_closing = True
        self._outgoing += self._traffic.outgoing.seal(ContentType.ALERT, _CLOSE_NOTIFY)
        self._note(is_sent=True, what="Alert", size=2, keys=Keys.APPLICATION, alert=alert_name(AlertDescription.CLOSE_NOTIFY))

    def peer_closed(self) -> None:
        """The peer ended the connection in order (FIN)."""
        if self.is_open and not self.finished:
            self._end_session(Close.FIN)
        else:
            super().peer_closed()

    def give_up(self, ending: Ending, problem: str = "") -> None:
        """The connection was reset or ran out of time; once it is open that only tells how it was closed."""
        if self.is_open and not self.finished:
            self._end_session(_CLOSES.get(ending, Close.SILENCE))
        else:
            super().give_up(ending, problem)

    def _end_session(self, close: Close) -> None:
        self.exchange.close = close
        self._end(Ending.FLIGHT)

    def _take(self, record: Record) -> None:
        if self._traffic is None:
            if record.content_type == ContentType.CHANGE_CIPHER_SPEC:
                self._note(is_sent=False, what="ChangeCipherSpec", size=len(record.fragment), keys=Keys.NONE)
            super()._take(record)
        else:
            self._take_application(self._traffic, record)

    def _take_application(self, traffic: ApplicationTraffic, record: Record) -> None:
        if record.content_type != ContentType.APPLICATION_DATA:
            said = (
                f" (alert {record.fragment[1]})" if record.content_type == ContentType.ALERT and len(record.fragment) == 2 else ""
            )
            raise MalformedMessage(f"an unprotected record of type {record.content_type} after the handshake{said}")
        kind, plaintext = traffic.incoming.open(record)
        self.exchange.opened += 1
        if kind == ContentType.APPLICATION_DATA:
            self._take_data(plaintext)
        elif kind == ContentType.HANDSHAKE:
            if not plaintext:
                self._pass_over()
            for message in self._handshake.feed(plaintext):
                self._take_late(traffic, message)
                if self.finished:
                    return
        elif kind == ContentType.ALERT:
            self._take_alert(plaintext)
        else:
            raise MalformedMessage(f"a protected record of inner type {kind} after the handshake")

    def _take_data(self, data: bytes) -> None:
        exchange = self.exchange
        self._note(is_sent=False, what="application data", size=len(data), keys=Keys.APPLICATION)
        if not exchange.first_data:
            exchange.first_data = data[:MOST_KEPT_DATA]
        exchange.data_bytes += len(data)
        if data and not self._outgoing:  # Else it was sent before our Finished, as a server may (RFC 9846, section 4.5.3).
            exchange.is_answered = True
        if exchange.data_bytes > MOST_DATA_BYTES:
            self._end_session(Close.FLOOD)
        elif data:
            self.close()
        else:
            self._pass_over()

    def _pass_over(self) -> None:
        """Once the handshake is through, too many records that hold nothing end the session, and break nothing."""
        if not self.is_open:
            super()._pass_over()
            return
        self._idle_records += 1
        if self._idle_records > MOST_IDLE_RECORDS and not self.finished:
            self._end_session(Close.FLOOD)

    def _take_late(self, traffic: ApplicationTraffic, message: HandshakeMessage) -> None:
        """NewSessionTicket and KeyUpdate; nothing else may follow a handshake that offered nothing else (RFC 9846, section 4.7)."""
        if message.kind == HandshakeType.NEW_SESSION_TICKET:
            self.exchange.tickets += 1
            self._pass_over()
            self._note(is_sent=False, what="NewSessionTicket", size=len(message.encoded), keys=Keys.APPLICATION)
        elif message.kind == HandshakeType.KEY_UPDATE:
            self._take_key_update(traffic, message)
        else:
            raise MalformedMessage(f"handshake message {message.kind} after the handshake")

    def _take_key_update(self, traffic: ApplicationTraffic, message: HandshakeMessage) -> None:
        if message.body not in (_NO_UPDATE_ASKED, _UPDATE_ASKED):
            raise MalformedMessage("a KeyUpdate that neither asks for one nor does not")
        self._expect_record_end("KeyUpdate")
        self.exchange.key_updates += 1
        if self.exchange.key_updates > _MOST_KEY_UPDATES:
            raise MalformedMessage(f"more than {_MOST_KEY_UPDATES} KeyUpdates in one exchange")
        self._note(is_sent=False, what="KeyUpdate", size=len(message.encoded), keys=Keys.APPLICATION)
        traffic.incoming.update()
        if message.body == _UPDATE_ASKED and not self.is_closing:
            own = bytes((HandshakeType.KEY_UPDATE, 0, 0, 1)) + _NO_UPDATE_ASKED
            self._outgoing += traffic.outgoing.seal(ContentType.HANDSHAKE, own)
            self._note(is_sent=True, what="KeyUpdate", size=len(own), keys=Keys.APPLICATION)
            traffic.outgoing.update()

    def _take_alert(self, fragment: bytes) -> None:
        alert = Alert.decode(fragment)
        keys = Keys.APPLICATION if self.is_open else Keys.HANDSHAKE if self._protected is not None else Keys.NONE
        self._note(is_sent=False, what="Alert", size=2, keys=keys, alert=alert_name(alert.description))
        if self.is_open and alert.description == AlertDescription.CLOSE_NOTIFY:
            self.exchange.is_answered = self.exchange.is_answered or not self._outgoing
            self.close()
            self._end_session(Close.NOTIFY)
        elif self.is_open and alert.description == AlertDescription.USER_CANCELED:
            self._pass_over()  # A close_notify follows (RFC 9846, section 6.1).
        else:
            super()._take_alert(fragment)

    def _finish_handshake(self, flight: ProtectedFlight) -> None:
        self._traffic = flight.application_traffic()
        self._outgoing += flight.finish(compatible=bool(self._hello.session_id))
        self.is_open = True
        self._note_change_cipher_spec()
        if self.answer.client_certificate_requested:
            self._note(is_sent=True, what="Certificate", size=0, keys=Keys.HANDSHAKE, certificates=0)
        self._note(is_sent=True, what="Finished", size=flight.finished_bytes, keys=Keys.HANDSHAKE)
        if self._request:
            self._outgoing += self._traffic.outgoing.seal(ContentType.APPLICATION_DATA, self._request)
            self._note(is_sent=True, what="application data", size=len(self._request), keys=Keys.APPLICATION)

    def _take_server_hello(self, hello: ServerHello, message: HandshakeMessage) -> None:
        self._check_echo(hello)
        super()._take_server_hello(hello, message)

    def _check_echo(self, hello: ServerHello) -> None:
        """What a client that goes on has to insist on, and a scanner that leaves does not (RFC 9846, section 4.2.3)."""
        self.answer.version = Version.from_wire(hello.version)
        if self.answer.version != Version.TLS13:
            return
        if hello.session_id != self._hello.session_id:
            raise MalformedMessage("the server hello does not echo the session id")
        if hello.compression_method != 0:
            raise MalformedMessage(f"the server hello has the compression method {hello.compression_method}")

    def _take_retry(self, hello: ServerHello, message: HandshakeMessage) -> None:
        self._check_echo(hello)
        super()._take_retry(hello, message)
        if not self.finished:
            self._note_change_cipher_spec()
            self._note_hello("ClientHello, second")

    def _see(self, message: HandshakeMessage) -> None:
        keys = Keys.NONE if self._protected is None else Keys.HANDSHAKE
        try:
            what, facts = self._described(message)
        except MalformedMessage:  # Told where it is taken.
            what, facts = _title(message.kind), {}
        self._note(is_sent=False, what=what, size=len(message.encoded), keys=keys, **facts)

    def _described(self, message: HandshakeMessage) -> tuple[str, dict[str, str | int]]:
        kind, body = message.kind, message.body
        facts: dict[str, str | int] = {}
        if kind == HandshakeType.SERVER_HELLO:
            hello = ServerHello.decode(body)
            facts["cipher_suite"] = cipher_suite(hello.cipher_suite).name or f"0x{hello.cipher_suite:04x}"
            if hello.is_hello_retry:
                if hello.retry_group is not None:
                    facts["key_share"] = _group_name(hello.retry_group)
                if hello.cookie is not None:
                    facts["cookie_bytes"] = len(hello.cookie)
                return "HelloRetryRequest", facts
            if hello.version != Version.TLS13:
                facts["version"] = f"0x{hello.version:04x}"
            elif (entry := hello.key_share) is not None:
                share = self._shares.get(entry.group)
                parts = () if share is None else tuple((name, part.peer_bytes) for name, part in share.parts)
                facts["key_share"] = share_text(_group_name(entry.group), len(entry.key_exchange), parts)
        elif kind == HandshakeType.CERTIFICATE and self._protected is not None:
            facts["certificates"] = " + ".join(str(len(der)) for der in messages.decode_certificate_13(body))
        elif kind == HandshakeType.CERTIFICATE_VERIFY:
            verify = CertificateVerify.decode(body)
            facts["algorithm"] = signature_scheme(verify.scheme).name or f"0x{verify.scheme:04x}"
            facts["signature_bytes"] = len(verify.signature)
        return _title(kind), facts

    def _note_hello(self, what: str) -> None:
        facts: dict[str, str | int] = {}
        shares = [
            share_text(share.group.name, len(share.public), tuple((name, len(part.public)) for name, part in share.parts))
            for share in self._shares.values()
        ]
        facts["supported_groups"] = ", ".join(_group_name(group) for group in self._offer.groups)
        facts["key_share"] = "; ".join(shares) or "-"
        self._note(is_sent=True, what=what, size=len(self._hello.encode()), keys=Keys.NONE, **facts)

    def _note_change_cipher_spec(self) -> None:
        if self._hello.session_id:
            self._note(is_sent=True, what="ChangeCipherSpec", size=1, keys=Keys.NONE)

    def _note(self, *, is_sent: bool, what: str, size: int, keys: Keys, **facts: str | int) -> None:
        if len(self.exchange.events) < _MOST_EVENTS:
            self.exchange.events.append(Event(is_sent, what, size, keys, tuple(facts.items())))


def share_text(group: str, size_bytes: int, parts: tuple[tuple[str, int], ...]) -> str:
    """A share as a person reads it: the whole, and its parts in wire order where there are several."""
    if len(parts) < 2:
        return f"{group} {size_bytes}"
    return f"{group} {size_bytes} = " + " + ".join(f"{name} {size}" for name, size in parts)


def alert_name(description: int) -> str:
    """`handshake_failure (40)`; a number alone where it is not listed."""
    try:
        return f"{AlertDescription(description).name.lower()} ({description})"
    except ValueError:
        return f"alert {description}"


def _title(kind: int) -> str:
    try:
        return "".join(word.capitalize() for word in HandshakeType(kind).name.split("_"))
    except ValueError:
        return f"handshake message {kind}"


def _group_name(value: int) -> str:
    return named_group(value).name or f"0x{value:04x}"
