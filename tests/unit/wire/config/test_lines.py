from __future__ import annotations

import pytest

from pqscan.wire.config.lines import Continued, Manner, read_lines

Told = list[tuple[str, str, tuple[str, ...]]]


def told(text: str, manner: Manner) -> Told:
    return [(each.name, each.value, tuple(block.title for block in each.blocks)) for each in read_lines(text.encode(), manner)]


@pytest.mark.parametrize(
    ("text", "manner", "expected"),
    [
        ("A 1\n#B 2\n\n  C  3  4\r\n", Manner(), [("A", "1", ()), ("C", "3 4", ())]),
        ('A "x y" z', Manner(), [("A", "x y z", ())]),
        ("A=1\nB = 2\nC 3", Manner(separator="="), [("A", "1", ()), ("B", "2", ()), ("C", "3", ())]),
        ("A: 1", Manner(separator=":"), [("A", "1", ())]),
        ("A 1 \\\n  2\nB", Manner(continued=Continued.BACKSLASH), [("A", "1 2", ()), ("B", "", ())]),
        ("A = 1\n  2\n# c\n\t3\nB = 4", Manner(continued=Continued.BLANK, separator="="), [("A", "1 2 3", ()), ("B", "4", ())]),
        ("A: 1:E\n C:2\n  3\nB: 4", Manner(continued=Continued.FOLDED, separator=":"), [("A", "1:EC:2 3", ()), ("B", "4", ())]),
        ("A 1 # why", Manner(comments_behind=True), [("A", "1", ())]),
        ("A 1#2", Manner(comments_behind=True), [("A", "1#2", ())]),
        ("A '1 # 2' # 3", Manner(comments_behind=True), [("A", "1 # 2", ())]),
        ("A # '1", Manner(comments_behind=True), [("A", "", ())]),
        ("A '1 # 2", Manner(comments_behind=True), [("A", "1 # 2", ())]),
        ("; A 1\nB 2", Manner(comments="#;"), [("B", "2", ())]),
    ],
)
def test_lines_are_statements(text: str, manner: Manner, expected: Told) -> None:
    assert told(text, manner) == expected


def test_a_section_goes_on_to_the_next_one() -> None:
    text = "A 1\nMatch User bob\n B 2\nmatch all\n C 3"
    assert told(text, Manner(sections=frozenset({"match"}))) == [
        ("A", "1", ()),
        ("Match", "User bob", ()),
        ("B", "2", ("Match User bob",)),
        ("match", "all", ()),
        ("C", "3", ("match all",)),
    ]


def test_sections_in_brackets_are_closed_by_name() -> None:
    text = "<VirtualHost *:443>\n<IfModule a>\n A 1\n</IfModule>\n B 2\n</VirtualHost>\nC 3\n</Other>\n<broken"
    assert told(text, Manner(tags=True)) == [
        ("VirtualHost", "*:443", ()),
        ("IfModule", "a", ("VirtualHost *:443",)),
        ("A", "1", ("VirtualHost *:443", "IfModule a")),
        ("B", "2", ("VirtualHost *:443",)),
        ("C", "3", ()),
        ("broken", "", ()),
    ]


def test_the_place_of_a_statement_is_that_of_its_name() -> None:
    data = "ờ 1\n\t A 2 \\\n 3\nB".encode()
    places = [each.offset for each in read_lines(data, Manner(continued=Continued.BACKSLASH))]
    assert [data[place:].split()[0] for place in places] == ["ờ".encode(), b"A", b"B"]
