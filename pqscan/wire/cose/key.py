"""Keys of COSE (RFC 9052, section 7; RFC 9053, section 7; RSA: RFC 8230; HSS/LMS: RFC 8778; AKP: RFC 9964), told as the keys of
JOSE are, whose types they share. Private members are told of and not given back."""

from __future__ import annotations

from dataclasses import replace

from pqscan.errors import MalformedMessage
from pqscan.registry.cose import cose_algorithm, cose_number
from pqscan.wire.cbor import Item, read_cbor
from pqscan.wire.pki.jwk import JsonWebKey, KeyMembers, described_key

MOST_KEYS = 1000
_KEY_TYPE, _ALGORITHM, _OPERATIONS = 1, 3, 4
_SIGNING = frozenset({1, 2, "sign", "verify"})
_ENCRYPTING = frozenset({3, 4, 5, 6, 7, 8, "encrypt", "decrypt", "wrap key", "unwrap key", "derive key", "derive bits"})
_MEMBERS = {  # By type: labels of public members, and those of private ones.
    "OKP": ({-2: "x"}, (-4,)),
    "EC": ({-2: "x", -3: "y"}, (-4,)),
    "RSA": ({-1: "n", -2: "e"}, (-3, -4, -5, -6, -7, -8)),
    "oct": ({}, (-1,)),
    "HSS-LMS": ({-1: "pub"}, ()),
    "AKP": ({-1: "pub"}, (-2,)),
}
_NEEDED = {"OKP": -1, "EC": -1, "RSA": -1, "oct": -1, "HSS-LMS": -1, "AKP": _ALGORITHM}
_CURVE, _X, _Y, _D = -1, -2, -3, -4


def read_cose_keys(data: bytes) -> tuple[JsonWebKey, ...]:
    """The key, or the set of keys, that is all of `data`. Raises MalformedMessage where it is none, or one of a set is none."""
    item, end = read_cbor(data)
    if end != len(data):
        raise MalformedMessage("it is no key of COSE, and no set of them")
    items = item if isinstance(item, list) else [item]
    if not 0 < len(items) <= MOST_KEYS:
        raise MalformedMessage("it is no key of COSE, and no set of them")
    return tuple(map(_key, items))


def _key(item: Item) -> JsonWebKey:
    if not isinstance(item, dict):
        raise MalformedMessage("it is no key of COSE, and no set of them")
    kind = item.get(_KEY_TYPE)
    kty = cose_number("key_type", kind) if isinstance(kind, int) and not isinstance(kind, bool) else None
    if kty is None:
        raise MalformedMessage("it is no key of COSE, and no set of them")
    public, private = _MEMBERS[kty]
    if _NEEDED[kty] not in item or not (_has_point(kty, item) or all(isinstance(item.get(label), bytes) for label in public)):
        raise MalformedMessage("it is no key of COSE, and no set of them")
    octets = {name: value for label, name in public.items() if isinstance(value := item.get(label), bytes)}
    key = described_key(kty, _named(kty, item), KeyMembers(**octets))
    if key is None:
        raise MalformedMessage("it is no key of COSE, and no set of them")
    return replace(key, use=_use(item), is_private=any(label in item for label in private))


def _has_point(kty: str, item: dict[int | str, Item]) -> bool:
    """Whether a key on a curve has a point that is compressed, or is a private one, which may lack it (RFC 9053, section 7)."""
    is_compressed = kty == "EC" and isinstance(item.get(_Y), bool) and isinstance(item.get(_X), bytes)
    return is_compressed or (kty in ("EC", "OKP") and isinstance(item.get(_D), bytes))


def _named(kty: str, item: dict[int | str, Item]) -> str | None:
    """The curve, or of AKP the algorithm; one that is not listed by its number."""
    if kty not in ("OKP", "EC", "AKP"):
        return None
    number = item.get(_ALGORITHM if kty == "AKP" else _CURVE)
    if isinstance(number, bool) or not isinstance(number, int):
        return number if isinstance(number, str) else None
    if kty != "AKP":
        return cose_number("curve", number) or str(number)
    row = cose_algorithm(number)
    return str(number) if row is None else row.name


def _use(item: dict[int | str, Item]) -> str:
    """By what it may be used for, else by its algorithm; "" where neither tells."""
    operations = item.get(_OPERATIONS)
    if isinstance(operations, list) and operations:
        each = {one for one in operations if isinstance(one, int | str)}
        return "sig" if each <= _SIGNING else "enc" if each <= _ENCRYPTING else ""
    algorithm = item.get(_ALGORITHM)
    row = cose_algorithm(algorithm) if isinstance(algorithm, int) and not isinstance(algorithm, bool) else None
    return "" if row is None else {"signature": "sig", "key_management": "enc"}.get(row.use.value, "")
