"""What is handed in: the section opens again and looks as administrative documents do, the workbook holds no formula, and the
redacted edition of each holds nothing of the full one (R41, R13)."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import quote
from xml.sax.saxutils import escape, unescape

import pytest
from pqscan_reports import NAMES, REDACTED_NAMES, renderer
from pqscan_reports.csv_inventory import CsvReport
from pqscan_reports.json_inventory import JsonReport

from pqscan.app.figures import inventory_figures, system_figures
from pqscan.app.reporting import report
from pqscan.errors import UsageError
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.policy.rule import Purpose
from pqscan.readiness.classification import Mark
from pqscan.readiness.coverage import Coverage, KindCoverage, UnitCoverage
from pqscan.readiness.exposure import ExposureKind
from pqscan.readiness.snapshot import ActsHead, Period
from pqscan.readiness.system import Regime, Secrecy, System, SystemKind
from pqscan.readiness.unit import Head, Unit
from pqscan.report import AdviceLine, AssessedInventory, FirstPlace, FirstPlaces, Marking, ReadinessView, ReportOptions

docx = pytest.importorskip("docx", reason="the extra `reports` is not installed")
pytest.importorskip("xlsxwriter", reason="the extra `reports` is not installed")

UNIT = Unit("DU-UBND", "Đảng uỷ Uỷ ban nhân dân tỉnh Mẫu", domains=("tinhmau.example",), contact="lienhe@tinhmau.example")
HEAD = Head("DU-UBND", "Nguyễn Thị Hoà", "Bí thư", date(2025, 7, 1))
SYSTEMS = (
    System("HT-01", "Cổng dịch vụ công tỉnh Mẫu", owner="Sở Thông tin Mẫu", operator="Trung tâm Dữ liệu Mẫu", level=3,
           level_decision="12/QĐ-MAU", level_state="đã phê duyệt", expected_on=date(2027, 3, 1), regime=Regime.CIVIL,
           vendor="Công ty Ví dụ", vendor_contact="0901 234 567", site="nha-A", contact="quantri@mau.example",
           note="=HYPERLINK(1)"),
    System("HT-02", "Kho hồ sơ đặc biệt", secrecy=Secrecy.SECRET, assessment="đạt"),
)  # fmt: skip


def view(inventory: AssessedInventory, **stated: int) -> ReadinessView:
    figures = {**inventory_figures(inventory), **system_figures(SYSTEMS), **stated}
    return ReadinessView(
        figures, UNIT, HEAD, Period.read("2026"), SYSTEMS, facts_digest="ab" * 32, snapshot="cd" * 32, acts=ActsHead(7, "ef" * 32)
    )


@pytest.fixture(scope="module")
def handed(inventory: AssessedInventory) -> AssessedInventory:
    return replace(inventory, readiness=view(inventory, **{"budget.it_total": 100_000, "budget.security": 14_999}))


def written(inventory: AssessedInventory, name: str, language: str = "vi", *, is_redacted: bool = False) -> bytes:
    out = io.BytesIO()
    report(inventory, name, out, language=language, is_redacted=is_redacted)
    return out.getvalue()


def all_text(content: bytes) -> str:
    """The bytes as text; of a package the text of all its parts."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return "\n".join(part + "\n" + unescape(package.read(part).decode("utf-8", "replace")) for part in package.namelist())
    return content.decode("utf-8")


def docx_text(content: bytes) -> str:
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_section_opens_again_with_its_parts_and_no_claim(handed: AssessedInventory) -> None:
    text = docx_text(written(handed, "docx-section", "en"))
    for part in ("I- Basis", "II- Results", "III- Exposure", "IV- Resources", "V- What to do", "VI- Data", "awaits guidance"):
        assert part in text
    assert "Nguyễn Thị Hoà, Bí thư" in text
    assert "It does not state that any rule of law is met" in text


def test_r03_the_section_says_that_vietnam_awaits_guidance(handed: AssessedInventory) -> None:
    assert "awaiting guidance" in docx_text(written(handed, "docx-section", "en"))


