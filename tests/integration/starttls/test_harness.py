"""The harness behind STARTTLS: handshakes and conformance cases as at plain TLS, and honest words where TLS never begins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pqscan.app.conforming import ConformanceRequest, conformance
from pqscan.app.handshake_target import HandshakeRequest
from pqscan.app.handshaking import HandshakeResult, handshake
from pqscan.errors import UsageError
from pqscan.model.trial import TrialVerdict
from pqscan.scan.audit import AuditLog
from pqscan.wire.starttls.flavours import FLAVOURS, first_words
from tests.integration.starttls.asking import Services
from tests.peers.lab import Lab
from tests.peers.plaintext import Opens, OpensInPackets, Turns
from tests.peers.truth import load_truth

pytestmark = pytest.mark.lab

HYBRID = "X25519MLKEM768"
REAL = ("starttls-postfix", "starttls-dovecot-imap", "starttls-slapd", "starttls-prosody-c2s", "starttls-vsftpd")


def carried(place: str, audit: Path, *, group: str = HYBRID, name: str | None = "xmpp.example") -> HandshakeResult:
    request = HandshakeRequest(place, (group,), library="cryptography", server_name=name, timeout_seconds=20.0)
    return handshake(request, audit=AuditLog(audit / "audit.jsonl"))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_hybrid_handshake_is_carried_through_behind_every_prelude(lab: Lab, tmp_path: Path, flavour: str) -> None:
    port = lab["all-hybrids"].port
    with OpensInPackets(port) if flavour == "mssql" else Opens(flavour, port) as peer:
        result = carried(f"127.0.0.1:{peer.port}/{flavour}", tmp_path)
    assert result.report.scope.endswith(f":{peer.port}/{flavour}")
    verdicts = {trial.verdict for trial in result.report.trials}
    # Where a protocol has nothing to ask without a login, whether the server took our Finished may stay unseen.
    assert verdicts <= {TrialVerdict.PASSED, TrialVerdict.TOLERATED}


@pytest.mark.parametrize("name", REAL)
def test_real_services_without_hybrids_are_asked_under_tls_and_prove_nothing(
    real_services: Services, tmp_path: Path, name: str
) -> None:
    truth, peer = load_truth(name), real_services[name]
    result = carried(f"127.0.0.1:{peer.port}/{truth.starttls}", tmp_path, name=truth.server_name)
    # Dovecot and slapd close without an alert: then whether they meant the group stays unknown.
    assert {trial.verdict for trial in result.report.trials} <= {TrialVerdict.NOT_APPLICABLE, TrialVerdict.UNKNOWN}
    assert not {"peer_refused", "peer_timed_out", "malformed_message"} & {
        trial.reason.code for trial in result.report.trials if trial.reason
    }


def test_a_service_without_starttls_is_told_as_one(tmp_path: Path) -> None:
    with Turns(b"220 mail.example ESMTP\r\n", b"250 mail.example\r\n") as peer:
        result = carried(f"127.0.0.1:{peer.port}/smtp", tmp_path)
        assert peer.connections == 1
    assert result.could_not_work
    assert {trial.reason.code for trial in result.report.trials if trial.reason} == {"starttls_not_offered"}


def test_cases_of_conformance_run_behind_a_prelude(real_services: Services, tmp_path: Path) -> None:
    peer = real_services["starttls-postfix"]
    report = conformance(ConformanceRequest(f"127.0.0.1:{peer.port}/smtp", rate=1000.0), audit=AuditLog(tmp_path / "audit.jsonl"))
    assert report.counts[TrialVerdict.PASSED] > 20
    # Postfix ends a connection that said close_notify without saying it, too.
    assert {trial.name for trial in report.trials if trial.verdict is TrialVerdict.FAILED} <= {"close-notify"}
    assert report.counts[TrialVerdict.UNKNOWN] == 0, "it answers where our close_notify waits"


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_cases_run_behind_every_prelude(lab: Lab, tmp_path: Path, flavour: str) -> None:
    port = lab["all-hybrids"].port
    cases = ("choices-offered", "share-short", "many-unknown-groups", "finished-wrong")
    with OpensInPackets(port) if flavour == "mssql" else Opens(flavour, port) as peer:
        place = f"127.0.0.1:{peer.port}/{flavour}"
        request = ConformanceRequest(place, cases, server_name="xmpp.example", timeout_seconds=20.0)
        report = conformance(request, audit=AuditLog(tmp_path / "audit.jsonl"))
    verdicts = {trial.name: trial.verdict for trial in report.trials}
    late = verdicts.pop("finished-wrong")
    assert set(verdicts.values()) == {TrialVerdict.PASSED}
    # Where a protocol has nothing to ask without a login, the model behind the prelude answers nothing: no control, no verdict.
    assert late is TrialVerdict.PASSED or (late is TrialVerdict.UNKNOWN and not first_words(flavour, "xmpp.example"))


@pytest.mark.parametrize(
    "name", ["starttls-postfix", "starttls-postgresql", "starttls-vsftpd", "starttls-prosody-c2s", "starttls-xrdp"]
)
def test_cases_about_later_messages_run_behind_the_preludes_of_real_services(
    real_services: Services, tmp_path: Path, name: str
) -> None:
    truth, peer = load_truth(name), real_services[name]
    place, cases = f"127.0.0.1:{peer.port}/{truth.starttls}", ("finished-wrong", "request-byte-by-byte")
    request = ConformanceRequest(place, cases, server_name=truth.server_name, rate=1000.0, timeout_seconds=20.0)
    report = conformance(request, audit=AuditLog(tmp_path / "audit.jsonl"))
    assert {trial.name: trial.verdict for trial in report.trials} == dict.fromkeys(cases, TrialVerdict.PASSED)


def test_cases_stop_where_tls_never_begins(tmp_path: Path) -> None:
    with Turns(b"220 mail.example ESMTP\r\n", b"250 mail.example\r\n") as peer:
        request = ConformanceRequest(f"127.0.0.1:{peer.port}/smtp", rate=1000.0)
        report = conformance(request, audit=AuditLog(tmp_path / "audit.jsonl"))
        assert peer.connections == 1
    assert {trial.verdict for trial in report.trials} == {TrialVerdict.UNKNOWN}


@pytest.mark.parametrize(
    ("place", "says"),
    [("127.0.0.1:25/telnet", "telnet"), ("127.0.0.1/smtp", "port"), ("mail.example/smtp", "port"), ("10.0.0.0/24", "one")],
)
def test_a_target_that_cannot_be_is_refused_before_anything_is_sent(tmp_path: Path, place: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        carried(place, tmp_path, name=None)
    assert not os.path.exists(tmp_path / "audit.jsonl")
