"""Answers of a KDC for tests, written without the program's own codec."""

from __future__ import annotations


def der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    return bytes([tag]) + (bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")) + content


def number(value: int) -> bytes:
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def text(value: str) -> bytes:
    return der(0x1B, value.encode())


def part(place: int, content: bytes) -> bytes:
    return der(0xA0 | place, content)


def name(*parts: str) -> bytes:
    return der(0x30, part(0, number(2)), part(1, der(0x30, *map(text, parts))))


def method_data(*hints: tuple[int, tuple[int, ...]]) -> bytes:
    """Each a number of pre-authentication and, of 19, the types of encryption in it."""
    made = []
    for kind, etypes in hints:
        value = der(0x30, *(der(0x30, part(0, number(each)), part(1, text("salt"))) for each in etypes)) if etypes else b""
        made.append(der(0x30, part(1, number(kind)), part(2, der(4, value))))
    return der(0x30, *made)


def krb_error(code: int, data: bytes | None = None, words: str = "") -> bytes:
    parts = [part(0, number(5)), part(1, number(30)), part(4, der(0x18, b"20261129000000Z")), part(5, number(0))]
    parts += [part(6, number(code)), part(9, text("EXAMPLE.VN")), part(10, name("krbtgt", "EXAMPLE.VN"))]
    parts += [part(11, text(words))] if words else []
    parts += [part(12, der(4, data))] if data is not None else []
    return der(0x7E, der(0x30, *parts))


def as_rep(reply: int, ticket: int, hints: bytes | None = None) -> bytes:
    def sealed(etype: int) -> bytes:
        return der(0x30, part(0, number(etype)), part(2, der(4, bytes(200))))

    held = der(0x61, der(0x30, part(0, number(5)), part(1, text("R")), part(2, name("krbtgt", "R")), part(3, sealed(ticket))))
    parts = [part(0, number(5)), part(1, number(11))] + ([part(2, hints)] if hints is not None else [])
    parts += [part(3, text("R")), part(4, name("krbtgt", "R")), part(5, held), part(6, sealed(reply))]
    return der(0x6B, der(0x30, *parts))
