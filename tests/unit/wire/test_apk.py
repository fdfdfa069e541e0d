"""The signing block of an Android package, put together by its documentation."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.errors import MalformedMessage
from pqscan.wire.apk import MAGIC, read_apk_block

V2, V3, V31, V32, PADDING = 0x7109871A, 0xF05368C0, 0x1B93AD61, 0x70E1C89F, 0x42726577
KEY = ec.derive_private_key(5, ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(4, "little") + data


def signer(*algorithms: int, has_versions: bool = False, key: bytes = KEY) -> bytes:
    signatures = b"".join(prefixed(number.to_bytes(4, "little") + prefixed(b"signature")) for number in algorithms)
    versions = bytes(8) if has_versions else b""
    return prefixed(prefixed(b"signed data") + versions + prefixed(signatures) + prefixed(key))


def block(*pairs: tuple[int, bytes]) -> bytes:
    inside = b"".join((len(value) + 4).to_bytes(8, "little") + number.to_bytes(4, "little") + value for number, value in pairs)
    size = (len(inside) + 24).to_bytes(8, "little")
    return size + inside + size + MAGIC


def test_every_signer_of_every_scheme_is_told() -> None:
    data = block(
        (V2, prefixed(signer(0x0103, 0x0201))),
        (PADDING, bytes(100)),
        (V3, prefixed(signer(0x0201, has_versions=True))),
        (V32, prefixed(signer(0x0201, has_versions=True) + signer(0x0999, has_versions=True, key=b"none"))),
    )
    found = read_apk_block(data)
    assert [(one.scheme, one.algorithms) for one in found] == [
        ("v2", (0x0103, 0x0201)),
        ("v3", (0x0201,)),
        ("v3.2", (0x0201,)),
        ("v3.2", (0x0999,)),
    ]
    assert (found[0].key, found[3].key) == (KEY, b"none")


WHOLE = block((V31, prefixed(signer(0x0101, has_versions=True))))


@pytest.mark.parametrize("size", range(len(WHOLE)))
def test_no_prefix_of_a_block_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_apk_block(WHOLE[:size])


def test_lengths_that_lie_are_refused() -> None:
    for value in (prefixed(signer(0x0101))[:-1], b"\xff\xff\xff\xff", prefixed(b"\xff\xff\xff\x7f")):
        with pytest.raises(MalformedMessage):
            read_apk_block(block((V2, value)))


def test_no_more_signers_and_blocks_are_read_than_anybody_needs() -> None:
    with pytest.raises(MalformedMessage, match="signers"):
        read_apk_block(block((V2, prefixed(signer(0x0101) * 101))))
    with pytest.raises(MalformedMessage, match="blocks"):
        read_apk_block(block(*[(PADDING, b"")] * 1001))
