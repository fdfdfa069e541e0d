"""Proposals of IKE and ESP in the words of strongSwan (swanctl.conf(5), `proposals`) and Libreswan (ipsec.conf(5), `ike=`):
`aes256gcm16-prfsha384-ecp384-ke1_mlkem768`, `aes_gcm256-sha2_512;dh19`. Numbers are those of IKEv2."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pqscan.registry.ike import IkeKind, ike_number, ike_numbers

MOST_PROPOSALS = 100
MOST_WORDS = 64
_CIPHER = re.compile(
    r"(?P<name>aes|camellia)_?(?P<mode>gcm|ccm|ctr|cbc|gmac)?(?:_(?P<before>[abc]|8|12|16))?_?(?P<bits>128|192|256)?"
    r"(?P<behind>gcm|ccm|ctr|gmac)?(?P<tag>8|12|16|64|96|128)?\Z"
)
_ADDITIONAL = re.compile(r"(?:ke|addke)([1-7])[_-]?(.*)\Z")
_MODES = {
    ("aes", "cbc"): (12,),
    ("aes", "ctr"): (13,),
    ("aes", "ccm"): (14, 15, 16),
    ("aes", "gcm"): (18, 19, 20),
    ("aes", "gmac"): (21,),
    ("camellia", "cbc"): (23,),
    ("camellia", "ctr"): (24,),
    ("camellia", "ccm"): (25, 26, 27),
}
_TAGS = {"8": 0, "64": 0, "a": 0, "12": 1, "96": 1, "b": 1, "16": 2, "128": 2, "c": 2}
_CIPHERS = {
    "3des": 3,
    "des": 2,
    "null": 11,
    "chacha20poly1305": 28,
    "chacha20_poly1305": 28,
    "cast128": 6,
    "cast5": 6,
    "blowfish": 7,
    "bf": 7,
}
_INTEGRITY = {
    "md5": 1,
    "sha": 2,
    "sha1": 2,
    "sha2": 12,
    "sha256": 12,
    "sha2_256": 12,
    "sha384": 13,
    "sha2_384": 13,
    "sha512": 14,
    "sha2_512": 14,
    "aesxcbc": 5,
    "aescmac": 8,
    "aes_xcbc": 5,
    "aes_cmac": 8,
}
_PRF = {1: 1, 2: 2, 12: 5, 13: 6, 14: 7}  # The function of a hash that stands for both (Libreswan, and strongSwan without `prf`).
_AUTHENTICATING = frozenset({14, 15, 16, 18, 19, 20, 25, 26, 27, 28})
"""Ciphers that need no integrity beside them (RFC 5282): a hash with them is that of the function alone."""
_PASSED = frozenset({"esn", "noesn", "none", "tfs"})


@dataclass(frozen=True, slots=True)
class IkeProposal:
    """`exchanges` are alternatives; each of `additional` (its place from 1 to 7, RFC 9370) is done on top of one of them.
    `encryption` is a number with the bits of the key, where they are told. `unknown` are words that mean nothing here."""

    encryption: tuple[tuple[int, int | None], ...] = ()
    integrity: tuple[int, ...] = ()
    prf: tuple[int, ...] = ()
    exchanges: tuple[int, ...] = ()
    additional: tuple[tuple[int, int], ...] = ()
    may_do_without: bool = False  # An additional exchange may be left out (`ke1_none`).
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IkeProposals:
    """In their order. `with_default`: those of the installed version are taken as well."""

    proposals: tuple[IkeProposal, ...]
    with_default: bool = False


def read_ike_proposals(text: str) -> IkeProposals:
    """An exclamation mark at the end says that there are no others (strongSwan, ipsec.conf)."""
    with_default = False
    found: list[IkeProposal] = []
    for part in text.rstrip("! ").split(",")[:MOST_PROPOSALS]:
        part = part.strip().lower()
        if part == "default":
            with_default = True
        elif part:
            found.append(_proposal(part))
    return IkeProposals(tuple(found), with_default or not found)


def _proposal(text: str) -> IkeProposal:
    encryption: list[tuple[int, int | None]] = []
    integrity: list[int] = []
    prf: list[int] = []
    exchanges: list[int] = []
    additional: list[tuple[int, int]] = []
    unknown: list[str] = []
    may_do_without = False
    for word in re.split(r"[-;+ ]", text.replace("ml-kem-", "mlkem"))[:MOST_WORDS]:
        extra = _ADDITIONAL.match(word)
        if extra is not None and extra[2] == "none":
            may_do_without = True
        elif extra is not None and (number := exchange_named(extra[2])) is not None:
            additional.append((int(extra[1]), number))
        elif not word or word in _PASSED or (word == "null" and encryption):
            continue  # Behind a cipher `null` says that its own integrity is enough.
        elif word in ("128", "192", "256") and encryption:
            encryption[-1] = encryption[-1][0], int(word)
        elif (number := exchange_named(word)) is not None:
            exchanges.append(number)
        elif (cipher := _cipher(word)) is not None:
            encryption.append(cipher)
        elif word.startswith("prf") and word[3:].lstrip("_") in _INTEGRITY:
            prf.append(_PRF.get(_INTEGRITY[word[3:].lstrip("_")], 4))
        elif word.removeprefix("hmac_") in _INTEGRITY:
            integrity.append(_INTEGRITY[word.removeprefix("hmac_")])
        else:
            unknown.append(word)
    if encryption and all(number in _AUTHENTICATING for number, _ in encryption):
        prf, integrity = prf or [_PRF.get(number, 4) for number in integrity], []
    return IkeProposal(
        tuple(encryption), tuple(integrity), tuple(prf), tuple(exchanges), tuple(additional), may_do_without, tuple(unknown)
    )


def exchange_named(word: str) -> int | None:
    """The number of a key exchange by its word (`modp2048`, `ecp256`, `dh14`, `x25519`, `mlkem768`); None for any other word."""
    word = word.lower().replace("ml_kem_", "mlkem")
    if re.fullmatch(r"dh\d{1,2}", word) and ike_number(IkeKind.KEY_EXCHANGE, int(word[2:])) is not None:
        return int(word[2:])
    return _exchanges().get(word)


@cache
def _exchanges() -> dict[str, int]:
    rows = [row for row in ike_numbers() if row.version == 2 and row.kind is IkeKind.KEY_EXCHANGE]
    return {word: row.value for row in rows for word in row.keywords if not word.startswith("ke1_")}


def _cipher(word: str) -> tuple[int, int | None] | None:
    if word in _CIPHERS:
        return _CIPHERS[word], None
    found = _CIPHER.match(word)
    if found is None:
        return None
    mode = found["mode"] or found["behind"] or "cbc"
    numbers = _MODES.get((found["name"], mode))
    if numbers is None:
        return None
    tag = _TAGS[found["before"] or found["tag"] or "16"]
    bits = int(found["bits"]) if found["bits"] else None
    return (numbers[tag] if len(numbers) == 3 else numbers[0]), bits
