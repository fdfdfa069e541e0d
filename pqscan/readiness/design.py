"""A dossier's algorithms, as names, judged before anything runs: what a rule would make of them (R19, R10)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from pqscan.model.observation import Observation, Subject, Support
from pqscan.policy.families import family_of
from pqscan.policy.measure import curve_strength, modulus_strength
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import uses_of
from pqscan.registry import tls
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import VERSIONS

_SIZED = re.compile(r"(rsa|dsa|dh|ffdh)[- _]?(\d{3,5})", re.ASCII)
_RESISTANT_KEYS = frozenset({"ML-KEM", "FrodoKEM", "Classic McEliece"})
_RESISTANT_SIGNATURES = frozenset({"ML-DSA", "SLH-DSA", "FN-DSA", "LMS", "XMSS", "XMSS^MT"})
_TRADITIONAL_SIGNATURES = frozenset({"ECDSA", "EdDSA", "DSA"})
_LONGEST = 100  # characters of a name


def uses_of_design(names: Iterable[str]) -> tuple[tuple[AlgorithmUse, ...], tuple[str, ...]]:
    """What the names stand for, and the names that no list knows: a version (TLS1.0), a group, a signature scheme, a cipher
    suite, a key with its size (RSA-2048), or an algorithm (ML-DSA-65)."""
    uses: list[AlgorithmUse] = []
    unread = []
    for name in names:
        found = _uses(name)
        uses += found
        if not found:
            unread.append(name[:_LONGEST])
    return tuple(uses), tuple(unread)


def _uses(name: str) -> tuple[AlgorithmUse, ...]:
    folded = name.strip().lower()
    observation = _listed().get(folded) or _listed().get(folded.replace(" ", ""))
    if observation is not None:
        return uses_of(observation)
    sized = _SIZED.fullmatch(folded)
    if sized is not None:
        return (_sized_key(name.strip(), sized[1], int(sized[2])),)
    use = _algorithm(name.strip())
    return () if use is None else (use,)


@cache
def _listed() -> dict[str, Observation]:
    """Every name and alias of the TLS registries, as the observation that it would be."""
    found = {version.lower(): _seen(Subject.PROTOCOL_VERSION, version, version) for version in VERSIONS}
    for suite in tls.cipher_suites():
        names = (suite.name, *((suite.openssl_name,) if suite.openssl_name else ()))
        for name in names:
            found.setdefault(name.lower(), _seen(Subject.CIPHER_SUITE, f"0x{suite.value:04x}", suite.name))
    for scheme in tls.signature_schemes():
        for name in (scheme.name, *scheme.aliases):
            found.setdefault(name.lower(), _seen(Subject.SIGNATURE_SCHEME, f"0x{scheme.value:04x}", scheme.name))
    for group in tls.named_groups():
        for name in (group.name, *group.aliases):
            found.setdefault(name.lower(), _seen(Subject.NAMED_GROUP, f"0x{group.value:04x}", group.name))
    return found


def _seen(subject: Subject, value: str, name: str) -> Observation:
    context = None if subject is Subject.PROTOCOL_VERSION else "TLS1.3"
    return Observation(subject, value, Support.OFFERED, context, name)


def _sized_key(name: str, kind: str, size_bits: int) -> AlgorithmUse:
    agrees = kind in ("dh", "ffdh")
    return AlgorithmUse(
        Purpose.KEY_ESTABLISHMENT if agrees else Purpose.SIGNATURE,
        Subject.NAMED_GROUP.value if agrees else Subject.CERTIFICATE_KEY.value,
        name,
        name,
        None,
        QuantumClass.TRADITIONAL,
        ("FFDH",) if agrees else (kind.upper(),),
        strength=modulus_strength(size_bits),
    )


def _algorithm(name: str) -> AlgorithmUse | None:
    family = family_of(name)
    strength = None
    if family in _RESISTANT_KEYS:
        purpose, subject, quantum_class = Purpose.KEY_ESTABLISHMENT, Subject.NAMED_GROUP, QuantumClass.POST_QUANTUM
    elif family in _RESISTANT_SIGNATURES:
        purpose, subject, quantum_class = Purpose.SIGNATURE, Subject.CERTIFICATE_KEY, QuantumClass.POST_QUANTUM
    elif family in _TRADITIONAL_SIGNATURES:
        purpose, subject, quantum_class = Purpose.SIGNATURE, Subject.CERTIFICATE_KEY, QuantumClass.TRADITIONAL
        strength = curve_strength(name, None)
    else:
        return None
    return AlgorithmUse(purpose, subject.value, name, name, None, quantum_class, (family,), (name,), strength)


def state_of_design(uses: Iterable[AlgorithmUse]) -> State:
    """What the design would make of key establishment; unknown where it names none."""
    classes = {use.quantum_class for use in uses if use.purpose is Purpose.KEY_ESTABLISHMENT}
    resistant = classes & {QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM}
    if not classes:
        return State.UNKNOWN
    if not resistant:
        return State.VULNERABLE
    return State.DEFAULT if QuantumClass.TRADITIONAL in classes else State.EXCLUSIVE
