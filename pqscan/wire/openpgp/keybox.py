"""The keybox of GnuPG (pubring.kbx; GnuPG 2.2, kbx/keybox-blob.c): where in it the keys of OpenPGP lie. Its X.509 certificates are
found as in any file."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.errors import MalformedMessage

_MAGIC = b"KBXf"
_HEADER, _OPENPGP = 1, 2
_LEAST = 32
_MOST_BLOBS = 200_000


def is_keybox(data: bytes) -> bool:
    return len(data) >= _LEAST and data[4] == _HEADER and data[8:12] == _MAGIC


def read_keybox(data: bytes) -> Iterator[tuple[int, int]]:
    """Beginning and end of the packets of each key, in order. Raises MalformedMessage where a length lies; what was given until
    then stands."""
    at = 0
    for _ in range(_MOST_BLOBS):
        if at >= len(data):
            return
        size = int.from_bytes(data[at : at + 4])
        if size < 6 or at + size > len(data):
            raise MalformedMessage(
                f"a part of the keybox at byte {at} has a length of {size}, and {len(data) - at} octets are left"
            )
        if data[at + 4] == _OPENPGP and size >= _LEAST:
            begin, length = (int.from_bytes(data[at + place : at + place + 4]) for place in (8, 12))
            if begin + length > size:
                raise MalformedMessage(f"the key in the part of the keybox at byte {at} reaches beyond it")
            yield at + begin, at + begin + length
        at += size
    raise MalformedMessage(f"more than {_MOST_BLOBS} parts of a keybox")
