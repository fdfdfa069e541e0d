"""Key stores of Java: JKS and JCEKS (their layout as OpenJDK 17 reads it, sun.security.provider.JavaKeyStore and
com.sun.crypto.provider.JceKeyStore). Entries and certificates stand there in the clear, keys are locked."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.pki.algorithms import read_algorithm
from pqscan.wire.pki.der import SEQUENCE, DerReader

JKS, JCEKS = bytes.fromhex("feedfeed"), bytes.fromhex("cececece")
_KEY, _CERTIFICATE, _SECRET = 1, 2, 3
_MOST_ENTRIES = 100_000
_MOST_CHAIN = 100
_MOST_CONTENT = 1 << 24
_OF_KEY = {"1.3.6.1.4.1.42.2.17.1.1": "JKS", "1.3.6.1.4.1.42.2.19.1": "PBEWithMD5AndTripleDES"}


@dataclass(frozen=True, slots=True)
class LockedKey:
    """A private or secret key. `certificate` is the first of its chain in DER, which shows its algorithm; empty where there is
    none."""

    locked_by: str
    certificate: bytes
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class JavaKeyStore:
    """`kind` is `jks` or `jceks`. `is_cut`: a secret key stands in it as a serialised object, behind which nothing can be read."""

    kind: str
    keys: tuple[LockedKey, ...]
    is_cut: bool


def read_java_key_store(data: bytes) -> JavaKeyStore:
    """Raises MalformedMessage."""
    kind = {JKS: "jks", JCEKS: "jceks"}.get(data[:4])
    if kind is None:
        raise MalformedMessage("it is no key store of Java: its first octets are others")
    cursor = Cursor(data[4:])
    version, count = cursor.uint32("version"), cursor.uint32("number of entries")
    if version not in (1, 2) or count > _MOST_ENTRIES:
        raise MalformedMessage(f"a key store of Java of version {version} with {count} entries")
    keys: list[LockedKey] = []
    for _ in range(count):
        tag = cursor.uint32("kind of entry")
        _text(cursor, "alias")
        cursor.take(8, "time")
        if tag == _KEY:
            locked_by = _lock(_content(cursor, "key"))
            chain = cursor.uint32("length of the chain")
            if chain > _MOST_CHAIN:
                raise MalformedMessage(f"a chain of {chain} certificates in a key store")
            read = [_certificate(cursor, version) for _ in range(chain)]
            keys.append(LockedKey(locked_by, read[0] if read else b""))
        elif tag == _CERTIFICATE:
            _certificate(cursor, version)
        elif tag == _SECRET:
            keys.append(LockedKey("PBEWithMD5AndTripleDES", b"", is_secret=True))
            return JavaKeyStore(kind, tuple(keys), is_cut=True)
        else:
            raise MalformedMessage(f"an entry of the unknown kind {tag} in a key store")
    return JavaKeyStore(kind, tuple(keys), is_cut=False)


def _text(cursor: Cursor, what: str) -> bytes:
    return cursor.take(cursor.uint16(f"length of the {what}"), what)


def _content(cursor: Cursor, what: str) -> bytes:
    size = cursor.uint32(f"length of the {what}")
    if size > _MOST_CONTENT:
        raise MalformedMessage(f"a {what} of {size} octets in a key store")
    return cursor.take(size, what)


def _certificate(cursor: Cursor, version: int) -> bytes:
    if version == 2:
        _text(cursor, "kind of certificate")
    return _content(cursor, "certificate")


def _lock(key: bytes) -> str:
    """By what a key is locked, from its EncryptedPrivateKeyInfo (RFC 5958, section 3); `unknown` where it is none."""
    try:
        identified = read_algorithm(DerReader(key, set()).enter("EncryptedPrivateKeyInfo", SEQUENCE).enter("algorithm", SEQUENCE))
    except MalformedMessage:
        return "unknown"
    return _OF_KEY.get(identified.oid, identified.name)
