"""STARTTLS of ManageSieve (RFC 5804, sections 1.2, 1.7 and 2.2): the service lists its capabilities unasked, then STARTTLS."""

from __future__ import annotations

import re

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.starttls.prelude import (
    GREETING_REFUSED,
    LOGIN_BEFORE_TLS,
    REFUSED,
    Said,
    Script,
    not_offered,
    other_protocol,
    put_off,
    refused,
)
from pqscan.wire.starttls.text import gives_away, printable, software_of

_CAPABILITY = re.compile(rb'"([^"\\]*)"(?: +"((?:[^"\\]|\\.)*)")?')
_STATUS = re.compile(rb"(OK|NO|BYE)(?:$| +(.*))", re.IGNORECASE)


def sieve(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    capabilities: dict[bytes, bytes] = {}
    line = (yield b"").rstrip(b"\r\n")
    while (found := _CAPABILITY.fullmatch(line)) is not None:
        capabilities[found[1].upper()] = found[2] or b""
        line = (yield b"").rstrip(b"\r\n")
    status = _STATUS.fullmatch(line)
    if status is None:
        if not capabilities:
            other_protocol(line + b"\n", ended=True)
        raise MalformedMessage(f"a line that is no capability: {printable(line, 40)!r}")
    if status[1].upper() != b"OK":
        raise _no(line, GREETING_REFUSED)
    said.software = software_of(printable(capabilities.get(b"IMPLEMENTATION", b"")))
    if gives_away(printable(capabilities.get(b"SASL", b"")).split()):
        said.note(LOGIN_BEFORE_TLS)
    if b"STARTTLS" not in capabilities:
        raise not_offered(said)
    line = (yield b"STARTTLS\r\n").rstrip(b"\r\n")
    status = _STATUS.fullmatch(line)
    if status is None:
        raise MalformedMessage(f"an answer without a status: {printable(line, 40)!r}")
    if status[1].upper() != b"OK":
        raise _no(line)
    return b""


def _no(line: bytes, phrase: str = REFUSED) -> PeerError:
    if b"(TRYLATER)" in line.upper():
        return put_off(printable(line))
    return refused(f"the service refused: {printable(line)}", phrase=phrase)
