"""TLS facts by the names that other programs use: the registry's, OpenSSL's and nmap's own. What no name leads to is not told."""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable
from functools import cache

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Observation, RankBasis, Subject, Support
from pqscan.model.outcome import Chain
from pqscan.registry import tls
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.certificate import read_certificate

CHAIN_CONTEXT = "imported"
MOST_CERTIFICATES = 20  # of one chain
_MOST_PEM = 1 << 20  # characters
_MOST_BITS = 20_000
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,1000000}?)-----END CERTIFICATE-----")


def version(label: str) -> Observation:
    """A version that the server was seen to speak, as `TLS1.2`."""
    return Observation(Subject.PROTOCOL_VERSION, label, Support.ACCEPTED, confidence=Confidence.INFERRED)


def suite(name: str, label: str, rank: int | None = None) -> Observation | None:
    """An accepted cipher suite; None where no row has that name."""
    value = suite_value(name)
    return None if value is None else suite_of(value, label, rank)


def suite_value(name: str) -> int | None:
    """The number of a cipher suite by its name, that of OpenSSL or nmap's; None where no row has it."""
    return _suites().get(name.strip().replace("_AKE_WITH_", "_"))  # nmap's word in suites of TLS 1.3


def suite_of(value: int, label: str, rank: int | None = None) -> Observation:
    """An accepted cipher suite by its number; `rank` where the server's own order is told."""
    point = tls.cipher_suite(value)
    row = point.row
    return Observation(
        Subject.CIPHER_SUITE,
        point.text,
        Support.ACCEPTED,
        label,
        name=point.name,
        candidates=point.candidates,
        rank=rank,
        rank_basis=None if rank is None else RankBasis.LIST_ORDER,
        quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        confidence=Confidence.INFERRED,
    )


def group(name: str, label: str | None) -> Observation | None:
    """An accepted group; None where no row has that name. Where the version is not told, a hybrid is one of TLS 1.3, the only
    version that has any."""
    value = _groups().get(name.strip().lower())
    if value is None:
        return None
    point = tls.named_group(value)
    row = point.row
    if label is None and row is not None and row.kind in ("hybrid", "kem"):
        label = "TLS1.3"
    return Observation(
        Subject.NAMED_GROUP,
        point.text,
        Support.ACCEPTED,
        label,
        name=point.name,
        candidates=point.candidates,
        quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        confidence=Confidence.INFERRED,
        components=() if row is None else row.components,
    )


def own_prime(bits: object, label: str) -> Observation | None:
    """Finite-field parameters of the server's own, by the size of the prime."""
    if not isinstance(bits, int) or isinstance(bits, bool) or not 0 < bits <= _MOST_BITS:
        return None
    return Observation(
        Subject.NAMED_GROUP,
        f"dh:{bits}",
        Support.ACCEPTED,
        label,
        quantum_class=QuantumClass.TRADITIONAL,
        confidence=Confidence.INFERRED,
        parameters=(("size_bits", bits),),
    )


def certificates_of(pem: str) -> tuple[bytes, ...]:
    """The certificates in PEM, in their order, as DER; those that cannot be read are not there."""
    found = []
    for match in _PEM.finditer(pem[:_MOST_PEM]):
        try:
            der = binascii.a2b_base64("".join(match[1].split()), strict_mode=True)
            read_certificate(der)
        except (binascii.Error, MalformedMessage):
            continue
        found.append(der)
        if len(found) == MOST_CERTIFICATES:
            break
    return tuple(found)


def chain_of(server_name: str | None, ders: Iterable[bytes]) -> Chain:
    """Leaf first, as the file has them."""
    return Chain(server_name, CHAIN_CONTEXT, tuple(hashlib.sha256(der).digest() for der in ders))


@cache
def _suites() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in tls.cipher_suites():
        for name in (row.name, row.openssl_name):
            if name:
                found.setdefault(name, row.value)
    return found


@cache
def _groups() -> dict[str, int]:
    """By name and alias; of several meanings of one name the likeliest."""
    found: dict[str, int] = {}
    for rank in ("standard", "draft", "private", "obsolete", "reserved"):
        for row in tls.named_groups():
            for name in (row.name, *row.aliases) if row.status == rank else ():
                found.setdefault(name.lower(), row.value)
    return found
