"""Signatures and encryption of PDF (ISO 32000-2), read at the places where they stand: no table of objects is followed, so that
broken files and parts of files are read, too. Of a signature the format and the octets are given, of a lock the algorithms; no
text.

Signatures: section 12.8; time stamps of documents: ETSI EN 319 142-1; encryption: section 7.6.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage

FORMATS = (  # ISO 32000-2, table 255
    "adbe.x509.rsa_sha1", "adbe.pkcs7.detached", "adbe.pkcs7.sha1", "ETSI.CAdES.detached", "ETSI.RFC3161",
)  # fmt: skip
_RANGE = re.compile(rb"/ByteRange\s*(?:(\[)|(\d{1,10})\s+(\d{1,5})\s+R\b)")
_NUMBERS = re.compile(rb"([\d\s]{7,1000}+)\]")
_ARRAY = re.compile(rb"\s*\[")
_MOST_DIGITS = 12
_CONTENTS = re.compile(rb"/Contents\s*<(?!<)")
_SUB_FILTER = re.compile(rb"/SubFilter\s*/([A-Za-z0-9._-]{1,40})")
_ENCRYPTED = re.compile(rb"/Encrypt\s*(?:(\d{1,10})\s+(\d{1,5})\s+R\b|<<)")
_FILTER = re.compile(rb"/Filter\s*/(Standard|Adobe\.PubSec|Adobe\.PPKLite|Entrust\.PPKEF)\b")
_NUMBER = re.compile(rb"/(V|R|Length)\s+(\d{1,4})\b")
_METHOD = re.compile(rb"/CFM\s*/(V2|AESV2|AESV3|AESV4|None)\b")
_RECIPIENTS = re.compile(rb"/Recipients\s*\[?\s*")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f\s]*+")
_SPACE = b" \t\r\n\f\0"
_WINDOW = 1 << 18
"""Octets of a dictionary before and behind the place that is looked at, without the signature itself."""
_MOST_SIGNATURE = 8 << 20  # hexadecimal digits
_MOST_RECIPIENTS = 1000
_MOST_NESTED = 32  # parentheses in one another, so that no octets are read for many strings
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|\r\n|(.))", re.DOTALL)
_PARENTHESES = re.compile(rb"\\.|[()]", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b""}


@dataclass(frozen=True, slots=True)
class PdfSignature:
    """`format` is one of `FORMATS`, None for another one. `content` is what stands there as a signature, mostly a message of CMS
    with zeros behind it; empty where the place is left free for a signature that nobody made."""

    format: str | None
    content: bytes


@dataclass(frozen=True, slots=True)
class PdfLock:
    """`handler` is "standard" (a password) or "public_key"; `version` and `revision` are V and R. `cipher` is RC4, AES-128 or
    AES-256, None where another one is named. `recipients` are messages of CMS, one for each group of recipients."""

    handler: str
    version: int
    revision: int | None
    cipher: str | None
    key_bits: int | None
    recipients: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`gaps`: where in the file it leaves octets out, of which the signature is one; empty where its numbers stand in another
    object (`reference`, its number and generation), which can be missing."""

    gaps: tuple[int, ...]
    reference: tuple[int, int] | None = None


def byte_range_at(data: bytes, place: int) -> ByteRange | None:
    """The /ByteRange at `place`; None where the words mean none. One has as many pairs of numbers as it leaves gaps, and one more
    (ISO 32000-2, table 255)."""
    words = _RANGE.match(data, place)
    if words is None:
        return None
    if words[2] is not None:
        return ByteRange((), (int(words[2]), int(words[3])))
    gaps = _gaps(data, words.end())
    return ByteRange(gaps) if gaps else None


def _gaps(data: bytes, place: int) -> tuple[int, ...]:
    """Of the numbers that stand there, behind the bracket that opens them."""
    written = _NUMBERS.match(data, place)
    numbers = [] if written is None else written[1].split()
    if len(numbers) < 4 or len(numbers) % 2 or any(len(number) > _MOST_DIGITS for number in numbers):
        return ()
    return tuple(int(begin) + int(size) for begin, size in zip(numbers[:-2:2], numbers[1:-2:2], strict=True))


def read_pdf_signature(data: bytes, place: int, offset: int = 0) -> PdfSignature | None:
    """The signature whose /ByteRange stands at `place`; `offset` is where in the file `data` begins. None where the words mean
    none.

    Raises MalformedMessage where it has none that can be read, as where it lies outside of `data`."""
    ranges = byte_range_at(data, place)
    if ranges is None:
        return None
    gaps = ranges.gaps
    if ranges.reference is not None:
        at = _object(data, *ranges.reference)
        array = None if at is None else _ARRAY.match(data, at)
        gaps = () if array is None else _gaps(data, array.end())
    begin = None
    for gap in gaps:
        literal = _literal_at(data, gap - offset)
        if literal is not None:
            return PdfSignature(_format_of(data, place, *literal), _unescape(data[literal[0] : literal[1]]))
        begin = _hexadecimal_at(data, gap - offset) if begin is None else begin
    low = max(0, place - _WINDOW)
    if begin is None:
        found = _CONTENTS.search(data, max(low, data.rfind(b"obj", low, place)), place + _WINDOW)
        if found is None:
            raise MalformedMessage("the signature of the PDF does not stand where its /ByteRange says, nor beside it")
        begin = found.end()
    digits = _HEXADECIMAL.match(data, begin, begin + _MOST_SIGNATURE)
    if digits is None or data[digits.end() : digits.end() + 1] != b">":
        raise MalformedMessage("the signature of the PDF has no end")
    octets = _octets(digits[0])
    return PdfSignature(_format_of(data, place, begin, digits.end()), octets if octets.strip(b"\0") else b"")


