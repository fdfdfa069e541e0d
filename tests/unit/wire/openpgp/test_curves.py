"""Sizes of keys of OpenPGP on elliptic curves."""

from __future__ import annotations

import pytest

from pqscan.wire.openpgp.keys import read_key
from pqscan.wire.openpgp.packets import Packet, Tag

SIZES = [
    ("2a8648ce3d030107", "secp256r1", 256),
    ("2b81040023", "secp521r1", 521),
    ("2b2403030208010107", "brainpoolP256r1", 256),
    ("2b240303020801010b", "brainpoolP384r1", 384),
    ("2b240303020801010d", "brainpoolP512r1", 512),
]


@pytest.mark.parametrize(("curve", "name", "size"), SIZES, ids=[name for _, name, _ in SIZES])
def test_a_key_on_a_curve_has_the_size_of_its_field(curve: str, name: str, size: int) -> None:
    oid = bytes.fromhex(curve)
    body = b"\x04" + bytes(4) + b"\x13" + bytes([len(oid)]) + oid + (515).to_bytes(2) + b"\x04" + bytes(64)
    key = read_key(Packet(Tag.PUBLIC_KEY, body, 0, len(body))).public
    assert key is not None
    assert (key.parameter, key.size_bits) == (name, size)
