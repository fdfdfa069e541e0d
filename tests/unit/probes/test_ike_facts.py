"""What the probe states of a responder of IKE: from recorded answers of strongSwan, and from a responder in memory."""

from __future__ import annotations

import pytest
from pqscan_probes.ike.facts import Answers, facts_of, told_additional

from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.ike.header import Message
from pqscan.wire.ike.main_mode import MainModeQuestion, MainModeResult, offered
from pqscan.wire.ike.survey import MOST_DATAGRAMS, IkeSurvey, SurveyResult
from pqscan.wire.ike.v1 import NotifyV1
from tests.peers.ike_asker import repeatable_random, repeatable_share, replay
from tests.unit.wire.ike.recorded import RECORDINGS
from tests.unit.wire.ike.responder import AEAD, Responder, run
from tests.unit.wire.ike.test_main_mode import choosing, notifying, question

P256, MODP2048, X25519 = ((4, group, None) for group in (19, 14, 31))
ML_KEM_768 = (6, 36, None)
Row = tuple[str, Support, str | None]


def of_recording(name: str) -> Facts:
    survey = IkeSurvey(repeatable_random(), repeatable_share)
    replay(survey, RECORDINGS[name].received)
    return facts_of(Answers(survey.result, "quick"))


def of_responder(*policies: tuple[tuple[int, int, int | None], ...], main_mode: MainModeQuestion | None = None) -> Facts:
    survey = IkeSurvey(repeatable_random(), repeatable_share, most_datagrams=MOST_DATAGRAMS)
    run(survey, Responder(policies))
    return facts_of(Answers(survey.result, "inventory", None if main_mode is None else main_mode.result))


def told(facts: Facts, subject: Subject, support: Support | None = None) -> list[Row]:
    found = [each for each in facts.observations if each.subject is subject and support in (None, each.support)]
    return [(each.name or each.value, each.support, each.context) for each in found]


def reasons(observations: tuple[Observation, ...]) -> dict[str, str | int]:
    return {
        f"{each.subject.value} {each.value}": dict(each.parameters)["reason"]
        for each in observations
        if "reason" in dict(each.parameters)
    }


def test_a_gateway_with_ml_kem_alone_shows_it_on_top_of_its_group() -> None:
    facts = of_recording("6.1 with ML-KEM-768 alone")
    assert (facts.complete, facts.status, facts.detail) == (True, OutcomeStatus.COMPLETED, None)
    assert told(facts, Subject.PROTOCOL_VERSION) == [("IKEv2", Support.ACCEPTED, None)]
    assert told(facts, Subject.IKE_ADDITIONAL_KEY_EXCHANGE) == [
        ("ML-KEM-512", Support.REFUSED, "IKEv2"),
        ("ML-KEM-768", Support.SELECTED, "IKEv2"),
        ("ML-KEM-1024", Support.REFUSED, "IKEv2"),
    ]
    taken = next(each for each in facts.observations if each.value == "36")
    assert (taken.components, taken.quantum_class) == (("X25519", "ML-KEM-768"), QuantumClass.PQT_HYBRID)
    assert taken.confidence is Confidence.OBSERVED, "strongSwan 6.0 chooses what it cannot compute"
    assert told(facts, Subject.IKE_KEY_EXCHANGE) == [("curve25519", Support.SELECTED, "IKEv2+ADDKE1")]
    assert told(facts, Subject.IKE_ENCRYPTION) == [("ENCR_AES_GCM_16-256", Support.SELECTED, "IKEv2")]
    assert told(facts, Subject.IKE_PRF) == [("PRF_HMAC_SHA2_384", Support.SELECTED, "IKEv2")]
    assert [name for name, _, _ in told(facts, Subject.IKE_AUTHENTICATION)] == ["SHA2-256", "SHA2-384", "SHA2-512", "Identity"]
    assert {"intermediate_exchange_supported", "fragmentation_supported"} <= {name for name, _, _ in told(facts, Subject.BEHAVIOUR)}
    assert facts.evidence is not None
    assert facts.evidence.received


