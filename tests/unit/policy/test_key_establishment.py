"""The table of states for key establishment, row by row, and what may not decide a row."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Profile, Subject
from pqscan.policy.state import State
from pqscan.policy.states import key_establishment
from tests.unit.policy.making import (
    GROUP,
    SUITE,
    VERSION,
    A,
    O,
    R,
    S,
    U,
    chain,
    fact,
    profile,
    server,
    with_facts,
    without,
)

HYBRID, X25519, P256 = "0x11ec", "0x001d", "0x0017"
CLASSICAL = server(groups={"TLS1.2": [X25519], "TLS1.3": [X25519]}, selected=("TLS1.3", X25519))
DEFAULT = server(groups={"TLS1.2": [X25519], "TLS1.3": [HYBRID, X25519]}, selected=("TLS1.3", HYBRID))
EXCLUSIVE = server(groups={"TLS1.3": [HYBRID]}, selected=("TLS1.3", HYBRID))
CAPABLE = server(groups={"TLS1.3": [X25519, HYBRID]}, selected=("TLS1.3", X25519))


def state(made: Profile) -> State:
    return key_establishment(made).state


def code(made: Profile) -> str:
    return key_establishment(made).reasons[0].code


@pytest.mark.parametrize(
    ("made", "expected"),
    [(CLASSICAL, State.VULNERABLE), (DEFAULT, State.DEFAULT), (EXCLUSIVE, State.EXCLUSIVE), (CAPABLE, State.CAPABLE)],
)
def test_each_row_of_the_table_has_a_server_that_it_fits(made: Profile, expected: State) -> None:
    assert state(made) is expected


@pytest.mark.parametrize("made", [CLASSICAL, DEFAULT, EXCLUSIVE, CAPABLE])
def test_an_attempt_that_ended_early_is_unknown_and_tells_what_was_learned(made: Profile) -> None:
    cut = profile(*made.observations, complete=False)
    judged = key_establishment(cut)
    assert (judged.state, judged.reasons[0].code) == (State.UNKNOWN, "answer_incomplete")
    assert judged.reasons[1].code.startswith("current_client_gets")


def test_a_silent_peer_is_unknown() -> None:
    assert code(profile(fact(VERSION, "TLS1.3", U), fact(VERSION, "TLS1.2", R))) == "version_not_proven"
    assert state(profile()) is State.UNKNOWN


def test_a_peer_that_refuses_everything_is_unknown_and_not_vulnerable() -> None:
    assert state(server(groups={}, fails="alert_40")) is State.UNKNOWN


@pytest.mark.parametrize(
    "contradiction",
    [
        fact(GROUP, HYBRID, R, "TLS1.3"),
        fact(VERSION, "TLS1.3", R),
    ],
)
def test_answers_that_deny_each_other_are_unknown(contradiction: object) -> None:
    assert code(profile(*DEFAULT.observations, contradiction)) == "answers_contradict"  # type: ignore[arg-type]


def test_a_group_accepted_in_one_version_and_refused_in_another_is_no_contradiction() -> None:
    assert state(with_facts(DEFAULT, fact(GROUP, P256, R, "TLS1.3"), fact(GROUP, P256, A, "TLS1.2"))) is State.DEFAULT


def test_a_certificate_file_establishes_no_keys() -> None:
    assert state(profile(fact(Subject.CERTIFICATE_KEY, "1.2.840.113549.1.1.1", O), probe="certificate_file")) is State.NONE
    assert state(profile(probe="certificate_file")) is State.NONE


# broken


@pytest.mark.parametrize("version", ["SSLv3", "TLS1.0", "TLS1.1"])
def test_an_old_version_for_the_current_client_is_broken(version: str) -> None:
    assert state(server(groups={version: [P256]}, selected=(version, P256))) is State.BROKEN


@pytest.mark.parametrize("version", ["SSLv3", "TLS1.0", "TLS1.1"])
def test_old_versions_alone_are_broken_where_the_current_client_gets_nothing(version: str) -> None:
    assert state(server(groups={version: [P256]}, fails="alert_70")) is State.BROKEN


def test_old_versions_beside_an_unproven_tls13_are_not_called_broken() -> None:
    made = with_facts(server(groups={"TLS1.0": [P256]}, fails="silence"), fact(VERSION, "TLS1.3", U))
    assert state(made) is State.UNKNOWN


@pytest.mark.parametrize(
    ("group", "expected"),
    [("dh:1024", State.BROKEN), ("dh:2047", State.BROKEN), ("dh:2048", State.VULNERABLE), ("0x0100", State.VULNERABLE)],
)
def test_finite_fields_below_2048_bits_are_broken(group: str, expected: State) -> None:
    assert state(server(groups={"TLS1.2": [group]}, suites={"TLS1.2": ["0x009e"]}, selected=("TLS1.2", group))) is expected


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("0x0013", State.BROKEN),
        ("0x0015", State.VULNERABLE),
        ("explicit_curve:192", State.BROKEN),
        ("explicit_curve:256", State.VULNERABLE),
    ],
)
def test_curves_below_224_bits_are_broken(group: str, expected: State) -> None:
    assert state(server(groups={"TLS1.2": [group]}, selected=("TLS1.2", group))) is expected


@pytest.mark.parametrize("suite", ["0x0002", "0x0003", "0x0009", "0xc010"])  # NULL, export, DES, ECDHE with NULL
def test_a_suite_without_real_encryption_is_broken_when_the_client_gets_it(suite: str) -> None:
    made = server(groups={"TLS1.2": [X25519]}, suites={"TLS1.2": [suite, "0xc02f"]}, selected=("TLS1.2", None))
    assert state(made) is State.VULNERABLE
    assert state(with_facts(made, fact(Subject.SELECTED_CIPHER_SUITE, suite, S, "TLS1.2"))) is State.BROKEN


@pytest.mark.parametrize(("bits", "expected"), [(1024, State.BROKEN), (2047, State.BROKEN), (2048, State.VULNERABLE)])
def test_static_rsa_is_as_strong_as_the_key_in_the_certificate(bits: int, expected: State) -> None:
    made = server(groups={"TLS1.2": []}, suites={"TLS1.2": ["0x002f"]}, selected=("TLS1.2", None))
    made = with_facts(made, fact(Subject.SELECTED_CIPHER_SUITE, "0x002f", S, "TLS1.2"))
    chains = (("current_client", chain((f"RSA-{bits}",), ("1.2.840.113549.1.1.11",))),)
    assert key_establishment(made, chains).state is expected


def test_only_weak_finite_fields_accepted_are_broken_and_one_good_way_saves_them() -> None:
    weak = server(groups={"TLS1.2": ["dh:1024"]}, suites={"TLS1.2": ["0x0033"]}, fails="alert_40")
    assert state(weak) is State.BROKEN
    assert state(with_facts(weak, fact(SUITE, "0xc02f", A, "TLS1.2"), fact(GROUP, P256, A, "TLS1.2"))) is State.VULNERABLE
    assert state(with_facts(weak, fact(SUITE, "0x002f", A, "TLS1.2"))) is State.VULNERABLE
    assert state(with_facts(weak, fact(SUITE, "*", U, "TLS1.2"))) is State.VULNERABLE


def test_weak_extras_beside_a_good_default_do_not_change_the_state() -> None:
    made = server(groups={"TLS1.0": ["dh:1024"], "TLS1.2": [P256], "TLS1.3": [HYBRID, X25519]}, selected=("TLS1.3", HYBRID))
    assert state(made) is State.DEFAULT


# exclusive


@pytest.mark.parametrize("group", [P256, X25519, "0x0100", "0x0101"])
def test_one_traditional_group_more_is_not_exclusive(group: str) -> None:
    assert state(with_facts(EXCLUSIVE, fact(GROUP, group, A, "TLS1.3"))) is State.DEFAULT


@pytest.mark.parametrize(
    "doubt",
    [
        fact(GROUP, "*", U, "TLS1.3"),
        fact(GROUP, X25519, U, "TLS1.3"),
        fact(GROUP, "0xfeff", A, "TLS1.3"),
        fact(VERSION, "TLS1.2", U),
        fact(VERSION, "TLS1.0", U),
        fact(VERSION, "TLS1.2", A),
        fact(VERSION, "SSLv2", U),
        fact(SUITE, "0x002f", A, "TLS1.2"),
    ],
)
def test_one_unproven_question_is_not_exclusive(doubt: object) -> None:
    made = with_facts(EXCLUSIVE, doubt)  # type: ignore[arg-type]
    if getattr(doubt, "subject", None) is SUITE:
        made = without(made, VERSION, "TLS1.2")
    assert state(made) is State.DEFAULT


@pytest.mark.parametrize("version", ["TLS1.2", "TLS1.1", "TLS1.0", "SSLv3"])
def test_a_version_that_nobody_asked_for_is_not_exclusive(version: str) -> None:
    assert state(without(EXCLUSIVE, VERSION, version)) is State.DEFAULT


def test_a_group_that_nobody_asked_for_is_not_exclusive() -> None:
    assert state(without(EXCLUSIVE, GROUP, X25519)) is State.DEFAULT


def test_tls12_with_pre_shared_keys_alone_stays_exclusive() -> None:
    made = with_facts(EXCLUSIVE, fact(VERSION, "TLS1.2", A), fact(SUITE, "0x00a8", A, "TLS1.2"))
    assert state(made) is State.EXCLUSIVE
    assert state(with_facts(made, fact(SUITE, "*", U, "TLS1.2"))) is State.DEFAULT


def test_exclusive_stands_before_what_the_current_client_gets() -> None:
    assert state(server(groups={"TLS1.3": ["0x11ed"]}, fails="alert_40")) is State.EXCLUSIVE
    assert state(server(groups={"TLS1.3": ["0x0201"]}, fails="alert_40")) is State.EXCLUSIVE


# default and capable


def test_a_hybrid_that_the_current_client_cannot_use_is_capable() -> None:
    assert state(server(groups={"TLS1.3": ["0x11ed", "0x0019"]}, fails="alert_40")) is State.CAPABLE


def test_a_client_that_gets_tls12_from_a_capable_server_is_capable() -> None:
    assert state(server(groups={"TLS1.2": [X25519], "TLS1.3": [HYBRID]}, selected=("TLS1.2", X25519))) is State.CAPABLE


def test_an_accepted_hybrid_without_the_current_client_is_unknown() -> None:
    assert code(server(groups={"TLS1.3": [HYBRID, X25519]})) == "current_client_not_seen"


def test_a_draft_of_kyber_protects_and_is_told_to_be_obsolete() -> None:
    judged = key_establishment(server(groups={"TLS1.3": ["0x6399", X25519]}, selected=("TLS1.3", X25519)))
    assert judged.state is State.CAPABLE
    assert [reason.code for reason in judged.reasons][:2] == ["resistant_accepted_not_by_default", "kyber_draft"]


def test_kyber_beside_ml_kem_is_not_the_reason() -> None:
    judged = key_establishment(with_facts(DEFAULT, fact(GROUP, "0x6399", A, "TLS1.3")))
    assert "kyber_draft" not in {reason.code for reason in judged.reasons}


# vulnerable


def test_tls13_refused_is_vulnerable() -> None:
    assert code(server(groups={"TLS1.2": [X25519]}, selected=("TLS1.2", X25519))) == "tls13_refused"


@pytest.mark.parametrize(
    "doubt",
    [fact(GROUP, "*", U, "TLS1.3"), fact(GROUP, "0x11ed", U, "TLS1.3"), fact(GROUP, "0xfeff", A, "TLS1.3")],
)
def test_one_unproven_group_is_not_vulnerable(doubt: object) -> None:
    assert state(with_facts(CLASSICAL, doubt)) is State.UNKNOWN  # type: ignore[arg-type]


def test_an_unproven_traditional_group_leaves_vulnerable_proven() -> None:
    assert state(with_facts(CLASSICAL, fact(GROUP, "0x0101", U, "TLS1.3"))) is State.VULNERABLE


@pytest.mark.parametrize("group", ["0x11eb", HYBRID, "0x11ed", "0x0201", "0x0202"])
def test_a_hybrid_group_that_nobody_asked_for_is_not_vulnerable(group: str) -> None:
    assert code(without(CLASSICAL, GROUP, group)) == "value_not_asked"


@pytest.mark.parametrize("support", [U, None])
def test_tls13_without_proof_is_not_vulnerable(support: object) -> None:
    made = server(groups={"TLS1.2": [X25519]}, selected=("TLS1.2", X25519))
    made = without(made, VERSION, "TLS1.3") if support is None else with_facts(made, fact(VERSION, "TLS1.3", U))
    assert code(made) == "version_not_proven"


def test_a_quick_look_proves_vulnerable_with_its_one_hello_of_hybrids() -> None:
    made = server(groups={"TLS1.3": [X25519]}, selected=("TLS1.3", X25519), depth="quick")
    assert state(without(made, VERSION, "TLS1.2")) is State.VULNERABLE


@pytest.mark.parametrize("suites", [["0x16b7"], ["0xc02f", "0x16ba"]])
def test_a_suite_that_is_a_hybrid_by_itself_is_capable(suites: list[str]) -> None:
    made = server(groups={"TLS1.2": [X25519]}, suites={"TLS1.2": suites}, fails="alert_40", depth="exhaustive")
    judged = key_establishment(made)
    assert (judged.state, [reason.code for reason in judged.reasons[:2]]) == (
        State.CAPABLE,
        ["resistant_accepted_not_by_default", "obsolete_resistant_group"],
    )


def test_a_hybrid_below_tls13_is_neither_protection_nor_proof_of_none() -> None:
    made = server(groups={"TLS1.2": [HYBRID, X25519]}, selected=("TLS1.2", X25519))
    assert code(made) == "group_outside_version"


# reasons


def parameters(made: Profile, position: int = 0) -> dict[str, str | int]:
    return dict(key_establishment(made).reasons[position].parameters)


def test_what_runs_in_a_refused_version_contradicts_the_refusal() -> None:
    assert code(with_facts(without(DEFAULT, VERSION, "TLS1.3"), fact(VERSION, "TLS1.3", R))) == "answers_contradict"


def test_the_reason_tells_why_tls13_was_not_proven() -> None:
    made = server(groups={"TLS1.2": [X25519]}, selected=("TLS1.2", X25519))
    assert parameters(without(made, VERSION, "TLS1.3"))["reason"] == "not_asked"
    silent = with_facts(made, fact(VERSION, "TLS1.3", U, reason="reset"), fact(VERSION, "TLS1.1", U, reason="silence"))
    assert parameters(silent)["reason"] == "reset"


def test_the_reason_names_suites_and_groups_as_the_registry_spells_them() -> None:
    made = server(groups={"TLS1.2": [X25519]}, suites={"TLS1.2": ["0x0002"]}, selected=("TLS1.2", None))
    made = with_facts(made, fact(Subject.SELECTED_CIPHER_SUITE, "0x0002", S, "TLS1.2"))
    assert parameters(made) == {"value": "TLS_RSA_WITH_NULL_SHA", "rule": "floor-state-null"}
    weak = server(groups={"TLS1.2": ["0x0013"]}, selected=("TLS1.2", "0x0013"))
    assert parameters(weak)["value"] == "secp192r1"


def test_the_reason_beside_default_names_what_is_accepted_besides() -> None:
    beside = key_establishment(with_facts(EXCLUSIVE, fact(VERSION, "TLS1.2", A), fact(SUITE, "0x009d", A, "TLS1.2"))).reasons[-1]
    assert (beside.code, dict(beside.parameters)["value"]) == ("traditional_accepted", "TLS_RSA_WITH_AES_256_GCM_SHA384")
    beside = key_establishment(with_facts(EXCLUSIVE, fact(SUITE, "0x13ff", A, "TLS1.3"))).reasons[-1]
    assert beside.code == "unlisted_accepted"


def test_tls13_with_integrity_alone_is_broken() -> None:
    made = server(groups={"TLS1.3": [X25519]}, suites={"TLS1.3": ["0xc0b4"]}, fails="alert_40")
    assert state(made) is State.BROKEN
    assert state(with_facts(made, fact(SUITE, "0x1301", A, "TLS1.3"))) is State.VULNERABLE


def test_one_quick_answer_is_not_everything_that_is_accepted() -> None:
    weak = server(groups={"TLS1.2": ["dh:1024"]}, suites={"TLS1.2": ["0x009e"]}, fails="alert_40")
    assert state(weak) is State.BROKEN
    quick = server(groups={"TLS1.2": ["dh:1024"]}, suites={"TLS1.2": ["0x009e"]}, fails="alert_40", depth="quick")
    assert state(quick) is State.VULNERABLE


@pytest.mark.parametrize("version", ["TLS1.2", "TLS1.3"])
def test_old_versions_are_everything_only_where_each_modern_one_was_asked_for(version: str) -> None:
    made = server(groups={"TLS1.0": []}, suites={"TLS1.0": ["0x002f"]}, fails="alert_70")
    assert state(made) is State.BROKEN
    assert state(without(made, VERSION, version)) is not State.BROKEN


def test_static_rsa_is_judged_by_the_certificate_that_the_current_client_gets() -> None:
    made = server(groups={"TLS1.2": []}, suites={"TLS1.2": ["0x002f"]}, selected=("TLS1.2", None))
    made = with_facts(made, fact(Subject.SELECTED_CIPHER_SUITE, "0x002f", S, "TLS1.2"))
    weak, good = (chain((key,), ("1.2.840.113549.1.1.11",)) for key in ("RSA-1024", "RSA-2048"))
    assert key_establishment(made, (("TLS1.2", weak), ("current_client", good))).state is State.VULNERABLE
    broken = key_establishment(made, (("TLS1.2", good), ("current_client", weak)))
    assert (broken.state, dict(broken.reasons[0].parameters)["value"]) == (State.BROKEN, "RSA-1024")


def test_what_only_the_client_got_counts_as_accepted() -> None:
    made = without(CAPABLE, GROUP, X25519, "TLS1.3")
    assert state(made) is State.CAPABLE
    only = with_facts(without(EXCLUSIVE, GROUP, HYBRID, "TLS1.3"))
    assert state(only) is State.EXCLUSIVE
    suite = fact(Subject.SELECTED_CIPHER_SUITE, "0x13ff", S, "TLS1.3")
    assert state(with_facts(EXCLUSIVE, suite)) is State.DEFAULT
