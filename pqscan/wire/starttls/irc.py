"""STARTTLS of IRC (the IRCv3 `tls` extension, now deprecated): CAP LS 302, STARTTLS, numeric 670. No nick is taken."""

from __future__ import annotations

import re

from pqscan.errors import MalformedMessage
from pqscan.wire.starttls.prelude import Said, Script, not_offered, other_protocol, put_off, refused
from pqscan.wire.starttls.text import printable

_MESSAGE = re.compile(rb"(?:@[^ ]* +)?(?::([^ ]+) +)?([A-Za-z]+|[0-9]{3})(?: +(.*))?")
_GO_AHEAD, _FAILED, _UNKNOWN_COMMAND, _NOT_REGISTERED = b"670", b"691", b"421", b"451"


def irc(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    capabilities: set[bytes] | None = None
    request, heard, asked = b"CAP LS 302\r\n", False, False
    while True:
        line = yield request
        request = b""
        found = _MESSAGE.fullmatch(line.rstrip(b"\r\n "))
        if found is None or (not heard and found[1] is None and found[2].upper() not in (b"ERROR", b"NOTICE", b"PING")):
            if not heard:
                other_protocol(line, ended=True)
            raise MalformedMessage(f"a line that is no message: {printable(line, 40)!r}")
        heard = True
        command, rest = found[2].upper(), found[3] or b""
        if command == b"ERROR":
            raise put_off(printable(line))
        if command == b"PING":
            request = b"PONG " + rest + b"\r\n"
        elif command == b"CAP" and not asked:
            parameters, _, listed = rest.partition(b":")
            names = {word.split(b"=")[0].lower() for word in listed.split()}
            capabilities = names if capabilities is None else capabilities | names
            if parameters.split()[-1:] == [b"*"]:  # More of the list follows.
                continue
            if b"tls" not in capabilities:
                raise not_offered(said)
            request, asked = b"STARTTLS\r\n", True
        elif command == _GO_AHEAD:
            return b""
        elif command == _FAILED:
            raise refused(f"the service refused: {printable(line)}")
        elif command in (_UNKNOWN_COMMAND, _NOT_REGISTERED):
            if asked:
                raise not_offered(said, f"STARTTLS is not offered: {printable(line)}")
            request, asked = b"STARTTLS\r\n", True  # It knows no CAP, and may know STARTTLS all the same.
        elif command != b"NOTICE" and not command.isdigit():
            raise MalformedMessage(f"a message out of turn: {printable(line, 40)!r}")
