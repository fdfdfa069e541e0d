"""The object identifier of an algorithm that was told by a name alone: the one that the table of identifiers (data/oids.toml) has
for exactly this algorithm. Where it has none, or several that mean different things, there is none: ECDH has one for each way of
deriving keys, hybrid groups of TLS have no number at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from pqscan.registry.algorithms import Function
from pqscan.registry.crypto_assets import CryptoAsset, Known, cipher_asset, crypto_asset, digest_name, keyed_digest
from pqscan.registry.oids import ObjectIdentifier, object_identifiers

_FUNCTIONS = {
    "pubkey+signature": Function.SIGNATURE,
    "pubkey+kem": Function.KEY_ESTABLISHMENT,
    "kemtrans": Function.KEY_ESTABLISHMENT,
    "signature": Function.SIGNATURE,
    "hash": Function.HASH,
}
_KINDS = frozenset({"pubkey", "pubkey+kemtrans", "mac", "cipher", *_FUNCTIONS})
_OTHER_ALGORITHMS = (
    "0.4.0.127.0.7.1.1.4.1.",  # BSI TR-03111: ECDSA whose signatures have another form
    "1.3.132.1.",  # SEC 1: a key of a curve that may be used for ECDH, or ECMQV, alone
    "1.2.840.113549.1.9.16.3.14",  # RSA-KEM
    "2.16.840.1.101.3.4.2.17",  # SHAKE128 and SHAKE256 with the length told beside
    "2.16.840.1.101.3.4.2.18",
    "2.5.8.1.1",  # X.509 of 1988: RSA with the size of the key beside it
)
_EARLIER = "1.3.14.3.2."  # OIW
_CIPHER = re.compile(r"(aes|aria|camellia)(128|192|256)-(cbc|ccm|cfb128|ecb|gcm|ofb)")
_MODE = re.compile(r"cbc|ccm|cfb|ctr|ecb|gcm|ofb", re.I)
_KEYED = re.compile(r"hmac(?:With|-)(.+)", re.I)
_DIGEST_OF_PSS = re.compile(r"RSA-PSS(-.+)?")


@lru_cache(maxsize=8192)
def with_oid(asset: CryptoAsset) -> CryptoAsset:
    """The same, and its halves, with their identifiers. Families that are no standard yet have numbers of their makers alone, which
    a name does not tell."""
    parts = tuple(map(with_oid, asset.parts))
    oid = asset.oid or next((found for name in _names(asset) if (found := _numbers().get(name)) is not None), None)
    return replace(asset, oid=oid, parts=parts)


def _names(asset: CryptoAsset) -> Iterator[str]:
    """An identifier of X.509 says neither the curve nor the size of the key, and that of RSASSA-PSS not the hash."""
    yield asset.name
    if asset.quantum_class.value != "traditional" or asset.parts:
        return
    curve = None if asset.curve is None else asset.curve.partition("/")[2]
    for part in (curve, asset.parameter_set):
        if part and f"-{part}" in asset.name:
            yield asset.name.replace(f"-{part}", "", 1)
    if _DIGEST_OF_PSS.fullmatch(asset.name):
        yield "RSA-PSS"


@lru_cache(maxsize=1)
def _numbers() -> dict[str, str]:
    rows: dict[str, list[ObjectIdentifier]] = {}
    for identifier in object_identifiers():
        is_other = identifier.status == "private" or identifier.oid.startswith(_OTHER_ALGORITHMS)
        if identifier.kind in _KINDS and not is_other:
            rows.setdefault(_named(identifier), []).append(identifier)
    chosen = ((name, _one_of(found)) for name, found in rows.items())
    return {name: oid for name, oid in chosen if oid is not None}


def _named(identifier: ObjectIdentifier) -> str:
    """As an asset of that algorithm is called."""
    if (cipher := _CIPHER.fullmatch(identifier.name)) is not None:
        return cipher_asset(cipher[1].upper(), int(cipher[2]), cipher[3].removesuffix("128")).name
    if identifier.kind == "cipher" and _MODE.search(identifier.name):
        return identifier.name
    if (keyed := _KEYED.fullmatch(identifier.name)) is not None:
        return keyed_digest(digest_name(keyed[1])).name
    halves = identifier.components if len(identifier.components) > 1 else ()
    known = Known(oid=identifier.oid, quantum_class=identifier.quantum_class, components=halves)
    return crypto_asset(identifier.name, _FUNCTIONS.get(identifier.kind), known).name


def _one_of(found: list[ObjectIdentifier]) -> str | None:
    """What is standard comes before what was, and the present number before an earlier one."""
    found = [row for row in found if row.status == "standard"] or found
    found = [row for row in found if not row.oid.startswith(_EARLIER)] or found
    return found[0].oid if len(found) == 1 else None
