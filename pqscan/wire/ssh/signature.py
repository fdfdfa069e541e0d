"""Checks the signature with which a host key proves itself: RFC 4253, section 6.6; RFC 8332; RFC 5656, section 3.1.2; RFC 8709;
OpenSSH's PROTOCOL.u2f; draft-sfluhrer-ssh-mldsa; draft-miller-sshm-mldsa44-ed25519-composite-sigs.

What `cryptography` cannot compute stays unchecked: the answer is None then.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.pki.spki import WHOLE, whole
from pqscan.wire.pki.strict import public_key_in
from pqscan.wire.ssh.fields import read_mpint, read_string, shown
from pqscan.wire.ssh.public_key import MOST_TYPE, SshPublicKey, certified_type

_RSA: dict[str, hashes.HashAlgorithm] = {
    "ssh-rsa": hashes.SHA1(),  # noqa: S303  # What old servers sign with; it is told, and a policy judges it.
    "rsa-sha2-256": hashes.SHA256(),
    "rsa-sha2-512": hashes.SHA512(),
}
_DSA_HALF_BYTES = 20
_COMPOSITES = ("ssh-mldsa44-ed25519", "ssh-mldsa44-ed25519@openssh.com")
_COMPOSITE_PREFIX = b"CompositeAlgorithmSignatures2025"
_COMPOSITE_LABEL = b"COMPSIG-MLDSA44-Ed25519-SHA512"
_MLDSA44_KEY_BYTES, _MLDSA44_SIGNATURE_BYTES = 1312, 2420  # FIPS 204, table 2
_MOST_SIGNATURE = 1 << 17
_Whole = ed25519.Ed25519PublicKey | ed448.Ed448PublicKey | mldsa.MLDSA44PublicKey | mldsa.MLDSA65PublicKey | mldsa.MLDSA87PublicKey


def format_of(algorithm: str) -> str:
    """The name that signatures of a host key algorithm carry: that of the key in a certificate."""
    return certified_type(algorithm) or algorithm


def verifies(key: SshPublicKey | None, algorithm: str, signature: bytes, signed: bytes) -> bool | None:
    """Whether `signature` is one of that algorithm and key over `signed`; None where that cannot be told here. A signature of
    another algorithm than the one agreed on is False. Raises MalformedMessage where its bytes are none."""
    cursor = Cursor(signature)
    name = shown(read_string(cursor, "the format of a signature", most=MOST_TYPE), MOST_TYPE)
    blob = read_string(cursor, "a signature", most=_MOST_SIGNATURE)
    if key is None:
        return None
    if name != format_of(algorithm):
        return False
    if key.application is not None:
        flags, counter = cursor.take(1, "the flags of a security key"), cursor.take(4, "the counter of a security key")
        signed = hashlib.sha256(key.application).digest() + flags + counter + hashlib.sha256(signed).digest()
    try:
        return _check(key, name, blob, signed)
    except InvalidSignature:
        return False
    except (UnsupportedAlgorithm, ValueError):
        return None


def _check(key: SshPublicKey, name: str, blob: bytes, signed: bytes) -> bool | None:
    """Raises InvalidSignature, MalformedMessage."""
    if key.type in _COMPOSITES:
        return _composite(key, blob, signed)
    loaded = public_key_in(key.info)
    if isinstance(loaded, rsa.RSAPublicKey) and name in _RSA:
        loaded.verify(blob.rjust(loaded.key_size // 8, b"\0"), signed, padding.PKCS1v15(), _RSA[name])
    elif isinstance(loaded, ec.EllipticCurvePublicKey):
        cursor = Cursor(blob)
        pair = encode_dss_signature(read_mpint(cursor, "ECDSA r"), read_mpint(cursor, "ECDSA s"))
        loaded.verify(pair, signed, ec.ECDSA(_hash_of(loaded.curve)))
    elif isinstance(loaded, dsa.DSAPublicKey):
        if len(blob) != 2 * _DSA_HALF_BYTES:
            raise MalformedMessage(f"a DSA signature of {len(blob)} bytes, {2 * _DSA_HALF_BYTES} are right")
        halves = (int.from_bytes(half, "big") for half in (blob[:_DSA_HALF_BYTES], blob[_DSA_HALF_BYTES:]))
        loaded.verify(encode_dss_signature(*halves), signed, hashes.SHA1())  # noqa: S303
    elif isinstance(loaded, _Whole):
        loaded.verify(blob, signed)
    else:
        return None
    return True


def _hash_of(curve: ec.EllipticCurve) -> hashes.HashAlgorithm:
    """RFC 5656, section 6.2.1."""
    if curve.key_size <= 256:
        return hashes.SHA256()
    return hashes.SHA384() if curve.key_size <= 384 else hashes.SHA512()


def _composite(key: SshPublicKey, blob: bytes, signed: bytes) -> bool | None:
    """Both parts sign the same representative of the message, ML-DSA with the label as its context."""
    raw = key.info[-(_MLDSA44_KEY_BYTES + 32) :]
    first = public_key_in(whole(WHOLE["ssh-mldsa-44"], raw[:_MLDSA44_KEY_BYTES]))
    second = public_key_in(whole(WHOLE["ssh-ed25519"], raw[_MLDSA44_KEY_BYTES:]))
    if not isinstance(first, mldsa.MLDSA44PublicKey) or not isinstance(second, ed25519.Ed25519PublicKey):
        return None
    message = _COMPOSITE_PREFIX + _COMPOSITE_LABEL + b"\0" + hashlib.sha512(signed).digest()
    first.verify(blob[:_MLDSA44_SIGNATURE_BYTES], message, _COMPOSITE_LABEL)
    second.verify(blob[_MLDSA44_SIGNATURE_BYTES:], message)
    return True
