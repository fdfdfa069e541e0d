"""IKE_SA_INIT around its SA payload: header, payloads, notifications, nonces and public values (RFC 7296, sections 2 and 3; RFC
6989; RFC 8031)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ike.case import Case, Peer, Scripts
from pqscan.harness.conformance.ike.negotiation import in_payload
from pqscan.harness.conformance.ike.script import Change, Script
from pqscan.wire.ike.header import HEADER_BYTES, Message, Payload
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.words import Flag, NotifyType, PayloadType

_HEADER = "RFC 7296, section 3.1"
_FLAGS = "'X' bits MUST be cleared when sending and MUST be ignored on receipt."
_VERSION_BIT = "Implementations of IKEv2 MUST clear this bit when sending and MUST ignore it in incoming messages."
_MINOR = "They MUST ignore the minor version number of received messages."
_MAJOR = (
    "If an endpoint receives a message with a higher major version number, it MUST drop the message and SHOULD send an "
    "unauthenticated "
    "Notify message of type INVALID_MAJOR_VERSION"
)
_RESPONSE = "An IKE endpoint MUST NOT generate a response to a message that is marked as being a response"
_ZERO_SPI = "This value MUST NOT be zero."
_RESERVED = (
    "all fields marked RESERVED MUST be set to zero by an implementation running version 2.0, and their content MUST "
    "be ignored by an "
    "implementation running version 2.0"
)
_ORDER = "implementations MUST NOT reject as invalid a message with those payloads in any other order."
_UNKNOWN_PAYLOAD = "If the critical flag is not set and the payload type is unsupported, that payload MUST be ignored."
_CRITICAL = (
    "If the critical flag is set and the payload type is unrecognized, the message MUST be rejected and the response "
    "to the IKE request "
    "containing that payload MUST include a Notify payload UNSUPPORTED_CRITICAL_PAYLOAD"
)
_KNOWN_CRITICAL = "MUST be ignored by the recipient if the recipient understands the payload type code."
_STATUS = "Notify payloads with status types MAY be added to any message and MUST be ignored if not recognized."
_ERRORS = "Unrecognized error types in a request and status types in a request or response MUST be ignored"
_VENDOR = "Unfamiliar Vendor IDs MUST be ignored."
_COOKIE = (
    "When one party receives an IKE_SA_INIT request containing a cookie whose contents do not match the value "
    "expected, that party MUST "
    "ignore the cookie and process the message as if no cookie had been included"
)
_NONCE = "The size of the Nonce Data MUST be between 16 and 256 octets, inclusive."
_LENGTH = "Length of the total message (header + payloads) in octets."
_HIGH_BIT = "receiving entities MUST mask the most-significant bit in the final byte for X25519 (but not X448)"
_X25519_SIZE = "For Curve25519, the public key is 32 octets"
_ON_CURVE = (
    "A receiving peer MUST check that its peer's public value is valid; that is, the x and y parameters from the "
    "peer's public value "
    "satisfy the curve equation"
)
_SYNTAX = (NotifyType.INVALID_SYNTAX,)
_NO_PAYLOAD, _NO_STATUS, _NO_ERROR = 120, 40000, 8000  # IANA has given none of them away
_LARGEST_NONCE = 256
_UNUSED_FLAGS = 0xC7
_X25519, _CURVES = 31, (19, 20)
_FURTHER = Payload(_NO_PAYLOAD, b"pqscan")


def _on_base(*variants: tuple[str, Change]) -> Scripts:
    return lambda peer: tuple(Script(*way, label=label, change=change) for way in peer.base for label, change in variants)


def _framed(*variants: tuple[str, Callable[[bytes], bytes]]) -> Scripts:
    return lambda peer: tuple(Script(*way, label=label, frame=frame) for way in peer.base for label, frame in variants)


def _with_group(group: int, *variants: tuple[str, Change]) -> Scripts:
    return lambda peer: tuple(
        Script(*way, label=label, change=change) for way in peer.with_group(group) for label, change in variants
    )


def _flags(more: int) -> Change:
    return lambda message: replace(message, flags=message.flags | more)


def _version(major: int, minor: int) -> Change:
    return lambda message: replace(message, version=(major, minor))


def _added(*payloads: Payload, first: bool = False) -> Change:
    def add(message: Message) -> Message:
        return replace(message, payloads=(*payloads, *message.payloads) if first else (*message.payloads, *payloads))

    return add


def _notified(kind: int, data: bytes = b"") -> Change:
    return _added(Payload(PayloadType.NOTIFY, Notify(kind, data).encode()), first=True)


def _reversed(message: Message) -> Message:
    return replace(message, payloads=message.payloads[::-1])


def _all_critical(message: Message) -> Message:
    return replace(message, payloads=tuple(replace(each, critical=True) for each in message.payloads))


def _zero_spi(message: Message) -> Message:
    return replace(message, initiator_spi=bytes(8))


def _reserved_bits(datagram: bytes) -> bytes:
    """Every RESERVED bit of every generic payload header set, and the two bytes of the KE payload."""
    bent, at, kind = bytearray(datagram), HEADER_BYTES, datagram[16]
    while kind and at + 4 <= len(bent):
        bent[at + 1] |= 0x7F
        if kind == PayloadType.KE:
            bent[at + 6 : at + 8] = b"\xff\xff"
        kind, size = bent[at], int.from_bytes(bent[at + 2 : at + 4], "big")
        at += max(size, 4)
    return bytes(bent)


def _longer(by: int) -> Callable[[bytes], bytes]:
    """The header tells another length than the datagram has."""
    return lambda datagram: datagram[:24] + (len(datagram) + by).to_bytes(4, "big") + datagram[28:]


def _nonces(*variants: tuple[str, int]) -> Scripts:
    def scripts(peer: Peer) -> tuple[Script, ...]:
        return tuple(
            Script(*way, label=label, nonce=bytes(range(256))[:size] if size <= 256 else bytes(range(256)) + b"\1")
            for way in peer.base
            for label, size in variants
        )

    return scripts


def _public(change: Callable[[bytes], bytes]) -> Change:
    def bend(body: bytes) -> bytes:
        share = KeyExchange.decode(body)
        return replace(share, value=change(share.value)).encode()

    return in_payload(PayloadType.KE, bend)


def _high_bit(value: bytes) -> bytes:
    return value[:-1] + bytes((value[-1] | 0x80,))


def _off_curve(value: bytes) -> bytes:
    """The last bit of y turned: of the two values of y for one x, neither is the other's neighbour."""
    return value[:-1] + bytes((value[-1] ^ 1,))


