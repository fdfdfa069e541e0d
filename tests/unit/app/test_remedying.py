"""What to change on one target: urgent first, for its protocol and product, each row with a command for this very target."""

from __future__ import annotations

from datetime import date

from pqscan.app.explanation import RuledFinding
from pqscan.app.remedying import remedies_for
from pqscan.model.observation import Profile
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import floor, policies
from pqscan.policy.finding import Finding
from pqscan.policy.profiles import assess_profile
from pqscan.policy.state import State
from pqscan.readiness.aims import Aim
from tests.unit.policy.making import SHA1_RSA, certificate, server

NOW = date(2026, 11, 29)
EDITIONS = {edition.id: edition for edition in (*policies(), floor())}
OLD = server(groups={"TLS1.0": ["0x0017"], "TLS1.2": ["0x0017", "dh:1024"]}, suites={"TLS1.2": ["0xc02f", "0x0005"]})
WEB = NetworkTarget("192.0.2.1", 443, "www.example.vn")


def ruled(findings: tuple[Finding, ...]) -> list[RuledFinding]:
    found = []
    for finding in findings:
        edition = EDITIONS[finding.policy]
        found.append(RuledFinding(finding, edition, next((rule for rule in edition.rules if rule.id == finding.rule), None)))
    return found


def of(profile: Profile) -> list[RuledFinding]:
    return ruled(assess_profile(profile, (EDITIONS["nist-ir-8547"],), NOW))


def test_the_most_urgent_change_comes_first_and_each_names_the_findings_that_ask_for_it() -> None:
    changes = remedies_for(of(OLD), WEB, state=State.BROKEN, profile=OLD)
    aims = [change.aim for change in changes]
    assert aims == sorted(aims, key=tuple(Aim).index)
    assert {Aim.OLD_VERSIONS, Aim.WEAK_SUITES, Aim.SHORT_EXCHANGE, Aim.TLS13, Aim.HYBRID} <= set(aims)
    versions = next(change for change in changes if change.aim is Aim.OLD_VERSIONS)
    assert {f.finding.rule for f in versions.findings} == {"floor-state-version"}


def test_a_state_alone_asks_too() -> None:
    assert [change.aim for change in remedies_for([], WEB, state=State.CAPABLE)] == [Aim.HYBRID]
    assert remedies_for([], WEB, state=State.DEFAULT) == ()


def test_each_row_has_a_command_for_this_very_target_and_the_hybrid_its_cost() -> None:
    (change,) = remedies_for([], WEB, state=State.VULNERABLE, products=["nginx"])
    (row,) = change.rows
    assert row.check is not None
    assert "-connect 192.0.2.1:443 -servername www.example.vn" in row.check
    assert row.cost is not None
    assert row.cost.group == "X25519MLKEM768"


def test_what_a_peer_calls_itself_stays_one_word_of_a_command() -> None:
    hostile = NetworkTarget("192.0.2.1", 443, "a; rm -rf /")
    (change,) = remedies_for([], hostile, state=State.VULNERABLE, products=["nginx"])
    assert "-servername 'a; rm -rf /'" in (change.rows[0].check or "")


def test_a_zone_gets_no_lines_of_a_server_that_speaks_tls() -> None:
    assert remedies_for([], NetworkTarget("192.0.2.1", 53, "demo.invalid"), probe="dns", state=State.VULNERABLE) == ()


def test_ssh_gets_the_lines_of_ssh() -> None:
    (change,) = remedies_for([], NetworkTarget("192.0.2.1", 22), probe="ssh", state=State.VULNERABLE)
    assert {row.remedy.product for row in change.rows} == {"OpenSSH"}


def test_a_certificate_in_a_file_is_replaced_and_checked_where_it_lies() -> None:
    weak = ruled(assess_certificate(certificate("RSA-1024", SHA1_RSA), (), NOW))
    (change,) = remedies_for(weak, FileTarget("host", "/etc/ssl/old one.pem"), probe="certificate_file")
    assert change.aim is Aim.CERTIFICATE
    assert {row.check for row in change.rows} == {"openssl x509 -noout -text -in '/etc/ssl/old one.pem'"}


def test_a_file_inside_an_archive_is_reached_by_no_command() -> None:
    weak = ruled(assess_certificate(certificate("RSA-1024", SHA1_RSA), (), NOW))
    (change,) = remedies_for(weak, FileTarget("host", "/a.zip", ("b.pem",)), probe="certificate_file")
    assert {row.check for row in change.rows} == {None}


def test_a_prelude_that_s_client_does_not_speak_leaves_the_command_out() -> None:
    (change,) = remedies_for([], NetworkTarget("192.0.2.1", 1433, starttls="tds"), state=State.VULNERABLE)
    assert {row.check for row in change.rows} == {None}
    assert {row.check_reason for row in change.rows} == {None}
