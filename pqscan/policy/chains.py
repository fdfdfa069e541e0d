"""What a certificate chain rests on: the certificates on the way from the leaf to where it is trusted, their keys and
signatures (RFC 5280, section 6.1). A trust anchor's signature on itself proves nothing and does not count; one that another
key made under the same name (RFC 5280, section 3.2: self-issued) does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pqscan.model.certificate import Certificate
from pqscan.model.trust_store import ANCHOR
from pqscan.policy.answers import QUANTUM_RESISTANT
from pqscan.policy.floor import below_floor
from pqscan.policy.rule import Rule
from pqscan.policy.use import ANY_USE, ENCRYPTION, AlgorithmUse
from pqscan.policy.uses import key_use, signature_use
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.signatures import can_have_made

NamedChains = tuple[tuple[str, tuple[Certificate, ...]], ...]
OTHER_SITES = frozenset({"no_server_name", "virtual_host"})  # certificates of other names at the same address
STANDING_ALONE = frozenset({"file", "signing", ENCRYPTION, ANY_USE, ANCHOR})  # contexts of files: certificates that form no chain
LONGEST_PATH = 20  # Longer chains are no chains; the rest is not followed.
MOST_PATHS = 64  # of one chain; an honest one has a few


@dataclass(frozen=True, slots=True)
class ChainReading:
    """The uses that a chain's trust rests on, leaf first, on the best of its ways up; `beside` are those of the others.

    `ends_open` where the way up ends at a CA whose own issuer was not sent: that CA may be what clients trust."""

    context: str
    leaf: Certificate
    uses: tuple[AlgorithmUse, ...]
    ends_open: bool = False
    beside: tuple[AlgorithmUse, ...] = ()

    @property
    def classes(self) -> frozenset[QuantumClass]:
        return frozenset(use.quantum_class for use in self.uses)

    @property
    def is_resistant(self) -> bool:
        """The leaf's key and every signature that counts are hybrid or post-quantum."""
        return self.classes <= QUANTUM_RESISTANT

    @property
    def first_not_resistant(self) -> AlgorithmUse | None:
        """The first traditional use, else the first that no source lists; None where all are hybrid or post-quantum."""
        return _first_not_resistant(self.uses)

    @property
    def first_not_resistant_beside(self) -> AlgorithmUse | None:
        """The same on the other ways up, which a client that trusts another root may take."""
        return _first_not_resistant(self.beside)

    @property
    def hangs_on_last_signature(self) -> bool:
        """Only the signature on the topmost CA sent is traditional: it counts unless clients trust that CA itself."""
        last, before = self.uses[-1], self.uses[:-1]
        resistant = all(use.quantum_class in QUANTUM_RESISTANT for use in before)
        return self.ends_open and resistant and last.quantum_class is QuantumClass.TRADITIONAL

    @property
    def below_floor(self) -> tuple[AlgorithmUse, Rule] | None:
        """The first use below today's floor and the rule that says so."""
        found = ((use, rule) for use in self.uses if (rule := below_floor(use)) is not None)
        return next(found, None)


def _first_not_resistant(uses: tuple[AlgorithmUse, ...]) -> AlgorithmUse | None:
    others = [use for use in uses if use.quantum_class not in QUANTUM_RESISTANT]
    traditional = (use for use in others if use.quantum_class is QuantumClass.TRADITIONAL)
    return next(traditional, others[0] if others else None)


def paths_of(certificates: tuple[Certificate, ...]) -> tuple[tuple[Certificate, ...], ...]:
    """Every way up from the leaf to a self-signed certificate or to an issuer that was not sent, at most `MOST_PATHS`.

    Extra certificates may be sent in any order (RFC 9846, section 4.5.1), and several of one name beside each other: a
    verifier takes whichever leads to what it trusts (RFC 5280, section 6.1). What lies on no way up is left out."""
    sent = tuple({certificate.sha256: certificate for certificate in certificates[:LONGEST_PATH]}.values())
    found: list[tuple[Certificate, ...]] = []
    begun = [sent[:1]]
    while begun and len(found) < MOST_PATHS:
        path = begun.pop()
        issuers = (
            [] if path[-1].self_signed else [other for other in sent if other not in path and _may_have_issued(other, path[-1])]
        )
        begun += [(*path, issuer) for issuer in reversed(issuers)]
        if not issuers:
            found.append(path)
    return tuple(found)


def _may_have_issued(issuer: Certificate, certificate: Certificate) -> bool:
    return issuer.subject == certificate.issuer and can_have_made(issuer.public_key, certificate.signature)


def read_chain(context: str, certificates: tuple[Certificate, ...]) -> ChainReading:
    """One chain as it was sent, leaf first, read along the best way up."""
    readings = [_read_path(context, path) for path in paths_of(certificates)]
    best = min(readings, key=_rank)
    return replace(best, beside=tuple(use for reading in readings if reading is not best for use in reading.uses))


def _read_path(context: str, path: tuple[Certificate, ...]) -> ChainReading:
    """A CA's key is part of each signature that it made."""
    uses = [key_use(path[0])]
    for position, certificate in enumerate(path):
        if position > 0:
            uses.append(key_use(certificate))
        if not certificate.self_signed:
            uses.append(signature_use(certificate))
    return ChainReading(context, path[0], tuple(uses), ends_open=len(path) > 1 and not path[-1].self_signed)


def _rank(reading: ChainReading) -> tuple[bool, int, int, tuple[bytes | None, ...]]:
    """The smallest is the best; the last parts only make the choice the same in whatever order certificates came."""
    if reading.is_resistant:
        kind = 0
    elif QuantumClass.TRADITIONAL not in reading.classes:
        kind = 1
    else:
        kind = 2 if reading.hangs_on_last_signature else 3
    return reading.below_floor is not None, kind, len(reading.uses), tuple(use.certificate for use in reading.uses)


def read_chains(chains: NamedChains, *, of_file: bool = False) -> tuple[ChainReading, ...]:
    """Every chain by which the target itself is authenticated. Certificates of a file stand each for itself: they need not form a
    chain, and those that are there to encrypt to are left out, as are bare keys and what a system trusts, which the file's own
    facts tell. Those that a server publishes as an identity service's authenticate others than itself.

    Chains of other sites at the same address count only where the target has no other."""
    readings: list[ChainReading] = []
    for context, certificates in chains:
        if context in (ENCRYPTION, ANCHOR):
            continue
        if context in STANDING_ALONE:
            alone = [certificate for certificate in certificates if of_file and not certificate.is_bare_key]
            readings += [read_chain(context, (certificate,)) for certificate in alone]
        elif certificates:
            readings.append(read_chain(context, certificates))
    own = [reading for reading in readings if reading.context not in OTHER_SITES]
    return tuple(own or readings)
