"""Messages of CMS wherever they lie: as DER or BER in any octets (a jar, a program, a catalogue), and as Base64 in any text (PEM,
S/MIME, JSON, XML). What a message is follows from its content, and from what it lies in."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Where
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.wire.pki.cms import Message, Signer, read_cms
from pqscan.wire.pki.cms_recipient import Kind, Recipient
from pqscan_probes.signature_file.found import PASSWORD, Found, cipher_of

MOST_MESSAGES = 1000  # of one piece
MOST_INDEFINITE = 8 << 20
"""Octets of messages without length in one piece: their end is found element by element."""
_NUMBERS = (
    "06 09 2a 86 48 86 f7 0d 01 07 ?? a0",
    "06 0b 2a 86 48 86 f7 0d 01 09 10 01 ?? a0",
)  # RFC 5652, sections 3 and 9; RFC 5083
_HEADS = ("30 80", "30 81 ??", "30 82 ?? ??", "30 83 ?? ?? ??", "30 84 ?? ?? ?? ??")
_MESSAGE = re.compile(
    rb"0(?:\x80|\x81.|\x82..|\x83...|\x84....)"
    rb"(?:\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07[\x02-\x04]|\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01[\x02\x17])\xa0",
    re.DOTALL,
)
_ENCRYPTED = re.compile(
    rb"0(?:[\x00-\x80]|\x81.|\x82..|\x83...|\x84....)\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06\xa0", re.DOTALL
)
"""EncryptedData (RFC 5652, section 8), which counts where it stands first: those that lie in something are mostly safes of PKCS#12,
which the probe of key stores tells."""
_IN_WORDS = re.compile(rb"(?:[A-Za-z0-9+/\\]|\\[rn])\Z")
_NEW_BEGINNING = re.compile(rb"(?:\n\r?\n|-----(?:\\[rn]|&#(?:1[03]|x[aAdD]);)+)[ \t]{0,8}\Z")
_MOST_HEAD = 6  # octets
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TEXT = re.compile(rb"(?:[A-Za-z0-9+/\r\n\t ]++|\\[rnt]|&#(?:1[03]|x[aAdD]);)*+={0,2}")
_BETWEEN = re.compile(rb"\\[rnt]|&#(?:1[03]|x[aAdD]);|[\r\n\t =]")
_SMIME = re.compile(rb"application/(?:x-)?pkcs7-(?:mime|signature)", re.IGNORECASE)
_JAR = re.compile(r"META-INF/[^/]+\.(?:RSA|DSA|EC)", re.IGNORECASE)  # JAR File Specification, The META-INF directory
_MACHO = b"\xfa\xde\x0b\x01"  # CSMAGIC_BLOBWRAPPER, in front of the blob's length
_BEFORE = 2048
_TIMESTAMP = "1.2.840.113549.1.9.16.1.4"
_AUTHENTICODE = "1.3.6.1.4.1.311.2.1.4"
_FORMATS = {
    "1.3.6.1.4.1.311.10.1": "catalogue",  # Certificate trust lists of Windows: catalogues of programs
    "2.23.136.1.1.1": "sod",  # ICAO Doc 9303, part 10: what a passport's issuer signs
    "2.23.136.1.1.2": "csca_master_list",  # ICAO Doc 9303, part 12
}


def _in_base64(pattern: str) -> str:
    """The octets of a mark as Base64 that begins there, without those at its end that others help to make."""
    bits = "".join("?" * 8 if pair == "??" else f"{int(pair, 16):08b}" for pair in pattern.split())
    groups = [bits[at : at + 6] for at in range(0, len(bits) - len(bits) % 6, 6)]
    letters = ("??" if "?" in group else f"{_ALPHABET[int(group, 2)]:02x}" for group in groups)
    return " ".join(letters).rstrip("? ")


_DER = tuple(Mark(f"cms-{index}", number, is_hex=True) for index, number in enumerate(_NUMBERS))
_BASE64 = tuple(
    Mark(f"cms-base64-{index}", _in_base64(f"{head} {number}"), is_hex=True)
    for index, (number, head) in enumerate(product(_NUMBERS, _HEADS))
)
_SMALL = Mark("cms-base64-small", _in_base64("30 ?? 06 09 2a 86 48 86 f7 0d 01 07 06 a0"), is_hex=True)
"""Of what has no recipients and no signers, and may be shorter than 128 octets."""
MARKS = (*_DER, *_BASE64, _SMALL)


def find_messages(source: FileSource, target: FileTarget, found: Found) -> None:
    """Tells who signed and for whom each message is encrypted."""
    reader = MessageReader(found)
    data = source.data
    outside = -1
    if not source.offset and _ENCRYPTED.match(data):
        reader.read_at(data, 0, replace(source.where(0), line=None), "cms")
    for place in _places(source, _DER):
        offset = _beginning(data, place)
        if offset is None:
            found.is_cut = found.is_cut or (place < _MOST_HEAD and source.offset > 0)
        else:
            where = replace(source.where(offset), line=None)
            form = _form(data, offset, target)
            if offset < outside:  # In another message: what that one is, is known.
                reader.read_at(data, offset, where, form)
            else:
                outside = reader.read_at(data, offset, where, form)
    beyond = -1
    for offset in _places(source, (*_BASE64, _SMALL)):
        if offset >= beyond:
            decoded, beyond = _decoded(data, offset)
            if decoded:
                of = "xml" if b"TimeStamp" in data[max(0, offset - 512) : offset] else None
                is_bundle = _BUNDLE.search(data, max(0, offset - _HEADER), offset) is not None
                where, form = source.where(offset), _form(data, offset, target)
                reader.read_all(decoded, where, form, of, is_hidden=not is_bundle)
                if _ENCRYPTED.match(decoded) and _begins(data, offset):
                    reader.read_at(decoded, 0, where, form)


def _places(source: FileSource, marks: Iterable[Mark]) -> list[int]:
    return sorted({offset for mark in marks for offset in source.places(mark).offsets})


def _beginning(data: bytes, place: int) -> int | None:
    """Where the message begins whose type stands at `place`: what stands in front of it are its tag and its length. A mark of
    these, too, would be a slow one, as most octets of its beginning can be any."""
    return next((place - size for size in range(2, min(_MOST_HEAD, place) + 1) if _MESSAGE.match(data, place - size)), None)


def _begins(data: bytes, offset: int) -> bool:
    """Whether Base64 begins there, and does not go on from what stands in front of it, as it may over the ends of lines."""
    before = data[max(0, offset - _HEADER) : offset]
    return _NEW_BEGINNING.search(before) is not None or _IN_WORDS.search(before.rstrip(b" \t\r\n")) is None


def _form(data: bytes, offset: int, target: FileTarget) -> str:
    """What the message lies in. A name tells only what a member of an archive is by the archive's own rules."""
    if target.members and not offset and _JAR.fullmatch(target.members[-1]):
        return "jar"
    if data[max(0, offset - 8) : max(0, offset - 4)] == _MACHO:
        return "macho"
    return "smime" if _SMIME.search(data, max(0, offset - _BEFORE), offset) else "cms"


