"""The APK Signing Block, which stands in front of the table of an Android package (source.android.com, APK signature scheme v2 and
v3), and the file that lies beside one (scheme v4): who signed, by which algorithms and with which key. Numbers are little-endian
there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.registry.apk import ApkScheme, scheme_of
from pqscan.wire.cursor import Cursor

MAGIC = b"APK Sig Block 42"
_V4_VERSION = 2
_V4_TREE = (1, 12)  # SHA-256, over blocks of 4096 octets: the only one that there is
_MOST_SIGNERS = 100
_MOST_PAIRS = 1000


@dataclass(frozen=True, slots=True)
class ApkSigner:
    """`algorithms` are the numbers of its signatures; `key` is its public key, a SubjectPublicKeyInfo in DER, as it lies there."""

    scheme: str
    algorithms: tuple[int, ...]
    key: bytes


def read_apk_block(block: bytes) -> tuple[ApkSigner, ...]:
    """Every signer of every scheme, in their order. `block` is all of it, both lengths included. Raises MalformedMessage."""
    size = int.from_bytes(block[:8], "little")
    if len(block) < 32 or size != len(block) - 8 or block[-24:-16] != block[:8] or not block.endswith(MAGIC):
        raise MalformedMessage("the APK Signing Block does not begin and end as one does")
    cursor = Cursor(block, 8, len(block) - 24)
    found: list[ApkSigner] = []
    for _ in range(_MOST_PAIRS):
        if not cursor.remaining:
            return tuple(found)
        length = int.from_bytes(cursor.take(8, "the length of a block"), "little")
        pair = Cursor(cursor.take(length, "a block"))
        scheme = scheme_of(_number(pair, "the number of a block"))
        if scheme is not None:
            found.extend(_signers(pair, scheme))
    raise MalformedMessage(f"the APK Signing Block holds more than {_MOST_PAIRS} blocks")


def read_idsig(data: bytes) -> tuple[ApkSigner, ...]:
    """The signer in a file `*.apk.idsig`, and those that newer programs write behind it (AOSP's apksig, V4Signature: SigningInfos).
    The tree of hashes at the end is not read. Raises MalformedMessage."""
    cursor = Cursor(data)
    if _number(cursor, "the version of a signature") != _V4_VERSION:
        raise MalformedMessage("it is no signature of an APK in a version that is read")
    hashing = Cursor(_prefixed(cursor, "hashing info"))
    if (_number(hashing, "the hash of a tree"), hashing.uint8("the size of its blocks")) != _V4_TREE:
        raise MalformedMessage("it is no signature of an APK in a version that is read")
    _prefixed(hashing, "salt")
    _prefixed(hashing, "root hash")
    hashing.finish("hashing info")
    infos = Cursor(_prefixed(cursor, "signing infos"))
    found = [_signing_info(infos)]
    while infos.remaining:
        if len(found) >= _MOST_SIGNERS:
            raise MalformedMessage(f"the APK has more than {_MOST_SIGNERS} signers")
        _number(infos, "the number of a block")
        block = Cursor(_prefixed(infos, "a block"))
        found.append(_signing_info(block))
        block.finish("signing info")
    return tuple(found)


def _signing_info(cursor: Cursor) -> ApkSigner:
    for what in ("digest of the APK", "certificate", "additional data"):
        _prefixed(cursor, what)
    key, algorithm = _prefixed(cursor, "public key"), _number(cursor, "the algorithm of a signature")
    _prefixed(cursor, "signature")
    return ApkSigner("v4", (algorithm,), key)


def _signers(pair: Cursor, scheme: ApkScheme) -> Iterator[ApkSigner]:
    for number, signer in enumerate(_sequence(pair, "signers")):
        if number >= _MOST_SIGNERS:
            raise MalformedMessage(f"the APK has more than {_MOST_SIGNERS} signers")
        _prefixed(signer, "signed data")
        if scheme.has_versions:
            signer.take(8, "the versions of Android")
        algorithms = tuple(_number(one, "the algorithm of a signature") for one in _sequence(signer, "signatures"))
        yield ApkSigner(scheme.name, algorithms, _prefixed(signer, "public key"))


def _number(cursor: Cursor, what: str) -> int:
    return int.from_bytes(cursor.take(4, what), "little")


def _prefixed(cursor: Cursor, what: str) -> bytes:
    return cursor.take(_number(cursor, what), what)


def _sequence(cursor: Cursor, what: str) -> Iterator[Cursor]:
    inside = Cursor(_prefixed(cursor, what))
    while inside.remaining:
        yield Cursor(_prefixed(inside, what))
