"""A client's side of one DTLS connection without I/O, as far as the handshake goes (RFC 9147, sections 4, 5 and 7; RFC 6347).

Records, fragments of messages, retransmission when the caller says that it waited long enough, acknowledgements of what came of
a protected flight, and alerts at the end, so that the server keeps nothing. No application data is ever sent.
"""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import opaque16
from pqscan.wire.dtls.fragments import HEADER_BYTES, Reassembler, fragmented, fragments_in
from pqscan.wire.dtls.handshake import DtlsHandshake
from pqscan.wire.dtls.protection import APPLICATION_EPOCH, HANDSHAKE_EPOCH, Keys
from pqscan.wire.dtls.record import (
    ACK,
    NUMBER,
    OLDEST_NUMBER,
    PLAIN_HEADER_BYTES,
    PlainRecord,
    ProtectedRecord,
    Record,
    plain_record,
    records_of,
)
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.words import AlertDescription, ContentType, Version

DATAGRAM_BYTES = 1200
"""At most, of ours: what every path carries."""
_MOST_WAITING = 16  # protected records that came before the server hello
_MOST_ACKNOWLEDGED = 64
_MOST_RECORDS = 2048  # of one handshake
_CLOSE_NOTIFY = b"\x01\x00"
_CANCELED = bytes((1, AlertDescription.USER_CANCELED))


