"""A client's handshake as DTLS carries it: the messages of TLS with other numbers for versions, and cookies.

Version 1.3 (RFC 9147, section 5) differs in its labels; before it a HelloVerifyRequest may come first (RFC 6347, section 4.2.1).
"""

from __future__ import annotations

from dataclasses import replace

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.dtls.hello import in_words_of_tls
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.client_hello import hello_record
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.flight import ProtectedFlight
from pqscan.wire.tls.key_schedule import DTLS_LABELS, Secret, SuiteSecrets
from pqscan.wire.tls.messages import HandshakeMessage, ServerHello
from pqscan.wire.tls.record import RecordReader
from pqscan.wire.tls.words import ContentType, HandshakeType


class DtlsHandshake(ClientConversation):
    """As a `ClientConversation`, fed with whole messages that have the header of TLS.

    After a server hello of version 1.3 `secrets` are the suite with the client's and the server's handshake traffic secret; after
    the server's Finished `finish` holds our last messages, and `application_secrets` are what protects data from us and to us.
    `has_cookie`: the server made us come again with a cookie; `is_cookie_alone`: by a HelloRetryRequest that named no group, as is
    right where it takes a share that was sent, and leaves it no second one to name a group in (RFC 9846, section 4.2.4)."""

    _labels = DTLS_LABELS
    finish: bytes = b""
    application_secrets: tuple[Secret, Secret] | None = None
    has_cookie: bool = False
    is_cookie_alone: bool = False

    @property
    def secrets(self) -> tuple[SuiteSecrets, Secret, Secret] | None:
        if self._protected is None:
            return None
        return self._protected.suite, *self._protected.traffic_secrets

    def messages_to_send(self) -> bytes:
        """The hello, or the second one, once, with the header of TLS; how we leave is a matter of the connection."""
        records = RecordReader().feed(self.bytes_to_send())
        return b"".join(record.fragment for record in records if record.content_type == ContentType.HANDSHAKE)

    def take(self, message: bytes, *, is_protected: bool) -> None:
        """One handshake message in its order. What comes in the clear after the server hello of version 1.3 is none of it."""
        if self.finished or is_protected != (self._protected is not None):
            return
        try:
            if self._protected is not None:
                self._take_flight(self._protected, message)
            else:
                self._take_handshake(message)
        except MalformedMessage as error:
            self._end(Ending.MALFORMED, str(error))

    def take_alert(self, content: bytes) -> None:
        """The content of a record that holds an alert."""
        if self.finished:
            return
        try:
            self._take_alert(content)
        except MalformedMessage as error:
            self._end(Ending.MALFORMED, str(error))

    def _take_message(self, message: HandshakeMessage) -> None:
        if message.kind == HandshakeType.HELLO_VERIFY_REQUEST and self._plain is None:
            self._take_cookie(message.body)
        else:
            super()._take_message(message)

    def _take_cookie(self, body: bytes) -> None:
        """Its version means nothing (RFC 6347, section 4.2.1): what is spoken stands in the server hello."""
        cursor = Cursor(body)
        cursor.uint16("HelloVerifyRequest.server_version")
        cookie = cursor.opaque8("HelloVerifyRequest.cookie")
        cursor.finish("HelloVerifyRequest")
        if self.has_cookie or self._retried:
            raise MalformedMessage("a HelloVerifyRequest after the cookie came back")
        self.has_cookie = True
        self._hello = replace(self._hello, cookie=cookie)
        self._first_message = self._transcript = self._hello.encode()
        self._outgoing += hello_record(self._hello)

    def _take_retry(self, hello: ServerHello, message: HandshakeMessage) -> None:
        """One that only hands out a cookie wants to see that we are at our address, and chooses nothing: it is always followed."""
        is_cookie_alone = hello.retry_group is None and hello.cookie is not None
        self.is_cookie_alone = self.is_cookie_alone or is_cookie_alone
        self._follow_retry = self._follow_retry or is_cookie_alone
        super()._take_retry(hello, message)

    def _read_server_hello(self, body: bytes) -> ServerHello:
        """With the versions of TLS that it means. Raises MalformedMessage."""
        hello = super()._read_server_hello(body)
        if hello.cookie is not None:
            self.has_cookie = True
        return in_words_of_tls(hello)

    def _finish_handshake(self, flight: ProtectedFlight) -> None:
        self.application_secrets = flight.application_secrets()
        self.finish = flight.finish_messages()
        self._end(Ending.FLIGHT)
