"""A server of DTLS without I/O that does as it is told: version 1.3 with X25519, or 1.2 with ECDHE, over one P-256 certificate.

For what no honest server can be made to send, for datagrams that get lost or come in another order, and for captures. It is
written with the codecs under test: that those are right is shown by the servers of other makers (dtls.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.demo.certificates import Identity
from pqscan.wire.builder import opaque8, opaque16, opaque24, uint16
from pqscan.wire.dtls.fragments import Reassembler, fragmented, fragments_in
from pqscan.wire.dtls.protection import Keys
from pqscan.wire.dtls.record import PlainRecord, plain_record, records_of
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.client_offer import read_client_offer
from pqscan.wire.tls.key_schedule import DTLS_LABELS, SUITES, handshake_secret
from pqscan.wire.tls.signature import signed_bytes
from pqscan.wire.tls.words import HELLO_RETRY_RANDOM, ContentType, ExtensionType, HandshakeType

SUITE_13, SUITE_12, X25519, P256_SHA256 = 0x1301, 0xC02B, 0x001D, 0x0403
DTLS13, DTLS12 = 0xFEFC, 0xFEFD
COOKIE = b"come again"
Bend = Callable[[int, bytes], bytes]
"""Handshake type and body; gives the body that is sent in its place."""


def extension(kind: int, data: bytes) -> bytes:
    return uint16(kind) + opaque16(data)


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + opaque24(body)


@dataclass(slots=True)
class ScriptedServer:
    """`receive` a datagram, send what it gives. `wants_cookie`: with HelloVerifyRequest before 1.3, else HelloRetryRequest.
    Where it `names_groups` not, its HelloRetryRequest is for the cookie alone, as dimpl's, and it says nothing without a share.
    `fragment_bytes` cuts its messages; `received` are the content types and versions of the records that came."""

    identity: Identity
    version: int = DTLS13
    wants_cookie: bool = True
    fragment_bytes: int = 1000
    names_groups: bool = True
    bend: Bend = lambda _kind, body: body
    received: list[tuple[int, int]] = field(default_factory=list)
    hellos: list[ClientHello] = field(default_factory=list)
    _incoming: Reassembler = field(default_factory=Reassembler)
    _record: int = 0
    _protected: int = 0
    _message: int = 0
    _transcript: bytes = b""
    _keys: Keys | None = None
    _last: list[bytes] = field(default_factory=list)

    def receive(self, datagram: bytes) -> list[bytes]:
        answers: list[bytes] = []
        for record in records_of(datagram):
            if not isinstance(record, PlainRecord):
                continue
            self.received.append((record.content_type, record.version))
            if record.content_type != ContentType.HANDSHAKE:
                continue
            for fragment in fragments_in(record.fragment):
                whole = self._incoming.feed(fragment)
                for each in whole:
                    self._last = self._answer(each)
                    answers += self._last
                if not whole and not self._incoming.news and not answers:
                    answers += self._last  # Our client says it again: so do we.
        return answers

    def _answer(self, said: bytes) -> list[bytes]:
        hello = ClientHello.decode(said, over_datagrams=True)
        self.hellos.append(hello)
        offer = read_client_offer(hello)
        if self.version == DTLS12:
            if self.wants_cookie and not hello.cookie:
                return [self._plain(HandshakeType.HELLO_VERIFY_REQUEST, uint16(0xFEFF) + opaque8(COOKIE))]
            return self._flight_12()
        share = _share_of(hello)
        self._transcript += said
        if share is None or (self.wants_cookie and len(self.hellos) == 1):
            if not self.names_groups and len(self.hellos) > 1:
                return []
            return [self._retry(said, None if X25519 in offer.share_groups or not self.names_groups else X25519)]
        return self._flight_13(share)

    def _retry(self, said: bytes, group: int | None) -> bytes:
        extensions = extension(ExtensionType.SUPPORTED_VERSIONS, uint16(DTLS13))
        if group is not None:
            extensions += extension(ExtensionType.KEY_SHARE, uint16(group))
        if self.wants_cookie:
            extensions += extension(ExtensionType.COOKIE, opaque16(COOKIE))
        sent = self._plain(HandshakeType.SERVER_HELLO, _server_hello(HELLO_RETRY_RANDOM, SUITE_13, extensions))
        digest = hashlib.sha256(said).digest()
        self._transcript = message(HandshakeType.MESSAGE_HASH, digest) + self._transcript[len(said) :]
        return sent

    def _flight_13(self, share: bytes) -> list[bytes]:
        own = x25519.X25519PrivateKey.generate()
        public = own.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        extensions = extension(ExtensionType.SUPPORTED_VERSIONS, uint16(DTLS13))
        extensions += extension(ExtensionType.KEY_SHARE, uint16(X25519) + opaque16(public))
        sent = [self._plain(HandshakeType.SERVER_HELLO, _server_hello(bytes(32), SUITE_13, extensions))]
        secret = handshake_secret("sha256", own.exchange(x25519.X25519PublicKey.from_public_bytes(share)), DTLS_LABELS)
        server = secret.derive(b"s hs traffic", self._digest())
        self._keys = Keys.of(SUITES[SUITE_13], server)
        certificates = b"".join(opaque24(der) + opaque16(b"") for der in self._chain)
        sent += self._sealed(HandshakeType.ENCRYPTED_EXTENSIONS, opaque16(b""))
        sent += self._sealed(HandshakeType.CERTIFICATE, opaque8(b"") + opaque24(certificates))
        assert isinstance(self.identity.key, ec.EllipticCurvePrivateKey)
        made = self.identity.key.sign(signed_bytes(self._digest()), ec.ECDSA(SHA256()))
        sent += self._sealed(HandshakeType.CERTIFICATE_VERIFY, uint16(P256_SHA256) + opaque16(made))
        sent += self._sealed(HandshakeType.FINISHED, server.finished_mac(self._digest()))
        return sent

    def _flight_12(self) -> list[bytes]:
        certificates = b"".join(map(opaque24, self._chain))
        point = x25519.X25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        exchange = b"\x03" + uint16(X25519) + opaque8(point) + uint16(P256_SHA256) + opaque16(bytes(70))
        return [
            self._plain(HandshakeType.SERVER_HELLO, _server_hello(bytes(range(32)), SUITE_12, b"")),
            self._plain(HandshakeType.CERTIFICATE, opaque24(certificates)),
            self._plain(HandshakeType.SERVER_KEY_EXCHANGE, exchange),
            self._plain(HandshakeType.SERVER_HELLO_DONE, b""),
        ]

    @property
    def _chain(self) -> list[bytes]:
        return [certificate.public_bytes(Encoding.DER) for certificate in self.identity.chain]

    def _digest(self) -> bytes:
        return hashlib.sha256(self._transcript).digest()

    def _next(self, kind: int, body: bytes) -> list[bytes]:
        whole = message(kind, self.bend(kind, body))
        self._transcript += message(kind, body)
        self._message += 1
        return [part.encode() for part in fragmented(whole, self._message - 1, self.fragment_bytes)]

    def _plain(self, kind: int, body: bytes) -> bytes:
        """One datagram, one record for each part."""
        datagram = b""
        for part in self._next(kind, body):
            datagram += plain_record(ContentType.HANDSHAKE, DTLS12, self._record, part)
            self._record += 1
        return datagram

    def _sealed(self, kind: int, body: bytes) -> list[bytes]:
        assert self._keys is not None
        found = []
        for part in self._next(kind, body):
            found.append(self._keys.seal(2, self._protected, ContentType.HANDSHAKE, part))
            self._protected += 1
        return found


def _server_hello(random: bytes, suite: int, extensions: bytes) -> bytes:
    return uint16(DTLS12) + random + opaque8(b"") + uint16(suite) + b"\x00" + opaque16(extensions)


def _share_of(hello: ClientHello) -> bytes | None:
    """The client's share of X25519; None where it has sent none."""
    data = dict(hello.extensions or ()).get(ExtensionType.KEY_SHARE, b"")
    place = data.find(uint16(X25519) + uint16(32))
    return data[place + 4 : place + 36] if place >= 0 else None
