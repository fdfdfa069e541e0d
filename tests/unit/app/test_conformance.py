"""What must hold before a malformed message leaves this machine: an authorisation, for this target, for active tests."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from pqscan.app.conforming import ConformanceRequest, conformance, could_not_work, prepare_conformance
from pqscan.errors import UsageError, WorkError
from pqscan.model.trial import TrialVerdict
from pqscan.scan.audit import AuditLog, verify
from tests.peers.hostile import AcceptsAndCloses, NeverAnswers

TODAY = date.today()  # noqa: DTZ011 - authorisations are written in local days.
OUTSIDE = "192.0.2.7:443"  # RFC 5737: reserved for documentation; nothing may be sent there.


def authorisation(folder: Path, active: str = "", **changes: str) -> str:
    ranges = changes.get("ranges", '["192.0.2.0/24"]')
    path = folder / "permission.toml"
    path.write_text(
        f'unit = "U"\nnumber = "1/2026"\napprover = "A"\nranges = {ranges}\n'
        f"from = {TODAY.isoformat()}\nto = {TODAY.isoformat()}\n{active}\n"
        "[budget]\nconnections_per_second = 2\n",
        encoding="utf-8",
    )
    return str(path)


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def refused(folder: Path, request: ConformanceRequest, match: str) -> list[dict[str, object]]:
    log = folder / "audit.jsonl"
    with pytest.raises(UsageError, match=match):
        conformance(request, audit=AuditLog(log))
    verify(log)
    assert [entry["event"] for entry in entries(log)] == ["refused"]
    found = entries(log)[0]["refusals"]
    assert isinstance(found, list)
    return found


def test_outside_this_machine_nothing_is_sent_without_an_authorisation(tmp_path: Path) -> None:
    assert refused(tmp_path, ConformanceRequest(OUTSIDE), "--authorisation")[0]["reason"] == "no_authorisation"


def test_an_authorisation_to_scan_does_not_permit_active_tests(tmp_path: Path) -> None:
    for active in ("", "active_tests = false"):
        (tmp_path / "audit.jsonl").unlink(missing_ok=True)
        request = ConformanceRequest(OUTSIDE, authorisation=authorisation(tmp_path, active))
        assert refused(tmp_path, request, "active tests")[0]["reason"] == "active_tests_not_authorised"


def test_active_tests_are_permitted_for_the_targets_of_the_authorisation_alone(tmp_path: Path) -> None:
    given = authorisation(tmp_path, "active_tests = true", ranges='["198.51.100.0/24"]')
    found = refused(tmp_path, ConformanceRequest(OUTSIDE, authorisation=given), "left out")
    assert found[0]["reason"] == "outside_authorisation"


def test_a_name_is_not_even_looked_up_without_permission_for_active_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(name: str) -> tuple[str, ...]:
        raise AssertionError(f"{name} was looked up")

    monkeypatch.setattr("pqscan.app.conforming.look_up", look_up)
    path = authorisation(tmp_path)
    named = Path(path).read_text(encoding="utf-8").replace("ranges =", 'names = ["www.example.vn"]\nranges =')
    Path(path).write_text(named, encoding="utf-8")
    refused(tmp_path, ConformanceRequest("www.example.vn:443", authorisation=path), "active tests")


def test_an_address_of_a_name_must_lie_inside_the_authorisation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(_name: str) -> tuple[str, ...]:
        return ("203.0.113.5",)

    monkeypatch.setattr("pqscan.app.conforming.look_up", look_up)
    path = authorisation(tmp_path, "active_tests = true")
    named = Path(path).read_text(encoding="utf-8").replace("ranges =", 'names = ["www.example.vn"]\nranges =')
    Path(path).write_text(named, encoding="utf-8")
    log = tmp_path / "audit.jsonl"
    with pytest.raises(UsageError, match=r"203\.0\.113\.5"):
        conformance(ConformanceRequest("www.example.vn:443", authorisation=path), audit=AuditLog(log))
    assert [entry["event"] for entry in entries(log)] == ["run_started", "refused", "run_ended"]
    assert entries(log)[1]["refusals"] == [
        {"what": "203.0.113.5", "ports": "443", "count": 1, "reason": "outside_authorisation"},
    ]


def test_a_name_of_this_machine_that_leads_outside_is_refused_and_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(_name: str) -> tuple[str, ...]:
        return ("203.0.113.5",)

    monkeypatch.setattr("pqscan.app.conforming.look_up", look_up)
    log = tmp_path / "audit.jsonl"
    with pytest.raises(UsageError, match=r"203\.0\.113\.5"):
        conformance(ConformanceRequest("localhost:443"), audit=AuditLog(log))
    assert [entry["event"] for entry in entries(log)] == ["run_started", "refused", "run_ended"]


def test_the_rate_is_the_narrower_of_the_users_and_the_authorisations(tmp_path: Path) -> None:
    given = authorisation(tmp_path, "active_tests = true")
    assert prepare_conformance(ConformanceRequest(OUTSIDE, authorisation=given), TODAY).rate == 2
    assert prepare_conformance(ConformanceRequest(OUTSIDE, authorisation=given, rate=0.5), TODAY).rate == 0.5
    assert prepare_conformance(ConformanceRequest("127.0.0.1:443"), TODAY).rate == 5


def test_a_gateway_is_asked_only_where_udp_and_active_tests_are_permitted(tmp_path: Path) -> None:
    gateway = "192.0.2.7:500/udp"
    over_tcp = authorisation(tmp_path, "active_tests = true\nports = [500]")
    refused(tmp_path, ConformanceRequest(gateway, authorisation=over_tcp), "left out")
    (tmp_path / "audit.jsonl").unlink()
    passive = authorisation(tmp_path, 'ports = ["500/udp"]')
    refused(tmp_path, ConformanceRequest(gateway, authorisation=passive), "active tests")
    given = authorisation(tmp_path, 'active_tests = true\nports = ["500/udp"]')
    prepared = prepare_conformance(ConformanceRequest(gateway, authorisation=given), TODAY)
    assert (prepared.protocol, prepared.rate, prepared.screened.permitted.count) == ("ike", 2, 1)
    assert prepare_conformance(ConformanceRequest("127.0.0.1", protocol="ike"), TODAY).item.port == 500


@pytest.mark.parametrize(
    ("request_", "match"),
    [
        (ConformanceRequest("192.0.2.0/24"), "one target"),
        (ConformanceRequest("192.0.2.0/24", protocol="ike"), "one target"),
        (ConformanceRequest("127.0.0.1:1,2"), "one target"),
        (ConformanceRequest("127.0.0.1:1", cases=("nonsense",)), "nonsense"),
        (ConformanceRequest("127.0.0.1:1", timeout_seconds=0), "--timeout"),
        (ConformanceRequest("127.0.0.1:1", timeout_seconds=float("nan")), "--timeout"),
        (ConformanceRequest("127.0.0.1:1", rate=0), "--rate"),
        (ConformanceRequest("127.0.0.1:1", rate=float("inf")), "--rate"),
        (ConformanceRequest("127.0.0.1:1", server_name="a b"), "a b"),
        (ConformanceRequest("127.0.0.1:1", authorisation="/nowhere"), "cannot be read"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_sent(request_: ConformanceRequest, match: str) -> None:
    with pytest.raises(UsageError, match=match):
        prepare_conformance(request_, TODAY)


def test_loopback_needs_no_authorisation_and_stands_in_the_audit_log(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    with AcceptsAndCloses() as peer:
        report = conformance(ConformanceRequest(f"localhost:{peer.port}", ("share-short",)), audit=AuditLog(log))
        assert peer.connections > 0
    verify(log)
    assert [entry["event"] for entry in entries(log)] == ["run_started", "run_ended"]
    assert str(entries(log)[0]["scope"]).startswith("conformance ")
    assert could_not_work(report)
    assert report.counts[TrialVerdict.PASSED] == 0


def test_a_name_without_an_address_is_work_that_cannot_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(_name: str) -> tuple[str, ...]:
        return ()

    monkeypatch.setattr("pqscan.app.conforming.look_up", look_up)
    with pytest.raises(WorkError, match="no address"):
        conformance(ConformanceRequest("x.localhost:443"), audit=AuditLog(tmp_path / "audit.jsonl"))
    assert entries(tmp_path / "audit.jsonl")[-1]["how"] == "interrupted"


def test_a_plan_is_never_exceeded() -> None:
    with NeverAnswers() as peer:
        prepared = prepare_conformance(ConformanceRequest(f"127.0.0.1:{peer.port}", timeout_seconds=0.2), TODAY)
        conformance(prepared)
        assert 0 < peer.connections <= prepared.connections