def _decoded(data: bytes, offset: int) -> tuple[bytes, int]:
    """The octets of the message whose Base64 begins there, empty where it is none; and where the text ends."""
    try:
        head = binascii.a2b_base64(data[offset : offset + 8], strict_mode=True)
    except binascii.Error:  # A mark lets any octets stand between those that it knows.
        return b"", offset + 1
    size = head[1] if head[1] < 0x80 else int.from_bytes(head[2 : 2 + (head[1] & 0x7F)])
    size = size + 8 if head[1] != 0x80 else MOST_INDEFINITE
    return octets_of_base64(data, offset, offset + 2 * size + 4096)


def octets_of_base64(data: bytes, offset: int, end: int) -> tuple[bytes, int]:
    """The octets of the Base64 that begins there, also in a string of JSON, source code or XML, with the marks that fill it up or
    without; and where the text ends. Empty where it is none."""
    text = _TEXT.match(data, offset, end)
    if text is None:
        return b"", offset + 1
    letters = _BETWEEN.sub(b"", text[0])
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]  # One letter alone means nothing.
    try:
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)), text.end()
    except binascii.Error:
        return b"", text.end()


_BUNDLE = re.compile(rb"-----BEGIN (?:PKCS7|PKCS #7 SIGNED DATA|CMS|CERTIFICATE)-----\s*\Z")  # The probe of certificates opens it.
_HEADER = 48


