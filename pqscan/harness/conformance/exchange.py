"""One connection of a case without I/O: plays a `Script` against whatever the server sends, and notes what that is.

Takes the server's flight apart as a client must (RFC 9846, section 4). No bytes of a peer make it raise anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.harness.conformance.carrying import Closing
from pqscan.harness.conformance.script import CHANGE_CIPHER_SPEC, GOODBYE, Ground, Script, Segments, Voice
from pqscan.harness.conformance.seen import Ended, Progress, Seen
from pqscan.harness.tls.keys import ConnectionKeys
from pqscan.harness.tls.records import framed
from pqscan.registry.tls import named_group
from pqscan.wire import builder
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.tls import messages
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry, Offer, client_hello, second_hello
from pqscan.wire.tls.key_schedule import SUITES, Protection
from pqscan.wire.tls.messages import Alert, CertificateRequest, CertificateVerify, HandshakeMessage, HandshakeReader, ServerHello
from pqscan.wire.tls.record import Record, RecordReader
from pqscan.wire.tls.version_survey import certificate_schemes
from pqscan.wire.tls.words import AlertDescription, ContentType, ExtensionType, HandshakeType, Version

_FLIGHT = (
    HandshakeType.ENCRYPTED_EXTENSIONS,
    HandshakeType.CERTIFICATE_REQUEST,
    HandshakeType.CERTIFICATE,
    HandshakeType.CERTIFICATE_VERIFY,
    HandshakeType.FINISHED,
)
_MOST_KEY_UPDATES = 32
_MOST_TICKETS = 64
_MOST_IDLE = 256  # records that hold nothing
_MOST_COOKIE = 16_000
_PADDED_ALERT_RECORD = 64  # some pad their alerts, mbedTLS to 16 bytes
_ALERT_RECORD = 19  # bytes of the longest protected alert without padding: two, the inner type, a tag


class Exchange:
    """Send what `segments_to_send` gives; feed it with `receive`; read `seen` when `finished`."""

    def __init__(self, script: Script, ground: Ground) -> None:
        self.seen = Seen()
        self.finished = False
        self._script = script
        self._ground = ground
        self._keys: dict[int, KeyShare] = {group: self._share(group) for group in script.shares}
        entries = tuple(KeyShareEntry(group, key.public) for group, key in self._keys.items())
        schemes = certificate_schemes(Version.TLS13) if script.schemes is None else script.schemes
        offer = Offer(
            versions=script.versions,
            cipher_suites=script.suites,
            groups=script.groups,
            schemes=schemes,
            certificate_schemes=certificate_schemes(Version.TLS13),
            shares=entries,
            server_name=ground.server_name,
            size_bytes=script.size_bytes,
        )
        hello = client_hello(offer, ground.randomness(32), ground.randomness(script.session_id_bytes))
        self._hello = script.change_hello(hello)
        self.seen.client_random, self.seen.session_id = self._hello.random, self._hello.session_id
        self.seen.offered_extensions = tuple(kind for kind, _ in self._hello.extensions or ())
        self.seen.listed_groups = _listed_groups(self._hello)
        self._transcript = self._first = self._hello.encode()
        self._outgoing: list[bytes] = [*script.frame(self._first, 0x0301)]
        self._farewell: Segments = ()  # our close_notify, where it waited for an answer
        self._voice: Voice | None = None
        self._records = RecordReader()
        self._handshake = HandshakeReader()
        self._connection: ConnectionKeys | None = None
        self._incoming: Protection | None = None
        self._before: Protection | None = None  # what the server's flight came under
        self._place = -1
        self._certificate_wanted: bytes | None = None
        self._until_protected = False
        self._early: Protection | None = None  # what an alert in place of the flight comes under, where a script ends at that
        self._idle = 0

    def segments_to_send(self) -> Segments:
        segments = (*self._outgoing, *self._farewell)
        self._outgoing.clear()
        self._farewell = ()
        return segments

    def receive(self, data: bytes) -> None:
        """Take in bytes of the server."""
        if self.finished:
            return
        try:
            for record in self._records.feed(data):
                self._take(record)
                if self.finished:
                    return
        except WrongProtocol as error:
            self.end(Ended.WRONG_PROTOCOL, str(error))
        except MalformedMessage as error:
            self.end(Ended.MALFORMED, str(error))

    def end(self, ended: Ended, problem: str = "") -> None:
        """The connection ended, or nothing more of it is wanted."""
        if not self.finished:
            self.seen.ended, self.seen.problem = ended, problem
            self.finished = True

    def closed(self, how: Closing, problem: str = "") -> None:
        """Nothing more comes."""
        self.end(Ended(how.value), problem)

    # Records and messages

    def _take(self, record: Record) -> None:
        if record.content_type == ContentType.CHANGE_CIPHER_SPEC:
            self.seen.compatible = True
            self._pass_over()
        elif record.content_type == ContentType.ALERT:
            self._take_alert(record.fragment)
        elif self._until_protected and record.content_type == ContentType.APPLICATION_DATA:
            if len(record.fragment) > _ALERT_RECORD:
                self.seen.reach(Progress.PROTECTED)
                self._leave()
            elif not self._take_early_alert(record):
                self._pass_over()
        elif self._incoming is not None:
            if record.content_type != ContentType.APPLICATION_DATA:
                raise MalformedMessage(f"an unprotected record of type {record.content_type} after the ServerHello")
            kind, content = self._open(record, self._incoming)
            self._take_content(kind, content)
        elif record.content_type == ContentType.HANDSHAKE:
            self._take_fragment(record.fragment)
        else:
            raise MalformedMessage(f"a record of type {record.content_type} before the ServerHello")

    def _take_early_alert(self, record: Record) -> bool:
        """The alert of a server that chose everything and then cannot sign: readable where our share was a right one."""
        if self._early is None:
            return False
        try:
            kind, content = self._early.open(record.header, record.fragment)
        except MalformedMessage:
            return False
        if kind == ContentType.ALERT:
            self._take_alert(content)
        return kind == ContentType.ALERT

    def _open(self, record: Record, incoming: Protection) -> tuple[int, bytes]:
        """Some servers (mbedTLS 3.6) send the alert with which they refuse our Finished under the keys of their own flight, not
        under the next ones as RFC 9846, section 4.5.3, asks: it is an alert all the same."""
        try:
            return incoming.open(record.header, record.fragment)
        except MalformedMessage:
            if self._before is None or len(record.fragment) > _PADDED_ALERT_RECORD:
                raise
            kind, content = self._before.open(record.header, record.fragment)
            if kind != ContentType.ALERT:
                raise
            self.seen.under_old_keys = True
            return kind, content

    def _take_content(self, kind: int, content: bytes) -> None:
        if kind == ContentType.ALERT:
            self._take_alert(content)
        elif kind == ContentType.HANDSHAKE:
            self._take_fragment(content)
        elif kind == ContentType.APPLICATION_DATA and self._place == len(_FLIGHT) - 1:
            self._take_data(content)
        else:
            raise MalformedMessage(f"a protected record of inner type {kind} out of place")

    def _take_data(self, content: bytes) -> None:
        seen = self.seen
        seen.application_bytes += len(content)
        if not seen.key_updates:
            seen.data_before_key_update = True
        if not content:
            self._pass_over()
        elif self._outgoing:  # Sent without our flight, as a server may (RFC 9846, section 4.5.3).
            seen.unasked_data = True
        elif self._ground.data_tells and not seen.unasked_data:
            if self._voice is not None and self._ground.closes_late and seen.progress < Progress.APPLICATION:
                self._farewell = (self._voice.farewell(),)
            seen.reach(Progress.APPLICATION)

    def _take_alert(self, fragment: bytes) -> None:
        alert = Alert.decode(fragment)
        if alert.description == AlertDescription.CLOSE_NOTIFY:
            self.end(Ended.CLOSE_NOTIFY)
        elif alert.fatal or alert.description not in (AlertDescription.USER_CANCELED, AlertDescription.UNRECOGNIZED_NAME):
            self.seen.alert = alert.description
            self.end(Ended.ALERT)
        else:
            self._pass_over()

    def _take_fragment(self, fragment: bytes) -> None:
        if not fragment:
            self._pass_over()
        for message in self._handshake.feed(fragment):
            if len(self.seen.messages) < 64:
                self.seen.messages.append(message.kind)
            if self._connection is None:
                self._take_hello(message)
            elif self._place < len(_FLIGHT) - 1:
                self._take_flight(message, self._connection)
            else:
                self._take_later(message, self._connection)
            if self.finished:
                return

    def _take_hello(self, message: HandshakeMessage) -> None:
        hello = ServerHello.decode(messages.expect(message, HandshakeType.SERVER_HELLO))
        if hello.is_hello_retry:
            self._take_retry(hello, message)
        else:
            self._take_server_hello(hello, message)

    def _take_retry(self, hello: ServerHello, message: HandshakeMessage) -> None:
        seen, script = self.seen, self._script
        seen.retries += 1
        seen.reach(Progress.RETRY)
        if seen.retries > 1:
            self._leave("a second HelloRetryRequest")
            return
        seen.retry = hello
        if script.ends_at <= Progress.RETRY:
            self._leave()
            return
        suite, group, cookie = SUITES.get(hello.cipher_suite), hello.retry_group, hello.cookie
        if hello.version != Version.TLS13 or suite is None or (group is not None and group not in script.groups):
            raise MalformedMessage("a HelloRetryRequest for a version, suite or group that was not offered")
        if cookie is not None and len(cookie) > _MOST_COOKIE:
            raise MalformedMessage(f"a cookie of {len(cookie)} bytes")
        entry = None
        if group is not None and group not in script.shares:  # What was sent already is sent once more, with its fault.
            self._keys = {group: self._share(group)}
            entry = KeyShareEntry(group, self._keys[group].public)
        changed = script.change_second(second_hello(self._hello, entry, cookie), self._hello)
        seen.listed_groups, second = (*seen.listed_groups, *_listed_groups(changed)), changed.encode()
        digest = hashlib.new(suite.hash_name, self._first).digest()
        self._transcript = framed(HandshakeType.MESSAGE_HASH, digest) + message.encoded + second
        if self._hello.session_id:
            self._outgoing.append(CHANGE_CIPHER_SPEC)
        self._outgoing += script.frame_second(second, 0x0303)

    def _take_server_hello(self, hello: ServerHello, message: HandshakeMessage) -> None:
        seen = self.seen
        seen.reach(Progress.HELLO)
        seen.hello = hello
        if hello.version == Version.TLS13 and hello.key_share is not None:
            seen.group, seen.share = hello.key_share.group, hello.key_share.key_exchange
        if hello.version != Version.TLS13:
            seen.reach(Progress.PROTECTED)
            self._leave()
            return
        if self._script.ends_at <= Progress.PROTECTED:
            self._until_protected = True
            with contextlib.suppress(MalformedMessage):
                keys = self._agreed(hello, message)
                self._early = keys.protection(keys.server_handshake)
            return
        self._connection = self._agreed(hello, message)
        self._expect_boundary("ServerHello")
        self._transcript += message.encoded
        self._incoming = self._connection.protection(self._connection.server_handshake)

    def _agreed(self, hello: ServerHello, message: HandshakeMessage) -> ConnectionKeys:
        key, suite = self._keys.get(self.seen.group or 0), SUITES.get(hello.cipher_suite)
        if key is None or suite is None:
            raise MalformedMessage("a ServerHello without a key share, with one of another group, or with a suite not offered")
        return ConnectionKeys(suite, key.agree(self.seen.share), self._transcript + message.encoded)

    def _take_flight(self, message: HandshakeMessage, keys: ConnectionKeys) -> None:
        kind = message.kind
        if kind not in _FLIGHT or _FLIGHT.index(HandshakeType(kind)) <= self._place:
            raise MalformedMessage(f"handshake message {kind} out of place")
        if self._place < 0 and kind != HandshakeType.ENCRYPTED_EXTENSIONS:
            raise MalformedMessage(f"handshake message {kind} before EncryptedExtensions")
        self._place = _FLIGHT.index(HandshakeType(kind))
        seen = self.seen
        if kind == HandshakeType.ENCRYPTED_EXTENSIONS:
            seen.extensions = tuple(number for number, _ in messages.decode_encrypted_extensions(message.body))
        elif kind == HandshakeType.CERTIFICATE_REQUEST:
            CertificateRequest.decode_13(message.body)
            seen.client_certificate_requested = True
            self._certificate_wanted = message.body[1 : 1 + message.body[0]]
        elif kind == HandshakeType.CERTIFICATE:
            seen.certificates = messages.decode_certificate_13(message.body)
        elif kind == HandshakeType.CERTIFICATE_VERIFY:
            verify = CertificateVerify.decode(message.body)
            seen.scheme, seen.signature, seen.signed_hash = verify.scheme, verify.signature, keys.digest(self._transcript)
        else:
            self._take_finished(message, keys)
            return
        self._transcript += message.encoded

    def _take_finished(self, message: HandshakeMessage, keys: ConnectionKeys) -> None:
        expected = keys.server_handshake.finished_mac(keys.digest(self._transcript))
        if self.seen.scheme is None or not hmac.compare_digest(message.body, expected):
            raise MalformedMessage("the server's Finished does not verify, or no CertificateVerify came before it")
        self._expect_boundary("Finished")
        self._transcript += message.encoded
        keys.turn_to_application(self._transcript)
        self._before, self._incoming = self._incoming, keys.protection(keys.server_application)
        self.seen.reach(Progress.FLIGHT)
        certificate = b""
        if self._certificate_wanted is not None:
            certificate = framed(HandshakeType.CERTIFICATE, builder.opaque8(self._certificate_wanted) + b"\x00\x00\x00")
        voice = Voice(
            keys,
            self._transcript,
            compatible=bool(self._hello.session_id),
            certificate=certificate,
            ground=self._ground,
        )
        self._voice = voice
        self._outgoing += self._script.flight(voice)
        self._outgoing += self._script.request(voice)
        if self._script.ends_at <= Progress.FLIGHT:
            self.end(Ended.OURS)

    def _take_later(self, message: HandshakeMessage, keys: ConnectionKeys) -> None:
        seen = self.seen
        if message.kind == HandshakeType.NEW_SESSION_TICKET:
            seen.tickets += 1
            if seen.tickets > _MOST_TICKETS:
                self.end(Ended.FLOOD, f"more than {_MOST_TICKETS} tickets")
        elif message.kind == HandshakeType.KEY_UPDATE:
            self._expect_boundary("KeyUpdate")
            seen.key_updates += 1
            if self._outgoing:
                seen.unasked_key_updates = True
            elif self._ground.asks_update and not seen.unasked_key_updates:
                seen.reach(Progress.APPLICATION)
            self._incoming = keys.next_server_application()
            if seen.key_updates > _MOST_KEY_UPDATES:
                self.end(Ended.FLOOD, f"more than {_MOST_KEY_UPDATES} KeyUpdates")
        else:
            raise MalformedMessage(f"handshake message {message.kind} after the handshake")

    # Helpers

    def _share(self, group: int) -> KeyShare:
        """Raises MalformedMessage where the server asks for a group that cannot be computed here."""
        if group in self._script.keys:
            return self._script.keys[group]
        row = named_group(group).row
        made = generate(row, self._ground.makers) if row is not None else None
        if made is None:
            raise MalformedMessage(f"a share of group 0x{group:04x} was asked for, which cannot be computed here")
        return made

    def _pass_over(self) -> None:
        """Counts a record that holds nothing."""
        self._idle += 1
        if self._idle > _MOST_IDLE:
            self.end(Ended.FLOOD, f"more than {_MOST_IDLE} records that hold nothing")

    def _leave(self, problem: str = "") -> None:
        self._outgoing.append(GOODBYE)
        self.end(Ended.OURS, problem)

    def _expect_boundary(self, message: str) -> None:
        if self._handshake.pending:
            raise MalformedMessage(f"handshake bytes after the {message}, in the same record")


def _listed_groups(hello: ClientHello) -> tuple[int, ...]:
    """What stands in supported_groups, however bent; none where it is missing."""
    data = next((data for kind, data in hello.extensions or () if kind == ExtensionType.SUPPORTED_GROUPS), b"")
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(2, len(data) - 1, 2))
