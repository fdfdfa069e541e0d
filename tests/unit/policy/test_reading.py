"""Every fault of a user's pack is told, with its line."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.policy.lines import Lines
from pqscan.policy.milestone import Precision, Recurrence
from pqscan.policy.reading import check_policy, read_policy
from pqscan.policy.rows import MOST_PROBLEMS
from pqscan.registry import foreign_toml
from pqscan.registry.digest import content_digest

HEAD = """# ours
id = "ours"
jurisdiction = "VN"
edition = "1"
title = "Ours"
status = "recommended"
verified_on = 2026-11-22
reference = "Decision 1"
"""
RULE = """
[[rule]]
id = "ours-1"
purpose = "any"
state = "disallowed"
date = 2030-12-31
summary = "No traditional algorithm after 2030."
reference = "Decision 1"
section = "1"
"""
MILESTONE = """
[[milestone]]
id = "ours-plan"
date = 2027-10-01
recurrence = "yearly"
who = "Units"
summary = "A plan."
reference = "Decision 1"
section = "2"
"""
GOOD = HEAD + RULE + MILESTONE


def faults(text: str) -> list[tuple[int | None, str]]:
    edition, problems = check_policy(text.encode(), "ours.toml")
    assert (edition is None) == bool(problems)
    return [(each.line, each.sentence) for each in problems]


def test_a_pack_of_ones_own_is_read_with_rules_and_milestones() -> None:
    edition = read_policy(GOOD.encode(), "ours.toml")
    assert (len(edition.rules), edition.is_own, edition.replaces) == (1, True, False)
    plan = edition.milestones[0]
    assert (plan.due, plan.recurrence, plan.precision) == (date(2027, 10, 1), Recurrence.YEARLY, Precision.DAY)
    assert edition.next_date(date(2027, 10, 2)) == date(2028, 10, 1)


def test_a_pack_may_hold_milestones_alone_and_not_nothing() -> None:
    assert faults(HEAD + MILESTONE) == []
    assert "no [[rule]] rows" in faults(HEAD)[0][1]


def test_all_faults_are_told_at_once_each_with_the_line_of_its_field() -> None:
    text = GOOD.replace('status = "recommended"', 'status = "law"').replace('purpose = "any"', 'purpose = "all"')
    text = (
        text.replace("date = 2030-12-31", 'date = "soon"').replace('who = "Units"', "who = 1").replace('section = "2"', 'note = ""')
    )
    found = faults(text)
    lines = text.splitlines()
    told = [(lines[line - 1].split(" = ")[0], sentence.partition(": ")[2]) for line, sentence in found if line is not None]
    assert [field for field, _ in told] == ["status", "purpose", "date", "[[milestone]]", "who", "note"]
    assert told[1][1].startswith("purpose is 'all', which is not one of key_establishment")
    assert told[3][1].startswith("it has no section")


def test_a_fault_of_a_second_row_stands_on_its_own_line() -> None:
    second = RULE.replace("ours-1", "ours-2").replace('state = "disallowed"', 'state = "forbidden"')
    text = HEAD + RULE + MILESTONE + second
    assert faults(text)[0][0] == text.splitlines().index('state = "forbidden"') + 1


def test_the_first_fault_is_the_error_of_whoever_only_wants_to_use_the_pack() -> None:
    with pytest.raises(UsageError, match=r"^line 13 of ours\.toml, rule 1 \(ours-1\): state is 'x'.*; correct the row\.$"):
        read_policy(GOOD.replace('state = "disallowed"', 'state = "x"').encode(), "ours.toml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('id = "ours"', 'id = "Ours!"'), "id must be 1 to 64 small letters"),
        (('state = "disallowed"', 'state = "disallowed"\nscope = ["nsss"]'), "its scope asks for 'nsss'"),
        (("date = 2027-10-01\n", ""), "needs the date on which it is first due"),
        (("date = 2027-10-01", "date = 2027-10-01\nyear = 2027"), "more than one of date, month and year"),
        (("date = 2027-10-01", 'month = "2027-13"'), "month is '2027-13'; write it as 2026-04"),
        (("date = 2027-10-01", "date = 2027-10-01\nuntil = 2026"), "until is the last year"),
        (('recurrence = "yearly"', "until = 2030"), "until is the last year"),
        (('recurrence = "yearly"', 'recurrence = "daily"'), "recurrence is 'daily', which is not one of once"),
        (("date = 2030-12-31", "year = 1999"), "year must be a whole number from 2000 to 2199"),
    ],
)
def test_what_cannot_be_meant_is_refused(change: tuple[str, str], message: str) -> None:
    text = GOOD.replace(*change, 1)
    assert text != GOOD
    assert any(message in sentence and line for line, sentence in faults(text)), faults(text)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ('title = "Ours"', 'title = "Ours\\u202e"'),
            r"title holds what cannot be printed in a line, or turns the direction of text: 'Ours\x202e'",
        ),
        (('who = "Units"', 'who = "Units\\nElse"'), "who holds what cannot be printed in a line"),
        (('section = "2"', f'section = "{"2" * 2001}"'), "section is longer than 2000 characters"),
        (
            ('reference = "Decision 1"\nsection = "1"', 'reference = "Decision\\u001b[2J"\nsection = "1"'),
            "reference holds what cannot be",
        ),
        (
            ('state = "disallowed"', 'state = "disallowed"\nfamilies = ["RS\u0410"]'),
            "families names 'RS\u0410', which holds a letter that is not of",
        ),
        (
            ('state = "disallowed"', 'state = "disallowed"\nscope = ["category:s\u0435rvers"]'),
            "its scope asks for 'category:s\u0435rvers'",
        ),
        (('id = "ours-plan"', 'id = "ours-plan\\u0007"'), "line 20 of"),
    ],
)
def test_text_that_reads_otherwise_than_it_is_stored_is_refused(change: tuple[str, str], message: str) -> None:
    text = GOOD.replace(*change, 1)
    assert text != GOOD
    told = [f"line {line} of {sentence}" for line, sentence in faults(text)]
    assert any(message in sentence for sentence in told), told
    assert all(sentence.isprintable() for sentence in told)


def test_a_file_of_a_great_many_rows_or_faults_is_refused_at_once() -> None:
    assert faults(HEAD + "[[rule]]\n" * 2001)[0][1] == "ours.toml has more than 2000 [[rule]] rows; correct the file"
    assert len(faults(HEAD + "[[rule]]\n" * 2000)) == MOST_PROBLEMS


def test_a_line_is_counted_as_toml_ends_lines() -> None:
    text = GOOD.replace('title = "Ours"', 'title = "Ours \u2028\u0085"')
    assert [line for line, _ in faults(text)] == [5]


@pytest.mark.parametrize("addition", ['families = ["RSA"]', "max_strength = 112", 'parameter_sets = ["ML-KEM-768"]'])
def test_r03_a_pack_that_awaits_guidance_can_name_no_date_and_no_algorithm(addition: str) -> None:
    waiting = GOOD.replace('status = "recommended"', 'status = "awaiting_guidance"').replace("disallowed", "awaiting_guidance")
    assert "can have neither a date nor another state" in faults(waiting)[0][1]
    named = waiting.replace("date = 2030-12-31", addition)
    assert "can name no algorithm" in faults(named)[0][1]
    assert faults(waiting.replace("date = 2030-12-31\n", "")) == []


def test_the_digest_follows_values_and_not_their_writing() -> None:
    one = foreign_toml.parse(GOOD.encode())
    other = foreign_toml.parse(("# other words\n" + GOOD.replace(" = ", "=").replace('"yearly"', "'yearly'")).encode())
    assert content_digest(one) == content_digest(other)
    assert content_digest(one) != content_digest(foreign_toml.parse(GOOD.replace("2030-12-31", '"2030-12-31"').encode()))
    assert read_policy(GOOD.encode(), "ours.toml").digest == content_digest(one)


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("a = 1\n[[rule]]\nb = 2\n[[rule]]\nb = 3\n", ("rule", 2, "b"), 5),
        ("a = 1\n[[rule]]\nb = 2\n", ("", 0, "a"), 1),
        ("[[ rule ]]\n'b' = 2\n", ("rule", 1, "b"), 2),
        ('[[rule]]\nb = """\n[[rule]]\nc = 1\n"""\nc = 2\n', ("rule", 1, "c"), 6),
        ("[[rule]]\nb = 2\n", ("rule", 1, "missing"), 1),
        ("rule = [{b = 1}]\n", ("rule", 1, "b"), None),
        ("[[rule]]\nb = 2\n[rule.more]\nc = 1\n", ("rule", 1, "c"), 1),
    ],
)
def test_a_field_is_found_in_the_text(text: str, place: tuple[str, int, str], expected: int | None) -> None:
    assert Lines(text).of(*place) == expected


@given(st.text(alphabet="[]rule=\"'\n a#.", max_size=80), st.integers(0, 3))
def test_finding_a_line_never_fails_and_never_leaves_the_text(text: str, number: int) -> None:
    line = Lines(text).of("rule" if number else "", number, "a")
    assert line is None or 1 <= line <= max(1, len(text.splitlines()))
