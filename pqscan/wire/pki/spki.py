"""The SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7) that a public key of another protocol has in X.509: one key, one digest,
wherever it is met.

RSA: RFC 8017; DSA: RFC 3279; elliptic curves: RFC 5480; EdDSA: RFC 8410; ML-DSA: RFC 9881; composites:
draft-ietf-lamps-pq-composite-sigs.
"""

from __future__ import annotations

_NULL = b"\x05\x00"
_RSA = "1.2.840.113549.1.1.1"
_DSA = "1.2.840.10040.4.1"
_EC = "1.2.840.10045.2.1"
CURVES = {  # by the identifiers of RFC 5656, section 10.1; any other identifier is itself an OID
    "nistp256": "1.2.840.10045.3.1.7",
    "nistp384": "1.3.132.0.34",
    "nistp521": "1.3.132.0.35",
}
WHOLE = {  # key types whose only field is the raw key
    "ssh-ed25519": "1.3.101.112",
    "ssh-ed448": "1.3.101.113",
    "ssh-mldsa-44": "2.16.840.1.101.3.4.3.17",
    "ssh-mldsa-65": "2.16.840.1.101.3.4.3.18",
    "ssh-mldsa-87": "2.16.840.1.101.3.4.3.19",
    "ssh-mldsa44-ed25519": "1.3.6.1.5.5.7.6.39",
    "ssh-mldsa44-ed25519@openssh.com": "1.3.6.1.5.5.7.6.39",
}


def rsa(modulus: int, exponent: int) -> bytes:
    return _info(_oid(_RSA) + _NULL, _sequence(_integer(modulus) + _integer(exponent)))


def dsa(p: int, q: int, g: int, y: int) -> bytes:
    return _info(_oid(_DSA) + _sequence(_integer(p) + _integer(q) + _integer(g)), _integer(y))


def elliptic(curve_oid: str, point: bytes) -> bytes:
    """Raises ValueError where the curve's OID is none."""
    return _info(_oid(_EC) + _oid(curve_oid), point)


def whole(oid: str, key: bytes) -> bytes:
    return _info(_oid(oid), key)


def _info(algorithm: bytes, key: bytes) -> bytes:
    return _sequence(_sequence(algorithm) + _element(0x03, b"\x00" + key))


def _sequence(content: bytes) -> bytes:
    return _element(0x30, content)


def _integer(number: int) -> bytes:
    return _element(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        octets = [arc & 0x7F]
        while arc := arc >> 7:
            octets.append(0x80 | (arc & 0x7F))
        content += bytes(reversed(octets))
    return _element(0x06, bytes(content))


def _element(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content
