from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.junos import read_junos
from pqscan.wire.config.node import MOST_DEPTH

BRACES = b"""## Last commit: now
version 23.4R1;
security {
    ike {
        /* dh-group group1; */
        proposal P1 {
            dh-group group14;
            inactive: authentication-algorithm md5;
        }
        inactive: proposal OLD {
            dh-group group1;
            nested { deep x; }
        }
        policy POL {
            proposals [ P1 P2 ];
            pre-shared-key ascii-text "$9$a { } ;"; ## SECRET-DATA
        }
    }
}
"""
SET = b"""set version 23.4R1
set security ike proposal P1 dh-group group14
set security ike proposal OLD dh-group group1
set security ike policy POL proposals [ P1 P2 ]
# set security ike proposal NO dh-group group2
deactivate security ike proposal OLD
"""


def told(data: bytes) -> list[tuple[str, int]]:
    return [(" ".join((node.name, *node.values)), node.line) for node in read_junos(data)]


def test_braces_are_statements_and_what_is_inactive_is_none() -> None:
    assert told(BRACES) == [
        ("version 23.4R1", 2),
        ("security ike proposal P1 dh-group group14", 7),
        ("security ike policy POL proposals P1 P2", 15),
        ("security ike policy POL pre-shared-key ascii-text $9$a { } ;", 16),
    ]


def test_commands_are_the_same_statements_and_what_is_deactivated_is_none() -> None:
    assert told(SET) == [
        ("version 23.4R1", 1),
        ("security ike proposal P1 dh-group group14", 2),
        ("security ike policy POL proposals P1 P2", 4),
    ]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("set a b 1\ndelete a b\nset a b 2", ["a b 2"]),
        ("set a b 1\nset a c 2\ndelete a b", ["a c 2"]),
        ("set a b 1\ndeactivate a b\nactivate a b", ["a b 1"]),
        ("set a b 1\nactivate a b\ndeactivate a b", []),
        ("deactivate a b\nset a b 1", []),
        ("set a b 1\ndeactivate a b\ndelete a b\nset a b 2", ["a b 2"]),
        ("set a b 1\ndeactivate a\nactivate a b", []),  # It is a that is inactive.
        ("set a b 1\ndelete a bc", ["a b 1"]),
    ],
)
def test_commands_count_in_their_order(text: str, left: list[str]) -> None:
    assert [words for words, _ in told(text.encode())] == left


@pytest.mark.parametrize("text", [b"a {", b"a { b; } }", b'x "never', b"a {" * (MOST_DEPTH + 1)])
def test_what_is_no_configuration_of_junos_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_junos(text)
