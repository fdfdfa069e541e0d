"""The keys of an IKE SA (RFC 7296, sections 2.13 and 2.14), renewed by each additional key exchange (RFC 9370, section 2.2.2).

PRFs are HMAC-SHA-2, ciphers AES-GCM with an ICV of 16 bytes, which needs no integrity transform (RFC 5282).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

_HASHES = {5: "sha256", 6: "sha384", 7: "sha512"}  # PRF_HMAC_SHA2_256 and its longer kin (RFC 4868)
_HASH_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}
PRFS = tuple(_HASHES)
AES_GCM_16 = 20  # RFC 5282
SALT_BYTES = 4


@dataclass(frozen=True, slots=True)
class IkeKeys:
    """`to_responder` and `to_initiator` are SK_ei and SK_er, each with its salt behind it."""

    hash_name: str
    derive: bytes = field(repr=False)  # SK_d
    to_responder: bytes = field(repr=False)
    to_initiator: bytes = field(repr=False)

    def renewed(self, secret: bytes, nonces: bytes, spis: bytes, key_bytes: int) -> IkeKeys:
        """After an additional key exchange: SKEYSEED(n) = prf(SK_d(n-1), SK(n) | Ni | Nr)."""
        return _keys(self.hash_name, hmac.digest(self.derive, secret + nonces, self.hash_name), nonces + spis, key_bytes)


def first_keys(prf: int, secret: bytes, nonces: bytes, spis: bytes, key_bytes: int) -> IkeKeys:
    """After IKE_SA_INIT: SKEYSEED = prf(Ni | Nr, g^ir). `nonces` is Ni | Nr, `spis` SPIi | SPIr, `prf` one of PRFS."""
    hash_name = _HASHES[prf]
    return _keys(hash_name, hmac.digest(nonces, secret, hash_name), nonces + spis, key_bytes)


def _keys(hash_name: str, seed: bytes, said: bytes, key_bytes: int) -> IkeKeys:
    """SK_d, SK_ei, SK_er; what stands behind them in prf+ (SK_pi, SK_pr) is for IKE_AUTH, which is not carried through here."""
    size, whole = _HASH_BYTES[hash_name], key_bytes + SALT_BYTES
    stream = expanded(hash_name, seed, said, size + 2 * whole)
    return IkeKeys(hash_name, stream[:size], stream[size : size + whole], stream[size + whole :])


def expanded(hash_name: str, key: bytes, said: bytes, size: int) -> bytes:
    """prf+ (RFC 7296, section 2.13)."""
    stream, block, number = b"", b"", 1
    while len(stream) < size:
        block = hmac.digest(key, block + said + bytes((number,)), hash_name)
        stream, number = stream + block, number + 1
    return stream[:size]
