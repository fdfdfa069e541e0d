"""What lies in a text as Base64, as in Secrets of Kubernetes, environment files, JSON and property lists: PEM, keys in DER and key
stores; messages of SAML; and PEM in UTF-16 among other octets, as in programs and databases of Windows. It is given as members of
the text, named by the key in front of them. Certificates and signatures in Base64 are told by their own probes where they stand."""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Iterator

from pqscan.model.reason import Reason
from pqscan.probe import Mark
from pqscan.scan.files.bounds import Left
from pqscan.scan.files.containers import Member
from pqscan.scan.files.encoded_saml import MARKS as SAML
from pqscan.scan.files.encoded_saml import saml_documents
from pqscan.scan.files.piece import Piece
from pqscan.wire.base64_text import BESIDE, without_escapes
from pqscan.wire.pki.pem import block_at

_PEM = (
    Mark("base64-of-pem", "LS0tLS1CRUdJTi"),  # "-----BEGIN", as every encoder writes it that begins there
    Mark("base64-of-base64-of-pem", "TFMwdExTMUNSVWRKVG"),
)
_STORES = (
    Mark("base64-of-jks", "/u3+7QAAAA"),
    Mark("base64-of-jceks", "zs7OzgAAAA"),
    Mark("base64-of-bks", "AAAAAgAAABQAAA"),
    Mark("base64-of-pkcs12-ber", "MIACAQMw"),
)
_DER = (  # What stands behind the first two lengths, and how many characters in front of it.
    (Mark("base64-of-pkcs8", "IBAD"), 6),  # 02 01 00 30
    (Mark("base64-of-pkcs8-1", "IBAT"), 6),
    (Mark("base64-of-pkcs8-middle", "AgEAM"), 4),
    (Mark("base64-of-pkcs8-middle-1", "AgEBM"), 4),
    (Mark("base64-of-pkcs8-small", "AQAwBQYD"), 4),  # curves of RFC 8410
    (Mark("base64-of-pkcs8-small-1", "AQEwBQYD"), 4),
    (Mark("base64-of-pkcs8-seed", "AQAwCwYJ"), 4),  # ML-DSA, ML-KEM, SLH-DSA
    (Mark("base64-of-pkcs8-curve", "AQAwEwYH"), 4),
    (Mark("base64-of-pkcs1", "IBAAK"), 6),
    (Mark("base64-of-sec1", "AQEE"), 4),
    (Mark("base64-of-sec1-middle", "AgEBBD"), 4),
    (Mark("base64-of-pbe", "BgkqhkiG9w0BBQ"), 8),
    (Mark("base64-of-pbe-middle", "CSqGSIb3DQEF"), 8),
    (Mark("base64-of-pbe-pkcs12", "BgoqhkiG9w0BDAE"), 8),
    (Mark("base64-of-pkcs12", "IBAz"), 6),  # 02 01 03 30
    (Mark("base64-of-spki-rsa", "BgkqhkiG9w0BAQE"), 8),
    (Mark("base64-of-spki-rsa-middle", "CSqGSIb3DQEBAQ"), 8),
    (Mark("base64-of-spki-curve", "KoZIzj0CAQ"), 8),
    (Mark("base64-of-spki-curve-middle", "ByqGSM49AgEG"), 8),
    (Mark("base64-of-spki-small", "BQYDK2V"), 4),
    (Mark("base64-of-spki-nist", "BglghkgBZQME"), 8),  # ML-DSA, ML-KEM, SLH-DSA
)


def _wide(text: bytes) -> bytes:
    """Between the first octet that is no nought and the last one, whichever octet of UTF-16 stands first."""
    return b"\0".join(bytes((octet,)) for octet in text)


_PKCS12 = Mark("pkcs12-in-pem", "-----BEGIN PKCS12-----")  # as GnuTLS writes it
_WIDE_PEM = Mark("pem-in-utf-16", _wide(b"-----BEGIN ").hex(), is_hex=True)
_WIDE_END, _WIDE_DASHES, _MOST_LABEL = _wide(b"-----END "), _wide(b"-----"), 80
MARKS = (_PKCS12, _WIDE_PEM, *SAML, *_PEM, *_STORES, *(mark for mark, _ in _DER))
_MOST = 10_000  # in one piece
_FURTHER = "further"
"""The name of what was not looked at."""
_MOST_OCTETS = 1 << 20  # of the text of one
_LEAST_OCTETS = 32  # No key store and no block of PEM is shorter: what is, is the beginning as a text quotes it.
_MOST_TEXT = 32 << 20  # characters of all in one piece: they may overlap
_TEXT = re.compile(rb"[A-Za-z0-9+/]+(?:[ \t\r]*\n[ \t]+[A-Za-z0-9+/]+)*={0,2}")  # also folded over lines that are indented
_KEY = re.compile(rb"([A-Za-z0-9._-]{1,100})[\"']?[ \t]*[:=][ \t]*(?:[|>][+-]?[ \t]*\r?\n[ \t]*)?[\"']?\Z")
_BEFORE = 160
_HEADER = 8  # characters, with the tag and the length
_IN_FRONT = b":=,|>("  # of a value: JSON, YAML and properties, `data:` of URIs, XML, source code


