"""Configurations of any octets in every language that is a tree: nodes within the bounds, or MalformedMessage."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.config.caddyfile import read_caddyfile
from pqscan.wire.config.fortios import read_fortios
from pqscan.wire.config.hcl import read_hcl
from pqscan.wire.config.ios import read_ios
from pqscan.wire.config.json_tree import read_json
from pqscan.wire.config.junos import read_junos
from pqscan.wire.config.node import MOST_DEPTH, MOST_NODES, Node
from pqscan.wire.config.registry_export import read_registry_export
from pqscan.wire.config.toml_tree import read_toml
from pqscan.wire.config.xml_tree import read_xml
from pqscan.wire.config.yaml_tree import read_yaml

READERS: dict[str, Callable[[bytes], tuple[Node, ...]]] = {
    "caddyfile": read_caddyfile,
    "fortios": read_fortios,
    "hcl": read_hcl,
    "ios": read_ios,
    "json": read_json,
    "junos": read_junos,
    "registry": read_registry_export,
    "toml": read_toml,
    "xml": read_xml,
    "yaml": read_yaml,
}
LONG = 1 << 19  # octets; work that grows with their square would never end
PIECES = (
    b"\n",
    b" ",
    b" ",
    b"\t",
    b"a",
    b"b: ",
    b"- ",
    b"{",
    b"}",
    b"[",
    b"]",
    b'"',
    b"'",
    b"`",
    b"=",
    b":",
    b",",
    b"#",
    b"!",
    b"//",
    b"/*",
    b"*/",
    b"<",
    b">",
    b"</",
    b"/>",
    b"<a",
    b"&x ",
    b"*x",
    b"---\n",
    b"<<E\n",
    b"E",
    b"\\",
    b"${",
    b"config a\n",
    b"edit b\n",
    b"set c d\n",
    b"next\n",
    b"end\n",
    b"set a b\n",
    b"deactivate a\n",
    b"inactive: ",
    b";",
    b"banner x ^C\n",
    b"^C",
    b"dword:1",
    b"hex(7):41,00,\\\n",
    b"[-",
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"<!DOCTYPE a>",
    b"{{ x }}",
    b"\r\n",
    "\u2028".encode(),
    b"1",
    b"true",
    b"null",
    b"=hex",
)


def holds(name: str, data: bytes) -> None:
    """Reads and looks at every node; raises only what a codec may."""
    with contextlib.suppress(MalformedMessage):
        waiting = [(node, 1) for node in READERS[name](data)]
        lines, seen = data.count(b"\n") + data.count(b"\r") + 1, 0
        while waiting:
            node, depth = waiting.pop()
            seen += 1
            assert 1 <= node.line <= lines
            assert depth <= MOST_DEPTH + 1
            waiting += [(child, depth + 1) for child in node.children]
        assert seen <= MOST_NODES


@pytest.mark.parametrize("name", READERS)
@given(st.binary(max_size=300))
def test_any_octets_are_read_or_malformed(name: str, data: bytes) -> None:
    holds(name, data)


@pytest.mark.parametrize("name", READERS)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_words_of_configurations_are_read_or_malformed(name: str, pieces: list[bytes]) -> None:
    holds(name, b"".join(pieces))


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(
    "piece",
    [b"a\n", b"{", b"[", b"a {\n", b"- ", b'"', b"<a>", b"a: &a [*a]\n", b"config a\n", b"<<E\n", b"banner x ^C\n", b"x = {"],
)
def test_much_of_one_thing_ends_soon(name: str, piece: bytes) -> None:
    holds(name, piece * 30_000)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("piece", [b"a: {{ ", b"/* ", b'\\"', b"a <<E "], ids=["template", "comment", "quote", "here"])
def test_what_is_never_closed_costs_no_more_than_its_length(name: str, piece: bytes) -> None:
    holds(name, b"a " + piece * (LONG // len(piece)))


ONE_WORD = {
    "caddyfile": b"a %s",
    "fortios": b"config a\nset b %s",
    "hcl": b"a = %s",
    "json": b"%s",
    "junos": b"a %s;",
}


@pytest.mark.parametrize("name", ONE_WORD)
@pytest.mark.parametrize("inner", [b"x", b"\\\\"], ids=["letters", "escapes"])
def test_one_long_text_takes_little_more_memory_than_its_length(name: str, inner: bytes) -> None:
    data = ONE_WORD[name] % (b'"' + inner * (LONG // len(inner)) + b'"')
    tracemalloc.start()
    holds(name, data)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16 * LONG


@pytest.mark.parametrize("name", READERS)
def test_three_million_lines_end_at_the_bounds(name: str) -> None:
    with pytest.raises(MalformedMessage, match="larger than"):
        READERS[name](b"a: b\n" * 3_000_000)
