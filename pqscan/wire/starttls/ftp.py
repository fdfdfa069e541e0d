"""AUTH TLS of FTP (RFC 4217, section 4): greeting, AUTH TLS. No user is named."""

from __future__ import annotations

from pqscan.errors import WrongProtocol
from pqscan.wire.starttls.prelude import GREETING_REFUSED, Said, Script, not_offered, refused
from pqscan.wire.starttls.text import reply, software_of

_NOT_KNOWN = (500, 502, 504, 530)
"""RFC 959, section 4.2.1, and RFC 2228, section 5.1; 530 (not logged in) is said to every command that is no login."""


def ftp(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    greeting = yield from reply(first=True, loose=True)
    said.software = software_of(greeting.lines[-1])
    if greeting.code >= 500:
        raise refused(f"the service greeted us with {greeting.spelling}", code=greeting.code, phrase=GREETING_REFUSED)
    if greeting.code != 220:
        raise greeting.error
    answer = yield from reply(b"AUTH TLS\r\n", loose=True)
    if answer.code >= 500:
        words = " ".join(greeting.lines).upper()
        if "SMTP" in words and "FTP" not in words:
            raise WrongProtocol(f"this is SMTP: {answer.spelling}", like="SMTP")
        if answer.code in _NOT_KNOWN:
            raise not_offered(said, f"AUTH TLS is not offered: {answer.spelling}")
    if answer.code != 234:
        raise answer.error
    return b""
