"""Cipher strings of OpenSSL (openssl-ciphers(1)): `ECDHE+AESGCM:!aNULL:@SECLEVEL=2`, told as suites as far as every version agrees.

A word that names no cipher (`HIGH`, `kRSA`) takes in what the installed version knows: told are the suites with AES that all of
them from 1.0.1 on have, and the word itself as one whose other suites are not known."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from pqscan.registry import tls
from pqscan.registry.tls import CipherSuite

MOST_WORDS = 200
_APART = re.compile(r"[:, \t;]+")
_SIGNS = "!-+"
_LEVEL = re.compile(r"(?i)@?SECLEVEL=[0-5]\Z")
_CORE = frozenset({("ECDHE", "RSA"), ("ECDHE", "ECDSA"), ("DHE", "RSA"), ("RSA", "RSA")})
_RARE = frozenset({"anon", "PSK", "SRP", "KRB5"})
_RARE_WORDS = frozenset({"anull", "adh", "aecdh", "psk", "kpsk", "apsk", "srp", "ksrp", "asrp", "krb5"})
_EVERYTHING = frozenset({"all", "high", "default", "complementofall", "complementofdefault", "profile=system", "system"})
Test = Callable[[CipherSuite], bool]


@dataclass(frozen=True, slots=True)
class CipherList:
    """`suites` are certain, in the order of the string; `open_words` take in more than can be told without the version."""

    suites: tuple[CipherSuite, ...]
    open_words: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def read_cipher_list(text: str) -> CipherList:
    """What stands behind `!` is out for good, behind `-` until a later word takes it in again; `+` moves to the end."""
    suites: dict[int, CipherSuite] = {}
    killed: set[int] = set()
    opened: list[str] = []
    unknown: list[str] = []
    for word in [each for each in _APART.split(text.strip()) if each][:MOST_WORDS]:
        if word.startswith("@") or _LEVEL.match(word):
            continue  # @STRENGTH sorts, a level asks for sizes of keys; neither takes a name in or out.
        sign, name = (word[0], word[1:]) if word[0] in _SIGNS else ("", word)
        named = _named(name)
        if named is None:
            if not sign:
                unknown.append(word)
            continue
        rows, is_open = named
        if sign in ("!", "-"):
            for row in rows if is_open is None else _matching(name):
                suites.pop(row.value, None)
                if sign == "!":
                    killed.add(row.value)
            if sign == "!" and name.lower() in ("all", "default"):
                opened = []
        elif sign == "+":
            for row in _matching(name):
                if row.value in suites:
                    suites[row.value] = suites.pop(row.value)
        else:
            suites |= {row.value: row for row in rows if row.value not in killed and row.value not in suites}
            if is_open:
                opened.append(name)
    return CipherList(tuple(suites.values()), tuple(dict.fromkeys(opened)), tuple(dict.fromkeys(unknown)))


def _named(word: str) -> tuple[tuple[CipherSuite, ...], bool | None] | None:
    """The suites that a word is sure to take in, and whether it takes in more (None: it is the name of one); None where it means
    nothing here."""
    row = suite_named(word)
    if row is not None:
        return (row,), None
    parts = word.split("+")
    tests = [_TESTS.get(part.lower()) for part in parts]
    if not all(part.lower() in _EVERYTHING or test is not None for part, test in zip(parts, tests, strict=True)):
        return None
    names_cipher = any(part.lower() in _CIPHERS for part in parts)
    rows = tuple(row for row in _matching(word) if names_cipher or _is_core(row))
    return rows, not names_cipher


def _matching(word: str) -> tuple[CipherSuite, ...]:
    """All that fit every part of a word (`ECDHE+AESGCM`), whatever version has them; a name by itself."""
    row = suite_named(word)
    if row is not None:
        return (row,)
    parts = [part.lower() for part in word.split("+")]
    tests = [_TESTS[part] for part in parts if part in _TESTS]
    if not all(part in _TESTS or part in _EVERYTHING for part in parts):
        return ()
    wants_null = any(part in ("enull", "null") for part in parts)
    wants_rare = any(part in _RARE_WORDS for part in parts)
    return tuple(
        row
        for row in _rows()
        if all(test(row) for test in tests) and (wants_null or row.encryption != "NULL") and (wants_rare or not _is_rare(row))
    )


def _is_rare(row: CipherSuite) -> bool:
    """What runs only where a program does more for it than most do, and is taken in by words that ask for it."""
    return not _RARE.isdisjoint((row.key_exchange, *row.authentication.split("+")))


def _is_core(row: CipherSuite) -> bool:
    return row.encryption == "AES" and row.mode in ("CBC", "GCM") and (row.key_exchange, row.authentication) in _CORE


@cache
def _rows() -> tuple[CipherSuite, ...]:
    """Suites below TLS 1.3, strong ciphers first, in the order in which OpenSSL lists them by default."""
    rows = [row for row in tls.cipher_suites() if row.openssl_name and row.registry == "iana" and row.minimum_version != "TLS1.3"]
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.key_exchange not in ("ECDHE", "DHE"),
                not row.aead,
                -(row.bits or 0),
                row.key_exchange != "ECDHE",
                row.value,
            ),
        )
    )


@cache
def _by_name() -> dict[str, CipherSuite]:
    """By OpenSSL's name and by IANA's, folded; suites of TLS 1.3 have one name only."""
    rows = [row for row in tls.cipher_suites() if row.registry != "sslv2"]
    named = {row.name.lower(): row for row in reversed(rows)}
    return named | {row.openssl_name.lower(): row for row in reversed(rows) if row.openssl_name}


def suite_named(name: str) -> CipherSuite | None:
    """The suite of one name, OpenSSL's or IANA's, whatever its case, also with hyphens (`TLS-ECDHE-RSA-WITH-AES-256-GCM-SHA384`),
    as OpenVPN has it; None where no source lists it."""
    folded = name.strip().lower()
    return _by_name().get(folded.replace("-", "_") if folded.startswith("tls-") else folded)


def _aes(bits: int | None, *modes: str) -> Test:
    return lambda row: row.encryption == "AES" and bits in (None, row.bits) and (not modes or row.mode in modes)


def _cipher(name: str, bits: int | None = None) -> Test:
    return lambda row: row.encryption == name and bits in (None, row.bits)


def _exchange(*kinds: str, anonymous: bool | None = None) -> Test:
    return lambda row: row.key_exchange in kinds and (anonymous is None or (row.authentication == "anon") == anonymous)


def _authenticated(kind: str) -> Test:
    return lambda row: row.authentication.split("+")[0] == kind


def _mac(name: str) -> Test:
    return lambda row: row.mac == name


def _since(version: str) -> Test:
    return lambda row: row.minimum_version == version


_CIPHERS: dict[str, Test] = {
    "aes": _aes(None),
    "aes128": _aes(128),
    "aes256": _aes(256),
    "aesgcm": _aes(None, "GCM"),
    "aesccm": _aes(None, "CCM"),
    "aesccm8": lambda row: row.encryption == "AES" and "ccm8_short_tag" in row.weak,
    "chacha20": _cipher("CHACHA20"),
    "camellia": _cipher("CAMELLIA"),
    "camellia128": _cipher("CAMELLIA", 128),
    "camellia256": _cipher("CAMELLIA", 256),
    "aria": _cipher("ARIA"),
    "aria128": _cipher("ARIA", 128),
    "aria256": _cipher("ARIA", 256),
    "ariagcm": _cipher("ARIA"),
    "3des": _cipher("3DES"),
    "des": _cipher("DES"),
    "rc4": _cipher("RC4"),
    "rc2": _cipher("RC2"),
    "idea": _cipher("IDEA"),
    "seed": _cipher("SEED"),
    "null": _cipher("NULL"),
    "enull": _cipher("NULL"),
    "md5": _mac("MD5"),
    "export": lambda row: "export" in row.weak,
    "exp": lambda row: "export" in row.weak,
    "export40": lambda row: "export" in row.weak and row.bits == 40,
    "export56": lambda row: "export" in row.weak and row.bits == 56,
    "low": lambda row: row.encryption == "DES" and "export" not in row.weak,
    "anull": _authenticated("anon"),
    "adh": _exchange("DHE", anonymous=True),
    "aecdh": _exchange("ECDHE", anonymous=True),
}
"""Words that name a cipher, or what nobody takes in unasked: what fits is told, whatever version knows it."""
_TESTS: dict[str, Test] = _CIPHERS | {
    "krsa": _exchange("RSA"),
    "rsa": _exchange("RSA"),
    "arsa": _authenticated("RSA"),
    "kdhe": _exchange("DHE"),
    "kedh": _exchange("DHE"),
    "dh": _exchange("DHE"),
    "dhe": _exchange("DHE", anonymous=False),
    "edh": _exchange("DHE", anonymous=False),
    "kecdhe": _exchange("ECDHE"),
    "keecdh": _exchange("ECDHE"),
    "ecdh": _exchange("ECDHE"),
    "ecdhe": _exchange("ECDHE", anonymous=False),
    "eecdh": _exchange("ECDHE", anonymous=False),
    "kdhr": _exchange("DH"),
    "kdhd": _exchange("DH"),
    "kdh": _exchange("DH"),
    "kecdhr": _exchange("ECDH"),
    "adss": _authenticated("DSS"),
    "dss": _authenticated("DSS"),
    "aecdsa": _authenticated("ECDSA"),
    "ecdsa": _authenticated("ECDSA"),
    "psk": lambda row: "PSK" in (row.key_exchange, *row.authentication.split("+")),
    "kpsk": _exchange("PSK"),
    "apsk": _authenticated("PSK"),
    "srp": _exchange("SRP"),
    "ksrp": _exchange("SRP"),
    "asrp": _authenticated("SRP"),
    "krb5": _exchange("KRB5"),
    "tlsv1.2": _since("TLS1.2"),
    "tlsv1": _since("TLS1.0"),
    "tlsv1.0": _since("TLS1.0"),
    "sslv3": _since("SSLv3"),
    "sha": _mac("SHA1"),
    "sha1": _mac("SHA1"),
    "sha256": _mac("SHA256"),
    "sha384": _mac("SHA384"),
    "fips": lambda row: row.encryption == "AES",
    "medium": lambda row: row.encryption in ("RC4", "SEED", "IDEA", "3DES") and "export" not in row.weak,
}
