"""Findings of files as SARIF: valid by OASIS's schema, each with its place, fingerprints that stay when lines move."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pqscan_reports.sarif import SarifReport

from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Where
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.state import Assessment, State
from pqscan.policy.system import SystemContext
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions
from tests.golden.pieces import PQ
from tests.unit.reports.test_cyclonedx import CERTIFICATE, CODE, FILES, HYBRID, KEYS, LOCKED, of_file

SCHEMA = Path(__file__).parents[2] / "vectors" / "sarif" / "sarif-schema-2.1.0.json"
POLICY = "nist-ir-8547"


def finding_of(o: Observation, profile: Profile, verdict: Verdict = Verdict.OVERDUE, rule: str = "nist-8547-signature") -> Finding:
    reason = Reason.of("disallowed_past", algorithm=o.name or o.value, date="2030-12-31")
    due = date(2030, 12, 31)
    return Finding(
        POLICY, rule, verdict, o.subject.value, o.value, o.name, o.context, o.quantum_class, due, reason, profile=profile.digest
    )


OF_KEY = finding_of(LOCKED, KEYS)
OF_CODE = finding_of(HYBRID, CODE, Verdict.DUE, "nist-ir-8547-named_group")
OF_CERTIFICATE = replace(OF_KEY, profile=None, certificate=PQ.sha256, verdict=Verdict.NOT_RECOMMENDED, subject="certificate_key")
WAITING = replace(OF_CODE, verdict=Verdict.AWAITING, rule="waits")
FINDINGS = (OF_KEY, OF_CODE, OF_CERTIFICATE, WAITING, replace(OF_CODE, verdict=Verdict.MEETS))


@pytest.fixture(scope="module")
def whole(inventory: AssessedInventory) -> AssessedInventory:
    return with_findings(inventory, FINDINGS, FILES)


def with_findings(
    inventory: AssessedInventory, findings: tuple[Finding, ...], files: tuple[AssessedTarget, ...], *profiles: Profile
) -> AssessedInventory:
    known = {**inventory.profiles, **{each.digest: each for each in (KEYS, CODE, CERTIFICATE, *profiles)}}
    return replace(inventory, profiles=known, findings=findings, targets=lambda: iter((*inventory.targets(), *files)))


def log(inventory: AssessedInventory, root: str = "", language: str = "en") -> Any:  # What json.loads gives has no type.
    out = io.BytesIO()
    SarifReport().write(inventory, ReportOptions(language=language, root=root), out)
    return json.loads(out.getvalue())


def results(inventory: AssessedInventory, root: str = "") -> list[Any]:
    found: list[Any] = log(inventory, root)["runs"][0]["results"]
    return found


def uri(result: Any) -> str:
    told: str = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return told


@pytest.mark.parametrize("root", ["", "/src"])
def test_the_log_fulfils_the_schema_of_oasis(whole: AssessedInventory, root: str) -> None:
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log(whole, root))


def test_without_a_finding_the_log_is_valid_too(inventory: AssessedInventory) -> None:
    empty = with_findings(inventory, (), ())
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(log(empty))
    assert results(empty) == []


def test_each_finding_of_a_file_has_its_line_and_its_level(whole: AssessedInventory) -> None:
    told = [
        (uri(each), each["level"], each["locations"][0]["physicalLocation"].get("region", {}).get("startLine"))
        for each in results(whole)
    ]
    assert ("file:///etc/keys.pem", "error", 3) in told
    assert ("file:///src/kem.py", "warning", 20) in told
    assert ("file:///etc/pq.pem", "warning", 5) in told


def test_what_meets_a_rule_is_no_result_and_what_waits_is_open(whole: AssessedInventory) -> None:
    kinds = {(each["ruleId"], each["kind"], each["level"]) for each in results(whole) if uri(each) == "file:///src/kem.py"}
    assert kinds == {("nist-ir-8547-named_group", "fail", "warning"), ("nist-ir-8547/waits", "open", "none")}


def test_services_of_the_network_are_left_out(whole: AssessedInventory) -> None:
    assert all(uri(each).startswith("file:///") for each in results(whole))


def test_a_rule_is_told_once_with_where_it_stands(whole: AssessedInventory) -> None:
    rules = log(whole)["runs"][0]["tool"]["driver"]["rules"]
    ids = [rule["id"] for rule in rules]
    assert ids == sorted(set(ids))
    help_text = next(rule["help"]["text"] for rule in rules if rule["id"] == "nist-ir-8547-named_group")
    assert "NIST IR 8547 ipd, table 2" in help_text
    for result in results(whole):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_paths_below_the_root_are_told_from_there(whole: AssessedInventory) -> None:
    told = [each["locations"][0]["physicalLocation"]["artifactLocation"] for each in results(whole, "/src")]
    assert {"uri": "kem.py", "uriBaseId": "SCANROOT"} in told
    assert {"uri": "file:///etc/keys.pem"} in told


def test_a_member_of_an_archive_is_a_place_in_the_archive(whole: AssessedInventory) -> None:
    place = next(each["locations"][0] for each in results(whole) if uri(each) == "file:///src/kem.zip")
    assert place["logicalLocations"] == [{"fullyQualifiedName": "a/kem.py", "kind": "member"}]
    assert "region" not in place["physicalLocation"]


def test_names_that_are_no_text_are_told_by_their_octets(whole: AssessedInventory) -> None:
    assert "file:///tmp/%FF%27%22%E2%80%AE.txt" in {uri(each) for each in results(whole)}


def prints(inventory: AssessedInventory, root: str = "") -> list[str]:
    return [each["partialFingerprints"]["pqscanFinding/v1"] for each in results(inventory, root)]


def moved(o: Observation, line: int) -> Observation:
    return replace(o, where=Where(line=line, offset=line * 7))


def test_a_fingerprint_stays_when_lines_move_and_differs_between_two_of_a_kind(inventory: AssessedInventory) -> None:
    before = canonical(Profile("source_file", "inventory", "", True, (moved(HYBRID, 3), moved(HYBRID, 9))))
    after = canonical(Profile("source_file", "inventory", "", True, (moved(HYBRID, 30), moved(HYBRID, 90))))
    told = []
    for profile in (before, after):
        finding = finding_of(HYBRID, profile)
        told.append(prints(with_findings(inventory, (finding,), (of_file("/src/kem.py", profile),), profile)))
    assert told[0] == told[1]
    assert len(set(told[0])) == 2


def test_each_of_two_keys_in_a_file_is_a_result_at_its_place(inventory: AssessedInventory) -> None:
    """A finding of a key says nothing of the context in which the key was found, and calls it by its size."""
    key = replace(LOCKED, value="1.2.840.113549.1.1.1", name="RSA", context="file", parameters=(("size_bits", 1024),))
    larger = replace(moved(key, 50), parameters=(("size_bits", 2048),))
    profile = canonical(replace(KEYS, observations=(moved(key, 3), moved(key, 30), larger)))
    finding = finding_of(replace(key, name="RSA-1024", context=None), profile)
    shown = with_findings(inventory, (finding,), (of_file("/etc/a.pem", profile),), profile)
    told = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in results(shown)]
    assert told == [3, 30]
    assert len(set(prints(shown))) == 2


def test_a_fingerprint_is_the_same_below_another_root(inventory: AssessedInventory) -> None:
    finding = finding_of(HYBRID, CODE)
    told = [
        prints(with_findings(inventory, (finding,), (of_file(f"{root}/src/kem.py", CODE),)), root) for root in ("/srv/a", "/srv/b")
    ]
    assert told[0] == told[1]


def test_no_two_results_share_a_fingerprint(whole: AssessedInventory) -> None:
    told = prints(whole)
    assert len(told) == len(set(told))


def test_what_was_not_read_is_a_notification(whole: AssessedInventory) -> None:
    told = log(whole)["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert [(each["descriptor"]["id"], each["level"]) for each in told] == [("no_regular_file", "warning")]
    assert "/run/pipe" in told[0]["message"]["text"]


def test_names_make_neither_placeholders_nor_links_of_a_message(inventory: AssessedInventory) -> None:
    pipe = of_file("/run/{0}[a\\](javascript:x)", None, detail=Reason.of("no_regular_file", kind="fifo"))
    named = replace(HYBRID, name="[a](http://x.invalid){0}")
    profile = canonical(Profile("source_file", "inventory", "", True, (named,)))
    findings = (finding_of(named, profile),)
    run = log(with_findings(inventory, findings, (pipe, of_file("/src/kem.py", profile)), profile))["runs"][0]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"].startswith("/run/{{0}}[a\\] (javascript:x): ")
    assert "[a] (http://x.invalid){{0}}" in run["results"][0]["message"]["text"]
    assert "](" not in run["tool"]["driver"]["rules"][0]["shortDescription"]["text"]


def test_names_that_are_not_utf_8_are_text_that_every_reader_takes(inventory: AssessedInventory) -> None:
    files = (of_file("/src/\udcff.zip", CODE, "\udce9.py"),)
    text = json.dumps(log(with_findings(inventory, (finding_of(HYBRID, CODE),), files)), ensure_ascii=False)
    assert "file:///src/%FF.zip" in text
    assert r'"fullyQualifiedName": "\\udce9.py"' in text
    assert text.encode("utf-8")


def test_a_locked_key_of_which_nothing_is_known_is_a_notification(inventory: AssessedInventory) -> None:
    reason = Reason.of("private_key_locked")
    locked = replace(of_file("/etc/a.key", KEYS), authentication=Assessment(State.UNKNOWN, (reason,)))
    run = log(with_findings(inventory, (), (locked, of_file("/etc/b.key", KEYS))))["runs"][0]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["descriptor"]["id"] == "private_key_locked"
    assert told["message"]["text"].startswith("/etc/a.key: ")


def test_a_finding_of_another_system_is_not_told_of_this_file(inventory: AssessedInventory) -> None:
    of_nss = replace(OF_CODE, system=SystemContext(frozenset({"nss"})))
    assert results(with_findings(inventory, (of_nss,), FILES)) == []


def test_the_same_inventory_gives_the_same_bytes(whole: AssessedInventory) -> None:
    assert log(whole) == log(replace(whole, generated_at=datetime(2031, 1, 1, tzinfo=UTC)))


def test_a_file_of_which_nothing_is_known_has_no_result(inventory: AssessedInventory) -> None:
    unread = of_file("/etc/x", None, detail=Reason.of("file_unreadable", error="EACCES"))
    assert unread.sighting.status is OutcomeStatus.EXCLUDED
    assert results(with_findings(inventory, FINDINGS, (unread,))) == []


@pytest.mark.parametrize(("until", "is_suppressed"), [("2026-11-22", True), ("2027-03-01", True), ("2026-11-21", False)])
def test_what_a_comment_lets_pass_is_suppressed_until_its_date(
    inventory: AssessedInventory, until: str, is_suppressed: bool
) -> None:
    let_pass = replace(HYBRID, parameters=(("ignored_reason", "a test key"), ("ignored_until", until)))
    profile = canonical(Profile("source_file", "inventory", "", True, (let_pass,)))
    told = results(with_findings(inventory, (finding_of(HYBRID, profile),), (of_file("/src/kem.py", profile),), profile))
    expected = [{"kind": "inSource", "status": "accepted", "justification": "a test key"}]
    assert told[0].get("suppressions") == (expected if is_suppressed else None)
    jsonschema.Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(
        log(with_findings(inventory, (finding_of(HYBRID, profile),), (of_file("/src/kem.py", profile),), profile))
    )


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_comment_whose_day_is_past_is_a_notification_at_its_place(inventory: AssessedInventory, language: str) -> None:
    stated = (("ignored_reason", "a test key"), ("ignored_until", "2026-11-21"))
    profile = canonical(Profile("source_file", "inventory", "", True, (replace(HYBRID, parameters=stated),)))
    run = log(with_findings(inventory, (), (of_file("/src/kem.py", profile),), profile), language=language)["runs"][0]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["descriptor"]["id"] == "ignore_comment_expired"
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 20}
    assert "2026" in told["message"]["text"]


def test_a_comment_that_lacks_something_is_a_notification_at_its_place(inventory: AssessedInventory) -> None:
    of_code = of_file("/src/kem.py", CODE)
    wrong = replace(of_code, sighting=replace(of_code.sighting, detail=Reason.of("ignore_comment_without_day", line=7)))
    run = log(with_findings(inventory, (), (wrong,)))["runs"][0]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["descriptor"]["id"] == "ignore_comment_without_day"
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 7}


@pytest.mark.parametrize("places", [1, 2])
def test_a_certificate_is_suppressed_where_all_places_at_which_it_may_stand_are(inventory: AssessedInventory, places: int) -> None:
    stated = (("ignored_reason", "a test bench"), ("ignored_until", "2027-03-01"))
    spoken_of = tuple(replace(o, parameters=(*o.parameters, *stated)) for o in CERTIFICATE.observations)
    elsewhere = tuple(moved(o, 90) for o in CERTIFICATE.observations) if places == 2 else ()
    profile = canonical(replace(CERTIFICATE, observations=(*spoken_of, *elsewhere)))
    (of_certificate,) = (
        each for each in FILES if isinstance(each.sighting.target, FileTarget) and each.sighting.target.path == "/etc/pq.pem"
    )
    shown = replace(of_certificate, sighting=replace(of_certificate.sighting, profile=profile.digest))
    (told,) = results(with_findings(inventory, (OF_CERTIFICATE,), (shown,), profile))
    assert ("suppressions" in told) == (places == 1)
