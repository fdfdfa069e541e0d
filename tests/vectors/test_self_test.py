"""Vectors that ship, and those of PQSCAN_EXTRA_VECTORS, on every library of this machine: what `pqscan harness self-test` runs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import pytest

from pqscan.app.self_testing import EXTRA_VARIABLE, self_test
from pqscan.locale import render
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from tools.vector_counts import VECTORS

KNOWN = "self_test.defect."  # What the makers of a library know of: it stays a failure of the library, and is none of ours.


@pytest.fixture(scope="module")
def report() -> TrialReport:
    return self_test()


def test_no_library_fails_but_by_a_defect_that_its_makers_know(
    report: TrialReport, record_property: Callable[[str, object], None]
) -> None:
    for line in counted(report):
        record_property(VECTORS, line)
    assert [trial for trial in report.trials if trial.verdict is TrialVerdict.FAILED and not is_known(trial)] == []


def test_every_source_says_something_of_cryptography_or_of_our_own_code(report: TrialReport) -> None:
    told = {trial.suite for trial in report.trials if trial.verdict is TrialVerdict.PASSED}
    assert told >= {
        "acvp/ml-kem", "acvp/ml-dsa", "acvp/lms", "wycheproof/ml-kem", "wycheproof/ml-dsa", "wycheproof/x25519", "wycheproof/ecdh",
        "x-wing", "hpke-pq", "tls", "cross/kem", "cross/signature", "cross/hpke",
    }  # fmt: skip


def test_whatever_did_not_pass_has_a_reason_that_is_a_sentence(report: TrialReport) -> None:
    for trial in report.trials:
        if trial.verdict is not TrialVerdict.PASSED:
            assert trial.reason is not None
            assert render(trial.reason, "en").endswith(".")
            assert "?" not in render(trial.reason, "en")


def test_liboqs_and_cryptography_take_what_the_other_made(report: TrialReport) -> None:
    if any(trial.suite == "library" for trial in report.trials):
        pytest.skip("liboqs is not installed here: " + next(t.detail or t.name for t in report.trials if t.suite == "library"))
    both = {trial.subject for trial in report.trials if trial.suite == "cross/kem" and trial.verdict is TrialVerdict.PASSED}
    assert both == {"liboqs", "cryptography", "liboqs + cryptography", "cryptography + liboqs"}


@pytest.mark.skipif(
    not os.environ.get(EXTRA_VARIABLE), reason=f"{EXTRA_VARIABLE} names no folder: see pqscan harness self-test --help"
)
def test_extra_vectors_run_where_they_are(report: TrialReport) -> None:
    assert any(trial.suite.startswith("extra/") and trial.verdict is TrialVerdict.PASSED for trial in report.trials)


def is_known(trial: Trial) -> bool:
    return trial.reason is not None and trial.reason.code.startswith(KNOWN)


def counted(report: TrialReport) -> list[str]:
    """`acvp/ml-kem on liboqs: 315 passed, 4 skipped`."""
    counts: dict[tuple[str, str], Counter[TrialVerdict]] = {}
    for trial in report.trials:
        counts.setdefault((trial.suite, trial.subject), Counter())[trial.verdict] += 1
    versions = dict(report.versions)
    return [
        f"{suite} on {subject or 'any library'}: "
        + ", ".join(f"{number} {verdict.value}" for verdict, number in sorted(found.items()))
        for (suite, subject), found in counts.items()
    ] + [f"with {name} {version}" for name, version in versions.items()]
