"""Configurations of any octets: statements in the bounds, or MalformedMessage; and never more than a WrongProtocol of the probe."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pqscan_probes.configuration_file import ConfigurationFileProbe
from pqscan_probes.configuration_file.values import SUBJECTS
from pqscan_probes.configuration_file.values import VALUES as VALUES_OF

import pqscan.wire.config.blocks
import pqscan.wire.config.braces
import pqscan.wire.config.ini
import pqscan.wire.config.lines
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.target import FileTarget
from pqscan.probe import Places
from pqscan.registry.config import Holds, Product, products
from pqscan.scan.files.piece import Piece
from pqscan.wire.config.enctypes import read_enctypes
from pqscan.wire.config.gnutls_priority import read_priority
from pqscan.wire.config.ike_proposals import read_ike_proposals
from pqscan.wire.config.lines import Continued, Manner
from pqscan.wire.config.openssl_ciphers import read_cipher_list
from pqscan.wire.config.openssl_groups import read_group_list
from pqscan.wire.config.reading import READERS
from pqscan.wire.config.setting import Setting
from pqscan.wire.config.ssh_list import read_ssh_list
from pqscan.wire.config.tls_versions import signed_versions, versions_by_options

PROBE = ConfigurationFileProbe()
WORDS = sorted({word for product in products() for word in (*product.marks, *(each.name for each in product.directives))})
MARKS = [
    " ",
    "=",
    ":",
    ";",
    "{",
    "}",
    "\n",
    "\t",
    "\\\n",
    '"',
    "'",
    "#",
    "/*",
    "*/",
    "//",
    "<",
    ">",
    "</",
    "[",
    "]",
    ",",
    "+",
    "-",
    "é",
    "\0",
]
VALUES = [
    "X25519MLKEM768",
    "HIGH",
    "!aNULL",
    "TLSv1.2",
    "all",
    "mlkem768x25519-sha256",
    "aes256-sha256-modp2048",
    "ke1_mlkem768",
    "${x}",
]
VALUES += ["aes256-cts", "NORMAL", "GROUP-X25519", "SMB3", "hmac-sha256", "ecdsap256sha256", "conn", "also=a", "default"]
PIECES = [*WORDS, *MARKS, *VALUES]
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
            Manner(sections=frozenset({"match", "host"}), comments_behind=True, items=True, separator=":"),
        )
    ),
]


def asked(data: bytes) -> None:
    """The probe, as if the marks of all products stood in the text."""
    piece = Piece(data, dict.fromkeys((mark.name for mark in PROBE.marks), Places((0,))))
    with contextlib.suppress(WrongProtocol):
        asyncio.run(PROBE.run(FileTarget("machine", "some.file"), piece))


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
    versions_by_options(text)
    read_ike_proposals(text)
    read_enctypes(text)
    read_priority(text)


@given(st.binary(max_size=200) | TEXTS.map(str.encode))
def test_the_probe_tells_facts_or_that_it_is_none_of_its(data: bytes) -> None:
    asked(data)


@pytest.mark.parametrize("product", products(), ids=lambda product: product.name)
@settings(max_examples=20)
@given(st.data())
def test_a_product_takes_any_value(product: Product, data: st.DataObject) -> None:
    names = st.sampled_from([each.name for each in product.directives] + sorted(product.contexts) + [*product.marks])
    for end in ("\n", ";\n"):
        lines = data.draw(st.lists(st.tuples(names, st.sampled_from(["=", " ", ": "]), TEXTS), min_size=1, max_size=8))
        asked("".join(f"{name}{between}{value}{end}" for name, between, value in lines).encode())


def test_each_reader_of_a_product_is_attacked_here() -> None:
    assert {product.syntax for product in products()} <= set(READERS)
    assert set(VALUES_OF) == set(SUBJECTS) == set(Holds) - {Holds.ACTIVE}
