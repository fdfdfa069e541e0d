"""What a SubjectPublicKeyInfo says (RFC 5280, section 4.1.2.7): algorithm, size, curve or parameter set.

RSA: RFC 8017; DSA, DH: RFC 3279; elliptic curves: RFC 5480; GOST: RFC 9215; everything else is sized by its bit string.
"""

from __future__ import annotations

import hashlib
import re

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.registry.oids import by_oid
from pqscan.wire.pki.algorithms import Identified, read_algorithm
from pqscan.wire.pki.der import BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerReader, Element, dotted
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.object_names import curve_by_numbers

_MOST_INTEGER_OCTETS = 8_192
_FIELD_SIZE = re.compile(r"\d{3}")  # secp521r1, prime239v1, sect163k1, brainpoolP256r1: the number is the field's size
_PRIME_FIELD = "1.2.840.10045.1.1"
_NULL = 0x05
_GOST_BITS = {"1.2.643.2.2.19": 256, "1.2.643.7.1.1.1.1": 256, "1.2.643.7.1.1.1.2": 512}
"""What a private key tells of its size where no public one stands beside it (RFC 4357; RFC 9215, section 3)."""


def read_public_key(reader: DerReader, key: Element) -> PublicKey:
    """The subject's key. Adds to the flaws: `bad_public_key` (it is not built as its algorithm demands),
    `bad_key_parameters`, `explicit_ec_parameters`, `public_key_size` (not the size that the algorithm's keys have).

    Raises MalformedMessage where not even the algorithm's number can be read."""
    inside = reader.inside(key)
    identified = read_algorithm(inside.enter("algorithm", SEQUENCE))
    start, end = _bits(inside)
    size, parameter, algorithm = described(identified, DerReader(reader.data, reader.flaws, start, end))
    return PublicKey(
        oid=identified.oid,
        algorithm=algorithm,
        size_bits=size,
        parameter=parameter,
        components=identified.components,
        spki_sha256=hashlib.sha256(key.encoded).digest(),
        quantum_class=identified.quantum_class,
    )


def _bits(reader: DerReader) -> tuple[int, int]:
    """Where the octets of the key's BIT STRING lie; nothing where there is none."""
    try:
        bits = reader.read("subjectPublicKey", BIT_STRING)
    except MalformedMessage:
        reader.flaws.add(Flaw.BAD_PUBLIC_KEY)
        return 0, 0
    if bits.content == bits.content_end or reader.data[bits.content] != 0:
        reader.flaws.add(Flaw.BAD_PUBLIC_KEY)  # No key has a number of bits that does not fill octets.
    return min(bits.content + 1, bits.content_end), bits.content_end


def described(identified: Identified, key: DerReader) -> tuple[int | None, str | None, str]:
    """Size in bits, curve or parameter set, and the name of the algorithm. `key` reads the octets of the public key; where a
    private one tells none it is exhausted, and adds flaws that mean nothing then."""
    raw_bits = 8 * (key.end - key.position) or None
    family = identified.row.family if identified.row is not None else identified.oid
    if identified.is_whole:
        _compare_size(identified, key)
        return raw_bits, identified.parameter_set, identified.name
    try:
        if family.startswith("RSA"):
            return _integer(key.enter("RSAPublicKey", SEQUENCE), "modulus").bit_length(), None, family
        if family in ("EC", "SM2"):
            return _curve(identified, key)
        if family == "GOST":
            return _gost(identified, key)
        if family in ("DSA", "DH", "ElGamal"):  # ElGamal's parameters (p, g) are an older list of DH's.
            return _prime(identified, key), None, family
    except MalformedMessage:
        key.flaws.add(Flaw.BAD_PUBLIC_KEY)
        return raw_bits, None, family
    if identified.row is not None:
        _compare_size(identified, key)
    return raw_bits, None, family


def _compare_size(identified: Identified, key: DerReader) -> None:
    row = identified.row
    expected = row.public_key_bytes if row is not None and row.status == "standard" else None
    if expected is not None and key.end - key.position != expected:
        key.flaws.add(Flaw.PUBLIC_KEY_SIZE)


def _integer(reader: DerReader, what: str) -> int:
    element = reader.read(what, INTEGER)
    if element.content_end - element.content > _MOST_INTEGER_OCTETS:
        raise MalformedMessage(f"{what} has more than {_MOST_INTEGER_OCTETS} octets")
    return int.from_bytes(element.value, "big")  # A leading bit that makes it negative is read as part of the number.


