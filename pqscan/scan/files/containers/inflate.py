"""Deflate (RFC 1951) by zlib-ng where it is installed, which takes half the time, else by the standard library: the same octets."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pqscan.scan.files.containers.member import Reads

try:
    from zlib_ng import gzip_ng, zlib_ng
except ImportError:
    _HAS_ZLIB_NG = False
else:
    _HAS_ZLIB_NG = True

ERRORS: tuple[type[Exception], ...] = (zlib.error, *((cast("type[Exception]", zlib_ng.error),) if _HAS_ZLIB_NG else ()))
"""What damage raises, whichever library it is."""
_RAW = -15  # without a header of its own (zlib.h, inflateInit2), as members of zip archives have it


def gunzipped(stream: io.BufferedReader) -> Reads:
    """The content of all members of gzip (RFC 1952), one after another. Raises OSError, EOFError and ERRORS while it is read."""
    if _HAS_ZLIB_NG:
        return cast("Reads", gzip_ng.GzipNGFile(fileobj=stream))  # type: ignore[no-untyped-call]
    return gzip.GzipFile(fileobj=stream)


def hasten(member: zipfile.ZipExtFile) -> None:
    """Has a member that was just opened, and is packed with deflate, unpacked by zlib-ng."""
    if _HAS_ZLIB_NG:
        member._decompressor = zlib_ng.decompressobj(_RAW)  # type: ignore[attr-defined]  # Tested: nothing public sets it.
