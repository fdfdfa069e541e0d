"""Reads a set of JSON Web Keys (RFC 7517), as an OpenID provider serves it: what each key is, the key as X.509 has it, and the
certificate beside it.

Symmetric keys and the private members of keys are told of and never read. Left out: keys that are encrypted (JWE)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pqscan.errors import BeyondBounds, MalformedMessage
from pqscan.registry.table import read_table
from pqscan.wire.pki import spki

MOST_KEYS = 10_000
_MOST_NUMBER = 16_384  # characters of Base64: a modulus of 98,304 bits
_UNCOMPRESSED = b"\x04"  # SEC 1, section 2.3.3
_MOST_CERTIFICATE = 1 << 20
_DATA = Path(__file__).parent / "data"
_MOST_NODES = 1_000_000
_NAME = re.compile(r"(?=[^0-9]*[0-9]|[A-Z]{1,8}\Z|oct\Z)[A-Za-z0-9][A-Za-z0-9+_-]{0,31}")  # as IANA has them; other text is no name
_UNLISTED = "unlisted"
_TYPES = ("RSA", "EC", "OKP", "AKP", "oct")
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k", "priv"})
_PRIVATE_OF_OTHERS = ("d", "priv")  # of types that are not known here, as drafts have them
_LEAST_PRIVATE = 16  # octets
_ONLY_OF_KEYS = frozenset({"alg", "crv", "key_ops", "kid", "use", "x5c", "x5t", "x5t#S256"})
_MEMBER = b'"kty"'  # that every key has (RFC 7517, section 4.1)


@dataclass(frozen=True, slots=True)
class JsonWebKey:
    """`use` is "sig", "enc", or "" where the set does not say. `oid` is None for a key that no row names, `size_bits` None where
    nothing tells it. `public` is its SubjectPublicKeyInfo, empty where it cannot be made: the type is not known, or the key has not
    the size that it must have. `certificate` is the DER of the first of `x5c`, empty where there is none."""

    kty: str
    parameter: str | None
    oid: str | None
    size_bits: int | None
    use: str = ""
    is_private: bool = False
    certificate: bytes = b""
    public: bytes = b""


@dataclass(frozen=True, slots=True)
class JsonWebKeySet:
    """`unreadable` counts members of the list that are no keys; `is_cut`: there are more keys than are read."""

    keys: tuple[JsonWebKey, ...]
    unreadable: int
    is_cut: bool


@dataclass(frozen=True, slots=True)
class _Row:
    kty: str
    oid: str
    size_bits: int | None
    curve: str | None
    point_at: int | None


def read_jwk_set(data: bytes) -> JsonWebKeySet:
    """The set in a file, or its one key; else the keys that lie anywhere in a document of another kind, such as the settings of a
    client. Raises MalformedMessage where it is no JSON, or holds no keys, BeyondBounds where it is nested too deeply."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecursionError) and _MEMBER in data:
            raise BeyondBounds("the key set is nested too deeply") from None
        raise MalformedMessage("the key set is no JSON") from None
    if not isinstance(document, dict | list):
        raise MalformedMessage("the key set is no JSON object")
    rows, is_cut = _rows_of(document)
    if not rows:
        raise MalformedMessage("the JSON holds no keys")
    found = [_key(row) for row in rows[:MOST_KEYS]]
    keys = tuple(key for key in found if key is not None)
    return JsonWebKeySet(keys, len(found) - len(keys), is_cut or len(rows) > MOST_KEYS)


def _rows_of(document: dict[str, object] | list[object]) -> tuple[list[object], bool]:
    """What says to be keys, and whether there is more than was looked at. A member `keys` in which nothing says so is one of a
    document of another kind."""
    if isinstance(document, dict) and _says_to_be_a_key(document):
        return [document], False
    keys = document.get("keys") if isinstance(document, dict) else None
    if isinstance(document, dict) and isinstance(keys, list) and any(map(_says_to_be_a_key, keys)):
        others, is_cut = _keys_inside([value for name, value in document.items() if name != "keys"])
        return [*keys, *others], is_cut
    return _keys_inside(document)


def _says_to_be_a_key(row: object) -> bool:
    """One of a type that is not known here has a name as IANA would give it, and another member of keys (RFC 7517, section 4):
    `kty` may be anything in a document of another kind."""
    if not isinstance(row, dict):
        return False
    kty = row.get("kty")
    return kty in _TYPES or (isinstance(kty, str) and _NAME.fullmatch(kty) is not None and not _ONLY_OF_KEYS.isdisjoint(row))


