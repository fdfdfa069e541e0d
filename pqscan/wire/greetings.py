"""Which protocol an answer begins like that is not the one asked for: servers that speak first, or answer in their own words."""

from __future__ import annotations

_GREETINGS = (
    (b"HTTP/", "HTTP"),
    (b"SSH-", "SSH"),
    (b"+OK", "POP3"),
    (b"* OK", "IMAP"),
    (b"220", "SMTP/FTP"),
    (b"RFB ", "RFB"),
    (b"<", "XML/HTML"),
    (b"\x15\x03", "TLS"),
    (b"\x16\x03", "TLS"),
)
MOST_BYTES = max(len(greeting) for greeting, _ in _GREETINGS)


def protocol_like(start: bytes) -> str:
    """Its name as `WrongProtocol.like` carries it; empty where the bytes begin like none that we know."""
    return next((name for greeting, name in _GREETINGS if start.startswith(greeting)), "")
