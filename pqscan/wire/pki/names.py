"""Writes distinguished names as RFC 4514 text and reads the names that a certificate is good for (RFC 5280, section 4.2.1.6).

Text is what its type says (UTF-8, Latin-1, UTF-16, UTF-32); what does not fit its type is read all the same and noted.
Control characters, and those that turn the direction of text, are written as escaped bytes.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.der import OBJECT_IDENTIFIER, SEQUENCE, SET, DerReader, Element, dotted
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.object_names import attribute_type

MOST_NAMES = 1_000
MOST_TEXT = 4_096  # characters of one distinguished name

_MOST_NAMES_LOOKED_AT = 10_000  # other kinds and repeated ones included
_MOST_ATTRIBUTES = 128
_MOST_VALUE_OCTETS = 2_048
_COMMON_NAME = "2.5.4.3"
_PRINTABLE = re.compile(r"[A-Za-z0-9 '()+,\-./:=?]*")
_NUMERIC = re.compile(r"[0-9 ]*")
_PLAIN = re.compile(r"[A-Za-z0-9 .:/@_()'*\-\u00c0-\u024f\u1ea0-\u1ef9]*")  # nothing to escape; the Vietnamese letters among them
_DNS_NAME = re.compile(
    r"(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])\.?"
)
_CODECS = {
    12: "utf-8",
    18: "ascii",
    19: "ascii",
    20: "latin-1",
    22: "ascii",
    26: "ascii",
    27: "latin-1",
    28: "utf-32-be",
    30: "utf-16-be",
}
_DNS = 0x82  # dNSName [2]
_IP = 0x87  # iPAddress [7]


def read_name(reader: DerReader, name: Element) -> tuple[str, str | None]:
    """The RFC 4514 text of a Name (last relative name first) and its most specific common name, if it has one.

    Adds to the flaws: `bad_string`, `bad_name` (its structure), `name_cut` (too long to keep whole)."""
    flaws = reader.flaws
    parts: list[str] = []
    common_name = None
    inside = reader.inside(name)
    attributes = 0
    try:
        while not inside.exhausted:
            if len(parts) >= _MOST_ATTRIBUTES:
                flaws.add(Flaw.NAME_CUT)
                break
            relative = inside.enter("RelativeDistinguishedName", SET)
            joined: list[str] = []
            while not relative.exhausted:
                attributes += 1
                if attributes > _MOST_ATTRIBUTES:
                    flaws.add(Flaw.NAME_CUT)
                    return _joined(parts, flaws), common_name
                pair = relative.enter("AttributeTypeAndValue", SEQUENCE)
                oid = dotted(pair.read("AttributeType", OBJECT_IDENTIFIER).value, "AttributeType")
                value = pair.read("AttributeValue")
                text = string_value(value, flaws)
                if oid == _COMMON_NAME and text is not None:
                    common_name = text
                joined.append(_attribute(oid, text, value))
            parts.append("+".join(joined))
    except MalformedMessage:
        flaws.add(Flaw.BAD_NAME)
    return _joined(parts, flaws), common_name


def _joined(parts: list[str], flaws: set[Flaw]) -> str:
    text = ",".join(reversed(parts))
    if len(text) > MOST_TEXT:
        flaws.add(Flaw.NAME_CUT)
        return text[:MOST_TEXT]
    return text


def _attribute(oid: str, text: str | None, value: Element) -> str:
    """RFC 4514, section 2.3: the short name and the escaped text, or the dotted number and the encoding in hexadecimal."""
    name = attribute_type(oid)
    if name is None or text is None:
        return f"{name or oid}=#{value.data[value.start : min(value.end, value.start + _MOST_VALUE_OCTETS)].hex()}"
    return f"{name}={escaped(text)}"


def string_value(value: Element, flaws: set[Flaw]) -> str | None:
    """The text of a string type; None where it is no string. Adds `bad_string` where the octets do not fit the type."""
    codec = _CODECS.get(value.tag)
    if codec is None:
        return None
    octets = value.data[value.content : min(value.content_end, value.content + _MOST_VALUE_OCTETS)]
    if len(octets) < value.content_end - value.content:
        flaws.add(Flaw.NAME_CUT)
    try:
        text = octets.decode(codec)
    except UnicodeDecodeError:
        flaws.add(Flaw.BAD_STRING)
        return _decoded(octets)
    if (value.tag == 19 and not _PRINTABLE.fullmatch(text)) or (value.tag == 18 and not _NUMERIC.fullmatch(text)):
        flaws.add(Flaw.BAD_STRING)
    return text


def _decoded(octets: bytes) -> str:
    """Octets that do not fit their type: mostly they are UTF-8 all the same; Latin-1 reads whatever is left."""
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def escaped(text: str) -> str:
    """The text with RFC 4514's escapes; what a terminal or a reader would not see as written stands as `\\xx` bytes."""
    if _PLAIN.fullmatch(text) and (not text or (text[0] != " " and text[-1] != " ")):
        return text
    last = len(text) - 1
    return "".join(_escaped_character(character, at == 0, at == last) for at, character in enumerate(text))


def _escaped_character(character: str, first: bool, last: bool) -> str:
    if character in '"+,;<>\\' or (character == "#" and first) or (character == " " and (first or last)):
        return "\\" + character
    if not character.isprintable():
        return "".join(f"\\{octet:02x}" for octet in character.encode("utf-8", "surrogatepass"))
    return character


def read_general_names(reader: DerReader, names: Element) -> tuple[str, ...]:
    """dNSName and iPAddress of a GeneralNames, in their order, each once, at most `MOST_NAMES` (else `names_cut`)."""
    kept: dict[str, None] = {}
    inside = reader.inside(names)
    looked_at = 0
    while not inside.exhausted:
        if len(kept) >= MOST_NAMES or looked_at >= _MOST_NAMES_LOOKED_AT:
            reader.flaws.add(Flaw.NAMES_CUT)
            break
        looked_at += 1
        element = inside.read("GeneralName")
        if element.tag not in (_DNS, _IP):
            continue
        name = dns_name(element.value, reader.flaws) if element.tag == _DNS else ip_address(element.value, reader.flaws)
        if name:
            kept[name] = None
    return tuple(kept)


def dns_name(value: bytes, flaws: set[Flaw]) -> str:
    """A dNSName as text; what is no letter, digit or sign of a name stands escaped, and `bad_dns_name` is noted."""
    if len(value) > 255:
        flaws.add(Flaw.BAD_DNS_NAME)
        value = value[:255]
    try:
        text = value.decode("ascii")
    except UnicodeDecodeError:
        flaws.add(Flaw.BAD_DNS_NAME)
        return escaped(_decoded(value))
    if not text or not text.isprintable() or " " in text:
        flaws.add(Flaw.BAD_DNS_NAME)
    return escaped(text)


def ip_address(value: bytes, flaws: set[Flaw]) -> str:
    """An iPAddress of 4 or 16 octets as text; "" where it has another size, and `bad_ip_address` is noted."""
    if len(value) == 4:
        return str(IPv4Address(value))
    if len(value) == 16:
        return str(IPv6Address(value))
    flaws.add(Flaw.BAD_IP_ADDRESS)
    return ""


def looks_like_dns_name(text: str) -> bool:
    """True where a common name can be meant as a host name: labels with dots between them, the last not all digits."""
    return len(text) <= 255 and _DNS_NAME.fullmatch(text) is not None
