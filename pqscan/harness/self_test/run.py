"""Runs the vectors on the libraries: what `pqscan harness self-test` does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import tomli

from pqscan.errors import UsageError
from pqscan.harness import on_cryptography, on_liboqs
from pqscan.harness.library import Library
from pqscan.harness.lms import LmsVerifier
from pqscan.harness.self_test import (
    acvp_lms,
    acvp_ml_dsa,
    acvp_ml_kem,
    cctv,
    composites,
    cross,
    handshakes,
    hpke,
    lamps,
    slh_dsa,
    wycheproof,
    x_wing,
)
from pqscan.harness.self_test.attempt import Wanted, damaged
from pqscan.harness.vectors.fields import DamagedVectors
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialReport, TrialVerdict

OWN = "pqscan"
Source = Callable[[tuple[Library, ...], Wanted], Iterator[Trial]]
SOURCES: tuple[tuple[str, Source], ...] = (
    ("acvp/ml-kem", acvp_ml_kem.key_generation),
    ("acvp/ml-kem", acvp_ml_kem.encapsulation),
    ("acvp/ml-dsa", acvp_ml_dsa.key_generation),
    ("acvp/ml-dsa", acvp_ml_dsa.signing),
    ("acvp/ml-dsa", acvp_ml_dsa.verifying),
    ("acvp/lms", acvp_lms.verifying),
    ("acvp/slh-dsa", slh_dsa.key_generation),
    ("wycheproof/ml-kem", wycheproof.encapsulation),
    ("wycheproof/ml-dsa", wycheproof.signatures),
    ("wycheproof/ecdh", wycheproof.agreement),
    ("x-wing", x_wing.vectors),
    ("hpke-pq", hpke.vectors),
    ("tls", handshakes.recordings),
    ("cross/kem", cross.encapsulation),
    ("cross/signature", cross.signatures),
    ("cross/hpke", hpke.sealed_by_cryptography),
    ("extra/wycheproof", wycheproof.extra),
    ("extra/cctv", cctv.vectors),
    ("extra/lamps", lamps.vectors),
    ("extra/composite", composites.vectors),
)


def load(names: Sequence[str] = ()) -> tuple[Library, ...]:
    """The libraries of those names, all of them by default, in the order of reports; one that is not here has its reason in it.

    Raises UsageError for a name that is none of theirs."""
    makers: dict[str, Callable[[], Library]] = {
        on_liboqs.NAME: on_liboqs.load,
        on_cryptography.NAME: on_cryptography.load,
        OWN: lambda: Library(OWN, verifiers={acvp_lms.ALGORITHM: LmsVerifier()}, is_own=True),
    }
    unknown = next((name for name in names if name not in makers), None)
    if unknown is not None:
        raise UsageError(f"{unknown} is no library that can be tried: {', '.join(makers)}")
    return tuple(make() for name, make in makers.items() if not names or name in names)


def run(
    libraries: tuple[Library, ...] | None = None, wanted: Wanted | None = None, progress: Callable[[str], None] | None = None
) -> TrialReport:
    """Every vector that is wanted on every library, all of those here by default. `progress` is told the source that comes next.

    Raises UsageError where no vector is for the algorithms that are wanted."""
    wanted = wanted or Wanted()
    libraries = load() if libraries is None else libraries
    started, clock = datetime.now(UTC), time.perf_counter()
    names = {library.name for library in libraries}
    trials = [_missing(library) for library in libraries if library.missing is not None]
    for suite, source in SOURCES:
        if progress is not None:
            progress(suite)
        try:
            trials += [_explained(trial) for trial in source(libraries, wanted) if _is_asked(trial, names)]
        except DamagedVectors as error:
            trials.append(damaged(suite, "file", error))
    if wanted.algorithms and not any(trial.algorithm for trial in trials):
        algorithms, tried = ", ".join(sorted(wanted.algorithms)), ", ".join(sorted(names))
        raise UsageError(f"no vector is for {algorithms} on {tried}; names are those of the standards: ML-KEM-768")
    versions = tuple((library.name, library.version) for library in libraries if library.version)
    return TrialReport("self-test", "", started, time.perf_counter() - clock, tuple(trials), versions)


def _is_asked(trial: Trial, names: set[str]) -> bool:
    """A few trials name their subject themselves: our own code, and what `cryptography` alone computes."""
    verdict = trial.verdict
    return not trial.subject or all(part in names for part in trial.subject.split(" + ")) or verdict is TrialVerdict.FAILED


def _missing(library: Library) -> Trial:
    return Trial("library", library.name, library.name, TrialVerdict.SKIPPED, library.missing)


@dataclass(frozen=True, slots=True)
class KnownDefect:
    """A row of data/known_defects.toml."""

    library: str
    suite: str
    detail: re.Pattern[str]
    reason: str


@cache
def known_defects() -> tuple[KnownDefect, ...]:
    rows = tomli.loads((Path(__file__).resolve().parent / "data" / "known_defects.toml").read_text("utf-8"))["defect"]
    return tuple(KnownDefect(row["library"], row["suite"], re.compile(row["detail"]), row["reason"]) for row in rows)


def _explained(trial: Trial) -> Trial:
    """A failure that its maker knows of says which defect it is. It stays a failure."""
    if trial.verdict is not TrialVerdict.FAILED:
        return trial
    for defect in known_defects():
        known = (defect.library, defect.suite) == (trial.subject, trial.suite.removeprefix("extra/"))
        if known and defect.detail.search(trial.detail):
            return replace(trial, reason=Reason.of(defect.reason))
    return trial
