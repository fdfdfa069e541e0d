"""What one line of a configuration puts in force, as observations with the code points that the network probes tell."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.observation import Confidence, Observation, RankBasis, Subject, Support, Usage, Where
from pqscan.registry import algorithms
from pqscan.registry.ike import IkeNumber
from pqscan.registry.quantum import QuantumClass, together_with_another
from pqscan.registry.ssh import SshKind, ssh_algorithm
from pqscan.registry.tls_names import group_named, scheme_named
from pqscan.registry.tls_rows import CipherSuite
from pqscan.wire.config.setting import shown

REST = "*"
_SSH = {
    Subject.KEX_METHOD: SshKind.KEY_EXCHANGE,
    Subject.HOST_KEY: SshKind.HOST_KEY,
    Subject.ENCRYPTION: SshKind.CIPHER,
    Subject.MAC: SshKind.MAC,
}


@dataclass(frozen=True, slots=True)
class Line:
    """Where something is set: by which directive, in which part of the configuration."""

    context: str
    directive: str
    where: Where
    further: tuple[tuple[str, str | int], ...] = ()

    def group(self, name: str, rank: int | None, confidence: Confidence = Confidence.OBSERVED) -> Observation:
        """A TLS group; a name that no source lists is kept as it stands."""
        point = group_named(name)
        row = None if point is None else point.row
        return Observation(
            Subject.NAMED_GROUP,
            shown(name) if point is None else point.text,
            Support.OFFERED,
            self.context,
            name=None if row is None else row.name,
            rank=rank,
            rank_basis=None if rank is None else RankBasis.LIST_ORDER,
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
            usage=Usage.CONFIGURED,
            confidence=confidence,
            components=() if row is None else row.components,
            parameters=self.parameters,
            where=self.where,
        )

    def scheme(self, name: str, rank: int) -> Observation:
        point = scheme_named(name)
        row = None if point is None else point.row
        return Observation(
            Subject.SIGNATURE_SCHEME,
            shown(name) if point is None else point.text,
            Support.OFFERED,
            self.context,
            name=None if row is None else row.name,
            rank=rank,
            rank_basis=RankBasis.LIST_ORDER,
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
            usage=Usage.CONFIGURED,
            components=() if row is None else row.components,
            parameters=self.parameters,
            where=self.where,
        )

    def suite(self, row: CipherSuite, rank: int | None, confidence: Confidence = Confidence.OBSERVED) -> Observation:
        return Observation(
            Subject.CIPHER_SUITE,
            f"0x{row.value:04x}",
            Support.OFFERED,
            self.context,
            name=row.name,
            rank=rank,
            rank_basis=None if rank is None else RankBasis.LIST_ORDER,
            quantum_class=row.quantum_class,
            usage=Usage.CONFIGURED,
            confidence=confidence,
            parameters=self.parameters,
            where=self.where,
        )

    def version(self, version: str, confidence: Confidence = Confidence.OBSERVED) -> Observation:
        return Observation(
            Subject.PROTOCOL_VERSION,
            version,
            Support.OFFERED,
            self.context,
            name=version,
            usage=Usage.CONFIGURED,
            confidence=confidence,
            parameters=self.parameters,
            where=self.where,
        )

    def ssh(self, subject: Subject, name: str, rank: int | None) -> Observation:
        row = ssh_algorithm(_SSH[subject], name)
        agrees = subject in (Subject.KEX_METHOD, Subject.HOST_KEY)
        unlisted = QuantumClass.UNKNOWN if agrees else QuantumClass.NOT_PUBLIC_KEY
        return Observation(
            subject,
            shown(name),
            Support.OFFERED,
            self.context,
            name=None if row is None else row.name,
            rank=rank,
            rank_basis=None if rank is None else RankBasis.LIST_ORDER,
            quantum_class=unlisted if row is None else row.quantum_class,
            usage=Usage.CONFIGURED,
            components=() if row is None else row.components,
            parameters=self.parameters,
            where=self.where,
        )

    def ike(self, subject: Subject, value: str, row: IkeNumber | None, rank: int, bits: int | None = None) -> Observation:
        """A transform of IKE or ESP, with the bits of its key where they are told; `value` is its number, or an unknown word."""
        unlisted = QuantumClass.UNKNOWN if subject is Subject.IKE_KEY_EXCHANGE else QuantumClass.NOT_PUBLIC_KEY
        return Observation(
            subject,
            value if bits is None else f"{value}/{bits}",
            Support.OFFERED,
            self.context,
            name=None if row is None else row.name if bits is None else f"{row.name}-{bits}",
            rank=rank,
            rank_basis=RankBasis.LIST_ORDER,
            quantum_class=unlisted if row is None else row.quantum_class,
            usage=Usage.CONFIGURED,
            components=() if row is None else row.components,
            parameters=self.parameters,
            where=self.where,
        )

    def ike_additional(self, number: int, row: IkeNumber | None, under: IkeNumber | None, rank: int) -> Observation:
        """A key exchange on top of the group `under` (RFC 9370): one that resists makes one hybrid with it."""
        components = (() if under is None else under.components) + (() if row is None else row.components)
        return Observation(
            Subject.IKE_ADDITIONAL_KEY_EXCHANGE,
            str(number),
            Support.OFFERED,
            self.context,
            name=None if row is None else row.name,
            rank=rank,
            rank_basis=RankBasis.LIST_ORDER,
            quantum_class=QuantumClass.UNKNOWN if row is None else together_with_another(row.quantum_class),
            usage=Usage.CONFIGURED,
            components=components,
            parameters=self.parameters,
            where=self.where,
        )

    def algorithm(
        self, algorithm: algorithms.Algorithm, *, size_bits: int | None = None, parameter: str | None = None,
        function: algorithms.Function | None = None, others: tuple[tuple[str, str | int], ...] = (),
    ) -> Observation:  # fmt: skip
        """What no protocol numbers. Its context is what it is used for; the part of the configuration is the parameter `part`."""
        return algorithm_observation(
            algorithm,
            Usage.CONFIGURED,
            self.where,
            function=function,
            size_bits=size_bits,
            parameter=parameter,
            others=(*self.parameters, ("part", self.context), *others),
        )

    def open(self, subject: Subject, reason: str, **parameters: str | int) -> Observation:
        """That more of the kind may be in force than is told, and why that is not known."""
        return Observation(
            subject,
            REST,
            Support.UNKNOWN,
            self.context,
            quantum_class=QuantumClass.UNKNOWN,
            usage=Usage.CONFIGURED,
            confidence=Confidence.INFERRED,
            parameters=(*self.parameters, ("reason", reason), *parameters.items()),
            where=self.where,
        )

    @property
    def parameters(self) -> tuple[tuple[str, str | int], ...]:
        return ((("directive", self.directive),) if self.directive else ()) + self.further
