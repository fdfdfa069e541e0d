"""What was found of signatures in one piece of a file, and how it is told. Certificates are kept where they lie encoded, so that
the probe of certificates does not see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.certificate import Certificate
from pqscan.model.certificate_facts import observations_of
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Chain
from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.oids import ObjectIdentifier
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.chain import split_bundle

MOST = 10_000
MOST_CERTIFICATES = 1000
PASSWORD = "password"  # noqa: S105  # What establishes the key where a document is locked by one.
Stated = tuple[str, str | int | None]


@dataclass(slots=True)
class Found:
    """`unreadable` counts what began like a signed or encrypted thing and could not be read; `is_cut`: there is more than is told.
    `certificates` are by their digest, `chains` as they stood together."""

    observations: list[Observation] = field(default_factory=list)
    unreadable: int = 0
    is_cut: bool = False
    certificates: dict[bytes, Certificate] = field(default_factory=dict)
    chains: dict[Chain, None] = field(default_factory=dict)
    _by_octets: dict[bytes, Certificate | None] = field(default_factory=dict)
    _bundles: set[tuple[bytes, ...]] = field(default_factory=set)

    def within(self, places: Sequence[int], most: int) -> Sequence[int]:
        """The first `most` of the places of something; that there are more is told."""
        self.is_cut = self.is_cut or len(places) > most
        return places[:most]

    def keep(self, ders: Iterable[bytes], where: Where) -> list[Certificate]:
        """Takes in certificates that lie encoded, each told once; gives those that could be read."""
        read = [one for one in (self._read(der, where) for der in ders) if one is not None]
        digests = tuple(one.sha256 for one in read)
        if digests not in self._bundles:
            self._bundles.add(digests)
            for chain in split_bundle(read):
                self.chains.setdefault(Chain(None, "file", tuple(one.sha256 for one in chain)))
        return read

    def _read(self, der: bytes, where: Where) -> Certificate | None:
        """The same certificate stands beside many signatures, and is read once."""
        if der in self._by_octets:
            return self._by_octets[der]
        if len(self._by_octets) >= MOST_CERTIFICATES:
            self.is_cut = True
            return None
        certificate: Certificate | None = None
        try:
            certificate = read_certificate(der)
        except MalformedMessage:
            self.unreadable += 1
        else:
            self.certificates[certificate.sha256] = certificate
            self.observations.extend(observations_of(certificate, where, "file"))
        self._by_octets[der] = certificate
        return certificate

    def add(self, observation: Observation) -> None:
        if len(self.observations) >= MOST:
            self.is_cut = True
        elif observation not in self.observations[-8:]:  # Recipients of one message are mostly alike.
            self.observations.append(observation)

    def signature(
        self,
        value: str,
        form: str,
        where: Where,
        *stated: Stated,
        name: str | None = None,
        quantum_class: QuantumClass = QuantumClass.UNKNOWN,
        components: tuple[str, ...] = (),
        usage: Usage = Usage.PRESENT,
    ) -> None:
        """`form` is the context; what is None among `stated` is not known."""
        self.add(_told(Subject.DOCUMENT_SIGNATURE, value, form, where, stated, name, quantum_class, components, usage))

    def encryption(
        self,
        value: str,
        form: str,
        where: Where,
        *stated: Stated,
        name: str | None = None,
        quantum_class: QuantumClass = QuantumClass.NOT_PUBLIC_KEY,
        components: tuple[str, ...] = (),
        usage: Usage = Usage.PRESENT,
    ) -> None:
        """Of what establishes the key of a document."""
        self.add(_told(Subject.DOCUMENT_ENCRYPTION, value, form, where, stated, name, quantum_class, components, usage))

    def cipher(self, algorithm: Algorithm | None, where: Where, *, usage: Usage = Usage.PRESENT) -> None:
        """What encrypts a document itself; nothing where no row of the registry has it."""
        if algorithm is not None:
            self.add(algorithm_observation(algorithm, usage, where, function=Function.ENCRYPTION))


def cipher_of(row: ObjectIdentifier | None) -> Algorithm | None:
    """The algorithm of a cipher's object identifier, by its family and the size of its key."""
    if row is None:
        return None
    spellings = (f"{row.family}-{row.bits}", row.family, row.name.partition("-")[0])
    return next((algorithm for algorithm in map(by_name, spellings) if algorithm is not None), None)


def _told(
    subject: Subject,
    value: str,
    form: str,
    where: Where,
    stated: tuple[Stated, ...],
    name: str | None,
    quantum_class: QuantumClass,
    components: tuple[str, ...],
    usage: Usage,
) -> Observation:
    return Observation(
        subject,
        value,
        Support.OFFERED,
        context=form,
        name=name,
        quantum_class=quantum_class,
        usage=usage,
        components=components,
        parameters=tuple((key, given) for key, given in stated if given is not None),
        where=where,
    )
