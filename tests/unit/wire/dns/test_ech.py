from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.ech import MOST_CONFIGS, read_ech_kems


def config(kem: int, version: int = 0xFE0D) -> bytes:
    contents = b"\x01" + kem.to_bytes(2, "big") + b"\x00\x04abcd"
    return version.to_bytes(2, "big") + len(contents).to_bytes(2, "big") + contents


def listed(*configs: bytes) -> bytes:
    whole = b"".join(configs)
    return len(whole).to_bytes(2, "big") + whole


def test_each_kem_is_told_once_in_order() -> None:
    assert read_ech_kems(listed(config(0x647A), config(0x20), config(0x647A))) == (0x647A, 0x20)


def test_other_versions_are_skipped() -> None:
    assert read_ech_kems(listed(config(0x99, 0xFE0A), config(0x20))) == (0x20,)


def test_configurations_are_bounded() -> None:
    assert len(read_ech_kems(listed(*(config(n) for n in range(MOST_CONFIGS + 5))))) == MOST_CONFIGS


@pytest.mark.parametrize("size", range(len(listed(config(0x20)))))
def test_a_cut_list_is_malformed(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_ech_kems(listed(config(0x20))[:size])
