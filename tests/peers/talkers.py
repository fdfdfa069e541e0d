"""TLS 1.3 servers that say more than they are asked: data or KeyUpdates before they read on, and floods after a good handshake.

All of it is right or merely rude (RFC 9846, sections 4.5.3 and 4.7): none of them may fail a case that is about something else.
"""

from __future__ import annotations

from pqscan.harness.tls.records import framed
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import Waiting
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType

MOST_FLOOD_RECORDS = 400
_TICKET = framed(HandshakeType.NEW_SESSION_TICKET, bytes(8) + b"\x01\x00" + b"\x00\x01t" + b"\x00\x00")


class _SpeaksBeforeItReads(ServerConversation):
    """Says something between the arrival of our second flight and its reading, so that it says nothing about what stands there."""

    def receive(self, data: bytes) -> None:
        if self.waiting is Waiting.FINISHED and not self.outcome.established:
            self.say()
        super().receive(data)

    def say(self) -> None:
        raise NotImplementedError


class TalksUnasked(_SpeaksBeforeItReads):
    """A greeting, as of SMTP behind TLS, sent as early as a server may (RFC 9846, section 4.5.3)."""

    def say(self) -> None:
        self.send_protected(ContentType.APPLICATION_DATA, b"220 ready\r\n")


class UpdatesUnasked(_SpeaksBeforeItReads):
    """New keys that nobody asked for (RFC 9846, section 4.7.3)."""

    def say(self) -> None:
        self.send_protected(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\x00"))
        self._sending = self.keys.next_server_application()


class FloodsTickets(_SpeaksBeforeItReads):
    def say(self) -> None:
        for _ in range(MOST_FLOOD_RECORDS):
            self.send_protected(ContentType.HANDSHAKE, _TICKET)


class FloodsEmptyData(_SpeaksBeforeItReads):
    def say(self) -> None:
        for _ in range(MOST_FLOOD_RECORDS):
            self.send_protected(ContentType.APPLICATION_DATA, b"")


class FloodsWarnings(_SpeaksBeforeItReads):
    def say(self) -> None:
        for _ in range(MOST_FLOOD_RECORDS):
            self.send_protected(ContentType.ALERT, bytes((1, AlertDescription.USER_CANCELED)))


class FloodsUpdates(_SpeaksBeforeItReads):
    def say(self) -> None:
        for _ in range(MOST_FLOOD_RECORDS):
            self.send_protected(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\x00"))
            self._sending = self.keys.next_server_application()


class FloodsData(_SpeaksBeforeItReads):
    """More than a connection is allowed to bring."""

    def say(self) -> None:
        self.send_protected(ContentType.APPLICATION_DATA, bytes(1_200_000))


class SilentOnData(ServerConversation):
    """Reads and drops data, and keeps its KeyUpdate for data that it never sends, as OpenSSL would."""

    def take_application_data(self, content: bytes) -> None:
        if self.waiting is not Waiting.DATA:
            super().take_application_data(content)

    def take_key_update(self, body: bytes) -> None:
        super().take_key_update(b"\x00" if body == b"\x01" else body)


class AnswersBehindNoClose(ServerConversation):
    """Reads all that has come before it answers, and answers nothing where a close_notify is part of it, as Postfix does."""

    _held = 0

    def take_application_data(self, content: bytes) -> None:
        if self.waiting is not Waiting.DATA:
            super().take_application_data(content)
        self._held += len(content)

    def take_key_update(self, body: bytes) -> None:
        super().take_key_update(b"\x00" if body == b"\x01" else body)

    def receive(self, data: bytes) -> None:
        super().receive(data)
        if self._held and not self.finished:
            self._held = 0
            self.send_protected(ContentType.APPLICATION_DATA, self.settings.response)


class TakesAnyFinished(ServerConversation):
    """The fault that cases about Finished are for: `tests/peers/faulty.py`."""

    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        super().check_client_finished(verify_data if len(verify_data) != len(expected) else expected, expected)


FLOODS = (FloodsTickets, FloodsEmptyData, FloodsWarnings, FloodsUpdates, FloodsData)
