"""The kinds of files that hold others are told by their first octets."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.file_kinds import kind_of, read_file_kinds

ROW = '[[kind]]\nname = "x"\nmagic = "{}"\nopened = true\nreference = "somewhere"\n'


def a_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a", b"b")
    return file.getvalue()


def a_tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return file.getvalue()


WRITERS = {
    "zip": a_zip,
    "tar": a_tar,
    "gzip": lambda: gzip.compress(b"x"),
    "bzip2": lambda: bz2.compress(b"x"),
    "xz": lambda: lzma.compress(b"x"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_python_writes_is_known(name: str) -> None:
    kind = kind_of(WRITERS[name]()[:512])
    assert kind is not None
    assert (kind.name, kind.is_opened) == (name, True)


@pytest.mark.parametrize("data", [b"", b"P", b"PK\x03", b"plain text", bytes(512), b"\x1f\x8b"])
def test_other_content_is_no_container(data: bytes) -> None:
    assert kind_of(data) is None


def test_what_is_not_opened_is_named() -> None:
    kind = kind_of(b"7z\xbc\xaf\x27\x1c\0\4")
    assert kind is not None
    assert (kind.name, kind.is_opened) == ("7z", False)


@pytest.mark.parametrize("magic", ["1", "zz", "????", "1f8"])
def test_a_magic_that_is_none_is_refused_with_its_row(tmp_path: Path, magic: str) -> None:
    (tmp_path / "kinds.toml").write_text(ROW.format(magic))
    with pytest.raises(DataError, match=r"kinds\.toml.*magic"):
        read_file_kinds(tmp_path / "kinds.toml")


def test_an_octet_of_a_magic_may_be_any(tmp_path: Path) -> None:
    (tmp_path / "kinds.toml").write_text(ROW.format("41??43"))
    (kind,) = read_file_kinds(tmp_path / "kinds.toml")
    assert kind.fits(b"AxC")
    assert not kind.fits(b"AxD")
    assert not kind.fits(b"Ax")
