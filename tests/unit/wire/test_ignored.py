"""`pqscan: ignore` in comments of any language: what is decided stays beside the fact; a comment that lacks something says so."""

from __future__ import annotations

from datetime import date

import pytest
from pqscan_probes.source_file import SourceFileProbe

from pqscan.wire.ignored import Missing, ignored_lines
from tests.unit.probes.source.finding import observed
from tests.unit.scan.files.making import facts_of

GOOD = 'pqscan: ignore reason="a checksum of caches" until=2027-03-01'


@pytest.mark.parametrize("comment", ["# {}", "// {}", "/* {} */", "-- {}", "<!-- {} -->", " * {}", "; {}"])
def test_a_comment_speaks_of_the_next_line(comment: str) -> None:
    ignored = ignored_lines("one\n" + comment.format(GOOD) + "\nthree\nfour\n")
    assert sorted(ignored) == [2, 3]
    assert (ignored[3].reason, ignored[3].until, ignored[3].problem) == ("a checksum of caches", date(2027, 3, 1), None)


def test_a_comment_behind_code_speaks_of_its_own_line_alone() -> None:
    assert sorted(ignored_lines(f"x = md5()  # {GOOD}\ny = md5()\n")) == [1]


def test_the_words_in_a_text_are_no_comment() -> None:
    assert ignored_lines(f"x = '{GOOD}'\n") == {}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("pqscan: ignore", Missing.REASON),
        ("pqscan: ignore until=2027-03-01", Missing.REASON),
        ('pqscan: ignore reason="  " until=2027-03-01', Missing.REASON),
        ('pqscan: ignore reason="x"', Missing.DAY),
        ('pqscan: ignore reason="x" until=2027-02-30', Missing.DAY),
        ('pqscan: ignore reason="x" until=soon', Missing.DAY),
    ],
)
def test_a_comment_needs_a_reason_and_a_day(words: str, problem: Missing) -> None:
    assert ignored_lines(f"# {words}\n")[2].problem is problem


def test_what_is_decided_is_kept_and_shown_with_its_reason() -> None:
    (one,) = observed(f"import hashlib\n# {GOOD}\nhashlib.md5()\n", "python")
    stated = dict(one.parameters)
    assert (one.value, stated["ignored_reason"], stated["ignored_until"]) == ("MD5", "a checksum of caches", "2027-03-01")


def test_a_wrong_comment_silences_nothing_and_is_told() -> None:
    facts = facts_of(SourceFileProbe(), b"import hashlib\nhashlib.md5()  # pqscan: ignore until=2027-03-01\n", "a.py")
    assert "ignored_until" not in dict(facts.observations[0].parameters)
    assert facts.detail is not None
    assert (facts.detail.code, dict(facts.detail.parameters)["line"]) == ("ignore_comment_without_reason", 2)


def test_a_reason_is_short_and_printable() -> None:
    (ignored,) = {one.reason for one in ignored_lines(f'# pqscan: ignore reason="a\u202eb{"x" * 500}" until=2027-03-01\n').values()}
    assert len(ignored) == 200
    assert ignored.isprintable()


def test_a_long_line_takes_no_long_time() -> None:
    assert ignored_lines("pqscan: ignore" * 100_000) == {}
