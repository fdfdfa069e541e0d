"""The vectors of C2SP Wycheproof: ML-KEM, ML-DSA, X25519 and ECDH, with all the keys, hints and points that must be refused.

They ship with the program; the same files in a folder of the user are run beside them, each as a suite of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from pqscan.harness.library import Agreement, Kem, Lacks, Library, PrivateKey, Refused, Signer
from pqscan.harness.self_test.attempt import Accepted, Case, Tolerable, Wanted, damaged, each, kem, refuses, same, signer
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.extra import ExtraFolder
from pqscan.harness.vectors.fields import DamagedVectors, Fields
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial

_KEM_FILES = ("test", "encaps_test", "keygen_seed_test", "semi_expanded_decaps_test")
_SIGNATURE_FILES = ("verify_test", "sign_seed_test", "sign_noseed_test")
_ONE_IN = 4  # of what must be taken, where not everything is wanted
_SPECIAL = frozenset({
    "Strcmp", "MalleableCiphertext", "ManySteps", "ZeroPublicKey", "EdgeCaseShared", "EdgeCaseSharedSecret", "ZeroSharedSecret",
})  # fmt: skip
_MOST_NOTE = 100  # characters of what a vector's maker says of it
_CURVES = {"x25519_test": "X25519", "ecdh_secp256r1_ecpoint_test": "secp256r1", "ecdh_secp384r1_ecpoint_test": "secp384r1"}


class _Source(Protocol):
    @property
    def prefix(self) -> str: ...

    def document(self, packed: str, name: str) -> Fields: ...


@dataclass(frozen=True, slots=True)
class _Shipped:
    prefix: str = "wycheproof"

    def document(self, packed: str, name: str) -> Fields:
        return shipped.read(f"wycheproof/{packed}").part(name)


@dataclass(frozen=True, slots=True)
class _Extra:
    folder: ExtraFolder
    prefix: str = "extra/wycheproof"

    def document(self, packed: str, name: str) -> Fields:
        return self.folder.fields(f"wycheproof/{name}.json")


def encapsulation(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    yield from _encapsulation(_Shipped(), libraries, wanted)


def signatures(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    yield from _signatures(_Shipped(), libraries, wanted)


def agreement(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    yield from _agreement(_Shipped(), libraries, wanted)


def extra(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    """Those of the folder of the user that are there."""
    folder = wanted.extra
    if folder is None:
        return
    there = _Extra(folder)
    runs = [
        *((_kem_file, f"mlkem_{size}_{kind}", f"ML-KEM-{size}") for size in (512, 768, 1024) for kind in _KEM_FILES),
        *((_signature_file, f"mldsa_{size}_{kind}", f"ML-DSA-{size}") for size in (44, 65, 87) for kind in _SIGNATURE_FILES),
        *((_agreement_file, name, curve) for name, curve in _CURVES.items()),
    ]
    for run, name, algorithm in runs:
        if not folder.has(f"wycheproof/{name}.json") or not wanted.takes(algorithm):
            continue
        try:
            yield from run(there, "", name, algorithm, libraries, wanted)
        except DamagedVectors as error:
            yield damaged(there.prefix, name, error)


def _encapsulation(source: _Source, libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for size in (512, 768, 1024):
        if wanted.takes(f"ML-KEM-{size}"):
            for kind in _KEM_FILES:
                yield from _kem_file(source, f"ml-kem-{size}", f"mlkem_{size}_{kind}", f"ML-KEM-{size}", libraries, wanted)


def _signatures(source: _Source, libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for size in (44, 65, 87):
        if wanted.takes(f"ML-DSA-{size}"):
            for kind in _SIGNATURE_FILES:
                yield from _signature_file(source, f"ml-dsa-{size}", f"mldsa_{size}_{kind}", f"ML-DSA-{size}", libraries, wanted)


def _agreement(source: _Source, libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for name, curve in _CURVES.items():
        if wanted.takes(curve):
            yield from _agreement_file(source, "ecdh", name, curve, libraries, wanted)


def _tests(document: Fields, wanted: Wanted) -> Iterator[tuple[Fields, Fields]]:
    """All of them, or what must be refused, what was made for one mistake, and every fourth of the rest."""
    for group in document.rows("testGroups"):
        for number, test in enumerate(group.rows("tests")):
            if wanted.everything or number % _ONE_IN == 0 or test.text("result") == "invalid" or _is_special(test):
                yield group, test


def _is_special(test: Fields) -> bool:
    return "flags" in test and not _SPECIAL.isdisjoint(test.texts("flags"))


def _case(source: _Source, family: str, name: str, test: Fields, algorithm: str, rests_on: str) -> Case:
    note = test.text("comment")[:_MOST_NOTE] if "comment" in test else ""
    return Case(f"{source.prefix}/{family}", f"{name} {test.number('tcId')}", algorithm, rests_on, note)


def _kem_file(
    source: _Source, packed: str, name: str, algorithm: str, libraries: tuple[Library, ...], wanted: Wanted
) -> Iterator[Trial]:
    kind = name.split("_", 2)[2]
    check, section = _KEM_CHECKS[kind]
    for _group, test in _tests(source.document(packed, name), wanted):
        case = _case(source, "ml-kem", name, test, algorithm, section)
        yield from each(case, libraries, kem(algorithm), partial(check, test))
        if kind == "keygen_seed_test":
            case = replace(case, name=f"{case.name}, decapsulation key")
            yield from each(case, libraries, kem(algorithm), partial(_expanded_from_seed, test))


def _decapsulate(test: Fields, tool: Kem) -> None:
    seed, ciphertext = test.octets("seed"), test.octets("c")
    if test.text("result") != "valid":
        refuses("seed or ciphertext", lambda: tool.decapsulate(tool.from_seed(seed).private, ciphertext))
        return
    pair = tool.from_seed(seed)
    same("encapsulation key", test.octets("ek"), pair.public)
    same("shared secret", test.octets("K"), tool.decapsulate(pair.private, ciphertext))


def _encapsulate(test: Fields, tool: Kem) -> None:
    key = test.octets("ek")
    if test.text("result") != "valid":
        refuses("encapsulation key", lambda: tool.encapsulate(key))
        return
    made = tool.encapsulate(key, test.octets("m"))
    same("ciphertext", test.octets("c"), made.ciphertext)
    same("shared secret", test.octets("K"), made.secret)


def _key_from_seed(test: Fields, tool: Kem) -> None:
    pair = tool.from_seed(test.octets("seed"))
    same("encapsulation key", test.octets("ek"), pair.public)


def _expanded_from_seed(test: Fields, tool: Kem) -> None:
    expanded = tool.from_seed(test.octets("seed")).private.expanded
    if expanded is None:
        raise Lacks(Reason.of("self_test.lacks.expanded_output"))
    same("decapsulation key", test.octets("dk"), expanded)


def _decapsulate_expanded(test: Fields, tool: Kem) -> None:
    key, ciphertext = PrivateKey(expanded=test.octets("dk")), test.octets("c")
    if test.text("result") != "valid":
        refuses("decapsulation key or ciphertext", lambda: tool.decapsulate(key, ciphertext))
        return
    same("shared secret", test.octets("K"), tool.decapsulate(key, ciphertext))


_KEM_CHECKS: dict[str, tuple[Callable[[Fields, Kem], None], str]] = {
    "test": (_decapsulate, "FIPS 203, sections 6.1 and 6.3"),
    "encaps_test": (_encapsulate, "FIPS 203, sections 6.2 and 7.2"),
    "keygen_seed_test": (_key_from_seed, "FIPS 203, section 6.1"),
    "semi_expanded_decaps_test": (_decapsulate_expanded, "FIPS 203, sections 6.3 and 7.3"),
}


def _signature_file(
    source: _Source, packed: str, name: str, algorithm: str, libraries: tuple[Library, ...], wanted: Wanted
) -> Iterator[Trial]:
    verifying = name.endswith("_verify_test")
    section = "FIPS 204, section 5.3" if verifying else "FIPS 204, section 5.2"
    for group, test in _tests(source.document(packed, name), wanted):
        case = _case(source, "ml-dsa", name, test, algorithm, section)
        yield from each(case, libraries, signer(algorithm), partial(_verify if verifying else _sign, group, test))


def _verify(group: Fields, test: Fields, tool: Signer) -> None:
    context = test.octets_or_none("ctx") or b""
    try:
        verified = tool.verify(group.octets("publicKey"), test.octets("msg"), test.octets("sig"), context=context)
    except Refused:
        verified = False
    same("verified", test.text("result") == "valid", verified)


def _sign(group: Fields, test: Fields, tool: Signer) -> None:
    key = PrivateKey(group.octets_or_none("privateSeed"), group.octets_or_none("privateKey"))
    context, randomness = test.octets_or_none("ctx") or b"", test.octets_or_none("rnd") or bytes(32)
    if test.text("result") != "valid":
        _refuse_to_sign(key, test, tool, context)
    elif "msg" in test:
        made = tool.sign(key, test.octets("msg"), context=context, randomness=randomness)
        same("signature", test.octets("sig"), made)
    else:
        same("signature", test.octets("sig"), tool.sign_mu(key, test.octets("mu"), randomness=randomness))


def _refuse_to_sign(key: PrivateKey, test: Fields, tool: Signer, context: bytes) -> None:
    message = test.octets("msg")
    try:
        refuses("private key or context", lambda: tool.sign(key, message, context=context))
    except Accepted:
        if "InvalidPrivateKey" in test.texts("flags"):
            raise Tolerable(Reason.of("self_test.trusts_private_key")) from None
        raise


def _agreement_file(
    source: _Source, packed: str, name: str, algorithm: str, libraries: tuple[Library, ...], wanted: Wanted
) -> Iterator[Trial]:
    section = "RFC 7748, section 6.1" if algorithm == "X25519" else "SEC 1, section 3.3.1"
    for _group, test in _tests(source.document(packed, name), wanted):
        case = _case(source, "x25519" if algorithm == "X25519" else "ecdh", name, test, algorithm, section)
        yield from each(case, _with_classical(libraries), _find_agreement(algorithm), partial(_agree, test))


def _with_classical(libraries: tuple[Library, ...]) -> tuple[Library, ...]:
    """Post-quantum libraries have no Diffie-Hellman at all, and nobody expects it of them: no skips for them."""
    return tuple(library for library in libraries if library.agreements)


def _find_agreement(algorithm: str) -> Callable[[Library], Agreement | None]:
    return lambda library: library.agreements.get(algorithm)


def _agree(test: Fields, tool: Agreement) -> None:
    private, public, result = test.octets("private"), test.octets("public"), test.text("result")
    if result == "invalid":
        refuses("public key", lambda: tool.agree(private, public))
        return
    try:
        secret = tool.agree(private, public)
    except Refused:
        if result == "acceptable":  # To refuse it is what TLS wants (RFC 9846, section 7.4.2).
            return
        raise
    same("shared secret", test.octets("shared"), secret)
