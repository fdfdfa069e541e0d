"""Content in pieces: each mark in exactly one of them, with its line and its place in the file."""

from __future__ import annotations

import io
from copy import copy
from pathlib import Path

import pytest

from pqscan.probe import TEXT_OCTETS, Mark
from pqscan.scan.files import piece as piece_module
from pqscan.scan.files.bounds import Bounds, Left, Spent
from pqscan.scan.files.marks import Beginnings, Search
from pqscan.scan.files.piece import Piece, pieces
from pqscan.scan.files.reading import reading_elsewhere

MARK = Mark("mark", "MARK")
START = Mark("start", "61 ?? 63", is_hex=True, at_start=True)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_module, "PIECE_OCTETS", 64)
    monkeypatch.setattr(piece_module, "OVERLAP_OCTETS", 16)


def read(data: bytes, first: int = 64) -> list[Piece]:
    rest = io.BytesIO(data[first:]) if len(data) > first else None
    found = pieces(data[:first], rest, Search((MARK,)), Beginnings((START,)))  # type: ignore[arg-type]  # It reads as a raw stream does.
    return [copy(piece) for piece in found]  # Each lets its octets go when the next one is asked for.


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("place", range(0, 300, 7))
def test_a_mark_is_in_one_piece_with_its_line_and_its_offset(place: int) -> None:
    data = bytearray(b"abc\n" * 80)
    data[place : place + 4] = b"MARK"
    found = [(piece, offset) for piece in read(bytes(data)) for offset in piece.places(MARK).offsets]
    ((piece, offset),) = found
    where = piece.where(offset)
    assert (where.offset, where.line) == (place, bytes(data[:place]).count(b"\n") + 1)
    assert piece.data[offset : offset + 4] == b"MARK"
    assert len(piece.data) - offset >= min(16, len(data) - place), "what begins there has room"


@pytest.mark.usefixtures("_small")
def test_the_pieces_together_are_the_content() -> None:
    data = bytes(range(256)) * 3
    parts = read(data)
    assert all(part.data == data[part.offset : part.offset + len(part.data)] for part in parts)
    assert parts[-1].offset + len(parts[-1].data) == len(data)
    assert [part.is_whole for part in parts] == [False] * len(parts)
    assert [part.is_whole for part in read(b"short")] == [True]
    assert len(read(data[:64])) == 1


def test_a_file_with_zero_octets_has_no_lines() -> None:
    (piece,) = read(b"\0\nMARK")
    assert (piece.where(2).line, piece.where(2).offset) == (None, 2)


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(("zero", "is_text"), [(0, False), (TEXT_OCTETS - 1, False), (TEXT_OCTETS, True)])
def test_what_has_a_zero_octet_at_its_beginning_is_searched_as_no_text_to_its_end(zero: int, *, is_text: bool) -> None:
    words = Mark("words", "WORDS", in_text=True)
    data = b" " * zero + b"\0" + b" " * 200 + b"WORDS"
    found = list(pieces(data[:TEXT_OCTETS], io.BytesIO(data[TEXT_OCTETS:]), Search((words,)), Beginnings(())))  # type: ignore[arg-type]
    assert any(piece.places(words).offsets for piece in found) is is_text


def test_lines_are_right_in_any_order_of_asking() -> None:
    (piece,) = read(b"a\nb\nMARK")
    assert [piece.where(offset).line for offset in (4, 0, 2, 4)] == [3, 1, 2, 3]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_text_in_utf_16_is_searched_as_text(encoding: str) -> None:
    mark = "\ufeff".encode(encoding)
    (piece,) = read(mark + "é\nMARK".encode(encoding))
    (offset,) = piece.places(MARK).offsets
    where = piece.where(offset)
    assert (where.line, where.offset) == (2, None)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Khoá của tôi\r\n\tMARK, và một dòng nữa", "plain text of sixteen\nMARK 🔑"], ids=["vi", "en"])
def test_text_in_utf_16_without_its_mark_is_searched_as_text(encoding: str, text: str) -> None:
    (piece,) = read(text.encode(encoding))
    (offset,) = piece.places(MARK).offsets
    assert (piece.where(offset).line, piece.where(offset).offset) == (2, None)


@pytest.mark.parametrize(
    "data",
    [
        b"".join(number.to_bytes(2, "little") for number in range(112, 200)),
        b"M\0A\0R\0K\0",
        "text with \x07 in it, and more of it".encode("utf-16-le"),
        "text with \uffff in it, and more of it".encode("utf-16-be"),
        "text with a half \ud83d of it, and more".encode("utf-16-le", "surrogatepass"),
        b"a\0" * 16 + bytes(80),
        "Tiếng Việt là một ngôn ngữ".encode(),
    ],
    ids=["numbers", "short", "bell", "no letter", "half a pair", "noughts", "utf-8"],
)
def test_numbers_and_other_octets_are_no_text_in_utf_16(data: bytes) -> None:
    (piece,) = read(data)
    assert piece.data == data


def test_a_letter_that_is_cut_in_two_does_not_hide_text_in_utf_16() -> None:
    data = ("MARK and a text " + "🔑").encode("utf-16-le")[:-2]
    (piece,) = read(data)
    assert piece.places(MARK).offsets == (0,)


@pytest.mark.usefixtures("_small")
def test_long_text_in_utf_16_is_searched_to_its_end() -> None:
    data = "\ufeff".encode("utf-16-le") + ("ab\n" * 100 + "MARK").encode("utf-16-le")
    found = [piece.where(offset).line for piece in read(data) for offset in piece.places(MARK).offsets]
    assert found == [101]


@pytest.mark.usefixtures("_small")
def test_a_mark_of_the_beginning_counts_there_alone() -> None:
    first, *others = read(b"a.c" * 100)
    assert first.places(START).offsets == (0,)
    assert others
    assert all(not piece.places(START).offsets for piece in others)
    assert read(b".a.c")[0].places(START).offsets == ()


def test_octets_elsewhere_are_read_where_the_file_can_and_it_goes_on_where_it_was(tmp_path: Path) -> None:
    data = bytes(range(256)) * 1000
    (tmp_path / "a").write_bytes(data)
    left = Left(Bounds(octets=100_000), lambda: 0.0)
    with (tmp_path / "a").open("rb") as file:
        file.read(10)
        piece = Piece(data[:100], {}, is_whole=False, elsewhere=reading_elsewhere(file, left))
        assert piece.elsewhere(50, 20) == data[50:70]
        assert piece.elsewhere(90, 20) == data[90:110]
        assert piece.elsewhere(len(data) - 5, 20) == data[-5:]
        assert (piece.elsewhere(len(data) + 5, 20), piece.elsewhere(-1, 5), piece.elsewhere(1 << 70, 5)) == (b"", b"", b"")
        assert left.octets == 100_000 - 25
        assert file.read(5) == data[10:15]
        with pytest.raises(Spent):
            piece.elsewhere(0, 200_000)
    assert Piece(data[:100], {}).elsewhere(90, 20) == data[90:100]