def test_r28_a_share_of_14_99_percent_is_not_rounded_up(handed: AssessedInventory, inventory: AssessedInventory) -> None:
    assert "= 14.99%" in docx_text(written(handed, "docx-section", "en"))
    enough = replace(inventory, readiness=view(inventory, **{"budget.it_total": 100, "budget.security": 15}))
    assert "= 15.00%" in docx_text(written(enough, "docx-section", "en"))
    assert "no figures yet" in docx_text(written(replace(inventory, readiness=view(inventory)), "docx-section", "en"))


def test_the_page_is_that_of_party_documents(handed: AssessedInventory) -> None:
    document = docx.Document(io.BytesIO(written(handed, "docx-section")))
    page, normal = document.sections[0], document.styles["Normal"]
    sides = (page.page_width, page.page_height, page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    assert [round(side.mm) for side in sides] == [210, 297, 20, 20, 30, 15]
    assert (normal.font.name, normal.font.size.pt, normal.paragraph_format.line_spacing.pt) == ("Times New Roman", 14, 19)


def test_the_mark_slot_is_empty_without_a_decision_and_filled_by_one(handed: AssessedInventory) -> None:
    def slot(inventory: AssessedInventory) -> str:
        text: str = docx.Document(io.BytesIO(written(inventory, "docx-section"))).tables[0].rows[0].cells[0].text
        return text

    assert slot(handed) == ""
    assert handed.readiness is not None
    assert "bears none" in docx_text(written(handed, "docx-section", "en"))
    marking = Marking(Mark.INTERNAL, "Trần Văn Bình", "5-QĐ/ĐU", date(2026, 10, 1))
    decided = replace(handed, readiness=replace(handed.readiness, marking=marking))
    assert slot(decided) == "LƯU HÀNH NỘI BỘ"
    for name in ("docx-section", "xlsx", "html", "text"):
        text = all_text(written(decided, name)) if name != "docx-section" else docx_text(written(decided, name))
        assert "5-QĐ/ĐU" in text
        assert "LƯU HÀNH NỘI BỘ" in text
        assert "bears none" not in text
    assert "LƯU HÀNH NỘI BỘ" not in docx_text(written(decided, "docx-section", is_redacted=True))
    none = replace(handed, readiness=replace(decided.readiness, marking=replace(marking, mark=Mark.NONE)))
    assert slot(none) == ""
    assert "no mark" in docx_text(written(none, "docx-section", "en"))


def test_the_seal_s_digest_and_the_head_of_the_acts_are_printed(handed: AssessedInventory) -> None:
    for text in (docx_text(written(handed, "docx-section")), all_text(written(handed, "xlsx"))):
        assert all(digest * 32 in text for digest in ("ab", "cd", "ef"))


def test_a_system_that_carries_state_secrets_is_outside_of_the_assessment(handed: AssessedInventory) -> None:
    text = docx_text(written(handed, "docx-section", "en"))
    assert "not within the assessment" in text
    assert "đạt\n" not in text


def test_the_workbook_has_the_twelve_columns_of_form_08_and_its_sheets(handed: AssessedInventory) -> None:
    with zipfile.ZipFile(io.BytesIO(written(handed, "xlsx", "en"))) as package:
        sheets = re.findall(r'<sheet name="([^"]+)"', package.read("xl/workbook.xml").decode())
        first = package.read("xl/worksheets/sheet1.xml").decode()
    assert sheets == ["Systems", "Algorithms", "What to do", "Files by folder", "Resources", "Quality of the data", "Digests"]
    assert len(re.findall(r'<c r="[A-Z]+1"', first)) == 12
    assert "12/QĐ-MAU" in first


def test_a_sheet_prints_on_pages_of_its_own_width_with_its_headings_and_rows_as_high_as_their_text(
    handed: AssessedInventory,
) -> None:
    assert handed.readiness is not None
    long = replace(handed.readiness, systems=(replace(SYSTEMS[0], name="dài " * 60), SYSTEMS[1]))
    with zipfile.ZipFile(io.BytesIO(written(replace(handed, readiness=long), "xlsx", "en"))) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode()
        book = package.read("xl/workbook.xml").decode()
    assert 'fitToHeight="0"' in sheet
    assert 'topLeftCell="A2"' in sheet
    assert "_xlnm.Print_Titles" in book
    heights = dict(re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', sheet))
    assert heights["2"] == "60"  # 240 characters in a column of 60, broken at blanks: four lines
    assert "3" not in heights


def test_the_columns_of_form_08_lie_across_and_the_section_ends_upright(handed: AssessedInventory) -> None:
    document = docx.Document(io.BytesIO(written(handed, "docx-section")))
    pages = [(section.page_width.mm, section.page_height.mm) for section in document.sections]
    assert [round(wide) for wide, _ in pages][:2] == [210, 297]
    assert round(pages[-1][0]) == 210
    form = next(table for table in document.tables if len(table.columns) == 12)
    assert abs(sum(cell.width.mm for cell in form.rows[0].cells) - (297 - 20 - 20)) < 2
    assert form.rows[0].cells[1].width > form.rows[0].cells[0].width
    assert "w:tblHeader" in form.rows[0]._tr.xml
    assert all("w:cantSplit" in row._tr.xml for row in form.rows)


def test_a_row_of_what_to_do_names_some_products_and_counts_the_rest(inventory: AssessedInventory) -> None:
    lines = tuple(AdviceLine(f"Product {number}", (f"line {number}",), "1.0") for number in range(5))
    advised = replace(inventory, advice=dict.fromkeys(inventory.profiles, lines))
    text = docx_text(written(advised, "docx-section", "en"))
    assert "Product 1 (1.0): line 1; and 3 products more: `pqscan remedy`" in text
    assert "Product 2" not in text


def test_r31_the_four_shares_of_the_data_s_quality_stand_in_both(handed: AssessedInventory) -> None:
    for text in (docx_text(written(handed, "docx-section", "en")), all_text(written(handed, "xlsx", "en"))):
        assert all(word in text for word in ("Correct:", "Complete:", "Clean:", "Live:"))


def test_no_cell_is_a_formula_or_a_link(handed: AssessedInventory) -> None:
    assert handed.readiness is not None
    evil = tuple(
        replace(SYSTEMS[0], code=str(n), name=name)
        for n, name in enumerate(("=1+1", "+1", "@x", "-1", "http://x.example/", "{=1}"))
    )
    content = written(replace(handed, readiness=replace(handed.readiness, systems=evil)), "xlsx")
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {name: package.read(name).decode("utf-8") for name in package.namelist()}
    assert not any("<f>" in part or "<f " in part or "<hyperlink" in part for part in parts.values())
    assert all(f">{escape(name)}<" in parts["xl/worksheets/sheet1.xml"] for name in ("=1+1", "+1", "@x", "-1", "{=1}"))


@pytest.mark.parametrize("name", ["docx-section", "xlsx"])
def test_the_same_inventory_gives_the_same_bytes(handed: AssessedInventory, name: str) -> None:
    assert written(handed, name) == written(handed, name)


@pytest.mark.parametrize("name", ["docx-section", "xlsx", "json", "csv"])
def test_an_inventory_without_anything_beside_it_is_written_too(inventory: AssessedInventory, name: str) -> None:
    assert written(inventory, name)
    assert written(replace(inventory, targets=lambda: iter(()), findings=()), name, is_redacted=True)


def identifiers(inventory: AssessedInventory) -> Iterator[str]:
    """Everything in the full edition that tells a machine, a certificate, a person or a place."""
    for assessed in inventory.targets():
        target = assessed.sighting.target
        if isinstance(target, NetworkTarget):
            yield from (target.address, target.host or "", target.server_name or "", target.site)
        else:
            yield from (target.machine, target.path, *target.members, *target.path.split("/"))
        yield (assessed.sighting.profile or b"").hex()
    for digest, certificate in inventory.certificates.items():
        yield from (digest.hex(), certificate.subject, certificate.issuer, certificate.serial, *certificate.names)
        yield certificate.public_key.spki_sha256.hex()
        yield from re.split(r"[,=+]", certificate.subject + "," + certificate.issuer)
    for run in inventory.runs:
        yield from (run.id, run.scope, run.site, run.authorisation_number or "", *run.scope.split())
    assert inventory.readiness is not None
    for system in inventory.readiness.systems:
        yield from (system.code, system.name, system.owner or "", system.operator or "", system.vendor, system.vendor_contact)
        yield from (system.site, system.contact, system.note, system.level_decision, *system.scope)
    yield from (UNIT.code, UNIT.name, UNIT.contact, *UNIT.domains, HEAD.name)
    yield from (inventory.readiness.facts_digest, inventory.readiness.snapshot or "", "ef" * 32)


def spellings(text: str) -> Iterator[str]:
    yield from (text, text.upper(), text.lower(), escape(text), quote(text), ascii(text)[1:-1])
    yield base64.b64encode(text.encode("utf-8", "replace"))[:-4].decode()
    yield text.encode("utf-8", "replace").hex()
    yield text.encode("utf-16-le", "replace").hex()
    plain = text.replace(":", "").replace(" ", "")
    yield ":".join(plain[place : place + 2] for place in range(0, len(plain), 2)) if len(plain) > 8 else text


@pytest.mark.parametrize("name", REDACTED_NAMES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_r41_no_identifier_of_the_full_edition_stands_in_the_redacted_one(
    handed: AssessedInventory, name: str, language: str
) -> None:
    text = all_text(written(handed, name, language, is_redacted=True))
    nothing = replace(handed, targets=lambda: iter(()), certificates={}, runs=(), readiness=ReadinessView({}))
    words = all_text(written(nothing, name, language, is_redacted=True))  # What the program says by itself.
    wanted = {one for one in identifiers(handed) if len(one.strip()) >= 4 and one.strip() not in words}
    assert len(wanted) > 60
    assert {one for one in wanted if any(spelling in text for spelling in spellings(one) if len(spelling) >= 4)} == set()


def test_r41_the_search_finds_identifiers_in_the_full_edition(handed: AssessedInventory) -> None:
    out = io.BytesIO()
    JsonReport().write(handed, ReportOptions("en"), out)
    CsvReport().write(handed, ReportOptions("en"), out)
    text = json.dumps(out.getvalue().decode("utf-8"), ensure_ascii=False) + docx_text(written(handed, "docx-section"))
    found = {one for one in identifiers(handed) if len(one.strip()) >= 4 and any(s in text for s in spellings(one))}
    assert len(found) > 60


def test_r13_the_redacted_edition_holds_no_sixteen_bytes_of_a_peer_s_own_text(handed: AssessedInventory) -> None:
    text = all_text(written(handed, "json", is_redacted=True))
    own = [certificate.subject for certificate in handed.certificates.values() if len(certificate.subject) >= 16]
    assert own
    assert not any(subject[place : place + 16] in text for subject in own for place in range(len(subject) - 15))


def test_the_redacted_edition_merges_small_counts(handed: AssessedInventory) -> None:
    document = json.loads(written(handed, "json", is_redacted=True))
    assert document["tables"]["system_kind"] == {"total": None, "rows": {}, "others": 0}
    counts = [count for table in document["tables"].values() for count in table["rows"].values()]
    assert all(count >= 5 for count in counts)
    assert all(use["targets"] >= 5 for use in document["algorithms"])


@pytest.mark.parametrize("name", ["html", "text"])
def test_a_report_without_a_redacted_edition_is_wrong_usage(handed: AssessedInventory, name: str) -> None:
    with pytest.raises(UsageError, match="redacted"):
        written(handed, name, is_redacted=True)


def test_every_report_is_found_by_its_name() -> None:
    assert {renderer(name).name for name in NAMES} == set(NAMES)
    assert {renderer(name, is_redacted=True).name for name in REDACTED_NAMES} == set(REDACTED_NAMES)


def test_r41_a_policy_of_the_user_s_own_under_a_shipped_name_is_not_printed(handed: AssessedInventory) -> None:
    own = replace(handed.policies[0], id="vietnam", title="Quy định nội bộ của Đảng uỷ Mẫu")
    inventory = replace(handed, policies=(own,))
    for name in REDACTED_NAMES:
        assert "nội bộ của Đảng uỷ" not in all_text(written(inventory, name, is_redacted=True))
    assert "nội bộ của Đảng uỷ" in docx_text(written(inventory, "docx-section"))


def with_register(handed: AssessedInventory) -> AssessedInventory:
    """Beside the inventory all that a register adds: what was never seen by name, first places, a mark, the names of units."""
    assert handed.readiness is not None
    coverage = Coverage(
        (KindCoverage(SystemKind.SHARED, 6, 7, ("Kho chưa thấy",)),),
        (UnitCoverage("DU-UBND", 1, 3, ("x.chuaquet.example",), 6, 5, ("x.chuaquet.example", "198.51.100.0/24")),),
        12, 7, 5, 0, 2, 0, 0,
    )  # fmt: skip
    place = FirstPlace(
        1, 2, "HT-01", "Cổng dịch vụ công tỉnh Mẫu", Purpose.SIGNATURE, None, (NetworkTarget("203.0.113.77", 443),), 2,
        (Reason.of("order_name"),), Reason.of("order_last"), Reason.of("order_name"),
    )  # fmt: skip
    first = FirstPlaces(2035, (place,), 3, {Purpose.SIGNATURE: {ExposureKind.EXPOSED: 2}}, 1, 1)
    figures = {
        **handed.readiness.figures, "place.asked": 6, "place.in_part": 5, "place.unknown": 9, "places.total": 20,
        "budget_state.met": 1, "budget_state.not_met": 1, "budget_state.no_figures": 9, "budgets.total": 11,
        "register.rows": 20, "register.clean": 11,
    }  # fmt: skip
    systems = (*SYSTEMS, System("QS-9", "Hệ thống tác chiến", owner="DU-UBND", regime=Regime.MILITARY))
    more = replace(
        handed.readiness,
        figures=figures,
        coverage=coverage,
        first=first,
        year=2026,
        systems=systems,
        unit_names={"DU-UBND": UNIT.name, "Sở Thông tin Mẫu": "Tên đầy đủ của Sở"},
        marking=Marking(Mark.INTERNAL, "Trần Văn Bình", "5-QĐ/ĐU", date(2026, 10, 1)),
    )
    return replace(handed, readiness=more)


def test_r22_coverage_quality_resources_and_first_places_stand_in_every_full_report(handed: AssessedInventory) -> None:
    inventory = with_register(handed)
    for name in ("docx-section", "xlsx", "html", "text"):
        text = docx_text(written(inventory, name, "en")) if name == "docx-section" else all_text(written(inventory, name, "en"))
        plain = " ".join(text.split())
        wanted = ["Clean: no other of that name", "Figures of the year 2026", "without figures: 9"]
        wanted += ["2035", "203.0.113.77", "3 further places"]
        wanted += ["Kho chưa thấy", "198.51.100.0/24"] if name != "text" else ["asked 6, in part 5, unknown 9"]
        assert [word for word in wanted if word not in plain] == []
        assert "ef" * 32 in plain


def test_r08_military_systems_are_counted_and_reported_apart(handed: AssessedInventory) -> None:
    for name in ("docx-section", "xlsx", "html", "text"):
        text = all_text(written(with_register(handed), name, "en"))
        assert "Hệ thống tác chiến" not in text
    text = docx_text(written(with_register(handed), "docx-section", "en"))
    assert "1 military system, reported apart" in text
    assert "Tên đầy đủ của Sở" in text


@pytest.mark.parametrize("name", REDACTED_NAMES)
def test_r41_nothing_that_the_register_adds_stands_in_a_redacted_edition(handed: AssessedInventory, name: str) -> None:
    text = all_text(written(with_register(handed), name, "en", is_redacted=True))
    named = ["Kho chưa thấy", "chuaquet", "198.51.100", "203.0.113", "HT-01", "Cổng dịch vụ", "Trần Văn Bình", "5-QĐ", "INTERNAL"]
    named += ["Hệ thống tác chiến", "Tên đầy đủ", "DU-UBND", "Mẫu", "chain of acts", "ef" * 8, "14,999", "100,000"]
    assert [word for word in named if word in text] == []
    if name in ("docx-section", "xlsx"):
        assert "asked in part" in text