def encoded_members(piece: Piece, left: Left) -> Iterator[Member]:
    """What is encoded there, in its order, and a member without a stream where not all was looked at. Raises Spent."""
    for offset in piece.places(_PKCS12).offsets[:_MOST]:
        read = block_at(piece.data, offset)
        if read is not None and read[0].der:
            left.take(len(read[0].der))
            yield _member(piece, offset, f"PKCS12@{piece.offset + offset}", read[0].der)
    yield from _in_utf_16(piece, left)
    runs = {offset for mark in (*_PEM, *_STORES) for offset in piece.places(mark).offsets}
    begins = {offset - before for mark, before in _DER for offset in piece.places(mark).offsets}
    values = {start for start in begins if start >= 0 and _is_value(piece.data, start)}
    characters = _MOST_TEXT
    documents = {start: (end, content) for start, end, content in saml_documents(piece)}
    end_of_document = 0
    places = sorted(runs | values)
    for offset in sorted({*documents, *places[:_MOST]}):
        if offset < end_of_document:  # It is read there.
            continue
        content: bytes | None
        if offset in documents:
            end_of_document, content = documents[offset]
        else:
            content, looked_at = _run(piece.data, offset) if offset in runs else _element(piece.data, offset)
            characters -= looked_at
        if characters < 0:
            break
        if content is None:
            continue
        left.take(len(content))
        key = _KEY.search(piece.data, max(0, offset - _BEFORE), offset)
        name = key[1].decode("ascii") if key else f"base64@{piece.offset + offset}"
        yield _member(piece, key.start() if key else offset, name, content)
    if characters < 0 or len(places) > _MOST:
        yield Member(_FURTHER, None, Reason.of("file_marks_spent", places=_MOST))


def _in_utf_16(piece: Piece, left: Left) -> Iterator[Member]:
    """Each block of PEM whose letters have a nought between them. Raises Spent."""
    data, octets, beyond = piece.data, _MOST_TEXT, -1
    offsets = piece.places(_WIDE_PEM).offsets
    for offset in offsets[:_MOST]:
        if offset < beyond:
            continue
        end = data.find(_WIDE_END, offset, offset + 2 * _MOST_OCTETS)
        label_end = data.find(_WIDE_DASHES, end + len(_WIDE_END), end + len(_WIDE_END) + 2 * _MOST_LABEL) if end >= 0 else -1
        beyond = (label_end + len(_WIDE_DASHES)) if label_end >= 0 else offset + 1
        octets -= (end if end >= 0 else offset + 2 * _MOST_OCTETS) - offset
        if octets < 0:
            break
        if label_end >= 0 and not any(data[offset + 1 : beyond : 2]):
            left.take(beyond - offset)
            yield _member(piece, offset, f"utf-16@{piece.offset + offset}", data[offset:beyond:2])
    if octets < 0 or len(offsets) > _MOST:
        yield Member(_FURTHER, None, Reason.of("file_marks_spent", places=_MOST))


def _member(piece: Piece, offset: int, name: str, content: bytes) -> Member:
    said = piece.said_of(piece.where(offset))
    return Member(name, io.BytesIO(content), said=said)  # type: ignore[arg-type]  # It reads as a raw stream does.


def _run(data: bytes, offset: int) -> tuple[bytes | None, int]:
    """All characters of Base64 from there on, as octets, and how many were looked at."""
    found = _TEXT.match(data, offset, offset + _MOST_OCTETS)
    if found is None:
        return None, 0
    text = b"".join(found[0].split()).rstrip(b"=")
    if len(text) * 3 // 4 < _LEAST_OCTETS:
        return None, len(found[0])
    try:
        return binascii.a2b_base64(text[: len(text) - (len(text) % 4 == 1)] + b"=" * (-len(text) % 4)), len(found[0])
    except binascii.Error:
        return None, len(found[0])


def _is_value(data: bytes, start: int) -> bool:
    """Whether Base64 begins there as a value: neither in the middle of some, nor in a block of PEM, which is read as one."""
    if data[start : start + 1] != b"M":  # 30, a sequence
        return False
    front = data[max(0, start - _BEFORE) : start]
    before = front.rstrip(BESIDE)
    if not before:
        return len(front) == start
    return before[-1] in _IN_FRONT or (front.endswith((b"\n\n", b"\r\n\r\n")) and b"-----BEGIN " not in front)


def _element(data: bytes, start: int) -> tuple[bytes | None, int]:
    """The one element of DER whose Base64 begins there, over lines, strings and escapes of JSON, and how many characters were
    looked at; None where its text is another or ends before it."""
    try:
        header = binascii.a2b_base64(data[start : start + _HEADER], strict_mode=True)
    except binascii.Error:
        return None, _HEADER
    lengths = header[1] - 0x80
    if lengths == 0 or lengths > 3:
        return None, _HEADER
    size = 2 + header[1] if lengths < 0 else 2 + lengths + int.from_bytes(header[2 : 2 + lengths])
    characters = -(-size // 3) * 4
    if characters > _MOST_OCTETS:
        return None, _HEADER
    text = data[start : start + characters + characters // 4 + _BEFORE]
    looked_at = len(text)
    text = without_escapes(text, characters)
    try:
        return (binascii.a2b_base64(text, strict_mode=True)[:size] if len(text) == characters else None), looked_at
    except binascii.Error:
        return None, looked_at
