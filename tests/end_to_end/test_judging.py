"""Judging without a packet: by another day, by other policies, two runs side by side, one target explained."""

from __future__ import annotations

import pytest

from pqscan.demo.servers import DEMO_SERVERS, RunningServer, start
from tests.end_to_end.conftest import Program
from tests.peers.lab import Lab

pytestmark = pytest.mark.lab
SPECS = {spec.name: spec for spec in DEMO_SERVERS}


def test_the_same_facts_are_overdue_on_a_later_day(scanned: Program) -> None:
    today = scanned.works("assess", "--as-of", "2026-11-22", "--json").json
    later = scanned.works("assess", "--as-of", "2036-01-01", "--json").json
    assert "overdue" not in today["policies"]["nist-ir-8547"]
    assert later["policies"]["nist-ir-8547"]["overdue"] > 0
    assert later["key_establishment"] == today["key_establishment"]
    assert later["as_of"] == "2036-01-01"


def test_vietnam_awaits_guidance_with_its_reading_beside_it(scanned: Program) -> None:
    done = scanned.works("assess", "--json").json
    assert set(done["policies"]) == {"vietnam", "nist-ir-8547", "floor"}
    assert set(done["policies"]["vietnam"]) == {"awaiting"}


def test_other_policies_are_chosen_by_name_and_by_file(scanned: Program) -> None:
    assert "cnsa-2.0-faq" in scanned.works("assess", "--policy", "cnsa-2.0-faq", "--json").json["policies"]
    everything = scanned.works("assess", "--policy", "all", "--json").json["policies"]
    listed = scanned.works("policy", "list", "--json").json
    assert {row["id"] for row in listed} <= set(everything)
    (scanned.folder / "own.toml").write_text("id = 3")
    refused = scanned("assess", "--policy", "own.toml")
    assert refused.code == 2
    assert "own.toml" in refused.err


def test_policies_that_contradict_each_other_are_shown_side_by_side(scanned: Program) -> None:
    page = scanned.works("report", "html", "--policy", "all").out
    assert "cnsa-2.0" in page


def test_an_explanation_names_the_rule_and_a_command_to_check_it_by_hand(scanned: Program) -> None:
    done = scanned.works("explain", "classical.demo.invalid")
    port = done.out.split("classical.demo.invalid:")[1].split(" ")[0]
    assert "Key establishment: vulnerable to quantum computers" in done.out
    assert f"openssl s_client -connect 127.0.0.1:{port} -servername classical.demo.invalid" in done.out
    assert "nist-8547-key-establishment" in done.out
    assert "What would change it" in done.out
    assert "nginx" in done.out


def test_an_explanation_of_a_weak_certificate_says_to_replace_it(scanned: Program) -> None:
    told = scanned.works("explain", "old.demo.invalid").out
    assert "Replace the certificate: RSA-2048 or more, signed with SHA-256." in told
    assert "nginx (from 1.11.0, OpenSSL 3.5)" in told


def test_how_a_server_behaves_is_no_offer_and_an_alert_has_its_name(scanned: Program) -> None:
    told = scanned.works("explain", "needs-name.demo.invalid").out
    assert "client certificate: not requested" in told
    assert "site without a server name: the server sent alert 112, unrecognized_name" in told


def test_an_explanation_as_json_has_what_was_asked_and_what_came_back(scanned: Program) -> None:
    (one,) = scanned.works("explain", "hybrid-default.demo.invalid", "--json").json
    assert one["target"]["key_establishment"]["state"] == "default"
    assert one["profile"]["complete"] is True
    assert one["commands"][0] == "openssl version"
    outcomes = {row["client"]: row["outcome"] for row in one["clients"]}
    assert set(outcomes.values()) >= {"post_quantum", "classical"}


def test_an_explanation_says_why_a_client_cannot_connect(scanned: Program) -> None:
    why = "The client accepts no signature that the server can make."
    (one,) = scanned.works("explain", "mldsa65.demo.invalid", "--json").json
    (java,) = (row for row in one["clients"] if row["client"] == "java-17")
    assert (java["outcome"], java["reason"]["code"], java["reason"]["text"]) == ("fails", "client_no_common_scheme", why)
    assert f"  java-17: cannot connect (TLS1.3)\n    {why}\n" in scanned.works("explain", "mldsa65.demo.invalid").out