def _points(peer: Peer) -> tuple[Script, ...]:
    variants = (("not on the curve", _off_curve), ("zeros", lambda value: bytes(len(value))))
    return tuple(
        Script(*way, label=label, change=_public(change))
        for group in _CURVES
        for way in peer.with_group(group)
        for label, change in variants
    )


CASES = (
    Case("flags-unused", _HEADER, _FLAGS, Kind.TAKE, _on_base(("", _flags(_UNUSED_FLAGS)))),
    Case("flag-version", _HEADER, _VERSION_BIT, Kind.TAKE, _on_base(("", _flags(0x10)))),
    Case("version-minor", _HEADER, _MINOR, Kind.TAKE, _on_base(("", _version(2, 5)))),
    Case(
        "version-major",
        "RFC 7296, section 2.5",
        _MAJOR,
        Kind.REFUSE,
        _on_base(("", _version(3, 0))),
        (NotifyType.INVALID_MAJOR_VERSION,),
        may_drop=True,
    ),
    Case("marked-as-response", _HEADER, _RESPONSE, Kind.REFUSE, _on_base(("", _flags(Flag.RESPONSE))), may_drop=True),
    Case("spi-zero", _HEADER, _ZERO_SPI, Kind.MAY_REFUSE, _on_base(("", _zero_spi))),
    Case(
        "length-wrong",
        _HEADER,
        _LENGTH,
        Kind.MAY_REFUSE,
        _framed(("a byte more", _longer(1)), ("a byte less", _longer(-1))),
        is_quoted=False,
    ),
    Case("reserved-bits", "RFC 7296, section 2.5", _RESERVED, Kind.TAKE, _framed(("", _reserved_bits))),
    Case("payloads-out-of-order", "RFC 7296, section 2.5", _ORDER, Kind.TAKE, _on_base(("", _reversed))),
    Case(
        "payload-unknown",
        "RFC 7296, section 2.5",
        _UNKNOWN_PAYLOAD,
        Kind.TAKE,
        _on_base(("first", _added(_FURTHER, first=True)), ("last", _added(_FURTHER))),
    ),
    Case(
        "payload-unknown-critical",
        "RFC 7296, section 2.5",
        _CRITICAL,
        Kind.REFUSE,
        _on_base(("", _added(replace(_FURTHER, critical=True)))),
        (NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD,),
    ),
    Case("payloads-known-critical", "RFC 7296, section 3.2", _KNOWN_CRITICAL, Kind.TAKE, _on_base(("", _all_critical))),
    Case("notify-status-unknown", "RFC 7296, section 3.10.1", _STATUS, Kind.TAKE, _on_base(("", _notified(_NO_STATUS)))),
    Case("notify-error-unknown", "RFC 7296, section 3.10.1", _ERRORS, Kind.TAKE, _on_base(("", _notified(_NO_ERROR)))),
    Case(
        "vendor-id-unknown",
        "RFC 7296, section 3.12",
        _VENDOR,
        Kind.TAKE,
        _on_base(("", _added(Payload(PayloadType.VENDOR_ID, b"pqscan.invalid")))),
    ),
    Case(
        "cookie-uncalled",
        "RFC 7296, section 2.6",
        _COOKIE,
        Kind.TAKE,
        _on_base(("", _notified(NotifyType.COOKIE, b"not a cookie"))),
    ),
    Case("nonce-longest", "RFC 7296, section 3.9", _NONCE, Kind.TAKE, _nonces(("", _LARGEST_NONCE))),
    Case(
        "nonce-of-wrong-size",
        "RFC 7296, section 3.9",
        _NONCE,
        Kind.MAY_REFUSE,
        _nonces(("15 bytes", 15), ("257 bytes", _LARGEST_NONCE + 1)),
    ),
    Case(
        "x25519-high-bit",
        "RFC 8031, section 3.2",
        _HIGH_BIT,
        Kind.TAKE,
        _with_group(_X25519, ("", _public(_high_bit))),
        needs="conformance.ike.needs.x25519",
    ),
    Case(
        "x25519-of-wrong-size",
        "RFC 8031, section 3.1",
        _X25519_SIZE,
        Kind.MAY_REFUSE,
        _with_group(
            _X25519,
            ("one byte short", _public(lambda value: value[:-1])),
            ("one byte more", _public(lambda value: value + b"\0")),
        ),
        needs="conformance.ike.needs.x25519",
    ),
    Case(
        "point-not-valid",
        "RFC 6989, section 2.3",
        _ON_CURVE,
        Kind.REFUSE,
        _points,
        _SYNTAX,
        may_drop=True,
        needs="conformance.ike.needs.curve",
    ),
)