def _prime(identified: Identified, key: DerReader) -> int | None:
    """The size of p; where the parameters are inherited from the issuer, at least the size of the key itself."""
    parameters = identified.parameters
    if parameters is None or parameters.tag != SEQUENCE:
        key.flaws.add(Flaw.BAD_KEY_PARAMETERS)
        return _integer(key, "y").bit_length()
    return _integer(key.inside(parameters), "p").bit_length()


def _curve(identified: Identified, key: DerReader) -> tuple[int | None, str | None, str]:
    parameters = identified.parameters
    point_bits = _coordinate_bits(key)
    if parameters is not None and parameters.tag == SEQUENCE:
        key.flaws.add(Flaw.EXPLICIT_EC_PARAMETERS)  # RFC 5480, section 2.1.1 allows named curves only.
        size, oid = _explicit(key.inside(parameters))
    elif parameters is not None and parameters.tag == OBJECT_IDENTIFIER:
        size, oid = None, dotted(parameters.value, "namedCurve")
    else:  # implicitlyCA, or nothing: the curve is the issuer's business.
        key.flaws.add(Flaw.BAD_KEY_PARAMETERS)
        return point_bits, None, "EC"
    if oid is None:
        return size or point_bits, None, "EC"
    row = by_oid(oid)
    if row is None or row.kind != "curve":
        return size or point_bits, oid, "EC"
    named = _FIELD_SIZE.search(row.name)
    return size or (int(named.group()) if named else point_bits), row.name, row.family


def _coordinate_bits(key: DerReader) -> int | None:
    """The size of one coordinate, in whole octets, from the point's form (SEC 1, section 2.3.3)."""
    octets = key.end - key.position
    form = key.next_tag
    if form in (4, 6, 7) and octets % 2 and octets > 1:
        return 8 * (octets - 1) // 2
    if form in (2, 3) and octets > 1:
        return 8 * (octets - 1)
    key.flaws.add(Flaw.BAD_PUBLIC_KEY)
    return None


def _explicit(parameters: DerReader) -> tuple[int | None, str | None]:
    """ECParameters (X9.62; RFC 3279, section 2.3.5): the size of the field and, where every number fits, the curve's OID."""
    _integer(parameters, "version")
    field = parameters.enter("fieldID", SEQUENCE)
    if dotted(field.read("fieldType", OBJECT_IDENTIFIER).value) != _PRIME_FIELD:
        degree = _integer(field.enter("characteristic-two", SEQUENCE), "m")
        if degree > 8 * _MOST_INTEGER_OCTETS:  # Here the size is the number itself, and whoever made the certificate chose it.
            parameters.flaws.add(Flaw.BAD_KEY_PARAMETERS)
            return None, None
        return degree, None
    prime = _integer(field, "prime")
    try:
        curve = parameters.enter("curve", SEQUENCE)
        a, b = (int.from_bytes(curve.read(what, OCTET_STRING).value[:_MOST_INTEGER_OCTETS], "big") for what in "ab")
        base = parameters.read("base", OCTET_STRING).value[:_MOST_INTEGER_OCTETS]
        order = _integer(parameters, "order")
    except MalformedMessage:
        parameters.flaws.add(Flaw.BAD_KEY_PARAMETERS)
        return prime.bit_length(), None
    base_x = int.from_bytes(base[1 : (len(base) + 1) // 2] if base[:1] in b"\x04\x06\x07" else base[1:], "big")
    return prime.bit_length(), curve_by_numbers(prime, a, b, base_x, order)


def _gost(identified: Identified, key: DerReader) -> tuple[int | None, str | None, str]:
    """GostR3410 keys (RFC 4491, RFC 9215): the point lies in an OCTET STRING, the curve is the first of the parameters."""
    size = _GOST_BITS.get(identified.oid)
    if not key.exhausted:
        point = key.read("GostR3410-PublicKey", OCTET_STRING)
        size = 8 * (point.content_end - point.content) // 2 or None
    if identified.parameters is None or identified.parameters.tag != SEQUENCE:
        key.flaws.add(Flaw.BAD_KEY_PARAMETERS)
        return size, None, "GOST"
    oid = dotted(key.inside(identified.parameters).read("publicKeyParamSet", OBJECT_IDENTIFIER).value)
    row = by_oid(oid)
    return size, row.name if row is not None else oid, "GOST"
