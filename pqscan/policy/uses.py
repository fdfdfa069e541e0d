"""One use of one algorithm, as rules speak of it: made from an observation of a network answer or a part of a certificate.

A hybrid is one use with several families. Sizes become strengths here (NIST SP 800-57 part 1, table 2, by the registry).
"""

from __future__ import annotations

from dataclasses import replace

from pqscan.model.certificate import Certificate, PublicKey
from pqscan.model.observation import Observation, Subject, Usage
from pqscan.policy.algorithm_uses import SUBJECTS as OF_FILES
from pqscan.policy.algorithm_uses import algorithm_uses
from pqscan.policy.answers import OWN_PARAMETERS, code_point_value, group_class, scheme_class, suite_row
from pqscan.policy.dns_uses import dns_uses
from pqscan.policy.families import canonical_hash, family_of
from pqscan.policy.ike_uses import SUBJECTS as OF_IKE
from pqscan.policy.ike_uses import ike_uses
from pqscan.policy.measure import curve_strength, modulus_strength
from pqscan.policy.plain_uses import is_plain, plain_uses
from pqscan.policy.rule import Purpose
from pqscan.policy.ssh_uses import ssh_uses
from pqscan.policy.use import ANY_USE, CONSTRUCTION, ENCRYPTION, AlgorithmUse
from pqscan.registry import tls
from pqscan.registry.dtls import as_tls
from pqscan.registry.quantum import QuantumClass

_MENTIONED = Usage.MENTIONED
_NOT_BY_SUITE = frozenset({"DHE", "ECDHE"})  # The group establishes the keys, and is seen by itself.
_FAMILY_OF_EXCHANGE = {"DH": "FFDH"}
_BY_CERTIFICATE = frozenset({"RSA", "DH", "ECDH", "GOST-VKO", "SM2-KEM"})  # The certificate's key is as strong as the exchange.
_ONLY_AGREEMENT = frozenset({"ML-KEM", "Kyber", "FrodoKEM", "FFDH", "ECDH"})
_FOR_BOTH = frozenset({"RSA", "ECDSA", "ElGamal"})  # families of keys that sign or establish keys, as their owner will
_STATEFUL = frozenset({"LMS", "XMSS", "XMSS^MT"})
STATEFUL_KEY = "stateful_key_at_rest"
"""The family of a private key each of whose one-time keys may sign but once (NIST SP 800-208), where it lies in a file."""


def uses_of(observation: Observation, profile: bytes | None = None) -> tuple[AlgorithmUse, ...]:
    """The uses that one observation shows; none where the peer did not show that it can, or a file only mentions it."""
    if not observation.support.shows_use or observation.value == "*" or observation.usage is _MENTIONED:
        return ()
    match observation.subject:
        case Subject.NAMED_GROUP | Subject.SELECTED_GROUP:
            return (_group_use(observation, profile),)
        case Subject.SIGNATURE_SCHEME | Subject.SELECTED_SIGNATURE_SCHEME:
            return (_scheme_use(observation, profile),)
        case Subject.CIPHER_SUITE | Subject.SELECTED_CIPHER_SUITE:
            return _suite_uses(observation, profile)
        case Subject.PROTOCOL_VERSION | Subject.SELECTED_VERSION:
            return (_plain(observation, Purpose.PROTOCOL, (observation.value,), profile),)
        case Subject.BEHAVIOUR:
            return (_plain(observation, Purpose.PROTOCOL, (observation.value,), profile),)
        case Subject.CLIENT_CERTIFICATE if observation.value == "requested":
            return (_plain(observation, Purpose.SIGNATURE, ("client_certificate",), profile),)
        case Subject.PUBLIC_KEY:
            return _bare_key_uses(observation, profile)
        case Subject.PRIVATE_KEY if observation.value[:1].isdigit():  # One that is locked shows no algorithm.
            return _bare_key_uses(observation, profile)
        case Subject.DNSSEC_ALGORITHM | Subject.DNSSEC_SIGNATURE | Subject.DS_DIGEST:
            return dns_uses(observation, profile)
    if observation.subject in OF_FILES:
        return algorithm_uses(observation, profile)
    if is_plain(observation):
        return plain_uses(observation, profile)
    return ike_uses(observation, profile) if observation.subject in OF_IKE else ssh_uses(observation, profile)


def _plain(observation: Observation, purpose: Purpose, families: tuple[str, ...], profile: bytes | None) -> AlgorithmUse:
    return AlgorithmUse(
        purpose,
        observation.subject.value,
        observation.value,
        observation.name,
        observation.context,
        QuantumClass.NOT_PUBLIC_KEY,
        families,
        profile=profile,
    )


