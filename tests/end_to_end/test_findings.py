"""Findings from open to fixed, at the command line: decided on, asked again, proven."""

from __future__ import annotations

import pytest

from pqscan.demo.servers import RunningServer
from pqscan.model.target import NetworkTarget
from pqscan.store.repository import Store
from tests.end_to_end.conftest import Program
from tests.unit.app.pasts import an_answer, an_outcome, scan


@pytest.fixture
def past(program: Program, server: RunningServer) -> Program:
    """A store in which the server of today (hybrid by default, no TLS 1.0) answered TLS 1.0 in January."""
    target = NetworkTarget(server.address, server.port, server.spec.host, server.spec.host)
    with Store.open(program.store) as store:
        scan(store, 0, [an_outcome(target, an_answer(old=True), 0)], scope="127.0.0.0/8")
    return program


def test_a_finding_lives_from_open_to_proven_fixed(past: Program) -> None:
    found = {row["value"]: row for row in past.works("finding", "list", "--policy", "nist-ir-8547", "--json").json}
    old, group = found["TLS1.0"]["key"], found["0x001d"]["key"]
    past.works("finding", "plan", old[:10], "--fixer", "Phòng CNTT", "--deadline", "2099-01-01", "--reason", "năm nay")
    planned = past.works("finding", "list", "--state", "planned", "--fixer", "phòng cntt", "--json").json
    assert [row["key"] for row in planned] == [old]
    told = past.works("verify", "--fixer", "Phòng CNTT", "--json").json
    assert [(row["finding"]["state"], row["proven_fixed"]) for row in told["findings"]] == [("fixed", True)]
    still = past.works("verify", group, "--json").json
    assert [(row["finding"]["state"], row["proven_fixed"]) for row in still["findings"]] == [("open", False)]
    assert "proven fixed" in past.works("verify", old).out
    done = past("finding", "waive", old, "--reason", "x", "--compensation", "y", "--expires", "2099-01-01")
    assert (done.code, "proven fixed" in done.err) == (2, True)


def test_a_limited_list_says_how_many_it_leaves_out(past: Program) -> None:
    listed = ("finding", "list", "--policy", "nist-ir-8547", "--json")
    whole = past.works(*listed).json
    short = past.works(*listed, "--limit", "1")
    assert short.json == whole[:1]
    assert len(whole) == 2
    assert short.err.strip() == "1 more finding is not shown."
    assert past.works(*listed, "--limit", str(len(whole))).err == ""
    assert past("finding", "list", "--limit", "0").code == 2


def test_what_is_wrong_is_told_in_one_sentence(past: Program) -> None:
    for words in (
        ("verify",),
        ("verify", "abcd", "--fixer", "x"),
        ("verify", "--fixer", "nobody"),
        ("finding", "show", "zz"),
        ("finding", "plan", "00000000", "--fixer", "x", "--deadline", "2099-01-01"),
        ("finding", "list", "--state", "gone"),
        ("finding", "list", "--where", "state=vulnerable"),
        ("finding", "list", "--unit", "x"),
        ("trend", "--from", "2026-02-30"),
        ("diff", "--from", "2026-02-01", "--to", "2026-01-01"),
        ("show", "targets", "--expires-before", "2026-01-01"),
    ):
        done = past(*words)
        assert done.code == 2, words
        assert done.err.startswith("Error: "), words
        assert len(done.err.strip().splitlines()) == 1, words


def test_a_sheet_before_and_a_slip_after(past: Program) -> None:
    found = {row["value"]: row["key"] for row in past.works("finding", "list", "--policy", "nist-ir-8547", "--json").json}
    old = found["TLS1.0"][:10]
    past.works("finding", "plan", old, "--fixer", "=Nhà thầu <b>", "--deadline", "2099-01-01")
    sheet = past.works("finding", "sheet", "--fixer", "=nhà thầu <b>").out
    assert "openssl s_client" in sheet
    assert "# In the http block" in sheet  # where the line goes
    assert [line for line in sheet.splitlines() if len(line) > 80 and not line.startswith("     ")] == []
    past.works("finding", "sheet", "--fixer", "=Nhà thầu <b>", "-o", "sheet.csv")
    past.works("finding", "sheet", "--fixer", "=Nhà thầu <b>", "-o", "sheet.html")
    assert "\"'=" in (past.folder / "sheet.csv").read_text("utf-8") or ",'=" in (past.folder / "sheet.csv").read_text("utf-8")
    assert "&lt;b&gt;" in (past.folder / "sheet.html").read_text("utf-8")
    assert past("finding", "slip", old).code == 2
    past.works("verify", old)
    told = past.works("finding", "slip", old).out
    assert "refused" in told
    past.works("finding", "slip", old, "-o", "slip.html")
    group = found["0x001d"][:10]
    past.works("finding", "dispute", group, "--reason", "sai", "--diagnostic", "out.json")
    assert "127.0.0.1" not in (past.folder / "out.json").read_text("utf-8")
    assert past("finding", "dispute", group, "--reason", "sai", "--with-evidence").code == 2
