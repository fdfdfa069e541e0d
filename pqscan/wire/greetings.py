"""Which protocol an answer begins like that is not the one asked for: servers that speak first, or answer in their own words."""

from __future__ import annotations

_OPENINGS = (
    (b"\x15\x03", "TLS"),
    (b"\x16\x03", "TLS"),
    (b"HTTP/", "HTTP"),
    (b"SSH-", "SSH"),
    (b"+OK", "POP3"),
    (b"-ERR", "POP3"),
    (b"* OK", "IMAP"),
    (b"* BYE", "IMAP"),
    (b"* PREAUTH", "IMAP"),
    (b'"IMPLEMENTATION"', "ManageSieve"),  # RFC 5804, section 1.7
    (b"200 ", "NNTP"),  # RFC 3977, section 5.1
    (b"201 ", "NNTP"),
    (b"RFB ", "RFB"),
    (b"<stream:stream", "XMPP"),
    (b"<?xml", "XMPP"),  # RFC 6120, section 11.5: before the stream; nothing else that is asked here begins with it
    (b"<!DOCTYPE", "HTTP"),  # A page without a status line, which servers of HTTP send to what they cannot read at all.
    (b"<html", "HTTP"),
    (b"<HTML", "HTTP"),
    (b"<", "XML/HTML"),
)
_READY = b"220"  # SMTP (RFC 5321, section 4.2) and FTP (RFC 959, section 5.4) alike; the words behind it tell
_FIRST_PACKET_OF_MYSQL = b"\x00\x0a"  # sequence number 0, protocol version 10, behind three bytes of length
MOST_BYTES = max(len(opening) for opening, _ in _OPENINGS)
_MOST_LINE = 512  # bytes of a reply of SMTP (RFC 5321, section 4.5.3.1.5)


def protocol_like(start: bytes) -> str:
    """Its name as `WrongProtocol.like` carries it; empty where the bytes begin like none that we know."""
    if start.startswith(_READY):
        line = start.partition(b"\n")[0].upper()
        return "FTP" if b"FTP" in line else "SMTP" if b"SMTP" in line else "SMTP/FTP"
    found = next((name for opening, name in _OPENINGS if start.startswith(opening)), "")
    return found or ("MySQL" if start[3:5] == _FIRST_PACKET_OF_MYSQL else "")


def is_open(start: bytes) -> bool:
    """Whether more bytes could still change what `protocol_like` says."""
    if b"\n" in start:
        return False
    if start.startswith(_READY):
        return len(start) < _MOST_LINE
    if any(len(opening) > len(start) and opening.startswith(start) for opening, _ in (*_OPENINGS, (_READY, ""))):
        return True
    return len(start) < 5 and not protocol_like(start)
