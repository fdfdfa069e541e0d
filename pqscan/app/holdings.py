"""What ties one sighted target to others: its certificates and keys, the authorities above it, its profile."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Sighting
from pqscan.model.outcome import Chain
from pqscan.readiness.reach import Holding

_FILE = "file"  # the context of certificates that stand each for itself


def chain_of(chains: tuple[Chain, ...]) -> tuple[bytes, ...]:
    """The chain that the current client got, leaf first, else the first one."""
    sent = [chain for chain in chains if chain.certificates]
    current = next((chain for chain in sent if chain.context == "current_client"), sent[0] if sent else None)
    if current is None:
        return ()
    return current.certificates[:1] if current.context == _FILE else current.certificates


@dataclass(frozen=True, slots=True)
class Held:
    """What chains give their target to hold, as in `Holding`: thousands of targets send the same ones."""

    certificates: tuple[bytes, ...]
    keys: tuple[bytes, ...]
    authorities: tuple[bytes, ...]

    def by(self, sighting: Sighting, system: str | None) -> Holding:
        return Holding(sighting.target, self.certificates, self.keys, self.authorities, sighting.profile, system, sighting.probe)


def held_by(chains: tuple[Chain, ...], certificates: Mapping[bytes, Certificate]) -> Held:
    """Leaves and their keys, and the keys above them; where a chain ends below its root, the root's name stands for it."""
    leaves: dict[bytes, None] = {}
    above: dict[bytes, None] = {}
    for chain in chains:
        own = chain.certificates if chain.context == _FILE else chain.certificates[:1]
        leaves.update(dict.fromkeys(own))
        issuers = [certificates[digest] for digest in chain.certificates[len(own) :] if digest in certificates]
        above.update((issuer.public_key.spki_sha256, None) for issuer in issuers)
        last = issuers[-1] if issuers else next((certificates[digest] for digest in own[:1] if digest in certificates), None)
        if last is not None and (issuers or not last.self_signed):
            above[_name(last.subject if last.self_signed else last.issuer)] = None
    keys = dict.fromkeys(certificates[digest].public_key.spki_sha256 for digest in leaves if digest in certificates)
    return Held(tuple(leaves), tuple(keys), tuple(above))


def _name(text: str) -> bytes:
    return hashlib.sha256(b"name " + unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")).digest()
