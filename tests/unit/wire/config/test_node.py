from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import MOST_DEPTH, MOST_NODES, MOST_OCTETS, Node, Tree, config_text, end_of_here, name_shown


def test_the_first_child_of_a_name_is_found() -> None:
    node = Node("a", (), 1, (Node("b", ("1",), 2), Node("b", ("2",), 3)))
    found = node.child("b")
    assert found is not None
    assert found.values == ("1",)
    assert node.child("c") is None


def test_a_tree_refuses_what_is_too_deep() -> None:
    tree = Tree()
    for line in range(MOST_DEPTH):
        tree.open("a", (), line + 1)
    with pytest.raises(MalformedMessage, match="entries deep"):
        tree.open("a", (), 99)


def test_a_tree_refuses_what_is_too_much() -> None:
    tree = Tree()
    for _ in range(MOST_NODES):
        tree.leaf("a", (), 1)
    with pytest.raises(MalformedMessage, match="entries before line 7"):
        tree.leaf("a", (), 7)


def test_what_is_never_closed_is_no_tree() -> None:
    tree = Tree()
    tree.open("a", (), 4)
    with pytest.raises(MalformedMessage, match="line 4 is never closed"):
        tree.done()


def test_nothing_is_closed_that_was_never_opened() -> None:
    with pytest.raises(MalformedMessage):
        Tree().close()


def test_a_configuration_has_bounds() -> None:
    with pytest.raises(MalformedMessage, match="larger than"):
        config_text(b"a" * (MOST_OCTETS + 1))


@pytest.mark.parametrize(
    ("text", "expected"), [("Hà Nội", "Hà Nội"), ("a\nb\x1b", "a b "), ("x" * 120, "x" * 120), ("x" * 121, "x" * 119 + "…")]
)
def test_names_are_shown_in_one_short_line(text: str, expected: str) -> None:
    assert name_shown(text) == expected


def test_octets_that_are_no_text_are_replaced_and_a_mark_of_order_is_left_out() -> None:
    assert config_text(b"\xef\xbb\xbfcaf\xe9") == "caf�"


def test_a_text_behind_its_mark_ends_where_the_mark_stands_first_in_a_line() -> None:
    text = "one EOF\n  EOFS\n  EOF rest\n\tEOF\n"
    assert end_of_here(text, 0, "EOF", 1) == (text.index("\n"), text.index("EOFS") + 3)
    assert end_of_here(text, 0, "EOF", 1, alone=True) == (text.rindex("\n\t"), text.rindex("\n"))
    with pytest.raises(MalformedMessage, match="line 3 never ends"):
        end_of_here("no mark", 0, "EOF", 3)
