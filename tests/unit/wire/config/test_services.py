"""Tables of services: eight columns, and what stands behind `-o` where it is an option."""

from __future__ import annotations

from pqscan.wire.config.services import SERVICE, read_services

LINE = b"smtp inet n - y 60? 10 smtpd"


def told(data: bytes) -> list[tuple[str, str, int]]:
    return [(each.name, each.value, each.offset) for each in read_services(data)]


def test_options_have_their_places_also_in_braces_and_behind_a_comment() -> None:
    found = told(LINE + b" -v -o a=1\r\n\n # x\n  -ob=2 -o {\n c = d e }\n")
    assert found == [(SERVICE, "smtp inet", 0), ("a", "1", 35), ("b", "2", 50), ("c", "d e", 60)]
    assert [each.blocks[0].words for each in read_services(LINE + b" -o a=1")[1:]] == [("smtp", "inet")]


def test_what_stands_behind_an_argument_is_none_of_its_options() -> None:
    assert told(LINE + b" flags=x -o a=1") == [(SERVICE, "smtp inet", 0)]


def test_a_line_of_another_shape_is_a_statement_of_its_first_word() -> None:
    assert [name for name, _, _ in told(b"smtp tcp n - y - - smtpd -o a=1\n  goes on\nexit 0\n")] == ["smtp", "exit"]
