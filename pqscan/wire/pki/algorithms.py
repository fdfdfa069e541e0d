"""Names what an object identifier stands for in a certificate, from the registry's rows; unlisted ones keep their number."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.registry.oids import ObjectIdentifier, by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.der import OBJECT_IDENTIFIER, DerReader, Element, dotted

_CLASSES_OF_SETS = (QuantumClass.POST_QUANTUM, QuantumClass.PQT_HYBRID)


@dataclass(frozen=True, slots=True)
class Identified:
    """An AlgorithmIdentifier (RFC 5280, section 4.1.1.2): its number, the registry's row, and what follows as parameters."""

    oid: str
    row: ObjectIdentifier | None
    parameters: Element | None

    @property
    def name(self) -> str:
        """As published; the dotted number where the registry does not list it."""
        return self.row.name if self.row is not None else self.oid

    @property
    def quantum_class(self) -> QuantumClass:
        return self.row.quantum_class if self.row is not None else QuantumClass.UNKNOWN

    @property
    def components(self) -> tuple[str, ...]:
        return self.row.components if self.row is not None else ()

    @property
    def is_whole(self) -> bool:
        """True where the number alone says everything (ML-DSA-65), as those of post-quantum and composite algorithms do."""
        if self.row is None:
            return False
        return self.row.quantum_class in _CLASSES_OF_SETS or "broken_pq" in self.row.weak

    @property
    def parameter_set(self) -> str | None:
        """The parameter set, where the number names one: `ML-DSA-65`, but none for HSS/LMS nor for a composite."""
        return self.row.name if self.row is not None and self.row.name != self.row.family and not self.components else None


def read_algorithm(reader: DerReader) -> Identified:
    """The AlgorithmIdentifier whose value `reader` stands before. Raises MalformedMessage where there is no number."""
    oid = dotted(reader.read("algorithm", OBJECT_IDENTIFIER).value, "algorithm")
    parameters = None if reader.exhausted else reader.read("parameters")
    return Identified(oid, by_oid(oid), parameters)
