"""What follows a ServerHello: the protected flight of TLS 1.3 (RFC 9846, sections 4.4 and 4.5) or the plain one of older versions.

Both fill an `Answer` and raise MalformedMessage only. The protected flight is strict about order; the plain one takes what
old servers send in whatever order, because nothing secret hangs on it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import opaque24
from pqscan.wire.tls import messages, signature
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.key_schedule import TLS_LABELS, Protection, Secret, SuiteSecrets, handshake_secret
from pqscan.wire.tls.messages import CertificateRequest, CertificateVerify, HandshakeMessage, ServerKeyExchange
from pqscan.wire.tls.record import Record, encode_records
from pqscan.wire.tls.words import ContentType, HandshakeType, Version

_CHANGE_CIPHER_SPEC = encode_records(ContentType.CHANGE_CIPHER_SPEC, Version.TLS12, b"\x01")
_CLOSE_NOTIFY = b"\x01\x00"

SignatureCheck = Callable[[bytes, int, bytes, bytes], bool | None]
"""Leaf (DER), scheme, signature, transcript hash: see `signature.verifies`."""

_ORDER = (
    HandshakeType.ENCRYPTED_EXTENSIONS,
    HandshakeType.CERTIFICATE_REQUEST,
    HandshakeType.CERTIFICATE,
    HandshakeType.CERTIFICATE_VERIFY,
)


class ProtectedFlight:
    """EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify, Finished under handshake traffic keys."""

    __slots__ = (
        "_check_signature", "_client_secret", "_hash", "_incoming", "_place", "_request_context", "_secret", "_server_secret",
        "_suite",
    )  # fmt: skip

    def __init__(
        self,
        suite: SuiteSecrets,
        shared_secret: bytes,
        transcript: bytes,
        check_signature: SignatureCheck = signature.verifies,
        labels: bytes = TLS_LABELS,
    ) -> None:
        """`transcript` is every handshake message up to and with the ServerHello."""
        name = suite.hash_name
        self._check_signature = check_signature
        self._suite = suite
        self._hash = hashlib.new(name, transcript)
        self._secret = handshake_secret(name, shared_secret, labels)
        digest = self._hash.digest()
        self._server_secret = self._secret.derive(b"s hs traffic", digest)
        self._client_secret = self._secret.derive(b"c hs traffic", digest)
        self._incoming = Protection(suite, self._server_secret)
        self._place = -1
        self._request_context: bytes | None = None

    @property
    def suite(self) -> SuiteSecrets:
        return self._suite

    @property
    def traffic_secrets(self) -> tuple[Secret, Secret]:
        """The client's and the server's, for who protects the handshake otherwise than in records."""
        return self._client_secret, self._server_secret

    @property
    def finished_bytes(self) -> int:
        """The size of a Finished message with its header."""
        return 4 + self._hash.digest_size

    def open(self, record: Record) -> tuple[int, bytes]:
        """Content type and plaintext of one protected record."""
        if record.content_type != ContentType.APPLICATION_DATA:
            raise MalformedMessage(f"an unprotected record of type {record.content_type} after the server hello")
        return self._incoming.open(record.header, record.fragment)

    def take(self, message: HandshakeMessage, answer: Answer) -> bool:
        """True when this was the Finished, and it verified."""
        kind = message.kind
        if kind == HandshakeType.FINISHED:
            self._verify_finished(message.body, answer)
            self._hash.update(message.encoded)
            return True
        if kind not in _ORDER or _ORDER.index(kind) <= self._place:
            raise MalformedMessage(f"handshake message {kind} out of place inside a TLS 1.3 server flight")
        self._place = _ORDER.index(kind)
        if kind == HandshakeType.ENCRYPTED_EXTENSIONS:
            answer.alpn = messages.alpn_protocol(messages.decode_encrypted_extensions(message.body))
            answer.client_certificate_requested = False
        elif kind == HandshakeType.CERTIFICATE_REQUEST:
            CertificateRequest.decode_13(message.body)
            self._request_context = message.body[1 : 1 + message.body[0]]
            answer.client_certificate_requested = True
        elif kind == HandshakeType.CERTIFICATE:
            answer.certificates = messages.decode_certificate_13(message.body)
        else:
            verify = CertificateVerify.decode(message.body)
            leaf = answer.certificates[0] if answer.certificates else b""
            if self._check_signature(leaf, verify.scheme, verify.signature, self._hash.digest()) is False:
                raise MalformedMessage(f"the CertificateVerify (0x{verify.scheme:04x}) is no signature of the certificate's key")
            answer.scheme = verify.scheme
        self._hash.update(message.encoded)
        return False

    def _verify_finished(self, verify_data: bytes, answer: Answer) -> None:
        if answer.client_certificate_requested is None:
            raise MalformedMessage("Finished without EncryptedExtensions")
        if answer.scheme is None or not answer.certificates:
            # No pre-shared key was offered, so nothing else can authenticate (RFC 9846, section 4.5.1).
            raise MalformedMessage("Finished without Certificate and CertificateVerify")
        expected = self._server_secret.finished_mac(self._hash.digest())
        if not hmac.compare_digest(verify_data, expected):
            raise MalformedMessage("the server's Finished does not verify")

    def goodbye(self, *, compatible: bool) -> bytes:
        """Our end of the handshake and a close_notify: an empty Certificate where one was asked for, Finished, alert."""
        with_server_finished = self._hash.digest()
        finish = self.finish(compatible=compatible)
        application = Protection(self._suite, self._secret.main_secret().derive(b"c ap traffic", with_server_finished))
        return finish + application.seal(ContentType.ALERT, _CLOSE_NOTIFY)

    def finish(self, *, compatible: bool) -> bytes:
        """Our end of the handshake alone: an empty Certificate where one was asked for, and Finished."""
        outgoing = Protection(self._suite, self._client_secret)
        return (_CHANGE_CIPHER_SPEC if compatible else b"") + outgoing.seal(ContentType.HANDSHAKE, self.finish_messages())

    def finish_messages(self) -> bytes:
        """The same messages, not protected. To be asked once, as they go into the transcript."""
        flight = b""
        if self._request_context is not None:
            body = bytes((len(self._request_context),)) + self._request_context + b"\x00\x00\x00"
            certificate = bytes((HandshakeType.CERTIFICATE,)) + opaque24(body)
            self._hash.update(certificate)
            flight += certificate
        mac = self._client_secret.finished_mac(self._hash.digest())
        return flight + bytes((HandshakeType.FINISHED,)) + opaque24(mac)

    def application_traffic(self) -> ApplicationTraffic:
        """Both directions after the handshake. To be asked once the server's Finished verified, and before `finish`."""
        ours, theirs = self.application_secrets()
        return ApplicationTraffic(TrafficKeys(self._suite, ours), TrafficKeys(self._suite, theirs))

    def application_secrets(self) -> tuple[Secret, Secret]:
        """The client's and the server's behind the same moment, for who protects application data otherwise than in records."""
        main, digest = self._secret.main_secret(), self._hash.digest()
        return main.derive(b"c ap traffic", digest), main.derive(b"s ap traffic", digest)


