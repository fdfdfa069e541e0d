"""Signatures and locks of PDF, each revision of a file with its own."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Where
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import by_name
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pdf import ByteRange, PdfLock, PdfSignature, byte_range_at, read_pdf_lock, read_pdf_signature
from pqscan.wire.pki.der import OCTET_STRING, DerReader
from pqscan_probes.signature_file.found import PASSWORD, Found
from pqscan_probes.signature_file.messages import MessageReader

_SIGNATURE = Mark("pdf-byte-range", "/ByteRange")
_LOCK = Mark("pdf-encrypt", "/Encrypt")
MARKS = (_SIGNATURE, _LOCK)
_MOST = 1000
_MOST_LOCKS = 16
_MOST_REFERENCES = 16  # For each the whole piece is searched.
_NAMED = 20  # octets of what stands there, as far as they tell locks apart
_FORM = "pdf"
_BARE = "adbe.x509.rsa_sha1"  # A signature of PKCS#1 in an OCTET STRING, its certificate beside it (ISO 32000-2, section 12.8.3.2)


def find_in_pdf(source: FileSource, found: Found) -> None:
    """What the file, or this piece of it, is signed by and locked with."""
    reader = MessageReader(found)
    seen: set[ByteRange | None] = {None}
    references = 0
    for place in found.within(source.places(_SIGNATURE).offsets, _MOST):
        ranges = byte_range_at(source.data, place)
        if ranges in seen:
            continue
        seen.add(ranges)
        references += ranges is not None and ranges.reference is not None
        if references > _MOST_REFERENCES:
            found.is_cut = True
            break
        try:
            signature = read_pdf_signature(source.data, place, source.offset)
        except MalformedMessage:
            found.unreadable += 1
            continue
        if signature is not None and signature.content:
            _tell_signature(signature, source.where(place), reader, found)
    locks: set[PdfLock] = set()  # Each revision names the lock again.
    named: set[bytes] = set()
    for place in found.within(source.places(_LOCK).offsets, _MOST):
        words = source.data[place : place + _NAMED]
        if words in named:
            continue
        named.add(words)
        if len(named) > _MOST_LOCKS:
            found.is_cut = True
            break
        try:
            lock = read_pdf_lock(source.data, place)
        except MalformedMessage:
            found.unreadable += 1
            continue
        if lock is not None and lock not in locks:
            locks.add(lock)
            _tell_lock(lock, source.where(place), reader, found)


def _tell_signature(signature: PdfSignature, where: Where, reader: MessageReader, found: Found) -> None:
    if signature.format == _BARE:
        found.signature(
            _BARE,
            _FORM,
            where,
            ("hash", "sha1"),
            ("size_bits", _bare_size(signature.content)),
            ("format", _BARE),
            name="RSA",
            quantum_class=QuantumClass.TRADITIONAL,
        )
    elif not reader.read_all(signature.content, where, _FORM, format_=signature.format):
        found.unreadable += 1


def _bare_size(content: bytes) -> int | None:
    """A signature of RSA is as long as the modulus."""
    try:
        octets = DerReader(content, set()).read("signature", OCTET_STRING)
    except MalformedMessage:
        return None
    return 8 * (octets.content_end - octets.content)


def _tell_lock(lock: PdfLock, where: Where, reader: MessageReader, found: Found) -> None:
    if lock.handler == "standard":
        found.encryption(
            PASSWORD,
            _FORM,
            where,
            ("version", lock.version),
            ("revision", lock.revision),
            ("cipher", lock.cipher),
            ("bits", lock.key_bits),
        )
    for message in lock.recipients:
        if not reader.read_all(message, where, _FORM):
            found.unreadable += 1
    if lock.cipher is not None:
        found.cipher(by_name(lock.cipher), where)
