"""TLS of MySQL and MariaDB (their manuals, "Protocol::HandshakeV10" and "SSLRequest"): greeting, SSLRequest. No user is named.

A server counts connections that end before a login, and refuses an address after max_connect_errors of them in a row (100 where
nobody set it), until FLUSH HOSTS or a login from there: an inventory of TLS takes some 25.
"""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.cursor import Cursor
from pqscan.wire.starttls.prelude import (
    GREETING_REFUSED,
    MOST_UNIT_BYTES,
    Said,
    Script,
    not_offered,
    other_protocol,
    put_off,
    refused,
)
from pqscan.wire.starttls.text import printable

_VERSION_10, _OLDER, _ERROR = 10, 9, 0xFF
_SSL = 0x0800
_CAPABILITIES = 0x0200 | _SSL | 0x8000 | 0x0001  # PROTOCOL_41, SSL, SECURE_CONNECTION, LONG_PASSWORD
_MOST_PACKET = 1 << 24
_UTF8 = 33
_ANOTHER_TIME = (1040, 1129, 1203, 1226)  # too many connections, host blocked, too many of a user, limit reached
_FOR_REPLICATION = "5.5.5-"  # MariaDB from 10 on puts it before its version for old clients.


def packet_size(buffer: bytes) -> int:
    """A `Measure`: one packet that begins an exchange (its sequence number is 0)."""
    if buffer[:2] in (b"\x15\x03", b"\x16\x03"):  # An alert or handshake record of TLS; no greeting has such a length.
        return other_protocol(buffer)
    if len(buffer) >= 5 and (buffer[3] != 0 or buffer[4] not in (_VERSION_10, _OLDER, _ERROR)):
        return other_protocol(buffer)
    if len(buffer) < 5:
        return other_protocol(buffer) if b"\n" in buffer[3:] else 0
    size = int.from_bytes(buffer[:3], "little")
    if size > MOST_UNIT_BYTES - 4:
        raise MalformedMessage(f"greeting: a length of {size}, at most {MOST_UNIT_BYTES} are read")
    return 4 + size if len(buffer) >= 4 + size else 0


def ssl_request() -> bytes:
    """The first 32 bytes of a handshake response, in a packet of their own."""
    content = _CAPABILITIES.to_bytes(4, "little") + _MOST_PACKET.to_bytes(4, "little") + bytes((_UTF8,)) + bytes(23)
    return len(content).to_bytes(3, "little") + b"\x01" + content


def mysql(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    packet = yield b""
    content = Cursor(packet, 4)
    kind = content.uint8("greeting")
    if kind == _ERROR:
        raise _error(content)
    version, capabilities = decode_greeting(content, has_capabilities=kind == _VERSION_10)
    said.software = version.removeprefix(_FOR_REPLICATION)
    if kind == _OLDER or not capabilities & _SSL:
        raise not_offered(said, "TLS is not offered: the greeting lacks the flag for it")
    return ssl_request()


def decode_greeting(content: Cursor, *, has_capabilities: bool) -> tuple[str, int]:
    """Version and capability flags of a greeting, from behind its first byte on; that of an older protocol ends before them. Raises
    MalformedMessage."""
    name = bytearray()
    while byte := content.uint8("greeting.version"):
        name.append(byte)
    content.take(4 + 8 + 1, "greeting.thread and salt")
    capabilities = int.from_bytes(content.take(2, "greeting.capabilities"), "little") if has_capabilities else 0
    return printable(bytes(name), 80), capabilities


def _error(content: Cursor) -> PeerError:
    code = int.from_bytes(content.take(2, "error.code"), "little")
    told = f"error {code} {printable(content.rest())}".rstrip()
    if code in _ANOTHER_TIME:
        return put_off(told)
    return refused(f"the service greeted us with {told}", code=code, phrase=GREETING_REFUSED)
