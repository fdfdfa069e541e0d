"""`pqscan demo`, as `make demo` runs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from tests.end_to_end.conftest import Program

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Program, str]:
    folder = tmp_path_factory.mktemp("demo")
    program = Program(folder, str(folder / "own.sqlite"))
    return program, program.works("demo").out


def test_the_demo_scans_at_least_eight_servers_and_says_where_its_report_is(shown: tuple[Program, str]) -> None:
    program, out = shown
    page = program.folder / "pqscan-demo" / "report.html"
    assert str(page) in out
    assert page.read_text("utf-8").startswith("<!doctype html>")
    document = json.loads((program.folder / "pqscan-demo" / "report.json").read_text("utf-8"))
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    servers = [row for row in document["targets"] if row["probe"] == "tls"]
    assert len(servers) >= 8
    assert {row["status"] for row in servers} == {"completed"}


def test_every_server_of_the_demo_is_judged(shown: tuple[Program, str]) -> None:
    program, _ = shown
    document = json.loads((program.folder / "pqscan-demo" / "report.json").read_text("utf-8"))
    states = {row["key_establishment"]["state"] for row in document["targets"] if row["probe"] == "tls"}
    assert states >= {"exclusive", "default", "capable", "vulnerable", "broken"}
    assert "unknown" not in states


def test_the_demo_leaves_the_users_own_store_and_audit_log_alone(shown: tuple[Program, str]) -> None:
    program, _ = shown
    assert not (program.folder / "own.sqlite").exists()
    assert not program.audit_log.exists()
    assert program.works("show", "runs", "--db", "pqscan-demo/demo.sqlite", "--json").json


def test_a_second_demo_replaces_what_the_first_one_left(shown: tuple[Program, str]) -> None:
    program, _ = shown
    program.works("demo")
    runs = program.works("show", "runs", "--db", "pqscan-demo/demo.sqlite", "--json").json
    assert len([run for run in runs if run["kind"] == "net"]) == 1


def test_without_pyopenssl_the_demo_says_so_in_one_sentence(program: Program) -> None:
    script = "import sys; sys.modules['OpenSSL'] = None; from pqscan.cli import main; sys.exit(main(['demo']))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=program.environment,
        cwd=program.folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "pyOpenSSL" in done.stderr
    assert not (program.folder / "pqscan-demo").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(program: Program) -> None:
    (program.folder / "file").write_text("")
    done = program("demo", "-o", "file")
    assert done.code == 3
    assert "-o" in done.err
