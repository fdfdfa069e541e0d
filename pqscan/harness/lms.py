"""Verifies LMS signatures (RFC 8554, sections 4 and 5), with the SHA-256/192 parameter sets of NIST SP 800-208: our own verifier.

Left out: SHAKE parameter sets, HSS (several trees), signing.
"""

from __future__ import annotations

import hashlib

_D_PBLC, _D_MESG, _D_LEAF, _D_INTR = (value.to_bytes(2, "big") for value in (0x8080, 0x8181, 0x8282, 0x8383))
# By LM-OTS type: bytes of a hash (n), bits of a digit (w), number of chains (p), left shift of the checksum (ls).
_OTS = {
    1: (32, 1, 265, 7), 2: (32, 2, 133, 6), 3: (32, 4, 67, 4), 4: (32, 8, 34, 0),
    5: (24, 1, 200, 8), 6: (24, 2, 101, 6), 7: (24, 4, 51, 4), 8: (24, 8, 26, 0),
}  # fmt: skip
# By LMS type: bytes of a hash (m), height of the tree (h).
_LMS = {5 + 5 * of_192 + step: (24 if of_192 else 32, 5 * (step + 1)) for of_192 in (0, 1) for step in range(5)}


class LmsVerifier:
    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return verify(public, message, signature)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8554, algorithm 6. False for whatever is no valid signature, malformed ones and unknown types too."""
    kind, ots = int.from_bytes(public[:4], "big"), int.from_bytes(public[4:8], "big")
    if len(public) < 8 or kind not in _LMS or ots not in _OTS:
        return False
    size, height = _LMS[kind]
    n, _w, p, _ls = _OTS[ots]
    ots_bytes = 4 + n * (p + 1)
    if n != size or len(public) != 24 + size or len(signature) != 8 + ots_bytes + height * size:
        return False
    if signature[4:8] != public[4:8] or signature[4 + ots_bytes : 8 + ots_bytes] != public[:4]:
        return False
    identifier, root, leaf = public[8:24], public[24:], int.from_bytes(signature[:4], "big")
    if leaf >= 1 << height:
        return False
    candidate = _ots_candidate(ots, identifier, signature[:4], message, signature[8 : 4 + ots_bytes])
    path = signature[8 + ots_bytes :]
    node = leaf + (1 << height)
    value = _hash(size, identifier, node.to_bytes(4, "big"), _D_LEAF, candidate)
    for level in range(height):
        sibling = path[level * size : (level + 1) * size]
        pair = (sibling, value) if node & 1 else (value, sibling)
        node >>= 1
        value = _hash(size, identifier, node.to_bytes(4, "big"), _D_INTR, *pair)
    return value == root


def _ots_candidate(kind: int, identifier: bytes, leaf: bytes, message: bytes, signature: bytes) -> bytes:
    """RFC 8554, algorithm 4b: the public key that this one-time signature would belong to."""
    n, w, p, shift = _OTS[kind]
    digest = _hash(n, identifier, leaf, _D_MESG, signature[:n], message)
    largest = (1 << w) - 1
    checksum = sum(largest - _digit(digest, place, w) for place in range(8 * n // w)) << shift
    digits = digest + checksum.to_bytes(2, "big")
    ends = []
    for chain in range(p):
        value = signature[n * (chain + 1) : n * (chain + 2)]
        for step in range(_digit(digits, chain, w), largest):
            value = _hash(n, identifier, leaf, chain.to_bytes(2, "big"), bytes((step,)), value)
        ends.append(value)
    return _hash(n, identifier, leaf, _D_PBLC, *ends)


def _digit(data: bytes, place: int, w: int) -> int:
    """coef(S, i, w) of RFC 8554, section 3.1.3."""
    return data[place * w // 8] >> (8 - w * (place % (8 // w) + 1)) & ((1 << w) - 1)


def _hash(size: int, *parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()[:size]
