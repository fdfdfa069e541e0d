from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.json_tree import read_json
from tests.unit.wire.config.trees import flat


def test_each_entry_has_its_line() -> None:
    text = b'{\n  "apps": {"tls": [\n    "x25519",\n    {"min": 1.2e3, "on": true}\n  ]},\n  "none": null,\n  "e": {}, "l": []\n}\n'
    assert flat(read_json(text)) == [
        ("", (), 1),
        ("apps", (), 2),
        ("apps/tls", (), 2),
        ("apps/tls/", ("x25519",), 3),
        ("apps/tls/", (), 4),
        ("apps/tls//min", ("1.2e3",), 4),
        ("apps/tls//on", ("true",), 4),
        ("none", ("null",), 6),
        ("e", (), 7),
        ("l", (), 7),
    ]


def test_escapes_are_read_and_half_a_surrogate_is_replaced() -> None:
    assert flat(read_json(b'["\\u0054LS\\n", "\\ud800"]'))[1:] == [("", ("TLS\n",), 1), ("", ("?",), 1)]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[1",
        b"{]",
        b"[}",
        b"[1,]",
        b'{"a"}',
        b'{"a":}',
        b'{"a":1,}',
        b"{1:2}",
        b'{"a" "b"}',
        b"[1 2]",
        b"1 2",
        b"]",
        b",",
        b'"a',
        b"[tru]",
        b"{,}",
        b'{"a":1 "b":2}',
        b"[,1]",
        b'{"a"::1}',
        b"{[]}",
        b"{{}}",
        b":",
        b'"\\x"',
        b"[1][2]",
        b"{true}",
    ],
)
def test_what_is_no_json_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_json(text)


def test_deep_nesting_is_malformed_and_no_recursion() -> None:
    with pytest.raises(MalformedMessage, match="deep"):
        read_json(b"[" * 100_000)
