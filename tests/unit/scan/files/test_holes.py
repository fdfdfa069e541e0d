"""Sparse files: what lies between holes is found at its place, and the holes cost nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pqscan.model.target import FileTarget
from pqscan.scan.files.bounds import Bounds
from tests.unit.scan.files.test_examine import PEM, Words, examiner

WORD = b"SECRET-ALGORITHM"
GIB = 1 << 30


def has_holes(folder: Path) -> bool:
    path = folder / "probe"
    with open(path, "wb") as file:
        file.truncate(1 << 26)
    with open(path, "rb") as file:
        try:
            return os.lseek(file.fileno(), 0, os.SEEK_HOLE) == 0 and path.stat().st_blocks == 0
        except (OSError, AttributeError):
            return False
        finally:
            path.unlink()


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    if not has_holes(tmp_path):
        pytest.skip("the file system keeps no holes")
    return tmp_path / "disk.img"


def written(path: Path, size: int, **at: int) -> None:
    with open(path, "wb") as file:
        file.truncate(size)
        for place in at.values():
            file.seek(place)
            file.write(WORD)


def test_ten_gibibytes_of_holes_are_within_the_bound_of_what_is_read(sparse: Path) -> None:
    written(sparse, 10 * GIB, first=100, middle=5 * GIB + 12345, last=10 * GIB - 20)
    result = examiner(Words(), bounds=Bounds(octets=256 << 20)).examine(FileTarget("m", str(sparse)))
    assert result.is_through
    assert result.octets < 128 << 20
    (outcome,) = result.outcomes
    assert outcome.profile is not None
    places = sorted(observation.where.offset or 0 for observation in outcome.profile.observations if observation.where)
    assert places == [100, 5 * GIB + 12345, 10 * GIB - 20]


def test_a_file_of_one_hole_holds_nothing(sparse: Path) -> None:
    written(sparse, 10 * GIB)
    result = examiner(Words()).examine(FileTarget("m", str(sparse)))
    assert (result.outcomes, result.is_through, result.contents) == ((), True, 1)
    assert result.octets < 64 << 20


def test_a_certificate_in_front_of_a_hole_is_whole(sparse: Path) -> None:
    with open(sparse, "wb") as file:
        file.truncate(GIB)
        file.write(PEM)
    result = examiner().examine(FileTarget("m", str(sparse)))
    assert [outcome.probe for outcome in result.outcomes] == ["certificate_file"]
    assert result.is_through
