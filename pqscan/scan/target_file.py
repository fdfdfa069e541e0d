"""Lists of targets in files: one a line, `#` begins a comment. A hostile file costs one error, never memory or time."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import BinaryIO

from pqscan.errors import UsageError
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.names import shown
from pqscan.scan.target_syntax import MOST_WORD

MOST_LINES = 1_000_000
_MOST_LINE_BYTES = 4 * MOST_WORD
_COMMENT = re.compile(r"(?:^|\s)#.*")
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


def words_of(source: str) -> Iterator[tuple[str, str]]:
    """Each target of `@file` or `@-` (standard input) with its place, for error messages. Raises UsageError."""
    path = source[1:]
    if path == "-":
        yield from _words(sys.stdin.buffer, "standard input")
        return
    try:
        with open_regular(path, or_stream=True) as lines:
            yield from _words(lines, f"the file {shown(path, 200)}")
    except OSError as error:
        raise UsageError(f"the list of targets {shown(path, 200)} cannot be read: {error.strerror}") from None


def _words(lines: BinaryIO, name: str) -> Iterator[tuple[str, str]]:
    for number in range(1, MOST_LINES + 2):
        line = lines.readline(_MOST_LINE_BYTES + 1)
        if not line:
            return
        place = f"{name}, line {number}"
        if number > MOST_LINES:
            raise UsageError(f"{name} has more than {MOST_LINES} lines; write ranges, or scan it in parts")
        if len(line) > _MOST_LINE_BYTES:
            raise UsageError(f"{place}: longer than {_MOST_LINE_BYTES} bytes; is this a list of targets, one a line?")
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        line = line.rstrip(b"\r\n")
        if _CONTROL.search(line):
            raise UsageError(f"{place}: holds control bytes; is this a list of targets, one a line?")
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise UsageError(f"{place}: is not UTF-8 text; save the list as UTF-8") from None
        word = _COMMENT.sub("", text).strip()
        if word.startswith("@"):
            raise UsageError(f"{place}: a list cannot name another list; give both on the command line")
        if word:
            yield word, place
