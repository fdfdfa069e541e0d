"""`pqscan gate` and `pqscan remedy` as a pipeline and an administrator run them."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Program

pytestmark = pytest.mark.lab
SYSTEM = """
[system]
code = "CONG"
name = "Cổng dịch vụ"
stage = "trial"
is_agile = true

[[waiver]]
covers = "short_key"
approver = "Trần Thị B"
reason = "máy cũ"
compensation = "mạng riêng"
expires_on = 2100-01-01
"""


def test_r10_a_forbidden_algorithm_ends_with_exit_code_1_and_the_rule_id(scanned: Program) -> None:
    done = scanned("gate", "old.demo.invalid", "--junit", "gate.xml")
    assert done.code == 1, done.err
    assert "floor-state-version" in done.out
    assert 'type="floor-state-version"' in (scanned.folder / "gate.xml").read_text("utf-8")


def test_what_nothing_speaks_against_is_done(scanned: Program) -> None:
    done = scanned.works("gate", "hybrid-default.demo.invalid", "--json").json
    outcomes = {(row["id"], row["policy"]): row["outcome"] for row in done["criteria"]}
    assert outcomes["old_protocol", None] == "met"
    assert outcomes["quantum", "vietnam"] == "awaiting"
    assert done["blocked"] is False


def test_it_says_that_it_is_no_verdict_and_leaves_the_boxes_empty(scanned: Program) -> None:
    done = scanned.works("gate", "hybrid-default.demo.invalid")
    assert "This is no verdict on the" in done.out
    assert done.out.count("☐") == 3
    assert not {"☑", "☒", "✓"} & set(done.out)
    assert max(map(len, done.out.splitlines())) <= 80


def test_a_system_file_brings_waivers_and_the_sheet(scanned: Program) -> None:
    (scanned.folder / "system.toml").write_text(SYSTEM, "utf-8")
    done = scanned("gate", "old.demo.invalid", "--system-file", "system.toml", "--sheet")
    assert done.code == 1
    assert "Waived by Trần Thị B" in done.out
    assert "The sheet is not final:" in done.out
    assert "10. Conclusion" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("gate", "--sheet"),
        ("gate", "--system", "X"),
        ("gate", "--system", "X", "127.0.0.1"),
        ("gate", "--system-file", "none.toml"),
        ("gate", "--fail-on", "meets"),
        ("gate", "--blocking", "none"),
        ("gate", "--run", "none"),
        ("remedy",),
        ("remedy", "old.demo.invalid", "--product", "zzz"),
        ("remedy", "old.demo.invalid", "--timings", "none.json"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2(scanned: Program, arguments: tuple[str, ...]) -> None:
    done = scanned(*arguments)
    assert done.code == 2, done.err
    assert len(done.err.splitlines()) == 1


def test_where_nothing_answered_there_is_nothing_to_judge(scanned: Program) -> None:
    done = scanned("gate", "192.0.2.200")
    assert done.code == 3
    assert "scan it first" in done.err


def test_a_remedy_names_lines_a_check_and_their_cost_for_the_product_that_runs_there(scanned: Program) -> None:
    done = scanned.works("remedy", "classical.demo.invalid", "--product", "nginx")
    assert "ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;" in done.out
    assert "-groups X25519MLKEM768 -brief" in done.out
    assert "1,216" in done.out
    assert "HAProxy" not in done.out
    told = scanned.works("remedy", "classical.demo.invalid", "--json").json
    products = {row["product"] for change in told[0]["changes"] for row in change["remedies"]}
    assert {"nginx", "HAProxy", "Envoy"} <= products