def test_what_is_taken_but_not_chosen_beside_the_same_without_is_accepted() -> None:
    facts = of_recording("6.1 with ML-KEM-1024 after the same without")
    assert told(facts, Subject.IKE_ADDITIONAL_KEY_EXCHANGE, Support.ACCEPTED) == [("ML-KEM-1024", Support.ACCEPTED, "IKEv2")]
    assert told(facts, Subject.IKE_KEY_EXCHANGE) == [("curve25519", Support.SELECTED, "IKEv2")]


@pytest.mark.parametrize("name", ["6.1 without ML-KEM", "6.1 with its defaults"])
def test_a_refusal_of_all_three_is_proven_by_the_same_without(name: str) -> None:
    facts = of_recording(name)
    supports = {support for _, support, _ in told(facts, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)}
    assert (supports, len(told(facts, Subject.IKE_ADDITIONAL_KEY_EXCHANGE))) == ({Support.REFUSED}, 3)


def test_ml_kem_as_the_only_key_exchange_is_a_group_without_another() -> None:
    facts = of_recording("6.1 with ML-KEM-768 as the only key exchange")
    (alone,) = [each for each in facts.observations if each.subject is Subject.IKE_KEY_EXCHANGE and each.value == "36"]
    assert (alone.support, alone.context, alone.quantum_class) == (Support.ACCEPTED, "IKEv2", QuantumClass.POST_QUANTUM)
    assert {support for _, support, _ in told(facts, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)} == {Support.REFUSED}


def test_additional_key_exchanges_that_are_passed_over_prove_nothing() -> None:
    survey = IkeSurvey(repeatable_random(), repeatable_share, most_datagrams=MOST_DATAGRAMS)
    run(survey, Responder(((*AEAD, X25519),), passes_over=True))
    facts = facts_of(Answers(survey.result, "inventory"))
    assert reasons(facts.observations) == {f"ike_additional_key_exchange {each}": "not_proven" for each in (35, 36, 37)}


@pytest.mark.parametrize(
    ("method", "quantum_class"), [(36, QuantumClass.PQT_HYBRID), (31, QuantumClass.TRADITIONAL), (777, QuantumClass.UNKNOWN)]
)
def test_a_traditional_additional_key_exchange_is_told_as_that(method: int, quantum_class: QuantumClass) -> None:
    assert told_additional(method, Support.OFFERED, 19).quantum_class is quantum_class


def test_an_inventory_tells_groups_in_their_order_and_each_transform() -> None:
    facts = of_responder((*AEAD, P256), (*AEAD, MODP2048), (*AEAD, X25519, ML_KEM_768))
    groups = [each for each in facts.observations if each.subject is Subject.IKE_KEY_EXCHANGE and each.support.shows_use]
    assert [(each.name, each.rank, each.context) for each in groups] == [
        ("curve25519", 1, "IKEv2+ADDKE1"),
        ("ECP-256", 1, "IKEv2"),
        ("MODP-2048", 2, "IKEv2"),
    ]
    refused = {(name, context) for name, _, context in told(facts, Subject.IKE_KEY_EXCHANGE, Support.REFUSED)}
    assert ("curve25519", "IKEv2") in refused
    assert ("ECP-256", "IKEv2+ADDKE1") in refused
    assert ("ENCR_3DES", Support.REFUSED, "IKEv2") in told(facts, Subject.IKE_ENCRYPTION)
    assert ("AUTH_HMAC_MD5_96", Support.REFUSED, "IKEv2") in told(facts, Subject.IKE_INTEGRITY)
    assert told(facts, Subject.SOFTWARE) == [(b"vendor".hex(), Support.OFFERED, None)]
    assert len(facts.observations) == len({(each.subject, each.value, each.context) for each in facts.observations})


def test_who_refuses_everything_proves_nothing() -> None:
    facts = of_responder()
    assert (facts.complete, facts.detail and facts.detail.code) == (False, "ike_nothing_chosen")
    assert reasons(facts.observations) == {"protocol_version IKEv2": "nothing_taken"}
    assert not [each for each in facts.observations if each.support is Support.REFUSED]


