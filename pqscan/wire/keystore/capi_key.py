"""Keys of CryptoAPI of Windows: PUBLICKEYBLOB and PRIVATEKEYBLOB of RSA and DSS, also with the head of a strong name of .NET in
front (ECMA-335, II.6.2.1.3); and PVK files, which hold such a private key, locked or not (as pvkfmt.c of OpenSSL reads them).

A blob has no end of its own: all of what is given must be it. Nothing of the private part is given. Not read: DSS of version 3."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.keystore.lone_key import LoneKey, of_dsa, of_rsa, of_size
from pqscan.wire.pki.private_key import Lock

_PVK = 0xB0B5F11E
_PVK_HEAD, _BLOB_HEAD, _STRONG_NAME = 24, 8, 12  # octets
_PUBLIC, _PRIVATE = 6, 7  # bType of a BLOBHEADER
_VERSION = 2
_ALGORITHMS = {0x2400: "RSA", 0xA400: "RSA", 0x2200: "DSA"}  # CALG_RSA_SIGN, CALG_RSA_KEYX, CALG_DSS_SIGN
_MAGICS = {b"RSA1": ("RSA", _PUBLIC), b"RSA2": ("RSA", _PRIVATE), b"DSS1": ("DSA", _PUBLIC), b"DSS2": ("DSA", _PRIVATE)}
_Q, _SEED = 20, 24  # octets of q, and of the seed with its counter
_MOST_BITS = 65_536


def read_pvk(data: bytes) -> LoneKey:
    """A PVK file. Of a locked one the algorithm is told by its head, which is not locked, and the size by its length. Raises
    MalformedMessage."""
    magic, reserved, _, is_locked, salt_octets, octets = (_number(data, at) for at in range(0, _PVK_HEAD, 4))
    blob = data[_PVK_HEAD + salt_octets :]
    if magic != _PVK or reserved or is_locked > 1 or len(blob) != octets or octets <= _BLOB_HEAD:
        raise _no_pvk()
    if not is_locked:
        key = _blob(blob, "pvk")
        if not key.is_private:
            raise _no_pvk()
        return key
    if _kind(blob) != _PRIVATE:
        raise _no_pvk()
    family = _family(blob)
    return of_size("pvk", family, _bits_of(family, octets), Lock("RC4", "SHA-1"))


def read_capi_blob(data: bytes) -> LoneKey:
    """A blob that is all of `data`, or all but the head of a strong name. Raises MalformedMessage."""
    if not data.startswith((bytes((_PUBLIC, _VERSION)), bytes((_PRIVATE, _VERSION)))):
        if _number(data, 8) != len(data) - _STRONG_NAME:
            raise _no_blob()
        data = data[_STRONG_NAME:]
    return _blob(data, "capi")


def _blob(data: bytes, form: str) -> LoneKey:
    family, kind = _MAGICS.get(data[8:12], ("", 0))
    if not family or _kind(data) != kind or _family(data) != family:
        raise _no_blob()
    bits = _number(data, 12)
    if not 0 < bits <= _MOST_BITS:
        raise _no_blob()
    return _rsa(data, kind, bits, form) if family == "RSA" else _dsa(data, kind, bits, form)


def _rsa(data: bytes, kind: int, bits: int, form: str) -> LoneKey:
    """RSAPUBKEY, then the modulus; of a private key five halves and the exponent follow."""
    whole, half = (bits + 7) // 8, (bits + 15) // 16
    _must_have(data, 20 + whole + (5 * half + whole if kind == _PRIVATE else 0))
    modulus = int.from_bytes(data[20 : 20 + whole], "little")
    if modulus.bit_length() != bits:
        raise _no_blob()
    return of_rsa(form, kind == _PRIVATE, modulus, _number(data, 16))


def _dsa(data: bytes, kind: int, bits: int, form: str) -> LoneKey:
    """DSSPUBKEY, then p, q and g, and y or x; a private key has no y."""
    octets = (bits + 7) // 8
    _must_have(data, 16 + 2 * octets + _Q + (_Q if kind == _PRIVATE else octets) + _SEED)
    q_at = 16 + octets
    g_at = q_at + _Q
    p, q, g = (int.from_bytes(data[at:end], "little") for at, end in ((16, q_at), (q_at, g_at), (g_at, g_at + octets)))
    if p.bit_length() != bits or not (p & q & 1 and 1 < g < p):
        raise _no_blob()
    if kind == _PRIVATE:
        return of_size(form, "DSA", bits)
    return of_dsa(form, False, p, q, g, int.from_bytes(data[g_at + octets : g_at + 2 * octets], "little"))


def _bits_of(family: str, octets: int) -> int | None:
    """Of a private key whose blob has so many octets: nine halves of the modulus (RSA), twice p (DSA). None where that is no whole
    number of octets."""
    bits, rest = divmod(16 * (octets - 20), 9) if family == "RSA" else (4 * (octets - 16 - 2 * _Q - _SEED), 0)
    return bits if not rest and not bits % 8 and 0 < bits <= _MOST_BITS else None


def _must_have(data: bytes, octets: int) -> None:
    if len(data) != octets:
        raise _no_blob()


def _kind(data: bytes) -> int:
    """bType, of the one version that is read."""
    if len(data) < _BLOB_HEAD or data[1] != _VERSION or data[2:4] != b"\0\0":
        raise _no_blob()
    return data[0]


def _family(data: bytes) -> str:
    number = _number(data, 4)
    if number not in _ALGORITHMS:
        raise _no_blob()
    return _ALGORITHMS[number]


def _number(data: bytes, at: int) -> int:
    if at + 4 > len(data):
        raise _no_blob()
    return int.from_bytes(data[at : at + 4], "little")


def _no_blob() -> MalformedMessage:
    return MalformedMessage("it is no key of CryptoAPI, or its head does not fit what follows")


def _no_pvk() -> MalformedMessage:
    return MalformedMessage("it is no PVK file, or its head does not fit what follows")
