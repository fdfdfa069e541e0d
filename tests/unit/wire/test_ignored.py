"""`pqscan: ignore` in comments of any language: what is decided stays beside the fact; a comment that lacks something says so."""

from __future__ import annotations

from datetime import date

import pytest
from pqscan_probes.source_file import SourceFileProbe

from pqscan.wire.ignored import Missing, ignored_lines
from tests.unit.probes.source.finding import observed
from tests.unit.scan.files.making import facts_of

GOOD = 'pqscan: ignore reason="a checksum of caches" until=2027-03-01'


@pytest.mark.parametrize(
    "comment", ["# {}", "// {}", "/* {} */", "-- {}", "<!-- {} -->", " * {}", "; {}", "! {}", "rem {}", " @REM {}", "\ufeff# {}"]
)
def test_a_comment_speaks_of_the_next_line(comment: str) -> None:
    ignored = ignored_lines(f"{comment.format(GOOD)}\ntwo\nthree\n".encode())
    assert sorted(ignored) == [1, 2]
    assert (ignored[2].reason, ignored[2].until, ignored[2].problem) == ("a checksum of caches", date(2027, 3, 1), None)


def test_a_comment_behind_code_speaks_of_its_own_line_alone() -> None:
    assert sorted(ignored_lines(f"x = md5()  # {GOOD}\ny = md5()\n".encode())) == [1]


@pytest.mark.parametrize("line", [f"x = '{GOOD}'", f"ciphers HIGH:!aNULL {GOOD}", f"theorem rem {GOOD}"])
def test_the_words_in_a_text_are_no_comment(line: str) -> None:
    assert ignored_lines(f"{line}\n".encode()) == {}


def test_a_comment_behind_much_else_speaks_of_its_own_line_alone() -> None:
    assert sorted(ignored_lines(f"{'x = 1; ' * 1000}# {GOOD}\ny = md5()\n".encode())) == [1]
    assert sorted(ignored_lines(f"x{' ' * 5000}# {GOOD}\ny = md5()\n".encode())) == [1]


def test_lines_are_counted_from_where_the_octets_begin() -> None:
    data = f"# {GOOD}\nx = md5()\n".encode()
    assert sorted(ignored_lines(data, 100)) == [100, 101]
    assert sorted(ignored_lines(data, 100, is_cut=True)) == [100]


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
    assert ignored_lines(f"# {words}\n".encode())[2].problem is problem


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
    (ignored,) = {
        one.reason for one in ignored_lines(f'# pqscan: ignore reason="a\u202eb{"x" * 500}" until=2027-03-01\n'.encode()).values()
    }
    assert len(ignored) == 200
    assert ignored.isprintable()


def test_a_long_line_takes_no_long_time() -> None:
    assert ignored_lines(b"pqscan: ignore" * 100_000) == {}
