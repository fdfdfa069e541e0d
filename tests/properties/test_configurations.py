"""Configurations of any octets: statements in the bounds, or MalformedMessage; and never more than a WrongProtocol of the probe."""

from __future__ import annotations

import asyncio
import contextlib
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pqscan_probes.configuration_file import ConfigurationFileProbe
from pqscan_probes.configuration_file.values import SUBJECTS
from pqscan_probes.configuration_file.values import VALUES as VALUES_OF

import pqscan.wire.config.blocks
import pqscan.wire.config.braces
import pqscan.wire.config.ini
import pqscan.wire.config.lines
import pqscan.wire.config.services
from pqscan.errors import BeyondBounds, MalformedMessage, WrongProtocol
from pqscan.model.target import FileTarget
from pqscan.probe import Places
from pqscan.registry.config import Holds, Product, products
from pqscan.scan.files.piece import Piece
from pqscan.wire.config import ssh_list
from pqscan.wire.config.enctypes import read_enctypes
from pqscan.wire.config.gnutls_priority import read_priority
from pqscan.wire.config.ike_proposals import MOST_PROPOSALS, MOST_WORDS, read_ike_proposals
from pqscan.wire.config.lines import Continued, Manner
from pqscan.wire.config.nss_policy import read_nss_policy
from pqscan.wire.config.openssl_ciphers import read_cipher_list
from pqscan.wire.config.openssl_groups import read_group_list
from pqscan.wire.config.reading import READERS
from pqscan.wire.config.setting import Setting
from pqscan.wire.config.ssh_list import read_ssh_list
from pqscan.wire.config.tls_versions import (
    VERSIONS,
    listed_versions,
    signed_versions,
    switched_versions,
    version_options,
    versions_by_options,
    versions_from,
    versions_to,
)
from tests.unit.probes.configuration.making import judged

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
VALUES += ["smtp inet n - y - - smtpd", " -o ", "-o {", "disallow=ALL allow=", "smtpd_tls_security_level=may"]
PIECES = [*WORDS, *MARKS, *VALUES]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
READ: list[Callable[[bytes], tuple[Setting, ...]]] = [
    pqscan.wire.config.blocks.read_blocks,
    lambda data: pqscan.wire.config.blocks.read_blocks(data, in_style_of_c=True),
    pqscan.wire.config.braces.read_braces,
    pqscan.wire.config.ini.read_ini,
    pqscan.wire.config.services.read_services,
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
    """The probe, as if the marks of all products stood in the text: what it tells can be judged and shown."""
    piece = Piece(data, dict.fromkeys((mark.name for mark in PROBE.marks), Places((0,))))
    with contextlib.suppress(WrongProtocol, BeyondBounds):
        judged(asyncio.run(PROBE.run(FileTarget("machine", "some.file"), piece)), data)


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


LONG = 1 << 19  # octets; work that grows with their square would never end


@pytest.mark.parametrize(
    "data",
    [
        b"[" + b" " * LONG + b"x",
        b"<a" + b" " * LONG + b"<",
        b"<" + b"a" * LONG + b"<",
        b"a {} " * (LONG // 5),
        b"a { b = c } " * 20_000,
        b"a " + b'"\\"' * (LONG // 3),
        b'a "' + b" " * LONG,
        b"a ${" * 30 + b"x" * LONG,
        b"server " + b"a " * (LONG // 2) + b"{ " + b"x;" * 20_000,
        b"a '" + b"\\x" * (LONG // 2),
        b"a inet n - - - - b" + b" -o" * (LONG // 3),
        b"a inet n - - - - b" + b" -o {" * (LONG // 5),
    ],
    ids=[
        "section",
        "tag",
        "name-of-a-tag",
        "blocks-in-one-line",
        "values-in-one-line",
        "quotes",
        "open-quote",
        "variables",
        "words-of-a-block",
        "escapes",
        "options",
        "options-in-braces",
    ],
)
def test_what_matches_nowhere_costs_no_more_than_its_length(data: bytes) -> None:
    for read in READ:
        holds(read, data)


@pytest.mark.parametrize(
    "data",
    [
        b"server " + b"a " * (LONG // 2) + b"{ listen 443 ssl; " + b"ssl_protocols x;" * 20_000 + b"}",
        b"listen " + b"a " * (LONG // 2) + b"\n" + b"bind :443 ssl crt x no-sslv3\n" * 15_000,
        b"connections { " + b"a" * LONG + b" {\n children {\n" + b"x {\n esp_proposals = aes256\n}\n" * 10_000,
    ],
    ids=["nginx", "haproxy", "swanctl"],
)
def test_a_long_name_of_a_block_is_no_burden_to_what_stands_in_it(data: bytes) -> None:
    asked(data)


@pytest.mark.parametrize(
    "data", [b'a "' + b"x" * LONG, b"a " + b"x" * LONG, b'a "' + b"\\x" * (LONG // 2)], ids=["quoted", "word", "escaped"]
)
def test_one_long_word_takes_little_more_memory_than_its_length(data: bytes) -> None:
    for read in READ:
        tracemalloc.start()
        holds(read, data)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 16 * LONG


@given(TEXTS)
def test_a_list_tells_only_what_stands_in_it(text: str) -> None:
    groups, ciphers, ssh = read_group_list(text), read_cipher_list(text), read_ssh_list(text)
    assert all(name in text for name in (*groups.names, *ciphers.open_words, *ciphers.unknown, *ssh.names))
    assert groups.names or groups.with_default
    assert len(set(ssh.names)) == len(ssh.names) <= ssh_list.MOST_ENTRIES
    enctypes, priority = read_enctypes(text), read_priority(text)
    assert all(word in text.lower() for word in enctypes.unknown)
    assert len(set(enctypes.numbers)) == len(enctypes.numbers)
    assert all(group in text.upper() for group in priority.groups)
    assert all(name in text for name in read_nss_policy(text).names)


@given(TEXTS)
def test_versions_are_told_once_and_the_oldest_first(text: str) -> None:
    for read in (listed_versions, signed_versions, switched_versions, versions_by_options, versions_from, versions_to):
        places = [VERSIONS.index(version) for version in read(text)]
        assert places == sorted(set(places))
    assert versions_by_options(version_options(text)) == versions_by_options(text)


@given(TEXTS)
def test_a_proposal_tells_each_of_its_words_once(text: str) -> None:
    found = read_ike_proposals(text)
    assert found.proposals or found.with_default
    assert len(found.proposals) <= MOST_PROPOSALS
    for proposal in found.proposals:
        assert all(1 <= place <= 7 for place, _ in proposal.additional)
        assert all(word in text.lower().replace("ml-kem-", "mlkem") for word in proposal.unknown)
        told = len(proposal.encryption) + len(proposal.integrity) + len(proposal.prf) + len(proposal.exchanges)
        assert told + len(proposal.additional) + len(proposal.unknown) <= MOST_WORDS


@example(b"http { " * 40)
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
