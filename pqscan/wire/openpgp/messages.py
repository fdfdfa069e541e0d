"""Signatures and encrypted messages of OpenPGP (RFC 9580, sections 5.1 to 5.4 and 5.13): their algorithms, and what a binding
signature says that a key is for. Neither a signature nor a recipient is kept."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.registry.openpgp import aead_name, cipher_name, hash_name
from pqscan.wire.cursor import Cursor
from pqscan.wire.openpgp.keys import scheme_name
from pqscan.wire.openpgp.packets import Packet, Tag

_ONE_PASS_VERSIONS = (3, 6)
_KEY_FLAGS = 27  # RFC 9580, section 5.2.3.29
_SIGNS, _ENCRYPTS = 0x01 | 0x02 | 0x20, 0x04 | 0x08  # certifying and authenticating are signing
_MOST_SUBPACKETS = 1_000
_ON_KEYS = frozenset({*range(0x10, 0x14), 0x18, 0x19, 0x1F, 0x20, 0x28, 0x30})


@dataclass(frozen=True, slots=True)
class PgpSignature:
    """`algorithm` and `hash_number` as numbers; `on_key`: it certifies a key, a name or a binding, and no document. `flags` are
    `signing` and `encryption` where it says what its key is for."""

    algorithm: int
    hash_number: int
    on_key: bool
    flags: frozenset[str] = frozenset()

    @property
    def hash(self) -> str:
        return hash_name(self.hash_number) or str(self.hash_number)


@dataclass(frozen=True, slots=True)
class PgpEncryption:
    """Of a message: to the holder of a key of `algorithm`, or (None) to who knows a password. `cipher` where it stands there;
    `derivation` from the password. All None for content with no word on how its key is had."""

    algorithm: int | None = None
    cipher: str | None = None
    derivation: str | None = None


def read_signature(packet: Packet) -> PgpSignature:
    """A signature, or the packet that announces one. Raises MalformedMessage."""
    cursor = Cursor(packet.body)
    version = cursor.uint8("version of the signature")
    if packet.tag is Tag.ONE_PASS:
        if version not in _ONE_PASS_VERSIONS:
            raise MalformedMessage(f"a signature of OpenPGP is announced in version {version}")
        kind, hashed, algorithm = (cursor.uint8(what) for what in ("kind", "hash", "algorithm"))
        return _known(PgpSignature(algorithm, hashed, kind in _ON_KEYS))
    if version in (2, 3):
        if cursor.uint8("length of what is signed") != 5:
            raise MalformedMessage("a signature of OpenPGP of version 3 has another length of what is signed")
        kind = cursor.uint8("kind of signature")
        cursor.take(12, "time and key")
        algorithm, hashed = cursor.uint8("algorithm"), cursor.uint8("hash")
        return _known(PgpSignature(algorithm, hashed, kind in _ON_KEYS))
    if version not in (4, 5, 6):
        raise MalformedMessage(f"a signature of OpenPGP of version {version}")
    kind, algorithm, hashed = (cursor.uint8(what) for what in ("kind", "algorithm", "hash"))
    wide = version == 6
    size = cursor.uint32("length of subpackets") if wide else cursor.uint16("length of subpackets")
    flags = _flags(Cursor(cursor.take(size, "subpackets")))
    size = cursor.uint32("length of subpackets") if wide else cursor.uint16("length of subpackets")
    cursor.take(size, "subpackets that are not signed")
    cursor.take(2, "beginning of the hash")
    if not cursor.remaining:
        raise MalformedMessage("a signature of OpenPGP has no signature in it")
    return _known(PgpSignature(algorithm, hashed, kind in _ON_KEYS, flags))


def read_encryption(packet: Packet) -> PgpEncryption:
    """How a message is encrypted, from a packet of one of the kinds that say so. Raises MalformedMessage."""
    cursor = Cursor(packet.body)
    if packet.tag is Tag.ENCRYPTED:
        return PgpEncryption()
    version = cursor.uint8("version of the message")
    if packet.tag is Tag.PKESK:
        return PgpEncryption(_recipient(cursor, version))
    if packet.tag is Tag.SKESK:
        return _by_password(cursor, version)
    if packet.tag is Tag.PROTECTED and version == 1:
        return PgpEncryption()
    if packet.tag in (Tag.PROTECTED, Tag.AEAD) and version in (1, 2):
        cipher, mode = cursor.uint8("cipher"), cursor.uint8("mode")
        return PgpEncryption(cipher=_cipher(cipher, mode))
    raise MalformedMessage(f"a message of OpenPGP of the unknown version {version}")


def _recipient(cursor: Cursor, version: int) -> int:
    if version == 3:
        cursor.take(8, "key")
    elif version == 6:
        cursor.opaque8("key", most=33)
    else:
        raise MalformedMessage(f"a key of a message of OpenPGP of version {version}")
    algorithm = cursor.uint8("algorithm")
    if not cursor.remaining:
        raise MalformedMessage("a message of OpenPGP has no key in it for who is to read it")
    return algorithm


def _by_password(cursor: Cursor, version: int) -> PgpEncryption:
    if version not in (4, 5, 6):
        raise MalformedMessage(f"a password of a message of OpenPGP of version {version}")
    if version == 6:
        cursor.uint8("length")
    cipher = cursor.uint8("cipher")
    mode = cursor.uint8("mode") if version > 4 else None
    if version == 6:
        cursor.uint8("length of the derivation")
    if cipher_name(cipher) is None:
        raise MalformedMessage(f"a message of OpenPGP by the unknown cipher {cipher}")
    return PgpEncryption(cipher=_cipher(cipher, mode), derivation=scheme_name(cursor)[0])


def _cipher(cipher: int, mode: int | None) -> str:
    name = cipher_name(cipher) or f"cipher {cipher}"
    return name if mode is None else f"{name}-{aead_name(mode) or mode}"


def _known(signature: PgpSignature) -> PgpSignature:
    """Octets that look alike name hashes that are none."""
    if hash_name(signature.hash_number) is None:
        raise MalformedMessage(f"a signature of OpenPGP over the unknown hash {signature.hash_number}")
    return signature


def _flags(cursor: Cursor) -> frozenset[str]:
    for _ in range(_MOST_SUBPACKETS):
        if not cursor.remaining:
            break
        first = cursor.uint8("length of a subpacket")
        if first == 255:
            size = cursor.uint32("length of a subpacket")
        elif first >= 192:
            size = (first - 192 << 8) + cursor.uint8("length of a subpacket") + 192
        else:
            size = first
        content = cursor.take(size, "subpacket")
        if len(content) > 1 and content[0] & 0x7F == _KEY_FLAGS:
            signs = {"signing"} if content[1] & _SIGNS else set()
            return frozenset(signs | ({"encryption"} if content[1] & _ENCRYPTS else set()))
    return frozenset()
