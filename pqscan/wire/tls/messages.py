"""The server's handshake messages as values (RFC 9846, section 4; RFC 5246, section 7.4; RFC 8422, section 5.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor, uint16_values
from pqscan.wire.tls.client_hello import KeyShareEntry, decode_extensions
from pqscan.wire.tls.words import HELLO_RETRY_RANDOM, ExtensionType, HandshakeType

MOST_HANDSHAKE_BYTES = 1 << 19  # A chain of ten SLH-DSA certificates fits; a flood does not.


@dataclass(frozen=True, slots=True)
class HandshakeMessage:
    """One message with its four-byte header in `encoded`, because transcripts hash that."""

    kind: int
    body: bytes
    encoded: bytes


class HandshakeReader:
    """Joins fragments into handshake messages, which may span records and share them. Raises MalformedMessage for more
    than `MOST_HANDSHAKE_BYTES` in one message or altogether."""

    __slots__ = ("_buffer", "_total")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._total = 0

    @property
    def pending(self) -> int:
        return len(self._buffer)

    def feed(self, fragment: bytes) -> Iterator[HandshakeMessage]:
        """The messages that are whole now, one at a time: what comes before a bad one is given before the error is raised."""
        self._total += len(fragment)
        if self._total > MOST_HANDSHAKE_BYTES:
            raise MalformedMessage(f"handshake: more than {MOST_HANDSHAKE_BYTES} bytes")
        self._buffer += fragment
        return self._whole_messages()

    def _whole_messages(self) -> Iterator[HandshakeMessage]:
        buffer = self._buffer
        while len(buffer) >= 4:
            size = int.from_bytes(buffer[1:4], "big")
            if size > MOST_HANDSHAKE_BYTES:
                raise MalformedMessage(f"handshake message of {size} bytes, most are {MOST_HANDSHAKE_BYTES}")
            end = 4 + size
            if len(buffer) < end:
                return
            encoded = bytes(buffer[:end])
            del buffer[:end]
            yield HandshakeMessage(encoded[0], encoded[4:], encoded)


@dataclass(frozen=True, slots=True)
class Alert:
    """`fatal` as the level says; `description` as received, listed or not (RFC 9846, section 6)."""

    fatal: bool
    description: int

    @classmethod
    def decode(cls, fragment: bytes) -> Self:
        cursor = Cursor(fragment)
        level = cursor.uint8("Alert.level")
        description = cursor.uint8("Alert.description")
        cursor.finish("Alert")
        return cls(level != 1, description)


@dataclass(frozen=True, slots=True)
class ServerHello:
    """A ServerHello or, where `is_hello_retry`, a HelloRetryRequest (RFC 9846, sections 4.2.3 and 4.2.4)."""

    legacy_version: int
    random: bytes
    session_id: bytes
    cipher_suite: int
    compression_method: int
    extensions: tuple[tuple[int, bytes], ...]

    @property
    def is_hello_retry(self) -> bool:
        return self.random == HELLO_RETRY_RANDOM

    def extension(self, kind: int) -> bytes | None:
        return next((data for found, data in self.extensions if found == kind), None)

    @property
    def version(self) -> int:
        """The version chosen: supported_versions where it is there, else the legacy field. Raises MalformedMessage."""
        data = self.extension(ExtensionType.SUPPORTED_VERSIONS)
        if data is None:
            return self.legacy_version
        cursor = Cursor(data)
        version = cursor.uint16("supported_versions.selected_version")
        cursor.finish("supported_versions")
        return version

    @property
    def key_share(self) -> KeyShareEntry | None:
        """The server's share. Raises MalformedMessage."""
        data = self.extension(ExtensionType.KEY_SHARE)
        if data is None:
            return None
        cursor = Cursor(data)
        entry = KeyShareEntry.decode(cursor)
        cursor.finish("key_share")
        return entry

    @property
    def retry_group(self) -> int | None:
        """The group that a HelloRetryRequest names; None where it only hands out a cookie. Raises MalformedMessage."""
        data = self.extension(ExtensionType.KEY_SHARE)
        if data is None:
            return None
        cursor = Cursor(data)
        group = cursor.uint16("key_share.selected_group")
        cursor.finish("key_share")
        return group

    @property
    def cookie(self) -> bytes | None:
        data = self.extension(ExtensionType.COOKIE)
        if data is None:
            return None
        cursor = Cursor(data)
        cookie = cursor.opaque16("cookie", least=1)
        cursor.finish("cookie")
        return cookie

    @classmethod
    def decode(cls, body: bytes) -> Self:
        cursor = Cursor(body)
        version = cursor.uint16("ServerHello.legacy_version")
        random = cursor.take(32, "ServerHello.random")
        session_id = cursor.opaque8("ServerHello.legacy_session_id_echo", most=32)
        suite = cursor.uint16("ServerHello.cipher_suite")
        compression = cursor.uint8("ServerHello.legacy_compression_method")
        extensions = decode_extensions(cursor, "ServerHello") if cursor.remaining else ()
        cursor.finish("ServerHello")
        return cls(version, random, session_id, suite, compression, extensions)


def alpn_protocol(extensions: tuple[tuple[int, bytes], ...]) -> str | None:
    """The protocol chosen by the ALPN extension (RFC 7301), bytes above ASCII escaped. Raises MalformedMessage."""
    for kind, data in extensions:
        if kind == ExtensionType.ALPN:
            outer = Cursor(data)
            inner = Cursor(outer.opaque16("ALPN", least=2))
            name = inner.opaque8("ALPN.protocol_name", least=1)
            return name.decode("ascii", "backslashreplace")
    return None


