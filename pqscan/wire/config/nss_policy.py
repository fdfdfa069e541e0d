"""Policies of NSS (`config=` of a module with the flag `policyOnly`; NSS source, lib/pk11wrap/pk11pars.c): `disallow=ALL
allow=CURVE25519:aes256-gcm/ssl:tls-version-min=tls1.2`. They bound what programs may use, and put nothing in order. Of hashes,
signatures and sizes nothing is told."""

from __future__ import annotations

from dataclasses import dataclass

MOST_TERMS = 20
MOST_WORDS = 1000
_ALL = "ALL"
_LEAST, _MOST = "TLS-VERSION-MIN", "TLS-VERSION-MAX"
_OF_TLS = frozenset({"ALL", "SSL", "SSL-KEY-EXCHANGE"})
_CIPHERS = {
    "AES256-GCM": "AES-256-GCM",
    "AES192-GCM": "AES-192-GCM",
    "AES128-GCM": "AES-128-GCM",
    "AES256-CBC": "AES-256-CBC",
    "AES192-CBC": "AES-192-CBC",
    "AES128-CBC": "AES-128-CBC",
    "CAMELLIA256-CBC": "CAMELLIA-256-CBC",
    "CAMELLIA192-CBC": "CAMELLIA-192-CBC",
    "CAMELLIA128-CBC": "CAMELLIA-128-CBC",
    "CHACHA20-POLY1305": "CHACHA20-POLY1305",
    "SEED-CBC": "SEED-CBC",
    "DES-EDE3-CBC": "DES-EDE3-CBC",
    "DES-CBC": "DES-CBC",
    "RC4": "RC4",
    "RC2": "RC2-CBC",
    "IDEA": "IDEA",
}
"""As OpenSSL names them."""


@dataclass(frozen=True, slots=True)
class NssPolicy:
    """`names` are allowed for TLS, as they are spelled; `ciphers` those of them that are ciphers, as OpenSSL names them. `least`
    and `most` are versions, empty where none is set. `with_default`: what no word speaks of is as the library has it."""

    names: tuple[str, ...]
    ciphers: tuple[str, ...]
    least: str = ""
    most: str = ""
    with_default: bool = True


def read_nss_policy(text: str) -> NssPolicy:
    """Each word changes what those before it left; without `disallow=ALL` the library's own list is the beginning."""
    allowed: dict[str, str] = {}
    with_default = True
    bounds = {_LEAST: "", _MOST: ""}
    for term in text.split()[:MOST_TERMS]:
        kind, _, words = term.partition("=")
        if kind.lower() not in ("allow", "disallow"):
            continue
        for word in words.split(":", MOST_WORDS)[:MOST_WORDS]:
            name, _, purposes = word.partition("/")
            folded, _, value = name.upper().partition("=")
            if folded in bounds:
                bounds[folded] = value.lower().replace("ssl3.0", "ssl3")
            elif folded == _ALL and not purposes:
                allowed, with_default = {}, kind.lower() == "allow"
            elif purposes and not _OF_TLS.intersection(purposes.upper().split(",")):
                continue
            elif kind.lower() == "allow":
                allowed.setdefault(folded, name)
            else:
                allowed.pop(folded, None)
    ciphers = tuple(_CIPHERS[each] for each in allowed if each in _CIPHERS)
    names = tuple(name for each, name in allowed.items() if each not in _CIPHERS and "=" not in name)
    return NssPolicy(names, ciphers, bounds[_LEAST], bounds[_MOST], with_default)
