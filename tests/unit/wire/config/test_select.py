from __future__ import annotations

import pytest

from pqscan.wire.config.node import Node
from pqscan.wire.config.select import Found, select, words_of

TREE = Node(
    "",
    (),
    1,
    (
        Node("tls", (), 2, (Node("options", (), 3, (Node("default", ("x",), 4), Node("other", (), 5, (Node("", ("i",), 6),)))),)),
        Node("crypto", ("ikev2", "proposal", "P1", "more"), 7),
        Node("vpn ipsec phase1", (), 8, (Node("hanoi", (), 9),)),
        Node("", ("item",), 10, (Node("tls", (), 11, (Node("options", (), 12),)),)),
    ),
)


def lines(path: tuple[str, ...]) -> list[tuple[int, tuple[str, ...]]]:
    return [(found.node.line, found.rest) for found in select(TREE, path)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), [(1, ())]),
        (("tls",), [(2, ())]),
        (("tls", "options", "*"), [(4, ("x",)), (5, ())]),
        (("tls", "options", "de*"), [(4, ("x",))]),
        (("**", "options"), [(3, ()), (12, ())]),
        (("**",), [(1, ()), (2, ()), (3, ()), (4, ("x",)), (5, ()), (6, ("i",)), (7, ("ikev2", "proposal", "P1", "more")), (8, ()),
                   (9, ()), (10, ("item",)), (11, ()), (12, ())]),
        (("-",), [(10, ("item",))]),
        (("-", "tls | none", "options"), [(12, ())]),
        (("crypto ikev2 proposal",), [(7, ("P1", "more"))]),
        (("crypto ikev2 proposal *",), [(7, ("more",))]),
        (("crypto ikev1 proposal",), []),
        (("vpn ipsec phase1", "*"), [(9, ())]),
        (("vpn ipsec phase1 x",), []),
        (("*",), [(2, ()), (7, ("ikev2", "proposal", "P1", "more")), (8, ())]),
    ],
)  # fmt: skip
def test_entries_are_found_by_patterns(path: tuple[str, ...], expected: list[tuple[int, tuple[str, ...]]]) -> None:
    assert lines(path) == expected


def test_an_entry_says_its_further_words_and_the_texts_of_its_list() -> None:
    node = Node("a", ("b", "c"), 1, (Node("", ("d",), 2), Node("e", ("f",), 3)))
    assert Found(node, ("c",)).texts == (("c", 1), ("d", 2))


def test_the_way_is_told_as_it_stands_there() -> None:
    assert [found.way for found in select(TREE, ("tls", "options", "de*"))] == [("tls", "options", "default")]
    assert [found.way for found in select(TREE, ("crypto ikev? proposal *",))] == [("crypto", "ikev2", "proposal", "P1")]
    assert [found.way for found in select(TREE, ("-", "tls | none"))] == [("tls",)]


def test_a_name_of_several_words_is_several() -> None:
    assert words_of(Node("vpn ipsec", ("x",), 1)) == ("vpn", "ipsec", "x")


def test_depth_over_depth_finds_each_entry_once() -> None:
    node = Node("a", (), 1)
    for line in range(2, 60):
        node = Node("a", (), line, (node,))
    assert len(list(select(node, ("**", "**", "a")))) == 58
