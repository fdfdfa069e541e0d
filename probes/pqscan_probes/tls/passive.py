"""Facts about TLS servers and clients from handshakes between others, as captures hold them. What was not seen stays unknown."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Chain, Facts
from pqscan.model.passive import ASKED, PASSIVE, Kinds, Shared
from pqscan.model.reason import Reason
from pqscan.registry.dtls import DTLS, as_dtls
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import named_group
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.client_offer import ClientOffer
from pqscan.wire.tls.version_survey import chosen_group
from pqscan.wire.tls.words import Version
from pqscan_probes.tls.told import code_point, custom_prime, in_words_of_dtls, kept, plain

CLIENT_PROBE = "tls_client"
MOST_CHAINS = 16
MOST_FACTS = 500
"""Of one server."""
_TUPLE_BYTES, _PLACE_BYTES = 56, 8
_VALUE_BYTES = 40  # of memory, for a number in a list
OneT = TypeVar("OneT", bound=Hashable)
_RESISTANT = frozenset({QuantumClass.POST_QUANTUM, QuantumClass.PQT_HYBRID})


@dataclass(slots=True)
class TlsServerSeen:
    """Collects what one server chose on many connections. `passed_over` are the quantum-resistant groups that clients offered in
    TLS 1.3 while it chose another one; whether it could have chosen them is not known from that. A chain for which `shared` has no
    room is not kept."""

    shared: Shared = field(default_factory=Shared)
    observations: tuple[Observation, ...] = ()  # Tuples, for most servers say what others say: these are kept once.
    passed_over: tuple[int, ...] = ()
    chosen: tuple[int, ...] = ()
    chains: tuple[Chain, ...] = ()
    certificates: tuple[tuple[bytes, bytes], ...] = ()
    connections: int = 0

    def take(self, offer: ClientOffer | None, choice: Answer, server_name: str | None) -> None:
        """`choice` as far as it could be read in the clear. A server that only refused tells nothing that would be a fact here."""
        if choice.version is None or choice.chosen_suite is None:
            return
        self.connections += 1
        label = choice.version.label
        self._see(plain(Subject.PROTOCOL_VERSION, label, Support.ACCEPTED))
        self._see(code_point(Subject.CIPHER_SUITE, choice.chosen_suite, Support.ACCEPTED, label))
        group = chosen_group(choice)
        if group is not None:
            self.chosen = self._with(self.chosen, (group,))
            self._see(code_point(Subject.NAMED_GROUP, group, Support.ACCEPTED, label))
            if offer is not None and choice.version >= Version.TLS13 and not _is_resistant(group):
                self.passed_over = self._with(self.passed_over, tuple(filter(_is_resistant, offer.groups)))
        elif choice.prime_bits:
            self._see(custom_prime(choice.prime_bits, label, Subject.NAMED_GROUP, Support.ACCEPTED))
        if choice.scheme is not None:
            self._see(code_point(Subject.SIGNATURE_SCHEME, choice.scheme, Support.ACCEPTED, label))
        if choice.client_certificate_requested:
            self._see(plain(Subject.CLIENT_CERTIFICATE, "requested", Support.OFFERED, label))
        if choice.certificates and len(self.chains) < MOST_CHAINS:
            known = [self.shared.one(kept(der), len(der)) for der in choice.certificates]
            whole = [one for one in known if one is not None]
            if len(whole) == len(known):
                self.certificates = self._with(self.certificates, tuple(whole))
                self.chains = self._with(self.chains, (Chain(server_name, label, tuple(digest for digest, _ in whole)),))

    def facts(self) -> Facts:
        unproven = [
            code_point(Subject.NAMED_GROUP, group, Support.UNKNOWN, Version.TLS13.label, reason="offered_not_chosen")
            for group in self.passed_over
            if group not in self.chosen
        ]
        return Facts(
            observations=(*self.observations, *unproven),
            chains=self.chains,
            certificates=tuple(der for _, der in self.certificates),
            depth=PASSIVE,
            asked=ASKED,
            complete=False,
            detail=Reason.of("seen_passively"),
        )

    def _see(self, observation: Observation) -> None:
        if len(self.observations) < MOST_FACTS:
            self.observations = self._with(self.observations, (observation,))

    def _with(self, known: tuple[OneT, ...], more: tuple[OneT, ...]) -> tuple[OneT, ...]:
        """Both, each once, as one object for all servers of which as much is known."""
        news = tuple(one for one in dict.fromkeys(more) if one not in known)
        if not news:
            return known
        both = known + news
        return self.shared.one(both, _TUPLE_BYTES + _PLACE_BYTES * len(both)) or both


class DtlsServerSeen(TlsServerSeen):
    """The same of a server of DTLS."""

    def facts(self) -> Facts:
        return in_words_of_dtls(super().facts())


@dataclass(slots=True)
class TlsClientSeen:
    """Collects the kinds of hello that one address sent: programs are told apart by what they offer, not by whom they asked."""

    kinds: Kinds[ClientOffer] = field(default_factory=Kinds)

    def take(self, offer: ClientOffer) -> None:
        program = replace(offer, server_name=None, alpn=())
        self.kinds.take(program, _VALUE_BYTES * program.count)

    def facts(self) -> Facts:
        """Each kind of hello is a `context` of its own, named by a digest of what it offers, so that it keeps its name."""
        found: list[Observation] = []
        for program in sorted(self.kinds.seen, key=_name):
            found += _offered(program, _name(program))
        return self.kinds.facts(found)


def _is_resistant(group: int) -> bool:
    row = named_group(group).row
    return row is not None and row.quantum_class in _RESISTANT


def _name(program: ClientOffer) -> str:
    lists: tuple[object, ...] = (
        program.versions, program.cipher_suites, program.groups, program.share_groups, program.schemes
    )  # fmt: skip
    if program.over_datagrams:
        lists = (*lists, DTLS)
    digest = hashlib.sha256(repr(lists).encode("ascii")).hexdigest()
    return f"hello-{digest[:8]}"


def _offered(program: ClientOffer, context: str) -> list[Observation]:
    labels = [Version(version).label for version in program.versions if version in Version.__members__.values()]
    labels = list(map(as_dtls, labels)) if program.over_datagrams else labels
    found = [plain(Subject.PROTOCOL_VERSION, label, Support.OFFERED, context) for label in labels]
    for subject, values in (
        (Subject.NAMED_GROUP, program.groups),
        (Subject.CIPHER_SUITE, program.cipher_suites),
        (Subject.SIGNATURE_SCHEME, program.schemes),
    ):
        found += [code_point(subject, value, Support.OFFERED, context, rank=rank) for rank, value in enumerate(values, 1)]
    return found
