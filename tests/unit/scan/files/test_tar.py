"""Tar archives whose headers claim more than there is, or never end: told, and nothing is held or waited for."""

from __future__ import annotations

import tarfile
import tracemalloc
from itertools import count
from pathlib import Path

from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.scan.files.bounds import Bounds
from tests.unit.scan.files.test_examine import PEM, examine, examiner, found, not_read, tarred

BROKEN = [((), "container_broken", OutcomeStatus.MALFORMED)]
MEGABYTES = 1_000_000


def header(kind: bytes, size: int, name: str = "x") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


def pax(**values: str) -> bytes:
    """An extended header with such records; their lengths have two digits."""
    lines = [f"{name.replace('_', '.')}={value}\n" for name, value in values.items()]
    data = "".join(f"{len(line) + 3} {line}" for line in lines).encode()
    return header(tarfile.XHDTYPE, len(data)) + data + bytes(-len(data) % 512)


def sparse(entries: int, data: bytes) -> bytes:
    """GNU's sparse files, version 1.0: the map stands in front of the content."""
    content = f"{entries}\n".encode() + data
    return (
        pax(GNU_sparse_major="1", GNU_sparse_minor="0", GNU_sparse_name="s", GNU_sparse_realsize="99")
        + header(tarfile.REGTYPE, len(content))
        + content
        + bytes(-len(content) % 512)
    )


def test_a_sparse_member_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a.tar", sparse(1, b"0\n9\n".ljust(508, b"\0") + b"x" * 9) + tarred({"c.pem": PEM}))
    assert not_read(examined) == [(("s",), "member_sparse", OutcomeStatus.REJECTED)]
    assert found(examined) == [("c.pem",)]


def test_a_map_of_a_sparse_member_is_not_held(tmp_path: Path) -> None:
    data = sparse(100 * MEGABYTES, b"0\n" * (8 * MEGABYTES)) + tarred({"c.pem": PEM})
    tracemalloc.start()
    examined = examine(tmp_path / "a.tar", data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found(examined), not_read(examined)) == ([("c.pem",)], [(("s",), "member_sparse", OutcomeStatus.REJECTED)])
    assert most < 30 * MEGABYTES


def test_a_map_of_the_old_form_is_read_within_a_bound(tmp_path: Path) -> None:
    block = bytearray(header(tarfile.GNUTYPE_SPARSE, 0))
    block[482] = 1  # Its map goes on in the next block.
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    examined = examine(tmp_path / "a.tar", bytes(block) + (b"1" * 504 + b"\1" + bytes(7)) * 24_000)
    assert not_read(examined) == BROKEN
    assert examined.octets < 5 * MEGABYTES


def test_headers_before_headers_end(tmp_path: Path) -> None:
    assert found(examine(tmp_path / "few.tar", pax(comment="none") * 20 + tarred({"c.pem": PEM}))) == [("c.pem",)]
    assert not_read(examine(tmp_path / "many.tar", pax(comment="none") * 2000 + tarred({"c.pem": PEM}))) == BROKEN


def test_nobody_waits_for_what_a_header_claims_behind_the_end(tmp_path: Path) -> None:
    whole = header(tarfile.REGTYPE, len(PEM), "c.pem") + PEM + bytes(-len(PEM) % 512)
    (tmp_path / "a.tar").write_bytes(whole + header(tarfile.REGTYPE, 1 << 50))
    looks = count()
    examined = examiner(bounds=Bounds(seconds=10_000), clock=lambda: float(next(looks))).examine(
        FileTarget("m", str(tmp_path / "a.tar"))
    )
    assert found(examined) == [("c.pem",)]
    assert {code for _, code, _ in not_read(examined)} == {"container_broken"}
