"""NIST ACVP vectors of ML-KEM (FIPS 203): key generation, encapsulation, decapsulation, and the checks of both keys."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pqscan.harness.library import Kem, Lacks, Library, PrivateKey
from pqscan.harness.self_test.attempt import Case, Wanted, each, kem, refuses, same
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import DamagedVectors, Fields
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial

_SUITE = "acvp/ml-kem"
_SECTIONS = {
    "encapsulation": "FIPS 203, section 6.2",
    "decapsulation": "FIPS 203, section 6.3",
    "encapsulationKeyCheck": "FIPS 203, section 7.2",
    "decapsulationKeyCheck": "FIPS 203, section 7.3",
}


def key_generation(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for group in shipped.read("acvp/ml-kem-keygen").rows("testGroups"):
        algorithm = group.text("parameterSet")
        if not wanted.takes(algorithm):
            continue
        for test in group.rows("tests"):
            for part, check in (("encapsulation key", _public), ("decapsulation key", _private)):
                case = Case(_SUITE, f"keygen {test.number('tcId')}, {part}", algorithm, "FIPS 203, section 6.1")
                yield from each(case, libraries, kem(algorithm), partial(check, test))


def _public(test: Fields, tool: Kem) -> None:
    same("encapsulation key", test.octets("ek"), tool.from_seed(test.octets("d") + test.octets("z")).public)


def _private(test: Fields, tool: Kem) -> None:
    expanded = tool.from_seed(test.octets("d") + test.octets("z")).private.expanded
    if expanded is None:
        raise Lacks(Reason.of("self_test.lacks.expanded_output"))
    same("decapsulation key", test.octets("dk"), expanded)


def encapsulation(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for group in shipped.read("acvp/ml-kem-encapdecap").rows("testGroups"):
        algorithm, function = group.text("parameterSet"), group.text("function")
        if not wanted.takes(algorithm):
            continue
        check = _CHECKS.get(function)
        if check is None:
            raise DamagedVectors(f"{group.place}: {function} is no function that is known")
        for test in group.rows("tests"):
            case = Case(_SUITE, f"{function} {test.number('tcId')}", algorithm, _SECTIONS[function])
            yield from each(case, libraries, kem(algorithm), partial(check, test))


def _encapsulate(test: Fields, tool: Kem) -> None:
    made = tool.encapsulate(test.octets("ek"), test.octets("m"))
    same("ciphertext", test.octets("c"), made.ciphertext)
    same("shared secret", test.octets("k"), made.secret)


def _decapsulate(test: Fields, tool: Kem) -> None:
    same("shared secret", test.octets("k"), tool.decapsulate(PrivateKey(expanded=test.octets("dk")), test.octets("c")))


def _check_public(test: Fields, tool: Kem) -> None:
    key = test.octets("ek")
    if test.is_true("testPassed"):
        tool.encapsulate(key)
    else:
        refuses("encapsulation key", lambda: tool.encapsulate(key))


def _check_private(test: Fields, tool: Kem) -> None:
    key = test.octets("dk")
    if test.is_true("testPassed"):
        tool.check_private(key)
    else:
        refuses("decapsulation key", lambda: tool.check_private(key))


_CHECKS = {
    "encapsulation": _encapsulate,
    "decapsulation": _decapsulate,
    "encapsulationKeyCheck": _check_public,
    "decapsulationKeyCheck": _check_private,
}