def _hexadecimal_at(data: bytes, gap: int) -> int | None:
    """Where the digits begin, if a string in hexadecimal digits stands in the gap; some files count from behind its bracket."""
    for at in (gap, gap - 1):
        if 0 <= at < len(data) and data[at : at + 1] == b"<" and data[at : at + 2] != b"<<":
            return at + 1
    return None


def _literal_at(data: bytes, gap: int) -> tuple[int, int] | None:
    """Begin and end of a string of octets that stands in the gap instead (ISO 32000-2, section 7.3.4.2), as few programs write
    it."""
    if gap < 0 or data[gap : gap + 1] != b"(":
        return None
    end = _end_of_literal(data, gap)
    return None if end < 0 else (gap + 1, end)


def _format_of(data: bytes, place: int, begin: int, end: int) -> str | None:
    """What /SubFilter says in the dictionary, which lies around /ByteRange and around the signature."""
    first, last = min(place, begin), max(place, end)
    low = max(0, first - _WINDOW)
    start = max(low, data.rfind(b" obj", low, first))
    for low, high in ((start, begin), (end, _end_of_object(data, last))):
        found = _SUB_FILTER.search(data, low, max(low, high))
        if found is not None:
            name = found[1].decode("ascii")
            return name if name in FORMATS else None
    return None


def _end_of_object(data: bytes, place: int) -> int:
    end = data.find(b"endobj", place, place + _WINDOW)
    return end if end >= 0 else min(len(data), place + _WINDOW)


def read_pdf_lock(data: bytes, place: int) -> PdfLock | None:
    """The lock that the /Encrypt at `place` names, in the object that it refers to or at once. None where the words mean none.

    Raises MalformedMessage where the object is not in `data`, or is no lock that is read here."""
    named = _ENCRYPTED.match(data, place)
    if named is None:
        return None
    start = named.end()
    if named[1] is not None:
        found = _object(data, int(named[1]), int(named[2]))
        if found is None:
            raise MalformedMessage("the object that says how the PDF is encrypted is not there")
        start = found
    return _lock(data[start : _end_of_object(data, start)])


def _object(data: bytes, number: int, generation: int) -> int | None:
    """Where the content of an object begins. Written with other space than one between its words it is looked for more slowly."""
    words = b"%d %d obj" % (number, generation)
    start = data.find(words)
    while start >= 0:
        if not data[max(0, start - 1) : start].isdigit():
            return start + len(words)
        start = data.find(words, start + 1)
    found = re.search(rb"(?<!\d)%d\s+%d\s+obj\b" % (number, generation), data)
    return None if found is None else found.end()


def _lock(dictionary: bytes) -> PdfLock:
    handler = _FILTER.search(dictionary)
    if handler is None:
        raise MalformedMessage("the PDF is encrypted by a handler that is not known here")
    numbers = {name: int(value) for name, value in reversed(_NUMBER.findall(dictionary))}
    methods = [method.decode() for method in _METHOD.findall(dictionary) if method != b"None"]
    version = numbers.get(b"V", 0)
    cipher, bits = _cipher(version, methods, numbers.get(b"Length"))
    recipients: tuple[bytes, ...] = ()
    if handler[1] != b"Standard":
        recipients = tuple(_recipients(dictionary))
    return PdfLock("standard" if handler[1] == b"Standard" else "public_key", version, numbers.get(b"R"), cipher, bits, recipients)


def _cipher(version: int, methods: list[str], length: int | None) -> tuple[str | None, int | None]:
    """ISO 32000-2, tables 20 and 25. Length counts bits in the dictionary, and octets in those of crypt filters."""
    if version in (1, 2, 3):
        return "RC4", 40 if version == 1 or length is None else length
    bits = None if length is None else length if length >= 40 else 8 * length
    if "V2" in methods:
        return "RC4", bits
    if "AESV2" in methods:
        return "AES-128", 128
    if {"AESV3", "AESV4"}.intersection(methods):
        return "AES-256", 256
    return None, None


def _recipients(dictionary: bytes) -> list[bytes]:
    """Strings of octets, in hexadecimal digits or as they are (ISO 32000-2, section 7.3.4)."""
    found: list[bytes] = []
    for start in _RECIPIENTS.finditer(dictionary):
        at = start.end()
        while len(found) < _MOST_RECIPIENTS:
            if dictionary[at : at + 1] == b"<":
                end = dictionary.find(b">", at)
                octets = _octets(dictionary[at + 1 : max(at, end)])
            elif dictionary[at : at + 1] == b"(":
                end = _end_of_literal(dictionary, at)
                octets = _unescape(dictionary[at + 1 : max(at, end)])
            else:
                break
            if end < 0:
                break
            found.append(octets)
            at = end + 1
            while dictionary[at : at + 1] and dictionary[at] in _SPACE:
                at += 1
    return list(dict.fromkeys(found))


def _end_of_literal(data: bytes, start: int) -> int:
    depth = 0
    for match in _PARENTHESES.finditer(data, start, start + _MOST_SIGNATURE):
        if match[0] == b"(":
            depth += 1
            if depth > _MOST_NESTED:
                return -1
        elif match[0] == b")":
            depth -= 1
            if not depth:
                return match.start()
    return -1


def _unescape(literal: bytes) -> bytes:
    return _ESCAPE.sub(_unescaped, literal)


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return bytes((int(match[1], 8) & 0xFF,))
    return b"" if match[2] is None else _LETTERS.get(match[2], match[2])


def _octets(digits: bytes) -> bytes:
    """An odd last digit counts as if a zero followed it."""
    digits = digits.translate(None, _SPACE)
    try:
        return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
    except binascii.Error:
        return b""
