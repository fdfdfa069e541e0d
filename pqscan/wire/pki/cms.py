"""Who signed a CMS message, and for whom it is encrypted (RFC 5652; PKCS#7: RFC 2315), in DER or BER. Nothing is verified or
opened, and neither the content nor an attribute is given back.

KEMs as recipients: RFC 9629; AuthEnvelopedData: RFC 5083; post-quantum signers: RFC 9814, RFC 9882.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey, SignatureAlgorithm
from pqscan.registry.oids import by_oid
from pqscan.wire.pki.algorithms import Identified, read_algorithm
from pqscan.wire.pki.cms_recipient import Recipient, content_key, read_recipient
from pqscan.wire.pki.der import INTEGER, OBJECT_IDENTIFIER, SEQUENCE, SET, DerReader, Element, dotted
from pqscan.wire.pki.extensions import read_extensions
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import read_public_key
from pqscan.wire.pki.layout import find_layout
from pqscan.wire.pki.signatures import can_have_made, read_signature_algorithm

_COUNTER_SIGNATURE = "1.2.840.113549.1.9.6"
_MOST_SIGNERS = 1000
_MOST_RECIPIENTS = 10_000
_MOST_ATTRIBUTES = 1000
_MOST_CERTIFICATES = 64
_MOST_COUNTERSIGNED = 4
"""Counter-signatures of counter-signatures (RFC 5652, section 11.4)."""


class Content(StrEnum):
    """What is read of the content types of RFC 5652 and RFC 5083."""

    SIGNED = "1.2.840.113549.1.7.2"
    ENVELOPED = "1.2.840.113549.1.7.3"
    SIGNED_AND_ENVELOPED = "1.2.840.113549.1.7.4"
    ENCRYPTED = "1.2.840.113549.1.7.6"
    AUTHENTICATED = "1.2.840.113549.1.9.16.1.2"
    AUTH_ENVELOPED = "1.2.840.113549.1.9.16.1.23"


@dataclass(frozen=True, slots=True)
class Signer:
    """`algorithm` has the hash of the signature, else that of the message. `key` is None where its certificate is not in the
    message. `is_counter`: it signed a signature."""

    algorithm: SignatureAlgorithm
    key: PublicKey | None = None
    is_counter: bool = False


@dataclass(slots=True)
class Message:
    """`inner` is the dotted type of what is signed or encrypted; `cipher` what encrypts it. `certificates` are in DER. `end` is
    where the message ends in the octets that were given. `is_cut`: not all signers, attributes or recipients were read."""

    content: Content
    inner: str = ""
    signers: list[Signer] = field(default_factory=list)
    recipients: list[Recipient] = field(default_factory=list)
    certificates: list[bytes] = field(default_factory=list)
    cipher: Identified | None = None
    end: int = 0
    is_cut: bool = False


def read_cms(der: bytes, start: int = 0, end: int | None = None) -> Message:
    """The ContentInfo that begins at `start`, with whatever stands behind it. Raises MalformedMessage where it is none of the
    contents that are read, or is cut off."""
    outer = DerReader(der, set(), start, end)
    info = outer.enter("ContentInfo", SEQUENCE)
    if Flaw.LENGTH_OVERRUN in outer.flaws:
        raise MalformedMessage("the message is cut off")
    number = dotted(info.read("contentType", OBJECT_IDENTIFIER).value, "contentType")
    try:
        content = Content(number)
    except ValueError:
        raise MalformedMessage(f"a content of the type {number} is not read") from None
    message = Message(content, end=outer.position)
    inside = info.enter("content", 0xA0).enter("content", SEQUENCE)
    inside.read("version", INTEGER)
    if content is Content.SIGNED:
        _signed(inside, message)
    elif content is Content.ENCRYPTED:
        _encrypted(inside.enter("encryptedContentInfo", SEQUENCE), message)
    else:
        _enveloped(inside, message)
    if Flaw.LENGTH_OVERRUN in outer.flaws:
        raise MalformedMessage("a part of the message says that it is longer than the message")
    return message


def _signed(reader: DerReader, message: Message) -> None:
    """SignedData (RFC 5652, section 5.1)."""
    reader.read("digestAlgorithms", SET)
    message.inner = _inner(reader.enter("encapContentInfo", SEQUENCE))
    _signers(reader, message)


def _signers(reader: DerReader, message: Message) -> None:
    certificates = reader.read_if("certificates", 0xA0)
    reader.read_if("crls", 0xA1)
    if certificates is not None:
        _certificates(reader.inside(certificates), message)
    keys = _Keys(message.certificates)
    inside = reader.enter("signerInfos", SET)
    while not inside.exhausted:
        _signer(inside.enter("SignerInfo", SEQUENCE), message, keys)


def _certificates(reader: DerReader, message: Message) -> None:
    """Of attribute certificates and others the key of none signs."""
    with contextlib.suppress(MalformedMessage):
        while not reader.exhausted:
            element = reader.read("CertificateChoices")
            if element.tag == SEQUENCE:
                if len(message.certificates) >= _MOST_CERTIFICATES:
                    message.is_cut = True
                    return
                message.certificates.append(element.encoded)


def _signer(reader: DerReader, message: Message, keys: _Keys) -> None:
    """A SignerInfo (RFC 5652, section 5.3) and those who signed its signature."""
    stack = [(reader, 0)]
    while stack:
        if len(message.signers) >= _MOST_SIGNERS:
            message.is_cut = True
            return
        info, depth = stack.pop()
        info.read("version", INTEGER)
        identifier = info.read("sid")
        digest = read_algorithm(info.enter("digestAlgorithm", SEQUENCE))
        info.read_if("signedAttrs", 0xA0)
        algorithm = read_signature_algorithm(info, info.read("signatureAlgorithm", SEQUENCE), None)
        info.read("signature")
        key = keys.of(identifier, info, algorithm)
        message.signers.append(Signer(_whole(algorithm, digest), key, depth > 0))
        unsigned = info.read_if("unsignedAttrs", 0xA1)
        if unsigned is not None:
            countered = [(one, depth + 1) for one in _countered(info.inside(unsigned), message)]
            if countered and depth >= _MOST_COUNTERSIGNED:
                message.is_cut = True
                continue
            stack.extend(reversed(countered))


def _countered(attributes: DerReader, message: Message) -> Iterator[DerReader]:
    for _ in range(_MOST_ATTRIBUTES):
        if attributes.exhausted:
            return
        attribute = attributes.enter("Attribute", SEQUENCE)
        if dotted(attribute.read("attrType", OBJECT_IDENTIFIER).value, "attrType") != _COUNTER_SIGNATURE:
            continue
        values = attribute.enter("attrValues", SET)
        for _ in range(_MOST_SIGNERS):
            if values.exhausted:
                break
            yield values.enter("Countersignature", SEQUENCE)
    message.is_cut = message.is_cut or not attributes.exhausted


def _whole(algorithm: SignatureAlgorithm, digest: Identified) -> SignatureAlgorithm:
    """With the hash of the message where the signature names none, and by the name of the key's family where it is named by the key
    alone (rsaEncryption, as PKCS#7 has it)."""
    row = by_oid(algorithm.oid)
    name = row.family if row is not None and row.kind.startswith("pubkey") and row.quantum_class.value == "traditional" else None
    return replace(algorithm, algorithm=name or algorithm.algorithm, hash=algorithm.hash or digest.name)


def _enveloped(reader: DerReader, message: Message) -> None:
    """EnvelopedData, AuthEnvelopedData, AuthenticatedData and PKCS#7's SignedAndEnvelopedData, which begin alike."""
    reader.read_if("originatorInfo", 0xA0)
    inside = reader.enter("recipientInfos", SET)
    while not inside.exhausted:
        if len(message.recipients) >= _MOST_RECIPIENTS:
            message.is_cut = True
            break
        message.recipients.append(read_recipient(inside))
    if message.content is Content.AUTHENTICATED:
        reader.read("macAlgorithm", SEQUENCE)
        reader.read_if("digestAlgorithm", 0xA1)
        message.inner = _inner(reader.enter("encapContentInfo", SEQUENCE))
        return
    if message.content is Content.SIGNED_AND_ENVELOPED:
        reader.read("digestAlgorithms", SET)
    info = reader.enter("encryptedContentInfo", SEQUENCE)
    message.inner = _inner(info)
    message.cipher = read_algorithm(info.enter("contentEncryptionAlgorithm", SEQUENCE))
    if message.content is Content.SIGNED_AND_ENVELOPED:
        _signers(reader, message)


def _encrypted(info: DerReader, message: Message) -> None:
    """EncryptedData (RFC 5652, section 8): with a key that both know, or by a password (PBES2: RFC 8018, section A.4)."""
    message.inner = _inner(info)
    algorithm = read_algorithm(info.enter("contentEncryptionAlgorithm", SEQUENCE))
    message.cipher, recipient = content_key(info, algorithm)
    message.recipients.append(recipient)


def _inner(reader: DerReader) -> str:
    return dotted(reader.read("contentType", OBJECT_IDENTIFIER).value, "contentType")


class _Keys:
    """The keys in the certificates of a message, by who they say they are."""

    def __init__(self, certificates: list[bytes]) -> None:
        self._certificates = certificates
        self._by_issuer: dict[bytes, list[PublicKey]] = {}
        self._by_key: dict[bytes, list[PublicKey]] = {}
        self._is_read = False

    def of(self, identifier: Element, reader: DerReader, algorithm: SignatureAlgorithm) -> PublicKey | None:
        """`identifier` is a SignerIdentifier: issuer and serial number, or [0] the identifier of the key. Only a key that makes
        such signatures is it."""
        if not self._is_read:
            self._read()
        named: list[PublicKey] = []
        if identifier.tag == 0x80:
            named = self._by_key.get(identifier.value, [])
        elif identifier.tag == SEQUENCE:
            inside = reader.inside(identifier)
            issuer = inside.read("issuer", SEQUENCE)
            named = self._by_issuer.get(issuer.encoded + inside.read("serialNumber", INTEGER).value, [])
        return next((key for key in named if can_have_made(key, algorithm)), None)

    def _read(self) -> None:
        self._is_read = True
        for der in self._certificates:
            with contextlib.suppress(MalformedMessage):
                self._add(der)

    def _add(self, der: bytes) -> None:
        layout = find_layout(der, set())
        inside = DerReader(der, set())
        key = read_public_key(inside, layout.key)
        self._by_issuer.setdefault(layout.issuer.encoded + layout.serial, []).append(key)
        if layout.extensions is not None:
            identifier = read_extensions(inside, layout.extensions).subject_key
            if identifier is not None:
                self._by_key.setdefault(identifier, []).append(key)