def test_a_target_that_is_not_there_is_said_to_be_unknown(scanned: Program) -> None:
    done = scanned("explain", "192.0.2.7:443")
    assert done.code == 2
    assert "192.0.2.7:443" in done.err


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("state=vulnerable",), {"classical", "two-sites"}),
        (("state=broken",), {"old"}),
        (("algorithm=ML-DSA-65",), {"mldsa65"}),
        (("name=classical.demo.invalid",), {"classical"}),
        (("algorithm=X25519MLKEM768", "authentication=vulnerable"), {"hybrid-default", "needs-name"}),
    ],
)
def test_targets_are_found_by_state_name_and_algorithm(scanned: Program, words: tuple[str, ...], names: set[str]) -> None:
    restrictions = [part for word in words for part in ("--where", word)]
    rows = scanned.works("show", "targets", *restrictions, "--json").json
    found = {(row["target"]["server_name"] or "").split(".")[0] for row in rows}
    assert found & set(SPECS) == names


def test_algorithms_are_counted_by_targets(scanned: Program) -> None:
    rows = scanned.works("show", "algorithms", "--json").json
    counted = {(row["subject"], row["name"]): row["targets"] for row in rows}
    assert counted["named_group", "X25519MLKEM768"] == 3
    assert counted["certificate_key", "ML-DSA-65"] == 1


def test_certificates_stand_by_the_day_they_expire(scanned: Program) -> None:
    rows = scanned.works("show", "certificates", "--json").json
    assert [row["not_after"] for row in rows] == sorted(row["not_after"] for row in rows)
    assert any("hybrid-default.demo.invalid" in row["subject"] for row in rows)


@pytest.fixture
def changed(program: Program, lab: Lab) -> Program:
    """Two runs over one port: a server without hybrids, then one that prefers them; and one that stayed as it was."""
    same = lab["mldsa65"]
    with start(SPECS["classical"], maker=lab.maker) as before:
        port = before.port
        targets = (f"www.demo.invalid@127.0.0.1:{port}", f"same.demo.invalid@127.0.0.1:{same.port}")
        program.works("scan", "net", *targets)
    with start(SPECS["hybrid-default"], port=port, maker=lab.maker):
        program.works("scan", "net", *targets)
    return program


def test_what_changed_between_two_runs_is_told_with_states_and_facts(changed: Program) -> None:
    done = changed.works("diff", "--json").json
    assert done["unchanged"] == 1
    (change,) = done["changes"]
    assert change["target"]["server_name"] == "www.demo.invalid"
    assert change["change"] == "changed"
    assert change["key_establishment"] == ["vulnerable", "default"]
    new = {(row["subject"], row["name"], row["support"]) for row in change["new"]}
    assert ("named_group", "X25519MLKEM768", "accepted") in new
    assert change["certificates_gone"]
    assert change["certificates_new"]
    text = " ".join(changed.works("diff").out.split())
    assert "vulnerable to quantum computers → quantum-resistant by default" in text
    assert "~ TLS1.3 key-agreement group X25519MLKEM768: refused (proven) → accepted" in text
    assert "1 target changed, 1 stayed as it was." in text


def test_runs_to_compare_are_named_by_the_beginning_of_their_ids(changed: Program) -> None:
    after, before = [row["id"] for row in changed.works("show", "runs", "--json").json]
    done = changed.works("diff", after, before, "--json").json
    assert (done["before"], done["after"]) == (after, before)
    assert done["changes"][0]["key_establishment"] == ["default", "vulnerable"]


def test_one_run_alone_has_nothing_to_be_compared_with(scanned: Program) -> None:
    assert scanned("diff").code == 2


def test_a_quick_scan_after_an_inventory_takes_nothing_away(program: Program, place: str, server: RunningServer) -> None:
    program.works("scan", "net", place)
    program.works("scan", "net", place, "--profile", "quick")
    (row,) = program.works("show", "targets", "--json").json
    assert row["key_establishment"]["state"] == "default"
    profiles = program.works("report", "json").json["profiles"]
    assert profiles[row["profile"]]["depth"] == "inventory"
