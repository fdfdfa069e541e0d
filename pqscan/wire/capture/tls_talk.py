"""What the two ends of a TLS handshake say in the clear: the client's offer, the server's choice, before TLS 1.3 its chain."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.registry.tls import cipher_suite
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.client_offer import ClientOffer, read_client_offer
from pqscan.wire.tls.flight import PlainFlight
from pqscan.wire.tls.messages import HandshakeMessage, HandshakeReader, ServerHello
from pqscan.wire.tls.record import Record, RecordReader
from pqscan.wire.tls.words import ContentType, HandshakeType, Version

_BROKEN = (MalformedMessage, WrongProtocol)
_FATAL = 2
_VALUE_BYTES = 40  # of memory, for a number in a list


class TlsTalk:
    """Feed the records of each direction, or handshake bytes; `finished` when nothing more can be read in the clear.

    No record makes it raise: what cannot be read ends the talk. Of two offers (HelloRetryRequest) the first counts, which is what
    the client wanted. In `choice`, `cipher_suite` is None where the server did not come to choose."""

    __slots__ = ("_client", "_client_messages", "_flight", "_server", "_server_messages", "choice", "finished", "offer", "problem")

    def __init__(self) -> None:
        self.offer: ClientOffer | None = None
        self.choice = Answer()
        self.finished = False
        self.problem = ""
        self._client = RecordReader()
        self._server = RecordReader()
        self._client_messages = HandshakeReader()
        self._server_messages = HandshakeReader()
        self._flight: PlainFlight | None = None

    @property
    def held_bytes(self) -> int:
        """About as much memory as what waits and what was read."""
        readers = (self._client, self._server, self._client_messages, self._server_messages)
        offered = 0 if self.offer is None else _VALUE_BYTES * self.offer.count
        return offered + sum(reader.pending for reader in readers) + sum(map(len, self.choice.certificates))

    def client(self, data: bytes) -> None:
        """Bytes of the client's side."""
        if self.offer is not None or self.finished:
            return
        try:
            for record in self._client.feed(data):
                if record.content_type != ContentType.HANDSHAKE:
                    raise MalformedMessage("the client begins with something else than a handshake")
                self.client_handshake(record.fragment)
                if self.offer is not None:
                    return
        except _BROKEN as error:
            self._end(error)

    def server(self, data: bytes) -> None:
        """Bytes of the server's side."""
        if self.finished:
            return
        try:
            for record in self._server.feed(data):
                self._take_record(record)
                if self.finished:
                    return
        except _BROKEN as error:
            self._end(error)

    def client_handshake(self, fragment: bytes) -> None:
        """Handshake bytes without records, as in QUIC and DTLS. Raises MalformedMessage."""
        for message in self._client_messages.feed(fragment):
            if self.offer is None:
                self.offer = self._read_client_offer(message.encoded)

    def server_handshake(self, fragment: bytes) -> None:
        """The same of the server. Raises MalformedMessage."""
        for message in self._server_messages.feed(fragment):
            if self.finished:
                return
            if self._flight is not None:
                self.finished = self._flight.take(message, self.choice)
            else:
                self._take_hello(message)

    def server_alert(self, fragment: bytes) -> None:
        """The content of a record of the server that holds an alert."""
        if len(fragment) == 2 and fragment[0] == _FATAL:
            self.choice.alert, self.finished = fragment[1], True

    def _read_client_offer(self, encoded: bytes) -> ClientOffer:
        return read_client_offer(ClientHello.decode(encoded))

    def _read_server_hello(self, body: bytes) -> ServerHello:
        return ServerHello.decode(body)

    def _take_record(self, record: Record) -> None:
        if record.content_type == ContentType.HANDSHAKE:
            self.server_handshake(record.fragment)
        elif record.content_type == ContentType.ALERT:
            self.server_alert(record.fragment)
        elif self._flight is not None or record.content_type == ContentType.APPLICATION_DATA:
            self.finished = True  # Encrypted from here on. Behind a HelloRetryRequest ChangeCipherSpec is for show.

    def _take_hello(self, message: HandshakeMessage) -> None:
        choice = self.choice
        if message.kind != HandshakeType.SERVER_HELLO:
            raise MalformedMessage(f"handshake message {message.kind} before the server's hello")
        hello = self._read_server_hello(message.body)
        if hello.is_hello_retry:
            choice.retry_group, choice.retry_suite = hello.retry_group, hello.cipher_suite
            return
        choice.version = Version.from_wire(hello.version)
        choice.cipher_suite = hello.cipher_suite
        if choice.version >= Version.TLS13:
            share = hello.key_share
            choice.group = share.group if share is not None else None
            self.finished = True
            return
        row = cipher_suite(hello.cipher_suite).row
        self._flight = PlainFlight(choice.version, row.key_exchange, row.authentication) if row else PlainFlight(choice.version, "")

    def _end(self, error: MalformedMessage | WrongProtocol) -> None:
        self.problem, self.finished = str(error), True
