from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.blocks import read_blocks
from pqscan.wire.config.setting import MOST_DEPTH, MOST_OCTETS, MOST_SETTINGS, Setting


def told(text: str, **manner: bool) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(each.name, each.words, tuple(block.title for block in each.blocks)) for each in read_blocks(text.encode(), **manner)]


def test_statements_stand_in_the_blocks_around_them() -> None:
    assert told("http { a 1; server { b 2; } c; }") == [
        ("http", (), ()),
        ("a", ("1",), ("http",)),
        ("server", (), ("http",)),
        ("b", ("2",), ("http", "server")),
        ("c", (), ("http",)),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('a "b c;}" d;', ("b c;}", "d")),
        ("a 'b { c' d;", ("b { c", "d")),
        ("a b#c;", ("b#c",)),
        ("a ${b}c;", ("${b}c",)),
        ("a b\\;c;", ("b\\;c",)),
        ("a\n b\r\n c;", ("b", "c")),
        ("a # not; here\n b;", ("b",)),
    ],
)
def test_words_are_what_a_server_reads(text: str, words: tuple[str, ...]) -> None:
    assert told(text) == [("a", words, ())]


def test_a_comment_is_no_statement() -> None:
    assert told("# ssl_ciphers RC4;\na 1;\n  #b 2;") == [("a", ("1",), ())]


def test_comments_in_the_style_of_c_are_read_where_a_product_has_them() -> None:
    text = "/* a 1; */ b 2; // c 3;\n d 4;"
    assert [name for name, _, _ in told(text, in_style_of_c=True)] == ["b", "d"]
    assert [name for name, _, _ in told(text)] != ["b", "d"]


def test_a_statement_has_its_place_in_octets() -> None:
    data = "tên Hà; ssl_ciphers X;".encode()
    assert [data[each.offset :].split()[0] for each in read_blocks(data)] == ["tên".encode(), b"ssl_ciphers"]


def test_what_is_cut_off_is_left_out_and_a_brace_too_many_closes_nothing() -> None:
    assert told("} a 1; } b { c 2; d") == [("a", ("1",), ()), ("b", (), ()), ("c", ("2",), ("b",))]


@pytest.mark.parametrize("data", [bytes(3), b" " * (MOST_OCTETS + 1), b"a;" * (MOST_SETTINGS + 1), b"a{" * (MOST_DEPTH + 2)])
def test_the_bounds_hold(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_blocks(data)


def test_a_statement_that_opens_is_a_block() -> None:
    (setting,) = read_blocks(b"server x { }")
    assert (setting.opens, setting.block.title, setting.value) == (True, "server x", "x")
    assert setting == Setting("server", ("x",), 0, (), True)
