"""The signing block of an Android package, put together by its documentation."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.errors import MalformedMessage
from pqscan.wire.apk import MAGIC, read_apk_block, read_idsig

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


def signing(algorithm: int, key: bytes = KEY) -> bytes:
    parts = b"".join(map(prefixed, (b"digest", b"certificate", b"", key)))
    return parts + algorithm.to_bytes(4, "little") + prefixed(b"signature")


def idsig(infos: bytes, *, version: int = 2, hashing: bytes | None = None, tree: bytes | None = None) -> bytes:
    """A signature of scheme v4 by its documentation; `tree` is left out where it is None."""
    if hashing is None:
        hashing = (1).to_bytes(4, "little") + b"\x0c" + prefixed(b"") + prefixed(bytes(32))
    return version.to_bytes(4, "little") + prefixed(hashing) + prefixed(infos) + (b"" if tree is None else prefixed(tree))


WITH_MORE = idsig(signing(0x0103) + V31.to_bytes(4, "little") + prefixed(signing(0x0201, b"none")), tree=bytes(4096))


def test_the_signer_in_a_file_beside_the_package_is_told_and_those_behind_it() -> None:
    (one,) = read_idsig(idsig(signing(0x0201)))
    assert (one.scheme, one.algorithms, one.key) == ("v4", (0x0201,), KEY)
    assert [(one.algorithms, one.key) for one in read_idsig(WITH_MORE)] == [((0x0103,), KEY), ((0x0201,), b"none")]
    assert read_idsig(WITH_MORE[:-1000]) == read_idsig(WITH_MORE)  # The tree of hashes may not be held to its end.


@pytest.mark.parametrize("size", range(len(idsig(signing(0x0201)))))
def test_no_prefix_of_a_file_beside_a_package_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_idsig(idsig(signing(0x0201))[:size])


@pytest.mark.parametrize(
    "data",
    [
        idsig(signing(0x0201), version=3),
        idsig(signing(0x0201), hashing=bytes(45)),
        idsig(signing(0x0201)[:-1]),
        idsig(signing(0x0201) + b"\0"),
        idsig(signing(0x0201) + (V31.to_bytes(4, "little") + prefixed(signing(0x0201))) * 101),
    ],
    ids=["another version", "another hash", "cut", "something behind", "too many"],
)
def test_a_file_beside_a_package_that_does_not_fit_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_idsig(data)
