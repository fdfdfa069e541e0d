"""Reads the value of a directive in the words of its product (`Holds`) into observations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from pqscan.model.observation import Confidence, Observation, Subject
from pqscan.registry.algorithms import by_name
from pqscan.registry.config import Holds
from pqscan.wire.config.gnutls_priority import is_priority
from pqscan.wire.config.openssl_ciphers import read_cipher_list, suite_named
from pqscan.wire.config.openssl_groups import read_group_list
from pqscan.wire.config.setting import shown
from pqscan.wire.config.ssh_list import Change, read_ssh_list
from pqscan.wire.config.tls_versions import (
    last_replaces,
    listed_versions,
    signed_versions,
    switched_versions,
    version_of,
    version_options,
    versions_by_options,
    versions_from,
    versions_to,
)
from pqscan_probes.configuration_file.numbered import NUMBERED, NUMBERED_SUBJECTS, dns_algorithm, gnutls_priority
from pqscan_probes.configuration_file.told import Line
from pqscan_probes.configuration_file.versions import NONE_LEFT

Values = Callable[[str, Line], Iterator[Observation]]
MOST_SUITES = 200
_LEFT_TO_THE_LIBRARY = frozenset({"any", "all", "default", "none", "auto", "''", '""'})
"""Words for versions that set nothing."""
_SALTED = {"scram-sha-256": "SHA-256"}
"""Ways to keep passwords that are PBKDF2 by a hash (RFC 5802, section 2.2, Hi; RFC 7677)."""
_VARIABLE = re.compile(r"\{[{%]|<%|@@|\$[A-Za-z_({]|%[A-Z_]+%")


def openssl_groups(value: str, line: Line) -> Iterator[Observation]:
    groups = read_group_list(value)
    yield from (line.group(name, rank) for rank, name in enumerate(groups.names, 1))
    if groups.with_default:
        yield line.open(Subject.NAMED_GROUP, "configuration_default")


def openssl_ciphers(value: str, line: Line) -> Iterator[Observation]:
    """Programs that are built with either library take the words of the one that they have."""
    if is_priority(value):
        yield from gnutls_priority(value, line)
        return
    ciphers = read_cipher_list(value)
    confidence = Confidence.INFERRED if ciphers.open_words else Confidence.OBSERVED
    for rank, row in enumerate(ciphers.suites[:MOST_SUITES], 1):
        yield line.suite(row, None if ciphers.open_words else rank, confidence)
    for word in (*ciphers.open_words, *ciphers.unknown)[:MOST_SUITES]:
        yield line.open(Subject.CIPHER_SUITE, "configuration_word_of_version", word=shown(word))


def openssl_suites(value: str, line: Line) -> Iterator[Observation]:
    rank = 0
    for word in value.replace(",", ":").replace(" ", ":").split(":")[:MOST_SUITES]:
        row = suite_named(word)
        if row is not None:
            rank += 1
            yield line.suite(row, rank)


def openssl_signatures(value: str, line: Line) -> Iterator[Observation]:
    """Names of schemes, or of a key and a hash (`RSA+SHA256`), which OpenSSL takes, too."""
    rank = 0
    for word in value.replace(",", ":").split(":")[:MOST_SUITES]:
        name = word.strip().lstrip("?")
        if name:
            rank += 1
            yield line.scheme(_PAIRS.get(name.upper(), name), rank)


def tls_versions(value: str, line: Line) -> Iterator[Observation]:
    yield from _versions(((version, Confidence.OBSERVED) for version in listed_versions(value)), value, line)


def tls_versions_signed(value: str, line: Line) -> Iterator[Observation]:
    """What a word of the list names is on for certain; what `all` takes in is so as far as the library knows it."""
    named = set(listed_versions(value.replace("+", " ").replace("=", " ").replace(">", " ")))
    found = ((each, Confidence.OBSERVED if each in named else Confidence.INFERRED) for each in signed_versions(value))
    yield from _versions(found, value, line)


def tls_versions_apache(value: str, line: Line) -> Iterator[Observation]:
    yield from tls_versions_signed(last_replaces(value), line)


def tls_versions_switched(value: str, line: Line) -> Iterator[Observation]:
    """What a word puts in is on for certain; the others are on as far as the library knows them."""
    named = {version_of(word.strip(" +")) for word in value.split(",")}
    for version in switched_versions(value):
        yield line.version(version, Confidence.OBSERVED if version in named else Confidence.INFERRED)


def tls_options(value: str, line: Line) -> Iterator[Observation]:
    """What is not switched off is on as far as the library knows it."""
    versions = versions_by_options(value)
    yield from (line.version(version, Confidence.INFERRED) for version in versions)
    if not versions and version_options(value):
        yield line.open(Subject.PROTOCOL_VERSION, NONE_LEFT)


def tls_least(value: str, line: Line) -> Iterator[Observation]:
    yield from _versions(_ends(versions_from(value)), value, line)


def tls_most(value: str, line: Line) -> Iterator[Observation]:
    yield from _versions(_ends(reversed(versions_to(value))), value, line)


def _ends(versions: Iterable[str]) -> Iterator[tuple[str, Confidence]]:
    """The first is what the line names, the others follow from it."""
    return ((version, Confidence.INFERRED if place else Confidence.OBSERVED) for place, version in enumerate(versions))


def _versions(found: Iterable[tuple[str, Confidence]], value: str, line: Line) -> Iterator[Observation]:
    """Where the value names none that is known here, what is on is not known either, unless it is left to the library."""
    versions = tuple(found)
    yield from (line.version(version, confidence) for version, confidence in versions)
    if not versions and (word := value.strip()) and word.lower() not in _LEFT_TO_THE_LIBRARY:
        yield line.open(Subject.PROTOCOL_VERSION, "configuration_word_of_version", word=shown(word))


def algorithm(value: str, line: Line) -> Iterator[Observation]:
    for word in value.replace(",", " ").split()[:MOST_SUITES]:
        if word.lower() in _SALTED and (derives := by_name("PBKDF2")) is not None:
            yield line.algorithm(derives, parameter=_SALTED[word.lower()])
        elif word.lower().startswith("hmac-"):
            yield from dns_algorithm(word, line)
        elif (found := by_name(word)) is not None:
            yield line.algorithm(found)


def ssh_list(subject: Subject) -> Values:
    """Of what stands at the head of a list the ranks are known; what is put at its end comes after what the version has."""

    def read(value: str, line: Line) -> Iterator[Observation]:
        names = read_ssh_list(value)
        if names.change is not Change.REMOVED:
            for rank, name in enumerate(names.names, 1):
                yield line.ssh(subject, name, None if names.change is Change.APPENDED else rank)
        if names.with_default:
            yield line.open(subject, "configuration_default")

    return read


VALUES: dict[Holds, Values] = {
    Holds.OPENSSL_GROUPS: openssl_groups,
    Holds.OPENSSL_CIPHERS: openssl_ciphers,
    Holds.OPENSSL_SUITES: openssl_suites,
    Holds.OPENSSL_SIGNATURES: openssl_signatures,
    Holds.TLS_VERSIONS: tls_versions,
    Holds.TLS_VERSIONS_SIGNED: tls_versions_signed,
    Holds.TLS_VERSIONS_APACHE: tls_versions_apache,
    Holds.TLS_VERSIONS_SWITCHED: tls_versions_switched,
    Holds.TLS_OPTIONS: tls_options,
    Holds.TLS_LEAST: tls_least,
    Holds.TLS_MOST: tls_most,
    Holds.SSH_KEX: ssh_list(Subject.KEX_METHOD),
    Holds.SSH_HOST_KEYS: ssh_list(Subject.HOST_KEY),
    Holds.SSH_CIPHERS: ssh_list(Subject.ENCRYPTION),
    Holds.SSH_MACS: ssh_list(Subject.MAC),
    Holds.ALGORITHM: algorithm,
    **NUMBERED,
}
SUBJECTS: dict[Holds, Subject] = {
    Holds.OPENSSL_GROUPS: Subject.NAMED_GROUP,
    Holds.OPENSSL_CIPHERS: Subject.CIPHER_SUITE,
    Holds.OPENSSL_SUITES: Subject.CIPHER_SUITE,
    Holds.OPENSSL_SIGNATURES: Subject.SIGNATURE_SCHEME,
    Holds.TLS_VERSIONS: Subject.PROTOCOL_VERSION,
    Holds.TLS_VERSIONS_SIGNED: Subject.PROTOCOL_VERSION,
    Holds.TLS_VERSIONS_APACHE: Subject.PROTOCOL_VERSION,
    Holds.TLS_VERSIONS_SWITCHED: Subject.PROTOCOL_VERSION,
    Holds.TLS_OPTIONS: Subject.PROTOCOL_VERSION,
    Holds.TLS_LEAST: Subject.PROTOCOL_VERSION,
    Holds.TLS_MOST: Subject.PROTOCOL_VERSION,
    Holds.SSH_KEX: Subject.KEX_METHOD,
    Holds.SSH_HOST_KEYS: Subject.HOST_KEY,
    Holds.SSH_CIPHERS: Subject.ENCRYPTION,
    Holds.SSH_MACS: Subject.MAC,
    Holds.ALGORITHM: Subject.ALGORITHM,
    **NUMBERED_SUBJECTS,
}
"""What the values of a kind are told as."""


def observations_of(holds: Holds, value: str, line: Line) -> Iterator[Observation]:
    """What the value puts in force. One that a template or a variable fills in later is not known."""
    if _VARIABLE.search(value):
        yield line.open(SUBJECTS[holds], "configuration_variable")
        return
    yield from VALUES[holds](value, line)


_KEYS = {"RSA": "rsa_pkcs1_{}", "RSA-PSS": "rsa_pss_rsae_{}", "PSS": "rsa_pss_rsae_{}"}
_CURVES = {
    "SHA256": "ecdsa_secp256r1_sha256",
    "SHA384": "ecdsa_secp384r1_sha384",
    "SHA512": "ecdsa_secp521r1_sha512",
    "SHA1": "ecdsa_sha1",
}
_PAIRS = {f"ECDSA+{hashed}": name for hashed, name in _CURVES.items()} | {
    f"{key}+{hashed}": name.format(hashed.lower()) for key, name in _KEYS.items() for hashed in _CURVES
}
