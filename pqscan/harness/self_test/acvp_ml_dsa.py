"""NIST ACVP vectors of ML-DSA (FIPS 204): key generation, signing and verifying, by every interface that the standard has."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pqscan.harness.library import Lacks, Library, PrivateKey, Refused, Signer
from pqscan.harness.self_test.attempt import Case, Wanted, each, same, signer
from pqscan.harness.self_test.message import hashed_message
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import Fields
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial

_SUITE = "acvp/ml-dsa"


def key_generation(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for group in shipped.read("acvp/ml-dsa-keygen").rows("testGroups"):
        algorithm = group.text("parameterSet")
        if not wanted.takes(algorithm):
            continue
        for test in group.rows("tests"):
            for part, check in (("public key", _public), ("private key", _private)):
                case = Case(_SUITE, f"keygen {test.number('tcId')}, {part}", algorithm, "FIPS 204, section 6.1")
                yield from each(case, libraries, signer(algorithm), partial(check, test))


def _public(test: Fields, tool: Signer) -> None:
    same("public key", test.octets("pk"), tool.from_seed(test.octets("seed")).public)


def _private(test: Fields, tool: Signer) -> None:
    expanded = tool.from_seed(test.octets("seed")).private.expanded
    if expanded is None:
        raise Lacks(Reason.of("self_test.lacks.expanded_output"))
    same("private key", test.octets("sk"), expanded)


def signing(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for group, test, case in _cases("siggen", wanted, ("FIPS 204, section 5.2", "FIPS 204, section 6.2")):
        yield from each(case, libraries, signer(case.algorithm), partial(_sign, group, test))


def verifying(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for group, test, case in _cases("sigver", wanted, ("FIPS 204, section 5.3", "FIPS 204, section 6.3")):
        yield from each(case, libraries, signer(case.algorithm), partial(_verify, group, test))


def _cases(mode: str, wanted: Wanted, sections: tuple[str, str]) -> Iterator[tuple[Fields, Fields, Case]]:
    """`sections` are those of the external and of the internal interface."""
    for group in shipped.read(f"acvp/ml-dsa-{mode}").rows("testGroups"):
        algorithm, way = group.text("parameterSet"), _way(group)
        if not wanted.takes(algorithm):
            continue
        section = {"pure": sections[0], "hashed": "FIPS 204, section 5.4"}.get(way, sections[1])
        for test in group.rows("tests"):
            yield group, test, Case(_SUITE, f"{mode} {test.number('tcId')}, {way}", algorithm, section)


def _way(group: Fields) -> str:
    """Which of the four interfaces a group is for: pure, hashed, internal, or external μ."""
    if group.text("signatureInterface") == "external":
        return "hashed" if group.text("preHash") == "preHash" else "pure"
    return "external mu" if group.is_true("externalMu") else "internal"


def _sign(group: Fields, test: Fields, tool: Signer) -> None:
    key, way = PrivateKey(expanded=test.octets("sk")), _way(group)
    randomness = bytes(32) if group.is_true("deterministic") else test.octets("rnd")
    if way == "pure":
        made = tool.sign(key, test.octets("message"), context=test.octets("context"), randomness=randomness)
    elif way == "external mu":
        made = tool.sign_mu(key, test.octets("mu"), randomness=randomness)
    else:
        made = tool.sign_prefixed(key, _prefixed(test, way), randomness=randomness)
    same("signature", test.octets("signature"), made)


def _verify(group: Fields, test: Fields, tool: Signer) -> None:
    public, signature, way = test.octets("pk"), test.octets("signature"), _way(group)
    try:
        if way == "pure":
            verified = tool.verify(public, test.octets("message"), signature, context=test.octets("context"))
        elif way == "external mu":
            verified = tool.verify_mu(public, test.octets("mu"), signature)
        else:
            verified = tool.verify_prefixed(public, _prefixed(test, way), signature)
    except Refused:
        verified = False
    same("verified", test.is_true("testPassed"), verified)


def _prefixed(test: Fields, way: str) -> bytes:
    if way == "internal":
        return test.octets("message")
    return hashed_message(test.octets("message"), test.octets("context"), test.text("hashAlg"))
