"""What the values of one entry of a tree mean together: versions bound each other, and what is exchanged on top of a group of IKE
makes one hybrid with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from pqscan.model.observation import Confidence, Observation, Subject
from pqscan.registry.config_trees import Directive, Means, words
from pqscan.wire.config.openssl_ciphers import suite_named
from pqscan.wire.config.tls_versions import VERSIONS, first_version, signed_versions, version_of
from pqscan_probes.configuration_file.told import Line
from pqscan_probes.configuration_file.tree_ike import IKE, ike_observations
from pqscan_probes.configuration_file.tree_keys import key_observations
from pqscan_probes.configuration_file.values import openssl_ciphers

OPEN_SUBJECT = {
    Means.GROUPS: Subject.NAMED_GROUP,
    Means.GROUPS_OPEN: Subject.NAMED_GROUP,
    Means.SUITES: Subject.CIPHER_SUITE,
    Means.CIPHERS: Subject.CIPHER_SUITE,
    Means.VERSIONS: Subject.PROTOCOL_VERSION,
    Means.VERSIONS_SIGNED: Subject.PROTOCOL_VERSION,
    Means.VERSIONS_OFF: Subject.PROTOCOL_VERSION,
    Means.LEAST: Subject.PROTOCOL_VERSION,
    Means.MOST: Subject.PROTOCOL_VERSION,
    Means.RANGE: Subject.PROTOCOL_VERSION,
    Means.TLS_POLICY: Subject.NAMED_GROUP,
    Means.KEY: Subject.ALGORITHM,
    Means.SSH_KEX: Subject.KEX_METHOD,
    Means.SSH_HOST_KEYS: Subject.HOST_KEY,
    Means.SSH_CIPHERS: Subject.ENCRYPTION,
    Means.SSH_MACS: Subject.MAC,
    Means.IKE_VERSION: Subject.PROTOCOL_VERSION,
    Means.IKE_GROUPS: Subject.IKE_KEY_EXCHANGE,
    Means.IKE_ADDITIONAL: Subject.IKE_ADDITIONAL_KEY_EXCHANGE,
    Means.IKE_ENCRYPTION: Subject.IKE_ENCRYPTION,
    Means.IKE_INTEGRITY: Subject.IKE_INTEGRITY,
    Means.IKE_PRF: Subject.IKE_PRF,
    Means.IKE_PROPOSALS: Subject.IKE_ENCRYPTION,
}
"""What a value is told as that nobody knows."""
_OF_VERSIONS = frozenset({Means.VERSIONS, Means.VERSIONS_SIGNED, Means.VERSIONS_OFF, Means.LEAST, Means.MOST, Means.RANGE})
_SSH = frozenset({Means.SSH_KEX, Means.SSH_HOST_KEYS, Means.SSH_CIPHERS, Means.SSH_MACS})
_APART = re.compile(r"[\s,:;|\[\]]+")
_CURVE_BEHIND = re.compile(r"_P(?:256|384|521)\Z")
_DEFAULTS = frozenset({"auto", "default"})
_FILLED_IN = ("{{", "${", "$(", "{$", "{env.", "to-be-filled")
MOST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Value:
    """What an entry says for one directive: its texts with their lines, in order. `is_set`: the directive stands there, if only
    with something that is no plain text; `spelled` is how. `size`, `curve` and `use` go with a key."""

    directive: Directive
    texts: tuple[tuple[str, int], ...]
    line: int
    is_set: bool
    spelled: str
    size: str = ""
    curve: str = ""
    use: str = ""
    confidence: Confidence = Confidence.OBSERVED

    @property
    def is_open(self) -> bool:
        """Whether it is filled in elsewhere."""
        return self.is_set and (not self.texts or any(mark in text for text, _ in self.texts for mark in _FILLED_IN))

    def words(self) -> tuple[tuple[str, int], ...]:
        """The single words of all texts."""
        found = [(word, line) for text, line in self.texts for word in _APART.split(text) if word]
        return tuple(found[:MOST_WORDS])

    def in_force(self) -> Value:
        """With the product's default where the directive is missing."""
        if self.is_set or self.directive.default is None:
            return self
        return replace(self, texts=((self.directive.default, self.line),), confidence=Confidence.INFERRED)


MakeLine = Callable[[Value, int], Line]


