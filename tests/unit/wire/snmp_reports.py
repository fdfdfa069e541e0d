"""Reports of agents of SNMPv3 for tests, written without the program's own codec."""

from __future__ import annotations

from tests.unit.wire.kerberos_answers import der, number


def report(
    asked: int, engine_id: bytes, *, boots: int = 3, seconds: int = 12, version: int = 3, model: int = 3, tag: int = 0xA8
) -> bytes:
    about = der(0x30, number(asked), number(65507), der(4, b"\x00"), number(model))
    user = der(0x30, der(4, engine_id), number(boots), number(seconds), der(4, b""), der(4, b""), der(4, b""))
    counter = der(0x30, bytes.fromhex("060a2b060106030f01010400"), der(0x41, b"\x01"))
    told = der(tag, number(asked), number(0), number(0), der(0x30, counter))
    return der(0x30, number(version), about, der(4, user), der(0x30, der(4, engine_id), der(4, b""), told))


def number_of(question: bytes) -> int:
    """The number of a question: the first integer of its header, behind the version."""
    place = 5 + 2  # the sequence's two octets, the version's three, the header's two
    assert question[place] == 2
    return int.from_bytes(question[place + 2 : place + 2 + question[place + 1]], "big")
