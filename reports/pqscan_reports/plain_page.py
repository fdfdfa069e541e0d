"""A self-contained HTML page of headings, sentences and tables, for what is no inventory: differences, work sheets, proofs.

Every text is taken for hostile: escaped, and what hides or reorders characters is made visible. No script, nothing is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from pqscan_reports.escape import visible

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border:1px solid #999;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}td:first-child{min-width:9rem}th{background:#eee}pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    "@media (prefers-color-scheme:dark){body{color:#eee;background:#181818}th{background:#333}}"
    "@media print{body{margin:0;max-width:none;color:#000;background:#fff;font-size:10pt}h2,thead{break-after:avoid}"
    "th{background:#eee}}"
)
_ACROSS = "@page{size:A4 landscape;margin:12mm}"


@dataclass(frozen=True, slots=True)
class PageTable:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PageSection:
    """A heading and what stands below it: sentences, lines to be taken over as they are, tables."""

    heading: str
    sentences: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    tables: tuple[PageTable, ...] = field(default=())


def page(title: str, language: str, sections: Iterable[PageSection]) -> bytes:
    """The whole page, UTF-8. It is printed across where it has tables: their columns would be too narrow upright."""
    sections = tuple(sections)
    style = _STYLE + (_ACROSS if any(section.tables for section in sections) else "")
    parts = [
        f'<!DOCTYPE html>\n<html lang="{_text(language)}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{_text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<h1>{_text(title)}</h1>\n"
    ]
    for section in sections:
        parts.append(f"<h2>{_text(section.heading)}</h2>\n" if section.heading else "")
        parts += [f"<p>{_text(sentence)}</p>\n" for sentence in section.sentences]
        if section.lines:
            parts.append("<pre>" + "\n".join(map(_text, section.lines)) + "</pre>\n")
        parts += [_table(table) for table in section.tables]
    parts.append("</body>\n</html>\n")
    return "".join(parts).encode("utf-8")


def _table(table: PageTable) -> str:
    head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in table.header)
    rows = "".join(_row(row) for row in table.rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{_lines(cell)}</td>" for cell in cells) + "</tr>\n"


def _lines(cell: str) -> str:
    return "<br>".join(map(_text, cell.split("\n")))


def _text(text: str) -> str:
    return escape(visible(text))
