"""The table of states for authentication, for certificates in a file: nothing is asked there, and nothing refused."""

from __future__ import annotations

import pytest

from pqscan.model.certificate import Certificate
from pqscan.policy.state import State
from pqscan.policy.states import authentication
from tests.unit.policy.making import ECDSA_SHA256, MLDSA65_SIGNATURE, SHA256_RSA, certificate, chain, profile

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
