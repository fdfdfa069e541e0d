"""A profile read as answers: which versions, groups, suites and schemes were accepted, refused or left open, and where
the answers contradict each other. Reads facts and the registry's meaning of them; judges nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.registry import tls
from pqscan.registry.dtls import DTLS, as_tls
from pqscan.registry.quantum import QuantumClass

VERSIONS = ("SSLv2", "SSLv3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")  # oldest first
OWN_PARAMETERS = ("dh:", "explicit_curve:")  # parameters of the server's own, below TLS 1.3: the kind and its size in bits
REST = "*"  # the value of an observation that speaks of everything else on its axis
QUANTUM_RESISTANT = frozenset({QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM})
ASKED_SUBJECTS = frozenset(
    {
        Subject.PROTOCOL_VERSION,
        Subject.NAMED_GROUP,
        Subject.CIPHER_SUITE,
        Subject.SIGNATURE_SCHEME,
        Subject.SELECTED_VERSION,
        Subject.SELECTED_GROUP,
        Subject.SELECTED_CIPHER_SUITE,
        Subject.SELECTED_SIGNATURE_SCHEME,
        Subject.BEHAVIOUR,
    }
)
_OF_VERSIONS = frozenset({Subject.PROTOCOL_VERSION, Subject.SELECTED_VERSION})
_FILE_PROBES = frozenset(
    {
        "certificate_file",
        "identity_metadata",
        "private_key_file",
        "public_key_file",
        "keystore_file",
        "nss_database",
        "windows_store",
        "windows_key",
        "age_key",
        "xml_key",
        "file",
    }
)
_FILE_SUBJECTS = frozenset({Subject.CERTIFICATE_KEY, Subject.CERTIFICATE_SIGNATURE, Subject.PRIVATE_KEY, Subject.PUBLIC_KEY})
_SELECTED_OF = {
    Subject.SELECTED_GROUP: Subject.NAMED_GROUP,
    Subject.SELECTED_SIGNATURE_SCHEME: Subject.SIGNATURE_SCHEME,
    Subject.SELECTED_VERSION: Subject.PROTOCOL_VERSION,
}


def code_point_value(text: str) -> int | None:
    """The number of `0x11ec`; None where the value is no code point of a TLS registry."""
    try:
        return int(text, 16) if text.startswith("0x") and len(text) <= 8 else None
    except ValueError:
        return None


def one_class(classes: set[QuantumClass], first: QuantumClass) -> QuantumClass:
    """What several meanings of one value say together: resistant where all are, unknown where they differ in substance."""
    if not classes:
        return QuantumClass.UNKNOWN
    return first if len(classes) == 1 or classes <= QUANTUM_RESISTANT else QuantumClass.UNKNOWN


def group_class(value: str, version: str | None) -> QuantumClass:
    """What a named group means in one version.

    Hybrid and post-quantum groups are defined for TLS 1.3 alone (RFC 10024, section 1): a server that names one below
    it does something no document describes, so the class is unknown there."""
    if value.startswith(OWN_PARAMETERS):
        return QuantumClass.TRADITIONAL
    number = code_point_value(value)
    rows = () if number is None else tls.named_group(number).rows
    found = one_class({row.quantum_class for row in rows}, rows[0].quantum_class if rows else QuantumClass.UNKNOWN)
    return QuantumClass.UNKNOWN if found in QUANTUM_RESISTANT and as_tls(version or "") != "TLS1.3" else found


def scheme_class(value: str) -> QuantumClass:
    """What a signature scheme means; an anonymous or unlisted one is unknown."""
    number = code_point_value(value)
    rows = () if number is None else tls.signature_scheme(number).rows
    found = one_class({row.quantum_class for row in rows}, rows[0].quantum_class if rows else QuantumClass.UNKNOWN)
    return QuantumClass.UNKNOWN if found is QuantumClass.NOT_PUBLIC_KEY else found


def suite_row(value: str) -> tls.CipherSuite | None:
    """The likeliest meaning of a cipher suite; None where no source lists it."""
    number = code_point_value(value)
    return None if number is None else tls.cipher_suite(number).row


def reason_code(observation: Observation) -> str:
    """The reason that every unknown observation carries; `not_proven` where it was left out."""
    return str(dict(observation.parameters).get("reason", "not_proven"))


def _in_words_of_tls(observation: Observation) -> Observation:
    value = as_tls(observation.value) if observation.subject in _OF_VERSIONS else observation.value
    return replace(observation, value=value, context=None if observation.context is None else as_tls(observation.context))


@dataclass(frozen=True)
class Answers:
    """One profile, indexed. `cached_property` needs a `__dict__`, hence no slots.

    Versions of DTLS are read as those of TLS that they are: whoever tells them to a reader spells them again."""

    profile: Profile

    def __post_init__(self) -> None:
        if self.profile.probe == DTLS:
            observations = tuple(map(_in_words_of_tls, self.profile.observations))
            object.__setattr__(self, "profile", replace(self.profile, observations=observations))

    @cached_property
    def _index(self) -> dict[tuple[Subject, str | None], list[Observation]]:
        index: dict[tuple[Subject, str | None], list[Observation]] = {}
        for observation in self.profile.observations:
            index.setdefault((observation.subject, observation.context), []).append(observation)
        return index

    def of(self, subject: Subject, context: str | None) -> list[Observation]:
        return self._index.get((subject, context), [])

    def accepted(self, subject: Subject, context: str | None) -> Iterator[Observation]:
        """What the peer itself showed, without the pinned client's own row."""
        return (o for o in self.of(subject, context) if o.support.shows_use and o.value != REST)

    def refused(self, subject: Subject, context: str | None) -> frozenset[str]:
        return frozenset(o.value for o in self.of(subject, context) if o.support is Support.REFUSED)

    def left_open(self, subject: Subject, context: str | None) -> Observation | None:
        """The first observation of this axis that could not be proven either way."""
        return next((o for o in self.of(subject, context) if o.support is Support.UNKNOWN), None)

    def version(self, version: str) -> Support | None:
        """Whether the version is accepted, refused or unknown; None where nobody asked. What runs in it shows it too."""
        if version not in self._versions:
            self._versions[version] = self._version(version)
        return self._versions[version]

    @cached_property
    def _versions(self) -> dict[str, Support | None]:
        """Each judgement asks of each version several times."""
        return {}

    def _version(self, version: str) -> Support | None:
        own = {o.support for o in self.of(Subject.PROTOCOL_VERSION, None) if o.value == version}
        inside = (Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME)
        if any(support.shows_use for support in own) or self.selected_version == version:
            return Support.ACCEPTED
        if any(True for subject in inside for _ in self.accepted(subject, version)):
            return Support.ACCEPTED
        return next((support for support in (Support.REFUSED, Support.UNKNOWN) if support in own), None)

    @cached_property
    def accepted_versions(self) -> tuple[str, ...]:
        """Oldest first."""
        return tuple(version for version in VERSIONS if self.version(version) is Support.ACCEPTED)

    def groups(self, version: str) -> tuple[str, ...]:
        """Values of accepted groups, the one that the pinned client got among them."""
        values = [o.value for o in self.accepted(Subject.NAMED_GROUP, version)]
        values += [o.value for o in self.accepted(Subject.SELECTED_GROUP, version) if o.value not in values]
        return tuple(values)

    def suites(self, version: str) -> tuple[str, ...]:
        values = [o.value for o in self.accepted(Subject.CIPHER_SUITE, version)]
        values += [o.value for o in self.accepted(Subject.SELECTED_CIPHER_SUITE, version) if o.value not in values]
        return tuple(values)

    def schemes(self, version: str) -> tuple[str, ...]:
        values = [o.value for o in self.accepted(Subject.SIGNATURE_SCHEME, version)]
        values += [o.value for o in self.accepted(Subject.SELECTED_SIGNATURE_SCHEME, version) if o.value not in values]
        return tuple(values)

    def _selected(self, subject: Subject) -> str | None:
        return next((o.value for o in self.accepted(subject, self.selected_version)), None)

    @cached_property
    def selected_version(self) -> str | None:
        """What the pinned client got; told by the context of its other answers where no version was stated."""
        stated = next((o.value for o in self.accepted(Subject.SELECTED_VERSION, None)), None)
        if stated is not None:
            return stated
        rest = (Subject.SELECTED_GROUP, Subject.SELECTED_CIPHER_SUITE, Subject.SELECTED_SIGNATURE_SCHEME)
        return next((o.context for o in self.profile.observations if o.subject in rest and o.support.shows_use), None)

    @property
    def selected_group(self) -> str | None:
        return self._selected(Subject.SELECTED_GROUP)

    @property
    def selected_suite(self) -> str | None:
        return self._selected(Subject.SELECTED_CIPHER_SUITE)

    @property
    def selected_scheme(self) -> str | None:
        return self._selected(Subject.SELECTED_SIGNATURE_SCHEME)

    @cached_property
    def client_failure(self) -> Observation | None:
        """The observation that the pinned current client gets no connection at all."""
        found = (o for o in self.profile.observations if o.subject is Subject.BEHAVIOUR and o.value == "current_client_fails")
        return next(found, None)

    @property
    def is_file(self) -> bool:
        """True for a certificate or key at rest: nothing there agrees on keys."""
        subjects = {observation.subject for observation in self.profile.observations}
        return self.profile.probe in _FILE_PROBES or (bool(subjects) and subjects <= _FILE_SUBJECTS)

    def contradiction(self) -> Observation | None:
        """An answer that another answer of the same profile denies, None where they agree.

        The same value shown and refused; the pinned client got what is refused; something runs in a refused version."""
        refused = {(o.subject, o.context, o.value) for o in self.profile.observations if o.support is Support.REFUSED}
        refused_versions = {value for subject, _, value in refused if subject is Subject.PROTOCOL_VERSION}
        for o in self.profile.observations:
            if o.subject not in ASKED_SUBJECTS or not o.support.shows_use:
                continue
            subject = _SELECTED_OF.get(o.subject, o.subject)
            if (subject, o.context, o.value) in refused:
                return o
            if o.context in refused_versions and o.subject is not Subject.BEHAVIOUR:
                return o
        return None