class TrafficKeys:
    """The keys of one direction of application data, which may change on the way (RFC 9846, section 7.2)."""

    __slots__ = ("_protection", "_secret", "_suite")

    def __init__(self, suite: SuiteSecrets, secret: Secret) -> None:
        self._suite = suite
        self._secret = secret
        self._protection = Protection(suite, secret)

    def open(self, record: Record) -> tuple[int, bytes]:
        """Inner content type and plaintext of a record. Raises MalformedMessage where it does not authenticate."""
        return self._protection.open(record.header, record.fragment)

    def seal(self, content_type: int, payload: bytes) -> bytes:
        """One protected record."""
        return self._protection.seal(content_type, payload)

    def update(self) -> None:
        """The next generation of keys, as a KeyUpdate asks for (RFC 9846, section 7.2)."""
        self._secret = self._secret.derive(b"traffic upd", b"")
        self._protection = Protection(self._suite, self._secret)


@dataclass(frozen=True, slots=True)
class ApplicationTraffic:
    """What we send with, and what we open with."""

    outgoing: TrafficKeys
    incoming: TrafficKeys


class PlainFlight:
    """Certificate, CertificateStatus, ServerKeyExchange, CertificateRequest, ServerHelloDone, all in the clear."""

    __slots__ = ("_has_hint", "_key_exchange", "_version")

    def __init__(self, version: Version, key_exchange: str, authentication: str = "") -> None:
        """`key_exchange` and `authentication` as the registry's row of the chosen suite spells them; empty where the suite is
        not listed."""
        self._version = version
        self._key_exchange = key_exchange
        self._has_hint = authentication == "PSK"

    def take(self, message: HandshakeMessage, answer: Answer) -> bool:
        """True when this was ServerHelloDone."""
        kind = message.kind
        if kind == HandshakeType.SERVER_HELLO_DONE:
            if answer.client_certificate_requested is None:
                answer.client_certificate_requested = False
            return True
        if kind == HandshakeType.CERTIFICATE:
            answer.certificates = messages.decode_certificate_12(message.body)
        elif kind == HandshakeType.SERVER_KEY_EXCHANGE:
            self._take_key_exchange(message.body, answer)
        elif kind == HandshakeType.CERTIFICATE_REQUEST:
            CertificateRequest.decode_12(message.body, has_schemes=self._version >= Version.TLS12)
            answer.client_certificate_requested = True
        elif kind not in (HandshakeType.CERTIFICATE_STATUS, HandshakeType.NEW_SESSION_TICKET):
            raise MalformedMessage(f"handshake message {kind} inside a {self._version.label} server flight")
        return False

    def _take_key_exchange(self, body: bytes, answer: Answer) -> None:
        if self._key_exchange not in ("ECDHE", "DHE"):
            return  # PSK hints, SRP and the like: nothing in them is a public fact that we keep.
        has_scheme = self._version >= Version.TLS12
        exchange = ServerKeyExchange.decode(body, self._key_exchange, has_scheme=has_scheme, has_hint=self._has_hint)
        answer.group = exchange.group
        answer.scheme = exchange.scheme
        answer.explicit_curve_bits = exchange.explicit_curve_bits
        if exchange.prime is not None:
            prime = exchange.prime.lstrip(b"\x00")
            answer.prime_bits = int.from_bytes(prime, "big").bit_length()
            answer.prime_sha256 = hashlib.sha256(prime).digest()