def observations_of(values: tuple[Value, ...], line_of: MakeLine) -> Iterator[Observation]:
    """Everything that the values of one entry put in force."""
    for value in values:
        if value.is_open:
            yield line_of(value, value.line).open(OPEN_SUBJECT[value.directive.means], "configuration_variable")
    known = tuple(each for value in values if not value.is_open and (each := value.in_force()).texts)
    yield from _versions([each for each in known if each.directive.means in _OF_VERSIONS], line_of)
    yield from ike_observations(tuple(each for each in known if each.directive.means in IKE), line_of)
    for each in known:
        if each.directive.means is Means.KEY:
            yield from key_observations(each, line_of)
        elif each.directive.means is Means.TLS_POLICY:
            yield from _of_policy(each, line_of)
        elif each.directive.means in _SSH:
            yield from _ssh(each, line_of)
        elif each.directive.means in _TLS:
            yield from _TLS[each.directive.means](each, line_of)


def _groups(value: Value, line_of: MakeLine) -> Iterator[Observation]:
    meanings = words().groups
    for rank, (word, line) in enumerate(value.words(), 1):
        if word.lower() in _DEFAULTS:
            yield line_of(value, line).open(Subject.NAMED_GROUP, "configuration_default")
        else:
            yield line_of(value, line).group(meanings.get(word.lower(), word), rank, value.confidence)


def _suites(value: Value, line_of: MakeLine) -> Iterator[Observation]:
    """By name; the curve that old versions of Windows hang behind a name is none of it."""
    for rank, (word, line) in enumerate(value.words(), 1):
        row = suite_named(_CURVE_BEHIND.sub("", word))
        if row is not None:
            yield line_of(value, line).suite(row, rank, value.confidence)


def _ciphers(value: Value, line_of: MakeLine) -> Iterator[Observation]:
    for text, line in value.texts:
        yield from openssl_ciphers(text, line_of(value, line))


def _groups_open(value: Value, line_of: MakeLine) -> Iterator[Observation]:
    yield line_of(value, value.line).open(Subject.NAMED_GROUP, value.directive.why)


_TLS = {Means.GROUPS: _groups, Means.GROUPS_OPEN: _groups_open, Means.SUITES: _suites, Means.CIPHERS: _ciphers}


def _ssh(value: Value, line_of: MakeLine) -> Iterator[Observation]:
    meanings, subject = words().ssh, OPEN_SUBJECT[value.directive.means]
    for rank, (word, line) in enumerate(value.words(), 1):
        yield line_of(value, line).ssh(subject, meanings.get(word.lower(), word), rank)


def _of_policy(value: Value, line_of: MakeLine) -> Iterator[Observation]:
    """What a provider's policy stands for; one that no row knows is left open."""
    text, line = value.texts[0]
    policy = next((each for each in words().policies if any(fnmatchcase(text, said) for said in each.said)), None)
    if policy is None:
        yield line_of(value, line).open(Subject.NAMED_GROUP, "configuration_policy_unknown")
        return
    for version in policy.versions:
        yield line_of(value, line).version(version, Confidence.INFERRED)
    for group in policy.groups:
        yield line_of(value, line).group(group, None, Confidence.INFERRED)


def _versions(values: list[Value], line_of: MakeLine) -> Iterator[Observation]:
    """Those that are on by all directives together; what no word names itself is concluded."""
    on: set[str] | None = None
    named: dict[str, tuple[Value, int]] = {}
    for value in values:
        reads = first_version if value.directive.means in _BOUNDS else version_of  # A bare number names a bound.
        found = [(version, line) for word, line in value.words() if (version := reads(word)) is not None]
        these = _of_means(value, [version for version, _ in found])
        if these is None:
            continue
        on = set(these) if on is None else on & set(these)
        named |= {version: (value, line) for version, line in found if value.directive.means is not Means.VERSIONS_OFF}
    for version in VERSIONS:
        if on is None or version not in on:
            continue
        value, line = named.get(version, (values[0], values[0].line))
        confidence = value.confidence if version in named else Confidence.INFERRED
        yield line_of(value, line).version(version, confidence)


_BOUNDS = (Means.LEAST, Means.MOST, Means.RANGE)


def _of_means(value: Value, found: list[str]) -> tuple[str, ...] | None:
    """None where the value tells nothing."""
    means = value.directive.means
    if means is Means.VERSIONS_SIGNED:
        return signed_versions(" ".join(text for text, _ in value.texts).replace(",", " ")) or None
    if means is Means.VERSIONS_OFF:
        return tuple(version for version in VERSIONS[2:] if version not in found)
    if not found:
        return None
    if means is Means.VERSIONS:
        return tuple(found)
    places = [VERSIONS.index(version) for version in found]
    if means is Means.LEAST:
        return VERSIONS[places[0] :]
    if means is Means.MOST:
        return VERSIONS[2 : places[0] + 1]
    return VERSIONS[places[0] : places[1] + 1] if len(places) > 1 else VERSIONS[places[0] :]
