"""The hellos that are sent: which extensions for which version, sizes that old servers stumble over, the second hello."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.builder import opaque16
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry, Offer, client_hello, hello_record, second_hello
from pqscan.wire.tls.words import GREASE_VALUE, Version
from tests.peers import messages as scripts

RANDOM, SESSION = bytes(range(32)), bytes(range(32, 64))
MODERN = Offer((Version.TLS13,), (0x1301, 0x1302), (0x11EC, 0x001D), (0x0403,), server_name="a.example", grease_share=True)
OLD = Offer((Version.TLS12,), (0xC02F, 0x009C), (0x001D, 0x0017), (0x0401,))


def written(offer: Offer) -> ClientHello:
    return client_hello(offer, RANDOM, SESSION)


def kinds(hello: ClientHello) -> list[int]:
    return [kind for kind, _ in hello.extensions or ()]


def data(hello: ClientHello, kind: int) -> bytes:
    return dict(hello.extensions or ())[kind]


def test_another_reader_finds_what_was_offered() -> None:
    found = scripts.read_hello(hello_record(written(replace(MODERN, shares=(KeyShareEntry(0x001D, b"share"),)))))
    assert found.suites == (0x1301, 0x1302)
    assert found.groups == (GREASE_VALUE, 0x11EC, 0x001D)
    assert found.shares == (GREASE_VALUE, 0x001D)
    assert found.versions == (0x0304,)
    assert found.session_id == SESSION


def test_a_tls_1_3_hello_keeps_the_legacy_version_at_1_2() -> None:
    assert written(MODERN).legacy_version == 0x0303
    assert data(written(MODERN), 43) == b"\x02\x03\x04"


def test_extensions_of_older_versions_are_left_out_where_only_tls_1_3_is_offered() -> None:
    assert not {23, 0xFF01, 11} & set(kinds(written(MODERN)))
    both = written(replace(MODERN, versions=(Version.TLS13, Version.TLS12)))
    assert {23, 0xFF01, 11} <= set(kinds(both))
    assert data(both, 43) == b"\x04\x03\x04\x03\x03"


def test_extensions_of_tls_1_3_are_left_out_where_it_is_not_offered() -> None:
    hello = written(replace(OLD, grease_share=True))
    assert not {43, 45, 51} & set(kinds(hello))
    assert data(hello, 10) == b"\x00\x04\x00\x1d\x00\x17"


def test_ssl_3_has_no_extensions_at_all() -> None:
    hello = written(Offer((Version.SSL3,), (0x000A,), (0x0017,), server_name="a.example"))
    assert hello.extensions is None
    assert hello.encode().endswith(b"\x00\x02\x00\x0a\x01\x00")
    assert ClientHello.decode(hello.encode()) == hello
    assert hello_record(hello)[1:3] == b"\x03\x00"


def test_the_list_for_certificates_is_sent_only_where_it_differs() -> None:
    full = (0x0905, 0x0403)
    assert 50 not in kinds(written(replace(MODERN, schemes=full, certificate_schemes=full)))
    assert data(written(replace(MODERN, schemes=(0x0403,), certificate_schemes=full)), 50) == b"\x00\x04\x09\x05\x04\x03"


def test_the_name_is_sent_only_where_there_is_one() -> None:
    assert data(written(MODERN), 0) == b"\x00\x0c\x00\x00\x09a.example"
    assert 0 not in kinds(written(replace(MODERN, server_name=None)))


def test_no_hello_ends_with_an_empty_extension() -> None:
    for offer in (MODERN, OLD, Offer((Version.TLS10,), (0x002F,)), replace(OLD, groups=(), schemes=())):
        assert (written(offer).extensions or ())[-1][1]


@pytest.mark.parametrize("suites", range(1, 240))
def test_no_hello_has_a_size_that_old_servers_hang_at(suites: int) -> None:
    offer = Offer((Version.TLS12,), tuple(range(1, suites + 1)), (0x001D,), (0x0401,))
    size = len(written(offer).encode())
    assert not 256 <= size < 512
    assert size % 256 not in (10, 14)


@pytest.mark.parametrize("size", [300, 511, 512, 600, 601, 1300])
def test_a_control_is_as_large_as_what_it_controls(size: int) -> None:
    assert len(written(replace(OLD, size_bytes=size)).encode()) == max(512, size)


@pytest.mark.parametrize("size", range(90, 620))
def test_padding_never_makes_a_size_that_old_servers_hang_at(size: int) -> None:
    padded = written(replace(OLD, size_bytes=size))
    written_bytes = len(padded.encode())
    assert size <= written_bytes
    assert not 256 <= written_bytes < 512
    assert written_bytes % 256 not in (10, 14)
    assert dict(padded.extensions or ()).get(21) != b""
    assert ClientHello.decode(padded.encode()) == padded


def test_the_second_hello_differs_in_share_cookie_and_padding_alone() -> None:
    first = written(replace(MODERN, size_bytes=900))
    second = second_hello(first, KeyShareEntry(0x11EC, b"k" * 1216), b"crumbs")
    assert data(second, 51) == opaque16(b"\x11\xec" + opaque16(b"k" * 1216))
    assert data(second, 44) == opaque16(b"crumbs")
    rest = [pair for pair in second.extensions or () if pair[0] not in (44, 51)]
    assert rest == [pair for pair in first.extensions or () if pair[0] not in (21, 51)]
    assert replace(second, extensions=()) == replace(first, extensions=())
    assert 44 not in kinds(second_hello(first, KeyShareEntry(0x11EC, b"k"), None))


def test_the_first_record_says_1_0_and_the_second_1_2() -> None:
    assert hello_record(written(MODERN))[1:3] == b"\x03\x01"
    assert hello_record(written(MODERN), second=True)[1:3] == b"\x03\x03"


def test_a_message_of_another_kind_is_no_client_hello() -> None:
    encoded = written(MODERN).encode()
    with pytest.raises(MalformedMessage):
        ClientHello.decode(b"\x02" + encoded[1:])


def test_an_empty_share_is_malformed() -> None:
    from pqscan.wire.cursor import Cursor

    with pytest.raises(MalformedMessage):
        KeyShareEntry.decode(Cursor(b"\x00\x1d\x00\x00"))
