"""The states of a responder of IKE, and what the floor finds in its answers."""

from __future__ import annotations

from datetime import date

import pytest

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.target import NetworkTarget, Transport
from pqscan.policy.editions import policy
from pqscan.policy.explain import by_hand, needed
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import Purpose
from pqscan.policy.state import State
from pqscan.policy.states import authentication, key_establishment
from pqscan.policy.uses import uses_of
from pqscan.registry.quantum import QuantumClass

ACCEPTED, SELECTED, REFUSED, UNKNOWN = Support.ACCEPTED, Support.SELECTED, Support.REFUSED, Support.UNKNOWN
KE, ADDITIONAL, CIPHER = Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE, Subject.IKE_ENCRYPTION
V1, V2, BOTH = "IKEv1", "IKEv2", "IKEv2+ADDKE1"
TAKES_768 = {35: REFUSED, 36: ACCEPTED, 37: REFUSED}
TAKES_NONE = dict.fromkeys((35, 36, 37), REFUSED)


def version(name: str, support: Support, reason: str = "") -> Observation:
    return Observation(Subject.PROTOCOL_VERSION, name, support, parameters=(("reason", reason),) if reason else ())


def additional(supports: dict[int, Support]) -> list[Observation]:
    components = ("X25519", "ML-KEM-768")
    return [Observation(ADDITIONAL, str(value), support, V2, components=components) for value, support in supports.items()]


def gateway(*observations: Observation, complete: bool = True, depth: str = "inventory") -> Profile:
    return Profile("ike", depth, "2026-11", complete, observations)


def group(value: int, support: Support, context: str = V2) -> Observation:
    return Observation(KE, str(value), support, context)


def state_of(*observations: Observation, complete: bool = True) -> tuple[State, tuple[str, ...]]:
    found = key_establishment(gateway(version(V2, ACCEPTED), *observations, complete=complete))
    return found.state, tuple(reason.code for reason in found.reasons)


def test_ml_kem_that_is_chosen_beside_the_same_without_is_the_default() -> None:
    chosen = additional({35: REFUSED, 36: SELECTED, 37: REFUSED})
    assert state_of(*chosen, group(31, SELECTED, BOTH), group(31, ACCEPTED), version(V1, REFUSED)) == (
        State.DEFAULT,
        ("ike_chooses_ml_kem", "traditional_accepted"),
    )


def test_ml_kem_without_which_nothing_is_taken_is_exclusive_only_where_that_is_proven() -> None:
    chosen = [*additional({36: SELECTED}), group(31, SELECTED, BOTH)]
    refused = [group(value, REFUSED) for value in (19, 14, 31)]
    assert state_of(*chosen, *refused, version(V1, REFUSED)) == (State.EXCLUSIVE, ("ike_demands_ml_kem",))
    for more, why in (
        ([*refused, version(V1, ACCEPTED)], "traditional_accepted"),
        ([*refused, version(V1, UNKNOWN, "silence")], "version_not_proven"),
        (refused, "version_not_proven"),
        ([version(V1, REFUSED)], "ike_groups_not_proven"),
        ([group(14, REFUSED), Observation(KE, "*", UNKNOWN, V2), version(V1, REFUSED)], "ike_groups_not_proven"),
    ):
        state, codes = state_of(*chosen, *more)
        assert (state, codes[1]) == (State.DEFAULT, why)


def test_ml_kem_that_is_not_chosen_beside_the_same_without_is_capable() -> None:
    assert state_of(*additional(TAKES_768), group(31, SELECTED)) == (
        State.CAPABLE,
        ("ike_takes_ml_kem_not_by_default", "ike_chooses_traditional"),
    )
    assert state_of(*additional(TAKES_768)) == (State.UNKNOWN, ("ike_choice_not_seen",))


def test_ml_kem_as_the_only_key_exchange_is_taken_for_what_it_is() -> None:
    taken = (*additional(TAKES_NONE), group(37, ACCEPTED))
    assert state_of(*taken, group(19, SELECTED)) == (State.CAPABLE, ("ike_takes_ml_kem_not_by_default", "ike_chooses_traditional"))
    refused = [group(value, REFUSED) for value in (19, 14, 31)]
    assert state_of(*additional(TAKES_NONE), group(37, SELECTED), *refused, version(V1, REFUSED)) == (
        State.EXCLUSIVE,
        ("ike_demands_ml_kem",),
    )
    assert state_of(*additional(TAKES_NONE), group(37, SELECTED), group(19, ACCEPTED), version(V1, REFUSED)) == (
        State.DEFAULT,
        ("ike_chooses_ml_kem", "traditional_accepted"),
    )