def _is_private(kty: str, row: dict[str, object]) -> bool:
    """Which members are private is a matter of the type. Some programs write those that a public key has not as null or empty."""
    if kty in _TYPES:
        return any(isinstance(value := row.get(name), str) and value for name in _PRIVATE)
    return any(len(_octets(row.get(name))) >= _LEAST_PRIVATE for name in _PRIVATE_OF_OTHERS)


def _keys_inside(document: object) -> tuple[list[object], bool]:
    """Every object that says of itself that it is a key (RFC 7517, section 4.1), in their order; and whether there is more than was
    looked at."""
    found: list[object] = []
    waiting = [document]
    for _ in range(_MOST_NODES):
        if not waiting or len(found) > MOST_KEYS:
            break
        node = waiting.pop()
        if isinstance(node, dict) and node.get("kty") in _TYPES:
            found.append(node)
        elif isinstance(node, dict | list):
            inner = node.values() if isinstance(node, dict) else node
            waiting.extend(reversed([each for each in inner if isinstance(each, dict | list)]))
    return found, bool(waiting)


def _key(row: object) -> JsonWebKey | None:
    """None for what is no key, or says that it is one and lacks what makes it one."""
    if not isinstance(row, dict):
        return None
    kty, use = row.get("kty"), row.get("use", "")
    if not isinstance(kty, str) or not kty or use not in ("sig", "enc", ""):
        return None
    named = row.get("alg" if kty == "AKP" else "crv")
    members = KeyMembers(*(_octets(row.get(name)) for name in ("n", "e", "x", "y", "pub")))
    key = described_key(kty, named if isinstance(named, str) else None, members)
    if key is None:
        return None
    return replace(key, use=use, is_private=_is_private(kty, row), certificate=_certificate(row.get("x5c")))


@dataclass(frozen=True, slots=True)
class KeyMembers:
    """Octets of the public members, empty where there is none."""

    n: bytes = b""
    e: bytes = b""
    x: bytes = b""
    y: bytes = b""
    pub: bytes = b""


def described_key(kty: str, named: str | None, members: KeyMembers) -> JsonWebKey | None:
    """A key by its type and its curve or algorithm, with nothing told of its use; None for one of RSA without a modulus. Keys of
    COSE have the same types."""
    parameter = None if named is None else named if _NAME.fullmatch(named) else _UNLISTED
    listed = _rows().get((kty, parameter))
    oid, size = (None, None) if listed is None else (listed.oid, listed.size_bits)
    public = b"" if listed is None else _public(members, listed)
    if kty == "RSA":
        parameter, modulus = None, int.from_bytes(members.n)
        oid, size = _rows()["RSA", None].oid, modulus.bit_length()
        if not modulus:
            return None
        exponent = int.from_bytes(members.e)
        public = spki.rsa(modulus, exponent) if exponent else b""
    return JsonWebKey(kty if _NAME.fullmatch(kty) else _UNLISTED, parameter, oid, size, public=public)


def _public(members: KeyMembers, listed: _Row) -> bytes:
    """Of keys whose size their type fixes (RFC 7518, section 6.2.1; RFC 8037, section 2; FIPS 204, table 2)."""
    if listed.size_bits is None:
        return b""
    size = (listed.size_bits + 7) // 8
    if listed.curve is not None:
        x, y = members.x, members.y
        return spki.elliptic(listed.curve, _UNCOMPRESSED + x + y) if len(x) == len(y) == size else b""
    key = members.pub if listed.kty == "AKP" else members.x
    if listed.point_at is not None and len(key) == size - 1:
        key = key[: listed.point_at] + _UNCOMPRESSED + key[listed.point_at :]
    return spki.whole(listed.oid, key) if len(key) == size else b""


def _octets(value: object) -> bytes:
    """Of Base64 with the alphabet for addresses, without padding (RFC 7515, section 2); empty where it is none."""
    if not isinstance(value, str) or not value or len(value) > _MOST_NUMBER or not value.isascii():
        return b""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _certificate(value: object) -> bytes:
    first = value[0] if isinstance(value, list) and value else None
    if not isinstance(first, str) or len(first) > _MOST_CERTIFICATE or not first.isascii():
        return b""
    try:
        return base64.b64decode(first, validate=True)
    except (binascii.Error, ValueError):
        return b""


@cache
def _rows() -> dict[tuple[str, str | None], _Row]:
    """By type and parameter. Raises DataError."""
    found: dict[tuple[str, str | None], _Row] = {}
    for row in read_table(_DATA / "jwk.toml", "jwk"):
        size_bits, point_at = row.optional_whole("size_bits", least=1), row.optional_whole("point_at", least=1)
        made = _Row(row.text("kty"), row.text("oid"), size_bits, row.optional_text("curve"), point_at)
        found[made.kty, row.optional_text("parameter")] = made
        row.done()
    return found
