"""Trials as text, JSON and JUnit: nothing is lost, counts are right, and nothing that a peer says breaks a file."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_reports.escape import display_width
from pqscan_reports.trials.junit import write_junit
from pqscan_reports.trials.text import COLUMNS, MOST_FAILURES, trial_lines
from pqscan_reports.trials.trials_json import trials_json

from pqscan.locale import translator
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialReport, TrialVerdict

WHY = Reason.of("self_test.lacks.algorithm", library="liboqs", algorithm="LMS")
STARTED = datetime(2026, 11, 28, 23, 0, tzinfo=UTC)


def a_trial(verdict: TrialVerdict, number: int = 1, *, detail: str = "", subject: str = "liboqs") -> Trial:
    reason = None if verdict is TrialVerdict.PASSED else WHY
    return Trial("acvp/lms", f"{verdict.value} {number}", subject, verdict, reason, "LMS", "RFC 8554", detail, 0.25)


def a_report(*trials: Trial) -> TrialReport:
    return TrialReport("self-test", "", STARTED, 1.5, trials, (("liboqs", "0.13.0"),))


SEEN = (Reason.of("conformance.seen.reached.flight"), Reason.of("conformance.seen.ended.alert", alert="decode_error (50)"))
TITLE = Reason.of("conformance.case.finished-wrong")


def test_the_title_and_what_was_seen_are_told_in_the_language_of_the_reader_and_as_codes() -> None:
    trial = Trial("conformance", "finished-wrong", "", TrialVerdict.FAILED, WHY, detail="as is", title=TITLE, seen=SEEN)
    row = trials_json(a_report(trial), "en")["trials"][0]  # type: ignore[index,call-overload]
    assert row["title"] == {"code": TITLE.code, "parameters": {}, "text": translator("en").render(TITLE)}
    assert row["detail"] == "as is; its Finished came; then the alert decode_error (50)"
    assert [each["code"] for each in row["seen"]] == [each.code for each in SEEN]
    failure = junit(a_report(trial)).find(".//failure")
    assert failure is not None
    assert "then the alert decode_error (50)" in (failure.text or "")
    assert any("then the alert decode_error (50)" in line for line in trial_lines(a_report(trial), translator("en")))


ONE_OF_EACH = a_report(*(a_trial(verdict) for verdict in TrialVerdict))


def junit(report: TrialReport, language: str = "en") -> ElementTree.Element:
    out = io.BytesIO()
    write_junit(report, language, out)
    return ElementTree.fromstring(out.getvalue())


def lines(report: TrialReport, language: str = "en") -> list[str]:
    return list(trial_lines(report, translator(language)))


def test_junit_has_every_trial_and_the_counts_that_it_knows() -> None:
    root = junit(ONE_OF_EACH)
    assert (root.get("tests"), root.get("failures"), root.get("skipped"), root.get("time")) == ("6", "1", "3", "1.500000")
    assert [case.get("name") for case in root.iter("testcase")] == [f"{verdict.value} 1" for verdict in TrialVerdict]
    assert [case.get("classname") for case in root.iter("testcase")] == ["acvp/lms.liboqs"] * 6


def test_junit_says_what_failed_and_why_something_was_skipped_or_tolerated() -> None:
    failed = a_trial(TrialVerdict.FAILED, detail="secret: expected 00, got 01")
    root = junit(a_report(failed, a_trial(TrialVerdict.SKIPPED), a_trial(TrialVerdict.TOLERATED)))
    cases = {case.get("name"): case for case in root.iter("testcase")}
    failure = cases["failed 1"].find("failure")
    assert failure is not None
    assert failure.get("type") == "self_test.lacks.algorithm"
    assert "expected 00, got 01" in (failure.text or "")
    skipped = cases["skipped 1"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "liboqs does not have LMS."
    assert cases["tolerated 1"].findtext("system-out") == "tolerated: liboqs does not have LMS."


@given(st.text(max_size=40), st.text(max_size=40))
def test_junit_is_well_formed_whatever_stands_in_it(name: str, detail: str) -> None:
    trial = Trial(name, name, name, TrialVerdict.FAILED, Reason.of(name or "x", what=detail), name, name, detail)
    root = junit(a_report(trial))
    [failure] = root.iter("failure")
    assert failure.text is None or "\x00" not in failure.text


def test_json_keeps_codes_and_gives_the_sentence_beside_them() -> None:
    document = trials_json(ONE_OF_EACH, "en")
    assert document["format"] == "pqscan-trials/1"
    assert document["counts"] == {verdict.value: 1 for verdict in TrialVerdict}
    assert document["started_at"] == "2026-11-28T23:00:00Z"
    rows = json.loads(json.dumps(document))["trials"]
    assert rows[0]["reason"] is None
    assert rows[1]["reason"] == {
        "code": "self_test.lacks.algorithm",
        "parameters": {"algorithm": "LMS", "library": "liboqs"},
        "text": "liboqs does not have LMS.",
    }


@pytest.mark.parametrize("language", ["en", "vi"])
def test_text_fits_80_columns_and_counts_by_source_and_subject(language: str) -> None:
    long = "x" * 30 + " " + "y" * 120
    shown = lines(
        a_report(*ONE_OF_EACH.trials, a_trial(TrialVerdict.FAILED, 2, detail=long, subject="liboqs + cryptography")), language
    )
    assert all(display_width(line) <= COLUMNS for line in shown)
    [row] = [line for line in shown if line.startswith("acvp/lms") and " + " not in line]
    assert row.split() == ["acvp/lms", "liboqs", *"111111"]


def test_text_shows_some_failures_of_each_kind_and_says_how_many_more_there_are() -> None:
    shown = lines(a_report(*(a_trial(TrialVerdict.FAILED, number, detail="a: expected b") for number in range(50))))
    assert sum("expected b" in line for line in shown) == MOST_FAILURES
    assert f"    and {50 - MOST_FAILURES} more" in shown


def test_text_groups_skips_by_their_reason() -> None:
    shown = lines(a_report(*(a_trial(TrialVerdict.SKIPPED, number) for number in range(7))))
    assert "     7  liboqs does not have LMS." in shown
    assert shown[-1] == "0 passed, 0 failed, 7 skipped"


@given(st.text(max_size=30))
def test_text_never_moves_the_cursor(text: str) -> None:
    trial = Trial(text, text, text, TrialVerdict.FAILED, None, text, text, text)
    assert not any(ord(character) < 32 or ord(character) == 127 for line in lines(a_report(trial)) for character in line)


def test_an_empty_report_is_text_too() -> None:
    assert lines(TrialReport("self-test", "", STARTED, 0.0, ()))[-1] == "0 passed, 0 failed, 0 skipped"
