"""Bends hellos and shares: the small changes that cases are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pqscan.harness.conformance.case import components_of
from pqscan.wire import builder
from pqscan.wire.cursor import Cursor
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.words import ExtensionType

_PART_BYTES = {
    "X25519": 32,
    "X448": 56,
    "secp256r1": 65,
    "secp384r1": 97,
    "secp521r1": 133,
    "ML-KEM-512": 800,
    "ML-KEM-768": 1184,
    "ML-KEM-1024": 1568,
}  # of a client's share: RFC 9846, section 4.3.8.2; FIPS 203, table 3
Change = Callable[[ClientHello], ClientHello]
Bytes = Callable[[bytes], bytes]


def extension_of(hello: ClientHello, kind: int) -> bytes:
    """The data of an extension; empty where it is not there."""
    return next((data for found, data in hello.extensions or () if found == kind), b"")


def without(*kinds: int) -> Change:
    return lambda hello: replace(hello, extensions=tuple(one for one in hello.extensions or () if one[0] not in kinds))


def with_extension(kind: int, data: bytes) -> Change:
    return lambda hello: hello.with_extension(kind, data)


def shares_of(hello: ClientHello) -> tuple[KeyShareEntry, ...]:
    cursor = Cursor(extension_of(hello, ExtensionType.KEY_SHARE))
    inner = Cursor(cursor.opaque16("key_share"))
    found = []
    while inner.remaining:
        found.append(KeyShareEntry.decode(inner))
    return tuple(found)


def with_shares(hello: ClientHello, shares: Sequence[KeyShareEntry]) -> ClientHello:
    return hello.with_extension(ExtensionType.KEY_SHARE, builder.opaque16(b"".join(share.encode() for share in shares)))


def share(change: Bytes) -> Change:
    """Bends the key_exchange of every share."""

    def bend(hello: ClientHello) -> ClientHello:
        return with_shares(hello, [KeyShareEntry(one.group, change(one.key_exchange)) for one in shares_of(hello)])

    return bend


def part(name: str, change: Bytes) -> Change:
    """Bends one component of every share that has it."""

    def bend_entry(entry: KeyShareEntry) -> KeyShareEntry:
        parts = split(entry.group, entry.key_exchange)
        bent = (change(data) if component == name else data for component, data in parts)
        return KeyShareEntry(entry.group, b"".join(bent))

    return lambda hello: with_shares(hello, [bend_entry(entry) for entry in shares_of(hello)])


def split(group: int, key_exchange: bytes) -> list[tuple[str, bytes]]:
    """The parts of a share in wire order."""
    found, at = [], 0
    for name in components_of(group):
        found.append((name, key_exchange[at : at + _PART_BYTES[name]]))
        at += _PART_BYTES[name]
    return found


def can_split(group: int) -> bool:
    return bool(components_of(group)) and all(name in _PART_BYTES for name in components_of(group))


def in_second(change: Change) -> Callable[[ClientHello, ClientHello], ClientHello]:
    """The change as a hook for the second hello."""
    return lambda second, _first: change(second)
