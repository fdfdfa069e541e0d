"""`pqscan scan net` over real servers: the inventory, its plan, what it refuses, what it streams."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from pqscan.demo.servers import RunningServer
from tests.end_to_end.conftest import Program

pytestmark = pytest.mark.lab

PERMISSION = """
unit = "Văn phòng A"
number = "123/QĐ"
approver = "Nguyễn Văn A"
ranges = ["192.0.2.0/28"]
ports = [443]
from = {first}
to = {last}
"""


def test_an_inventory_of_real_servers_is_true_and_valid(scanned: Program) -> None:
    document = scanned.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    states = {
        row["target"]["server_name"]: (row["key_establishment"]["state"], row["authentication"]["state"])
        for row in document["targets"]
    }
    assert states["hybrid-default.demo.invalid"] == ("default", "vulnerable")
    assert states["classical.demo.invalid"] == ("vulnerable", "vulnerable")
    assert states["mldsa65.demo.invalid"][1] in ("default", "exclusive")
    assert states["old.demo.invalid"] == ("broken", "broken")
    assert {row["status"] for row in document["targets"]} == {"completed"}
    assert document["coverage"]["by_status"] == {"completed": len(document["targets"])}


def test_a_site_behind_another_name_is_found_and_asked(scanned: Program) -> None:
    names = {row["target"]["server_name"] for row in scanned.works("report", "json").json["targets"]}
    assert "two-sites.demo.invalid" in names


def test_the_same_store_and_day_give_the_same_bytes(scanned: Program) -> None:
    for name in ("json", "csv", "html", "text"):
        first = scanned.works("report", name, "--as-of", "2026-11-22").out
        assert first
        assert scanned.works("report", name, "--as-of", "2026-11-22").out == first


def test_a_summary_by_state_and_the_run_are_told_at_the_end(program: Program, place: str) -> None:
    done = program.works("scan", "net", place, "--profile", "quick")
    assert "Key establishment" in done.out
    assert "quantum-resistant by default" in done.out
    run = program.works("show", "runs", "--json").json[0]["id"]
    assert f"Run {run}" in done.err


def test_names_given_in_a_file_are_asked_at_every_address(program: Program, server: RunningServer) -> None:
    (program.folder / "names.txt").write_text("one.demo.invalid\n# a comment\ntwo.demo.invalid\n")
    program.works("scan", "net", f"127.0.0.1:{server.port}", "--profile", "quick", "--names", "names.txt")
    rows = program.works("show", "targets", "--json").json
    assert {row["target"]["server_name"] for row in rows} >= {None, "one.demo.invalid", "two.demo.invalid"}


def test_targets_come_from_a_file_and_from_standard_input(program: Program, place: str) -> None:
    (program.folder / "list.txt").write_text(f"{place}\n")
    program.works("scan", "net", "@list.txt", "--profile", "quick")
    program.works("scan", "net", "@-", "--profile", "quick", stdin=place + "\n")
    assert len(program.works("show", "runs", "--json").json) == 2
    assert len(program.works("show", "targets", "--json").json) == 1


def test_discovery_counts_closed_ports_without_a_row(program: Program, server: RunningServer) -> None:
    done = program.works(
        "scan", "net", "127.0.0.1-4", "--ports", str(server.port), "--profile", "quick", "--discover", "connect", "--json"
    )
    summary = done.json
    assert summary["coverage"]["by_status"]["refused"] == 3
    assert summary["targets"] == len(program.works("show", "targets", "--json").json)


def test_r08_a_target_in_an_excluded_range_is_refused_and_the_refusal_is_in_the_audit_log(
    program: Program, server: RunningServer
) -> None:
    before = server.connections
    words = ("--ports", str(server.port), "--profile", "quick", "--exclude", "127.0.0.0/31", "--json")
    done = program.works("scan", "net", "127.0.0.1-2", *words)
    assert done.json["coverage"]["by_status"]["excluded"] == 1
    assert server.connections == before
    entries = [json.loads(line) for line in program.audit_log.read_text().splitlines()]
    (refusal,) = [one for entry in entries if entry["event"] == "refused" for one in entry["refusals"]]
    assert (refusal["what"], refusal["ports"], refusal["reason"]) == ("127.0.0.1", str(server.port), "excluded_by_user")
    assert program("audit", "verify").code == 0


def test_r08_the_ranges_of_a_military_unit_of_the_register_are_left_out_of_every_scan(
    program: Program, server: RunningServer
) -> None:
    program.works("unit", "set", "BCHQS", "name=Bộ Chỉ huy Quân sự tỉnh", "kind=military", "ranges=127.0.0.0/31")
    before = server.connections
    words = ("--ports", str(server.port), "--profile", "quick")
    planned = program.works("scan", "net", "127.0.0.1-2", *words, "--print-plan", "--json").json
    assert [refusal["reason"] for refusal in planned["refusals"]] == ["kept_out_by_register"]
    done = program.works("scan", "net", "127.0.0.1-2", *words, "--json", "--lang", "en")
    assert done.json["coverage"]["by_status"]["excluded"] == 1
    assert "127.0.0.1 is of a military unit of the register" in done.err
    refused = program("scan", "net", f"127.0.0.1:{server.port}")
    assert refused.code == 2
    for command in (("harness", "conformance"), ("harness", "handshake", "--no-store")):
        told = program(*command, f"127.0.0.1:{server.port}")
        assert told.code in (2, 3)
        assert "127.0.0.1" in told.err
    assert server.connections == before
    entries = [json.loads(line) for line in program.audit_log.read_text().splitlines()]
    refusals = [one for entry in entries if entry["event"] == "refused" for one in entry["refusals"]]
    assert {(one["what"], one["reason"]) for one in refusals} == {("127.0.0.1", "kept_out_by_register")}
    assert program("audit", "verify").code == 0


def test_a_printed_plan_sends_nothing(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = program.works("scan", "net", f"127.0.0.1:{port}", "--print-plan", "--json")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert done.json["targets"] == 1
    assert done.json["connections"]["least"] <= done.json["connections"]["most"]
    assert not program.audit_log.exists()


def test_a_printed_plan_tells_what_would_be_left_out(program: Program) -> None:
    done = program.works("scan", "net", "127.0.0.1", "198.51.100.0/24", "--ports", "443", "--print-plan")
    assert "198.51.100.0-198.51.100.255" in done.out


_WATCHED = """
import sys
from pqscan.cli import main

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.getnameinfo"):
        sys.stdout.write(f"SENT {event} {arguments[-2:]}\\n")

