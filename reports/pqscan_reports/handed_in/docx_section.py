"""`pqscan report docx-section`: a section with its tables, to be pasted into a committee's report.

Page and letter follow 05-HD/VPTW as read in secondary sources (A4, margins 20, 20, 30 and 15 mm, Times New Roman 14, exactly 19
points, first line 10 mm; headings I-, 1., a)). The mark slot is empty unless a decision is given; no sentence says that anything
complies with a rule, and what awaits guidance is said to await it."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime, time
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO

from pqscan.errors import WorkError
from pqscan.locale import Translator, fill, msgid, translator
from pqscan.report import AssessedInventory, FirstPlaces, ReportOptions
from pqscan_reports.escape import visible
from pqscan_reports.handed_in.docx_grid import MANY_COLUMNS, column_widths, hold_together, lies_across
from pqscan_reports.handed_in.rows import (
    Content,
    algorithms,
    coverage,
    described,
    digests,
    folders,
    policies,
    quality,
    state_rows,
    systems,
    to_do,
)
from pqscan_reports.standing import (
    NO_FIGURE,
    Table,
    coverage_lines,
    first_entries,
    first_folded,
    first_lines,
    mark_line,
    mark_text,
    resource_lines,
)

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell

_FONT = "Times New Roman"
_UPRIGHT_MM, _ACROSS_MM = 210 - 30 - 15, 297 - 20 - 20  # between the margins
_MOST_ROWS = 60  # of a table in the section; the workbook has all
_MOST_PLACES = 5  # of the exposure list
_FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)


class DocxSectionReport:
    """Needs the extra `reports`."""

    name = "docx-section"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        """Raises WorkError where python-docx is not installed."""
        try:
            import docx
        except ImportError:
            raise WorkError("DOCX needs the extra `reports` (python-docx): install it with the locked packages") from None
        content = Content.of(inventory, is_redacted=options.is_redacted)
        section = _Section(docx.Document(), content, translator(options.language))
        section.fill()
        made = BytesIO()
        section.document.save(made)
        out.write(_same_every_time(made.getvalue()))


class _Section:
    """One section as it is written, from the top to the bottom."""

    def __init__(self, document: Document, content: Content, say: Translator) -> None:
        self.document, self.content, self.say = document, content, say
        self._waiting = ""  # A heading, until what follows it tells on which page it stands.
        self._set_page()

    def fill(self) -> None:
        self._mark_slot()
        self._title()
        self._basis()
        self._results()
        self._exposure()
        self._resources()
        self._tasks()
        self._data()

    # Parts of the section

    def _mark_slot(self) -> None:
        """A frame that stays empty; its content is a competent person's decision alone."""
        table = self.document.add_table(rows=1, cols=1)
        table.style = "Table Grid"
        view = self.content.view
        if self.content.is_redacted:
            self._put(table.rows[0].cells[0], "")
            return
        self._put(table.rows[0].cells[0], mark_text(view, self.say), bold=True)
        self._paragraph(mark_line(view, self.say))

    def _title(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        title = self.filled("Results of the cryptographic inventory and readiness for quantum-resistant cryptography").upper()
        self._paragraph(title, bold=True, indent=False).alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _basis(self) -> None:
        view, inventory, figures = self.content.view, self.content.inventory, self.content.figures
        self._heading("I- ", msgid("Basis, scope and method"))
        if not self.content.is_redacted:
            if view.unit is not None:
                self._paragraph(self.filled("Unit: {unit}.", unit=view.unit.name))
            if view.head is not None:
                self._paragraph(self.filled("Head who answers: {head}, {title}.", head=view.head.name, title=view.head.title))
        if view.period is not None:
            first, last = self.say.date(view.period.start), self.say.date(view.period.end)
            self._paragraph(self.filled("Period of the figures: from {first} to {last}.", first=first, last=last))
        self._paragraph(self.filled("Judged as of {day}.", day=self.say.date(inventory.as_of)))
        if not self.content.is_redacted:
            asked, found = figures.get("targets.attempted", inventory.coverage.attempted), figures.get("targets.total", 0)
            self._paragraph(
                self.filled(
                    "Asked: {asked}; in the inventory: {found}.", asked=self.say.number(asked), found=self.say.number(found)
                )
            )
        for policy in policies(self.content, self.say):
            self._paragraph(f"- {policy}")
        self._paragraph(
            self.filled("This is a reading of the facts by dated rules. It does not state that any rule of law is met.")
        )

    def _results(self) -> None:
        self._heading("II- ", msgid("Results of the inventory"))
        shown = (
            systems(self.content, self.say),
            algorithms(self.content, self.say),
            *folders(self.content, self.say),
            *coverage(self.content, self.say),
        )
        for number, table in enumerate(shown, 1):
            self._table(table, f"{number}. {table.title}")
        if not self.content.is_redacted:
            for line in coverage_lines(self.content.view, self.say):
                self._paragraph(line)

    def _exposure(self) -> None:
        self._heading("III- ", msgid("Exposure and readiness"))
        header = (self.filled("State"), self.filled("Targets"))
        for number, (family, title) in enumerate(
            (("key_establishment", self.filled("Key establishment")), ("authentication", self.filled("Authentication"))), 1
        ):
            self._subheading(number, title)
            self._table(Table(title, header, tuple(state_rows(self.content, family, self.say))))
        self._paragraph(self.filled("What is unknown is shown as unknown and is not counted as safe."))
        first = self.content.view.first
        if first is not None and not self.content.is_redacted:
            self._first(first)

    def _first(self, first: FirstPlaces) -> None:
        """The first places with their sentences; the last number of a heading follows the two tables of states."""
        self._subheading(3, self.filled("What comes first, and why"))
        for line in first_lines(first, self.say):
            self._paragraph(line)
        for entry in first_entries(first, self.say, _MOST_PLACES):
            self._paragraph(f"{entry.number}. {entry.title}", bold=True)
            self._paragraph(" ".join((entry.targets + ".", *entry.sentences)))
        folded = first_folded(first, self.say, _MOST_PLACES)
        if folded:
            self._paragraph(folded)

    def _resources(self) -> None:
        self._heading("IV- ", msgid("Resources"))
        if self.content.is_redacted:
            self._paragraph(self.filled("Not in this edition."))
            return
        for line in resource_lines(self.content.view, self.say):
            self._paragraph(line)
        for number, table in enumerate(described(self.content, self.say), 1):
            self._table(table, f"{number}. {table.title}")

    def _tasks(self) -> None:
        self._heading("V- ", msgid("What to do, and what awaits guidance"))
        table = to_do(self.content, self.say)
        self._table(table, f"1. {table.title}")
        self._subheading(2, self.filled("What awaits guidance"))
        told = msgid(
            "Which quantum-resistant algorithms count, and by when, awaits guidance: nothing here is judged by a date of Vietnam."
        )
        self._paragraph(self.filled(told))

    def _data(self) -> None:
        self._heading("VI- ", msgid("Data"))
        table = quality(self.content, self.say)
        self._table(table, f"1. {table.title}")
        if not self.content.is_redacted:
            table = digests(self.content, self.say)
            self._table(table, f"2. {table.title}")
            self._paragraph(self.filled("The seal is the tool's own and no official signature."))

    # How it looks

    def filled(self, message: str, /, **values: object) -> str:
        return fill(self.say.gettext(message), values)

    def _heading(self, number: str, title: str) -> None:
        self._waiting = number + self.filled(title)

    def _subheading(self, number: int, title: str) -> None:
        self._paragraph(f"{number}. {title}", bold=True)

    def _paragraph(self, text: str, *, bold: bool = False, indent: bool = True):  # type: ignore[no-untyped-def]  # A type of python-docx, loaded late.
        from docx.shared import Mm

        if self._waiting:
            heading, self._waiting = self._waiting, ""
            self._paragraph(heading, bold=True)
        made = self.document.add_paragraph()
        made.add_run(visible(text)).bold = bold
        made.paragraph_format.first_line_indent = Mm(10 if indent else 0)
        made.paragraph_format.keep_with_next = bold
        return made

    def _table(self, table: Table, title: str = "") -> None:
        """The table; where it lies across, on pages of its own and its headings with it."""
        is_wide = lies_across(table)
        if is_wide:
            self._turn(is_across=True)
        if title:
            self._paragraph(title, bold=True)
        if table.rows:
            self._grid(table, across=is_wide)
        else:
            self._paragraph(self.filled(NO_FIGURE) + ".")
        if is_wide:
            self._turn(is_across=False)

    def _grid(self, table: Table, *, across: bool) -> None:
        from docx.shared import Mm

        shown = [[cell if isinstance(cell, str) else self.say.number(cell) for cell in row] for row in table.rows[:_MOST_ROWS]]
        texts = [list(table.header), *shown]
        points = 9 if len(table.header) > MANY_COLUMNS else 12
        widths = column_widths(texts, _ACROSS_MM if across else _UPRIGHT_MM, points)
        made = self.document.add_table(rows=len(texts), cols=len(widths))
        made.style, made.autofit = "Table Grid", False
        for place, width in enumerate(widths):
            made.columns[place].width = Mm(width)
        for number, (row, cells) in enumerate(zip(made.rows, texts, strict=True)):
            hold_together(row, is_header=number == 0)
            for cell, text, width in zip(row.cells, cells, widths, strict=True):
                cell.width = Mm(width)
                self._put(cell, text, bold=number == 0, points=points)
        if len(table.rows) > len(shown):
            more = self.say.number(len(table.rows) - len(shown))
            self._paragraph(self.filled("And {count} rows more, in the workbook.", count=more))

    def _turn(self, *, is_across: bool) -> None:
        """A section of pages that lie across, or stand upright again."""
        from docx.enum.section import WD_ORIENT, WD_SECTION
        from docx.shared import Mm

        page = self.document.add_section(WD_SECTION.NEW_PAGE)
        page.orientation = WD_ORIENT.LANDSCAPE if is_across else WD_ORIENT.PORTRAIT
        page.page_width, page.page_height = (Mm(297), Mm(210)) if is_across else (Mm(210), Mm(297))
        # The page is turned with its margins: the wide one, where it is bound, lies above then.
        sides = (30, 15, 20, 20) if is_across else (20, 20, 30, 15)
        page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = map(Mm, sides)

    def _put(self, cell: _Cell, text: str, *, bold: bool = False, points: int = 12) -> None:
        from docx.enum.text import WD_LINE_SPACING
        from docx.shared import Mm, Pt

        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(visible(text))
        run.bold, run.font.size = bold, Pt(points)
        paragraph.paragraph_format.first_line_indent = Mm(0)
        paragraph.paragraph_format.line_spacing_rule, paragraph.paragraph_format.line_spacing = WD_LINE_SPACING.SINGLE, 1.0

    def _set_page(self) -> None:
        from docx.enum.text import WD_LINE_SPACING
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt

        page = self.document.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        page.top_margin, page.bottom_margin, page.left_margin, page.right_margin = Mm(20), Mm(20), Mm(30), Mm(15)
        style = self.document.styles["Normal"]
        style.font.name, style.font.size = _FONT, Pt(14)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), _FONT)
        lines = style.paragraph_format
        lines.line_spacing_rule, lines.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(19)
        lines.space_before, lines.space_after = Pt(0), Pt(3)
        properties = self.document.core_properties
        day = datetime.combine(self.content.inventory.as_of, time(), UTC).replace(tzinfo=None)
        properties.author, properties.last_modified_by, properties.comments, properties.title = "pqscan", "pqscan", "", ""
        properties.created = properties.modified = day


def _same_every_time(package: bytes) -> bytes:
    """The same parts in a package that does not tell when it was written."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(package)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        parts: Iterable[zipfile.ZipInfo] = old.infolist()
        for part in parts:
            info = zipfile.ZipInfo(part.filename, _FIRST_DAY_OF_ZIP)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(info, old.read(part.filename))
    return made.getvalue()
