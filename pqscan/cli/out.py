"""Everything that is printed: data on standard output, the rest on standard error, nothing in it that moves a terminal's cursor."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from textwrap import TextWrapper

from pqscan.cli import words

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

COLUMNS = 80
_ROWS_THAT_TELL = 500
_MOST_COLUMNS = 1000  # whatever COLUMNS says: every line is filled up to it
_MOST_PADDING = 200  # columns: one endless name out of a certificate does not blow up every row


def never_fail_on_encoding() -> None:
    """What the terminal's encoding cannot show is written as an escape, never as an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def never_without_streams() -> None:
    """Where a standard stream was closed before the start: its place is taken, so that no file of ours gets its number, and what
    is written to standard output fails as on a full disk."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                os.fstat(number)
                continue
            taken = os.open(os.devnull, os.O_WRONLY if name == "stderr" else os.O_RDONLY)  # The lowest free number: this one.
            setattr(sys, name, open(taken, "r" if name == "stdin" else "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def line(text: str = "") -> None:
    """One or more lines of data."""
    sys.stdout.write(_harmless(text) + "\n")


def note(text: str) -> None:
    """What is no data: progress, hints, warnings."""
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(_harmless(text) + "\n")
        sys.stderr.flush()


def error(text: str) -> None:
    """One sentence on what went wrong."""
    note(words.filled("Error: {message}", message=" ".join(text.split())))


def document(value: Json) -> None:
    """JSON, one document."""
    from pqscan_reports.json_inventory import harmless

    sys.stdout.write(harmless(json.dumps(value, ensure_ascii=False, indent=1)).decode("utf-8") + "\n")


def _harmless(text: str) -> str:
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    from pqscan_reports.escape import visible

    return "\n".join(visible(part) for part in text.split("\n"))


def columns() -> int | None:
    """How wide lines may be: as COLUMNS or the terminal say, 60 to 1000; None where output goes elsewhere and nothing is cut."""
    if os.environ.get("COLUMNS", "").isdigit() or sys.stdout.isatty():
        return min(max(60, shutil.get_terminal_size((COLUMNS, 24)).columns), _MOST_COLUMNS)
    return None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `width` is its share of 80 columns; wider terminals give the rest to `grows`. What is too long is cut at
    its end, or `within`: the end of a path tells most."""

    title: str
    width: int
    grows: bool = False
    right: bool = False
    within: bool = False


def table(header: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Prints rows as they come, so that a long table does not lie in memory; where nothing is cut, the first rows tell the
    widths."""
    from pqscan_reports.escape import display_width, padded, visible

    wide = columns()
    titles = [column.title for column in header]
    lines = (tuple(map(visible, row)) for row in chain([titles] if any(titles) else [], rows))
    first = list(islice(lines, _ROWS_THAT_TELL + 1))
    longest = [max((display_width(row[place]) for row in first), default=0) for place in range(len(header))]
    if wide is None:
        widths = [min(width, _MOST_PADDING) for width in longest]
    else:
        whole = len(first) <= _ROWS_THAT_TELL  # Of a longer table nobody knows yet how wide it gets.
        widths = _fitted(header, longest, wide) if whole else _shared_out(header, [column.width for column in header], wide)
    for row in chain(first, lines):
        cells = zip(row, header, widths, strict=True)
        shown = (
            padded(text, width, right=column.right, within=column.within)
            if wide is not None or display_width(text) <= width
            else text
            for text, column, width in cells
        )
        sys.stdout.write("  ".join(shown).rstrip() + "\n")


def _shared_out(header: Sequence[Column], widths: Sequence[int], wide: int) -> list[int]:
    """What is left of the line, or missing, is that of the columns that grow."""
    spare = wide - sum(widths) - 2 * (len(header) - 1)
    growing = max(1, sum(column.grows for column in header))
    return [max(4, width + (spare // growing if column.grows else 0)) for width, column in zip(widths, header, strict=True)]


def _fitted(header: Sequence[Column], longest: Sequence[int], wide: int) -> list[int]:
    """No column is wider than what stands in it; what is left of the line goes to those that would be cut."""
    widths = [min(column.width, need) for column, need in zip(header, longest, strict=True)]
    spare = wide - sum(widths) - 2 * (len(header) - 1)
    if spare < 0:
        return _shared_out(header, widths, wide)
    while spare > 0 and (cut := [place for place, need in enumerate(longest) if need > widths[place]]):
        for place in cut[:spare]:
            widths[place] += 1
        spare -= len(cut[:spare])
    return widths


def wrapped(text: str, first: str = "", later: str | None = None) -> None:
    """A paragraph at the width of the terminal, 80 columns elsewhere."""
    wide = columns() or COLUMNS
    wrapper = TextWrapper(wide, initial_indent=first, subsequent_indent=first if later is None else later, break_on_hyphens=False)
    for part in wrapper.wrap(_harmless(text)) or [first.rstrip()]:
        sys.stdout.write(part + "\n")
