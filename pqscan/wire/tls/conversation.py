"""The client's side of one TLS connection without I/O: hello, retry, server flight, orderly goodbye.

TLS 1.3 (RFC 9846) is carried through to a verified Finished and ended with our own Finished and close_notify, so that a
server logs a handshake like any other; TLS 1.2 and older are read to ServerHelloDone and ended with close_notify.
Certificates are only collected here. Sends nothing but well-formed messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.registry.tls import cipher_suite as registered_suite
from pqscan.wire.key_agreement import KeyShare
from pqscan.wire.tls import messages, signature
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry, Offer, client_hello, hello_record, second_hello
from pqscan.wire.tls.flight import PlainFlight, ProtectedFlight, SignatureCheck
from pqscan.wire.tls.key_schedule import SUITES, TLS_LABELS
from pqscan.wire.tls.messages import Alert, HandshakeMessage, HandshakeReader, ServerHello
from pqscan.wire.tls.record import Record, RecordReader, encode_records
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType, Version

_GOODBYE = encode_records(ContentType.ALERT, Version.TLS12, b"\x01\x5a") + encode_records(
    ContentType.ALERT, Version.TLS12, b"\x01\x00"
)  # user_canceled, close_notify (RFC 9846, section 6.1)
_CHANGE_CIPHER_SPEC = encode_records(ContentType.CHANGE_CIPHER_SPEC, Version.TLS12, b"\x01")

_PASSING_WARNINGS = frozenset(
    {
        AlertDescription.UNRECOGNIZED_NAME,
        AlertDescription.USER_CANCELED,
        AlertDescription.NO_RENEGOTIATION,
    }
)  # A handshake goes on after these (RFC 5246, section 7.2.2; RFC 6066, section 3); any other ends it, at whatever level.
_MOST_COOKIE_BYTES = 60_000
MOST_IDLE_RECORDS = 256
"""Records that hold nothing, or a warning that changes nothing: whoever sends more of them on one connection floods it."""

ShareSource = Callable[[int], KeyShare | None]
"""Gives our key pair for a named group, None where we have none."""


class ClientConversation:
    """Feed it what the peer sends; send what `bytes_to_send` gives; read `answer` when `finished`.

    `shares` are the key pairs behind `offer.shares`; `share_source` gives one for a group that a HelloRetryRequest names.
    `follow_retry` False stops at the HelloRetryRequest; `most_hello_bytes` stops there too where the second hello would be
    larger (for peers that drop large ones). `check_signature` says whether a CertificateVerify is one. No peer bytes make
    it raise anything: the answer says what happened.
    """

    _labels = TLS_LABELS

    def __init__(
        self,
        offer: Offer,
        random: bytes,
        session_id: bytes,
        *,
        shares: Mapping[int, KeyShare],
        share_source: ShareSource = lambda _group: None,
        follow_retry: bool = True,
        most_hello_bytes: int | None = None,
        check_signature: SignatureCheck = signature.verifies,
    ) -> None:
        self.answer = Answer()
        self.finished = False
        self._offer = offer
        self._shares = dict(shares)
        self._share_source = share_source
        self._follow_retry = follow_retry
        self._most_hello_bytes = most_hello_bytes
        self._check_signature = check_signature
        self._records = RecordReader()
        self._handshake = HandshakeReader()
        self._hello: ClientHello = client_hello(offer, random, session_id)
        record = hello_record(self._hello)
        self._first_message = self._hello.encode()
        self._transcript: bytes = self._first_message
        self._outgoing = bytearray(record)
        self._retried = False
        self._plain: PlainFlight | None = None
        self._protected: ProtectedFlight | None = None
        self._idle_records = 0
        self.answer.hello_bytes = len(record)

    def bytes_to_send(self) -> bytes:
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def receive(self, data: bytes) -> None:
        """Take in bytes from the peer."""
        if self.finished:
            return
        try:
            for record in self._records.feed(data):
                self._take(record)
                if self.finished:
                    return
        except WrongProtocol as error:
            self._end(Ending.WRONG_PROTOCOL, str(error))
            self.answer.like = error.like
        except MalformedMessage as error:
            self._end(Ending.MALFORMED, str(error))

    def peer_closed(self) -> None:
        """The peer ended the connection in order."""
        if not self.finished:
            started = self._records.pending or self._handshake.pending
            self._end(Ending.CLOSED, "the peer closed in the middle of a message" if started else "")

    def give_up(self, ending: Ending, problem: str = "") -> None:
        """The connection was reset or ran out of time."""
        if not self.finished:
            self._end(ending, problem)

    def _end(self, ending: Ending, problem: str = "") -> None:
        self.answer.ending = ending
        self.answer.problem = problem
        self.finished = True

    def _take(self, record: Record) -> None:
        if record.content_type == ContentType.CHANGE_CIPHER_SPEC:
            self._pass_over()  # Middlebox compatibility (RFC 9846, appendix E.4), or the end of an abbreviated handshake.
            return
        if record.content_type == ContentType.ALERT:  # In TLS 1.3 too: a server that could not read our share.
            self._take_alert(record.fragment)
        elif self._protected is not None:
            self._take_protected(self._protected, record)
        elif record.content_type == ContentType.HANDSHAKE:
            if not record.fragment:
                raise MalformedMessage("an empty handshake record")
            self._take_handshake(record.fragment)
        else:
            raise MalformedMessage(f"a record of type {record.content_type} before the server hello")

    def _take_handshake(self, fragment: bytes) -> None:
        """Bytes of handshake messages before the keys of the handshake."""
        for message in self._handshake.feed(fragment):
            self._see(message)
            self._take_message(message)
            if self.finished:
                return

    def _take_alert(self, fragment: bytes) -> None:
        alert = Alert.decode(fragment)
        if not alert.fatal and alert.description in _PASSING_WARNINGS:
            if alert.description == AlertDescription.UNRECOGNIZED_NAME:
                self.answer.note("warning_unrecognized_name")
            self._pass_over()
            return
        self.answer.alert = alert.description
        if alert.description == AlertDescription.CLOSE_NOTIFY:
            self._end(Ending.CLOSED)
        else:
            self._end(Ending.ALERT)

    def _pass_over(self) -> None:
        """Counts a record that brings nothing. Raises MalformedMessage where there are too many of them."""
        self._idle_records += 1
        if self._idle_records > MOST_IDLE_RECORDS:
            raise MalformedMessage(f"the peer floods: more than {MOST_IDLE_RECORDS} records that hold nothing")

    def _take_protected(self, flight: ProtectedFlight, record: Record) -> None:
        kind, plaintext = flight.open(record)
        if kind == ContentType.ALERT:
            self._take_alert(plaintext)
        elif kind == ContentType.HANDSHAKE:
            if not plaintext:
                self._pass_over()
            self._take_flight(flight, plaintext)
        else:
            raise MalformedMessage(f"a protected record of inner type {kind} inside the handshake")

    def _take_flight(self, flight: ProtectedFlight, plaintext: bytes) -> None:
        """Bytes of handshake messages under the keys of the handshake."""
        for message in self._handshake.feed(plaintext):
            self._see(message)
            if flight.take(message, self.answer):
                self._expect_record_end("Finished")
                self.answer.finished_verified = True
                self._finish_handshake(flight)
                return

    def _see(self, message: HandshakeMessage) -> None:
        """Each message of the server before it is taken, for who writes a trace."""

    def _finish_handshake(self, flight: ProtectedFlight) -> None:
        """The server's Finished verified. Here that is all that was wanted; a session goes on."""
        self._outgoing += flight.goodbye(compatible=bool(self._hello.session_id))
        self._end(Ending.FLIGHT)

    def _take_message(self, message: HandshakeMessage) -> None:
        if message.kind == HandshakeType.HELLO_REQUEST:
            return
        if self._plain is not None:
            if self._plain.take(message, self.answer):
                self._outgoing += _GOODBYE
                self._end(Ending.FLIGHT)
            return
        hello = self._read_server_hello(messages.expect(message, HandshakeType.SERVER_HELLO))
        if hello.is_hello_retry:
            self._take_retry(hello, message)
        else:
            self._take_server_hello(hello, message)

    def _read_server_hello(self, body: bytes) -> ServerHello:
        return ServerHello.decode(body)

    def _take_retry(self, hello: ServerHello, message: HandshakeMessage) -> None:
        answer, offer = self.answer, self._offer
        if self._retried:
            raise MalformedMessage("a second HelloRetryRequest")
        self._retried = True
        answer.version = Version.from_wire(hello.version)
        answer.retry_suite = hello.cipher_suite
        answer.retry_group = group = hello.retry_group
        self._check_offered(hello.cipher_suite, group)
        if answer.version != Version.TLS13 or answer.version not in offer.versions:
            raise MalformedMessage("a HelloRetryRequest where TLS 1.3 was not offered, or for another version")
        if group in self._shares or (group is None and hello.cookie is None):
            raise MalformedMessage("a HelloRetryRequest that asks for nothing new")  # RFC 9846, section 4.2.4
        suite = SUITES.get(hello.cipher_suite)
        share = self._share_source(group) if group is not None else None
        cannot_follow = suite is None or (group is not None and (share is None or group not in offer.groups))
        if not self._follow_retry or suite is None or cannot_follow:
            self._leave_at_retry()
            return
        if hello.cookie is not None and len(hello.cookie) > _MOST_COOKIE_BYTES:
            raise MalformedMessage(f"a cookie of {len(hello.cookie)} bytes leaves no room in a hello")
        entry = KeyShareEntry(share.group.value, share.public) if share is not None else None
        second = second_hello(self._hello, entry, hello.cookie)
        second_message, record = second.encode(), hello_record(second, second=True)
        if self._most_hello_bytes is not None and len(record) > self._most_hello_bytes:
            self._leave_at_retry()
            return
        if share is not None:
            self._shares = {share.group.value: share}
        self._hello = second
        digest = hashlib.new(suite.hash_name, self._first_message).digest()
        synthetic = bytes((HandshakeType.MESSAGE_HASH, 0, 0, len(digest))) + digest
        self._transcript = synthetic + message.encoded + second_message
        if self._hello.session_id:
            self._outgoing += _CHANGE_CIPHER_SPEC
        self._outgoing += record
        answer.hello_bytes = max(answer.hello_bytes, len(record))

    def _leave_at_retry(self) -> None:
        self._outgoing += _GOODBYE
        self._end(Ending.RETRY)

    def _take_server_hello(self, hello: ServerHello, message: HandshakeMessage) -> None:
        answer = self.answer
        version = answer.version = Version.from_wire(hello.version)
        answer.cipher_suite = hello.cipher_suite
        if self._retried and (version != Version.TLS13 or hello.cipher_suite != answer.retry_suite):
            raise MalformedMessage("the server hello names another version or suite than the HelloRetryRequest before it")
        if version not in self._offer.versions:
            self._outgoing += _GOODBYE
            self._end(Ending.HELLO, "a version that was not offered")
            return
        if version < Version.TLS13:
            self._check_offered(hello.cipher_suite, None)
            answer.alpn = messages.alpn_protocol(hello.extensions)
            row = registered_suite(hello.cipher_suite).row
            self._plain = PlainFlight(version, row.key_exchange, row.authentication) if row else PlainFlight(version, "")
            return
        entry = hello.key_share
        if entry is None:
            raise MalformedMessage("a TLS 1.3 server hello without a key share")
        answer.group = entry.group
        self._check_offered(hello.cipher_suite, entry.group)
        if answer.retry_group is not None and entry.group != answer.retry_group:
            raise MalformedMessage("the server hello names another group than the HelloRetryRequest before it")
        share, suite = self._shares.get(entry.group), SUITES.get(hello.cipher_suite)
        if share is None:
            raise MalformedMessage(f"the server took a share of group 0x{entry.group:04x} that was never sent")
        if suite is None:
            self._outgoing += _GOODBYE
            self._end(Ending.HELLO, "a cipher suite that cannot be opened here")
            return
        self._expect_record_end("server hello")
        secret = share.agree(entry.key_exchange)
        self._protected = ProtectedFlight(suite, secret, self._transcript + message.encoded, self._check_signature, self._labels)

    def _expect_record_end(self, message: str) -> None:
        """Keys change after `message`, so nothing may follow it in its record (RFC 9846, section 5.1)."""
        if self._handshake.pending:
            raise MalformedMessage(f"handshake bytes after the {message}, in the same record")

    def _check_offered(self, suite: int, group: int | None) -> None:
        if suite not in self._offer.cipher_suites or (group is not None and group not in self._offer.groups):
            self.answer.picked_unoffered = True
            self.answer.note("selected_not_offered")
