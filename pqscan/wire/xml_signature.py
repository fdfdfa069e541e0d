"""Signatures and encryption in XML: XML Signature with XAdES, XML Encryption, encrypted packages of ODF and OOXML.

A document type, in which entities could be declared, is refused; nothing outside of the bytes is fetched, nothing is verified, and
neither text nor names of a document are given back: URIs of algorithms, sizes, and certificates.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass, field, replace
from xml.parsers import expat

from pqscan.errors import MalformedMessage

DSIG, XMLENC = "http://www.w3.org/2000/09/xmldsig#", "http://www.w3.org/2001/04/xmlenc#"
XMLENC11, DSIG11 = "http://www.w3.org/2009/xmlenc11#", "http://www.w3.org/2009/xmldsig11#"
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"  # OpenDocument 1.3, part 2, section 4
_LOEXT = "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"  # LibreOffice, before OpenDocument 1.3
AGILE = "http://schemas.microsoft.com/office/2006/encryption"  # [MS-OFFCRYPTO], section 2.3.4.10
_AGILE_KEY = "http://schemas.microsoft.com/office/2006/keyEncryptor/"
_FORMS = {
    "urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0": "odf",  # OpenDocument 1.3, part 2, section 5
    "http://schemas.openxmlformats.org/package/2006/digital-signature": "ooxml",  # ECMA-376, part 2, section 13
    "http://www.mic.gov.vn/TBT/QCVN_102_2016": "edxml",  # QCVN 102:2016/BTTTT
    "http://www.e-doc.vn/Schema/": "edxml",
}
_XADES = "http://uri.etsi.org/01903/"  # ETSI EN 319 132-1 and what came before it
_SAML = "urn:oasis:names:tc:SAML:"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"  # Web Services Security 1.1.1
_CERTIFICATES = ("X509Certificate", "EncapsulatedX509Certificate", "BinarySecurityToken")
_WITH_TEXT = (*_CERTIFICATES, "Modulus", "SignatureValue", "CipherValue")
_MOST_DEPTH = 256
MOST_PARTS = 1000
_MOST_TEXT = 1 << 20  # characters of one certificate or key
_MOST_CERTIFICATES = 64  # of one signature


@dataclass(slots=True)
class XmlSignature:
    """`method` and `digests` are URIs, `method` empty where the signature names none. `hash` is what parameters of RSASSA-PSS name.
    `key_bits` and `curve` (a URI) are those of a bare key. `form` tells what is signed, `profile` is "xades" or "saml". `is_made`
    is False for a template, which has no value yet."""

    line: int
    offset: int
    method: str = ""
    digests: list[str] = field(default_factory=list)
    hash: str | None = None
    key_bits: int | None = None
    curve: str | None = None
    certificates: list[bytes] = field(default_factory=list)
    form: str = "xml"
    profile: str | None = None
    is_made: bool = False


@dataclass(frozen=True, slots=True)
class XmlKey:
    """An EncryptedKey, or the agreement on one: by what it is wrapped. `wrapped_bits` is the size of the encrypted key. Where
    `form` is "odf", `message` is what OpenPGP made of the key, and tells more than `method`; empty where it cannot be read."""

    method: str
    line: int
    offset: int
    wrapped_bits: int | None = None
    form: str = "xml"
    message: bytes = b""


@dataclass(frozen=True, slots=True)
class XmlCipher:
    """What encrypts a part of the document, as its URI or, in ODF and OOXML, its name. `lock` is how these have its key: `password`
    (with `kdf` and `iterations`), `certificate` or `openpgp`, and None where nothing says it."""

    method: str
    line: int
    offset: int
    form: str = "xml"
    kdf: str | None = None
    iterations: int | None = None
    bits: int | None = None
    lock: str | None = None


@dataclass(frozen=True, slots=True)
class XmlSecurity:
    """`is_cut`: there is more than is read."""

    signatures: tuple[XmlSignature, ...]
    keys: tuple[XmlKey, ...]
    ciphers: tuple[XmlCipher, ...]
    is_cut: bool


def read_xml_security(data: bytes, *, is_utf8: bool = False) -> XmlSecurity:
    """`is_utf8`: it was converted, whatever it says of its encoding. Raises MalformedMessage where it is no well-formed XML,
    declares a document type or is nested too deeply."""
    reading = _Reading("utf-8" if is_utf8 else None)
    try:
        reading.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise MalformedMessage(f"it is no XML: {expat.errors.messages[error.code]} in line {error.lineno}") from None
    except (LookupError, ValueError):  # An encoding that Python does not know, or that is no text encoding.
        raise MalformedMessage("it is no XML that can be read: its encoding is unknown") from None
    return reading.found()


class _Reading:
    def __init__(self, encoding: str | None) -> None:
        self.parser = expat.ParserCreate(encoding, " ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._signatures: list[XmlSignature] = []
        self._keys: list[XmlKey] = []
        self._ciphers: list[XmlCipher] = []
        self._is_cut = False
        self._path: list[str] = []
        self._open: list[XmlSignature] = []  # signatures in which we are
        self._form = "xml"  # of the document
        self._is_saml = False
        self._tokens: list[bytes] = []  # certificates beside the signatures of a message of SOAP
        self._in_key = 0  # depth of the EncryptedKey in which we are
        self._parts: list[str] | None = None
        self._length = 0

    def found(self) -> XmlSecurity:
        for signature in self._signatures:
            if not signature.certificates and signature.key_bits is None:
                signature.certificates.extend(filter(None, self._tokens))
        return XmlSecurity(tuple(self._signatures), tuple(self._keys), tuple(dict.fromkeys(self._ciphers)), self._is_cut)

    def _doctype(self, *_declared: object) -> None:
        raise MalformedMessage("the XML declares a document type, which is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name)
        if len(self._path) > _MOST_DEPTH:
            raise MalformedMessage("the XML is nested too deeply")
        space, _, local = name.rpartition(" ")
        self._surroundings(space)
        if space == DSIG:
            self._start_of_signature(local, attributes)
        elif space in (XMLENC, XMLENC11):
            self._start_of_encryption(local, attributes)
        elif space in (MANIFEST, _LOEXT):
            self._manifest(local, attributes)
        elif space == AGILE or space.startswith(_AGILE_KEY):
            self._agile(space, local, attributes)
        elif space == DSIG11 and local == "NamedCurve" and self._open:
            self._open[-1].curve = attributes.get("URI")
        elif local in _CERTIFICATES and (space == _WSSE or (space.startswith(_XADES) and self._open)):
            self._parts, self._length = [], 0

    def _surroundings(self, space: str) -> None:
        form = _FORMS.get(space)
        if self._open:
            if form is not None:
                self._open[-1].form = form
            elif space.startswith(_XADES):
                self._open[-1].profile = "xades"
        elif form is not None:
            self._form = form
        self._is_saml = self._is_saml or (len(self._path) == 1 and space.startswith(_SAML))

    def _start_of_signature(self, local: str, attributes: dict[str, str]) -> None:
        parent = self._path[-2].rpartition(" ")[2] if len(self._path) > 1 else ""
        if local == "Signature":
            profile = "saml" if self._is_saml else None
            self._open.append(
                XmlSignature(self.parser.CurrentLineNumber, self.parser.CurrentByteIndex, form=self._form, profile=profile)
            )
        elif not self._open:
            return
        elif local == "SignatureMethod" and not self._open[-1].method:
            self._open[-1].method = attributes.get("Algorithm", "")
        elif local == "DigestMethod":
            self._digest(parent, attributes.get("Algorithm", ""))
        elif local in ("X509Certificate", "Modulus", "SignatureValue"):
            self._parts, self._length = [], 0

    def _digest(self, parent: str, uri: str) -> None:
        signature = self._open[-1]
        if parent == "Reference" and uri not in signature.digests and len(signature.digests) < _MOST_CERTIFICATES:
            signature.digests.append(uri)
        elif parent == "RSAPSSParams":
            signature.hash = uri

    def _start_of_encryption(self, local: str, attributes: dict[str, str]) -> None:
        method, line, offset = attributes.get("Algorithm", ""), self.parser.CurrentLineNumber, self.parser.CurrentByteIndex
        parent = self._path[-2].rpartition(" ")[2] if len(self._path) > 1 else ""
        if local == "EncryptedKey":
            self._in_key += 1
        elif local == "EncryptionMethod" and parent == "EncryptedKey":
            self._key(XmlKey(method, line, offset))
        elif local == "EncryptionMethod" and parent == "EncryptedData":
            self._cipher(XmlCipher(method, line, offset))
        elif local == "AgreementMethod":
            self._key(XmlKey(method, line, offset))
        elif local == "CipherValue" and self._in_key:
            self._parts, self._length = [], 0

    def _key(self, key: XmlKey) -> None:
        if len(self._keys) >= MOST_PARTS:
            self._is_cut = True
        else:
            self._keys.append(key)

    def _cipher(self, cipher: XmlCipher) -> None:
        if len(self._ciphers) >= MOST_PARTS:
            self._is_cut = True
        elif not self._ciphers or replace(cipher, line=0, offset=0) != replace(self._ciphers[-1], line=0, offset=0):
            self._ciphers.append(cipher)  # Each file in a package names the same again.

    def _manifest(self, local: str, attributes: dict[str, str]) -> None:
        """OpenDocument 1.3, part 2, section 4.8: what encrypts a file of the package, then what derives its key; section 4.5: for
        whom it is encrypted."""
        values = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
        if local == "algorithm":
            self._cipher(
                XmlCipher(values.get("algorithm-name", ""), self.parser.CurrentLineNumber, self.parser.CurrentByteIndex, form="odf")
            )
        elif local == "key-derivation" and self._ciphers and self._ciphers[-1].form == "odf":
            last, kdf = self._ciphers.pop(), values.get("key-derivation-name")
            if kdf == "PGP":
                self._cipher(replace(last, lock="openpgp"))
            else:
                self._cipher(replace(last, lock="password", kdf=kdf, iterations=_whole(values.get("iteration-count"))))
        elif local in ("encrypted-key", "EncryptedKey"):
            self._key(XmlKey("", self.parser.CurrentLineNumber, self.parser.CurrentByteIndex, form="odf"))
        elif local == "CipherValue":
            self._parts, self._length = [], 0

    def _agile(self, space: str, local: str, attributes: dict[str, str]) -> None:
        """[MS-OFFCRYPTO], section 2.3.4.10: what encrypts the package, then for whom its key is encrypted."""
        line, offset = self.parser.CurrentLineNumber, self.parser.CurrentByteIndex
        if local == "keyData":
            self._cipher(
                XmlCipher(attributes.get("cipherAlgorithm", ""), line, offset, "ooxml", bits=_whole(attributes.get("keyBits")))
            )
        elif local == "encryptedKey" and self._ciphers and self._ciphers[-1].form == "ooxml":
            last = self._ciphers[-1]
            if last.lock is None:
                self._ciphers.pop()
            if space.endswith("/certificate"):
                self._cipher(replace(last, lock="certificate", kdf=None, iterations=None))
            else:
                kdf, rounds = attributes.get("hashAlgorithm"), _whole(attributes.get("spinCount"))
                self._cipher(replace(last, lock="password", kdf=kdf, iterations=rounds))

    def _end(self, name: str) -> None:
        self._path.pop()
        space, _, local = name.rpartition(" ")
        if self._parts is not None and local in _WITH_TEXT:
            text, self._parts = "".join(self._parts), None
            if local == "CipherValue":
                self._wrapped(text, is_odf=space in (MANIFEST, _LOEXT))
            elif local == "BinarySecurityToken" and len(self._tokens) < _MOST_CERTIFICATES:
                self._tokens.append(_decoded(text))
            elif self._open:
                self._of_key(local, text)
        elif space == DSIG and local == "Signature" and self._open:
            signature = self._open.pop()
            if len(self._signatures) >= MOST_PARTS:
                self._is_cut = True
            elif signature.method:
                self._signatures.append(signature)
        elif space == XMLENC and local == "EncryptedKey":
            self._in_key -= 1

    def _of_key(self, local: str, text: str) -> None:
        signature = self._open[-1]
        if local == "SignatureValue":
            signature.is_made = bool(text.strip())
            return
        octets = _decoded(text)
        if local == "Modulus":
            signature.key_bits = int.from_bytes(octets[:8192]).bit_length() or None
        elif octets and len(signature.certificates) < _MOST_CERTIFICATES:
            signature.certificates.append(octets)

    def _wrapped(self, text: str, *, is_odf: bool) -> None:
        if is_odf and self._keys and self._keys[-1].form == "odf":
            self._keys[-1] = replace(self._keys[-1], message=_decoded(text))
        elif self._keys and self._keys[-1].wrapped_bits is None:
            self._keys[-1] = replace(self._keys[-1], wrapped_bits=8 * len(_decoded(text)) or None)

    def _text(self, text: str) -> None:
        if self._parts is not None and self._length <= _MOST_TEXT:
            self._parts.append(text)
            self._length += len(text)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else None


def _decoded(text: str) -> bytes:
    try:
        return binascii.a2b_base64("".join(text.split()).encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        return b""
