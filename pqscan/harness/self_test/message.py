"""M', the message that ML-DSA signs in fact: domain separation, context and, for HashML-DSA, the hash (FIPS 204, section 5)."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes

# The last arc of the hash's OID below 2.16.840.1.101.3.4.2 (FIPS 204, section 5.4.1; NIST's registry of hash functions).
_HASHES: dict[str, tuple[int, hashes.HashAlgorithm]] = {
    "SHA2-256": (1, hashes.SHA256()),
    "SHA2-384": (2, hashes.SHA384()),
    "SHA2-512": (3, hashes.SHA512()),
    "SHA2-224": (4, hashes.SHA224()),
    "SHA2-512/224": (5, hashes.SHA512_224()),
    "SHA2-512/256": (6, hashes.SHA512_256()),
    "SHA3-224": (7, hashes.SHA3_224()),
    "SHA3-256": (8, hashes.SHA3_256()),
    "SHA3-384": (9, hashes.SHA3_384()),
    "SHA3-512": (10, hashes.SHA3_512()),
    "SHAKE-128": (11, hashes.SHAKE128(32)),
    "SHAKE-256": (12, hashes.SHAKE256(64)),
}
_OID = bytes.fromhex("0609608648016503040200")[:-1]


def hashed_message(message: bytes, context: bytes, hash_name: str) -> bytes:
    """M' of HashML-DSA (FIPS 204, algorithm 4, line 23). Raises KeyError for a hash that is not one of the standard's."""
    arc, algorithm = _HASHES[hash_name]
    digest = hashes.Hash(algorithm)
    digest.update(message)
    return bytes((1, len(context))) + context + _OID + bytes((arc,)) + digest.finalize()
