"""Clients: each row says what the captured bytes say, one is current, and bad rows are refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from pqscan.errors import DataError, UsageError
from pqscan.registry.clients import Client, client, clients, current_client, read_clients
from pqscan.registry.tls import is_grease, named_group

HELLOS = Path(__file__).parent / "hellos"
VERSIONS = {0x0301: "TLS1.0", 0x0302: "TLS1.1", 0x0303: "TLS1.2", 0x0304: "TLS1.3"}
SCSV = {0x00FF, 0x5600}


@dataclass(frozen=True)
class Hello:
    """What a ClientHello lists (RFC 9846, section 4.2.2), GREASE and signalling values left out."""

    suites: tuple[int, ...]
    groups: tuple[int, ...]
    shares: dict[int, int]
    schemes: tuple[int, ...]
    certificate_schemes: tuple[int, ...]
    versions: tuple[str, ...]
    alpn: tuple[str, ...]


def numbers(data: bytes) -> tuple[int, ...]:
    values = (int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
    return tuple(value for value in values if not is_grease(value) and value not in SCSV)


def counted(data: bytes, at: int, width: int) -> tuple[bytes, int]:
    start = at + width
    end = start + int.from_bytes(data[at:start], "big")
    assert end <= len(data)
    return data[start:end], end


def read_hello(records: bytes) -> Hello:
    message, at = b"", 0
    while at < len(records):
        assert records[at] == 22
        fragment, at = counted(records, at + 3, 2)
        message += fragment
    assert message[0] == 1
    body, _ = counted(message, 1, 3)
    _, at = counted(body, 34, 1)
    suites, at = counted(body, at, 2)
    _, at = counted(body, at, 1)
    block, at = counted(body, at, 2)
    extensions, at = {}, 0
    while at < len(block):
        kind = int.from_bytes(block[at : at + 2], "big")
        extensions[kind], at = counted(block, at + 2, 2)
    shares, at = {}, 2
    while at < len(extensions[51]):
        group = int.from_bytes(extensions[51][at : at + 2], "big")
        share, at = counted(extensions[51], at + 2, 2)
        if not is_grease(group):
            shares[group] = len(share)
    alpn, at, protocols = extensions.get(16, b"\0\0"), 2, []
    while at < len(alpn):
        protocol, at = counted(alpn, at, 1)
        protocols.append(protocol.decode())
    return Hello(
        suites=numbers(suites),
        groups=numbers(extensions[10][2:]),
        shares=shares,
        schemes=numbers(extensions[13][2:]),
        certificate_schemes=numbers(extensions.get(50, b"\0\0")[2:]),
        versions=tuple(VERSIONS[value] for value in numbers(extensions[43][1:])),
        alpn=tuple(protocols),
    )


def assert_says_the_same(row: Client, hello: Hello) -> None:
    assert row.cipher_suites == hello.suites
    assert row.groups == hello.groups
    assert row.shares == tuple(hello.shares)
    assert row.signature_schemes == hello.schemes
    assert row.certificate_signature_schemes in ((), hello.certificate_schemes)
    assert row.certificate_signature_schemes or hello.certificate_schemes in ((), hello.schemes)
    assert row.versions == hello.versions


@pytest.mark.parametrize("row", clients(), ids=lambda row: row.name)
def test_a_row_says_what_the_captured_hello_says(row: Client) -> None:
    hello = read_hello(bytes.fromhex((HELLOS / f"{row.name}.hex").read_text()))
    assert_says_the_same(row, hello)
    assert row.alpn == hello.alpn
    for group, size in hello.shares.items():
        meaning = named_group(group).row
        assert meaning is not None
        assert size == meaning.client_share_bytes


def test_openssl_4_still_sends_what_its_row_says() -> None:
    ssl = pytest.importorskip("OpenSSL.SSL", reason="pyOpenSSL is not installed")
    if not ssl.OpenSSL_version(0).startswith(b"OpenSSL 4.0."):
        pytest.skip("pyOpenSSL does not carry OpenSSL 4.0")
    connection = ssl.Connection(ssl.Context(ssl.TLS_METHOD), None)
    connection.set_connect_state()
    with pytest.raises(ssl.WantReadError):
        connection.do_handshake()
    assert_says_the_same(client("openssl-4.0"), read_hello(connection.bio_read(65536)))


def test_the_current_client_is_openssl_3_5_with_two_real_shares() -> None:
    current = current_client()
    assert (current.name, current.groups) == ("openssl-3.5", (0x11EC, 0x1D, 0x17, 0x1E, 0x18, 0x19, 0x100, 0x101))
    assert current.shares == (0x11EC, 0x001D)
    assert current.signature_schemes[:3] == (0x0905, 0x0906, 0x0904)
    assert sum(each.current for each in clients()) == 1


def test_every_row_has_a_source_and_a_date() -> None:
    assert all(each.source and each.captured == date(2026, 11, 22) and each.released <= each.captured for each in clients())


def test_old_clients_offer_no_quantum_resistant_group_and_new_ones_do() -> None:
    offers = {each.name for each in clients() if 0x11EC in each.groups}
    assert {"openssl-3.5", "openssl-4.0", "chrome-156", "firefox-esr-153", "go-1.26", "node-26"} == offers


def test_an_unknown_client_is_the_callers_mistake_and_names_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"no client 'lynx'; choose one of openssl-3\.5"):
        client("lynx")


ROW = """
[[client]]
name = "one"
current = true
title = "One"
version = "1"
released = 2026-01-01
kind = "library"
versions = ["TLS1.3"]
cipher_suites = [0x1301]
groups = [0x001d]
shares = [0x001d]
signature_schemes = [0x0403]
captured = 2026-01-02
reference = "captured"
"""


def test_a_right_row_is_read(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(ROW + ROW.replace('"one"\ncurrent = true', '"two"'), encoding="utf-8")
    assert [each.current for each in read_clients(path)] == [True, False]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('reference = "captured"\n', ""),
        ("released = 2026-01-01\n", ""),
        ("released = 2026-01-01", 'released = "2026-01-01"'),
        ("captured = 2026-01-02\n", ""),
        ("current = true\n", ""),
        ('kind = "library"', 'kind = "robot"'),
        ('["TLS1.3"]', '["TLS1.4"]'),
        ('["TLS1.3"]', '["TLS1.2"]'),
        ("cipher_suites = [0x1301]", "cipher_suites = [0x1399]"),
        ("cipher_suites = [0x1301]", "cipher_suites = [0x00ff]"),
        ("cipher_suites = [0x1301]", "cipher_suites = []"),
        ("groups = [0x001d]", "groups = [0x0a0a, 0x001d]"),
        ("groups = [0x001d]", "groups = [0x001d, 0x001d]"),
        ("shares = [0x001d]", "shares = [0x0017]"),
        ("shares = [0x001d]", "shares = []"),
        ("signature_schemes = [0x0403]", 'signature_schemes = ["0x0403"]'),
        ("captured = 2026-01-02", "captured = 2026-01-02\nleast_finite_field_bits = 100"),
        ("captured = 2026-01-02", 'captured = 2026-01-02\nleast_signed_version = "TLS1.2"'),
    ],
)
def test_a_bad_row_is_refused_by_file(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in ROW
    path = tmp_path / "clients.toml"
    path.write_text(ROW.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(DataError, match=r"clients\.toml"):
        read_clients(path)


def test_two_clients_of_one_name_or_two_current_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clients.toml"
    path.write_text(ROW + ROW, encoding="utf-8")
    with pytest.raises(DataError, match="client 2 one: the name is taken"):
        read_clients(path)
    path.write_text(ROW + ROW.replace('"one"', '"two"'), encoding="utf-8")
    with pytest.raises(DataError, match="marks 2 clients as current"):
        read_clients(path)


def test_limits_are_known_of_every_client_that_offers_dhe_and_of_no_other() -> None:
    offers_dhe = {each.name for each in clients() if set(each.cipher_suites) & {0x0033, 0x0039, 0x009E, 0x009F}}
    assert {each.name for each in clients() if each.least_finite_field_bits is not None} == offers_dhe
    assert {each.name for each in clients() if each.least_signed_version is not None} == {"openssl-3.0"}