@pytest.mark.parametrize("method", [19, 31, 33])
def test_a_traditional_additional_key_exchange_makes_no_hybrid(method: int) -> None:
    state, codes = state_of(*additional({method: ACCEPTED} | TAKES_NONE), group(31, SELECTED))
    assert (state, codes[0]) == (State.VULNERABLE, "ike_refuses_ml_kem")
    (use,) = uses_of(Observation(ADDITIONAL, str(method), ACCEPTED, V2))
    assert use.quantum_class is QuantumClass.TRADITIONAL


@pytest.mark.parametrize("number", [1050, 1066, 65001, 777])
@pytest.mark.parametrize("subject", [KE, ADDITIONAL])
def test_a_number_that_means_what_its_maker_says_proves_neither(subject: Subject, number: int) -> None:
    taken = Observation(subject, str(number), ACCEPTED, V2)
    assert state_of(*additional(TAKES_NONE), taken, group(31, SELECTED))[0] is State.UNKNOWN


@pytest.mark.parametrize(("told", "why"), [((version(V1, UNKNOWN, "silence"),), "silence"), ((), "not_asked")])
def test_what_stands_against_exclusive_is_told_with_its_reason(told: tuple[Observation, ...], why: str) -> None:
    refused = [group(value, REFUSED) for value in (19, 14)]
    found = gateway(version(V2, ACCEPTED), *additional({36: SELECTED}), *refused, *told)
    assert dict(key_establishment(found).reasons[1].parameters) == {"version": V1, "reason": why}


@pytest.mark.parametrize("subject", [KE, ADDITIONAL])
def test_an_unlisted_number_that_is_refused_or_of_the_other_version_leaves_nothing_open(subject: Subject) -> None:
    for other in (Observation(subject, "777", REFUSED, V2), Observation(subject, "777", ACCEPTED, V1)):
        assert state_of(*additional(TAKES_NONE), other, group(31, SELECTED))[0] is State.VULNERABLE


def test_reasons_name_methods_and_groups_as_registries_do() -> None:
    judged = key_establishment(gateway(version(V2, ACCEPTED), *additional({36: SELECTED}), group(31, ACCEPTED)))
    assert [dict(reason.parameters) for reason in judged.reasons][:2] == [
        {"method": "ML-KEM-768"},
        {"value": "curve25519", "version": "IKEv2"},
    ]
    told = Observation(KE, "777", ACCEPTED, V2, name="Own-777")
    assert dict(key_establishment(gateway(version(V2, ACCEPTED), *additional(TAKES_NONE), told)).reasons[0].parameters) == {
        "value": "Own-777",
        "version": "IKEv2",
    }


@pytest.mark.parametrize(("value", "below"), [(2, True), (14, False)])
def test_ikev1_alone_tells_what_else_is_below_the_floor_in_it(value: int, below: bool) -> None:
    judged = key_establishment(gateway(version(V2, REFUSED), version(V1, ACCEPTED), group(value, ACCEPTED, V1)))
    assert [reason.code for reason in judged.reasons] == ["ike_v1_alone", *(["ike_below_floor"] if below else [])]


@pytest.mark.parametrize("left", [35, 36, 37])
def test_one_size_that_was_not_refused_leaves_it_open(left: int) -> None:
    refused = {method: REFUSED for method in TAKES_NONE if method != left}
    assert state_of(*additional(refused), group(31, SELECTED))[0] is State.UNKNOWN


