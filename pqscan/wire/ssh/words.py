"""The closed numbers of SSH's transport: messages (RFC 4250, section 4.1.2) and reasons to disconnect (section 4.2.2)."""

from __future__ import annotations

from enum import IntEnum


class Message(IntEnum):
    DISCONNECT = 1
    IGNORE = 2
    UNIMPLEMENTED = 3
    DEBUG = 4
    SERVICE_REQUEST = 5
    SERVICE_ACCEPT = 6
    EXT_INFO = 7  # RFC 8308
    KEXINIT = 20
    NEWKEYS = 21
    KEXDH_INIT = 30  # also KEX_ECDH_INIT (RFC 5656)
    KEXDH_REPLY = 31  # also KEX_ECDH_REPLY, KEX_DH_GEX_GROUP (RFC 4419)
    KEX_DH_GEX_INIT = 32
    KEX_DH_GEX_REPLY = 33
    KEX_DH_GEX_REQUEST = 34


class Disconnect(IntEnum):
    HOST_NOT_ALLOWED_TO_CONNECT = 1
    PROTOCOL_ERROR = 2
    KEY_EXCHANGE_FAILED = 3
    RESERVED = 4
    MAC_ERROR = 5
    COMPRESSION_ERROR = 6
    SERVICE_NOT_AVAILABLE = 7
    PROTOCOL_VERSION_NOT_SUPPORTED = 8
    HOST_KEY_NOT_VERIFIABLE = 9
    CONNECTION_LOST = 10
    BY_APPLICATION = 11
    TOO_MANY_CONNECTIONS = 12
    AUTH_CANCELLED_BY_USER = 13
    NO_MORE_AUTH_METHODS_AVAILABLE = 14
    ILLEGAL_USER_NAME = 15
