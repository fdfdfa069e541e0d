"""What RDP standard security encrypts with, where a server has no TLS ([MS-RDPBCGR], sections 2.2.1.3, 2.2.1.4 and 5.3).

One MCS Connect Initial (T.125, section 11.1) asks; its answer names method and level. No user is named, no channel joined.
"""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor

_X224_DATA = b"\x02\xf0\x80"
_TARGET = bytes.fromhex("301902012202010202010002010102010002010102 02ffff020102")
_LEAST = bytes.fromhex("3019020101020101020101020101020100020101020204200201 02")
_MOST = bytes.fromhex("301c0202ffff0202fc170202ffff0201010201000201010202ffff020102")
"""DomainParameters as in section 4.1.3 of the document: every server takes them."""
_GCC_KEY = bytes.fromhex("000500147c0001")  # T.124, section 8.7: the object identifier of the recommendation
_CREATE_REQUEST = bytes.fromhex("000800100001c000") + b"Duca"
_SERVER_KEY = b"McDn"
_CLIENT_CORE, _CLIENT_SECURITY, _SERVER_SECURITY = 0xC001, 0xC002, 0x0C02
_METHODS = {0: "none", 1: "RC4 40", 2: "RC4 128", 8: "RC4 56", 0x10: "3DES 168"}
_EVERY_METHOD = 0x1B
_MOST_BLOCKS = 16


def connect_initial() -> bytes:
    """The X.224 data of an MCS Connect Initial PDU that offers every encryption method."""
    core = b"".join(
        (
            (0x00080004).to_bytes(4, "little"),  # RDP 5.0 to 8.1
            (1024).to_bytes(2, "little") + (768).to_bytes(2, "little"),
            bytes.fromhex("01ca03aa") + (0x0409).to_bytes(4, "little") + (2600).to_bytes(4, "little"),
            "pqscan".encode("utf-16-le").ljust(32, b"\0"),
            (4).to_bytes(4, "little")
            + (0).to_bytes(4, "little")
            + (12).to_bytes(4, "little")
            + bytes(64),  # keyboard, input method
            bytes.fromhex("01ca0100") + bytes(4) + (24).to_bytes(2, "little") + bytes.fromhex("07000100"),
            bytes(64) + b"\0\0" + bytes(4),  # product, connection type, the layer that the server selected: none
        )
    )
    security = _EVERY_METHOD.to_bytes(4, "little") + bytes(4)
    blocks = _block(_CLIENT_CORE, core) + _block(_CLIENT_SECURITY, security)
    request = _CREATE_REQUEST + _packed_length(len(blocks)) + blocks
    user_data = _GCC_KEY + _packed_length(len(request)) + request
    content = b"\x04\x01\x01\x04\x01\x01\x01\x01\xff" + _TARGET + _LEAST + _MOST
    content += b"\x04\x82" + len(user_data).to_bytes(2, "big") + user_data
    return _X224_DATA + b"\x7f\x65\x82" + len(content).to_bytes(2, "big") + content


def decode_connect_response(data: bytes) -> tuple[str, int]:
    """Method (`RC4 128`) and level (0 none, 1 low, 2 client compatible, 3 high, 4 FIPS) in an MCS Connect Response, X.224 data.
    Raises MalformedMessage."""
    if not data.startswith(_X224_DATA + b"\x7f\x66"):
        raise MalformedMessage("MCS: no Connect Response")
    at = data.find(_SERVER_KEY)  # All before it has lengths of lengths and is the same everywhere (section 4.1.4).
    if at < 0:
        raise MalformedMessage("MCS Connect Response: no data of the server")
    cursor = Cursor(data, at + len(_SERVER_KEY))
    size = cursor.uint8("GCC length")
    if size & 0x80:
        size = (size & 0x7F) << 8 | cursor.uint8("GCC length")
    blocks = Cursor(cursor.take(size, "server data"))
    for _ in range(_MOST_BLOCKS):
        kind, length = _little(blocks, 2), _little(blocks, 2)
        if length < 4:
            raise MalformedMessage(f"server data: a block of {length} bytes")
        block = Cursor(blocks.take(length - 4, "server data block"))
        if kind == _SERVER_SECURITY:
            method, level = _little(block, 4), _little(block, 4)
            return _METHODS.get(method, f"0x{method:08x}"), level
    raise MalformedMessage("MCS Connect Response: no word on security")


def _little(cursor: Cursor, size: int) -> int:
    return int.from_bytes(cursor.take(size, "server data"), "little")


def _block(kind: int, content: bytes) -> bytes:
    return kind.to_bytes(2, "little") + (4 + len(content)).to_bytes(2, "little") + content


def _packed_length(size: int) -> bytes:
    """A length of packed encoding (X.691, section 11.9) below 16,384."""
    return bytes((size,)) if size < 0x80 else (0x8000 | size).to_bytes(2, "big")
