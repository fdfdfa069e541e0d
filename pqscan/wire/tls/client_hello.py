"""The ClientHello (RFC 9846, section 4.2.2): written from an `Offer`, and read back for evidence and tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Self

from pqscan.wire import builder
from pqscan.wire.cursor import Cursor, uint16_values
from pqscan.wire.tls.record import encode_records
from pqscan.wire.tls.words import GREASE_VALUE, ContentType, ExtensionType, HandshakeType, Version

_EMPTY_RENEGOTIATION = b"\x00"
_PSK_DHE_KE = b"\x01\x01"
_UNCOMPRESSED = b"\x01\x00"
_PAD_TO = 512  # Some servers hang on hellos of 256 to 511 bytes (RFC 7685, section 4).
_MOST_REMEMBERED = 256  # hellos; about 2 kB each
_STUMBLING_REMAINDERS = (10, 14)  # Sizes modulo 256 that some servers do not answer (network probing, pitfall P7).


@dataclass(frozen=True, slots=True)
class KeyShareEntry:
    """One public share in a key_share extension (RFC 9846, section 4.3.8): any group, any bytes, as on the wire."""

    group: int
    key_exchange: bytes

    @classmethod
    def decode(cls, cursor: Cursor) -> Self:
        group = cursor.uint16("KeyShareEntry.group")
        return cls(group, cursor.opaque16("KeyShareEntry.key_exchange", least=1))

    def encode(self) -> bytes:
        return builder.uint16(self.group) + builder.opaque16(self.key_exchange)


@dataclass(frozen=True, slots=True)
class Offer:
    """What one hello asks for, in the order in which it is listed.

    `versions`: newest first; with TLS 1.3 among them the supported_versions extension is sent. `groups` and `schemes`
    empty: the extension is left out. `certificate_schemes` is what signatures inside certificates may use (RFC 9846,
    section 4.3.3): it stays full while `schemes` shrink, so that narrowing one list never refuses the chain.
    `size_bytes`: pad the handshake message to this size, so that a control has the shape of what it controls.
    """

    versions: tuple[Version, ...]
    cipher_suites: tuple[int, ...]
    groups: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    certificate_schemes: tuple[int, ...] = ()
    shares: tuple[KeyShareEntry, ...] = ()
    grease_share: bool = False  # A GREASE share only (RFC 8701): asks the server to name a group itself.
    server_name: str | None = None
    alpn: tuple[str, ...] = ()
    cookie: bytes = b""
    size_bytes: int = 0
    transport_parameters: bytes = b""  # of QUIC; empty over TCP
    over_datagrams: bool = False  # DTLS: its numbers for versions, and a field for the server's cookie

    @property
    def newest(self) -> Version:
        return max(self.versions)


@dataclass(frozen=True, slots=True)
class ClientHello:
    """A ClientHello as on the wire. `extensions` is None where the hello ends after the compression methods (SSLv3).

    `cookie` is the field that DTLS has behind the session id (RFC 6347, section 4.2.1; in version 1.3 it is empty, and cookies are
    an extension); None in TLS, which has no such field."""

    legacy_version: int
    random: bytes  # 32 bytes
    session_id: bytes  # 0 to 32 bytes
    cipher_suites: tuple[int, ...]
    compression_methods: bytes = b"\x00"
    extensions: tuple[tuple[int, bytes], ...] | None = field(default=())
    cookie: bytes | None = None

    def encode(self) -> bytes:
        """The handshake message with its four-byte header."""
        body = (
            builder.uint16(self.legacy_version)
            + self.random
            + builder.opaque8(self.session_id)
            + (b"" if self.cookie is None else builder.opaque8(self.cookie))
            + _after_session_id(self.cipher_suites, self.compression_methods, self.extensions)
        )
        return bytes((HandshakeType.CLIENT_HELLO,)) + builder.opaque24(body)

    @classmethod
    def decode(cls, message: bytes, *, over_datagrams: bool = False) -> Self:
        """From a whole handshake message, with the header that TLS has. Raises MalformedMessage."""
        cursor = Cursor(message)
        kind = cursor.uint8("msg_type")
        body = Cursor(cursor.opaque24("ClientHello"))
        cursor.finish("ClientHello")
        if kind != HandshakeType.CLIENT_HELLO:
            body.take(body.remaining + 1, "ClientHello.msg_type")
        version = body.uint16("legacy_version")
        random = body.take(32, "random")
        session_id = body.opaque8("legacy_session_id", most=32)
        cookie = body.opaque8("legacy_cookie") if over_datagrams else None
        suites = uint16_values(body.opaque16("cipher_suites", least=2), "cipher_suites")
        compression = body.opaque8("legacy_compression_methods", least=1)
        extensions = decode_extensions(body, "ClientHello") if body.remaining else None
        body.finish("ClientHello")
        return cls(version, random, session_id, suites, compression, extensions, cookie)

    def with_extension(self, kind: int, data: bytes) -> ClientHello:
        """The same hello with one extension replaced, or put before the last where it was not there."""
        extensions = self.extensions or ()
        if any(existing == kind for existing, _ in extensions):
            changed = tuple((k, data if k == kind else d) for k, d in extensions)
        else:
            changed = (*extensions[:-1], (kind, data), *extensions[-1:])
        return replace(self, extensions=changed)


@lru_cache(maxsize=_MOST_REMEMBERED)
def _after_session_id(suites: tuple[int, ...], compression: bytes, extensions: tuple[tuple[int, bytes], ...] | None) -> bytes:
    """What hellos that ask for the same have in common on the wire: all but random and session id."""
    body = builder.uint16_list(suites) + builder.opaque8(compression)
    if extensions is not None:
        body += builder.opaque16(b"".join(builder.uint16(kind) + builder.opaque16(data) for kind, data in extensions))
    return body


def decode_extensions(cursor: Cursor, what: str) -> tuple[tuple[int, bytes], ...]:
    """A vector of extensions (RFC 9846, section 4.3), kept raw and in order. Raises MalformedMessage."""
    inner = Cursor(cursor.opaque16(f"{what}.extensions"))
    found: list[tuple[int, bytes]] = []
    while inner.remaining:
        kind = inner.uint16(f"{what}.extension_type")
        found.append((kind, inner.opaque16(f"{what}.extension_data")))
    return tuple(found)


def client_hello(offer: Offer, random: bytes, session_id: bytes) -> ClientHello:
    """The hello that asks for what `offer` lists. `random` has 32 bytes, `session_id` 32 or none."""
    made = _template(offer, len(session_id))
    return ClientHello(
        made.legacy_version, random, session_id, made.cipher_suites, made.compression_methods, made.extensions, made.cookie
    )


@lru_cache(maxsize=_MOST_REMEMBERED)
def _template(offer: Offer, session_id_bytes: int) -> ClientHello:
    """The hello with zeros for random and session id: thousands of targets are asked for the same, one after another."""
    random, session_id = bytes(32), bytes(session_id_bytes)
    newest = offer.newest
    if newest == Version.SSL3:
        return ClientHello(Version.SSL3, random, session_id, offer.cipher_suites, extensions=None)
    modern = newest >= Version.TLS13
    hello = ClientHello(
        legacy_version=_number(offer, min(newest, Version.TLS12)),
        random=random,
        session_id=session_id,
        cipher_suites=offer.cipher_suites,
        extensions=tuple(_extensions(offer, modern)),
        cookie=b"" if offer.over_datagrams else None,
    )
    return _padded(hello, offer.size_bytes)


def _number(offer: Offer, version: Version) -> int:
    return (version.datagram_number or version) if offer.over_datagrams else version


def _extensions(offer: Offer, modern: bool) -> list[tuple[int, bytes]]:
    kinds = ExtensionType
    found: list[tuple[int, bytes]] = []
    if offer.server_name is not None:
        name = builder.opaque16(offer.server_name.encode("ascii"))
        found.append((kinds.SERVER_NAME, builder.opaque16(b"\x00" + name)))
    if min(offer.versions) < Version.TLS13:
        found.append((kinds.EXTENDED_MASTER_SECRET, b""))
        found.append((kinds.RENEGOTIATION_INFO, _EMPTY_RENEGOTIATION))
        found.append((kinds.EC_POINT_FORMATS, _UNCOMPRESSED))
    if offer.groups:
        grease = (GREASE_VALUE,) if modern and offer.grease_share else ()
        found.append((kinds.SUPPORTED_GROUPS, builder.uint16_list(grease + offer.groups)))
    if offer.alpn:
        names = b"".join(builder.opaque8(name.encode("ascii")) for name in offer.alpn)
        found.append((kinds.ALPN, builder.opaque16(names)))
    if offer.schemes:
        found.append((kinds.SIGNATURE_ALGORITHMS, builder.uint16_list(offer.schemes)))
    if offer.certificate_schemes and offer.certificate_schemes != offer.schemes:
        found.append((kinds.SIGNATURE_ALGORITHMS_CERT, builder.uint16_list(offer.certificate_schemes)))
    if modern:
        versions = [_number(offer, version) for version in offer.versions]
        found.append((kinds.PSK_KEY_EXCHANGE_MODES, _PSK_DHE_KE))
        found.append((kinds.SUPPORTED_VERSIONS, builder.opaque8(builder.uint16_values(versions))))
        if offer.cookie:
            found.append((kinds.COOKIE, builder.opaque16(offer.cookie)))
        if offer.transport_parameters:
            found.append((kinds.QUIC_TRANSPORT_PARAMETERS, offer.transport_parameters))
        shares = b"\x1a\x1a\x00\x01\x00" if offer.grease_share else b""
        shares += b"".join(share.encode() for share in offer.shares)
        found.append((kinds.KEY_SHARE, builder.opaque16(shares)))
    elif not found[-1][1]:
        found.reverse()  # An empty extension at the very end makes some servers hang.
    return found


def _padded(hello: ClientHello, size_bytes: int) -> ClientHello:
    """Padding (RFC 7685) up to `size_bytes`, and past the lengths that old servers stumble over."""
    size = len(hello.encode())
    wanted = max(size, size_bytes)
    if 256 <= wanted < _PAD_TO:
        wanted = _PAD_TO
    if wanted == size and size % 256 not in _STUMBLING_REMAINDERS:
        return hello
    wanted = max(wanted, size + 5)  # The extension's header and one byte: none may be empty at the end.
    if wanted % 256 in _STUMBLING_REMAINDERS:
        wanted += 5
    padding = (int(ExtensionType.PADDING), bytes(wanted - size - 4))
    extensions = hello.extensions or ()
    return replace(hello, extensions=(*extensions[:-1], padding, *extensions[-1:]))


def second_hello(first: ClientHello, share: KeyShareEntry | None, cookie: bytes | None) -> ClientHello:
    """The hello that answers a HelloRetryRequest: the first with one share and the cookie (RFC 9846, section 4.2.2).

    Without `share` the first shares stay: the server only wanted its cookie back."""
    hello = first
    if share is not None:
        hello = hello.with_extension(ExtensionType.KEY_SHARE, builder.opaque16(share.encode()))
    if cookie is not None:
        hello = hello.with_extension(ExtensionType.COOKIE, builder.opaque16(cookie))
    # Padding may change or go (RFC 9846, section 4.2.2); what was padded for size need not be so a second time.
    kept = tuple((kind, data) for kind, data in hello.extensions or () if kind != ExtensionType.PADDING)
    return replace(hello, extensions=kept)


def hello_record(hello: ClientHello, *, second: bool = False) -> bytes:
    """In one record, or as many as a large cookie needs: version 0x0301 for a first hello, 0x0303 for the second, where Go
    insists on it."""
    version = Version.TLS12 if second else min(hello.legacy_version, Version.TLS10)
    return encode_records(ContentType.HANDSHAKE, version, hello.encode())
