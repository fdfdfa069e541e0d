"""The server's side of one TLS 1.3 connection without I/O (RFC 9846): hello, retry, flight, application data, orderly end.

Written to be right where a client is wrong: every refusal carries the alert that the standard asks for. Each step is a method
of its own, so that a server with one fault replaces one. No session tickets, no client certificates, no 0-RTT; loopback only.
"""

from __future__ import annotations

import hashlib
import hmac

from pqscan.errors import MalformedMessage
from pqscan.harness.tls.encapsulation import can_encapsulate, encapsulate
from pqscan.harness.tls.keys import ConnectionKeys
from pqscan.harness.tls.offered import Offered, check_hello, check_second, read_offer
from pqscan.harness.tls.records import Messages, Records, Refusal, framed
from pqscan.harness.tls.server_settings import ServerOutcome, ServerSettings, Waiting
from pqscan.registry.tls import named_group
from pqscan.wire import builder
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.key_schedule import SUITES, Protection, Secret
from pqscan.wire.tls.record import MOST_PLAINTEXT, encode_records
from pqscan.wire.tls.words import HELLO_RETRY_RANDOM, AlertDescription, ContentType, ExtensionType, HandshakeType, Version

BEFORE_SIGNED = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00"
_COMPATIBILITY = encode_records(ContentType.CHANGE_CIPHER_SPEC, Version.TLS12, b"\x01")
_MOST_KEY_UPDATES = 64