class MessageReader:
    """Reads messages of one piece into `found`, within its bounds."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._messages = 0
        self._indefinite = MOST_INDEFINITE
        self._is_encoded = False  # Then nobody else sees the certificates in it.
        self._format: str | None = None
        self._around: list[tuple[int, str]] = []  # ends and forms of the messages in which we are

    def read_all(
        self,
        data: bytes,
        where: Where,
        form: str,
        of: str | None = None,
        format_: str | None = None,
        *,
        is_hidden: bool = True,
    ) -> bool:
        """The message at the beginning of `data`, which is not the file itself, and those in it; False where none begins there.
        `of` is what a time stamp stamps, `format_` what the document calls its signature. `is_hidden`: nobody else sees the
        certificates in it."""
        self._around, self._format, self._is_encoded = [] if of is None else [(len(data) + 1, of)], format_, is_hidden
        begins = _MESSAGE.match(data) is not None
        for match in _MESSAGE.finditer(data):
            self.read_at(data, match.start(), where, form)
            self._format = None
        self._around, self._format, self._is_encoded = [], None, False
        return begins

    def read_at(self, data: bytes, offset: int, where: Where, form: str) -> int:
        """Where the message that begins at `offset` ends; `offset` where none can be read."""
        is_indefinite = data[offset + 1] == 0x80
        if self._messages >= MOST_MESSAGES or (is_indefinite and self._indefinite <= 0):
            self._found.is_cut = True
            return offset
        self._messages += 1
        end = min(len(data), offset + self._indefinite) if is_indefinite else len(data)
        try:
            message = read_cms(data, offset, end)
        except MalformedMessage:
            self._found.unreadable += 1
            self._indefinite -= end - offset if is_indefinite else 0
            return offset
        self._indefinite -= message.end - offset if is_indefinite else 0
        self._around = [(close, outer) for close, outer in self._around if close > offset]
        self._around.append((message.end, self._tell(message, where, form)))
        return message.end

    def _tell(self, message: Message, where: Where, form: str) -> str:
        """The form of the message."""
        found, of = self._found, None
        outer = self._around[-1][1] if self._around else None
        if message.inner == _TIMESTAMP:
            form, of = "timestamp", outer if outer is not None else _stamped(form)
        elif message.inner == _AUTHENTICODE:
            form = "authenticode"
        elif outer is not None:
            form = outer
        found.is_cut = found.is_cut or message.is_cut
        if self._is_encoded:
            found.keep(message.certificates, where)
        for signer in message.signers:
            if signer.is_counter and form == "authenticode":
                tell_signer(found, signer, "timestamp", where, of=form)
            else:
                tell_signer(found, signer, form, where, of=of, format_=_FORMATS.get(message.inner, self._format))
        cipher = message.cipher
        for recipient in message.recipients:
            tell_recipient(found, recipient, form, where, None if cipher is None else cipher.name)
        if cipher is not None:
            found.cipher(cipher_of(cipher.row), where)
        return form


def _stamped(form: str) -> str | None:
    """What a time stamp stamps that lies in no other message."""
    return None if form in ("cms", "smime") else form


def tell_signer(
    found: Found, signer: Signer, form: str, where: Where, *, of: str | None = None, format_: str | None = None
) -> None:
    """The signature, with the size and the curve of the key where its certificate is in the message."""
    algorithm, key = signer.algorithm, signer.key
    found.signature(
        algorithm.oid,
        form,
        where,
        ("hash", algorithm.hash),
        ("size_bits", None if key is None else key.size_bits),
        ("parameter", None if key is None else key.parameter),
        ("of", of),
        ("format", format_),
        ("role", "counter_signature" if signer.is_counter else None),
        name=algorithm.algorithm,
        quantum_class=algorithm.quantum_class,
        components=algorithm.components,
    )


def tell_recipient(found: Found, recipient: Recipient, form: str, where: Where, cipher: str | None) -> None:
    """By what the key of the content is wrapped for one recipient."""
    found.encryption(
        PASSWORD if recipient.kind is Kind.PASSWORD else recipient.oid,
        form,
        where,
        ("recipient", recipient.kind.value),
        ("size_bits", recipient.size_bits),
        ("parameter", recipient.parameter),
        ("kdf", recipient.kdf),
        ("wrap", recipient.wrap),
        ("cipher", cipher),
        name=None if recipient.kind is Kind.PASSWORD else recipient.name,
        quantum_class=recipient.quantum_class,
        components=recipient.components,
    )
