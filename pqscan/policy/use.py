"""One use of one algorithm, as rules speak of it."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.policy.rule import Purpose
from pqscan.registry.quantum import QuantumClass

ENCRYPTION = "encryption"  # the context of a key that others encrypt to: it authenticates nobody
ANY_USE = "any_use"  # of one of which nothing says what it is for
CONSTRUCTION = {
    QuantumClass.TRADITIONAL: "classical",
    QuantumClass.PQT_HYBRID: "hybrid",
    QuantumClass.POST_QUANTUM: "pure",
}


@dataclass(frozen=True, slots=True)
class AlgorithmUse:
    """What is used, for what. `strength` are classical bits of the traditional part, None where they cannot be told;
    `by_key` says that the strength is the certificate key's, which is judged there."""

    purpose: Purpose
    subject: str
    value: str
    name: str | None
    context: str | None
    quantum_class: QuantumClass
    families: tuple[str, ...]
    parameter_sets: tuple[str, ...] = ()
    strength: int | None = None
    by_key: bool = False
    profile: bytes | None = None
    certificate: bytes | None = None

    @property
    def construction(self) -> str | None:
        """classical, hybrid or pure; None where no public-key algorithm is used or it is not known which."""
        return CONSTRUCTION.get(self.quantum_class)
