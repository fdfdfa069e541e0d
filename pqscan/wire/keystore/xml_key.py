"""Keys as XML has them: RSAKeyValue, DSAKeyValue (XML Signature 1.1, section 4.5.2), with the private numbers that ToXmlString of
.NET writes beside them; ECKeyValue (section 4.5.2.3), and the ECDSAKeyValue of RFC 4050, section 3, which .NET names for ECDH, too.

Read is the text of one element, also where signs of XML are escaped in XML or JSON. Nothing of the private part is given."""

from __future__ import annotations

import binascii
import re

from pqscan.errors import MalformedMessage
from pqscan.wire.keystore.lone_key import LoneKey, of_dsa, of_info, of_rsa
from pqscan.wire.pki import spki
from pqscan.wire.pki.spki import CURVES

NAMES = ("RSAKeyValue", "DSAKeyValue", "ECKeyValue", "ECDSAKeyValue", "ECDHKeyValue")
MOST_TEXT = 1 << 16
_FORM = "xml"
_ESCAPED = (
    (b"&lt;", b"<"), (b"&gt;", b">"), (b"&quot;", b'"'), (b"&#13;", b""), (b"&#xD;", b""), (b"&#xd;", b""), (b"&#10;", b""),
    (b"&#xA;", b""), (b"&#xa;", b""), (b"\\u003c", b"<"), (b"\\u003e", b">"), (b"\\u003C", b"<"), (b"\\u003E", b">"),
    (b"\\u002B", b"+"), (b"\\u002b", b"+"), (b"\\/", b"/"), (b'\\"', b'"'), (b"\\r", b""), (b"\\n", b""),
)  # fmt: skip
_ELEMENT = re.compile(rb"<(?:[\w.-]{1,40}:)?([A-Za-z]{1,20})>([A-Za-z0-9+/=\s]{1,65536})</")
_CURVE = re.compile(rb"NamedCurve\s[^<>]{0,200}?UR[IN]=[\"']urn:oid:([0-9.]{5,60})[\"']")
_COORDINATE = re.compile(rb"<(?:[\w.-]{1,40}:)?([XY])\s[^<>]{0,200}?Value=[\"']([0-9]{1,200})[\"']")
_OCTETS = dict(zip(CURVES.values(), (32, 48, 66), strict=True))


def read_xml_key(text: bytes) -> LoneKey | None:
    """The element whose name `text` begins with; None where its numbers are missing or no Base64, as in an example. Raises
    MalformedMessage where they are no key."""
    for escaped, plain in _ESCAPED:
        text = text[:MOST_TEXT].replace(escaped, plain)
    if text.startswith(b"EC"):
        return _elliptic(text) if text.startswith(b"ECKey") else _elliptic_of_rfc_4050(text)
    numbers = {found[1]: int.from_bytes(_decoded(found[2])) for found in _ELEMENT.finditer(text)}
    if text.startswith(b"RSA"):
        wanted = [numbers.get(name, 0) for name in (b"Modulus", b"Exponent")]
        return of_rsa(_FORM, b"D" in numbers, *wanted) if all(wanted) else None
    wanted = [numbers.get(name, 0) for name in (b"P", b"Q", b"G", b"Y")]
    return of_dsa(_FORM, b"X" in numbers, *wanted) if all(wanted) else None


def _elliptic(text: bytes) -> LoneKey | None:
    point = next((_decoded(found[2]) for found in _ELEMENT.finditer(text) if found[1] == b"PublicKey"), b"")
    curve = _curve(text)
    return _of_point(curve, point) if curve and point else None


def _elliptic_of_rfc_4050(text: bytes) -> LoneKey | None:
    curve = _curve(text)
    numbers = {found[1]: int(found[2]) for found in _COORDINATE.finditer(text)}
    if not curve or len(numbers) < 2:
        return None
    octets = _OCTETS.get(curve)
    if octets is None or max(numbers.values()).bit_length() > 8 * octets:
        raise MalformedMessage("its numbers are no key, but those of something else")
    return _of_point(curve, b"\4" + numbers[b"X"].to_bytes(octets) + numbers[b"Y"].to_bytes(octets))


def _of_point(curve: str, point: bytes) -> LoneKey:
    try:
        return of_info(_FORM, False, spki.elliptic(curve, point))
    except ValueError:
        raise MalformedMessage("its numbers are no key, but those of something else") from None


def _curve(text: bytes) -> str:
    found = _CURVE.search(text)
    return "" if found is None else found[1].decode("ascii")


def _decoded(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(b"".join(text.split()), strict_mode=True)
    except binascii.Error:
        return b""
