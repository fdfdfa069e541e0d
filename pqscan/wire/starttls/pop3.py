"""STLS of POP3 (RFC 2595, section 4): greeting, CAPA (RFC 2449), STLS."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerError, PeerRejected
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

_ANOTHER_TIME = (b"[SYS/TEMP]", b"[IN-USE]", b"[LOGIN-DELAY]")  # RFC 3206, RFC 2449


def pop3(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    line = yield b""
    if line.startswith(b"-ERR"):
        raise _no(line, GREETING_REFUSED)
    if not line.startswith(b"+OK"):
        other_protocol(line, ended=True)
    said.software = software_of(printable(line[3:]))
    line = yield b"CAPA\r\n"
    knows_capa = line.startswith(b"+OK")
    if line.startswith(b"+OK"):
        capabilities: dict[str, str] = {}
        while (line := (yield b"")).rstrip(b"\r\n") != b".":
            name, _, values = printable(line).partition(" ")
            capabilities[name.upper()] = values
        said.software = software_of(capabilities.get("IMPLEMENTATION", "")) or said.software
        if "USER" in capabilities or gives_away(capabilities.get("SASL", "").split()):
            said.note(LOGIN_BEFORE_TLS)
        if "STLS" not in capabilities:
            raise not_offered(said)
    elif not line.startswith(b"-ERR"):  # Else it knows no CAPA, and may know STLS all the same.
        raise MalformedMessage(f"an answer without a status: {printable(line, 40)!r}")
    line = yield b"STLS\r\n"
    if line.startswith(b"-ERR"):
        error = _no(line)
        if not knows_capa and isinstance(error, PeerRejected):  # It knows neither of the extensions.
            raise not_offered(said, f"STLS is not offered: {printable(line)}")
        raise error
    if not line.startswith(b"+OK"):
        raise MalformedMessage(f"an answer without a status: {printable(line, 40)!r}")
    return b""


def _no(line: bytes, phrase: str = REFUSED) -> PeerError:
    if any(code in line.upper() for code in _ANOTHER_TIME):
        return put_off(printable(line))
    return refused(f"the service refused: {printable(line)}", phrase=phrase)