@pytest.mark.parametrize(
    ("observations", "state", "reason"),
    [
        ((version(V2, ACCEPTED), *additional({36: SELECTED}), group(31, SELECTED, BOTH)), State.CAPABLE, "seen_choosing_resistant"),
        ((version(V2, ACCEPTED), group(37, SELECTED)), State.CAPABLE, "seen_choosing_resistant"),
        ((version(V2, ACCEPTED), group(31, SELECTED)), State.UNKNOWN, "seen_choosing_traditional"),
        ((version(V2, ACCEPTED), group(2, SELECTED)), State.UNKNOWN, "seen_choosing_traditional"),
        ((version(V1, ACCEPTED), group(14, ACCEPTED, V1)), State.UNKNOWN, "seen_choosing_traditional"),
        ((version(V2, ACCEPTED),), State.UNKNOWN, "seen_passively"),
    ],
)
def test_what_was_only_seen_in_captures_proves_no_more_than_it_shows(
    observations: tuple[Observation, ...], state: State, reason: str
) -> None:
    secret = Observation(Subject.IKE_AUTHENTICATION, "1", ACCEPTED, V1)
    seen = gateway(*observations, secret, complete=False, depth="passive")
    judged = key_establishment(seen)
    assert (judged.state, judged.reasons[0].code) == (state, reason)
    assert authentication(seen, ()).state is State.UNKNOWN


def test_without_ml_kem_it_is_vulnerable_and_preshared_keys_are_noted() -> None:
    ppk = Observation(Subject.BEHAVIOUR, "ppk_supported", Support.OFFERED, V2)
    assert state_of(*additional(TAKES_NONE), group(31, SELECTED)) == (
        State.VULNERABLE,
        ("ike_refuses_ml_kem", "ike_chooses_traditional"),
    )
    assert state_of(*additional(TAKES_NONE), ppk) == (State.VULNERABLE, ("ike_refuses_ml_kem", "ike_ppk_supported"))


def test_what_was_not_proven_is_unknown() -> None:
    open_one = Observation(ADDITIONAL, "37", UNKNOWN, V2, parameters=(("reason", "silence"),))
    assert state_of(*additional({35: REFUSED, 36: REFUSED}), open_one) == (State.UNKNOWN, ("ike_ml_kem_not_proven",))
    assert state_of(complete=False) == (State.UNKNOWN, ("answer_incomplete",))
    for nobody, code in (
        ((version(V2, UNKNOWN, "nothing_taken"), version(V1, REFUSED)), "version_not_proven"),
        ((version(V2, REFUSED), version(V1, REFUSED)), "nothing_accepted"),
    ):
        assert [reason.code for reason in key_establishment(gateway(*nobody)).reasons] == [code]


@pytest.mark.parametrize(
    ("chosen", "below"),
    [
        (group(2, SELECTED), True),
        (group(5, SELECTED), True),
        (group(1, SELECTED), True),
        (group(25, SELECTED), True),
        (group(14, SELECTED), False),
        (Observation(CIPHER, "2", SELECTED, V2), True),
        (Observation(CIPHER, "12/128", SELECTED, V2), False),
    ],
)
def test_a_choice_below_the_floor_is_broken(chosen: Observation, below: bool) -> None:
    state, codes = state_of(*additional(TAKES_NONE), chosen)
    assert (state is State.BROKEN, codes[0] == "ike_below_floor") == (below, below)


def test_a_small_group_below_ml_kem_is_one_hybrid_with_it() -> None:
    state, _ = state_of(*additional({36: SELECTED}), group(2, SELECTED, BOTH), group(2, ACCEPTED, BOTH))
    assert state is State.DEFAULT
    assert uses_of(group(2, SELECTED, BOTH)) == ()


@pytest.mark.parametrize(
    ("method", "state"), [("1", State.NONE), ("3", State.VULNERABLE), ("9", State.VULNERABLE), ("65001", State.NONE)]
)
def test_ikev1_alone_is_broken_and_tells_how_it_authenticates(method: str, state: State) -> None:
    found = gateway(
        version(V2, UNKNOWN, "silence"),
        version(V1, ACCEPTED),
        group(14, ACCEPTED, V1),
        Observation(Subject.IKE_AUTHENTICATION, method, ACCEPTED, V1),
    )
    assert key_establishment(found).state is State.BROKEN
    assert key_establishment(found).reasons[0].code == "ike_v1_alone"
    assert authentication(found, ()).state is state


def test_ikev2_tells_strangers_nothing_of_authentication() -> None:
    found = authentication(gateway(version(V2, ACCEPTED), *additional(TAKES_768)), ())
    assert (found.state, found.reasons[0].code) == (State.UNKNOWN, "ike_authentication_not_seen")


