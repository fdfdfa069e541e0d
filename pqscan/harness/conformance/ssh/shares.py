"""Public values that a server must refuse: sizes and order of parts, encapsulation keys, X25519 and points (RFC 10042, section 2.1;
RFC 8731, section 3; RFC 5656, section 4). RFC 10042 is quoted from the last draft before it."""

from __future__ import annotations

from collections.abc import Callable

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ml_kem import KEY_FAULTS, LARGEST, not_reduced
from pqscan.harness.conformance.ssh.case import Case, Peer, Scripts, components_of
from pqscan.harness.conformance.ssh.script import Script
from pqscan.harness.conformance.ssh.seen import Progress
from pqscan.wire.ssh.words import Disconnect

_FAILED = (Disconnect.KEY_EXCHANGE_FAILED,)
_RFC_10042 = "RFC 10042, section 2.1"
_LENGTH = (
    "Before producing S_CT2 [...] the server MUST check that the length of the C_INIT is the sum of the expected length of each "
    "public key in the negotiated method, C_PK1 and C_PK2."
)
_KEY_CHECK = "It also MUST perform the encapsulation key checks defined in Section 7.2 of [FIPS203]."
_ALL_ZERO = "implementations MUST check whether the computed Diffie-Hellman shared secret is the all-zero value and abort if so"
_EXPECTED = "Clients and servers MUST also abort if the length of the received public keys are not the expected lengths."
_VALID = (
    "All elliptic curve public keys MUST be validated after they are received. [...] If a key fails validation, the key exchange "
    "MUST fail."
)
_COMPRESSION = "point compression MAY be used"
_ENCODING = "encoded from an elliptic curve point into an octet string as defined in Section 2.3.3 of [SEC1]"
_NEEDS = "conformance.ssh.needs."
_PART_BYTES = {"X25519": 32, "secp256r1": 65, "secp384r1": 97, "ML-KEM-768": 1184, "ML-KEM-1024": 1568}
_CURVES = ("secp256r1", "secp384r1")
_LOW_ORDER = (
    ("one", bytes.fromhex("0100000000000000000000000000000000000000000000000000000000000000")),
    ("order 8, first", bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")),
    ("order 8, second", bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")),
    ("p - 1", bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")),
)  # u-coordinates that give the all-zero secret with every key (RFC 7748, section 6.1)
Bytes = Callable[[bytes], bytes]
Changes = tuple[tuple[str, Bytes], ...]


def _faulty(method: str, change: Bytes, label: str) -> Script:
    return Script(method, label, change_share=change, ends_at=Progress.REPLY)


def _of_hybrids(*changes: tuple[str, Bytes]) -> Scripts:
    return lambda peer: tuple(_faulty(method, change, label) for method in peer.hybrids for label, change in changes)


def _of_parts(part: str, changes: Changes, *, hybrid: bool | None = None) -> Scripts:
    """One part bent, in the first hybrid that has it and in the method that is nothing else; `hybrid` chooses between them."""

    def scripts(peer: Peer) -> tuple[Script, ...]:
        within = [method for method in peer.with_part(part) if len(components_of(method)) > 1][:1]
        alone = [method for method in peer.with_part(part) if components_of(method) == (part,)]
        methods = {None: [*within, *alone], True: within, False: alone}[hybrid]
        return tuple(_faulty(method, _bent(method, part, change), label) for method in methods for label, change in changes)

    return scripts


def _of_curves(*changes: tuple[str, Bytes]) -> Scripts:
    return lambda peer: tuple(script for curve in _CURVES for script in _of_parts(curve, changes)(peer))


def _of_keys(*changes: tuple[str, Bytes]) -> Scripts:
    """The encapsulation key bent, in every hybrid."""

    def scripts(peer: Peer) -> tuple[Script, ...]:
        found = []
        for method in peer.hybrids:
            kem = next(part for part in components_of(method) if part.startswith("ML-KEM"))
            found += [_faulty(method, _bent(method, kem, change), label) for label, change in changes]
        return tuple(found)

    return scripts


def _split(method: str, share: bytes) -> list[tuple[str, bytes]]:
    found, at = [], 0
    for part in components_of(method):
        found.append((part, share[at : at + _PART_BYTES[part]]))
        at += _PART_BYTES[part]
    return found


def _bent(method: str, part: str, change: Bytes) -> Bytes:
    return lambda share: b"".join(change(data) if name == part else data for name, data in _split(method, share))


def _one_part(*, kem: bool) -> Scripts:
    def kept(method: str) -> Bytes:
        return lambda share: b"".join(data for name, data in _split(method, share) if name.startswith("ML-KEM") is kem)

    return lambda peer: tuple(_faulty(method, kept(method), "") for method in peer.hybrids)


def _swapped(method: str) -> Bytes:
    """The parts in the other order. What then stands in the encapsulation key's place is made unreduced where it is not by
    chance."""

    def swap(share: bytes) -> bytes:
        first, second = (data for _, data in _split(method, share))
        return not_reduced(0, LARGEST)(second + first)

    return swap


def _always(value: bytes) -> Bytes:
    return lambda _part: value


def _off_curve(point: bytes) -> bytes:
    """The last bit of y turned: of the two values of y for one x, neither is the other's neighbour."""
    return point[:-1] + bytes((point[-1] ^ 1,))


def _marked(even: int) -> Bytes:
    return lambda point: bytes((even + (point[-1] & 1),)) + point[1:]


def _compressed(point: bytes) -> bytes:
    return bytes((2 + (point[-1] & 1),)) + point[1 : 1 + len(point) // 2]


CASES = (
    Case(
        "share-short",
        _RFC_10042,
        _LENGTH,
        Kind.REFUSE,
        _of_hybrids(("one byte short", lambda share: share[:-1]), ("empty", lambda share: b"")),
        _FAILED,
        needs=_NEEDS + "hybrid",
    ),
    Case(
        "share-long",
        _RFC_10042,
        _LENGTH,
        Kind.REFUSE,
        _of_hybrids(("one byte more", lambda share: share + b"\0"), ("twice", lambda share: share * 2)),
        _FAILED,
        needs=_NEEDS + "hybrid",
    ),
    Case("share-kem-part-alone", _RFC_10042, _LENGTH, Kind.REFUSE, _one_part(kem=True), _FAILED, needs=_NEEDS + "hybrid"),
    Case("share-classical-part-alone", _RFC_10042, _LENGTH, Kind.REFUSE, _one_part(kem=False), _FAILED, needs=_NEEDS + "hybrid"),
    Case(
        "share-parts-swapped",
        _RFC_10042,
        _KEY_CHECK,
        Kind.REFUSE,
        lambda peer: tuple(_faulty(method, _swapped(method), "") for method in peer.hybrids),
        _FAILED,
        needs=_NEEDS + "hybrid",
    ),
    Case(
        "key-not-reduced",
        _RFC_10042,
        _KEY_CHECK,
        Kind.REFUSE,
        _of_keys(*KEY_FAULTS),
        _FAILED,
        needs=_NEEDS + "hybrid",
    ),
    Case(
        "x25519-zero",
        "RFC 8731, section 3",
        _ALL_ZERO,
        Kind.REFUSE,
        _of_parts("X25519", (("", _always(bytes(32))),)),
        _FAILED,
        needs=_NEEDS + "x25519",
    ),
    Case(
        "x25519-low-order",
        "RFC 8731, section 3",
        _ALL_ZERO,
        Kind.REFUSE,
        _of_parts("X25519", tuple((label, _always(value)) for label, value in _LOW_ORDER)),
        _FAILED,
        needs=_NEEDS + "x25519",
    ),
    Case(
        "x25519-of-wrong-size",
        "RFC 8731, section 3",
        _EXPECTED,
        Kind.REFUSE,
        _of_parts(
            "X25519", (("one byte short", lambda part: part[:-1]), ("one byte more", lambda part: part + b"\0")), hybrid=False
        ),
        _FAILED,
        needs=_NEEDS + "x25519_alone",
    ),
    Case(
        "point-off-curve",
        "RFC 5656, section 4",
        _VALID,
        Kind.REFUSE,
        _of_curves(("", _off_curve)),
        _FAILED,
        needs=_NEEDS + "curve",
    ),
    Case(
        "point-not-valid",
        "RFC 5656, section 4",
        _VALID,
        Kind.REFUSE,
        _of_curves(
            ("at infinity", lambda point: b"\0" + bytes(len(point) - 1)),
            ("zero", lambda point: b"\x04" + bytes(len(point) - 1)),
            ("coordinate too large", lambda point: b"\x04" + b"\xff" * (len(point) // 2) + point[1 + len(point) // 2 :]),
        ),
        _FAILED,
        needs=_NEEDS + "curve",
    ),
    Case(
        "point-compressed",
        "RFC 5656, section 3.1",
        _COMPRESSION,
        Kind.MAY_REFUSE,
        _of_curves(("", _compressed)),
        needs=_NEEDS + "curve",
    ),
    Case(
        "point-hybrid-form",
        "RFC 5656, section 3.1",
        _ENCODING,
        Kind.MAY_REFUSE,
        _of_curves(("", _marked(6))),
        needs=_NEEDS + "curve",
    ),
)