def group_strength(value: str) -> int | None:
    """Classical bits of a group: finite fields by the size of the prime, curves and hybrids by the registry's row."""
    if value.startswith(OWN_PARAMETERS):
        kind, _, size = value.partition(":")
        if not (size.isascii() and size.isdecimal() and len(size) <= 6):
            return None
        return modulus_strength(int(size)) if kind == "dh" else curve_strength("", int(size))
    number = code_point_value(value)
    row = None if number is None else tls.named_group(number).row
    if row is None:
        return None
    if row.kind == "ffdh":  # The registry's estimate is RFC 7919's; policies count by the size of the prime.
        return None if row.client_share_bytes is None else modulus_strength(row.client_share_bytes * 8)
    return row.classical_bits


def _group_use(observation: Observation, profile: bytes | None) -> AlgorithmUse:
    """Hybrid groups belong to TLS 1.3, which the context tells; in a configuration it tells the server or connection instead."""
    version = "TLS1.3" if observation.usage is Usage.CONFIGURED else observation.context
    number = code_point_value(observation.value)
    row = None if number is None else tls.named_group(number).row
    families: tuple[str, ...] = ()
    if observation.value.startswith(OWN_PARAMETERS):
        families = ("FFDH",) if observation.value.startswith("dh:") else ("ECDH",)
    sets: tuple[str, ...] = ()
    if row is not None:
        families = ("FFDH",) if row.kind == "ffdh" else tuple(dict.fromkeys(map(family_of, row.components)))
        families += ("obsolete",) if row.status == "obsolete" and row.kind in ("kem", "hybrid") else ()
        sets = row.components
    if row is not None and row.kind in ("kem", "hybrid") and as_tls(version or "") != "TLS1.3":
        families += ("group_outside_version",)
    return AlgorithmUse(
        Purpose.KEY_ESTABLISHMENT,
        observation.subject.value,
        observation.value,
        observation.name or (row.name if row else None),
        observation.context,
        group_class(observation.value, version),
        families,
        sets,
        group_strength(observation.value),
        profile=profile,
    )


def _scheme_use(observation: Observation, profile: bytes | None) -> AlgorithmUse:
    number = code_point_value(observation.value)
    row = None if number is None else tls.signature_scheme(number).row
    families = () if row is None else tuple(dict.fromkeys(map(family_of, row.components)))
    hashed = canonical_hash(row.hash) if row else None
    return AlgorithmUse(
        Purpose.SIGNATURE,
        observation.subject.value,
        observation.value,
        observation.name or (row.name if row else None),
        observation.context,
        scheme_class(observation.value),
        families + ((hashed,) if hashed else ()),
        () if row is None else row.components,
        row.classical_bits if row else None,
        by_key=True,
        profile=profile,
    )


def _suite_uses(observation: Observation, profile: bytes | None) -> tuple[AlgorithmUse, ...]:
    """A suite as encryption and integrity; without a group of its own it establishes keys too, with static RSA or DH as
    strong as the certificate's key; an anonymous one authenticates nobody."""
    row = suite_row(observation.value)
    if row is None:
        return (_plain(observation, Purpose.PROTOCOL, (), profile),)
    name = observation.name or row.name
    cipher = (row.encryption, f"{row.encryption}-{row.bits}") if row.encryption and row.bits else (row.encryption or "?", "?")
    subject, value, context = observation.subject.value, observation.value, observation.context
    flags = tuple(flag for flag in row.weak if flag != "anonymous")
    found = [
        AlgorithmUse(
            Purpose.PROTOCOL,
            subject,
            value,
            name,
            context,
            QuantumClass.NOT_PUBLIC_KEY,
            (cipher[0], *flags),
            (cipher[1],),
            profile=profile,
        )
    ]
    if row.quantum_class in CONSTRUCTION and row.key_exchange not in _NOT_BY_SUITE:
        establishing = AlgorithmUse(
            Purpose.KEY_ESTABLISHMENT,
            subject,
            value,
            name,
            context,
            row.quantum_class,
            (_FAMILY_OF_EXCHANGE.get(row.key_exchange) or family_of(row.key_exchange),),
            by_key=row.key_exchange in _BY_CERTIFICATE,
            profile=profile,
        )
        found.append(establishing)
    if "anonymous" in row.weak:
        found.append(
            AlgorithmUse(
                Purpose.SIGNATURE, subject, value, name, context, QuantumClass.NOT_PUBLIC_KEY, ("anonymous",), profile=profile
            )
        )
    return tuple(found)


_SIZED = frozenset({"RSA", "RSA-PSS", "DSA", "DH"})  # Keys of one algorithm in many sizes; the others' names say it all.


