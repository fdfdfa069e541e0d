"""What an observation of a responder of IKE uses, as rules speak of it: by the registry's row of its number."""

from __future__ import annotations

from pqscan.model.observation import Observation, Subject
from pqscan.policy.families import canonical_hash, family_of
from pqscan.policy.measure import modulus_strength
from pqscan.policy.rule import Purpose
from pqscan.policy.use import AlgorithmUse
from pqscan.registry.ike import IkeKind, IkeNumber, IkeStatus, ike_number
from pqscan.registry.quantum import QuantumClass, together_with_another

IKE_V1, IKE_V2, WITH_ADDITIONAL = "IKEv1", "IKEv2", "IKEv2+ADDKE1"  # contexts of the IKE probe
_KINDS = {
    Subject.IKE_KEY_EXCHANGE: IkeKind.KEY_EXCHANGE,
    Subject.IKE_ADDITIONAL_KEY_EXCHANGE: IkeKind.KEY_EXCHANGE,
    Subject.IKE_ENCRYPTION: IkeKind.ENCRYPTION,
    Subject.IKE_PRF: IkeKind.PRF,
    Subject.IKE_INTEGRITY: IkeKind.INTEGRITY,
    Subject.IKE_AUTHENTICATION: IkeKind.SIGNATURE_HASH,
}
_KINDS_V1 = _KINDS | {Subject.IKE_PRF: IkeKind.HASH, Subject.IKE_AUTHENTICATION: IkeKind.AUTH_METHOD}
SUBJECTS = frozenset(_KINDS)
_PURPOSE = {
    Subject.IKE_KEY_EXCHANGE: Purpose.KEY_ESTABLISHMENT,
    Subject.IKE_ADDITIONAL_KEY_EXCHANGE: Purpose.KEY_ESTABLISHMENT,
    Subject.IKE_AUTHENTICATION: Purpose.SIGNATURE,
}
_OF_IKE = frozenset({"md5", "sha1", "tiger"})  # judged otherwise in a signature, and in the other protocols that have them
_MODP = "modp"


def row_of(subject: Subject, value: str, context: str | None) -> IkeNumber | None:
    """The registry's row of a value as observations spell it: `36`, `20/256`; None where no source lists it."""
    kinds, version = (_KINDS_V1, 1) if context == IKE_V1 else (_KINDS, 2)
    kind, number = kinds.get(subject), value.partition("/")[0]
    if kind is None or not (number.isascii() and number.isdecimal() and len(number) < 6):
        return None
    return ike_number(kind, int(number), version=version)


def exchange_class(observation: Observation) -> QuantumClass:
    """What a key exchange by itself means for the quantum threat. A number from the ranges for private use may mean something else
    with another maker, so that it is unknown unless it is traditional."""
    row = row_of(observation.subject, observation.value, observation.context)
    if row is None or (row.status is IkeStatus.PRIVATE and row.quantum_class is not QuantumClass.TRADITIONAL):
        return QuantumClass.UNKNOWN
    return row.quantum_class


def ike_uses(observation: Observation, profile: bytes | None) -> tuple[AlgorithmUse, ...]:
    """The use that the observation shows; none for a group that was taken together with an additional key exchange alone, for that
    is one hybrid with it."""
    if observation.context == WITH_ADDITIONAL or dict(observation.parameters).get("with_additional") == "yes":
        return ()
    subject = observation.subject
    row = row_of(subject, observation.value, observation.context)
    purpose = _PURPOSE.get(subject, Purpose.PROTOCOL)
    quantum_class = QuantumClass.UNKNOWN if purpose is Purpose.KEY_ESTABLISHMENT else QuantumClass.NOT_PUBLIC_KEY
    families: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    strength: int | None = None
    if row is not None:
        quantum_class = row.quantum_class
        if subject is Subject.IKE_ADDITIONAL_KEY_EXCHANGE:
            quantum_class, sets = together_with_another(row.quantum_class), observation.components or row.components
            families = _families(sets)
        elif subject is Subject.IKE_KEY_EXCHANGE:
            families, sets, strength = (*_families(row.components), *row.weak), row.components, _strength(row)
        elif subject is Subject.IKE_AUTHENTICATION:
            families = _signing(row)
            sets = row.components
        else:
            families = (row.name, *(f"ike_{word}" if word in _OF_IKE else word for word in row.weak))
        if row.status is IkeStatus.OBSOLETE and quantum_class in (QuantumClass.POST_QUANTUM, QuantumClass.PQT_HYBRID):
            families += ("obsolete",)
    return (
        AlgorithmUse(
            purpose,
            subject.value,
            observation.value,
            observation.name,
            observation.context,
            quantum_class,
            families,
            sets,
            strength,
            by_key=subject is Subject.IKE_AUTHENTICATION,
            profile=profile,
        ),
    )


def _families(components: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(family_of, components)))


def _signing(row: IkeNumber) -> tuple[str, ...]:
    """A hash that signatures may be made over, or a way to authenticate in IKEv1: the curves there sign by ECDSA."""
    if row.kind is IkeKind.SIGNATURE_HASH:
        hashed = canonical_hash("SHA-1" if "sha1" in row.weak else row.name)
        return () if hashed is None else (hashed,)
    return tuple(dict.fromkeys("ECDSA" if family == "ECDH" else family for family in _families(row.components)))


def _strength(row: IkeNumber) -> int | None:
    """Finite fields by the size of the prime, as policies count; the rest by the registry."""
    name = row.components[0] if row.components else ""
    size = name.removeprefix(_MODP).partition("s")[0]
    if name.startswith(_MODP) and size.isdecimal():
        return modulus_strength(int(size))
    return row.classical_bits
