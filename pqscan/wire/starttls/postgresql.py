"""SSLRequest of PostgreSQL (its manual, "Message Formats" and "SSL Session Encryption"): eight bytes, answered with one letter.

One letter proves little. Who answers N is asked for GSSAPI encryption next, as libpq does, which PostgreSQL answers with a letter
or, before version 12, with an error: then N was its word for no. Nobody logs in.
"""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.starttls.prelude import MOST_UNIT_BYTES, Said, Script, not_offered, other_protocol, put_off, refused
from pqscan.wire.starttls.text import printable

_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
_GSSAPI_REQUEST = (8).to_bytes(4, "big") + (80877104).to_bytes(4, "big")
_SHORTAGES = (b"C53", b"C57", b"too many", b"could not fork")  # SQLSTATE classes 53 and 57 (its manual, appendix A)


def answer_size(buffer: bytes) -> int:
    """A `Measure`: `S`, `N`, `G`, or an ErrorResponse, which old servers end with a zero byte, its length untold."""
    if buffer[:1] in (b"S", b"N", b"G"):
        return 1
    if buffer[:1] != b"E":
        return other_protocol(buffer)
    if len(buffer) < 5:
        return 0
    size = int.from_bytes(buffer[1:5], "big")
    if size < 4 or size > MOST_UNIT_BYTES - 1:
        return buffer.find(b"\0") + 1
    return 1 + size if len(buffer) >= 1 + size else 0


def postgresql(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    answer = yield _SSL_REQUEST
    if answer == b"N":
        control = yield _GSSAPI_REQUEST
        if control == b"S":
            raise MalformedMessage(f"a reply out of turn: {printable(control)}")
        raise not_offered(said, "TLS is not offered: the server answers N")
    if answer == b"G":
        other_protocol(answer, ended=True)
    if answer != b"S":
        text = printable(answer[1:].replace(b"\0", b" "))
        raise put_off(text) if any(sign in answer for sign in _SHORTAGES) else refused(f"the service refused: {text}")
    return b""
