"""The protocol before TLS in a target of the harness: `host:587/smtp`."""

from __future__ import annotations

from pqscan.errors import UsageError
from pqscan.wire.starttls.flavours import FLAVOURS


def split_starttls(target: str) -> tuple[str, str | None]:
    """The target without its protocol, and that. Raises UsageError for a protocol that is none, or one without a port."""
    place, slash, word = target.rpartition("/")
    if not slash or not place or place.endswith("/") or word.isdigit():  # A URL or a network: whoever reads targets tells so.
        return target, None
    if word not in FLAVOURS:
        raise UsageError(f"{word[:40]!r} is no protocol that begins TLS by request; known are {', '.join(FLAVOURS)}")
    if not _has_port(place):
        raise UsageError(f"before /{word} stands a port, as in mail.example.vn:587/smtp")
    return place, word


def _has_port(place: str) -> bool:
    host, colon, port = place.rpartition("@")[2].rpartition(":")
    is_whole = host.endswith("]") if host.startswith("[") else ":" not in host  # A bare IPv6 address has none.
    return bool(colon) and is_whole and port.isdigit()