def decode_encrypted_extensions(body: bytes) -> tuple[tuple[int, bytes], ...]:
    """EncryptedExtensions (RFC 9846, section 4.4.1). Raises MalformedMessage."""
    cursor = Cursor(body)
    extensions = decode_extensions(cursor, "EncryptedExtensions")
    cursor.finish("EncryptedExtensions")
    return extensions


def decode_certificate_13(body: bytes) -> tuple[bytes, ...]:
    """The certificates of a TLS 1.3 Certificate message (RFC 9846, section 4.5.1), DER, leaf first."""
    cursor = Cursor(body)
    cursor.opaque8("Certificate.request_context")
    entries = Cursor(cursor.opaque24("Certificate.certificate_list"))
    cursor.finish("Certificate")
    found: list[bytes] = []
    while entries.remaining:
        found.append(entries.opaque24("CertificateEntry.cert_data", least=1))
        entries.opaque16("CertificateEntry.extensions")
    return tuple(found)


def decode_certificate_12(body: bytes) -> tuple[bytes, ...]:
    """The certificates of an older Certificate message (RFC 5246, section 7.4.2), DER, leaf first."""
    cursor = Cursor(body)
    entries = Cursor(cursor.opaque24("Certificate.certificate_list"))
    cursor.finish("Certificate")
    found: list[bytes] = []
    while entries.remaining:
        found.append(entries.opaque24("ASN.1Cert", least=1))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class CertificateVerify:
    """RFC 9846, section 4.5.2: the scheme is the answer to which signature the server gives."""

    scheme: int
    signature: bytes

    @classmethod
    def decode(cls, body: bytes) -> Self:
        cursor = Cursor(body)
        scheme = cursor.uint16("CertificateVerify.algorithm")
        signature = cursor.opaque16("CertificateVerify.signature")
        cursor.finish("CertificateVerify")
        return cls(scheme, signature)


@dataclass(frozen=True, slots=True)
class ServerKeyExchange:
    """What a server signs for a key exchange before TLS 1.3 (RFC 8422, section 5.4; RFC 5246, section 7.4.3).

    One of `group` (a named curve), `prime` (finite-field parameters) or `explicit_curve_bits` is set. `scheme` is None
    before TLS 1.2 and where nothing is signed.
    """

    group: int | None = None
    prime: bytes | None = None
    explicit_curve_bits: int | None = None
    scheme: int | None = None

    @classmethod
    def decode(cls, body: bytes, key_exchange: str, *, has_scheme: bool, has_hint: bool = False) -> Self:
        """`key_exchange`: "ECDHE" or "DHE", by the suite. `has_hint`: with a pre-shared key, whose hint comes first and which
        signs nothing (RFC 4279, section 3; RFC 5489, section 2). Raises MalformedMessage."""
        cursor = Cursor(body)
        if has_hint:
            cursor.opaque16("ServerKeyExchange.psk_identity_hint")
        group: int | None = None
        prime: bytes | None = None
        curve_bits: int | None = None
        if key_exchange == "ECDHE":
            curve_type = cursor.uint8("ECParameters.curve_type")
            if curve_type == 3:
                group = cursor.uint16("ECParameters.namedcurve")
            elif curve_type == 1:
                field_prime = cursor.opaque8("explicit_prime.prime_p", least=1)
                curve_bits = int.from_bytes(field_prime, "big").bit_length()
                for part in ("curve.a", "curve.b", "base", "order", "cofactor"):
                    cursor.opaque8(part)
            else:
                raise MalformedMessage(f"ECParameters.curve_type: {curve_type} is none of RFC 8422")
            cursor.opaque8("ECPoint", least=1)
        else:
            prime = cursor.opaque16("ServerDHParams.dh_p", least=1)
            cursor.opaque16("ServerDHParams.dh_g", least=1)
            cursor.opaque16("ServerDHParams.dh_Ys", least=1)
        scheme: int | None = None
        if has_scheme and not has_hint and cursor.remaining:
            scheme = cursor.uint16("ServerKeyExchange.algorithm")
        return cls(group, prime, curve_bits, scheme)


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """That the server wants a client certificate, and with which signatures (RFC 9846, section 4.4.2)."""

    schemes: tuple[int, ...]

    @classmethod
    def decode_13(cls, body: bytes) -> Self:
        cursor = Cursor(body)
        cursor.opaque8("CertificateRequest.context")
        schemes: tuple[int, ...] = ()
        for kind, data in decode_extensions(cursor, "CertificateRequest"):
            if kind == ExtensionType.SIGNATURE_ALGORITHMS:
                schemes = Cursor(data).uint16_list("signature_algorithms")
        return cls(schemes)

    @classmethod
    def decode_12(cls, body: bytes, *, has_schemes: bool) -> Self:
        cursor = Cursor(body)
        cursor.opaque8("certificate_types")
        schemes = uint16_values(cursor.opaque16("supported_signature_algorithms"), "schemes") if has_schemes else ()
        return cls(schemes)


def expect(message: HandshakeMessage, kind: HandshakeType) -> bytes:
    """The body of a message of that kind. Raises MalformedMessage for any other."""
    if message.kind != kind:
        raise MalformedMessage(f"handshake message {message.kind} where {kind.name} ({int(kind)}) should come")
    return message.body
