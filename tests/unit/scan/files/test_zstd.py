"""Content packed by zstd: read as it comes, within a bound of memory, and told where it is damaged."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
import zstandard

from pqscan.model.outcome import OutcomeStatus
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.containers import zstd
from tests.unit.scan.files.test_examine import PEM, ar, cpio, examine, found, not_read, rpm, tarred

SKIPPED = b"*M\x18".rjust(4, b"P") + (5).to_bytes(4, "little") + b"12345"


def packed(data: bytes, **further: bool) -> bytes:
    return zstandard.ZstdCompressor(**further).compress(data)


@pytest.mark.parametrize(
    ("data", "name", "members"),
    [
        (packed(PEM), "c.pem.zst", ("c.pem",)),
        (packed(PEM, write_checksum=True, write_content_size=False), "c.pem.zst", ("c.pem",)),
        (SKIPPED + packed(PEM), "c.pem.zst", ("c.pem",)),
        (packed(PEM[:200]) + SKIPPED + packed(PEM[200:]), "c.pem.zst", ("c.pem",)),
        (packed(tarred({"d/c.pem": PEM})), "a.tzst", ("a.tar", "d/c.pem")),
        (ar({"data.tar.zst": packed(tarred({"c.pem": PEM}))}), "p.deb", ("data.tar.zst", "data.tar", "c.pem")),
        (rpm(packed(cpio({"c.pem": PEM}))), "p.rpm", ("payload", "payload", "c.pem")),
    ],
    ids=["one frame", "with checksum", "behind a frame to skip", "two frames", "tar", "deb", "rpm"],
)
def test_a_certificate_is_found_in_it(tmp_path: Path, data: bytes, name: str, members: tuple[str, ...]) -> None:
    examined = examine(tmp_path / name, data)
    assert (found(examined), examined.is_through) == ([members], True)


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.99])
def test_a_frame_that_is_cut_off_is_told(tmp_path: Path, kept: float) -> None:
    data = packed(PEM + bytes(range(256)) * 2000, write_checksum=True)
    examined = examine(tmp_path / "a.zst", data[: int(len(data) * kept)])
    assert [code for _, code, _ in not_read(examined)] == ["container_broken"]
    assert not examined.is_through


def test_a_frame_that_is_damaged_is_told(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a.zst", packed(PEM)[:20] + bytes(40))
    assert [code for _, code, _ in not_read(examined)] == ["container_broken"]


def test_a_frame_that_wants_gigabytes_of_memory_is_refused(tmp_path: Path) -> None:
    window = (30 - 10) << 3  # 1 GiB (RFC 8878, section 3.1.1.1.2)
    examined = examine(tmp_path / "a.zst", b"\x28\xb5\x2f\xfd" + bytes((0, window)) + b"\x01\x00\x00")
    assert [code for _, code, _ in not_read(examined)] == ["container_broken"]


def test_a_bomb_costs_what_the_bounds_allow(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a.zst", packed(bytes(64 << 20)), bounds=Bounds(octets=1 << 20))
    assert [(code, status) for _, code, status in not_read(examined)] == [("file_octets_spent", OutcomeStatus.TIMED_OUT)]
    assert examined.octets < 4 << 20


def test_without_the_library_it_is_told_which_one_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert [code for _, code, _ in not_read(examine(tmp_path / "a.zst", packed(PEM)))] == ["container_needs_library"]


def test_blocks_of_one_repeated_octet_are_followed() -> None:
    data = packed(bytes(1 << 20)) * 2
    reader = zstd.Zstd(io.BytesIO(data))
    assert sum(len(part) for part in iter(lambda: reader.read(1 << 16), b"")) == 2 << 20
