"""Files and keys of age (https://c2sp.org/age, age-encryption.org/v1): for whom a file is encrypted, and of what kind a recipient
or an identity is. Nothing is opened, and of an identity its kind alone is given.

Stanzas and keys of plugins are told by their names. Recipients of SSH in a header follow agessh of FiloSottile/age."""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from functools import reduce
from operator import xor

from pqscan.errors import MalformedMessage

VERSION_LINE = b"age-encryption.org/v1\n"
LABEL = "AGE ENCRYPTED FILE"
MOST_KEY = 4096  # characters
_MOST_LINE = 8192
_MOST_STANZAS = 10_000
_MOST_BODY_LINES = 256
_FULL_LINE = 64
_GREASE = "-grease"  # Stanzas for nobody, by which readers are kept from refusing new ones.
_CHARSET = {letter: value for value, letter in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}  # BIP 173
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKS = tuple(  # of five bits
    reduce(xor, (generator for bit, generator in enumerate(_GENERATOR) if top >> bit & 1), 0) for top in range(32)
)
_SUM = 6  # characters
_OCTETS = {  # of a key, by what stands in front of the last `1`: as its stanza calls it
    "age": ("X25519", 32),
    "age1pq": ("mlkem768x25519", 1216),
    "age1tag": ("p256tag", 33),
    "age1tagpq": ("mlkem768p256tag", 1249),
    "age-secret-key-": ("X25519", 32),
    "age-secret-key-pq-": ("mlkem768x25519", 32),
}
_ARGUMENTS = {  # octets of what a stanza has behind its type; None for what is no Base64
    "X25519": (32,),
    "scrypt": (16, None),
    "mlkem768x25519": (1120,),
    "p256tag": (4, 65),
    "mlkem768p256tag": (4, 1153),
    "ssh-rsa": (4,),
    "ssh-ed25519": (4, 32),
}
_MOST_WORK = 30  # log2 of the work of scrypt


@dataclass(frozen=True, slots=True)
class AgeKey:
    """`kind` is the type of the stanza that is made for it, or the name of a plugin. `public` is the key itself, empty for an
    identity and for a key of a plugin."""

    kind: str
    is_private: bool
    public: bytes = b""
    is_of_plugin: bool = False


@dataclass(frozen=True, slots=True)
class Stanza:
    """`work` is the cost N of scrypt, None for another type."""

    kind: str
    work: int | None = None


@dataclass(frozen=True, slots=True)
class AgeHeader:
    """`is_cut`: more stanzas stand there than are read."""

    stanzas: tuple[Stanza, ...]
    is_cut: bool = False


def read_age_header(data: bytes) -> AgeHeader:
    """The header that `data` begins with, whatever follows it. Raises MalformedMessage."""
    if not data.startswith(VERSION_LINE):
        raise _no_header()
    at, stanzas = len(VERSION_LINE), list[Stanza]()
    while True:
        line, at = _line(data, at)
        if line.startswith("--- "):
            if not stanzas or len(line) != 4 + 43:
                raise _no_header()
            return AgeHeader(tuple(one for one in stanzas if not one.kind.endswith(_GREASE)))
        words = line.split(" ")
        if words[0] != "->" or len(words) < 2 or not all(words):
            raise _no_header()
        if len(stanzas) >= _MOST_STANZAS:
            return AgeHeader(tuple(one for one in stanzas if not one.kind.endswith(_GREASE)), is_cut=True)
        at = _after_body(data, at)
        stanzas.append(_stanza(words[1:]))


def _stanza(words: list[str]) -> Stanza:
    kind, arguments = words[0], words[1:]
    octets = _ARGUMENTS.get(kind)
    if octets is None:
        return Stanza(kind)
    if len(arguments) != len(octets):
        raise _no_header()
    for argument, size in zip(arguments, octets, strict=True):
        if size is not None and len(_decoded(argument)) != size:
            raise _no_header()
    if kind != "scrypt":
        return Stanza(kind)
    work = arguments[1]
    if not (work.isascii() and work.isdigit() and len(work) <= 2 and 0 < int(work) <= _MOST_WORK):
        raise _no_header()
    return Stanza(kind, 1 << int(work))


def _after_body(data: bytes, at: int) -> int:
    """A body ends with a line that is shorter than the others."""
    for _ in range(_MOST_BODY_LINES):
        line, at = _line(data, at)
        _decoded(line)
        if len(line) < _FULL_LINE:
            return at
        if len(line) > _FULL_LINE:
            break
    raise _no_header()


def _line(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\n", at, at + _MOST_LINE)
    if end < 0:
        raise _no_header()
    try:
        return data[at:end].decode("ascii"), end + 1
    except UnicodeDecodeError:
        raise _no_header() from None


def _decoded(text: str) -> bytes:
    """Base64 without what fills it up. Raises MalformedMessage."""
    try:
        return binascii.a2b_base64((text + "=" * (-len(text) % 4)).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise _no_header() from None


def read_age_key(text: str) -> AgeKey:
    """A recipient or an identity. Raises MalformedMessage for what is none, also where its check does not hold."""
    if text != text.lower() and text != text.upper():
        raise _no_key()
    front, octets = _bech32(text.lower())
    kind, expected = _OCTETS.get(front, ("", 0))
    if kind:
        if len(octets) != expected:
            raise _no_key()
        is_private = front.startswith("age-")
        return AgeKey(kind, is_private, b"" if is_private else octets)
    plugin = front.removeprefix("age1")
    if plugin == front or not plugin or not octets:
        raise _no_key()
    return AgeKey(plugin, False, is_of_plugin=True)


def _bech32(text: str) -> tuple[str, bytes]:
    """What stands in front of the last `1`, and the octets behind it (BIP 173, without its bound)."""
    front, _, data = text.rpartition("1")
    if not front or len(text) > MOST_KEY or len(data) < _SUM or not front.isascii():
        raise _no_key()
    values = [_CHARSET.get(letter, -1) for letter in data]
    if min(values) < 0:
        raise _no_key()
    high = [ord(letter) >> 5 for letter in front]
    low = [ord(letter) & 31 for letter in front]
    if _check([*high, 0, *low, *values]) != 1:
        raise _no_key()
    bits = number = 0
    octets = bytearray()
    for value in values[:-_SUM]:
        number, bits = (number << 5 | value) & 0xFFF, bits + 5
        if bits >= 8:
            bits -= 8
            octets.append(number >> bits & 0xFF)
    if bits >= 5 or number & ((1 << bits) - 1):
        raise _no_key()
    return front, bytes(octets)


def _no_header() -> MalformedMessage:
    return MalformedMessage("it is no header of a file of age, or cut off")


def _no_key() -> MalformedMessage:
    return MalformedMessage("it is no key of age, or one with a wrong letter")


def _check(values: list[int]) -> int:
    check = 1
    for value in values:
        check = (check & 0x1FFFFFF) << 5 ^ value ^ _CHECKS[check >> 25]
    return check