def test_who_names_a_group_and_never_chooses_leaves_it_open() -> None:
    survey = IkeSurvey(repeatable_random(), repeatable_share, most_datagrams=2)
    run(survey, Responder(((*AEAD, MODP2048), (*AEAD, P256, ML_KEM_768))))
    facts = facts_of(Answers(survey.result, "quick"))
    assert (survey.result.choice, facts.complete, facts.detail and facts.detail.code) == (None, False, "ike_not_finished")
    assert ("IKEv2", Support.ACCEPTED, None) in told(facts, Subject.PROTOCOL_VERSION)


def test_a_refusal_without_a_choice_after_it_is_unknown() -> None:
    survey = IkeSurvey(repeatable_random(), repeatable_share)
    replay(survey, RECORDINGS["6.1 without ML-KEM"].received[:-1])
    facts = facts_of(Answers(survey.result, "quick", trouble="throttled"))
    assert (facts.status, facts.complete) == (OutcomeStatus.THROTTLED, False)
    assert reasons(facts.observations) == {f"ike_additional_key_exchange {each}": "throttled" for each in (35, 36, 37)}


def test_the_suite_of_ikev1_is_told_in_its_own_words() -> None:
    asked, message = question()
    asked.receive(choosing(message, offered()[-1]))
    facts = of_responder((*AEAD, X25519), main_mode=asked)
    v1 = [(each.subject, each.name, each.value) for each in facts.observations if each.context == "IKEv1"]
    assert v1 == [
        (Subject.IKE_ENCRYPTION, "3DES-CBC", "5"),
        (Subject.IKE_PRF, "SHA", "2"),
        (Subject.IKE_KEY_EXCHANGE, "MODP-1024", "2"),
        (Subject.IKE_AUTHENTICATION, "XAUTHInitPreShared", "65001"),
    ]
    assert ("IKEv1", Support.ACCEPTED, None) in told(facts, Subject.PROTOCOL_VERSION)


def test_ikev1_is_refused_by_an_answer_and_unknown_by_silence() -> None:
    asked, message = question()
    facts = of_responder((*AEAD, X25519), main_mode=asked)
    assert reasons(facts.observations) == {"protocol_version IKEv1": "silence"}
    asked.receive(notifying(message, 14))
    facts = of_responder((*AEAD, X25519), main_mode=asked)
    assert reasons(facts.observations) == {"protocol_version IKEv1": "nothing_taken"}, "it may take rarer suites"
    for _ in range(2):
        asked.receive(notifying(Message.decode(asked.datagrams_to_send()[0]), 14))
    facts = of_responder((*AEAD, X25519), main_mode=asked)
    assert ("IKEv1", Support.REFUSED, None) in told(facts, Subject.PROTOCOL_VERSION)
    assert facts.complete
    nobody = of_responder(main_mode=asked)
    assert {support for _, support, _ in told(nobody, Subject.PROTOCOL_VERSION)} == {Support.UNKNOWN}, "it may not know us"


def test_one_version_is_refused_where_the_other_is_taken_or_where_it_is_not_known_at_all() -> None:
    asked, message = question()
    asked.receive(choosing(message, offered()[0]))
    assert ("IKEv2", Support.REFUSED, None) in told(of_responder(main_mode=asked), Subject.PROTOCOL_VERSION)
    asked, message = question()
    asked.receive(notifying(message, 5))
    assert ("IKEv1", Support.REFUSED, None) in told(of_responder(main_mode=asked), Subject.PROTOCOL_VERSION)


def test_who_calls_either_version_too_new_has_told_nothing() -> None:
    survey = SurveyResult(answered=True, old_version=True)
    facts = facts_of(Answers(survey, "inventory", MainModeResult(error=NotifyV1.INVALID_MAJOR_VERSION)))
    assert told(facts, Subject.PROTOCOL_VERSION) == [("IKEv2", Support.UNKNOWN, None), ("IKEv1", Support.UNKNOWN, None)]
    assert set(reasons(facts.observations).values()) == {"contradiction"}
