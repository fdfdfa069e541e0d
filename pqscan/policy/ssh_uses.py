"""What an observation of an SSH server uses, as rules speak of it: by the registry's row of the name (RFC 4253, section 7.1)."""

from __future__ import annotations

from pqscan.model.observation import Observation, Subject
from pqscan.policy.families import canonical_hash, family_of
from pqscan.policy.measure import modulus_strength
from pqscan.policy.rule import Purpose
from pqscan.policy.use import AlgorithmUse
from pqscan.registry import ssh
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshAlgorithm, SshKind

KIND_OF = {
    Subject.KEX_METHOD: SshKind.KEY_EXCHANGE,
    Subject.SELECTED_KEX_METHOD: SshKind.KEY_EXCHANGE,
    Subject.HOST_KEY: SshKind.HOST_KEY,
    Subject.SELECTED_HOST_KEY: SshKind.HOST_KEY,
    Subject.ENCRYPTION: SshKind.CIPHER,
    Subject.SELECTED_ENCRYPTION: SshKind.CIPHER,
    Subject.MAC: SshKind.MAC,
    Subject.SELECTED_MAC: SshKind.MAC,
}
_MAY_STAY = frozenset({"diffie-hellman-group14-sha1"})  # of those with SHA-1 (RFC 9142)
_PURPOSE = {SshKind.KEY_EXCHANGE: Purpose.KEY_ESTABLISHMENT, SshKind.HOST_KEY: Purpose.SIGNATURE}


def row_of(subject: Subject, name: str) -> SshAlgorithm | None:
    """The registry's row of a name in that list; None where no source lists it."""
    kind = KIND_OF.get(subject)
    return None if kind is None else ssh.ssh_algorithm(kind, name)


def method_class(subject: Subject, name: str) -> QuantumClass:
    """What a name means for the quantum threat; unknown where no source lists it."""
    row = row_of(subject, name)
    return QuantumClass.UNKNOWN if row is None else row.quantum_class


def is_marker(name: str) -> bool:
    """Names among the key exchange methods that are none: kex-strict-s-v00@openssh.com, ext-info-s (RFC 8308, section 2.1)."""
    row = ssh.ssh_algorithm(SshKind.KEY_EXCHANGE, name)
    return row is not None and row.kind is SshKind.MARKER


def ssh_uses(observation: Observation, profile: bytes | None) -> tuple[AlgorithmUse, ...]:
    """The use that the observation shows; none for markers, compression and what no rule could speak of."""
    if observation.subject is Subject.GROUP_EXCHANGE_SIZE:
        return (_field(observation, profile),)
    kind = KIND_OF.get(observation.subject)
    if kind is None or (kind is SshKind.KEY_EXCHANGE and is_marker(observation.value)):
        return ()
    row = ssh.ssh_algorithm(kind, observation.value)
    purpose = _PURPOSE.get(kind, Purpose.PROTOCOL)
    if row is None:
        unlisted = QuantumClass.UNKNOWN if purpose is not Purpose.PROTOCOL else QuantumClass.NOT_PUBLIC_KEY
        return (_use(observation, purpose, unlisted, profile=profile),)
    if purpose is Purpose.PROTOCOL:
        sets = (f"{row.primitive}-{row.key_bits}",) if row.key_bits else ()
        return (_use(observation, purpose, QuantumClass.NOT_PUBLIC_KEY, (row.primitive, *row.weak), sets, profile=profile),)
    families = _families(row)
    if purpose is Purpose.SIGNATURE:
        hashed = canonical_hash(row.hash)
        families += () if hashed is None else (hashed,)
    if row.quantum_class not in (QuantumClass.TRADITIONAL, QuantumClass.UNKNOWN) and row.status is ssh.SshStatus.OBSOLETE:
        families += ("obsolete",)
    if kind is SshKind.KEY_EXCHANGE and row.hash == "sha1" and row.name not in _MAY_STAY:
        families += ("ssh_sha1",)
    strength = row.classical_bits
    by_key = strength is None  # The key, or the field that the server chooses, decides; each is judged by itself.
    return (_use(observation, purpose, row.quantum_class, families, row.components, strength, by_key=by_key, profile=profile),)


def _families(row: SshAlgorithm) -> tuple[str, ...]:
    """By the components; a traditional key and a method without named parts by what they are."""
    if row.quantum_class is QuantumClass.TRADITIONAL:
        return (family_of(row.primitive),)
    return tuple(dict.fromkeys(map(family_of, row.components)))


def _field(observation: Observation, profile: bytes | None) -> AlgorithmUse:
    """A field of group exchange (RFC 4419), by the size of its prime."""
    size = (
        int(observation.value)
        if observation.value.isascii() and observation.value.isdecimal() and len(observation.value) < 7
        else 0
    )
    strength = modulus_strength(size) if size else None
    return _use(
        observation, Purpose.KEY_ESTABLISHMENT, QuantumClass.TRADITIONAL, ("FFDH",), (f"modp{size}",), strength, profile=profile
    )


def _use(
    observation: Observation,
    purpose: Purpose,
    quantum_class: QuantumClass,
    families: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    strength: int | None = None,
    *,
    by_key: bool = False,
    profile: bytes | None,
) -> AlgorithmUse:
    return AlgorithmUse(
        purpose,
        observation.subject.value,
        observation.value,
        observation.name,
        observation.context,
        quantum_class,
        families,
        sets,
        strength,
        by_key,
        profile,
    )
