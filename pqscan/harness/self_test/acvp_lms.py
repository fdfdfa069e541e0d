"""NIST ACVP vectors of LMS: signatures to verify. Neither library verifies LMS in its default build; our own verifier does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from pqscan.harness.library import Library, Verifier
from pqscan.harness.self_test.attempt import Case, Wanted, each, same
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import Fields
from pqscan.model.trial import Trial

ALGORITHM = "LMS"


def verifying(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    if not wanted.takes(ALGORITHM):
        return
    for revision in ("sigver", "sigver-sp800-208"):
        for group in shipped.read(f"acvp/lms-{revision}").rows("testGroups"):
            for test in group.rows("tests"):
                case = Case(
                    "acvp/lms", f"{revision} {test.number('tcId')}, {group.text('lmsMode')}", ALGORITHM, "RFC 8554, section 5.4.2"
                )
                yield from each(case, libraries, _verifier, _check(group, test))


def _verifier(library: Library) -> Verifier | None:
    return library.verifiers.get(ALGORITHM)


def _check(group: Fields, test: Fields) -> Callable[[Verifier], None]:
    return partial(_verify, group, test)


def _verify(group: Fields, test: Fields, tool: Verifier) -> None:
    verified = tool.verify(group.octets("publicKey"), test.octets("message"), test.octets("signature"))
    same("verified", test.is_true("testPassed"), verified)
