"""Configurations of any octets: statements in the bounds, or MalformedMessage; and never more than a WrongProtocol of the probe."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_probes.configuration_file import ConfigurationFileProbe

import pqscan.wire.config.blocks
import pqscan.wire.config.braces
import pqscan.wire.config.ini
import pqscan.wire.config.lines
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.registry.config import Holds, products
from pqscan.wire.config.lines import Continued, Manner
from pqscan.wire.config.openssl_ciphers import read_cipher_list
from pqscan.wire.config.openssl_groups import read_group_list
from pqscan.wire.config.reading import READERS
from pqscan.wire.config.setting import Setting
from pqscan.wire.config.ssh_list import read_ssh_list
from pqscan.wire.config.tls_versions import signed_versions
from tests.unit.scan.files.making import facts_of

PROBE = ConfigurationFileProbe()
WORDS = sorted({word for product in products() for word in (*product.marks, *(each.name for each in product.directives))})
PIECES = [*WORDS, " ", "=", ":", ";", "{", "}", "\n", "\t", "\\\n", '"', "'", "#", "/*", "*/", "//", "<", ">", "</", "[", "]",
",", "+", "-", "X25519MLKEM768", "HIGH", "!aNULL", "TLSv1.2", "all", "mlkem768x25519-sha256", "${x}", "é", "\0"]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
READ: list[Callable[[bytes], tuple[Setting, ...]]] = [
    pqscan.wire.config.blocks.read_blocks,
    lambda data: pqscan.wire.config.blocks.read_blocks(data, in_style_of_c=True),
    pqscan.wire.config.braces.read_braces,
    pqscan.wire.config.ini.read_ini,
    lambda data: pqscan.wire.config.ini.read_ini(data, separator="=:", comments_behind=True),
    *(
        lambda data, manner=manner: pqscan.wire.config.lines.read_lines(data, manner)  # type: ignore[misc]
        for manner in (
            Manner(tags=True, continued=Continued.BACKSLASH),
            Manner(continued=Continued.BLANK, separator="=:", comments="#;"),
            Manner(sections=frozenset({"match", "host"}), comments_behind=True),
        )
    ),
]


def holds(read: Callable[[bytes], tuple[Setting, ...]], data: bytes) -> None:
    """Every statement begins where it says, behind the one before it."""
    with contextlib.suppress(MalformedMessage):
        places = [setting.offset for setting in read(data)]
        assert places == sorted(places)
        assert all(0 <= place <= len(data) for place in places)


@given(st.binary(max_size=300) | TEXTS.map(str.encode))
def test_any_octets_are_statements_in_their_order(data: bytes) -> None:
    for read in READ:
        holds(read, data)


@given(TEXTS)
def test_any_list_is_read(text: str) -> None:
    read_group_list(text)
    read_cipher_list(text)
    read_ssh_list(text)
    signed_versions(text)


@given(st.binary(max_size=200) | TEXTS.map(str.encode))
def test_the_probe_tells_facts_or_that_it_is_none_of_its(data: bytes) -> None:
    with contextlib.suppress(WrongProtocol):
        facts_of(PROBE, data)


@pytest.mark.parametrize("product", products(), ids=lambda product: product.name)
@given(st.data())
def test_every_product_takes_any_value(product: object, data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.tuples(st.sampled_from(WORDS), TEXTS), max_size=8))
    for end in ("\n", ";\n"):
        with contextlib.suppress(WrongProtocol):
            facts_of(PROBE, "".join(f"{name} {value}{end}" for name, value in lines).encode())


def test_each_reader_of_a_product_is_attacked_here() -> None:
    assert {product.syntax for product in products()} <= set(READERS)
    assert set(Holds)
