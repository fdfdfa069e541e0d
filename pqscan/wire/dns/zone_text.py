"""Records of DNSSEC as zone files write them (RFC 1035, section 5.1; RFC 4034; RFC 6698; RFC 4255; of
unknown types: RFC 3597), each read at the word of its
type, and the private keys of BIND (dnssec-keygen(8), `Private-key-format`), of which the algorithm alone is read.

The rest of a zone is not read, nor whose records these are."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.registry.dns import dnssec_algorithms

TYPES = ("DNSKEY", "RRSIG", "DS", "TLSA", "SSHFP")
_MOST_RECORD = 1 << 15
_MOST_TOKENS = 2_000
_TOKEN = re.compile(rb'"[^"\n]{0,1000}"|;[^\n]*|[()\n]|[^\s();"]+')
_PRIVATE = re.compile(rb"Private-key-format: v1\.[0-9]{1,2}\r?\nAlgorithm: ([0-9]{1,3})(?:[ \t]*\(([A-Za-z0-9?-]{1,40})\))?")
_MODULUS = re.compile(rb"^Modulus: ([A-Za-z0-9+/=]{1,4096})\r?$", re.MULTILINE)
_FIELDS_BEFORE = {"DNSKEY": 3, "RRSIG": 8, "DS": 3, "TLSA": 3, "SSHFP": 2}
_OCTETS_BEFORE = {"DNSKEY": 4, "RRSIG": 19, "DS": 4, "TLSA": 3, "SSHFP": 2}  # of a key, a signature or a digest
_GENERIC = b"\\#"
_COVERED = {  # IANA, resource record types: those that zones mostly sign
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV", 43: "DS", 44: "SSHFP", 47: "NSEC",
    48: "DNSKEY", 50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 59: "CDS", 60: "CDNSKEY", 64: "SVCB", 65: "HTTPS", 257: "CAA",
}  # fmt: skip
_HEXADECIMAL = re.compile(rb"(?:[0-9A-Fa-f]{2})+")
_MOST_NUMBER = 0xFFFF
_MOST_MODULUS = 6_000


@dataclass(frozen=True, slots=True)
class ZoneRecord:
    """`numbers` are the fields that tell algorithms, in the order of the record: of DNSKEY flags, protocol and algorithm; of RRSIG
    the algorithm; of DS algorithm and digest; of TLSA usage, selector and matching; of SSHFP algorithm and fingerprint. `covered`
    is the type that an RRSIG covers, `rdata` the octets of a DNSKEY. `end` is where the record ends in the text."""

    type: str
    numbers: tuple[int, ...]
    covered: str = ""
    rdata: bytes = b""
    end: int = 0


@dataclass(frozen=True, slots=True)
class ZonePrivateKey:
    """`size_bits` of the modulus where it stands there, None for any other key."""

    algorithm: int
    size_bits: int | None


def read_record(text: bytes, position: int, kind: str, word: str = "") -> ZoneRecord:
    """The record whose type `kind` stands at `position`, as `word` where it is spelled otherwise (`TYPE48`: RFC 3597, section 5).
    Raises MalformedMessage where it is none, as a word of that name in a text."""
    end = position + len(word or kind)
    if not position or text[position - 1 : position].strip() or text[end : end + 1].strip():
        raise MalformedMessage(f"the word {kind} stands there, and no record of that type")
    tokens, end = _tokens(text, end)
    if word or tokens[:1] == [_GENERIC]:
        return _of_octets(kind, _octets(tokens), end)
    count = _FIELDS_BEFORE[kind]
    if len(tokens) <= count:
        raise MalformedMessage(f"a record {kind} with {len(tokens)} fields")
    if kind == "DNSKEY":
        flags, protocol = _number(tokens[0]), _number(tokens[1])
        algorithm, key = _algorithm(tokens[2]), _base64(tokens[3:])
        rdata = flags.to_bytes(2) + bytes((protocol & 0xFF, algorithm)) + key
        return ZoneRecord(kind, (flags, protocol, algorithm), rdata=rdata, end=end)
    if kind == "RRSIG":
        for token in (*tokens[2:4], tokens[6]):
            _number(token, most=0xFFFFFFFF)
        _base64(tokens[8:])
        return ZoneRecord(kind, (_algorithm(tokens[1]),), _word(tokens[0]), end=end)
    if kind == "DS":
        _number(tokens[0])
        numbers: tuple[int, ...] = (_algorithm(tokens[1]), _number(tokens[2], most=0xFF))
    else:
        numbers = tuple(_number(token, most=0xFF) for token in tokens[:count])
    _hexadecimal(tokens[count:])
    return ZoneRecord(kind, numbers, end=end)


def _octets(tokens: list[bytes]) -> bytes:
    """RDATA of any type (RFC 3597, section 5): `\\#`, how many octets, and these in hexadecimal digits."""
    digits = b"".join(tokens[2:])
    if len(tokens) < 2 or tokens[0] != _GENERIC or not _HEXADECIMAL.fullmatch(digits) or 2 * _number(tokens[1]) != len(digits):
        raise MalformedMessage("a record of a zone does not hold as many octets as it says")
    return binascii.unhexlify(digits)


def _of_octets(kind: str, rdata: bytes, end: int) -> ZoneRecord:
    """The same record from its RDATA (RFC 4034, sections 2.1, 3.1 and 5.1; RFC 6698, section 2.1; RFC 4255, section 3.1)."""
    if len(rdata) <= _OCTETS_BEFORE[kind]:
        raise MalformedMessage("a record of a zone is empty where a key or signature stands")
    if kind == "DNSKEY":
        return ZoneRecord(kind, (int.from_bytes(rdata[:2]), rdata[2], rdata[3]), rdata=rdata, end=end)
    if kind == "RRSIG":
        number = int.from_bytes(rdata[:2])
        return ZoneRecord(kind, (rdata[2],), _COVERED.get(number, f"TYPE{number}"), end=end)
    return ZoneRecord(kind, tuple(rdata[2:4] if kind == "DS" else rdata[: _OCTETS_BEFORE[kind]]), end=end)


def read_zone_private_key(text: bytes, position: int = 0) -> ZonePrivateKey:
    """The key of BIND that begins there. Raises MalformedMessage."""
    found = _PRIVATE.match(text, position)
    if found is None or int(found[1]) > 0xFF:
        raise MalformedMessage("it is no private key of BIND: its algorithm is missing")
    modulus = _MODULUS.search(text, found.end(), found.end() + _MOST_MODULUS)
    try:
        size = None if modulus is None else int.from_bytes(base64.b64decode(modulus[1], validate=True)).bit_length()
    except binascii.Error:
        size = None
    return ZonePrivateKey(int(found[1]), size)


def _tokens(text: bytes, start: int) -> tuple[list[bytes], int]:
    """To the end of the record, and where that is: of the line, or of the line behind the closing parenthesis (RFC 1035, section
    5.1)."""
    found: list[bytes] = []
    depth, end = 0, start
    stop = text.find(b"\0", start, start + _MOST_RECORD)  # Programs hold the words, and no record goes on there.
    for match in _TOKEN.finditer(text, start, start + _MOST_RECORD if stop < 0 else stop):
        token, end = match[0], match.end()
        if token == b"\n":
            if not depth:
                break
        elif token == b"(":
            depth += 1
        elif token == b")":
            depth = max(0, depth - 1)
        elif not token.startswith(b";"):
            found.append(token)
            if len(found) > _MOST_TOKENS:
                raise MalformedMessage("a record of a zone has too many fields")
    return found, end


def _number(token: bytes, *, most: int = _MOST_NUMBER) -> int:
    if not token.isdigit() or len(token) > 14 or (len(token) < 11 and int(token) > most):
        raise MalformedMessage("a field of a record of a zone is no number that it can have")
    return int(token)


def _algorithm(token: bytes) -> int:
    """By its number, or by its mnemonic (RFC 4034, appendix A.1)."""
    if token.isdigit():
        return _number(token, most=0xFF)
    named = next((row.value for row in dnssec_algorithms() if row.name.encode() == token.upper()), None)
    if named is None:
        raise MalformedMessage("a record of a zone names no algorithm")
    return named


def _word(token: bytes) -> str:
    if not re.fullmatch(rb"[A-Z][A-Z0-9-]{0,15}", token.upper()):
        raise MalformedMessage("a signature of a zone covers no type")
    return token.upper().decode("ascii")


def _base64(tokens: list[bytes]) -> bytes:
    try:
        octets = base64.b64decode(b"".join(tokens), validate=True)
    except binascii.Error:
        raise MalformedMessage("a record of a zone has no Base64 where a key or signature stands") from None
    if not octets:
        raise MalformedMessage("a record of a zone is empty where a key or signature stands")
    return octets


def _hexadecimal(tokens: list[bytes]) -> None:
    if not _HEXADECIMAL.fullmatch(b"".join(tokens)):
        raise MalformedMessage("a record of a zone has no hexadecimal where a digest stands")
