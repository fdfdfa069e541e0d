"""STARTTLS of IMAP (RFC 9051, section 6.2.1): greeting, CAPABILITY where the greeting lacks it, STARTTLS."""

from __future__ import annotations

import re
from collections.abc import Generator

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.starttls.prelude import (
    GREETING_REFUSED,
    LOGIN_BEFORE_TLS,
    PREAUTHENTICATED,
    REFUSED,
    Said,
    Script,
    not_offered,
    other_protocol,
    put_off,
    refused,
)
from pqscan.wire.starttls.text import gives_away, printable, software_of

_STATUS = re.compile(r"(OK|NO|BAD|PREAUTH|BYE)(?: +\[([^\]]*)\])? *(.*)", re.IGNORECASE)
_ANOTHER_TIME = ("UNAVAILABLE", "LIMIT", "INUSE", "OVERQUOTA")  # response codes of RFC 9051, section 7.1


def imap(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    line = yield b""
    greeting = _STATUS.fullmatch(printable(line[2:], 1000)) if line.startswith(b"* ") else None
    if greeting is None:
        other_protocol(line, ended=True)
        raise MalformedMessage("no greeting")
    state, code, text = greeting[1].upper(), greeting[2] or "", greeting[3]
    if state == "BYE":
        raise _no(code, text, GREETING_REFUSED)
    said.software = software_of(text)
    if state == "PREAUTH":  # STARTTLS is for those who have not logged in (RFC 9051, section 6.2).
        raise refused("the service takes us for logged in already and then has no STARTTLS", phrase=PREAUTHENTICATED)
    if state != "OK":
        raise MalformedMessage(f"a greeting that is none: {printable(line, 40)!r}")
    words = code.upper().split()
    capabilities = set(words[1:]) if words[:1] == ["CAPABILITY"] else set()
    if not capabilities:
        yield from _command(b"a", b"CAPABILITY", capabilities)
    mechanisms = (each.removeprefix("AUTH=") for each in capabilities if each.startswith("AUTH="))
    if capabilities and ("LOGINDISABLED" not in capabilities or gives_away(mechanisms)):
        said.note(LOGIN_BEFORE_TLS)
    if capabilities and "STARTTLS" not in capabilities:
        raise not_offered(said)
    answer = yield from _command(b"b", b"STARTTLS", set())
    if answer[1].upper() != "OK":
        raise _no(answer[2] or "", answer[3])
    return b""


def _command(tag: bytes, command: bytes, capabilities: set[str]) -> Generator[bytes, bytes, re.Match[str]]:
    """Sends it and reads on to the tagged answer; untagged CAPABILITY lines are kept. Raises PeerThrottled, MalformedMessage."""
    line = yield tag + b" " + command + b"\r\n"
    while not line.startswith(tag + b" "):
        words = printable(line, 4000).upper().split()
        if words[:2] == ["*", "CAPABILITY"]:
            capabilities.update(words[2:])
        elif words[:2] == ["*", "BYE"]:
            raise put_off(printable(line))
        elif words[:1] != ["*"]:
            raise MalformedMessage(f"a line that belongs to nothing: {printable(line, 40)!r}")
        line = yield b""
    status = _STATUS.fullmatch(printable(line[len(tag) + 1 :], 1000))
    if status is None:
        raise MalformedMessage(f"an answer without a status: {printable(line, 40)!r}")
    return status


def _no(code: str, text: str, phrase: str = REFUSED) -> PeerError:
    if code.upper().split(" ")[0] in _ANOTHER_TIME:
        return put_off(f"[{code}] {text}")
    return refused(f"the service refused: {text[:200]}", phrase=phrase)
