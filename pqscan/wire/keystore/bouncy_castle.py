"""Key stores of Bouncy Castle as far as they are in the clear: BKS of version 1 and 2, UBER (their layout as Bouncy Castle 1.87
writes it, org.bouncycastle.jcajce.provider.keystore.bc.BcKeyStoreSpi), and BCFKS (its ASN.1 in org.bouncycastle.asn1.bc).

In BKS entries and certificates stand in the clear and private keys are sealed; of UBER and BCFKS all is locked."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.pki.algorithms import read_algorithm
from pqscan.wire.pki.der import OCTET_STRING, SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.private_key import Lock, read_lock

_END, _CERTIFICATE, _KEY, _SECRET, _SEALED = range(5)
_MOST_ENTRIES = 100_000
_MOST_CHAIN = 100
_MOST_CONTENT = 1 << 24
_MOST_SALT = 64
_MAC_OCTETS = 20
_SALT_AT = 8
_BLOCK = 16  # of Twofish
_KEY_CIPHER = "pbeWithSHA1And3-KeyTripleDES-CBC"
_STORE_CIPHER = "PBEWithSHAAndTwofish-CBC"
_KINDS_OF_KEYS = {0: "private", 1: "public", 2: "secret"}


@dataclass(frozen=True, slots=True)
class StoredKey:
    """`kind` is `private`, `public`, `secret`, or `sealed` where the lock hides which of them. `certificate` is the first of its
    chain in DER, which shows its algorithm; empty where there is none. `lock` is None for a key in the clear."""

    kind: str
    lock: Lock | None
    certificate: bytes


@dataclass(frozen=True, slots=True)
class CastleKeyStore:
    """`kind` is `bks-v1`, `bks`, `uber` or `bcfks`; `contents` are the locks of what nobody sees without the password."""

    kind: str
    keys: tuple[StoredKey, ...] = ()
    contents: tuple[Lock, ...] = ()


def read_bouncy_castle(data: bytes) -> CastleKeyStore:
    """BKS or UBER: both begin alike, and only what follows tells them apart. Raises MalformedMessage."""
    cursor = Cursor(data)
    version = cursor.uint32("version")
    salt = cursor.uint32("length of the salt")
    if version not in (1, 2) or not 0 < salt <= _MOST_SALT:
        raise MalformedMessage(f"a key store of Bouncy Castle of version {version} with a salt of {salt} octets")
    cursor.take(salt, "salt")
    rounds = cursor.uint32("iterations")
    at = len(data) - cursor.remaining
    try:
        return _entries(cursor, version)
    except MalformedMessage:
        locked = len(data) - at
        if begins_with_entry(data) or locked < 2 * _BLOCK or locked % _BLOCK or len(set(data[at : at + 64])) < 16:
            raise  # What is encrypted has no pattern.
    return CastleKeyStore("uber", contents=(Lock(_STORE_CIPHER, None, None, rounds),))


def begins_with_entry(data: bytes) -> bool:
    """Whether an entry with a short name stands where the first one of BKS does, as by chance in one of 10,000 files."""
    at = _SALT_AT + int.from_bytes(data[4:8]) + 4
    return len(data) > at + 3 and data[at] in (_CERTIFICATE, _KEY, _SECRET, _SEALED) and int.from_bytes(data[at + 1 : at + 3]) < 512


def read_bcfks(der: bytes) -> CastleKeyStore:
    """Raises MalformedMessage."""
    outer = DerReader(der, set())
    inside = outer.enter("ObjectStore", SEQUENCE)
    if Flaw.LENGTH_OVERRUN in outer.flaws:
        raise MalformedMessage("the key store is cut off")
    data = inside.enter("EncryptedObjectStoreData", SEQUENCE)
    lock = read_lock(read_algorithm(data.enter("encryptionAlgorithm", SEQUENCE)), data)
    data.read("encryptedContent", OCTET_STRING)
    inside.read("integrityCheck")
    return CastleKeyStore("bcfks", contents=(lock,))


def _entries(cursor: Cursor, version: int) -> CastleKeyStore:
    keys: list[StoredKey] = []
    for _ in range(_MOST_ENTRIES):
        kind = cursor.uint8("kind of entry")
        if kind == _END:
            if cursor.remaining != _MAC_OCTETS:
                raise MalformedMessage(f"{cursor.remaining} octets follow the entries of the key store")
            return CastleKeyStore("bks" if version == 2 else "bks-v1", tuple(keys))
        _text(cursor, "alias")
        cursor.take(8, "time")
        chain = cursor.uint32("length of the chain")
        if chain > _MOST_CHAIN:
            raise MalformedMessage(f"a chain of {chain} certificates in a key store")
        read = [_certificate(cursor) for _ in range(chain)]
        first = read[0] if read else b""
        if kind == _CERTIFICATE:
            _certificate(cursor)
        elif kind == _KEY:
            keys.append(_key_in_the_clear(cursor, first))
        elif kind in (_SECRET, _SEALED):
            sealed = _sealed(_content(cursor, "sealed key"))
            keys.append(StoredKey("private" if first else "secret" if kind == _SECRET else "sealed", sealed, first))
        else:
            raise MalformedMessage(f"an entry of the unknown kind {kind} in a key store")
    raise MalformedMessage(f"a key store with more than {_MOST_ENTRIES} entries")


def _key_in_the_clear(cursor: Cursor, certificate: bytes) -> StoredKey:
    kind = _KINDS_OF_KEYS.get(cursor.uint8("kind of key"))
    if kind is None:
        raise MalformedMessage("a key of an unknown kind in a key store")
    _text(cursor, "format")
    _text(cursor, "algorithm")
    _content(cursor, "key")
    return StoredKey(kind, None, certificate)


def _sealed(data: bytes) -> Lock:
    """The salt and the iterations stand in front of what is encrypted; what has none of them is locked in a way not known here."""
    cursor = Cursor(data)
    try:
        size = cursor.uint32("length of the salt")
        if size > _MOST_SALT:
            return Lock(None)
        cursor.take(size, "salt")
        return Lock(_KEY_CIPHER, None, None, cursor.uint32("iterations"))
    except MalformedMessage:
        return Lock(None)


def _text(cursor: Cursor, what: str) -> bytes:
    return cursor.take(cursor.uint16(f"length of the {what}"), what)


def _content(cursor: Cursor, what: str) -> bytes:
    size = cursor.uint32(f"length of the {what}")
    if size > _MOST_CONTENT:
        raise MalformedMessage(f"a {what} of {size} octets in a key store")
    return cursor.take(size, what)


def _certificate(cursor: Cursor) -> bytes:
    _text(cursor, "kind of certificate")
    return _content(cursor, "certificate")