sys.addaudithook(watch)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("target", ["192.0.2.1:443", "www.example.vn:443", "[2001:db8::1]:443"])
def test_outside_this_machine_nothing_is_sent_without_an_authorisation(program: Program, target: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, "scan", "net", target],
        env=program.environment, cwd=program.folder, capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "--authorisation" in done.stderr
    assert "SENT" not in done.stdout
    entry = json.loads(program.audit_log.read_text().splitlines()[-1])
    assert entry["event"] == "refused"
    assert program.works("show", "runs", "--json").json == []


@pytest.mark.parametrize(
    ("first", "last", "target", "reason"),
    [
        ("2020-01-01", "2020-12-31", "192.0.2.1:443", "authorisation_expired"),
        ("2090-01-01", "2090-12-31", "192.0.2.1:443", "authorisation_not_yet_valid"),
        ("2020-01-01", "2090-12-31", "192.0.2.200:443", "outside_authorisation"),
        ("2020-01-01", "2090-12-31", "192.0.2.1:8443", "port_not_authorised"),
    ],
)
def test_what_an_authorisation_does_not_cover_is_refused_counted_and_logged(
    program: Program, first: str, last: str, target: str, reason: str
) -> None:
    (program.folder / "permission.toml").write_text(PERMISSION.format(first=first, last=last))
    done = program("scan", "net", target, "--authorisation", "permission.toml")
    assert done.code == 2
    entries = [json.loads(line) for line in program.audit_log.read_text().splitlines()]
    assert [entry["event"] for entry in entries] == ["run_started", "refused", "run_ended"]
    assert entries[1]["refusals"][0]["reason"] == reason
    assert entries[0]["authorisation"]["number"] == "123/QĐ"
    assert program.works("show", "runs", "--json").json[0]["by_status"] == {"excluded": 1}
    assert program.works("audit", "verify").out.startswith("3 entries")


