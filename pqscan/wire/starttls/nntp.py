"""STARTTLS of NNTP (RFC 4642): greeting, CAPABILITIES (RFC 3977, section 5.2), STARTTLS."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.starttls.prelude import GREETING_REFUSED, LOGIN_BEFORE_TLS, Said, Script, not_offered, refused
from pqscan.wire.starttls.text import Reply, gives_away, printable, reply, software_of


def nntp(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    greeting = yield from reply(first=True)
    said.software = software_of(greeting.lines[0].partition(" ")[2])
    if greeting.code >= 500:
        raise refused(f"the service greeted us with {greeting.spelling}", code=greeting.code, phrase=GREETING_REFUSED)
    if greeting.code not in (200, 201):
        raise greeting.error
    line = yield b"CAPABILITIES\r\n"
    if line.startswith(b"101"):
        capabilities: dict[str, str] = {}
        while (line := (yield b"")).rstrip(b"\r\n") != b".":
            name, _, values = printable(line).partition(" ")
            capabilities[name.upper()] = values
        said.software = software_of(capabilities.get("IMPLEMENTATION", "")) or said.software
        if "USER" in capabilities.get("AUTHINFO", "").upper().split() or gives_away(capabilities.get("SASL", "").split()):
            said.note(LOGIN_BEFORE_TLS)
        if "STARTTLS" not in capabilities:
            raise not_offered(said)
    elif not line.startswith(b"5"):  # Else it knows no CAPABILITIES, and may know STARTTLS all the same.
        raise _answer(line).error
    answer = _answer((yield b"STARTTLS\r\n"))
    if answer.code != 382:
        raise not_offered(said, f"STARTTLS is not offered: {answer.spelling}") if answer.code in (500, 501, 502) else answer.error
    return b""


def _answer(line: bytes) -> Reply:
    code = line[:3]
    if not code.isdigit() or not 200 <= int(code) < 600:
        raise MalformedMessage(f"an answer without a code: {printable(line, 40)!r}")
    return Reply(int(code), (printable(line[4:]),))
