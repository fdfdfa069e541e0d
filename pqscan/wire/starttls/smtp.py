"""STARTTLS of SMTP (RFC 3207) and LMTP (RFC 2033): greeting, EHLO or LHLO, STARTTLS. Nothing is sent after that but TLS."""

from __future__ import annotations

from pqscan.errors import WrongProtocol
from pqscan.wire.starttls.prelude import GREETING_REFUSED, LOGIN_BEFORE_TLS, Said, Script, not_offered, refused
from pqscan.wire.starttls.text import gives_away, reply, software_of

_OUR_NAME = b"pqscan.invalid"  # RFC 2606, section 2: it claims to be nobody.
_UNKNOWN_COMMAND = (500, 502)  # RFC 5321, section 4.2.4: it has no EHLO; any other code is about us
_NOT_LOGGED_IN = 530  # FTP's word (RFC 959, section 5.4) for a command that it does not know yet


def smtp(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    return _talk(said, b"EHLO", "SMTP")


def lmtp(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    return _talk(said, b"LHLO", "LMTP")


def _talk(said: Said, hello: bytes, own: str) -> Script:
    greeting = yield from reply(first=True)
    opening = greeting.lines[0].partition(" ")[2]  # after the name of the host (RFC 5321, section 4.3.1)
    said.software = software_of(opening)
    if greeting.code >= 500:
        raise refused(f"the service greeted us with {greeting.spelling}", code=greeting.code, phrase=GREETING_REFUSED)
    if greeting.code != 220:
        raise greeting.error
    other = {"SMTP": "LMTP", "LMTP": "SMTP"}[own]
    extensions = yield from reply(hello + b" " + _OUR_NAME + b"\r\n")
    if extensions.code >= 500:
        words, whole = opening.upper(), greeting.lines[0].upper()
        if extensions.code == _NOT_LOGGED_IN or ("FTP" in whole and own not in whole):
            raise WrongProtocol(f"this is FTP: {extensions.spelling}", like="FTP")
        if other in words and own not in words.replace(other, ""):
            raise WrongProtocol(f"this is {other}: {extensions.spelling}", like=other)
        if extensions.code in _UNKNOWN_COMMAND:
            raise not_offered(said, f"no extensions, STARTTLS among them: {extensions.spelling}")
    if extensions.code != 250:
        raise extensions.error
    offered = [line.replace("=", " ").upper().split() for line in extensions.lines[1:]]
    keywords = {words[0] for words in offered if words}
    if any(gives_away(words[1:]) for words in offered if words[:1] == ["AUTH"]):
        said.note(LOGIN_BEFORE_TLS)
    if "STARTTLS" not in keywords:
        raise not_offered(said)
    ready = yield from reply(b"STARTTLS\r\n")
    if ready.code != 220:
        raise ready.error
    return b""
