"""A zip archive behind another beginning: programs that unpack themselves, applications of Python and Java that can be started.

Its table stands at the end (APPNOTE 6.3.10, section 4.3.16) and is found by that, whatever stands in front."""

from __future__ import annotations

import io
from collections.abc import Iterator

from pqscan.model.reason import Reason
from pqscan.probe import Mark
from pqscan.scan.files.bounds import Left
from pqscan.scan.files.containers import BrokenContainer, Member
from pqscan.scan.files.containers.zipped import members
from pqscan.scan.files.piece import PIECE_OCTETS, Piece

MARK = Mark("end-of-zip", "50 4b 05 06", is_hex=True)
_END_OCTETS = 22  # and a comment, whose length stands in the last two of them


def appended_members(last: Piece, file: io.BufferedIOBase | None, left: Left) -> Iterator[Member]:
    """The members of an archive at the end of a content that is none by its beginning. `last` is the content's last piece, `file`
    the content where one can go back in it. Raises BrokenContainer, and Spent."""
    if not _ends_as_zip(last):
        return iter(())
    if file is not None:
        return members(file, left)
    return members(io.BytesIO(last.data), left) if last.is_whole else _too_large()


def _too_large() -> Iterator[Member]:
    raise BrokenContainer(Reason.of("container_too_large_inside", megabytes=PIECE_OCTETS >> 20))
    yield


def _ends_as_zip(last: Piece) -> bool:
    """Whether the last record of an archive ends where the content does."""
    for offset in last.places(MARK).offsets:
        end = offset + _END_OCTETS
        if end + int.from_bytes(last.data[end - 2 : end], "little") == len(last.data) and end <= len(last.data):
            return True
    return False
