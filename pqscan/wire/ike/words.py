"""The numbers of IKE that the code itself acts on; what all others mean stands in registry/data/ike_transforms.toml."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class ExchangeType(IntEnum):
    """RFC 7296, section 3.1; the first three are those of IKEv1 (RFC 2408, section 3.1)."""

    MAIN_MODE = 2
    AGGRESSIVE = 4
    INFORMATIONAL_V1 = 5
    IKE_SA_INIT = 34
    IKE_AUTH = 35
    INFORMATIONAL = 37
    IKE_INTERMEDIATE = 43  # RFC 9242


class Flag(IntFlag):
    """RFC 7296, section 3.1; ENCRYPTION is of IKEv1 (RFC 2408, section 3.1)."""

    ENCRYPTION = 0x01
    INITIATOR = 0x08
    RESPONSE = 0x20


class PayloadType(IntEnum):
    """RFC 7296, section 3.2; the first ones are those of IKEv1 (RFC 2408, section 3.1)."""

    NONE = 0
    SA_V1 = 1
    KE_V1 = 4
    ID_V1 = 5
    HASH_V1 = 8
    NONCE_V1 = 10
    NOTIFICATION_V1 = 11
    VENDOR_ID_V1 = 13
    SA = 33
    KE = 34
    ID_I = 35
    CERTREQ = 38
    AUTH = 39
    NONCE = 40
    NOTIFY = 41
    VENDOR_ID = 43
    TS_I = 44
    TS_R = 45
    ENCRYPTED = 46
    ENCRYPTED_FRAGMENT = 53


class TransformType(IntEnum):
    """RFC 7296, section 3.3.2; ADDKE1 is the first of seven additional key exchanges (RFC 9370, section 2.2.1)."""

    ENCR = 1
    PRF = 2
    INTEG = 3
    KE = 4
    ADDKE1 = 6
    ADDKE2 = 7


class NotifyType(IntEnum):
    """RFC 7296, section 3.10.1, and the documents that each later number came with."""

    UNSUPPORTED_CRITICAL_PAYLOAD = 1
    INVALID_IKE_SPI = 4
    INVALID_MAJOR_VERSION = 5
    INVALID_SYNTAX = 7
    INVALID_MESSAGE_ID = 9
    NO_PROPOSAL_CHOSEN = 14
    INVALID_KE_PAYLOAD = 17
    AUTHENTICATION_FAILED = 24
    COOKIE = 16390
    MOBIKE_SUPPORTED = 16396
    FRAGMENTATION_SUPPORTED = 16430
    SIGNATURE_HASH_ALGORITHMS = 16431
    USE_PPK = 16435
    INTERMEDIATE_EXCHANGE_SUPPORTED = 16438


LEAST_STATUS = 16384
"""Notify types below are errors (RFC 7296, section 3.10.1)."""


def notify_name(kind: int) -> str:
    """`NO_PROPOSAL_CHOSEN (14)`; a plain number where it is none that is acted on here."""
    try:
        return f"{NotifyType(kind).name} ({kind})"
    except ValueError:
        return str(kind)
