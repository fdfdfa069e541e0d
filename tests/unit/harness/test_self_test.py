"""The self-test finds what is wrong: every library that is broken on purpose fails, the good one does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pqscan.errors import UsageError
from pqscan.harness.library import Agreement, Kem, Library, Signer
from pqscan.harness.self_test.attempt import Wanted
from pqscan.harness.self_test.run import known_defects, load, run
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from tests.unit.harness import broken


def tried(library: Library, *algorithms: str) -> TrialReport:
    return run((library,), Wanted(frozenset(name.lower() for name in algorithms)))


def failures(report: TrialReport) -> list[Trial]:
    return [trial for trial in report.trials if trial.verdict is TrialVerdict.FAILED]


def failed_suites(report: TrialReport) -> set[str]:
    return {trial.suite for trial in failures(report)}


@pytest.mark.parametrize("algorithm", ["ML-KEM-768", "ML-DSA-65", "X25519", "secp256r1", "X-Wing", "HPKE"])
def test_a_good_library_fails_nowhere_and_passes_somewhere(algorithm: str) -> None:
    report = tried(broken.GOOD, algorithm)
    assert failures(report) == []
    assert report.counts[TrialVerdict.PASSED] > 0


@pytest.mark.parametrize(
    ("make", "suites"),
    [
        (broken.WrongKeys, {"acvp/ml-kem", "wycheproof/ml-kem"}),
        (broken.SwappedSeed, {"acvp/ml-kem", "wycheproof/ml-kem"}),
        (broken.FlippedBit, {"wycheproof/ml-kem", "cross/kem"}),
        (broken.WrongSecretSent, {"cross/kem"}),
        (broken.TakesAnyKey, {"acvp/ml-kem", "wycheproof/ml-kem"}),
        (broken.TakesAnyCiphertext, {"wycheproof/ml-kem"}),
        (broken.ConstantRejection, {"wycheproof/ml-kem", "cross/kem"}),
        (broken.RefusesOutright, {"wycheproof/ml-kem"}),
        (broken.ComparesLikeStrcmp, {"wycheproof/ml-kem"}),
        (broken.LooksAtThreeQuarters, {"cross/kem"}),
        (broken.SendsAlwaysTheSame, {"cross/kem"}),
        (broken.Falls, {"acvp/ml-kem", "wycheproof/ml-kem", "cross/kem"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_kem_fails(make: Callable[[Kem], Kem], suites: set[str]) -> None:
    assert failed_suites(tried(broken.with_kem(make), "ML-KEM-768")) == suites


@pytest.mark.parametrize(
    ("make", "suites"),
    [
        (broken.VerifiesEverything, {"acvp/ml-dsa", "wycheproof/ml-dsa", "cross/signature"}),
        (broken.VerifiesNothing, {"acvp/ml-dsa", "wycheproof/ml-dsa", "cross/signature"}),
        (broken.IgnoresContext, {"acvp/ml-dsa", "wycheproof/ml-dsa", "cross/signature"}),
        (broken.TakesLongContext, {"wycheproof/ml-dsa"}),
        (broken.TakesLongSignature, {"wycheproof/ml-dsa"}),
        (broken.SkipsNorm, {"acvp/ml-dsa", "wycheproof/ml-dsa", "cross/signature"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_signature_scheme_fails(make: Callable[[Signer], Signer], suites: set[str]) -> None:
    assert failed_suites(tried(broken.with_signer(make), "ML-DSA-65")) == suites


@pytest.mark.parametrize(
    ("make", "algorithm", "suite"),
    [(broken.TakesAnyPoint, "secp256r1", "wycheproof/ecdh"), (broken.DropsLeadingZeros, "X25519", "wycheproof/x25519")],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_broken_key_agreement_fails(make: Callable[[Agreement], Agreement], algorithm: str, suite: str) -> None:
    assert failed_suites(tried(broken.with_agreement(make, algorithm), algorithm)) == {suite}


def test_a_verifier_that_believes_everything_fails() -> None:
    report = tried(Library("broken", "1", verifiers={"LMS": broken.Forger()}), "LMS")
    assert failed_suites(report) == {"acvp/lms"}
    assert len(failures(report)) == 12  # Of 16: four are valid.


@pytest.mark.parametrize("algorithm", ["X-Wing", "X25519MLKEM768", "HPKE"])
def test_a_broken_kem_shows_in_what_is_built_on_it(algorithm: str) -> None:
    report = run((broken.with_kem(broken.FlippedBit),), Wanted(frozenset({algorithm.lower()})))
    assert {trial.subject for trial in failures(report)} == {"broken"}


def test_a_failure_says_what_was_expected_and_what_came() -> None:
    report = tried(broken.with_kem(broken.FlippedBit), "ML-KEM-768")
    first = failures(report)[0]
    assert first.reason == Reason.of("self_test.differs")
    assert first.detail.split(": ")[-2:][0] == "shared secret"
    assert "expected" in first.detail
    assert ", got" in first.detail
    assert len(first.detail) <= 200


def test_a_library_that_breaks_off_is_a_failure_and_no_error() -> None:
    report = tried(broken.with_kem(broken.Falls), "ML-KEM-768")
    assert Reason.of("self_test.broke", error="ZeroDivisionError") in {trial.reason for trial in failures(report)}


def test_what_is_accepted_and_must_be_refused_says_so() -> None:
    report = tried(broken.with_kem(broken.TakesAnyKey), "ML-KEM-768")
    assert {trial.reason for trial in failures(report)} == {Reason.of("self_test.accepted")}


def test_what_a_library_lacks_is_a_skip_with_its_reason_and_never_a_pass() -> None:
    report = tried(broken.GOOD, "ML-KEM-512", "ML-DSA-44", "SLH-DSA")
    assert all(trial.reason is not None for trial in report.trials if trial.verdict is not TrialVerdict.PASSED)
    lacking = Reason.of("self_test.lacks.algorithm", library="cryptography", algorithm="ML-KEM-512")
    assert {trial.verdict for trial in report.trials if trial.reason == lacking} == {TrialVerdict.SKIPPED}
    assert not any(t.verdict is TrialVerdict.PASSED for t in report.trials if t.algorithm in {"ML-KEM-512", "SLH-DSA-SHA2-128s"})


def test_a_library_that_is_missing_is_one_skip_that_says_how_to_get_it() -> None:
    reason = Reason.of("self_test.library_missing", library="liboqs", error="it is not there")
    report = run((Library("liboqs", missing=reason), broken.GOOD), Wanted(frozenset({"ml-kem-768"})))
    assert [trial.reason for trial in report.trials if trial.subject == "liboqs"] == [reason]
    assert report.counts[TrialVerdict.PASSED] > 0


def test_each_trial_is_named_once() -> None:
    report = run((broken.GOOD,), Wanted())
    assert len({(trial.suite, trial.name, trial.subject) for trial in report.trials}) == len(report.trials)


def test_everything_is_more_than_the_default_and_leaves_out_no_refusal() -> None:
    names = {
        everything: {trial.name for trial in run((broken.GOOD,), Wanted(frozenset({"x25519"}), everything)).trials}
        for everything in (False, True)
    }
    assert names[False] < names[True]
    refused = run((broken.with_agreement(broken.TakesAnyPoint, "secp384r1"),), Wanted(frozenset({"secp384r1"})))
    everything = run((broken.with_agreement(broken.TakesAnyPoint, "secp384r1"),), Wanted(frozenset({"secp384r1"}), True))
    assert len(failures(refused)) == len(failures(everything)) == 18


def test_a_name_that_is_no_library_and_an_algorithm_without_vectors_are_wrong_usage() -> None:
    with pytest.raises(UsageError, match="openssl is no library"):
        load(["openssl"])
    with pytest.raises(UsageError, match="no vector is for rot13"):
        run((broken.GOOD,), Wanted(frozenset({"rot13"})))


@pytest.mark.parametrize(
    ("wanted", "name", "taken"),
    [
        ("ml-kem", "ML-KEM-512", True),
        ("ml-kem-768", "ML-KEM-512", False),
        ("ml-kem-5", "ML-KEM-512", False),
        ("", "ML-KEM-512", True),
    ],
)
def test_an_algorithm_is_wanted_by_its_name_or_its_family(wanted: str, name: str, taken: bool) -> None:
    assert Wanted(frozenset({wanted} - {""})).takes(name) is taken


def test_known_defects_are_named_and_stay_failures() -> None:
    [z_norm] = [defect for defect in known_defects() if defect.reason.endswith("z_norm")]
    assert z_norm.detail.search("violate index 12 in the negative direction: verified: expected False, got True")
    library = Library("liboqs", "0.13.0", signers=broken.with_signer(broken.SkipsNorm).signers)
    report = tried(library, "ML-DSA-65")
    known = [trial for trial in failures(report) if trial.reason == Reason.of("self_test.defect.z_norm")]
    assert len(known) > 40
    assert any(trial.reason != known[0].reason for trial in failures(report))  # Another fault is not hidden behind it.


def test_a_library_alone_that_has_none_of_the_algorithms_is_told_as_such() -> None:
    with pytest.raises(UsageError, match="no vector is for ml-kem-768 on pqscan"):
        run(load(["pqscan"]), Wanted(frozenset({"ml-kem-768"})))


def test_half_of_a_private_key_that_is_not_compared_is_a_skip_of_its_own() -> None:
    report = run((broken.GOOD,), Wanted(frozenset({"ml-kem-768"})))
    keys = [trial for trial in report.trials if trial.name.endswith("decapsulation key")]
    assert len(keys) == 25 + 25
    assert {trial.verdict for trial in keys} == {TrialVerdict.SKIPPED}
