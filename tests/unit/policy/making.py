"""Profiles and certificates for the tests of judgements: small facts, written down as a probe would state them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from pqscan.model.canonical import canonical
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.model.observation import Observation, Preference, Profile, RankBasis, Subject, Support
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.universe import groups_asked, signature_schemes_asked
from pqscan.wire.pki.signatures import can_have_made
from tests.peers.truth import ALL_VERSIONS, ChainTruth, Truth

A, R, U, S, O = Support.ACCEPTED, Support.REFUSED, Support.UNKNOWN, Support.SELECTED, Support.OFFERED  # noqa: E741
GROUP, SUITE, SCHEME, VERSION = Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME, Subject.PROTOCOL_VERSION

KEY_OIDS = {
    "RSA": "1.2.840.113549.1.1.1",
    "P-256": "1.2.840.10045.2.1",
    "P-384": "1.2.840.10045.2.1",
    "P-192": "1.2.840.10045.2.1",
    "Ed25519": "1.3.101.112",
    "ML-DSA-44": "2.16.840.1.101.3.4.3.17",
    "ML-DSA-65": "2.16.840.1.101.3.4.3.18",
    "ML-DSA-87": "2.16.840.1.101.3.4.3.19",
    "SLH-DSA-SHA2-128s": "2.16.840.1.101.3.4.3.20",
}
SHA256_RSA, SHA1_RSA, ECDSA_SHA256 = "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5", "1.2.840.10045.4.3.2"
MLDSA65_SIGNATURE = KEY_OIDS["ML-DSA-65"]


def fact(
    subject: Subject,
    value: str,
    support: Support = A,
    context: str | None = None,
    *,
    rank: int | None = None,
    reason: str | None = None,
    size_bits: int | None = None,
) -> Observation:
    parameters: tuple[tuple[str, str | int], ...] = ()
    if reason is not None or support is U:
        parameters = (("reason", reason or "silence"),)
    if size_bits is not None:
        parameters += (("size_bits", size_bits),)
    basis = None if rank is None else RankBasis.HELLO_RETRY
    return Observation(subject, value, support, context, rank=rank, rank_basis=basis, parameters=parameters)


def profile(*observations: Observation, complete: bool = True, depth: str = "inventory", probe: str = "tls") -> Profile:
    return canonical(Profile(probe, depth, "test", complete, observations))


def with_facts(made: Profile, *observations: Observation) -> Profile:
    """The same profile with more facts; a fact takes the place of another of the same subject, value and context."""
    added = {(o.subject, o.value, o.context) for o in observations}
    kept = [o for o in made.observations if (o.subject, o.value, o.context) not in added]
    return canonical(Profile(made.probe, made.depth, made.asked, made.complete, (*kept, *observations), made.preference))


def without(made: Profile, subject: Subject, value: str | None = None, context: str | None = None) -> Profile:
    kept = [
        o
        for o in made.observations
        if not (o.subject is subject and value in (None, o.value) and (context is None or context == o.context))
    ]
    return canonical(Profile(made.probe, made.depth, made.asked, made.complete, tuple(kept), made.preference))


def server(
    *,
    groups: dict[str, list[str]],
    suites: dict[str, list[str]] | None = None,
    schemes: dict[str, list[str]] | None = None,
    selected: tuple[str, str | None] | None = None,
    fails: str | None = None,
    depth: str = "inventory",
) -> Profile:
    """A server that was asked everything: `groups` by version accepted, all else refused with proof.

    `selected` is (version, group) of the pinned client, `fails` the reason why it gets nothing."""
    found: list[Observation] = []
    for version in ALL_VERSIONS:
        found.append(fact(VERSION, version, A if version in groups else R))
        if version not in groups:
            continue
        asked = [f"0x{value:04x}" for batch in groups_asked(depth, version) for value in batch]
        found += [fact(GROUP, value, R, version) for value in asked if value not in groups[version]]
        found += [fact(GROUP, value, A, version, rank=rank) for rank, value in enumerate(groups[version], 1)]
        accepted = (suites or {}).get(version, ["0x1301"] if version == "TLS1.3" else ["0xc02f"])
        found += [fact(SUITE, value, A, version, rank=rank) for rank, value in enumerate(accepted, 1)]
        asked = [f"0x{value:04x}" for batch in signature_schemes_asked(depth, version) for value in batch]
        named = (schemes or {}).get(version, ["0x0804"] if asked else [])
        found += [fact(SCHEME, value, R, version) for value in asked if value not in named]
        found += [fact(SCHEME, value, A, version) for value in named]
    if selected is not None:
        found.append(fact(Subject.SELECTED_VERSION, selected[0], S))
        if selected[1] is not None:
            found.append(fact(Subject.SELECTED_GROUP, selected[1], S, selected[0]))
    if fails is not None:
        found.append(fact(Subject.BEHAVIOUR, "current_client_fails", O, reason=fails))
    return profile(*found, depth=depth)


def from_truth(truth: Truth) -> Profile:
    """The profile that a faultless probe of a lab server would state."""
    found: list[Observation] = list(
        server(
            groups={version: list(row.groups) for version, row in truth.versions.items()},
            suites={version: list(row.suites) for version, row in truth.versions.items()},
            schemes={version: _schemes(truth, version) for version in truth.versions},
            selected=None if truth.selected.version is None else (truth.selected.version, truth.selected.group),
            fails=truth.selected.fails,
        ).observations
    )
    version = truth.selected.version
    if truth.selected.suite is not None:
        found.append(fact(Subject.SELECTED_CIPHER_SUITE, truth.selected.suite, S, version))
    if truth.selected.scheme is not None:
        found.append(fact(Subject.SELECTED_SIGNATURE_SCHEME, truth.selected.scheme, S, version))
    if truth.group_selection is not None:
        found.append(fact(Subject.GROUP_SELECTION, truth.group_selection, A, "TLS1.3"))
    preference = [(version, Preference(row.suite_order or "unknown")) for version, row in truth.versions.items()]
    preference += [(f"{version} named_group", Preference(row.group_order or "unknown")) for version, row in truth.versions.items()]
    return canonical(Profile("tls", "inventory", "test", True, tuple(found), tuple(preference)))


def _schemes(truth: Truth, version: str) -> list[str]:
    """What the pinned client got is accepted too, whether or not the truth lists the version's schemes."""
    got = truth.selected.scheme if version == truth.selected.version else None
    return list(dict.fromkeys((*truth.versions[version].schemes, *(() if got is None else (got,)))))


