"""Values by Microsoft's documentation, Transport Layer Security (TLS) registry settings."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import state
from tests.unit.probes.configuration.tree_making import is_nothing, rows, titles, versions

HEAD = "Windows Registry Editor Version 5.00\r\n"
SCHANNEL = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL"
LISTS = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002"


def exported(*keys: tuple[str, str]) -> str:
    return HEAD + "".join(f"[{key}]\r\n{values}\r\n" for key, values in keys)


def server(version: str, values: str) -> tuple[str, str]:
    return rf"{SCHANNEL}\Protocols\{version}\Server", values


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ('"Enabled"=dword:00000001', ["TLS1.0", "TLS1.2?", "TLS1.3?", "*"]),
        ('"Enabled"=dword:ffffffff', ["TLS1.0", "TLS1.2?", "TLS1.3?", "*"]),
        ('"Enabled"=dword:00000000', ["TLS1.2?", "TLS1.3?", "*"]),
        ('"enabled"=dword:00000000', ["TLS1.2?", "TLS1.3?", "*"]),
        ('"Enabled"=dword:00000001\r\n"DisabledByDefault"=dword:00000001', ["TLS1.2?", "TLS1.3?", "*"]),
        ('"Enabled"=dword:00000001\r\n"DisabledByDefault"=dword:00000000', ["TLS1.0", "TLS1.2?", "TLS1.3?", "*"]),
        ('"DisabledByDefault"=dword:00000001', ["TLS1.2?", "TLS1.3?", "*"]),
    ],
)
def test_a_version_is_on_where_it_is_enabled_and_not_disabled_by_default(values: str, expected: list[str]) -> None:
    assert versions(exported(server("TLS 1.0", values)), "Schannel server") == expected


def test_versions_that_are_switched_off_are_no_use() -> None:
    off = '"Enabled"=dword:00000000'
    text = exported(*(server(version, off) for version in ("SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "TLS 1.3")))
    assert versions(text) == ["TLS1.2?", "*"]
    assert state(text) == "vulnerable"


def test_server_and_client_are_told_apart() -> None:
    text = exported(server("TLS 1.1", '"Enabled"=dword:1'), (rf"{SCHANNEL}\Protocols\TLS 1.1\Client", '"Enabled"=dword:0'))
    assert versions(text, "Schannel server") == ["TLS1.1", "TLS1.2?", "TLS1.3?", "*"]
    assert versions(text, "Schannel client") == ["TLS1.2?", "TLS1.3?", "*"]


def test_ciphers_that_are_on_and_least_sizes_are_told_and_bans_are_not() -> None:
    text = exported(
        (rf"{SCHANNEL}\Ciphers\RC4 128/128", '"Enabled"=dword:ffffffff'),
        (rf"{SCHANNEL}\Ciphers\DES 56/56", '"Enabled"=dword:00000000'),
        (rf"{SCHANNEL}\Hashes\MD5", '"Enabled"=dword:0'),
        (rf"{SCHANNEL}\KeyExchangeAlgorithms\Diffie-Hellman", '"ServerMinKeyBitLength"=dword:00000400'),
        (rf"{SCHANNEL}\KeyExchangeAlgorithms\PKCS", '"Enabled"=dword:0\r\n"ClientMinKeyBitLength"=dword:00000800'),
    )
    assert rows(text) == [
        ("Schannel", "algorithm", "RC4", 3),
        ("Schannel server diffie-hellman", "algorithm", "DH 1024?", 9),
    ]


def test_suites_and_curves_stand_in_their_order_with_their_lines() -> None:
    curves = ",".join(f"{octet:02x}" for octet in "curve25519\0NistP256\0\0".encode("utf-16-le"))
    values = f'"Functions"="TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384_P384"\r\n"EccCurves"=hex(7):{curves}'
    text = exported((LISTS, values))
    expected = [
        ("Schannel lists", "cipher_suite", "TLS_AES_256_GCM_SHA384", 3),
        ("Schannel lists", "cipher_suite", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", 3),
        ("Schannel lists", "named_group", "x25519", 4),
        ("Schannel lists", "named_group", "secp256r1", 4),
    ]
    assert rows(text, Subject.NAMED_GROUP, Subject.CIPHER_SUITE) == expected
    assert titles(text) == ["IIS, Windows (Schannel)"]
    assert state(text) == "vulnerable"


def test_a_key_that_is_deleted_is_none() -> None:
    assert is_nothing(exported((rf"-{SCHANNEL}\Protocols\TLS 1.0\Server", '"Enabled"=dword:1')))


def test_scripts_and_prose_are_no_exports() -> None:
    assert is_nothing(f"reg add '{SCHANNEL}\\Protocols\\TLS 1.0\\Server' /v Enabled /d 0\n")
    assert is_nothing(f'Set this:\n[{SCHANNEL}\\Protocols\\TLS 1.0\\Server]\n"Enabled"=dword:1\n')
