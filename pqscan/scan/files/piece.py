"""Content as probes see it: whole where it is small, else in pieces that overlap, each with the places of the marks in it.

A mark belongs to the one piece in whose own part it begins; what begins there may reach into the overlap.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterable, Iterator, Mapping

from pqscan.model.observation import Where
from pqscan.probe import TEXT_OCTETS, Mark, Places
from pqscan.scan.files.bounds import Counted
from pqscan.scan.files.marks import Beginnings, Search
from pqscan.scan.files.reading import AT_ONCE, filled, parts
from pqscan.wire.ignored import MARK as IGNORE_TEXT
from pqscan.wire.ignored import MOST_BEFORE, Ignored, ignored_lines

PIECE_OCTETS = 16 << 20
OVERLAP_OCTETS = 1 << 20
IGNORE = Mark(IGNORE_TEXT, IGNORE_TEXT, in_text=True)
"""Nothing is looked for in comments of a file in which it does not stand."""
_NOWHERE = Places()
Elsewhere = Callable[[int, int], bytes]
_LEAST_WIDE = 32  # octets of text in UTF-16 without its mark: with fewer, numbers may look alike
_BREAKS = dict.fromkeys(map(ord, "\t\r\n\f\u00a0\u3000\ufeff\u200b"))
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Piece:
    """Fulfils `FileSource`. `lines_before` counts the ends of lines in front of it; None where the file is no text."""

    __slots__ = (
        "_before", "_counted", "_elsewhere", "_ignored", "_lines", "_marks", "_without_offsets", "data", "is_whole", "lines_before",
        "offset",
    )  # fmt: skip

    def __init__(
        self,
        data: bytes,
        marks: Mapping[str, Places],
        *,
        offset: int = 0,
        is_whole: bool = True,
        lines_before: int | None = 0,
        is_transcoded: bool = False,
        elsewhere: Elsewhere | None = None,
        before: bytes = b"",
    ) -> None:
        """`before` are the last octets in front of a later piece: a comment may stand there."""
        self.data = data
        self.offset = offset
        self.is_whole = is_whole
        self.lines_before = lines_before
        self._marks = marks
        self._without_offsets = is_transcoded
        self._elsewhere = elsewhere
        self._before = before
        self._ignored: dict[int, Ignored] | None = None
        self._counted, self._lines = 0, 0

    @property
    def is_cut(self) -> bool:
        """Whether some mark stands in more places than are kept."""
        return any(places.is_cut for places in self._marks.values())

    @property
    def marks(self) -> Iterable[str]:
        """The names of the marks that stand in it."""
        return self._marks

    def places(self, mark: Mark) -> Places:
        """See `FileSource.places`."""
        return self._marks.get(mark.name, _NOWHERE)

    def where(self, offset: int) -> Where:
        """See `FileSource.where`. Text in UTF-16 has lines only, as it is read in another encoding than it lies there."""
        line = None
        if self.lines_before is not None:
            start, lines = (self._counted, self._lines) if offset >= self._counted else (0, 0)
            lines += self.data.count(b"\n", start, offset)
            self._counted, self._lines = offset, lines
            line = self.lines_before + lines + 1
        return Where(line=line, offset=None if self._without_offsets else self.offset + offset)

    def said_of(self, where: Where) -> Ignored | None:
        """See `FileSource.said_of`. In what is no text to its end nothing is a comment."""
        if self.lines_before is None or where.line is None:
            return None
        if self._ignored is None:
            self._ignored = self._comments(self.lines_before) if self._may_be_spoken_of() else {}
        return self._ignored.get(where.line)

    def _may_be_spoken_of(self) -> bool:
        """A piece has the marks of its own part alone: where there are more, what overlaps, and what is in front, is looked at."""
        text = IGNORE_TEXT.encode()
        stands_there = IGNORE.name in self._marks or (not self.is_whole and (text in self.data or text in self._before))
        return stands_there and b"\0" not in self.data

    def _comments(self, lines_before: int) -> dict[int, Ignored]:
        first_line = lines_before - self._before.count(b"\n") + 1
        return ignored_lines(self._before + self.data, first_line, is_cut=self.offset > 0)

    def elsewhere(self, offset: int, size: int) -> bytes:
        """See `FileSource.elsewhere`."""
        start = offset - self.offset
        if self._elsewhere is None or self._without_offsets or 0 <= start <= start + size <= len(self.data):
            return self.data[start : start + size] if start >= 0 else b""
        return self._elsewhere(offset, size)


def pieces(
    first: bytes, rest: io.RawIOBase | None, search: Search, beginnings: Beginnings, elsewhere: Elsewhere | None = None
) -> Iterator[Piece]:
    """The pieces of a content that begins with `first` and goes on with `rest` (None: that was all). `elsewhere` reads at any place
    of it, where that can be done."""
    encoding = next((name for mark, name in _WIDE if first.startswith(mark)), None) or _unmarked(first)
    if encoding is not None:
        first = first[: len(first) & ~1].decode(encoding, "replace").encode("utf-8", "surrogatepass")
        rest = None if rest is None else _Narrow(rest, encoding)
    is_text = b"\0" not in first[:TEXT_OCTETS]
    lines: int | None = 0 if is_text else None
    data, offset, before = first, 0, b""
    while True:
        hole = rest.skip_hole(PIECE_OCTETS) if isinstance(rest, Counted) else 0
        if hole and rest is not None:  # Nothing that is looked for reaches so far over zeros.
            if data:
                yield Piece(
                    data,
                    _found(data, offset, search, beginnings, is_text=is_text),
                    offset=offset,
                    is_whole=False,
                    lines_before=lines,
                )
            lines = None
            before = b""
            offset += len(data) + hole
            data = filled(rest, PIECE_OCTETS)
            if not data:
                return
            continue
        ahead = b"" if rest is None else filled(rest, min(AT_ONCE, PIECE_OCTETS))
        if rest is None or not ahead:
            found = _found(data, offset, search, beginnings, is_text=is_text)
            yield Piece(
                data, found, offset=offset, is_whole=not offset, lines_before=lines, is_transcoded=encoding is not None,
                elsewhere=elsewhere, before=before,
            )  # fmt: skip
            return
        own = max(0, len(data) - OVERLAP_OCTETS)
        if own:  # Else the first read was short of a piece.
            found = _before(_found(data, offset, search, beginnings, is_text=is_text), own)
            piece = Piece(
                data, found, offset=offset, is_whole=False, lines_before=lines, is_transcoded=encoding is not None,
                elsewhere=elsewhere, before=before,
            )  # fmt: skip
            yield piece
            if lines is not None:
                lines += data.count(b"\n", 0, own)
            before = data[max(0, own - 2 * MOST_BEFORE) : own]
            offset += own
            data = data[own:]
            piece.data = b""  # It was looked at, and the next one needs the room.
        data = b"".join((data, ahead, *parts(rest, PIECE_OCTETS - len(ahead))))


def _unmarked(first: bytes) -> str | None:
    """Which UTF-16 the text is that begins so without its mark; None for anything else. Its letters are mostly Latin, as all that
    is looked for is, and nothing stands there that no text has."""
    if len(first) < _LEAST_WIDE:
        return None
    for part in (first[:_LEAST_WIDE], first[: len(first) & ~1]):  # Nearly all is known by its first letters.
        noughts = part[::2].count(0), part[1::2].count(0)
        if min(noughts) or max(noughts) < len(part) // 4:
            return None
    first = first[: len(first) & ~1]
    encoding = "utf-16-le" if noughts[1] else "utf-16-be"
    try:
        text = first.decode(encoding)
    except UnicodeDecodeError as error:
        if error.end < len(first):
            return None
        text = first[: error.start].decode(encoding)  # One letter is cut in two.
    return encoding if text.translate(_BREAKS).isprintable() else None


def _found(data: bytes, offset: int, search: Search, beginnings: Beginnings, *, is_text: bool) -> Mapping[str, Places]:
    found = search.find(data, is_text=is_text)
    return found if offset else {**found, **beginnings.find(data)}


def _before(found: Mapping[str, Places], end: int) -> dict[str, Places]:
    kept: dict[str, Places] = {}
    for name, places in found.items():
        offsets = tuple(offset for offset in places.offsets if offset < end)
        if offsets:
            kept[name] = Places(offsets, places.is_cut)
    return kept


class _Narrow(io.RawIOBase):
    """UTF-16 read as UTF-8; what is none becomes U+FFFD."""

    def __init__(self, stream: io.RawIOBase, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, size: int = -1, /) -> bytes:
        while data := self._stream.read(size if size < 0 else max(2, size // 2)):
            text = self._decoder.decode(data)
            if text:
                return text.encode("utf-8", "surrogatepass")
        return b""
