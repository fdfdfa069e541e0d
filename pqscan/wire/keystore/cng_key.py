"""Keys of CNG of Windows (bcrypt.h): BCRYPT_RSAKEY_BLOB, BCRYPT_ECCKEY_BLOB, BCRYPT_DSA_KEY_BLOB and its version 2,
BCRYPT_PQDSA_KEY_BLOB and BCRYPT_MLKEM_KEY_BLOB, as Microsoft documents them.

A blob has no end of its own: all of what is given must be it. Nothing of the private part is given. Not read: curves without a
magic of their own, whose name stands elsewhere, and Diffie-Hellman."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.registry.oids import by_oid
from pqscan.wire.keystore.lone_key import MOST_BITS, LoneKey, of_dsa, of_info, of_name, of_rsa
from pqscan.wire.pki import spki

_FORM = "cng"
_CURVES = ("nistp256", "nistp384", "nistp521")
_CURVE_OCTETS = (32, 48, 66)
_DSA = {b"DSPB": (1, False), b"DSPV": (1, True), b"DPB2": (2, False), b"DPV2": (2, True)}  # version, is private
_NIST = "2.16.840.1.101.3.4."
_SETS = {
    b"DS": {"44": (_NIST + "3.17", 2560), "65": (_NIST + "3.18", 4032), "87": (_NIST + "3.19", 4896)},
    b"ML": {"512": (_NIST + "4.1", 1632), "768": (_NIST + "4.2", 2400), "1024": (_NIST + "4.3", 3168)},
}
"""By the beginning of the magic: the parameter sets with the octets of an expanded private key (FIPS 204 and FIPS 203)."""
_PQ = {  # the form of the key
    b"DSPK": "public", b"DSSK": "expanded", b"DSSS": "seed", b"MLKP": "public", b"MLKR": "expanded", b"MLKS": "seed",
}  # fmt: skip
_SEED_OCTETS = {b"DS": 32, b"ML": 64}
_MOST_SET_OCTETS = 32


def read_cng_blob(data: bytes) -> LoneKey:
    """The blob that is all of `data`. Raises MalformedMessage."""
    magic = data[:4]
    if magic in (b"RSA1", b"RSA2", b"RSA3"):
        return _rsa(data)
    if magic[:3] in (b"ECK", b"ECS"):
        return _elliptic(data)
    if magic in _DSA:
        return _dsa(data, *_DSA[magic])
    if magic in _PQ:
        return _post_quantum(data)
    raise _no_blob()


def _rsa(data: bytes) -> LoneKey:
    bits, e_octets, n_octets, p_octets, q_octets = (_number(data, at) for at in range(4, 24, 4))
    is_private = data[3:4] != b"1"
    private = {b"1": 0, b"2": p_octets + q_octets, b"3": 3 * p_octets + 2 * q_octets + n_octets}[data[3:4]]
    if not is_private and (p_octets or q_octets):
        raise _no_blob()
    n_at = 24 + e_octets
    _must_have(data, n_at + n_octets + private)
    modulus = int.from_bytes(data[n_at : n_at + n_octets])
    if modulus.bit_length() != bits:
        raise _no_blob()
    return of_rsa(_FORM, is_private, modulus, int.from_bytes(data[24:n_at]))


def _elliptic(data: bytes) -> LoneKey:
    """Magics count the curves, a public and a private key of each."""
    count, octets = data[3:4], _number(data, 4)
    if not b"1" <= count <= b"6":
        raise _no_blob()
    curve, is_public = divmod(int(count) - 1, 2)
    if octets != _CURVE_OCTETS[curve]:
        raise _no_blob()
    _must_have(data, 8 + octets * (2 if not is_public else 3))
    return of_info(_FORM, bool(is_public), spki.elliptic(spki.CURVES[_CURVES[curve]], b"\4" + data[8 : 8 + 2 * octets]))


def _dsa(data: bytes, version: int, is_private: bool) -> LoneKey:
    """Version 2 says the sizes of the seed and of q; both have p, g and y, and x behind them."""
    octets = _number(data, 4)
    if version == 1:
        q_at, q_octets = 32, 20  # behind a counter and a seed
    else:
        seed_octets, q_octets = _number(data, 16), _number(data, 20)
        q_at = 28 + seed_octets
    if 8 * max(octets, q_octets, q_at) > MOST_BITS:
        raise _no_blob()
    p_at = q_at + q_octets
    _must_have(data, p_at + 3 * octets + (q_octets if is_private else 0))
    q = int.from_bytes(data[q_at:p_at])
    p, g, y = (int.from_bytes(data[at : at + octets]) for at in range(p_at, p_at + 3 * octets, octets or 1))
    return of_dsa(_FORM, is_private, p, q, g, y)


def _post_quantum(data: bytes) -> LoneKey:
    """The parameter set by its name, which a zero ends, then the key as its standard encodes it."""
    kind, family = _PQ[data[:4]], data[:2]
    set_octets, octets = _number(data, 4), _number(data, 8)
    if not 0 < set_octets <= _MOST_SET_OCTETS:
        raise _no_blob()
    key_at = 12 + set_octets
    _must_have(data, key_at + octets)
    named = data[12:key_at].decode("utf-16-le", "replace").rstrip("\0")
    if named not in _SETS[family]:
        raise _no_blob()
    oid, expanded = _SETS[family][named]
    row = by_oid(oid)
    public = 0 if row is None else row.public_key_bytes
    if octets != {"public": public, "expanded": expanded, "seed": _SEED_OCTETS[family]}[kind]:
        raise _no_blob()
    if kind == "public":
        return of_info(_FORM, False, spki.whole(oid, data[key_at:]))
    return of_name(_FORM, oid, kind)


def _must_have(data: bytes, octets: int) -> None:
    if len(data) != octets:
        raise _no_blob()


def _number(data: bytes, at: int) -> int:
    if at + 4 > len(data):
        raise _no_blob()
    return int.from_bytes(data[at : at + 4], "little")


def _no_blob() -> MalformedMessage:
    return MalformedMessage("it is no key of CNG, or its head does not fit what follows")
