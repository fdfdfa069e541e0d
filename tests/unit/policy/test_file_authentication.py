"""The table of states for authentication, for certificates in a file: nothing is asked there, and nothing refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Subject, Support
from pqscan.policy.profiles import assess_profile
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.registry.quantum import QuantumClass
from tests.unit.policy.making import ECDSA_SHA256, MLDSA65_SIGNATURE, SHA256_RSA, certificate, chain, fact, profile

RSA_CHAIN = chain(("RSA-2048", "RSA-4096"), (SHA256_RSA, SHA256_RSA), root=True)
MLDSA_CHAIN = chain(("ML-DSA-65", "ML-DSA-65"), (MLDSA65_SIGNATURE, MLDSA65_SIGNATURE), root=True)


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ((("file", MLDSA_CHAIN),), State.EXCLUSIVE),
        ((("file", RSA_CHAIN),), State.VULNERABLE),
        ((("file", (*RSA_CHAIN, *MLDSA_CHAIN)),), State.CAPABLE),
        ((("file", (certificate("RSA-1024", SHA256_RSA),)),), State.BROKEN),
        ((("file", (certificate("P-256", ECDSA_SHA256),)),), State.VULNERABLE),
        ((("file", (certificate("1.2.3.4", MLDSA65_SIGNATURE),)),), State.UNKNOWN),
        ((), State.NONE),
    ],
)
def test_a_file_is_judged_by_its_certificates(chains: tuple[tuple[str, tuple[Certificate, ...]], ...], expected: State) -> None:
    assert authentication(profile(probe="certificate_file"), chains).state is expected


@pytest.mark.parametrize(
    ("certificates", "expected"),
    [
        (MLDSA_CHAIN, State.UNKNOWN),
        (RSA_CHAIN, State.UNKNOWN),
        ((certificate("RSA-1024", SHA256_RSA),), State.UNKNOWN),
        ((), State.UNKNOWN),
        ((*RSA_CHAIN, *MLDSA_CHAIN), State.CAPABLE),
    ],
)
def test_a_file_that_was_not_read_whole_says_nothing_of_all_of_it(certificates: tuple[Certificate, ...], expected: State) -> None:
    judged = authentication(profile(complete=False, probe="certificate_file"), (("file", certificates),))
    assert judged.state is expected


@pytest.mark.parametrize("probe", ["certificate_file", "public_key_file", "private_key_file"])
def test_a_file_that_was_not_read_whole_may_hold_keys_to_agree_with(probe: str) -> None:
    assert key_establishment(profile(complete=False, probe=probe)).state is State.UNKNOWN
    assert key_establishment(profile(probe=probe)).state is State.NONE


def bare(oid: str, name: str | None, size: int, quantum: QuantumClass, context: str = "signing") -> Observation:
    return Observation(
        Subject.PUBLIC_KEY, oid, Support.OFFERED, context, name, quantum_class=quantum, parameters=(("size_bits", size),)
    )


RSA, ML_DSA = "1.2.840.113549.1.1.1", "2.16.840.1.101.3.4.3.18"
OLD = bare(RSA, "RSA", 1024, QuantumClass.TRADITIONAL)
TODAY = bare(RSA, "RSA", 3072, QuantumClass.TRADITIONAL)
NEW = bare(ML_DSA, "ML-DSA-65", 15616, QuantumClass.POST_QUANTUM)
STRANGE = bare("1.2.3.4", None, 256, QuantumClass.UNKNOWN)
FOR_ENCRYPTION = bare(RSA, "RSA", 3072, QuantumClass.TRADITIONAL, "encryption")


@pytest.mark.parametrize(
    ("keys", "chains", "expected"),
    [
        ((OLD,), (), State.BROKEN),
        ((OLD, TODAY), (), State.VULNERABLE),
        ((TODAY,), (), State.VULNERABLE),
        ((NEW,), (), State.EXCLUSIVE),
        ((NEW, TODAY), (), State.CAPABLE),
        ((STRANGE,), (), State.UNKNOWN),
        ((STRANGE, NEW), (), State.CAPABLE),
        ((STRANGE, TODAY), (), State.UNKNOWN),
        ((FOR_ENCRYPTION,), (), State.NONE),
        ((FOR_ENCRYPTION, NEW), (), State.EXCLUSIVE),
        ((NEW,), (("file", RSA_CHAIN),), State.CAPABLE),
        ((NEW,), (("file", MLDSA_CHAIN),), State.EXCLUSIVE),
        ((TODAY,), (("file", MLDSA_CHAIN),), State.CAPABLE),
    ],
)
def test_a_file_is_judged_by_its_keys_without_a_certificate_too(
    keys: tuple[Observation, ...], chains: tuple[tuple[str, tuple[Certificate, ...]], ...], expected: State
) -> None:
    judged = profile(*keys, probe="identity_metadata")
    assert authentication(judged, chains).state is expected
    assert key_establishment(judged).state is (State.VULNERABLE if FOR_ENCRYPTION in keys else State.NONE)


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ((("encryption", RSA_CHAIN[:1]),), State.NONE),
        ((("encryption", RSA_CHAIN[:1]), ("signing", MLDSA_CHAIN[:1])), State.EXCLUSIVE),
        ((("any_use", RSA_CHAIN[:1]), ("signing", MLDSA_CHAIN[:1])), State.CAPABLE),
        ((("signing", RSA_CHAIN[:1]),), State.VULNERABLE),
    ],
)
def test_r37_a_certificate_that_is_there_to_encrypt_to_authenticates_nobody(
    chains: tuple[tuple[str, tuple[Certificate, ...]], ...], expected: State
) -> None:
    held = profile(fact(Subject.CERTIFICATE_KEY, RSA, Support.OFFERED, chains[0][0]), probe="identity_metadata")
    assert authentication(held, chains).state is expected


def test_of_a_file_with_keys_to_encrypt_to_alone_it_is_not_said_that_it_holds_no_certificate() -> None:
    assert authentication(profile(FOR_ENCRYPTION, probe="identity_metadata"), ()).reasons[0].code == "file_without_signing_key"
    assert authentication(profile(probe="certificate_file"), ()).reasons[0].code == "file_without_certificate"


def test_a_key_of_a_key_set_that_is_too_short_is_below_todays_floor() -> None:
    found = assess_profile(profile(OLD, TODAY, probe="identity_metadata"), (), date(2026, 11, 20))
    assert [(one.rule, one.name) for one in found] == [("floor-state-signature", "RSA-1024")]


@pytest.mark.parametrize(
    ("oid", "name", "quantum", "expected"),
    [
        ("1.3.101.110", "X25519", QuantumClass.TRADITIONAL, State.VULNERABLE),
        ("2.16.840.1.101.3.4.4.2", "ML-KEM-768", QuantumClass.POST_QUANTUM, State.EXCLUSIVE),
    ],
)
def test_a_key_that_agrees_on_keys_is_judged_for_that(oid: str, name: str, quantum: QuantumClass, expected: State) -> None:
    key = replace(bare(oid, name, 256, quantum, "file"), subject=Subject.PRIVATE_KEY)
    assert key_establishment(profile(key, probe="private_key_file")).state is expected
    locked = replace(key, value="locked_key", name=None, parameters=(("locked_by", "aes256-cbc"),))
    assert key_establishment(profile(locked, probe="private_key_file")).state is State.UNKNOWN


def test_a_store_with_a_locked_key_is_unknown_for_its_lock_and_not_for_what_was_not_read() -> None:
    key = replace(bare("locked_key", "", 0, QuantumClass.UNKNOWN, "file"), subject=Subject.PRIVATE_KEY, name=None)
    store = replace(profile(replace(key, parameters=(("locked_by", "aes256-cbc"),)), probe="keystore_file"), complete=False)
    for judged in (authentication(store, ()), key_establishment(store)):
        assert (judged.state, judged.reasons[0].code) == (State.UNKNOWN, "private_key_locked")
    without = replace(profile(probe="keystore_file"), complete=False)
    assert authentication(without, ()).reasons[0].code == "file_incomplete"
