"""What a ClientHello offers, read as strictly as a server must (RFC 9846, sections 4.2.2 and 4.3). Raises Refusal or
MalformedMessage, which means decode_error."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pqscan.harness.tls.records import Refusal
from pqscan.wire.cursor import Cursor, uint16_values
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.words import AlertDescription, ExtensionType, Version

_MAY_CHANGE = (ExtensionType.KEY_SHARE, ExtensionType.COOKIE, ExtensionType.PADDING, 42)  # 42: early_data, to be removed


@dataclass(frozen=True, slots=True)
class Offered:
    """The lists of one hello. None where its extension is not there. `shares` in the order of the hello, doubles kept."""

    versions: tuple[int, ...] | None
    groups: tuple[int, ...] | None
    shares: tuple[KeyShareEntry, ...] | None
    schemes: tuple[int, ...] | None
    cookie: bytes | None

    def share(self, group: int) -> KeyShareEntry | None:
        """The first share of a group."""
        return next((entry for entry in self.shares or () if entry.group == group), None)


def read_offer(hello: ClientHello) -> Offered:
    """Raises MalformedMessage where an extension does not follow its structure, Refusal where one comes twice."""
    kinds = [kind for kind, _ in hello.extensions or ()]
    if len(set(kinds)) != len(kinds):
        raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "an extension that comes twice")
    found = dict(hello.extensions or ())
    return Offered(
        versions=_versions(found.get(ExtensionType.SUPPORTED_VERSIONS)),
        groups=_list(found.get(ExtensionType.SUPPORTED_GROUPS), "supported_groups"),
        shares=_shares(found.get(ExtensionType.KEY_SHARE)),
        schemes=_list(found.get(ExtensionType.SIGNATURE_ALGORITHMS), "signature_algorithms"),
        cookie=_cookie(found.get(ExtensionType.COOKIE)),
    )


def check_hello(hello: ClientHello, offered: Offered) -> None:
    """What a TLS 1.3 server must refuse in any hello. Raises Refusal."""
    if offered.versions is None or Version.TLS13 not in offered.versions:
        raise Refusal(AlertDescription.PROTOCOL_VERSION, "TLS 1.3 is not offered")
    if hello.legacy_version != Version.TLS12:
        raise Refusal(AlertDescription.PROTOCOL_VERSION, f"legacy_version 0x{hello.legacy_version:04x}")
    if hello.compression_methods != b"\x00":
        raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "legacy_compression_methods is not the null method alone")
    if offered.schemes is None or offered.groups is None or offered.shares is None:
        raise Refusal(AlertDescription.MISSING_EXTENSION, "signature_algorithms, supported_groups or key_share is missing")


def check_second(first: ClientHello, second: ClientHello, group: int | None, cookie: bytes | None) -> None:
    """What may differ between the two hellos (RFC 9846, section 4.2.2), and what must. Raises Refusal, MalformedMessage."""
    if _without_what_may_change(first) != _without_what_may_change(second):
        raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "the second hello differs from the first where it must not")
    offered = read_offer(second)
    if offered.cookie != cookie:
        told = AlertDescription.MISSING_EXTENSION if offered.cookie is None else AlertDescription.ILLEGAL_PARAMETER
        raise Refusal(told, "the cookie was not echoed")
    if group is not None and tuple(entry.group for entry in offered.shares or ()) != (group,):
        raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "the second hello does not hold the one share that was asked for")
    if group is None and offered.shares != read_offer(first).shares:
        raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "the shares changed, and no others were asked for")


def _without_what_may_change(hello: ClientHello) -> ClientHello:
    return replace(hello, extensions=tuple(one for one in hello.extensions or () if one[0] not in _MAY_CHANGE))


def _versions(data: bytes | None) -> tuple[int, ...] | None:
    if data is None:
        return None
    cursor = Cursor(data)
    versions = uint16_values(cursor.opaque8("supported_versions", least=2), "supported_versions")
    cursor.finish("supported_versions")
    return versions


def _list(data: bytes | None, what: str) -> tuple[int, ...] | None:
    if data is None:
        return None
    cursor = Cursor(data)
    values = uint16_values(cursor.opaque16(what, least=2), what)
    cursor.finish(what)
    return values


def _shares(data: bytes | None) -> tuple[KeyShareEntry, ...] | None:
    if data is None:
        return None
    outer = Cursor(data)
    inner = Cursor(outer.opaque16("key_share"))
    outer.finish("key_share")
    shares: list[KeyShareEntry] = []
    while inner.remaining:
        shares.append(KeyShareEntry.decode(inner))
    return tuple(shares)


def _cookie(data: bytes | None) -> bytes | None:
    if data is None:
        return None
    cursor = Cursor(data)
    cookie = cursor.opaque16("cookie", least=1)
    cursor.finish("cookie")
    return cookie
