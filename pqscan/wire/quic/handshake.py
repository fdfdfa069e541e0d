"""The handshake of TLS 1.3 as QUIC carries it (RFC 9001, section 4): messages without records, whose keys the packets are under."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.quic.frames import CRYPTO_ERROR
from pqscan.wire.quic.protection import has_header_protection
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.flight import ProtectedFlight
from pqscan.wire.tls.key_schedule import Secret, SuiteSecrets
from pqscan.wire.tls.messages import HandshakeMessage, ServerHello
from pqscan.wire.tls.record import RecordReader
from pqscan.wire.tls.words import AlertDescription, ContentType

CONNECTION_REFUSED = 0x02
"""A server that takes no new connections now (RFC 9000, section 20.1): no refusal of what was offered."""
ALERT_USER_CANCELED = CRYPTO_ERROR | AlertDescription.USER_CANCELED


class QuicHandshake(ClientConversation):
    """As a `ClientConversation`, fed with what CRYPTO frames brought. After the server hello `secrets` are the suite with the
    client's and the server's handshake traffic secret; after the server's Finished `finish` holds our end of the handshake."""

    finish: bytes = b""
    error: int | None = None
    """What the server closed the connection with."""

    @property
    def secrets(self) -> tuple[SuiteSecrets, Secret, Secret] | None:
        if self._protected is None:
            return None
        return self._protected.suite, *self._protected.traffic_secrets

    def messages_to_send(self) -> bytes:
        """The hello, or the second one after a HelloRetryRequest, once; alerts are frames of QUIC."""
        records = RecordReader().feed(self.bytes_to_send())
        return b"".join(record.fragment for record in records if record.content_type == ContentType.HANDSHAKE)

    def take(self, data: bytes, *, is_protected: bool) -> None:
        """Handshake bytes in their order, from Initial packets or, `is_protected`, from Handshake packets."""
        if self.finished or not data:
            return
        try:
            if not is_protected:
                if self._protected is not None:
                    raise MalformedMessage("handshake bytes in Initial packets behind the server hello")
                self._take_handshake(data)
            elif self._protected is not None:
                self._take_flight(self._protected, data)
        except MalformedMessage as error:
            self._end(Ending.MALFORMED, str(error))

    def refused(self, error: int) -> None:
        """The server closed the connection with that error (RFC 9000, section 20.1; RFC 9001, section 4.8)."""
        if self.finished:
            return
        self.error = error
        if error >> 8 == CRYPTO_ERROR >> 8:
            self.answer.alert = error & 0xFF
            self._end(Ending.ALERT)
        else:
            self._end(Ending.RESET if error == CONNECTION_REFUSED else Ending.CLOSED, f"closed with the error 0x{error:x} of QUIC")

    def _finish_handshake(self, flight: ProtectedFlight) -> None:
        self.finish = flight.finish_messages()
        self._end(Ending.FLIGHT)

    def _take_server_hello(self, hello: ServerHello, message: HandshakeMessage) -> None:
        super()._take_server_hello(hello, message)
        if self._protected is not None and not has_header_protection(self._protected.suite):
            self._protected = None
            self._end(Ending.HELLO, "a cipher suite that QUIC must not use")
