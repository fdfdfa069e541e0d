"""One vector on one library: whatever the library does, a trial comes out, never an error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from pqscan.harness.library import Kem, Lacks, Library, Refused, Signer
from pqscan.harness.vectors.extra import ExtraFolder
from pqscan.harness.vectors.fields import DamagedVectors
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialVerdict

Tool = TypeVar("Tool")
_MOST_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be tried. `algorithms` are names as published or their beginnings, in lower case; none means all."""

    algorithms: frozenset[str] = frozenset()
    everything: bool = False
    extra: ExtraFolder | None = None

    def takes(self, algorithm: str) -> bool:
        """`ml-kem` takes ML-KEM-512, `ml-kem-768` that alone."""
        name = algorithm.lower()
        return not self.algorithms or any(name == wanted or name.startswith(f"{wanted}-") for wanted in self.algorithms)


@dataclass(frozen=True, slots=True)
class Case:
    """What a vector belongs to: `suite` is its source, `name` its number there, `note` what its maker says of it. `needs` is what
    a library must have for it, where that is another name than `algorithm`."""

    suite: str
    name: str
    algorithm: str
    rests_on: str
    note: str = ""
    needs: str = ""


class Differs(Exception):
    """What came out is not what the vector says."""

    def __init__(self, what: str, expected: object, got: object) -> None:
        super().__init__(f"{what}: expected {_shown(expected)}, got {_shown(got)}")
        self.what = what


class Accepted(Exception):
    """What must be refused was taken."""


class Tolerable(Exception):
    """Not what is best, and allowed: `reason` says by what."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


def same(what: str, expected: object, got: object) -> None:
    """Raises Differs."""
    if expected != got:
        raise Differs(what, expected, got)


def refuses(what: str, call: Callable[[], object]) -> None:
    """Raises Accepted where the call goes through: it must be refused."""
    try:
        call()
    except Refused:
        return
    raise Accepted(what)


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return f"{value[:12].hex()}… ({len(value)} bytes)" if len(value) > 12 else value.hex() or "nothing"
    return str(value)


def attempt(case: Case, subject: str, check: Callable[[], None]) -> Trial:
    """Runs the check. A library that raises anything at all has failed: it is on trial, not we."""
    started = time.perf_counter()
    trial = Trial(case.suite, case.name, subject, TrialVerdict.PASSED, algorithm=case.algorithm, rests_on=case.rests_on)
    try:
        check()
    except Lacks as error:
        trial = replace(trial, verdict=TrialVerdict.SKIPPED, reason=error.reason)
    except Tolerable as error:
        trial = replace(trial, verdict=TrialVerdict.TOLERATED, reason=error.reason)
    except Exception as error:
        reason, detail = _told(error)
        trial = _failed(trial, reason, f"{case.note}: {detail}" if case.note else detail)
    return replace(trial, seconds=time.perf_counter() - started)


def _told(error: Exception) -> tuple[Reason, str]:
    if isinstance(error, Differs):
        return Reason.of("self_test.differs"), str(error)
    if isinstance(error, Accepted):
        return Reason.of("self_test.accepted"), f"{error}: expected a refusal, got none"
    if isinstance(error, Refused):
        return Reason.of("self_test.refused"), f"expected to be taken, was refused: {error}"
    if isinstance(error, DamagedVectors):
        return Reason.of("self_test.damaged"), str(error)
    return Reason.of("self_test.broke", error=type(error).__name__), f"{type(error).__name__}: {error}"


def _failed(trial: Trial, reason: Reason, detail: str) -> Trial:
    return replace(trial, verdict=TrialVerdict.FAILED, reason=reason, detail=detail[:_MOST_DETAIL])


def skipped(case: Case, subject: str, reason: Reason) -> Trial:
    return Trial(case.suite, case.name, subject, TrialVerdict.SKIPPED, reason, case.algorithm, case.rests_on)


def not_applicable(case: Case, reason: Reason) -> Trial:
    """A vector that is for something else than what is tried here, on whatever library."""
    return Trial(case.suite, case.name, "", TrialVerdict.NOT_APPLICABLE, reason, case.algorithm, case.rests_on)


def damaged(suite: str, name: str, error: DamagedVectors) -> Trial:
    """A whole file that cannot be read, as one failed trial: of ours, not of a library."""
    reason = Reason.of("self_test.damaged")
    return Trial(suite, name, "pqscan", TrialVerdict.FAILED, reason, detail=str(error)[:_MOST_DETAIL])


def each(
    case: Case, libraries: tuple[Library, ...], find: Callable[[Library], Tool | None], check: Callable[[Tool], None]
) -> Iterator[Trial]:
    """The case on every library that is here; one without the algorithm is a skip that says so, save our own code, which is for
    single algorithms only."""
    for library in libraries:
        tool = find(library)
        if library.missing is not None or (tool is None and library.is_own):
            continue
        if tool is None:
            needed = case.needs or case.algorithm
            yield skipped(case, library.name, Reason.of("self_test.lacks.algorithm", library=library.name, algorithm=needed))
        else:
            yield attempt(case, library.name, partial(check, tool))


def kem(algorithm: str) -> Callable[[Library], Kem | None]:
    return lambda library: library.kems.get(algorithm)


def signer(algorithm: str) -> Callable[[Library], Signer | None]:
    return lambda library: library.signers.get(algorithm)
