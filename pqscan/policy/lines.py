"""Where a row's field stands in the text of a TOML file: the parser tells lines of what is no TOML, not of wrong values."""

from __future__ import annotations

import re

_HEADER = re.compile(r"[ \t]*\[\[[ \t]*([^\[\]]+?)[ \t]*\]\]")
_FIELD = re.compile(r"""[ \t]*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*[=.]""")
_QUOTES = re.compile(r'"""|' + r"'''")


def line_of(text: str, table: str, number: int, field: str) -> int | None:
    """The line (from 1) of `field` in the `number`-th `[[table]]`, of the table's own line where the field does not stand there.

    Table "" is the head of the file. None where the place cannot be found (tables that are written in line)."""
    current, count, header = "", 0, None if table else 1
    inside_quotes = ""
    for place, line in enumerate(text.splitlines(), 1):
        is_continued = bool(inside_quotes)
        inside_quotes = _open_quotes(line, inside_quotes)
        if is_continued:
            continue
        found = _HEADER.match(line)
        if found is not None:
            if header is not None:
                return header
            current = found[1].strip("\"'")
            count += current == table
            if current == table and count == number:
                header = place
        elif header is not None and line.lstrip().startswith("["):
            return header
        elif header is not None and field:
            named = _FIELD.match(line)
            if named is not None and field in named.groups():
                return place
    return header


def _open_quotes(line: str, inside: str) -> str:
    """The marks of a text over several lines that is still open behind this line."""
    for found in _QUOTES.finditer(line):
        if not inside:
            inside = found[0]
        elif found[0] == inside:
            inside = ""
    return inside