def key_use(certificate: Certificate, *, establishes_keys: bool = False) -> AlgorithmUse:
    """The subject's key. A TLS server's key signs; where a static RSA or DH suite is accepted it also establishes keys,
    which only the caller can know."""
    return _key_use(certificate.public_key, Subject.CERTIFICATE_KEY, establishes_keys, certificate=certificate.sha256)


def _bare_key_uses(observation: Observation, profile: bytes | None) -> tuple[AlgorithmUse, ...]:
    """Of a key that stands in a file without a certificate. One that is there to encrypt establishes keys; one of which nothing
    says what it is for does both, if its algorithm can."""
    if observation.context != ANY_USE:
        return (_bare_key_use(observation, observation.context == ENCRYPTION, profile),)
    signing = _bare_key_use(observation, False, profile)
    can_both = observation.quantum_class is QuantumClass.UNKNOWN or not _FOR_BOTH.isdisjoint(signing.families)
    if signing.purpose is Purpose.KEY_ESTABLISHMENT or not can_both:
        return (signing,)
    return signing, _bare_key_use(observation, True, profile)


def _bare_key_use(observation: Observation, establishes_keys: bool, profile: bytes | None) -> AlgorithmUse:
    stated = dict(observation.parameters)
    size, parameter = stated.get("size_bits"), stated.get("parameter")
    key = PublicKey(
        observation.value,
        observation.name or observation.value,
        size if isinstance(size, int) else None,
        parameter if isinstance(parameter, str) else None,
        observation.components,
        b"",
        observation.quantum_class,
    )
    use = _key_use(key, observation.subject, establishes_keys, profile=profile)
    if observation.subject is Subject.PRIVATE_KEY and _STATEFUL.intersection(use.families):
        return replace(use, families=(*use.families, STATEFUL_KEY))
    return use


def _key_use(
    key: PublicKey, subject: Subject, establishes_keys: bool, *, profile: bytes | None = None, certificate: bytes | None = None
) -> AlgorithmUse:
    spellings = key.components if len(key.components) > 1 else (key.algorithm,)
    families = tuple(dict.fromkeys(map(family_of, spellings)))
    if establishes_keys:  # A key on a curve is named by the curve alone (RFC 5480, section 2.1.1): its use tells what it is.
        families = tuple("ECDH" if family == "ECDSA" else family for family in families)
    agrees = establishes_keys or set(families) <= _ONLY_AGREEMENT
    sized = key.size_bits is not None and key.algorithm in _SIZED
    parameter = key.parameter or (f"{key.algorithm}-{key.size_bits}" if sized else key.algorithm)
    return AlgorithmUse(
        Purpose.KEY_ESTABLISHMENT if agrees else Purpose.SIGNATURE,
        subject.value,
        key.oid,
        parameter if families == ("RSA",) or key.parameter is None else key.name,
        None,
        key.quantum_class,
        families,
        key.components if len(key.components) > 1 else (key.parameter or key.algorithm,),
        _strength(key),
        profile=profile,
        certificate=certificate,
    )


def key_strength(certificate: Certificate) -> int | None:
    """Classical bits of a certificate's traditional key; None where nothing tells them."""
    return _strength(certificate.public_key)


def _strength(key: PublicKey) -> int | None:
    if key.quantum_class is not QuantumClass.TRADITIONAL:
        return None
    if family_of(key.algorithm) in ("RSA", "DSA", "FFDH"):
        return None if key.size_bits is None else modulus_strength(key.size_bits)
    return curve_strength(key.parameter or key.algorithm, key.size_bits)


def signature_use(certificate: Certificate) -> AlgorithmUse:
    """The issuer's signature on the certificate; its strength is the issuer's key's, judged there."""
    signature = certificate.signature
    spellings = signature.components if len(signature.components) > 1 else (signature.algorithm,)
    hashed = canonical_hash(signature.hash)
    families = tuple(dict.fromkeys(map(_signature_family, spellings)))
    return AlgorithmUse(
        Purpose.SIGNATURE,
        Subject.CERTIFICATE_SIGNATURE.value,
        signature.oid,
        signature.algorithm,
        None,
        signature.quantum_class,
        families + ((hashed,) if hashed else ()),
        signature.components or (signature.algorithm,),
        by_key=True,
        certificate=certificate.sha256,
    )


def _signature_family(spelling: str) -> str:
    """`sha256WithRSAEncryption` and `ecdsa-with-SHA256` name their algorithm in other places than keys do."""
    folded = spelling.lower()
    if "withrsa" in folded or "rsassa" in folded:
        return "RSA"
    return family_of(spelling)
