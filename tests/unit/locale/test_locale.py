"""Which language is chosen, and how reasons, labels, dates and numbers are said in it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pqscan.locale import choose_language, fill, render, translator
from pqscan.locale.formats import format_months, format_percent
from pqscan.locale.templates import label_templates, reason_templates
from pqscan.model.reason import Reason


@pytest.mark.parametrize(
    ("option", "environment", "chosen"),
    [
        (None, {}, "vi"),
        ("en", {"LANG": "vi_VN.UTF-8"}, "en"),
        ("vi", {"LC_ALL": "en_US.UTF-8"}, "vi"),
        (None, {"LANG": "en_GB.UTF-8"}, "en"),
        (None, {"LC_ALL": "vi_VN", "LANG": "en_US"}, "vi"),
        (None, {"LC_MESSAGES": "en", "LANG": "vi_VN"}, "en"),
        (None, {"LC_ALL": "vi_VN", "LC_MESSAGES": "en"}, "vi"),
        (None, {"LC_ALL": "", "LANG": "en_US"}, "en"),
        (None, {"LANG": "C.UTF-8"}, "vi"),
        (None, {"LANG": "C"}, "vi"),
        (None, {"LANG": "fr_FR.UTF-8"}, "vi"),
        (None, {"LANG": "english"}, "vi"),
    ],
)
def test_the_option_decides_then_the_environment_then_vietnamese(
    option: str | None, environment: dict[str, str], chosen: str
) -> None:
    assert choose_language(option, environment) == chosen


def test_a_reason_is_said_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reason_templates(), "test_code", "{count} target")
    reason = Reason.of("test_code", count=3)
    assert render(reason, "en") == "3 target"
    assert render(reason, "vi") == "3 mục tiêu"


def test_kinds_of_parameters_are_said_in_their_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    templates = reason_templates()
    monkeypatch.setitem(templates, "inner", "it was quiet.")
    monkeypatch.setitem(templates, "outer", "{why:text}, {state:state}, {due:date}, {count:number}, {plain}")
    reason = Reason.of("outer", why="inner", state="vulnerable", due="2035-12-31", count=12345, plain="x")
    assert render(reason, "en") == "it was quiet, vulnerable to quantum computers, 31 December 2035, 12,345, x"
    assert render(reason, "vi") == "it was quiet, chưa kháng lượng tử, 31/12/2035, 12.345, x"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_place_for_a_value_in_a_sentence_is_filled(language: str) -> None:
    assert [code for code in reason_templates() if "{" in render(Reason.of(code), language)] == []


def test_what_the_system_said_of_a_file_is_told_in_words() -> None:
    reason = Reason.of("file_unreadable", error="ENOENT")
    assert render(reason, "en") == "The file could not be opened or read: there is no such file"
    assert "{" not in render(reason, "vi")


def test_a_code_without_a_sentence_shows_itself_and_its_parameters() -> None:
    assert render(Reason.of("no_such_code", b=2, a="x"), "vi") == "no_such_code (a=x, b=2)"
    assert render(Reason.of("no_such_code"), "en") == "no_such_code"


@given(st.text(), st.text())
def test_a_value_from_a_peer_is_never_read_as_a_template(one: str, other: str) -> None:
    assert fill("{a}|{b}", {"a": one, "b": other}) == f"{one}|{other}"


def test_a_missing_parameter_shows_as_a_question_mark_and_raises_nothing() -> None:
    assert fill("{a} and {b}", {"a": 1}) == "1 and ?"


def test_dates_and_numbers_follow_the_language() -> None:
    vietnamese, english = translator("vi"), translator("en")
    assert vietnamese.date(date(2026, 11, 2)) == "02/11/2026"
    assert english.date(datetime(2026, 11, 2, tzinfo=UTC)) == "2 November 2026"
    assert (vietnamese.number(1234567), english.number(1234567)) == ("1.234.567", "1,234,567")
    assert (vietnamese.percent(1, 3), english.percent(1, 3)) == ("33,3%", "33.3%")
    assert (vietnamese.exact_percent(14_999, 100_000), english.exact_percent(14_999, 100_000)) == ("14,99%", "14.99%")
    assert english.exact_percent(3, 20) == "15.00%"
    assert english.exact_percent(0, 0) == "–"


@given(st.integers(0, 10**9), st.integers(1, 10**9))
@example(99_999, 100_000)
@example(1, 100_000)
def test_a_share_says_all_or_nothing_only_where_it_is_so(part: int, whole: int) -> None:
    part = min(part, whole)
    text = format_percent(part, whole, "en")
    assert (text == "0%") == (part == 0)
    assert (text == "100%") == (part == whole)


def test_every_closed_choice_has_its_words() -> None:
    from pqscan.model.inventory import RunKind
    from pqscan.model.observation import Subject, Support
    from pqscan.model.outcome import OutcomeStatus
    from pqscan.policy.finding import Verdict
    from pqscan.policy.rule import PolicyStatus
    from pqscan.policy.state import State
    from pqscan.registry.quantum import QuantumClass

    labels = label_templates()
    for table, members in {
        "state": State,
        "state_explained": State,
        "verdict": Verdict,
        "policy_status": PolicyStatus,
        "outcome_status": OutcomeStatus,
        "quantum_class": QuantumClass,
        "support": Support,
        "subject": Subject,
        "run_kind": RunKind,
    }.items():
        assert {member.value for member in members} <= labels[table].keys()


def test_an_unlisted_value_is_its_own_word() -> None:
    assert translator("vi").label("state", "future_state") == "future_state"


def test_the_catalogue_needs_nothing_but_the_standard_library() -> None:
    program = "import sys; from pqscan.locale import translator; translator('vi').gettext('x'); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"babel", "jinja2", "sqlalchemy", "click", "rich"} & set(loaded)


@pytest.mark.parametrize(
    ("months", "english", "vietnamese"),
    [
        (0, "0 months", "0 tháng"),
        (1, "1 month", "1 tháng"),
        (13, "1 year 1 month", "1 năm 1 tháng"),
        (24, "2 years", "2 năm"),
        (-98, "−8 years 2 months", "−8 năm 2 tháng"),
    ],
)
def test_a_span_of_months_is_said_in_years_and_months(months: int, english: str, vietnamese: str) -> None:
    assert (format_months(months, "en"), format_months(months, "vi")) == (english, vietnamese)


def test_fixed_words_of_a_clause_are_told_in_the_readers_language_and_headings_stay() -> None:
    english, vietnamese = translator("en"), translator("vi")
    clause = "NIST IR 8547, table 4; whole document; RFC 9525, section 6.1; RFC 1, sectional"
    assert english.clause(clause) == clause
    assert english.clause("whole documents") == "whole documents"
    told = vietnamese.clause(clause)
    assert told.startswith("NIST IR 8547, table 4; ")
    assert told.endswith("; RFC 1, sectional")
    assert vietnamese.clause("wholedocument") == "wholedocument"
