"""What every full report shows of the register where nothing can be scanned: planned systems, the trained by unit; and the shares
of the data's quality for programs too."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from typing import Any

import jsonschema
import pytest
from pqscan_reports.described import planned_table, training_table
from pqscan_reports.json_inventory import schema_text

from pqscan.app.figures import inventory_figures
from pqscan.app.reporting import report
from pqscan.locale import translator
from pqscan.readiness.system import Regime, Secrecy, Stage, System
from pqscan.readiness.training import UnitTraining
from pqscan.readiness.unit import Unit, UnitKind
from pqscan.report import AssessedInventory, ReadinessView

EN = translator("en")
PLANNED = System(
    "HT-07",
    "Cổng dữ liệu Mẫu",
    "SMAU",
    stage=Stage.PLANNED,
    target_algorithms=("X25519MLKEM768", "ML-DSA-65", "RSA-4O96"),
    expected_on=date(2027, 6, 1),
)
SYSTEMS = (
    PLANNED,
    System("HT-08", "Trục liên thông Mẫu", stage=Stage.DESIGN),
    System("HT-09", "Đang chạy Mẫu", stage=Stage.OPERATION, target_algorithms=("ML-KEM-768",)),
    System("HT-10", "Kho đặc biệt Mẫu", stage=Stage.BUILD, secrecy=Secrecy.SECRET, target_algorithms=("ML-KEM-1024",)),
    System("HT-11", "Hệ thống quân sự Mẫu", stage=Stage.PLANNED, regime=Regime.MILITARY),
)
TRAINED = (UnitTraining("SMAU", 3, 40), UnitTraining("SNV"))
QUALITY = {
    "quality.rows": 8, "quality.verified": 7, "quality.complete": 5, "quality.clean": 8, "quality.live": 1,
    "register.rows": 3, "register.verified": 2, "register.complete": 0, "register.clean": 3, "register.live": 1,
}  # fmt: skip


def view(**changes: Any) -> ReadinessView:
    return replace(ReadinessView(QUALITY, systems=SYSTEMS, unit_names={"SMAU": "Sở Mẫu"}, year=2026, trained=TRAINED), **changes)


@pytest.fixture(scope="module")
def described(inventory: AssessedInventory) -> AssessedInventory:
    shown = view()
    return replace(inventory, readiness=replace(shown, figures={**inventory_figures(inventory), **shown.figures}))


def written(inventory: AssessedInventory, name: str, language: str = "en") -> bytes:
    out = io.BytesIO()
    report(inventory, name, out, language=language)
    return out.getvalue()


def test_r19_a_planned_system_has_its_row_with_the_dossier_as_its_source() -> None:
    table = planned_table(view(), EN)
    assert table is not None
    assert table.rows == (
        ("HT-07 Cổng dữ liệu Mẫu", "Sở Mẫu", "planned", "X25519MLKEM768, ML-DSA-65, RSA-4O96 (in no list: RSA-4O96)",
         EN.label("state", "exclusive"), EN.date(date(2027, 6, 1)), "dossier"),
        ("HT-08 Trục liên thông Mẫu", "", "design", "the dossier names nothing yet", EN.label("state", "unknown"), "–", "dossier"),
        ("HT-10 Kho đặc biệt Mẫu", "", "build", "–", EN.label("state", "outside"), "–", "dossier"),
        ("1 military system, reported apart", "", "", "", "", "", ""),
    )  # fmt: skip


def test_a_military_units_own_report_shows_its_planned_systems() -> None:
    table = planned_table(view(unit=Unit("BCHQS", "Bộ Chỉ huy Quân sự tỉnh", UnitKind.MILITARY)), EN)
    assert table is not None
    assert [row[0] for row in table.rows if "HT-11" in str(row[0])] == ["HT-11 Hệ thống quân sự Mẫu"]


def test_without_planned_systems_there_is_no_table() -> None:
    assert planned_table(view(systems=SYSTEMS[2:3]), EN) is None


@pytest.mark.parametrize("name", ["text", "html", "json"])
def test_r19_the_planned_system_stands_in_the_inventorys_reports(described: AssessedInventory, name: str) -> None:
    text = " ".join(written(described, name).decode("utf-8").split())
    assert "HT-07" in text
    assert "dossier" in text
    assert "HT-11" not in text
    assert "HT-09" not in text
    assert "ML-KEM-1024" not in text.replace("SecP384r1ML-KEM-1024", "")


def test_r19_json_tells_the_stage_the_source_and_what_was_designed(described: AssessedInventory) -> None:
    document = json.loads(written(described, "json"))
    jsonschema.validate(document, json.loads(schema_text()), cls=jsonschema.Draft202012Validator)
    readiness = document["readiness"]
    first, _second, secret = readiness["planned_systems"]
    assert (first["system"], first["stage"], first["source"], first["expected_on"]) == ("HT-07", "planned", "dossier", "2027-06-01")
    assert (first["key_establishment"], first["unlisted"]) == ("exclusive", ["RSA-4O96"])
    assert (secret["outside_assessment"], secret["algorithms"], secret["key_establishment"]) == (True, [], "unknown")
    assert readiness["planned_military_systems"] == 1


def test_r29_the_ratio_of_each_unit_stands_in_a_report_of_all() -> None:
    table = training_table(view(), EN)
    assert table is not None
    assert table.rows == (("Sở Mẫu", 3, 40, EN.percent(3, 40)), ("SNV", "", "", "no figures yet"))
    assert training_table(view(trained=TRAINED[1:]), EN) is None


@pytest.mark.parametrize("name", ["text", "html"])
def test_r29_the_ratio_by_unit_stands_where_the_other_figures_do(described: AssessedInventory, name: str) -> None:
    text = " ".join(written(described, name).decode("utf-8").split())
    assert "Trained, by unit" in text
    assert EN.percent(3, 40) in text


def test_r29_json_has_the_training_of_each_unit_and_null_where_nobody_said(described: AssessedInventory) -> None:
    training = json.loads(written(described, "json"))["readiness"]["training"]
    assert training["year"] == 2026
    assert training["units"] == [
        {"unit": "SMAU", "trained": 3, "headcount": 40},
        {"unit": "SNV", "trained": None, "headcount": None},
    ]


def test_r31_the_four_shares_stand_in_json(described: AssessedInventory) -> None:
    quality = json.loads(written(described, "json"))["readiness"]["quality"]
    assert quality["inventory"] == {"rows": 8, "verified": 7, "complete": 5, "clean": 8, "live": 1}
    assert quality["register"] == {"rows": 3, "verified": 2, "complete": 0, "clean": 3, "live": 1}


def test_r31_the_four_shares_stand_in_csv_below_the_targets(described: AssessedInventory) -> None:
    rows = list(csv.DictReader(io.StringIO(written(described, "csv").decode("utf-8"))))
    count = len(list(described.targets()))
    assert all(row["kind"] != "quality" and row["figure"] == "" for row in rows[:count])
    told = [(row["kind"], row["figure"], row["count"], row["of"], row["share_percent"]) for row in rows[count:]]
    assert told == [
        ("quality", "quality.verified", "7", "8", "87.50"),
        ("quality", "quality.complete", "5", "8", "62.50"),
        ("quality", "quality.clean", "8", "8", "100.00"),
        ("quality", "quality.live", "1", "8", "12.50"),
        ("quality", "register.verified", "2", "3", "66.66"),
        ("quality", "register.complete", "0", "3", "0.00"),
        ("quality", "register.clean", "3", "3", "100.00"),
        ("quality", "register.live", "1", "3", "33.33"),
    ]


def test_of_an_inventory_without_rows_no_share_is_told(described: AssessedInventory) -> None:
    empty = replace(described, targets=lambda: iter(()), readiness=ReadinessView({}))
    assert [row["share_percent"] for row in csv.DictReader(io.StringIO(written(empty, "csv").decode("utf-8")))] == [""] * 4
    document = json.loads(written(empty, "json"))
    assert document["readiness"]["quality"]["inventory"]["verified"] is None
