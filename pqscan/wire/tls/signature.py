"""Checks the server's signature over a TLS 1.3 handshake (RFC 9846, section 4.5.2) with the key of its certificate.

What `cryptography` cannot compute (SM2, GOST, SLH-DSA, composites) stays unchecked: the answer is None then.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from pqscan.wire.pki.strict import public_key_of

_BEFORE_TRANSCRIPT = b" " * 64 + b"TLS 1.3, server CertificateVerify\x00"
_SHA256, _SHA384, _SHA512 = hashes.SHA256(), hashes.SHA384(), hashes.SHA512()
_ECDSA: dict[int, hashes.HashAlgorithm] = {
    0x0403: _SHA256, 0x0503: _SHA384, 0x0603: _SHA512, 0x081A: _SHA256, 0x081B: _SHA384, 0x081C: _SHA512,
}  # fmt: skip
_RSA_PSS: dict[int, hashes.HashAlgorithm] = {
    0x0804: _SHA256, 0x0805: _SHA384, 0x0806: _SHA512, 0x0809: _SHA256, 0x080A: _SHA384, 0x080B: _SHA512,
}  # fmt: skip
_BY_KEY_ALONE = {  # The scheme says everything that the key leaves open.
    0x0807: ed25519.Ed25519PublicKey,
    0x0808: ed448.Ed448PublicKey,
    0x0904: mldsa.MLDSA44PublicKey,
    0x0905: mldsa.MLDSA65PublicKey,
    0x0906: mldsa.MLDSA87PublicKey,
}


class _NoKey:
    """The kind of key of a scheme that is not listed."""


_SelfContained = (
    ed25519.Ed25519PublicKey | ed448.Ed448PublicKey | mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey
)
_MOST_REMEMBERED = 1024


def verifies(leaf: bytes, scheme: int, signature: bytes, transcript_hash: bytes) -> bool | None:
    """Whether `signature` of that scheme is one of the key in `leaf` (DER) over the transcript; None where that cannot be
    told here. A scheme that does not fit the key is False."""
    key = _public_key(leaf)
    if key is None or not (scheme in _ECDSA or scheme in _RSA_PSS or scheme in _BY_KEY_ALONE):
        return None
    try:
        return _check(key, scheme, signature, signed_bytes(transcript_hash))
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError):
        return None


def signed_bytes(transcript_hash: bytes) -> bytes:
    """What a server signs: padding, a context string and the transcript's hash (RFC 9846, section 4.5.2)."""
    return _BEFORE_TRANSCRIPT + transcript_hash


def _check(key: CertificatePublicKeyTypes, scheme: int, signature: bytes, signed: bytes) -> bool:
    """True, or False where the scheme is not for this kind of key. Raises InvalidSignature."""
    if isinstance(key, ec.EllipticCurvePublicKey) and scheme in _ECDSA:
        key.verify(signature, signed, ec.ECDSA(_ECDSA[scheme]))
    elif isinstance(key, rsa.RSAPublicKey) and scheme in _RSA_PSS:
        digest = _RSA_PSS[scheme]
        key.verify(signature, signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    elif isinstance(key, _SelfContained) and isinstance(key, _BY_KEY_ALONE.get(scheme, _NoKey)):
        key.verify(signature, signed)
    else:
        return False
    return True


@lru_cache(maxsize=_MOST_REMEMBERED)
def _public_key(leaf: bytes) -> CertificatePublicKeyTypes | None:
    return public_key_of(leaf)
