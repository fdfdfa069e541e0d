"""`pqscan risk` and `pqscan index` on the screen and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pqscan.cli import words
from pqscan.cli.root import root
from pqscan.store.repository import Store
from tests.architecture.house import ROOT
from tests.unit.store.samples import a_batch, a_profile, a_run, an_outcome

PROVINCE = ROOT / "examples" / "province"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    place = tmp_path / "store.sqlite"
    with Store.open(str(place), create=True) as store:
        store.begin_run(a_run())
        store.commit(a_batch(an_outcome(profile=a_profile("x"))))
    monkeypatch.setenv("COLUMNS", "80")

    def command(language: str, *arguments: str) -> str:
        monkeypatch.setattr(words, "_language", language)
        done = CliRunner().invoke(root, ["--db", str(place), *arguments], catch_exceptions=False, standalone_mode=False)
        assert not done.exception
        return done.stdout

    return command


def test_r21_no_value_of_an_index_is_made_up_before_it_is_issued(run: object) -> None:
    assert callable(run)
    assert "Bộ Chỉ số bảo đảm an ninh mạng quốc gia: not issued yet" in run("en", "index")
    document = json.loads(run("en", "--json", "index"))
    assert (document["status"], document["indicators"]) == ("not_issued", [])


def test_r21_an_indicator_of_a_pack_is_a_query_and_an_unfilled_one_is_not_issued(run: object) -> None:
    assert callable(run)
    text = run("en", "index", "--pack", str(PROVINCE / "index.toml"))
    assert "nobody issued it" in " ".join(text.split())
    assert "1 Dịch vụ trao đổi khoá kháng lượng tử: 0 / 1 = 0%" in text
    assert "2 Hệ thống trọng yếu: no figures yet" in text  # The register is empty: no figure, and not zero.
    assert "3 Mức độ trưởng thành: not issued yet" in text
    rows = json.loads(run("en", "--json", "index", "--pack", str(PROVINCE / "index.toml")))["indicators"]
    assert [(row["filling"], row["part"], row["whole"]) for row in rows] == [
        ("value", 0, 1),
        ("no_figures", None, None),
        ("not_issued", None, None),
    ]


def test_r20_no_risk_is_scored_under_the_national_framework_that_is_not_issued(run: object) -> None:
    assert callable(run)
    assert "Khung quản trị rủi ro an ninh mạng quốc gia: not issued yet" in run("en", "risk")
    assert json.loads(run("en", "--json", "risk"))["risks"] == []


def test_a_target_of_no_system_has_an_unknown_risk_on_the_screen(run: object) -> None:
    assert callable(run)
    text = run("en", "risk", "--pack", str(PROVINCE / "risk.toml"))
    assert "no system: Key establishment (1 target)" in text
    assert "Risk unknown: likelihood unknown, impact unknown." in text
    assert [line for line in text.splitlines() if len(line) > 80] == []