def test_an_authorisation_is_checked_before_anything_is_scanned(program: Program) -> None:
    (program.folder / "permission.toml").write_text(PERMISSION.format(first="2020-01-01", last="2090-12-31"))
    assert "Document number: 123/QĐ" in program.works("authorisation", "check", "permission.toml").out
    assert "Số, ký hiệu: 123/QĐ" in program.works("authorisation", "check", "permission.toml", "--lang", "vi").out
    assert program.works("authorisation", "check", "permission.toml", "192.0.2.1:443", "--json").json["permitted"] == 1
    assert program("authorisation", "check", "permission.toml", "198.51.100.1:443").code == 2


def test_an_audit_log_that_was_edited_is_seen(program: Program, place: str) -> None:
    program.works("scan", "net", place, "--profile", "quick")
    text = program.audit_log.read_text()
    program.audit_log.write_text(text.replace("run_started", "run_forgotten"))
    assert program("audit", "verify").code == 3
    program.audit_log.write_text("")
    assert program("audit", "verify").code == 3


def test_outcomes_stream_as_json_lines_and_nothing_else_comes_to_standard_output(program: Program, place: str) -> None:
    done = program.works("scan", "net", place, "--jsonl", "-")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [key for line in lines for key in line] == ["certificate"] * (len(lines) - 2) + ["profile", "outcome"]
    outcome = lines[-1]["outcome"]
    assert outcome["status"] == "completed"
    assert outcome["profile"] == lines[-2]["profile"]["sha256"]
    told = {line["certificate"]["sha256"] for line in lines[:-2]}
    assert {digest for chain in outcome["chains"] for digest in chain["certificates"]} <= told


def test_a_run_that_was_streamed_is_also_in_the_store(program: Program, place: str) -> None:
    program.works("scan", "net", place, "--profile", "quick", "--jsonl", "outcomes.jsonl")
    assert len((program.folder / "outcomes.jsonl").read_text().splitlines()) >= 3
    assert len(program.works("show", "targets", "--json").json) == 1


def test_a_reader_that_goes_away_ends_the_command_in_silence(scanned: Program) -> None:
    running = scanned.start("report", "json")
    assert running.stdout is not None
    assert running.stderr is not None
    running.stdout.close()
    with running.stderr:
        assert running.stderr.read() == ""
    assert running.wait() == 3


def test_options_come_from_a_file_and_give_way_to_the_command_line(program: Program, server: RunningServer) -> None:
    (program.folder / "pqscan.toml").write_text(
        f'db = "other.sqlite"\nlang = "en"\n[scan.net]\nports = "{server.port}"\nprofile = "quick"\nsite = "Huế"\n'
    )
    program.works("scan", "net", "127.0.0.1", "--config", "pqscan.toml", PQSCAN_DB="")
    program.works("--config", "pqscan.toml", "scan", "net", "127.0.0.1", "--site", "Vinh", PQSCAN_DB="")
    runs = program.works("show", "runs", "--json", "--db", "other.sqlite").json
    assert [(run["site"], run["profile"]) for run in runs] == [("Vinh", "quick"), ("Huế", "quick")]


def test_a_second_scan_that_finds_nothing_new_prolongs_what_is_there(program: Program, place: str) -> None:
    program.works("scan", "net", place, "--profile", "quick")
    before = program.works("db", "status", "--json").json
    program.works("scan", "net", place, "--profile", "quick")
    after = program.works("db", "status", "--json").json
    assert (after["sightings"], after["profiles"], after["runs"]) == (before["sightings"], before["profiles"], before["runs"] + 1)


def test_a_scan_by_several_processes_gives_the_same_inventory(program: Program, place: str) -> None:
    program.works("scan", "net", place, "--workers", "2")
    parallel = program.works("report", "json").json["profiles"]
    program.works("scan", "net", place, "--workers", "1", "--db", "one.sqlite")
    assert program.works("report", "json", "--db", "one.sqlite").json["profiles"] == parallel