class ServerConversation:
    """Feed it what the client sends with `receive`; send what `bytes_to_send` gives; close when `finished`.

    No bytes of a client make it raise anything: `outcome` says what happened."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.outcome = ServerOutcome()
        self.waiting = Waiting.HELLO
        self.records = Records()
        self.messages = Messages()
        self.first: ClientHello | None = None
        self.hello: ClientHello | None = None
        self.retry_group: int | None = None
        self.transcript = b""
        self._outgoing = bytearray()
        self._sending: Protection | None = None
        self._keys: ConnectionKeys | None = None
        self._key_updates = 0

    @property
    def keys(self) -> ConnectionKeys:
        """Raises Refusal before the ServerHello."""
        if self._keys is None:
            raise Refusal(AlertDescription.INTERNAL_ERROR, "there are no keys yet")
        return self._keys

    @property
    def finished(self) -> bool:
        """Nothing more will be sent: close once `bytes_to_send` is out."""
        return self.waiting is Waiting.NOTHING

    def bytes_to_send(self) -> bytes:
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def peer_closed(self) -> None:
        """The client ended the connection."""
        self.waiting = Waiting.NOTHING

    def receive(self, data: bytes) -> None:
        """Take in bytes from the client."""
        if self.finished:
            return
        try:
            for kind, content in self.records.feed(data):
                self.take_record(kind, content)
                if self.finished:
                    return
        except Refusal as error:
            self.refuse(error.alert, str(error))
        except MalformedMessage as error:
            self.refuse(AlertDescription.DECODE_ERROR, str(error))

    # Records

    def take_record(self, kind: int, content: bytes) -> None:
        """One record, opened. Raises Refusal, MalformedMessage."""
        if kind != ContentType.HANDSHAKE and self.messages.pending:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, "a handshake message interleaved with another record")
        if kind == ContentType.ALERT:
            self.take_alert(content)
        elif kind == ContentType.APPLICATION_DATA:
            self.take_application_data(content)
        else:
            for message in self.messages.feed(content):
                self.take_message(message)
                if self.finished:
                    return

    def take_alert(self, content: bytes) -> None:
        """RFC 9846, section 6: close_notify and user_canceled end in order, every other alert at once."""
        if len(content) != 2:
            raise Refusal(AlertDescription.DECODE_ERROR, f"an alert of {len(content)} bytes")
        if content[1] == AlertDescription.USER_CANCELED:
            return
        self.outcome.alert_received = content[1]
        if content[1] == AlertDescription.CLOSE_NOTIFY:
            self.outcome.client_closed_in_order = True
            self.close()
        self.waiting = Waiting.NOTHING

    def take_message(self, message: bytes) -> None:
        """One whole handshake message. Raises Refusal, MalformedMessage."""
        kind = message[0]
        if self.waiting is Waiting.HELLO and kind == HandshakeType.CLIENT_HELLO:
            self.take_hello(message)
        elif self.waiting is Waiting.SECOND_HELLO and kind == HandshakeType.CLIENT_HELLO:
            self.take_second_hello(message)
        elif self.waiting is Waiting.FINISHED and kind == HandshakeType.FINISHED:
            self.take_finished(message)
        elif self.waiting is Waiting.DATA and kind == HandshakeType.KEY_UPDATE:
            self.take_key_update(message[4:])
        else:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, f"handshake message {kind} while waiting for {self.waiting.name}")

    # Hellos

    def take_hello(self, message: bytes) -> None:
        """The first hello: either what it takes is there, or a HelloRetryRequest asks for it."""
        self.first = self.hello = hello = ClientHello.decode(message)
        self.records.may_be_compatible = True
        self._expect_boundary("ClientHello")
        offered = read_offer(hello)
        self.check_hello(hello, offered)
        self.check_scheme(offered)
        suite = self.choose_suite(hello)
        group = self.choose_group(offered)
        if offered.share(group) is None or self.settings.always_retry:
            self.retry(message, offered, suite, group)
        else:
            self.transcript = message
            self.answer(hello, offered, suite, group)

    def take_second_hello(self, message: bytes) -> None:
        """The hello that answers our HelloRetryRequest."""
        hello = ClientHello.decode(message)
        self._expect_boundary("ClientHello")
        offered = read_offer(hello)
        self.check_hello(hello, offered)
        self.check_second(self.first or hello, hello)
        self.hello = hello
        suite = self.choose_suite(hello)
        group = self.retry_group if self.retry_group is not None else self.choose_group(offered)
        self.transcript += message
        self.answer(hello, offered, suite, group)

    def check_hello(self, hello: ClientHello, offered: Offered) -> None:
        """Raises Refusal."""
        check_hello(hello, offered)

    def check_second(self, first: ClientHello, second: ClientHello) -> None:
        """Raises Refusal."""
        check_second(first, second, self.retry_group, self.settings.cookie or None)

    def choose_suite(self, hello: ClientHello) -> int:
        """Ours that the client lists. Raises Refusal."""
        for suite in self.settings.suites:
            if suite in hello.cipher_suites:
                return suite
        raise Refusal(AlertDescription.HANDSHAKE_FAILURE, "no cipher suite in common")

    def choose_group(self, offered: Offered) -> int:
        """Ours that the client lists, with or without a share. Raises Refusal."""
        common = [group for group in self._computable() if group in (offered.groups or ())]
        if not common:
            raise Refusal(AlertDescription.HANDSHAKE_FAILURE, "no group in common")
        if self.settings.prefers_offered_share:
            return next((group for group in common if offered.share(group) is not None), common[0])
        return common[0]

    def retry(self, message: bytes, offered: Offered, suite: int, group: int) -> None:
        """Sends a HelloRetryRequest: for a share of `group` where none is there, and with the cookie where there is one."""
        self.outcome.retried = True
        self.retry_group = None if offered.share(group) is not None else group
        self.waiting = Waiting.SECOND_HELLO
        digest = hashlib.new(SUITES[suite].hash_name, message).digest()
        request = self.hello_retry_request(suite)
        self.transcript = framed(HandshakeType.MESSAGE_HASH, digest) + request
        self.send_plain(request)
        if self.hello is not None and self.hello.session_id:
            self._outgoing += _COMPATIBILITY

    def hello_retry_request(self, suite: int) -> bytes:
        """The message (RFC 9846, section 4.2.4)."""
        extensions = [(int(ExtensionType.SUPPORTED_VERSIONS), builder.uint16(Version.TLS13))]
        if self.retry_group is not None:
            extensions.append((ExtensionType.KEY_SHARE, builder.uint16(self.retry_group)))
        if self.settings.cookie:
            extensions.append((ExtensionType.COOKIE, builder.opaque16(self.settings.cookie)))
        return self._server_hello(HELLO_RETRY_RANDOM, suite, extensions)

    # Our flight

    def answer(self, hello: ClientHello, offered: Offered, suite: int, group: int) -> None:
        """ServerHello to Finished. Raises Refusal where the share does not do."""
        entry = offered.share(group)
        if entry is None:
            raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "no share of the group")
        self.outcome.group, self.outcome.cipher_suite = group, suite
        share, secret = self.key_agreement(entry)
        message = self.server_hello(suite, KeyShareEntry(group, share))
        self.transcript += message
        self.send_plain(message)
        if hello.session_id:
            self._outgoing += _COMPATIBILITY
        self._keys = keys = ConnectionKeys(SUITES[suite], secret, self.transcript)
        self._sending = keys.protection(keys.server_handshake)
        self.records.incoming = keys.protection(keys.client_handshake)
        self.send_handshake(self.encrypted_extensions(offered))
        self.send_handshake(self.certificate())
        self.send_handshake(self.certificate_verify(keys.digest(self.transcript)))
        verify_data = self.finished_data(keys.server_handshake, keys.digest(self.transcript))
        self.send_handshake(framed(HandshakeType.FINISHED, verify_data))
        keys.turn_to_application(self.transcript)
        self._sending = keys.protection(keys.server_application)
        self.waiting = Waiting.FINISHED

    def check_scheme(self, offered: Offered) -> None:
        """Raises Refusal where the client does not take our signature scheme."""
        if self.settings.identity.scheme not in (offered.schemes or ()):
            raise Refusal(AlertDescription.HANDSHAKE_FAILURE, "no signature scheme in common")

    def key_agreement(self, entry: KeyShareEntry) -> tuple[bytes, bytes]:
        """Our share and the secret. Raises Refusal where the client's share is not valid (RFC 10024)."""
        group = named_group(entry.group).rows[0]  # `choose_group` gives only what can be computed.
        try:
            return encapsulate(group, entry.key_exchange, self.settings.encapsulators)
        except ValueError as error:
            raise Refusal(AlertDescription.ILLEGAL_PARAMETER, f"the share: {error}") from error

    def server_random(self) -> bytes:
        return self.settings.randomness(32)

    def server_hello(self, suite: int, share: KeyShareEntry) -> bytes:
        """The message (RFC 9846, section 4.2.3)."""
        versions = (int(ExtensionType.SUPPORTED_VERSIONS), builder.uint16(Version.TLS13))
        return self._server_hello(self.server_random(), suite, [versions, (ExtensionType.KEY_SHARE, share.encode())])

    def session_id_echo(self) -> bytes:
        return self.hello.session_id if self.hello is not None else b""

    def encrypted_extensions(self, offered: Offered) -> bytes:
        return framed(HandshakeType.ENCRYPTED_EXTENSIONS, builder.opaque16(b""))

    def certificate(self) -> bytes:
        entries = b"".join(builder.opaque24(der) + builder.opaque16(b"") for der in self.settings.identity.chain)
        return framed(HandshakeType.CERTIFICATE, b"\x00" + builder.opaque24(entries))

    def certificate_verify(self, transcript_hash: bytes) -> bytes:
        """RFC 9846, section 4.5.2."""
        signature = self.settings.identity.sign(BEFORE_SIGNED + transcript_hash)
        body = builder.uint16(self.settings.identity.scheme) + builder.opaque16(signature)
        return framed(HandshakeType.CERTIFICATE_VERIFY, body)

    def finished_data(self, secret: Secret, transcript_hash: bytes) -> bytes:
        """verify_data of our Finished."""
        return secret.finished_mac(transcript_hash)

    # After it

    def take_finished(self, message: bytes) -> None:
        """The client's Finished (RFC 9846, section 4.5.3). Raises Refusal."""
        self._expect_boundary("Finished")
        keys = self.keys
        self.check_client_finished(message[4:], keys.client_handshake.finished_mac(keys.digest(self.transcript)))
        self.records.incoming = keys.protection(keys.client_application)
        self.records.may_be_compatible = False
        self.outcome.established = True
        self.waiting = Waiting.DATA

    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        """Raises Refusal."""
        if len(verify_data) != len(expected):
            raise Refusal(AlertDescription.DECODE_ERROR, f"a Finished of {len(verify_data)} bytes")
        if not hmac.compare_digest(verify_data, expected):
            raise Refusal(AlertDescription.DECRYPT_ERROR, "the client's Finished does not verify")

    def take_application_data(self, content: bytes) -> None:
        """Answers each record that holds something. Raises Refusal before the client's Finished."""
        if self.waiting is not Waiting.DATA:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, "application data before the handshake was through")
        self.outcome.application_bytes += len(content)
        if content:
            self.send_protected(ContentType.APPLICATION_DATA, self.settings.response)

    def take_key_update(self, body: bytes) -> None:
        """RFC 9846, section 4.7.3. Raises Refusal."""
        self._expect_boundary("KeyUpdate")
        if len(body) != 1:
            raise Refusal(AlertDescription.DECODE_ERROR, f"a KeyUpdate of {len(body)} bytes")
        if body[0] > 1:
            raise Refusal(AlertDescription.ILLEGAL_PARAMETER, f"KeyUpdate {body[0]}")
        self._key_updates += 1
        if self._key_updates > _MOST_KEY_UPDATES:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, "too many KeyUpdates")
        self.records.incoming = self.keys.next_client_application()
        if body[0]:
            self.send_protected(ContentType.HANDSHAKE, framed(HandshakeType.KEY_UPDATE, b"\x00"))
            self._sending = self.keys.next_server_application()

    def close(self) -> None:
        """Our close_notify, the last that is sent."""
        self.send_alert(1, AlertDescription.CLOSE_NOTIFY)
        self.waiting = Waiting.NOTHING

    def refuse(self, alert: AlertDescription, why: str) -> None:
        """A fatal alert, the last that is sent."""
        self.outcome.alert_sent, self.outcome.why = alert, why
        self.send_alert(2, alert)
        self.waiting = Waiting.NOTHING

    # Sending

    def send_plain(self, message: bytes) -> None:
        self._outgoing += encode_records(ContentType.HANDSHAKE, Version.TLS12, message)

    def send_handshake(self, message: bytes) -> None:
        """A protected message that enters the transcript."""
        self.transcript += message
        self.send_protected(ContentType.HANDSHAKE, message)

    def send_protected(self, kind: int, content: bytes) -> None:
        if self._sending is None:
            return
        for start in range(0, max(1, len(content)), MOST_PLAINTEXT):
            self._outgoing += self._sending.seal(kind, content[start : start + MOST_PLAINTEXT])

    def send_alert(self, level: int, alert: int) -> None:
        if self._sending is None:
            self._outgoing += encode_records(ContentType.ALERT, Version.TLS12, bytes((level, alert)))
        else:
            self.send_protected(ContentType.ALERT, bytes((level, alert)))

    def _server_hello(self, random: bytes, suite: int, extensions: list[tuple[int, bytes]]) -> bytes:
        body = builder.uint16(Version.TLS12) + random + builder.opaque8(self.session_id_echo()) + builder.uint16(suite) + b"\x00"
        body += builder.opaque16(b"".join(builder.uint16(kind) + builder.opaque16(data) for kind, data in extensions))
        return framed(HandshakeType.SERVER_HELLO, body)

    def _computable(self) -> list[int]:
        rows = ((group, named_group(group).row) for group in self.settings.groups)
        return [group for group, row in rows if row is not None and can_encapsulate(row, self.settings.encapsulators)]

    def _expect_boundary(self, message: str) -> None:
        """Keys change after `message`: nothing may follow it in its record (RFC 9846, section 5.1)."""
        if self.messages.pending:
            raise Refusal(AlertDescription.UNEXPECTED_MESSAGE, f"handshake bytes after the {message}, in the same record")
