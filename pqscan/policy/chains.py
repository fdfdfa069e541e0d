"""What a certificate chain rests on: the certificates on the way from the leaf to where it is trusted, their keys and
signatures (RFC 5280, section 6.1). A trust anchor's signature on itself proves nothing and does not count; one that another
key made under the same name (RFC 5280, section 3.2: self-issued) does.
"""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.model.certificate import Certificate
from pqscan.policy.answers import QUANTUM_RESISTANT
from pqscan.policy.floor import below_floor
from pqscan.policy.rule import Rule
from pqscan.policy.uses import AlgorithmUse, key_use, signature_use
from pqscan.registry.quantum import QuantumClass

NamedChains = tuple[tuple[str, tuple[Certificate, ...]], ...]
OTHER_SITES = frozenset({"no_server_name", "virtual_host"})  # certificates of other names at the same address
LONGEST_PATH = 20  # Longer chains are no chains; the rest is not followed.


@dataclass(frozen=True, slots=True)
class ChainReading:
    """The uses that a chain's trust rests on, leaf first."""

    context: str
    leaf: Certificate
    uses: tuple[AlgorithmUse, ...]

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
        others = [use for use in self.uses if use.quantum_class not in QUANTUM_RESISTANT]
        traditional = (use for use in others if use.quantum_class is QuantumClass.TRADITIONAL)
        return next(traditional, others[0] if others else None)

    @property
    def below_floor(self) -> tuple[AlgorithmUse, Rule] | None:
        """The first use below today's floor and the rule that says so."""
        found = ((use, rule) for use in self.uses if (rule := below_floor(use)) is not None)
        return next(found, None)


def path_of(certificates: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """The certificates on the way up from the leaf, in order; what a peer sends besides is left out."""
    path = [certificates[0]]
    rest = list(certificates[1:LONGEST_PATH])
    while rest and not path[-1].self_signed:
        issuer = next((candidate for candidate in rest if candidate.subject == path[-1].issuer), None)
        if issuer is None:
            break
        rest.remove(issuer)
        path.append(issuer)
    return tuple(path)


def read_chain(context: str, certificates: tuple[Certificate, ...]) -> ChainReading:
    """One chain as it was sent, leaf first. A CA's key is part of each signature that it made."""
    path = path_of(certificates)
    uses = [key_use(path[0])]
    for position, certificate in enumerate(path):
        if position > 0:
            uses.append(key_use(certificate))
        if not certificate.self_signed:
            uses.append(signature_use(certificate))
    return ChainReading(context, path[0], tuple(uses))


def read_chains(chains: NamedChains) -> tuple[ChainReading, ...]:
    """Every chain of the target itself. Certificates of a file stand each for itself: they need not form a chain.

    Chains of other sites at the same address count only where the target has no other."""
    readings: list[ChainReading] = []
    for context, certificates in chains:
        if context == "file":
            readings += [read_chain(context, (certificate,)) for certificate in certificates]
        elif certificates:
            readings.append(read_chain(context, certificates))
    own = [reading for reading in readings if reading.context not in OTHER_SITES]
    return tuple(own or readings)