def public_key(name: str) -> PublicKey:
    """`RSA-2048`, `P-256`, `Ed25519`, `ML-DSA-65`, or a dotted OID that nobody lists."""
    family = "RSA" if name.startswith("RSA-") else name
    oid = KEY_OIDS.get(family, name)
    row = by_oid(oid)
    quantum_class = QuantumClass.UNKNOWN if row is None else row.quantum_class
    digest = name.encode().ljust(32, b"\0")[:32]
    if family == "RSA":
        return PublicKey(oid, "RSA", int(name[4:]), None, (), digest, quantum_class)
    if name.startswith("P-"):
        return PublicKey(oid, "EC", int(name[2:]), name, (), digest, quantum_class)
    algorithm = name if row is None else row.name
    return PublicKey(oid, algorithm, None, None, () if row is None else row.components, digest, quantum_class)


def signature(oid: str) -> SignatureAlgorithm:
    row = by_oid(oid)
    if row is None:
        return SignatureAlgorithm(oid, oid, None, (), QuantumClass.UNKNOWN)
    return SignatureAlgorithm(oid, row.name, row.hash, row.components, row.quantum_class)


def certificate(
    key: str,
    signed_with: str,
    *,
    subject: str = "CN=leaf",
    issuer: str = "CN=issuer",
    not_before: datetime | None = datetime(2026, 1, 1, tzinfo=UTC),
    not_after: datetime | None = datetime(2027, 1, 1, tzinfo=UTC),
    malformed: tuple[str, ...] = (),
) -> Certificate:
    digest = hashlib.sha256(f"{key}/{signed_with}/{subject}/{issuer}".encode()).digest()
    return Certificate(
        digest,
        subject,
        issuer,
        "01",
        not_before,
        not_after,
        public_key(key),
        signature(signed_with),
        self_signed=subject == issuer and can_have_made(public_key(key), signature(signed_with)),
        malformed=malformed,
    )


def chain(keys: tuple[str, ...], signatures: tuple[str, ...], *, root: bool = False) -> tuple[Certificate, ...]:
    """Leaf first; each issued by the next. The last one is issued by itself where `root`, else by somebody who is not sent."""
    made = []
    for position, (key, signed) in enumerate(zip(keys, signatures, strict=True)):
        last = position == len(keys) - 1
        issuer = position if last and root else position + 1
        made.append(certificate(key, signed, subject=f"CN={position}", issuer=f"CN={issuer}"))
    return tuple(made)


def chains_of(truth: Truth) -> tuple[tuple[str, tuple[Certificate, ...]], ...]:
    """The chain whose leaf the pinned client gets is `current_client`; chains of a newest version carry its name."""
    newest = max(truth.versions)
    named = []
    for row in truth.chains:
        got = truth.selected.leaf is not None and row.keys[0] == truth.selected.leaf
        named.append(("current_client" if got else newest, chain_of(row)))
    return tuple(named)


def chain_of(row: ChainTruth) -> tuple[Certificate, ...]:
    return chain(row.keys, row.signatures)
