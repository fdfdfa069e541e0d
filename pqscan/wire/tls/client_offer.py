"""What a ClientHello of someone else offers, read from its extensions (RFC 9846, section 4.3), without GREASE (RFC 8701)."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor, uint16_values
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.words import ExtensionType

_MOST_PROTOCOLS = 32
_HOST_NAME = 0


@dataclass(frozen=True, slots=True)
class ClientOffer:
    """Each list in the client's order. `share_groups` are those that it sent a share for; `server_name` as it stands on the wire,
    bytes above ASCII escaped."""

    versions: tuple[int, ...]
    cipher_suites: tuple[int, ...]
    groups: tuple[int, ...] = ()
    share_groups: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    server_name: str | None = None
    alpn: tuple[str, ...] = ()
    over_datagrams: bool = False  # DTLS, with `versions` as the numbers of TLS that they are

    @property
    def count(self) -> int:
        """How many values stand in its lists."""
        lists = (self.versions, self.cipher_suites, self.groups, self.share_groups, self.schemes, self.alpn)
        return sum(map(len, lists))


def read_client_offer(hello: ClientHello) -> ClientOffer:
    """Raises MalformedMessage where one of the extensions read here is none that the standard allows."""
    extensions = dict(reversed(hello.extensions or ()))  # The first of two counts.
    versions = _list8(extensions, ExtensionType.SUPPORTED_VERSIONS) or (hello.legacy_version,)
    return ClientOffer(
        _without_grease(versions),
        _without_grease(hello.cipher_suites),
        _without_grease(_list16(extensions, ExtensionType.SUPPORTED_GROUPS)),
        _without_grease(_shares(extensions.get(ExtensionType.KEY_SHARE))),
        _without_grease(_list16(extensions, ExtensionType.SIGNATURE_ALGORITHMS)),
        _server_name(extensions.get(ExtensionType.SERVER_NAME)),
        _protocols(extensions.get(ExtensionType.ALPN)),
    )


def _without_grease(values: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(value for value in values if value & 0x0F0F != 0x0A0A or value >> 8 != value & 0xFF))


def _list8(extensions: dict[int, bytes], kind: ExtensionType) -> tuple[int, ...]:
    data = extensions.get(kind)
    if data is None:
        return ()
    cursor = Cursor(data)
    values = uint16_values(cursor.opaque8(kind.name, least=2), kind.name)
    cursor.finish(kind.name)
    return values


def _list16(extensions: dict[int, bytes], kind: ExtensionType) -> tuple[int, ...]:
    data = extensions.get(kind)
    if data is None:
        return ()
    cursor = Cursor(data)
    values = cursor.uint16_list(kind.name)
    cursor.finish(kind.name)
    return values


def _shares(data: bytes | None) -> tuple[int, ...]:
    if data is None:
        return ()
    outer = Cursor(data)
    inner = Cursor(outer.opaque16("key_share"))
    outer.finish("key_share")
    groups: list[int] = []
    while inner.remaining:
        groups.append(KeyShareEntry.decode(inner).group)
    return tuple(groups)


def _server_name(data: bytes | None) -> str | None:
    if not data:
        return None
    outer = Cursor(data)
    inner = Cursor(outer.opaque16("server_name"))
    outer.finish("server_name")
    while inner.remaining:
        kind = inner.uint8("NameType")
        name = inner.opaque16("HostName", least=1)
        if kind == _HOST_NAME:
            return name.decode("ascii", "backslashreplace")
    return None


def _protocols(data: bytes | None) -> tuple[str, ...]:
    if data is None:
        return ()
    outer = Cursor(data)
    inner = Cursor(outer.opaque16("ALPN"))
    outer.finish("ALPN")
    names: list[str] = []
    while inner.remaining:
        if len(names) == _MOST_PROTOCOLS:
            raise MalformedMessage(f"ALPN: more than {_MOST_PROTOCOLS} protocols")
        names.append(inner.opaque8("ALPN.protocol_name", least=1).decode("ascii", "backslashreplace"))
    return tuple(names)
