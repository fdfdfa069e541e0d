"""The CSV inventory: one row a target, no formula ever, and what Excel wants when it is asked for."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st
from pqscan_reports.csv_inventory import COLUMNS, CsvReport, cell

from pqscan.model.observation import Observation, Subject, Support
from pqscan.report import AssessedInventory, ReportOptions


def written(inventory: AssessedInventory, *, excel: bool = False, language: str = "vi") -> bytes:
    out = io.BytesIO()
    CsvReport().write(inventory, ReportOptions(language=language, excel=excel), out)
    return out.getvalue()


def test_every_target_is_one_row_under_stable_column_names(inventory: AssessedInventory) -> None:
    rows = list(csv.DictReader(io.StringIO(written(inventory).decode("utf-8"))))
    assert len(rows) == len(list(inventory.targets()))
    assert list(rows[0]) == [name for name, _heading in COLUMNS]
    first = rows[0]
    assert (first["address"], first["port"], first["key_establishment"]) == ("192.0.2.10", "443", "default")
    assert first["current_client_group"] == "X25519MLKEM768"
    assert (first["certificate_key"], first["certificate_key_bits"]) == ("RSA 2048", "2048")


def test_finite_field_parameters_and_explicit_curves_stand_among_the_groups(inventory: AssessedInventory) -> None:
    own = tuple(Observation(Subject.NAMED_GROUP, value, Support.ACCEPTED, "TLS1.2") for value in ("dh:2048", "explicit_curve:256"))
    profiles = {digest: replace(made, observations=(*made.observations, *own)) for digest, made in inventory.profiles.items()}
    rows = list(csv.DictReader(io.StringIO(written(replace(inventory, profiles=profiles)).decode("utf-8"))))
    answered = [row["named_groups"].split(" ") for row in rows if row["profile"]]
    assert answered
    assert all({"dh:2048", "explicit_curve:256"} <= set(groups) for groups in answered)


def test_excel_gets_a_byte_order_mark_semicolons_and_words_in_the_readers_language(inventory: AssessedInventory) -> None:
    text = written(inventory, excel=True).decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:]), delimiter=";"))
    assert text.count("\r\n") == len(rows)
    assert "Độ dài khoá" in text or "độ dài khoá" in text
    assert "mặc định kháng lượng tử" in text


def test_every_line_has_the_same_number_of_cells_whatever_peers_send(inventory: AssessedInventory) -> None:
    rows = list(csv.reader(io.StringIO(written(inventory).decode("utf-8"))))
    assert {len(row) for row in rows} == {len(COLUMNS)}


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=60))
@example("=1+1")
@example("\t=1+1")
@example("  @SUM(A1)")
@example("＝1")
@example("\r-1")
@example("\u200b=1")
def test_no_cell_begins_as_a_formula_or_holds_a_control_character(text: str) -> None:
    safe = cell(text)
    assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in safe)
    safe.encode("utf-8")


@given(st.text(alphabet="a;,|\"' =+-@＝", max_size=12))
@example('a;"=1+1"')
def test_no_cell_begins_as_a_formula_where_another_separator_is_taken(text: str) -> None:
    for written_with, read_with in ((",", ";"), (";", ","), (",", "|")):
        line = io.StringIO()
        csv.writer(line, delimiter=written_with).writerow(["x", cell(text), "y"])
        for found in next(csv.reader(io.StringIO(line.getvalue()), delimiter=read_with)):
            assert not found.lstrip(" ").startswith(("=", "+", "-", "@", "＝"))


def test_ordinary_text_stands_in_its_cell_unchanged() -> None:
    assert cell("CN=Văn phòng Tỉnh uỷ") == "CN=Văn phòng Tỉnh uỷ"
