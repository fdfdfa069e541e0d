"""Reads the keys of SAML 2.0 metadata (saml-metadata-2.0-os, section 2.4.1.1, KeyDescriptor): the certificates with their use.

A document type, in which entities could be declared, is refused. Nothing outside of the bytes is fetched, and the metadata's own
signature is not checked: what stands there is what the file says."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from xml.parsers import expat

from pqscan.errors import BeyondBounds, MalformedMessage

MOST_KEYS = 10_000
_METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
_SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
_ROOTS = frozenset({f"{_METADATA} EntityDescriptor", f"{_METADATA} EntitiesDescriptor"})
_DESCRIPTOR = f"{_METADATA} KeyDescriptor"
_CERTIFICATE = f"{_SIGNATURE} X509Certificate"
_ROOT = re.compile(rb"<(?:[A-Za-z0-9_.-]{1,100}:)?Entit(?:y|ies)Descriptor[ \t\r\n>]")
_ROOT_WITHIN = 1 << 16  # octets: what a document type declares may stand in front of it
_MOST_DEPTH = 64
_MOST_CERTIFICATE = 1 << 20  # characters
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True)
class SamlKey:
    """`use` is "sig", "enc", or "" for both. `line` counts from 1, where the certificate begins. `certificate` is DER, empty where
    the Base64 is none."""

    use: str
    certificate: bytes
    line: int


@dataclass(frozen=True, slots=True)
class SamlKeys:
    """`without_certificate` counts descriptors that name their key in another way; `is_cut`: there are more than are read."""

    keys: tuple[SamlKey, ...]
    without_certificate: int
    is_cut: bool


def read_saml_metadata(data: bytes) -> SamlKeys:
    """Raises MalformedMessage where it is no well-formed XML or no metadata, BeyondBounds where metadata declares a document type
    or is nested too deeply."""
    reading = _Reading(is_likely=_ROOT.search(data, 0, _ROOT_WITHIN) is not None)
    try:
        reading.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedMessage(f"it is no XML: {expat.errors.messages[error.code]} in line {error.lineno}") from None
    except (LookupError, ValueError):  # An encoding that Python does not know, or that is no text encoding.
        raise MalformedMessage("it is no XML that can be read: its encoding is unknown") from None
    return SamlKeys(tuple(reading.keys), reading.without, reading.is_cut)


class _Reading:
    def __init__(self, *, is_likely: bool) -> None:
        self._is_likely = is_likely
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.keys: list[SamlKey] = []
        self.without = 0
        self.is_cut = False
        self._depth = 0
        self._use: str | None = None  # of the descriptor in which we are
        self._in_descriptor = 0  # certificates of it
        self._text_parts: list[str] | None = None
        self._length = 0
        self._line = 0

    def _doctype(self, *_declared: object) -> None:
        if not self._is_likely:  # A page about metadata is none.
            raise MalformedMessage("the XML is no SAML metadata")
        raise BeyondBounds("the metadata declares a document type, which no metadata needs")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and name not in _ROOTS:
            raise MalformedMessage("the XML is no SAML metadata")
        if self._depth > _MOST_DEPTH:
            raise BeyondBounds("the metadata is nested too deeply")
        if name == _DESCRIPTOR:
            self._use = {"signing": "sig", "encryption": "enc"}.get(attributes.get("use", ""), "")
            self._in_descriptor = 0
        elif name == _CERTIFICATE and self._use is not None:
            self._text_parts, self._length, self._line = [], 0, self.parser.CurrentLineNumber

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == _CERTIFICATE and self._text_parts is not None:
            self._in_descriptor += 1
            if len(self.keys) >= MOST_KEYS:
                self.is_cut = True
            else:
                self.keys.append(SamlKey(self._use or "", _decoded("".join(self._text_parts)), self._line))
            self._text_parts = None
        elif name == _DESCRIPTOR:
            self.without += not self._in_descriptor
            self._use = None

    def _text(self, text: str) -> None:
        if self._text_parts is not None and self._length <= _MOST_CERTIFICATE:
            self._text_parts.append(text)
            self._length += len(text)


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64(text.encode("ascii").translate(None, _SPACE), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""