class ClientConnection:
    """Send what `datagrams_to_send` gives, feed what comes, `repeat` after silence, `timed_out` after too much of it; read
    `handshake.answer` when `finished`, and send once more what is left then.

    `heard`: a record of a handshake or an alert came; `foreign` counts datagrams without any record. No bytes of a peer make it
    raise anything."""

    def __init__(self, handshake: DtlsHandshake) -> None:
        self.handshake = handshake
        self.heard = False
        self.foreign = 0
        self._records = 0
        self._sequence = 0  # of our next record in epoch 0
        self._message_number = 0
        self._flight: tuple[bytes, ...] = ()  # fragments of the last messages that we sent
        self._is_due = False
        self._incoming = Reassembler()
        self._keys: tuple[Keys, Keys] | None = None
        self._waiting: list[ProtectedRecord] = []
        self._expected = 0  # one more than the highest number of the server's handshake epoch
        self._own_protected = 0
        self._seen: dict[int, None] = {}  # numbers of that epoch
        self._owes_ack = False
        self._application: tuple[Keys, Keys] | None = None
        self._awaits_ack = False
        self._is_closed = False

    @property
    def finished(self) -> bool:
        """Whether all is told, and the server, where it got so far, has our end of the handshake or let us wait for its word."""
        return self.handshake.finished and not self._awaits_ack

    def datagrams_to_send(self) -> list[bytes]:
        """What is due now, each datagram once."""
        if self._is_closed:
            return []
        if self.finished:
            return self._goodbye()
        if self._awaits_ack:
            finish, self._flight = self._flight, ()
            return [b"".join(self._sealed(ContentType.HANDSHAKE, part) for part in finish)] if finish else []
        message = self.handshake.messages_to_send()
        if message:
            most = DATAGRAM_BYTES - PLAIN_HEADER_BYTES - HEADER_BYTES
            self._flight = tuple(part.encode() for part in fragmented(message, self._message_number, most))
            self._message_number += 1
            self._is_due = True
        found: list[bytes] = []
        if self._is_due:
            self._is_due = False
            found = [self._plain(ContentType.HANDSHAKE, part) for part in self._flight]
        if self._owes_ack and self._keys is not None:
            self._owes_ack = False
            numbers = (HANDSHAKE_EPOCH.to_bytes(8, "big") + number.to_bytes(8, "big") for number in sorted(self._seen))
            found.append(self._sealed(ACK, opaque16(b"".join(numbers))))
        return found

    def receive(self, datagram: bytes) -> bool:
        """Whether it brought something of this connection that was not there before."""
        if self.finished:
            return False
        records = records_of(datagram)
        if not records:
            self.foreign += 1
            return False
        news = False
        for record in records:
            try:
                news = self._take(record) or news
            except MalformedMessage as error:
                self.handshake.give_up(Ending.MALFORMED, str(error))
                self._awaits_ack = False
                return True
            if self.finished:
                return True
        return news

    def repeat(self) -> None:
        """Nothing came for a while: our last messages go out again, with what came of the server's (RFC 9147, section 5.8). For the
        acknowledgement of our Finished nobody waits twice: nothing that is told hangs on it."""
        self._awaits_ack = False
        self._is_due = bool(self._flight)
        self._owes_ack = bool(self._seen)

    def timed_out(self) -> None:
        """Nothing comes any more. Where only something foreign came, that is the answer."""
        self._awaits_ack = False
        if self.foreign and not self.heard:
            self.handshake.give_up(Ending.MALFORMED, "it answered with what is no record of DTLS")
        else:
            said = "it fell silent over DTLS" if self.heard else "it answered nothing over DTLS"
            self.handshake.give_up(Ending.SILENCE, said)

    def _take(self, record: Record) -> bool:
        """Raises MalformedMessage."""
        self._records += 1
        if self._records > _MOST_RECORDS:
            raise MalformedMessage(f"more than {_MOST_RECORDS} records in one handshake")
        if isinstance(record, ProtectedRecord):
            return self._take_protected(record)
        return self._take_plain(record)

    def _take_plain(self, record: PlainRecord) -> bool:
        if record.epoch:
            return False  # Protected as before version 1.3, which nothing is that is read here.
        if record.content_type == ContentType.ALERT:
            self.heard, self._awaits_ack = True, False
            self.handshake.take_alert(record.fragment)
            return True
        if record.content_type != ContentType.HANDSHAKE or self._keys is not None:
            return False
        return self._take_fragments(record.fragment, is_protected=False)

    def _take_protected(self, record: ProtectedRecord) -> bool:
        if self._keys is None:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append(record)
            return False
        if self._awaits_ack:
            return self._take_last(record)
        if record.epoch_bits != HANDSHAKE_EPOCH:
            return False
        opened = self._keys[1].open(record, self._expected)
        if opened is None or opened.sequence in self._seen:
            return False
        self._expected = max(self._expected, opened.sequence + 1)
        self._seen[opened.sequence] = None
        if len(self._seen) > _MOST_ACKNOWLEDGED:
            del self._seen[next(iter(self._seen))]
        if opened.content_type == ContentType.ALERT:
            self.handshake.take_alert(opened.plaintext)
            return True
        return opened.content_type == ContentType.HANDSHAKE and self._take_fragments(opened.plaintext, is_protected=True)

    def _take_fragments(self, content: bytes, *, is_protected: bool) -> bool:
        """Raises MalformedMessage."""
        news = False
        for fragment in fragments_in(content):
            self.heard = True
            messages = self._incoming.feed(fragment)
            news = self._incoming.news or news
            for message in messages:
                self.handshake.take(message, is_protected=is_protected)
                self._take_keys()
                if self.handshake.finished:
                    self._prepare_finish()
                    return True
        return news

    def _prepare_finish(self) -> None:
        """Our end of the handshake, where it came so far."""
        secrets, finish = self.handshake.application_secrets, self.handshake.finish
        if secrets is None or self._keys is None:
            return
        suite = self._keys[0].suite
        self._application = Keys.of(suite, secrets[0]), Keys.of(suite, secrets[1])
        parts: list[bytes] = []
        while finish:
            size = 4 + int.from_bytes(finish[1:4], "big")
            message, finish = finish[:size], finish[size:]
            parts += (part.encode() for part in fragmented(message, self._message_number, size))
            self._message_number += 1
        self._flight, self._awaits_ack = tuple(parts), True

    def _take_last(self, record: ProtectedRecord) -> bool:
        """What comes once our Finished went out: an acknowledgement, a ticket, data or an alert says that the server has it."""
        if self._flight or self._keys is None or self._application is None:
            return False
        if record.epoch_bits == HANDSHAKE_EPOCH:
            opened = self._keys[1].open(record, self._expected)
            has_it = opened is not None and opened.content_type in (ACK, ContentType.ALERT)
        else:
            has_it = record.epoch_bits == APPLICATION_EPOCH and self._application[1].open(record, 0) is not None
        self._awaits_ack = not has_it
        return has_it

    def _take_keys(self) -> None:
        """Once the server's hello gives them; what waited for them is read then."""
        secrets = self.handshake.secrets
        if secrets is None or self._keys is not None:
            return
        suite, own, theirs = secrets
        self._keys = Keys.of(suite, own), Keys.of(suite, theirs)
        waiting, self._waiting = self._waiting, []
        for record in waiting:
            if not self.finished:
                self._take_protected(record)

    def _goodbye(self) -> list[bytes]:
        """Once: the alerts with which a client leaves. Nothing for who never answered, or has ended the connection."""
        self._is_closed = True
        answer = self.handshake.answer
        if not self.heard or answer.alert is not None:
            return []
        if self._application is not None:
            return [self._application[0].seal(APPLICATION_EPOCH, 0, ContentType.ALERT, _CLOSE_NOTIFY)]
        return [self._plain(ContentType.ALERT, _CANCELED) + self._plain(ContentType.ALERT, _CLOSE_NOTIFY)]

    def _plain(self, content_type: int, fragment: bytes) -> bytes:
        chosen = self.handshake.answer.version
        is_oldest = chosen == Version.TLS11 or (chosen is None and self._message_number <= 1)
        made = plain_record(content_type, OLDEST_NUMBER if is_oldest else NUMBER, self._sequence, fragment)
        self._sequence += 1
        return made

    def _sealed(self, content_type: int, content: bytes) -> bytes:
        assert self._keys is not None  # noqa: S101  # Asked for behind the server hello alone.
        made = self._keys[0].seal(HANDSHAKE_EPOCH, self._own_protected, content_type, content)
        self._own_protected += 1
        return made
