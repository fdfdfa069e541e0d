"""A recipient of an encrypted CMS message (RFC 5652, section 6.2; KEMs: RFC 9629): by what the key of its content is wrapped for
it.

No identifier of a recipient and no wrapped key is given back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pqscan.errors import MalformedMessage
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.algorithms import Identified, read_algorithm
from pqscan.wire.pki.der import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerReader, dotted
from pqscan.wire.pki.keys import described

_KEM = "1.2.840.113549.1.9.16.13.3"
_PBES2 = "1.2.840.113549.1.5.13"
_ORIGINATOR_KEY = 0xA1
_NAMED_BY_FAMILY = ("keyagree", "pubkey+kemtrans", "kemtrans")


class Kind(StrEnum):
    TRANSPORT = "key_transport"
    AGREEMENT = "key_agreement"
    SHARED_KEY = "shared_key"
    PASSWORD = "password"  # noqa: S105  # A kind of recipient.
    KEM = "kem"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Recipient:
    """`oid` is the key encryption algorithm's, or the KEM's; `name` its family's where the number is one of a scheme (ECDH).
    `size_bits` is known by the size of what was encrypted (RSA), or of the sender's key (ECDH); `parameter` is the curve, where
    the sender's key names it. `wrap` and `kdf` are names."""

    kind: Kind
    oid: str
    name: str | None
    quantum_class: QuantumClass
    components: tuple[str, ...] = ()
    size_bits: int | None = None
    parameter: str | None = None
    wrap: str | None = None
    kdf: str | None = None


def read_recipient(reader: DerReader) -> Recipient:
    """The next RecipientInfo. Raises MalformedMessage."""
    element = reader.read("RecipientInfo")
    inside = reader.inside(element)
    match element.tag:
        case 0x30:
            return _transport(inside)
        case 0xA1:
            return _agreement(inside)
        case 0xA2:
            inside.read("version", INTEGER)
            inside.read("kekid", SEQUENCE)
            return _of(Kind.SHARED_KEY, _algorithm(inside))
        case 0xA3:
            return _password(inside)
        case 0xA4:
            return _other(inside)
    raise MalformedMessage(f"a recipient of the kind 0x{element.tag:02x} is none of RFC 5652")


def content_key(reader: DerReader, algorithm: Identified) -> tuple[Identified, Recipient]:
    """Of a content without recipients: the cipher, and whence its key comes. Raises MalformedMessage."""
    is_by_password = algorithm.row is not None and algorithm.row.kind == "pbe"
    if not is_by_password:
        return algorithm, _of(Kind.SHARED_KEY, algorithm)
    if algorithm.oid != _PBES2 or algorithm.parameters is None or algorithm.parameters.tag != SEQUENCE:
        return algorithm, _of(Kind.PASSWORD, algorithm)
    inside = reader.inside(algorithm.parameters)
    derivation = read_algorithm(inside.enter("keyDerivationFunc", SEQUENCE))
    cipher = read_algorithm(inside.enter("encryptionScheme", SEQUENCE))
    return cipher, _of(Kind.PASSWORD, algorithm, kdf=derivation.name)


def _transport(reader: DerReader) -> Recipient:
    reader.read("version", INTEGER)
    reader.read("rid")
    algorithm = _algorithm(reader)
    encrypted = reader.read("encryptedKey", OCTET_STRING)
    size = 8 * (encrypted.content_end - encrypted.content) if _family(algorithm).startswith("RSA") else None
    return _of(Kind.TRANSPORT, algorithm, size=size)


def _agreement(reader: DerReader) -> Recipient:
    """Several recipients may share it; what they share is told once."""
    reader.read("version", INTEGER)
    size, parameter, name = _originator(reader.enter("originator", 0xA0))
    reader.read_if("ukm", 0xA1)
    algorithm = _algorithm(reader)
    return _of(Kind.AGREEMENT, algorithm, size=size, parameter=parameter, name=name, wrap=_wrap(reader, algorithm))


def _originator(reader: DerReader) -> tuple[int | None, str | None, str | None]:
    """Size and curve of the sender's key, and its algorithm where that is a curve of its own (X25519)."""
    if reader.next_tag != _ORIGINATOR_KEY:
        return None, None, None
    key = reader.enter("originatorKey", _ORIGINATOR_KEY)
    identified = read_algorithm(key.enter("algorithm", SEQUENCE))
    bits = key.read("publicKey", BIT_STRING)
    start = min(bits.content + 1, bits.content_end)
    size, parameter, name = described(identified, DerReader(key.data, set(), start, bits.content_end))
    return size, parameter, name if name in ("X25519", "X448") else None


def _wrap(reader: DerReader, algorithm: Identified) -> str | None:
    parameters = algorithm.parameters
    if parameters is None or parameters.tag != SEQUENCE:
        return None
    try:
        return read_algorithm(reader.inside(parameters)).name
    except MalformedMessage:
        return None


def _password(reader: DerReader) -> Recipient:
    reader.read("version", INTEGER)
    derivation = reader.read_if("keyDerivationAlgorithm", 0xA0)
    kdf = None if derivation is None else read_algorithm(reader.inside(derivation)).name
    algorithm = _algorithm(reader)
    return _of(Kind.PASSWORD, algorithm, kdf=kdf, wrap=_wrap(reader, algorithm))


def _other(reader: DerReader) -> Recipient:
    kind = dotted(reader.read("oriType", OBJECT_IDENTIFIER).value, "oriType")
    if kind != _KEM:
        row = by_oid(kind)
        return Recipient(Kind.OTHER, kind, None if row is None else row.name, QuantumClass.UNKNOWN)
    inside = reader.enter("KEMRecipientInfo", SEQUENCE)
    inside.read("version", INTEGER)
    inside.read("rid")
    kem = read_algorithm(inside.enter("kem", SEQUENCE))
    inside.read("kemct", OCTET_STRING)
    kdf = read_algorithm(inside.enter("kdf", SEQUENCE))
    inside.read("kekLength", INTEGER)
    inside.read_if("ukm", 0xA0)
    return _of(Kind.KEM, kem, kdf=kdf.name, wrap=read_algorithm(inside.enter("wrap", SEQUENCE)).name)


def _algorithm(reader: DerReader) -> Identified:
    return read_algorithm(reader.enter("keyEncryptionAlgorithm", SEQUENCE))


def _family(algorithm: Identified) -> str:
    return "" if algorithm.row is None else algorithm.row.family


def _of(
    kind: Kind,
    algorithm: Identified,
    *,
    size: int | None = None,
    parameter: str | None = None,
    name: str | None = None,
    wrap: str | None = None,
    kdf: str | None = None,
) -> Recipient:
    row = algorithm.row
    if row is not None and name is None:
        name = row.family if row.kind in _NAMED_BY_FAMILY else row.name
    return Recipient(kind, algorithm.oid, name, algorithm.quantum_class, algorithm.components, size, parameter, wrap, kdf)
