from __future__ import annotations

from pqscan.model.observation import Observation, Subject, Support
from pqscan.store.terms import LONGEST_TERM, fold, key_terms, observation_terms, signature_terms
from tests.unit.store.samples import read_certificate

GROUP = Observation(
    Subject.NAMED_GROUP, "0x11ec", Support.ACCEPTED, None, "X25519MLKEM768", ("X25519MLKEM768", "Other"), components=("ML-KEM-768",)
)


def test_an_observation_is_found_by_value_name_other_names_and_components() -> None:
    assert observation_terms(GROUP) == {"0x11ec", "x25519mlkem768", "other", "ml-kem-768"}


def test_what_is_refused_or_unknown_is_nowhere() -> None:
    for support in (Support.REFUSED, Support.UNKNOWN):
        assert observation_terms(Observation(Subject.NAMED_GROUP, "0x001d", support)) == frozenset()


def test_a_certificate_is_found_by_key_and_by_signature_apart() -> None:
    facts = read_certificate(b"CN=a|ECDSA|256|sha256WithRSAEncryption")
    assert {"ecdsa", "ecdsa-256", "1.2.3"} <= key_terms(facts)
    assert {"sha256withrsaencryption", "sha-256", "rsa"} <= signature_terms(facts)
    assert "ecdsa" not in signature_terms(facts)


def test_a_hostile_word_is_cut_to_what_an_index_holds() -> None:
    assert len(fold("ß" * 10_000)) <= LONGEST_TERM
