"""`pqscan import`: what other programs know, beside what a scan knows."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from tests.end_to_end.conftest import Program
from tests.unit.app.importing.made import FILES


def test_every_format_is_taken_over_and_told(program: Program) -> None:
    for form, path in FILES.items():
        done = program.within("--json", "import", form, str(path))
        assert done.json["by_status"]["completed"] >= 1
        assert done.json["run"]
    document = program.within("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    assert {row["kind"] for row in document["runs"]} == {"import"}
    assert {row["key_establishment"]["state"] for row in document["targets"]} == {"unknown"}
    html = program.within("report", "html")
    assert "sntrup761x25519-sha512" in html.out


def test_what_was_told_can_be_explained_with_what_an_upgrade_gives(program: Program) -> None:
    program.within("import", "nmap", str(FILES["nmap"]))
    told = program.within("explain", "127.0.0.1:24022").out
    assert "What is known here was told by another program's file" in " ".join(told.split())
    assert "The current client gets sntrup761x25519-sha512." in told
    assert "OpenSSH 9.2p1: from 10.0 on mlkem768x25519-sha256 by default" in " ".join(told.split())
    (document,) = program.within("--json", "explain", "127.0.0.1:24022").json
    assert [(row["since"], row["is_default"]) for row in document["upgrades"]] == [("9.9", False), ("10.0", True)]
    tls = program.within("explain", "127.0.0.1:24444").out
    assert "told by another program" in tls


def test_a_dry_run_stores_nothing_and_writes_the_list_of_targets(program: Program) -> None:
    listed = program.folder / "targets.txt"
    done = program.within("import", "nmap", str(FILES["nmap"]), "--dry-run", "--as-targets", str(listed))
    assert done.out == "5 services, told by nmap 7.93\n"
    assert listed.read_text().splitlines()[:2] == ["127.0.0.1:24022/ssh", "127.0.0.1:24443/tls"]
    assert not Path(program.store).exists()
    plan = program("scan", "net", f"@{listed}", "--print-plan")
    assert plan.code == 0
    assert "Targets 5 Addresses 1" in " ".join(plan.out.split())


def test_a_wrong_file_is_one_sentence(program: Program) -> None:
    done = program("import", "sslyze", str(FILES["ssh-audit"]))
    assert (done.code, done.out) == (2, "")
    assert "use `pqscan import ssh-audit`" in done.err
    assert len(done.err.splitlines()) == 1
    assert program("import", "nmap", "missing.xml").code == 2
    assert program("import", "nmap", str(FILES["nmap"]), "--seen-at", "yesterday").code == 2


def test_an_asset_list_becomes_systems_and_targets(program: Program) -> None:
    listed, assets = program.folder / "targets.txt", program.folder / "assets.csv"
    assets.write_text("name,address,port\nWeb,10.0.0.1,443\nbad,300.0.0.1,\n=1+1,10.0.0.2,\n", encoding="utf-8")
    before = program.within("import", "csv", str(assets), "--dry-run")
    assert "A dry run" in before.out
    done = program.within("import", "csv", str(assets), "--as-targets", str(listed))
    assert "line 3: '300.0.0.1' is neither an address nor a host name; the row was left out." in " ".join(done.err.split())
    assert "3 rows, columns of plain: 2 new, 0 altered, 0 unchanged" in done.out
    assert listed.read_text() == "10.0.0.1:443\n10.0.0.2\n"
    systems = {row["code"]: row for row in program.within("--json", "system", "list").json}
    assert {code: row["scope"] for code, row in systems.items()} == {"Web": ["10.0.0.1:443"], "1-1": ["10.0.0.2"]}
    exported = program.within("register", "export", "system").out
    assert "'=1+1" in exported, "no spreadsheet runs it"
    assert program.within("import", "csv", str(assets)).out.rstrip().endswith("0 new, 0 altered, 2 unchanged")
