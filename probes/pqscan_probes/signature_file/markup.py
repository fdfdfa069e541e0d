"""Signatures and encryption in XML: in documents of their own, in packages of OOXML and ODF, in edXML, in SAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import Certificate
from pqscan.model.observation import Usage, Where
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import Algorithm, by_name
from pqscan.registry.oids import by_oid
from pqscan.registry.openpgp import public_key_algorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.xml_algorithms import by_uri
from pqscan.wire.openpgp.messages import read_encryption
from pqscan.wire.openpgp.packets import Tag, read_packets
from pqscan.wire.xml_signature import XMLENC, XmlCipher, XmlKey, XmlSecurity, XmlSignature, read_xml_security
from pqscan_probes.signature_file.found import PASSWORD, Found

MOST_OCTETS = 16 << 20
_TAGS = (
    Mark("xml-signature-method", "SignatureMethod"),
    Mark("xml-encryption-method", "EncryptionMethod"),
    Mark("odf-encryption-data", "encryption-data"),
)
_AGILE = Mark("ooxml-encryption", "http://schemas.microsoft.com/office/2006/encryption")
MARKS = (*_TAGS, _AGILE)
_MOST = 1000
_BEFORE = 48  # octets in front of a name, in which its prefix stands
_NAMED = (b"SignatureMethod", b"EncryptionMethod")
_TAG = re.compile(rb"<(?:([A-Za-z_][\w.-]{0,40}):)?\Z")
_ENCRYPTION = b"EncryptionMethod"
_OF_KEYS = ("key_transport", "key_agreement", "key_wrap")
_MOST_PREFIXES = 8
_METHOD = re.compile(
    rb"(?:Signature|Encryption)Method(?:\s+[\w:.-]{1,60}\s*=\s*(?:\"[^\"<]{0,200}\"|'[^'<]{0,200}'))*?\s+Algorithm\s*=\s*[\"']([^\"'<]{1,200})"
)
_MIME = re.compile(rb"(?:MIME-Version|Content-Type)\s*:", re.IGNORECASE)
_HTML = re.compile(rb"[\xef\xbb\xbf\s]*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}:[A-Za-z0-9:/#._-]{1,120}")
_UNLISTED = "unlisted"
_EC_CURVE = "urn:oid:"
_KEYS = {  # by the signatures that are made with them
    "ECDSA": "EC", "RSA-PKCS1-1.5": "RSA", "RSA-PSS": "RSA", "GOST R 34.10-2012": "GOST", "GOST R 34.10-2001": "GOST",
}  # fmt: skip
_AGILE_SPAN = 1 << 16
_BEGIN, _END = b"<encryption", b"</encryption>"


def find_in_xml(source: FileSource, found: Found) -> None:
    """What the XML, or the XML in it, is signed by and encrypted with."""
    for offset in found.within(source.places(_AGILE).offsets, _MOST):
        _find_agile(source, offset, found)
    tags = [
        offset
        for mark in _TAGS
        for offset in source.places(mark).offsets
        if _TAG.search(source.data, max(0, offset - _BEFORE), offset)
    ]
    if not tags or (source.places(_AGILE).offsets and not _is_xml(source)):
        return
    if source.is_whole and len(source.data) <= MOST_OCTETS and _is_xml(source) and not _HTML.match(source.data):
        try:
            security = read_xml_security(source.data, is_utf8=source.where(0).offset is None)
        except MalformedMessage:
            found.unreadable += 1
        else:
            _tell(security, source, 0, found)
            return
    _find_tags(source, sorted(tags), found)


def _is_xml(source: FileSource) -> bool:
    return source.data[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def _find_agile(source: FileSource, offset: int, found: Found) -> None:
    """The description of an encrypted package, which lies as one piece in its container (OLE)."""
    data = source.data
    begin = data.rfind(_BEGIN, max(0, offset - _AGILE_SPAN), offset)
    end = data.find(_END, offset, offset + _AGILE_SPAN)
    if begin < 0 or end < 0:
        return  # A name in a program or a schema.
    try:
        security = read_xml_security(data[begin : end + len(_END)])
    except MalformedMessage:
        found.unreadable += 1
        return
    _tell(security, source, begin, found)


def _find_tags(source: FileSource, tags: list[int], found: Found) -> None:
    """XML in something else, or too large to be read as one: the tags alone, at their places. In a text that is neither a mail nor
    larger than source code is, they are words of it."""
    is_document = _is_xml(source) and not _HTML.match(source.data)
    is_document = is_document or not source.is_whole or _MIME.match(source.data) is not None
    usage = Usage.PRESENT if is_document else Usage.MENTIONED
    spaces = _Spaces(source.data)
    for offset in found.within(tags, _MOST):
        method = _METHOD.match(source.data, offset)
        if method is None:  # That of ODF names nothing itself.
            found.unreadable += is_document and not source.data.startswith(_NAMED, offset)
        elif not source.data.startswith(_ENCRYPTION, offset):
            signature = XmlSignature(0, 0, method[1].decode("utf-8", "replace"))
            _tell_signature(signature, source.where(offset), found, usage)
        elif (is_encryption := spaces.is_encryption(offset)) is None:
            found.unreadable += is_document
        elif is_encryption:
            _tell_encryption(method[1].decode("utf-8", "replace"), source.where(offset), found, usage)


@dataclass(slots=True)
class _Spaces:
    """What the prefixes of tags in `data` stand for."""

    data: bytes
    known: dict[bytes, bool | None] = field(default_factory=dict)

    def is_encryption(self, offset: int) -> bool | None:
        """Whether the tag whose name stands there is one of XML Encryption, and none of metadata; None where nothing says it."""
        found = _TAG.search(self.data, max(0, offset - _BEFORE), offset)
        prefix = b"" if found is None else found[1] or b""
        if prefix not in self.known and len(self.known) < _MOST_PREFIXES:
            declared = b"xmlns:" + prefix + b"=" if prefix else b"xmlns="
            of_encryption = (declared + quote + XMLENC.encode("ascii") for quote in (b'"', b"'"))
            is_declared = any(one in self.data for one in of_encryption)
            self.known[prefix] = True if is_declared else False if declared in self.data else None
        return self.known.get(prefix)


def _tell_encryption(method: str, where: Where, found: Found, usage: Usage) -> None:
    row = by_uri(method)
    if row is not None and row.kind not in _OF_KEYS:
        found.cipher(row.algorithm, where, usage=usage)
    else:
        _tell_key(XmlKey(method, 0, 0), where, found, usage)


def _tell(security: XmlSecurity, source: FileSource, begin: int, found: Found) -> None:
    found.is_cut = found.is_cut or security.is_cut
    for signature in security.signatures:
        usage = Usage.PRESENT if signature.is_made else Usage.MENTIONED
        _tell_signature(signature, _where(source, begin, signature.line, signature.offset), found, usage)
    for key in security.keys:
        _tell_key(key, _where(source, begin, key.line, key.offset), found)
    for cipher in security.ciphers:
        _tell_cipher(cipher, _where(source, begin, cipher.line, cipher.offset), found)


def _where(source: FileSource, begin: int, line: int, offset: int) -> Where:
    """The parser counts lines and octets itself, from the beginning of what it was given."""
    place = source.where(begin)
    if place.line is None or begin:
        return replace(place, line=None)
    return Where(line=line, offset=None if place.offset is None else place.offset + offset)


def _tell_signature(signature: XmlSignature, where: Where, found: Found, usage: Usage) -> None:
    row = by_uri(signature.method)
    algorithm = None if row is None else row.algorithm
    digests = [one.hash or _spelled(one.uri) for one in map(by_uri, signature.digests) if one is not None]
    hashed = _hash(row.hash if row is not None else None, signature.hash, digests)
    certificates = found.keep(signature.certificates, where)
    bits, curve = signature.key_bits, _curve(signature.curve)
    fitting = _fitting(algorithm, certificates)
    if fitting is not None:
        bits, curve = fitting.public_key.size_bits, fitting.public_key.parameter
    found.signature(
        _spelled(signature.method) if algorithm is None else algorithm.name,
        signature.form,
        where,
        ("hash", hashed),
        ("size_bits", bits),
        ("parameter", curve),
        ("digest", " ".join(sorted(set(digests))) or None),
        ("profile", signature.profile),
        name=None if algorithm is None else algorithm.name,
        quantum_class=QuantumClass.UNKNOWN if algorithm is None else algorithm.quantum_class,
        components=() if algorithm is None else algorithm.components,
        usage=usage,
    )


def _hash(of_method: str | None, of_parameters: str | None, digests: list[str]) -> str | None:
    """That of the signature; where it has none of its own (EdDSA), that of what is signed."""
    if of_method is not None:
        return of_method
    row = by_uri(of_parameters) if of_parameters is not None else None
    if row is not None:
        return row.hash
    return digests[0] if digests else None


def _fitting(algorithm: Algorithm | None, certificates: Iterable[Certificate]) -> Certificate | None:
    """The first certificate whose key makes such signatures: the signer's stands in front of its issuers'."""
    if algorithm is None:
        return None
    key = _KEYS.get(algorithm.name, algorithm.name)
    return next((one for one in certificates if one.public_key.algorithm.startswith(key)), None)


def _curve(uri: str | None) -> str | None:
    """The name of a curve by its URI (XML Signature 1.1, section 4.5.2.3.1)."""
    row = by_oid(uri.removeprefix(_EC_CURVE)) if uri is not None and uri.startswith(_EC_CURVE) else None
    return None if row is None or row.kind != "curve" else row.name


def _spelled(uri: str) -> str:
    """A URI that no row names, if it is nothing but one: an attribute can hold any text."""
    return uri if _URI.fullmatch(uri) else _UNLISTED


def _tell_openpgp(key: XmlKey, where: Where, found: Found) -> None:
    """For whom OpenPGP encrypted the key of an ODF: what the manifest names as algorithm is RSA-OAEP whatever the key is of."""
    told = False
    try:
        for packet in read_packets(key.message):
            number = read_encryption(packet).algorithm if packet.tag is Tag.PKESK else None
            if number is not None:
                row = public_key_algorithm(number)
                told = True
                found.encryption(
                    str(number),
                    "odf",
                    where,
                    ("recipient", "openpgp"),
                    name=None if row is None else row.name,
                    quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
                    components=() if row is None else row.components,
                )
    except MalformedMessage:
        found.unreadable += 1
    if not told:
        found.encryption(_UNLISTED, "odf", where, ("recipient", "openpgp"), quantum_class=QuantumClass.UNKNOWN)


def _tell_key(key: XmlKey, where: Where, found: Found, usage: Usage = Usage.PRESENT) -> None:
    if key.form == "odf":
        _tell_openpgp(key, where, found)
        return
    row = by_uri(key.method)
    algorithm = None if row is None else row.algorithm
    is_rsa = algorithm is not None and algorithm.name.startswith("RSA")
    found.encryption(
        _spelled(key.method) if algorithm is None else algorithm.name,
        "xml",
        where,
        ("recipient", "unlisted" if row is None else row.kind),
        ("size_bits", key.wrapped_bits if is_rsa else None),
        name=None if algorithm is None else algorithm.name,
        quantum_class=QuantumClass.UNKNOWN if algorithm is None else algorithm.quantum_class,
        components=() if algorithm is None else algorithm.components,
        usage=usage,
    )


def _tell_cipher(cipher: XmlCipher, where: Where, found: Found) -> None:
    row = by_uri(cipher.method)
    algorithm = row.algorithm if row is not None else _named(cipher)
    name = None if algorithm is None else algorithm.name
    if cipher.lock == "password":
        kdf = None if cipher.kdf is None else _known(cipher.kdf)
        found.encryption(PASSWORD, cipher.form, where, ("cipher", name), ("kdf", kdf), ("iterations", cipher.iterations))
    elif cipher.lock == "certificate":  # [MS-OFFCRYPTO], section 2.3.4.10: with the RSA key of a certificate.
        found.encryption("RSA", cipher.form, where, ("cipher", name), name="RSA", quantum_class=QuantumClass.TRADITIONAL)
    elif cipher.lock is None and cipher.form != "xml":
        found.encryption(_UNLISTED, cipher.form, where, ("cipher", name), quantum_class=QuantumClass.UNKNOWN)
    found.cipher(algorithm, where)


def _named(cipher: XmlCipher) -> Algorithm | None:
    """ODF and OOXML name ciphers by words, too: "Blowfish CFB", "AES"."""
    word = cipher.method.partition(" ")[0]
    return next((one for one in map(by_name, _spellings(word, cipher.bits)) if one is not None), None)


def _spellings(word: str, bits: int | None) -> Iterator[str]:
    if bits is not None:
        yield f"{word}-{bits}"
    yield word


def _known(kdf: str) -> str | None:
    """A word for what derives a key, by a row of the registry or by what stands behind the last mark of a URI."""
    row = by_uri(kdf)
    algorithm = row.algorithm if row is not None else by_name(re.split("[#:]", kdf)[-1])
    return None if algorithm is None else algorithm.name
