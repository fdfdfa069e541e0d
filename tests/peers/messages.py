"""TLS messages for scripted servers, written byte by byte (RFC 9846, sections 4 and 5); deliberately not pqscan's codec."""

from __future__ import annotations

from dataclasses import dataclass

RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
ALERT, HANDSHAKE, CHANGE_CIPHER_SPEC, APPLICATION_DATA = 21, 22, 20, 23


@dataclass(frozen=True, slots=True)
class Hello:
    """What a script needs to know of a ClientHello."""

    session_id: bytes
    suites: tuple[int, ...]
    groups: tuple[int, ...]
    shares: tuple[int, ...]
    versions: tuple[int, ...]


def record(kind: int, data: bytes, version: int = 0x0303) -> bytes:
    return bytes([kind]) + version.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


def records(kind: int, data: bytes, size: int = 16384) -> bytes:
    """`data` in as many records of at most `size` bytes as it takes."""
    return b"".join(record(kind, data[start : start + size]) for start in range(0, len(data), size))


def alert(description: int, level: int = 2) -> bytes:
    return record(ALERT, bytes([level, description]))


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def extension(kind: int, data: bytes) -> bytes:
    return kind.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


def server_hello(
    hello: Hello,
    *,
    suite: int = 0x1301,
    group: int | None = None,
    share: bytes = b"",
    version: int = 0x0304,
    random: bytes = b"\x5a" * 32,
) -> bytes:
    """A ServerHello; `version` goes to supported_versions from TLS 1.3 on, else to legacy_version."""
    extensions = b""
    if version >= 0x0304:
        extensions += extension(43, version.to_bytes(2, "big"))
    if group is not None:
        extensions += extension(51, group.to_bytes(2, "big") + len(share).to_bytes(2, "big") + share)
    return _hello(hello, suite, extensions, min(version, 0x0303), random)


def retry(hello: Hello, *, suite: int = 0x1301, group: int | None = None, cookie: bytes | None = None) -> bytes:
    """A HelloRetryRequest (RFC 9846, section 4.2.4)."""
    extensions = extension(43, b"\x03\x04")
    if group is not None:
        extensions += extension(51, group.to_bytes(2, "big"))
    if cookie is not None:
        extensions += extension(44, len(cookie).to_bytes(2, "big") + cookie)
    return _hello(hello, suite, extensions, 0x0303, RETRY_RANDOM)


def read_hello(data: bytes) -> Hello:
    """Take a well-formed ClientHello apart; the scripts' own clients send no other."""
    handshake = b""
    while len(data) >= 5:
        length = int.from_bytes(data[3:5], "big")
        handshake, data = handshake + (data[5 : 5 + length] if data[0] == HANDSHAKE else b""), data[5 + length :]
    body = handshake[4 + 34 :]
    session_id, body = body[1 : 1 + body[0]], body[1 + body[0] :]
    length = int.from_bytes(body[:2], "big")
    suites, body = _numbers(body[2 : 2 + length]), body[2 + length :]
    body = body[1 + body[0] + 2 :]
    found: dict[int, bytes] = {}
    while len(body) >= 4:
        length = int.from_bytes(body[2:4], "big")
        found[int.from_bytes(body[:2], "big")], body = body[4 : 4 + length], body[4 + length :]
    shares, rest = [], found.get(51, b"")[2:]
    while len(rest) >= 4:
        shares.append(int.from_bytes(rest[:2], "big"))
        rest = rest[4 + int.from_bytes(rest[2:4], "big") :]
    return Hello(session_id, suites, _numbers(found.get(10, b"")[2:]), tuple(shares), _numbers(found.get(43, b"")[1:]))


def _hello(hello: Hello, suite: int, extensions: bytes, version: int, random: bytes) -> bytes:
    session = bytes([len(hello.session_id)]) + hello.session_id
    block = len(extensions).to_bytes(2, "big") + extensions if extensions else b""
    return message(2, version.to_bytes(2, "big") + random + session + suite.to_bytes(2, "big") + b"\0" + block)


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2))