@pytest.mark.parametrize(
    ("shown", "rule"),
    [
        (version(V1, ACCEPTED), "floor-state-ikev1"),
        (group(2, ACCEPTED), "floor-state-key-establishment"),
        (group(23, ACCEPTED), "floor-ike-rfc5114"),
        (Observation(CIPHER, "3", ACCEPTED, V2), "floor-cipher"),
        (Observation(CIPHER, "11", ACCEPTED, V2), "floor-state-null"),
        (Observation(CIPHER, "1", ACCEPTED, V1), "floor-state-export"),
        (Observation(CIPHER, "7", ACCEPTED, V2), "floor-old-cipher"),
        (Observation(CIPHER, "3", ACCEPTED, V1), "floor-old-cipher"),
        (Observation(Subject.IKE_PRF, "1", ACCEPTED, V2), "floor-ike-md5"),
        (Observation(Subject.IKE_INTEGRITY, "1", ACCEPTED, V2), "floor-ike-md5"),
        (Observation(Subject.IKE_PRF, "1", ACCEPTED, V1), "floor-ike-md5"),
        (Observation(Subject.IKE_INTEGRITY, "2", ACCEPTED, V2), "floor-ike-sha1"),
        (Observation(Subject.IKE_AUTHENTICATION, "1", Support.OFFERED, V2), "floor-state-hash"),
    ],
)
def test_the_floor_finds_what_is_weak(shown: Observation, rule: str) -> None:
    found = assess_profile(gateway(version(V2, ACCEPTED), shown), (), date(2026, 11, 22))
    assert rule in {finding.rule for finding in found}


def test_the_floor_finds_nothing_in_a_good_suite() -> None:
    good = [*additional({36: SELECTED}), group(31, ACCEPTED), Observation(CIPHER, "20/256", SELECTED, V2)]
    good += [Observation(Subject.IKE_PRF, "7", SELECTED, V2), Observation(Subject.IKE_AUTHENTICATION, "5", Support.OFFERED, V2)]
    assert assess_profile(gateway(version(V2, ACCEPTED), *good), (), date(2026, 11, 22)) == ()


def test_an_additional_key_exchange_is_a_hybrid_of_both_its_parts() -> None:
    (use,) = uses_of(additional({36: ACCEPTED})[0])
    assert (use.purpose, use.quantum_class, use.construction) == (Purpose.KEY_ESTABLISHMENT, QuantumClass.PQT_HYBRID, "hybrid")
    assert (set(use.families), use.parameter_sets) == ({"ECDH", "ML-KEM"}, ("X25519", "ML-KEM-768"))
    verdicts = {
        finding.value: finding.verdict.value
        for finding in assess_profile(
            gateway(*additional({36: ACCEPTED}), group(31, ACCEPTED)), (policy("nist-ir-8547"),), date(2036, 1, 1)
        )
    }
    assert verdicts == {"36": "meets", "31": "overdue"}


def test_a_number_that_no_source_lists_is_unknown() -> None:
    for value in ("1234", "x", "*", "99999999"):
        uses = uses_of(Observation(KE, value, ACCEPTED, V2))
        assert [use.quantum_class for use in uses] == ([] if value == "*" else [QuantumClass.UNKNOWN])


def test_it_is_checked_by_hand_with_ike_scan() -> None:
    found = gateway(version(V2, ACCEPTED))
    commands = by_hand(NetworkTarget("192.0.2.1", 500, transport=Transport.UDP), found)
    assert commands[1:] == (
        "ike-scan --sport=0 --dport=500 --ikev2 --multiline 192.0.2.1",
        "ike-scan --sport=0 --dport=500 --multiline 192.0.2.1",
    )
    assert "--nat-t --sport=0 --ikev2" in by_hand(NetworkTarget("192.0.2.1", 4500, transport=Transport.UDP), found)[1]
    assert needed(found).code == "by_hand_needs_ike_scan"


@pytest.mark.parametrize("value", [19, 999])
def test_an_additional_key_exchange_that_resists_nothing_makes_no_hybrid(value: int) -> None:
    """RFC 9370 lets any method stand there, a curve too."""
    uses = uses_of(Observation(ADDITIONAL, str(value), ACCEPTED, V2, quantum_class=QuantumClass.PQT_HYBRID))
    assert {use.quantum_class for use in uses} == {QuantumClass.TRADITIONAL if value == 19 else QuantumClass.UNKNOWN}
    assert state_of(Observation(ADDITIONAL, str(value), ACCEPTED, V2), group(31, SELECTED, BOTH))[0] is not State.DEFAULT
