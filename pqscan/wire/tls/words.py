"""The numbers that the TLS record and handshake layers are made of (RFC 9846, sections 4 to 6 and appendix B).

Code points that servers choose between (groups, suites, schemes) are data rows in `pqscan.registry`, not here.
"""

from __future__ import annotations

from enum import IntEnum

from pqscan.errors import MalformedMessage


class ContentType(IntEnum):
    CHANGE_CIPHER_SPEC = 20
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23


class HandshakeType(IntEnum):
    HELLO_REQUEST = 0
    CLIENT_HELLO = 1
    SERVER_HELLO = 2
    HELLO_VERIFY_REQUEST = 3  # of DTLS before 1.3 (RFC 6347, section 4.2.1)
    NEW_SESSION_TICKET = 4
    ENCRYPTED_EXTENSIONS = 8
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13
    SERVER_HELLO_DONE = 14
    CERTIFICATE_VERIFY = 15
    CLIENT_KEY_EXCHANGE = 16
    FINISHED = 20
    CERTIFICATE_STATUS = 22
    KEY_UPDATE = 24
    COMPRESSED_CERTIFICATE = 25
    MESSAGE_HASH = 254


class ExtensionType(IntEnum):
    SERVER_NAME = 0
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SIGNATURE_ALGORITHMS = 13
    ALPN = 16
    PADDING = 21
    EXTENDED_MASTER_SECRET = 23
    SUPPORTED_VERSIONS = 43
    COOKIE = 44
    PSK_KEY_EXCHANGE_MODES = 45
    SIGNATURE_ALGORITHMS_CERT = 50
    KEY_SHARE = 51
    QUIC_TRANSPORT_PARAMETERS = 57
    RENEGOTIATION_INFO = 0xFF01


class AlertDescription(IntEnum):
    """RFC 9846, section 6; values that are not listed stay plain numbers."""

    CLOSE_NOTIFY = 0
    UNEXPECTED_MESSAGE = 10
    BAD_RECORD_MAC = 20
    RECORD_OVERFLOW = 22
    HANDSHAKE_FAILURE = 40
    BAD_CERTIFICATE = 42
    ILLEGAL_PARAMETER = 47
    DECODE_ERROR = 50
    DECRYPT_ERROR = 51
    PROTOCOL_VERSION = 70
    INSUFFICIENT_SECURITY = 71
    INTERNAL_ERROR = 80
    INAPPROPRIATE_FALLBACK = 86
    USER_CANCELED = 90
    NO_RENEGOTIATION = 100
    MISSING_EXTENSION = 109
    UNSUPPORTED_EXTENSION = 110
    UNRECOGNIZED_NAME = 112
    CERTIFICATE_REQUIRED = 116
    NO_APPLICATION_PROTOCOL = 120


class Version(IntEnum):
    """Protocol versions as they stand on the wire, ordered oldest first; `label` is their spelling in every output."""

    SSL2 = 0x0002
    SSL3 = 0x0300
    TLS10 = 0x0301
    TLS11 = 0x0302
    TLS12 = 0x0303
    TLS13 = 0x0304

    @property
    def label(self) -> str:
        return _LABELS[self]

    @classmethod
    def from_wire(cls, value: int) -> Version:
        """Raises MalformedMessage for a number that no TLS version has."""
        try:
            return cls(value)
        except ValueError:
            raise MalformedMessage(f"version 0x{value:04x} is none of SSL or TLS") from None

    @property
    def datagram_number(self) -> int | None:
        """What stands on the wire over datagrams, for the version of DTLS that is this one of TLS; None where there is none."""
        return _OVER_DATAGRAMS.get(self)

    @classmethod
    def from_datagrams(cls, value: int) -> Version:
        """The version of TLS behind a number of DTLS. Raises MalformedMessage for a number that none has."""
        found = next((version for version, number in _OVER_DATAGRAMS.items() if number == value), None)
        if found is None:
            raise MalformedMessage(f"version 0x{value:04x} is none of DTLS")
        return found


_LABELS = {
    Version.SSL2: "SSLv2",
    Version.SSL3: "SSLv3",
    Version.TLS10: "TLS1.0",
    Version.TLS11: "TLS1.1",
    Version.TLS12: "TLS1.2",
    Version.TLS13: "TLS1.3",
}

# DTLS 1.0, 1.2 and 1.3: the bits of the number inverted (RFC 6347, section 4.1; RFC 4347, section 4.1; RFC 9147, section 5.3).
_OVER_DATAGRAMS = {Version.TLS11: 0xFEFF, Version.TLS12: 0xFEFD, Version.TLS13: 0xFEFC}

# SHA-256 of "HelloRetryRequest": the random that marks a ServerHello as one (RFC 9846, section 4.2.3).
HELLO_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
GREASE_VALUE = 0x1A1A  # RFC 8701: any of the sixteen would do; a fixed one keeps hellos repeatable.
