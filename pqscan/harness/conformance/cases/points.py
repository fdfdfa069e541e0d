"""The traditional half of a share: X25519 and points of the NIST curves (RFC 10024; RFC 9846, sections 4.3.8.2 and
7.4.2), in a hybrid and alone."""

from __future__ import annotations

from collections.abc import Callable

from pqscan.harness.conformance import bend
from pqscan.harness.conformance.case import Case, Kind, Peer, components_of
from pqscan.harness.conformance.cases.shares import faulty
from pqscan.harness.conformance.script import Script
from pqscan.wire.tls.words import AlertDescription

_ILLEGAL = AlertDescription.ILLEGAL_PARAMETER
_ECDH_PART = (
    "both client and server MUST process the ECDH part as described in Section 4.2.8.2 of [RFC8446], including all validity "
    "checks, and abort with an illegal_parameter alert if it fails."
)
_ALL_ZERO = (
    "including [...] the all-zero shared secret check (depending on the curve), and abort the connection with an "
    "illegal_parameter alert if it fails."
)
_VALID_POINT = "peers MUST validate each other's public value Q by ensuring that the point is a valid point on the elliptic curve."
_LOW_ORDER = (
    ("one", bytes.fromhex("0100000000000000000000000000000000000000000000000000000000000000")),
    ("order 8, first", bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")),
    ("order 8, second", bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")),
    ("p - 1", bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
)  # u-coordinates that give the all-zero secret with every key (RFC 7748, section 6.1)
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
Points = tuple[tuple[str, bend.Bytes], ...]


def _on_x25519(hybrid: bool, changes: Points) -> Callable[[Peer], tuple[Script, ...]]:
    def scripts(peer: Peer) -> tuple[Script, ...]:
        groups = peer.hybrids if hybrid else tuple(group for group in peer.groups if components_of(group) == ("X25519",))
        for group in groups:
            if "X25519" in components_of(group):
                return tuple(faulty(group, bend.part("X25519", change), label) for label, change in changes)
        return ()

    return scripts


def _on_curves(changes: Points) -> Callable[[Peer], tuple[Script, ...]]:
    """On the first hybrid of each curve and on the curve alone: OpenSSL 4.0 takes inside hybrids what it refuses alone, wolfSSL 5.9
    the other way round."""

    def scripts(peer: Peer) -> tuple[Script, ...]:
        found: list[Script] = []
        for curve in _CURVES[:2]:
            hybrids = [group for group in peer.hybrids if curve in components_of(group)]
            alone = [group for group in peer.groups if components_of(group) == (curve,)]
            groups = (*hybrids[:1], *alone)
            found += [faulty(group, bend.part(curve, change), label) for group in groups for label, change in changes]
        return tuple(found)

    return scripts


def _always(value: bytes) -> bend.Bytes:
    return lambda _part: value


def _off_curve(point: bytes) -> bytes:
    """The last bit of y turned: of the two values of y for one x, neither is the other's neighbour."""
    return point[:-1] + bytes((point[-1] ^ 1,))


def _compressed(point: bytes) -> bytes:
    return bytes((2 + (point[-1] & 1),)) + point[1 : 1 + len(point) // 2]


def _compressed_mark(point: bytes) -> bytes:
    return bytes((2 + (point[-1] & 1),)) + point[1:]


def _hybrid_form(point: bytes) -> bytes:
    return bytes((6 + (point[-1] & 1),)) + point[1:]


def _too_large(point: bytes) -> bytes:
    return b"\x04" + b"\xff" * (len(point) // 2) + point[1 + len(point) // 2 :]


def _infinity(point: bytes) -> bytes:
    return b"\x00"


def _zeros(point: bytes) -> bytes:
    return bytes(len(point))


def _origin(point: bytes) -> bytes:
    return b"\x04" + bytes(len(point) - 1)


CASES = (
    Case(
        "x25519-zero-in-hybrid",
        "RFC 10024, 'Shared secret'",
        _ALL_ZERO,
        Kind.REFUSE,
        _on_x25519(True, (("", _always(bytes(32))),)),
        (_ILLEGAL,),
        needs="conformance.needs.x25519_hybrid",
    ),
    Case(
        "x25519-low-order-in-hybrid",
        "RFC 10024, 'Shared secret'",
        _ALL_ZERO,
        Kind.REFUSE,
        _on_x25519(True, tuple((label, _always(value)) for label, value in _LOW_ORDER)),
        (_ILLEGAL,),
        needs="conformance.needs.x25519_hybrid",
    ),
    Case(
        "x25519-low-order",
        "RFC 9846, section 7.4.2",
        "implementations MUST check whether the computed Diffie-Hellman shared secret is the all-zero value and abort if so",
        Kind.REFUSE,
        _on_x25519(False, (("zero", _always(bytes(32))), ("order 8", _always(_LOW_ORDER[1][1])))),
        (_ILLEGAL,),
        needs="conformance.needs.x25519",
    ),
    Case(
        "point-off-curve",
        "RFC 9846, section 4.3.8.2",
        _VALID_POINT,
        Kind.REFUSE,
        _on_curves((("", _off_curve),)),
        (_ILLEGAL,),
        needs="conformance.needs.curve",
    ),
    Case(
        "point-compressed",
        "RFC 9846, section 4.3.8.2",
        "TLS 1.3 removes this feature [point format negotiation] in favor of a single point format for each curve.",
        Kind.REFUSE,
        _on_curves((("33 or 49 bytes", _compressed), ("the mark alone", _compressed_mark))),
        (_ILLEGAL,),
        needs="conformance.needs.curve",
    ),
    Case(
        "point-hybrid-form",
        "RFC 9846, section 4.3.8.2",
        "uint8 legacy_form = 4;",
        Kind.REFUSE,
        _on_curves((("", _hybrid_form),)),
        (_ILLEGAL,),
        needs="conformance.needs.curve",
    ),
    Case(
        "point-at-infinity",
        "RFC 9846, section 4.3.8.2",
        "verify that Q is not the point at infinity (O)",
        Kind.REFUSE,
        _on_curves((("one zero byte", _infinity), ("zeros", _zeros), ("x = y = 0", _origin))),
        (_ILLEGAL,),
        needs="conformance.needs.curve",
    ),
    Case(
        "point-coordinate-too-large",
        "RFC 9846, section 4.3.8.2",
        "verify that for Q = (x, y) both integers x and y are in the correct interval",
        Kind.REFUSE,
        _on_curves((("", _too_large),)),
        (_ILLEGAL,),
        needs="conformance.needs.curve",
    ),
)
