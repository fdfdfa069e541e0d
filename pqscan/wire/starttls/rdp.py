"""TLS of the Remote Desktop Protocol ([MS-RDPBCGR], sections 2.2.1.1, 2.2.1.2 and 5.4): X.224 connection request and confirm.

The layers that Windows' own client asks for are asked for; which of them the server takes is a fact. RDSTLS (4), meant for
redirected connections, is left out: xrdp 0.9 hangs up on whoever names it. Where it takes none, standard
security is left (RC4 under keys of RSA), which is no TLS and is told as such. Nobody logs in.
"""

from __future__ import annotations

from pqscan.errors import MalformedMessage, PeerRejected
from pqscan.wire.cursor import Cursor
from pqscan.wire.starttls import rdp_standard
from pqscan.wire.starttls.prelude import MOST_UNIT_BYTES, NOT_OFFERED, STANDARD_SECURITY, Said, Script, other_protocol, refused

_ONLY_STANDARD = "rdp_standard_security"
_LAYERS = {1: "rdp_tls", 2: "rdp_nla", 8: "rdp_nla"}  # requestedProtocols: SSL, HYBRID, HYBRID_EX
_ALL_LAYERS = 0x0B
_CONNECTION_REQUEST, _CONNECTION_CONFIRM = 0xE0, 0xD0
_NEGOTIATION_REQUEST, _NEGOTIATION_RESPONSE, _NEGOTIATION_FAILURE = 1, 2, 3
_NO_TLS = {2: "SSL_NOT_ALLOWED_BY_SERVER", 3: "SSL_CERT_NOT_ON_SERVER"}
_HEAD_BYTES = 7  # TPKT and the fixed part of X.224


def packet_size(buffer: bytes) -> int:
    """A `Measure`: one TPKT (RFC 1006, section 6)."""
    if buffer[0] != 3 or (len(buffer) > 1 and buffer[1] != 0):
        return other_protocol(buffer)
    if len(buffer) < 4:
        return 0
    size = int.from_bytes(buffer[2:4], "big")
    if not _HEAD_BYTES <= size <= MOST_UNIT_BYTES:
        raise MalformedMessage(f"TPKT: a length of {size}, from {_HEAD_BYTES} to {MOST_UNIT_BYTES} are read")
    return size if len(buffer) >= size else 0


def tpkt(content: bytes) -> bytes:
    return b"\x03\x00" + (4 + len(content)).to_bytes(2, "big") + content


def connection_request(layers: int = _ALL_LAYERS) -> bytes:
    """X.224 connection request with an RDP negotiation request for `layers`."""
    wanted = bytes((_NEGOTIATION_REQUEST, 0)) + (8).to_bytes(2, "little") + layers.to_bytes(4, "little")
    return tpkt(bytes((6 + len(wanted), _CONNECTION_REQUEST)) + bytes(5) + wanted)


def rdp(said: Said) -> Script:
    """See the file. Raises what `Prelude.receive` raises."""
    kind, value = decode_connection_confirm((yield connection_request()))
    if kind == _NEGOTIATION_FAILURE:
        if value in _NO_TLS:
            raise _no_tls(said, f"TLS is not offered: {_NO_TLS[value]}")
        raise refused(f"the service refused with failure code {value}", code=value)
    if kind == _NEGOTIATION_RESPONSE and value:
        if value not in _LAYERS:
            raise MalformedMessage(f"RDP negotiation response: a security layer {value} that nobody asked for")
        said.note(_LAYERS[value])
        return b""
    packet = yield tpkt(rdp_standard.connect_initial())
    method, level = rdp_standard.decode_connect_response(packet[4:])
    raise _no_tls(said, f"TLS is not offered: only RDP standard security ({method}, level {level})", level=level, method=method)


def _no_tls(said: Said, what: str, **known: str | int) -> PeerRejected:
    """No TLS, which is not the same as no encryption."""
    said.note(NOT_OFFERED)
    said.note(_ONLY_STANDARD, **known)
    return refused(what, phrase=STANDARD_SECURITY)


def decode_connection_confirm(packet: bytes) -> tuple[int, int]:
    """Kind and value of the negotiation part of an X.224 connection confirm; (0, 0) where it has none, as of servers before
    RDP 5.2. Raises MalformedMessage."""
    cursor = Cursor(packet, 4)
    length = cursor.uint8("X.224 length")
    if length != cursor.remaining or cursor.uint8("X.224 type") & 0xF0 != _CONNECTION_CONFIRM:
        raise MalformedMessage("X.224: no connection confirm")
    cursor.take(5, "X.224 references and class")
    if not cursor.remaining:
        return 0, 0
    kind = cursor.uint8("RDP negotiation type")
    cursor.uint8("RDP negotiation flags")
    size = int.from_bytes(cursor.take(2, "RDP negotiation length"), "little")
    if kind not in (_NEGOTIATION_RESPONSE, _NEGOTIATION_FAILURE) or size != 8:
        raise MalformedMessage(f"RDP negotiation: type {kind} of {size} bytes")
    value = int.from_bytes(cursor.take(4, "RDP negotiation value"), "little")
    cursor.finish("RDP negotiation")
    return kind, value
