"""What ties one sighted target to others: its certificates and keys, the authorities above it, its profile."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping

from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Sighting
from pqscan.readiness.reach import Holding

_FILE = "file"  # the context of certificates that stand each for itself


def chain_of(sighting: Sighting) -> tuple[bytes, ...]:
    """The chain that the current client got, leaf first, else the first one."""
    chains = [chain for chain in sighting.chains if chain.certificates]
    current = next((chain for chain in chains if chain.context == "current_client"), chains[0] if chains else None)
    if current is None:
        return ()
    return current.certificates[:1] if current.context == _FILE else current.certificates


def holding_of(sighting: Sighting, certificates: Mapping[bytes, Certificate], system: str | None) -> Holding:
    """Leaves and their keys, and the keys above them; where a chain ends below its root, the root's name stands for it."""
    leaves: dict[bytes, None] = {}
    above: dict[bytes, None] = {}
    for chain in sighting.chains:
        own = chain.certificates if chain.context == _FILE else chain.certificates[:1]
        leaves.update(dict.fromkeys(own))
        issuers = [certificates[digest] for digest in chain.certificates[len(own) :] if digest in certificates]
        above.update((issuer.public_key.spki_sha256, None) for issuer in issuers)
        last = issuers[-1] if issuers else next((certificates[digest] for digest in own[:1] if digest in certificates), None)
        if last is not None and (issuers or not last.self_signed):
            above[_name(last.subject if last.self_signed else last.issuer)] = None
    keys = dict.fromkeys(certificates[digest].public_key.spki_sha256 for digest in leaves if digest in certificates)
    return Holding(sighting.target, tuple(leaves), tuple(keys), tuple(above), sighting.profile, system, sighting.probe)


def _name(text: str) -> bytes:
    return hashlib.sha256(b"name " + unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).digest()
