"""Where a row's field stands in the text of a TOML file: the parser tells lines of what is no TOML, not of wrong values."""

from __future__ import annotations

import re

_HEADER = re.compile(r"[ \t]*\[\[[ \t]*([^\[\]]+?)[ \t]*\]\]")
_FIELD = re.compile(r"""[ \t]*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*[=.]""")
_QUOTES = re.compile(r'"""|' + r"'''")


class Lines:
    """Where tables and fields stand in one text, which is gone through once."""

    def __init__(self, text: str) -> None:
        self._headers: dict[tuple[str, int], int] = {("", 0): 1}
        self._fields: dict[tuple[str, int, str], int] = {}
        counts: dict[str, int] = {}
        current: tuple[str, int] | None = ("", 0)
        inside_quotes = ""
        for place, line in enumerate(text.split("\n"), 1):  # As TOML ends lines: what else Unicode calls an end stands in texts.
            is_continued = bool(inside_quotes)
            inside_quotes = _open_quotes(line, inside_quotes)
            if is_continued:
                continue
            found = _HEADER.match(line)
            if found is not None:
                table = found[1].strip("\"'")
                counts[table] = counts.get(table, 0) + 1
                current = table, counts[table]
                self._headers[current] = place
            elif line.lstrip().startswith("["):
                current = None
            elif current is not None and (named := _FIELD.match(line)) is not None:
                self._fields.setdefault((*current, named[1] or named[2] or named[3] or ""), place)

    def of(self, table: str, number: int, field: str) -> int | None:
        """The line (from 1) of `field` in the `number`-th `[[table]]`, of the table's own line where the field does not stand
        there. Table "" is the head of the file. None where the place cannot be found (tables that are written in line)."""
        return self._fields.get((table, number, field), self._headers.get((table, number)))


def _open_quotes(line: str, inside: str) -> str:
    """The marks of a text over several lines that is still open behind this line."""
    for found in _QUOTES.finditer(line):
        if not inside:
            inside = found[0]
        elif found[0] == inside:
            inside = ""
    return inside
