"""`pqscan exposure` on the screen: both languages, 80 columns, hostile names harmless; and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pqscan.app.exposing import expose
from pqscan.cli import exposure as module
from pqscan.cli import words
from pqscan.cli.exposure_json import exposure_json
from pqscan.cli.root import root
from pqscan.errors import UsageError
from pqscan.locale import translator
from pqscan.model.outcome import OutcomeStatus
from pqscan.readiness.changes import Change
from pqscan.readiness.connection import Connection
from pqscan.readiness.kinds import SHEETS
from pqscan.readiness.system import System
from pqscan.readiness.unit import Unit
from pqscan.store.repository import Store
from tests.golden.pieces import HOSTILE
from tests.golden.sample import sample
from tests.unit.app.test_exposing import DESCRIBED
from tests.unit.store.people import an_act
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate


@pytest.fixture(params=["en", "vi"])
def language(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(words, "_language", request.param)
    monkeypatch.setenv("COLUMNS", "80")
    return str(request.param)


def test_the_list_fits_80_columns_and_says_why(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    module._print(expose(sample(), DESCRIBED, with_sensitivity=True), 0)
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if len(line) > 80] == []
    assert text.count("2035") > 20
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "192.0.2.14" not in text  # military: counted alone
    if language == "en":
        assert "Before the next:" in text
        assert "Not within the scope of the assessment" in " ".join(text.split())


def test_only_so_many_places_are_shown_and_the_rest_is_counted(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = expose(sample(), DESCRIBED)
    module._print(found, 2)
    text = capsys.readouterr().out
    assert f"\n{found.places[1].first}" in text
    assert f"\n{found.places[2].first}" not in text
    assert str(len(found.places) - 2) in text.splitlines()[-1]


def test_json_holds_x_y_z_with_their_sources() -> None:
    document = json.loads(json.dumps(exposure_json(expose(sample(), DESCRIBED, with_sensitivity=True), translator("en"))))
    first = document["places"][0]["exposure"]
    assert {"x", "y", "z"} <= first.keys()
    assert all(term["source"] and "text" in term for term in (first["x"], first["y"], first["z"]))
    assert sum(len(place["targets"]) for place in document["places"]) == 22
    assert document["sensitivity"]["years"] == [2035, 2030, 2040]
    assert HOSTILE in {row["target"].get("host") for place in document["places"] for row in place["targets"]}


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = str(tmp_path / "store.sqlite")
    Store.open(url, read_certificate=read_certificate).close()
    return url


def test_an_empty_store_has_an_empty_list(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_language", "en")
    done = CliRunner().invoke(root, ["--lang", "en", "--db", store, "exposure", "--as-of", "2026-11-29"])
    assert done.exit_code == 0, done.output
    assert "assumed quantum year 2035" in done.output


def test_json_of_an_empty_store(store: str) -> None:
    done = CliRunner().invoke(root, ["--db", store, "--json", "exposure", "--quantum-year", "2040", "--migration-years", "vpn=2"])
    document = json.loads(done.output)
    assert (document["quantum_year"], document["migration_years"], document["places"]) == (2040, {"vpn": 2}, [])


def test_the_register_says_whose_a_target_is_and_what_it_is_joined_with(tmp_path: Path) -> None:
    """Classified years, the owner and the connections of the register decide, not the scan alone."""
    url = str(tmp_path / "store.sqlite")
    systems = (
        System("A", "Kho A", owner="U", scope=("192.0.2.1",), retention_years=30),
        System("B", "Kho B", owner="U", scope=("192.0.2.2",), retention_years=30),
        System("C", "Kho C", owner="U", retention_years=30),
    )
    records = [("system", one.code, one) for one in systems]
    records += [("unit", "U", Unit("U", "U")), ("connection", "B/C/API", Connection("B", "C", "API"))]
    with Store.open(url, read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        found = [an_outcome(a_target(number), a_profile("X")) for number in (1, 2, 3)]
        opened.commit(a_batch(*found, cursor=3, counts={OutcomeStatus.COMPLETED: 3}))
        opened.change_register([Change(kind, code, None, SHEETS[kind].document(one)) for kind, code, one in records], an_act())
    done = CliRunner().invoke(root, ["--db", url, "--json", "exposure", "--as-of", "2026-11-29"])
    document = json.loads(done.output)
    keys = (place for place in document["places"] if place["exposure"]["purpose"] == "key_establishment")
    by_system = {place["system"]: place for place in keys}
    assert {code: place["reach"]["systems"] for code, place in by_system.items()} == {"A": 0, "B": 1, None: 0}
    assert by_system["A"]["exposure"]["x"]["months"] == 360
    assert document["without_system"] == 1
    refused = CliRunner().invoke(root, ["--db", url, "exposure", "--unit", "Z"])
    assert isinstance(refused.exception, UsageError)


def test_r17_certificates_that_outlive_the_quantum_year_are_listed_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    found = expose(sample(), DESCRIBED)
    assert len(found.outliving) == 2
    module._print(found, 1)
    text = " ".join(capsys.readouterr().out.split())
    assert found.outliving[0].subject in text
    assert found.outliving[1].subject not in text  # Only so many are printed, and the rest is counted.
    module._print(found, 0)
    text = " ".join(capsys.readouterr().out.split())
    assert all(certificate.subject in text for certificate in found.outliving)
