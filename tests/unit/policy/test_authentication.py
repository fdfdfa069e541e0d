"""The table of states for authentication: leaf key, chain, handshake signature."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from pqscan.locale import render
from pqscan.model.certificate import Certificate
from pqscan.model.observation import Observation, Profile, Subject
from pqscan.policy.state import State
from pqscan.policy.states import authentication
from tests.unit.policy.making import (
    ECDSA_SHA256,
    MLDSA65_SIGNATURE,
    SCHEME,
    SHA1_RSA,
    SHA256_RSA,
    SUITE,
    VERSION,
    A,
    O,
    R,
    S,
    U,
    certificate,
    chain,
    fact,
    profile,
    server,
    with_facts,
    without,
)

RSA_CHAIN = chain(("RSA-2048", "RSA-4096"), (SHA256_RSA, SHA256_RSA), root=True)
MLDSA_CHAIN = chain(("ML-DSA-65", "ML-DSA-65"), (MLDSA65_SIGNATURE, MLDSA65_SIGNATURE), root=True)
MIXED_CHAIN = chain(("ML-DSA-65", "RSA-4096"), (SHA256_RSA, SHA256_RSA), root=True)
CLASSICAL = server(groups={"TLS1.2": ["0x001d"], "TLS1.3": ["0x001d"]}, selected=("TLS1.3", "0x001d"))
ONLY_MLDSA = with_facts(
    server(groups={"TLS1.3": ["0x001d"]}, schemes={"TLS1.3": ["0x0905"]}, selected=("TLS1.3", "0x001d")),
    fact(Subject.SELECTED_SIGNATURE_SCHEME, "0x0905", S, "TLS1.3"),
)
BOTH = server(groups={"TLS1.3": ["0x001d"]}, schemes={"TLS1.3": ["0x0905", "0x0804"]}, selected=("TLS1.3", "0x001d"))


def seen(made: tuple[Certificate, ...], *others: tuple[Certificate, ...]) -> tuple[tuple[str, tuple[Certificate, ...]], ...]:
    return (("current_client", made), *(("TLS1.3", other) for other in others))


def test_a_traditional_chain_is_vulnerable_where_every_resistant_scheme_was_refused() -> None:
    assert authentication(CLASSICAL, seen(RSA_CHAIN)).state is State.VULNERABLE


def test_a_resistant_chain_alone_is_exclusive() -> None:
    assert authentication(ONLY_MLDSA, seen(MLDSA_CHAIN)).state is State.EXCLUSIVE


def test_a_resistant_chain_for_the_current_client_beside_a_traditional_one_is_default() -> None:
    made = with_facts(BOTH, fact(Subject.SELECTED_SIGNATURE_SCHEME, "0x0905", S, "TLS1.3"))
    assert authentication(made, seen(MLDSA_CHAIN, RSA_CHAIN)).state is State.DEFAULT


def test_a_resistant_chain_that_the_current_client_does_not_get_is_capable() -> None:
    made = with_facts(BOTH, fact(Subject.SELECTED_SIGNATURE_SCHEME, "0x0804", S, "TLS1.3"))
    assert authentication(made, seen(RSA_CHAIN, MLDSA_CHAIN)).state is State.CAPABLE


def test_a_resistant_leaf_under_a_traditional_issuer_is_not_resistant() -> None:
    judged = authentication(ONLY_MLDSA, seen(MIXED_CHAIN))
    assert (judged.state, judged.reasons[0].code) == (State.VULNERABLE, "resistant_key_in_traditional_chain")


NEW_WITH_OLD = certificate("ML-DSA-65", SHA256_RSA, subject="CN=Root", issuer="CN=Root")
UNDER_NEW = certificate("ML-DSA-65", MLDSA65_SIGNATURE, subject="CN=0", issuer="CN=Root")
OLD_ROOT = certificate("RSA-4096", SHA256_RSA, subject="CN=Root", issuer="CN=Root")


@pytest.mark.parametrize(
    "sent", [(UNDER_NEW, NEW_WITH_OLD), (UNDER_NEW, NEW_WITH_OLD, OLD_ROOT), (UNDER_NEW, OLD_ROOT, NEW_WITH_OLD), (NEW_WITH_OLD,)]
)
def test_the_signature_of_an_old_key_on_a_new_one_of_the_same_name_counts(sent: tuple[Certificate, ...]) -> None:
    assert authentication(ONLY_MLDSA, seen(sent)).state not in (State.EXCLUSIVE, State.DEFAULT)


@pytest.mark.parametrize("keys", [("ML-DSA-65", "ML-DSA-65"), ("ML-DSA-65", "ML-DSA-65", "ML-DSA-65")])
def test_a_traditional_signature_on_the_topmost_ca_leaves_open_whether_that_ca_is_trusted_itself(keys: tuple[str, ...]) -> None:
    judged = authentication(ONLY_MLDSA, seen(chain(keys, (*([MLDSA65_SIGNATURE] * (len(keys) - 1)), SHA256_RSA))))
    assert (judged.state, judged.reasons[0].code) == (State.UNKNOWN, "trust_anchor_not_seen")


def test_an_intermediate_signed_by_a_traditional_root_that_is_sent_counts() -> None:
    made = chain(("ML-DSA-65", "ML-DSA-65", "RSA-4096"), (MLDSA65_SIGNATURE, SHA256_RSA, SHA256_RSA), root=True)
    assert authentication(ONLY_MLDSA, seen(made)).state is State.VULNERABLE


LEAF = certificate("ML-DSA-65", MLDSA65_SIGNATURE, subject="CN=0", issuer="CN=CA")
CA = certificate("ML-DSA-65", MLDSA65_SIGNATURE, subject="CN=CA", issuer="CN=PQ")
CA_CROSS = certificate("ML-DSA-65", SHA256_RSA, subject="CN=CA", issuer="CN=Old")
PQ_ROOT = certificate("ML-DSA-65", MLDSA65_SIGNATURE, subject="CN=PQ", issuer="CN=PQ")
PQ_CROSS = certificate("ML-DSA-65", SHA256_RSA, subject="CN=PQ", issuer="CN=Old")
OLD = certificate("RSA-4096", SHA256_RSA, subject="CN=Old", issuer="CN=Old")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ((CA, CA_CROSS), State.DEFAULT),
        ((CA, CA_CROSS, OLD), State.DEFAULT),
        ((CA, PQ_ROOT, PQ_CROSS), State.DEFAULT),
        ((CA, PQ_CROSS), State.UNKNOWN),
        ((CA, PQ_CROSS, OLD), State.VULNERABLE),
        ((CA, PQ_ROOT), State.EXCLUSIVE),
        ((CA, PQ_ROOT, OLD), State.EXCLUSIVE),
    ],
)
def test_the_order_in_which_certificates_are_sent_means_nothing(sent: tuple[Certificate, ...], expected: State) -> None:
    found = {authentication(ONLY_MLDSA, seen((LEAF, *order))) for order in permutations(sent)}
    assert [judged.state for judged in found] == [expected]


def test_a_cross_signature_that_is_served_beside_is_named() -> None:
    codes = [reason.code for reason in authentication(ONLY_MLDSA, seen((LEAF, CA, CA_CROSS))).reasons]
    assert codes == ["current_client_gets_resistant_certificate", "traditional_certificate_served"]


def test_a_certificate_whose_key_cannot_have_signed_is_no_issuer() -> None:
    namesake = certificate("RSA-1024", SHA1_RSA, subject="CN=CA", issuer="CN=elsewhere")
    assert authentication(ONLY_MLDSA, seen((LEAF, namesake, CA))).state is State.EXCLUSIVE


def test_many_certificates_of_one_name_are_followed_within_bounds() -> None:
    alike = tuple(
        replace(
            certificate("ML-DSA-65", MLDSA65_SIGNATURE, subject="CN=CA", issuer="CN=CA"), sha256=bytes([n] * 32), self_signed=False
        )
        for n in range(30)
    )
    assert authentication(ONLY_MLDSA, seen((LEAF, *alike))).state is State.EXCLUSIVE


def test_the_own_key_of_a_self_signed_leaf_counts() -> None:
    assert authentication(ONLY_MLDSA, seen(chain(("ML-DSA-65",), (MLDSA65_SIGNATURE,), root=True))).state is State.EXCLUSIVE
    assert authentication(CLASSICAL, seen(chain(("RSA-2048",), (SHA256_RSA,), root=True))).state is State.VULNERABLE


def test_certificates_that_lie_beside_the_path_do_not_count() -> None:
    stray = certificate("RSA-1024", SHA1_RSA, subject="CN=stray", issuer="CN=elsewhere")
    assert authentication(ONLY_MLDSA, seen((*MLDSA_CHAIN, stray))).state is State.EXCLUSIVE


# broken


@pytest.mark.parametrize(
    ("keys", "signatures"),
    [
        (("RSA-1024", "RSA-4096"), (SHA256_RSA, SHA256_RSA)),
        (("RSA-2048", "RSA-1024"), (SHA256_RSA, SHA256_RSA)),
        (("RSA-2048", "RSA-4096"), (SHA1_RSA, SHA256_RSA)),
        (("P-192", "RSA-4096"), (SHA256_RSA, SHA256_RSA)),
    ],
)
def test_a_chain_below_the_floor_for_the_current_client_is_broken(keys: tuple[str, ...], signatures: tuple[str, ...]) -> None:
    assert authentication(CLASSICAL, seen(chain(keys, signatures, root=True))).state is State.BROKEN


def test_a_root_signed_with_sha1_by_itself_is_not_broken() -> None:
    made = chain(("RSA-2048", "RSA-2048"), (SHA256_RSA, SHA1_RSA), root=True)
    assert authentication(CLASSICAL, seen(made)).state is State.VULNERABLE


def test_a_handshake_signature_with_sha1_is_broken() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, schemes={"TLS1.2": ["0x0201"]}, selected=("TLS1.2", "0x001d"))
    assert authentication(made, seen(RSA_CHAIN)).state is State.VULNERABLE
    made = with_facts(made, fact(Subject.SELECTED_SIGNATURE_SCHEME, "0x0201", S, "TLS1.2"))
    assert authentication(made, seen(RSA_CHAIN)).state is State.BROKEN


def test_an_anonymous_suite_for_the_current_client_is_broken() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0xc018"]}, selected=("TLS1.2", "0x001d"))
    made = with_facts(made, fact(Subject.SELECTED_CIPHER_SUITE, "0xc018", S, "TLS1.2"))
    assert authentication(made, ()).state is State.BROKEN


def test_a_weak_certificate_beside_a_good_one_does_not_change_the_state() -> None:
    weak = chain(("RSA-1024", "RSA-1024"), (SHA1_RSA, SHA1_RSA), root=True)
    assert authentication(CLASSICAL, seen(RSA_CHAIN, weak)).state is State.VULNERABLE


WEAK_CHAIN = (("TLS1.2", chain(("RSA-1024",), (SHA256_RSA,))),)


@pytest.mark.parametrize(
    "doubt",
    [fact(SCHEME, "*", U, "TLS1.2"), fact(SUITE, "*", U, "TLS1.2"), fact(SUITE, "*", U, "TLS1.0"), fact(VERSION, "TLS1.3", U)],
)
def test_certificates_below_the_floor_are_everything_only_where_every_question_was_answered(doubt: Observation) -> None:
    made = server(groups={"TLS1.0": ["0x0017"], "TLS1.2": ["0x0017"]}, fails="alert_40")
    assert authentication(made, WEAK_CHAIN).state is State.BROKEN
    assert authentication(with_facts(made, doubt), WEAK_CHAIN).state is not State.BROKEN


def test_one_quick_answer_shows_not_every_certificate() -> None:
    made = server(groups={"TLS1.2": ["0x0017"]}, fails="alert_40", depth="quick")
    assert authentication(made, WEAK_CHAIN).state is State.VULNERABLE
    nobody = server(groups={"TLS1.2": ["0x0017"]}, suites={"TLS1.2": ["0xc018"]}, fails="alert_40", depth="quick")
    assert authentication(nobody, ()).state is State.UNKNOWN


# unknown


def test_no_certificate_is_unknown() -> None:
    assert authentication(CLASSICAL, ()).state is State.UNKNOWN


@pytest.mark.parametrize("doubt", [fact(SCHEME, "*", U, "TLS1.3"), fact(SCHEME, "0x0905", U, "TLS1.3")])
def test_an_unproven_scheme_is_neither_vulnerable_nor_exclusive(doubt: object) -> None:
    assert authentication(with_facts(CLASSICAL, doubt), seen(RSA_CHAIN)).state is State.UNKNOWN  # type: ignore[arg-type]


def test_an_unproven_scheme_beside_a_resistant_chain_is_default() -> None:
    assert authentication(with_facts(ONLY_MLDSA, fact(SCHEME, "*", U, "TLS1.3")), seen(MLDSA_CHAIN)).state is State.DEFAULT


@pytest.mark.parametrize("scheme", ["0x0403", "0x0804"])
def test_a_traditional_scheme_that_nobody_asked_for_is_not_exclusive(scheme: str) -> None:
    assert authentication(without(ONLY_MLDSA, SCHEME, scheme), seen(MLDSA_CHAIN)).state is State.DEFAULT


@pytest.mark.parametrize("support", [A, U])
def test_an_older_version_is_not_exclusive(support: object) -> None:
    made = with_facts(ONLY_MLDSA, fact(VERSION, "TLS1.2", support))  # type: ignore[arg-type]
    assert authentication(made, seen(MLDSA_CHAIN)).state is State.DEFAULT


@pytest.mark.parametrize("scheme", ["0x0904", "0x0905", "0x0906"])
def test_a_resistant_scheme_that_nobody_asked_for_is_not_vulnerable(scheme: str) -> None:
    assert authentication(without(CLASSICAL, SCHEME, scheme), seen(RSA_CHAIN)).state is State.UNKNOWN


def test_an_accepted_resistant_scheme_without_its_certificate_is_unknown() -> None:
    judged = authentication(BOTH, seen(RSA_CHAIN))
    assert (judged.state, judged.reasons[0].code) == (State.UNKNOWN, "certificate_of_scheme_not_seen")


def test_an_unlisted_key_is_unknown() -> None:
    made = chain(("1.3.6.1.4.1.99999.1", "ML-DSA-65"), (MLDSA65_SIGNATURE, MLDSA65_SIGNATURE), root=True)
    assert authentication(CLASSICAL, seen(made)).state is State.UNKNOWN


@pytest.mark.parametrize("rainbow", ["1.3.9999.5.3.1.1", "1.3.9999.5.2.2.1"])
def test_an_algorithm_that_was_broken_is_not_resistant(rainbow: str) -> None:
    made = chain((rainbow, rainbow), (rainbow, rainbow), root=True)
    judged = authentication(ONLY_MLDSA, seen(made))
    assert (judged.state, judged.reasons[0].code) == (State.UNKNOWN, "unlisted_certificate_algorithm")
    assert authentication(with_facts(BOTH, fact(SCHEME, "0xfe36", A, "TLS1.3")), seen(RSA_CHAIN)).state is State.UNKNOWN


def test_certificates_of_other_sites_count_only_where_there_is_no_other() -> None:
    chains = (("current_client", MLDSA_CHAIN), ("no_server_name", RSA_CHAIN))
    assert authentication(ONLY_MLDSA, chains).state is State.EXCLUSIVE


def test_tls13_refused_is_vulnerable() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, selected=("TLS1.2", "0x001d"))
    reason = authentication(made, seen(RSA_CHAIN)).reasons[0]
    assert reason.code == "tls13_refused_signatures"
    assert "method" not in render(reason, "en")
    assert "signature" in render(reason, "en")
    assert "chữ ký" in render(reason, "vi")


def test_answers_that_deny_each_other_are_unknown() -> None:
    made = profile(*ONLY_MLDSA.observations, fact(SCHEME, "0x0905", R, "TLS1.3"))
    assert authentication(made, seen(MLDSA_CHAIN)).reasons[0].code == "answers_contradict"


@pytest.mark.parametrize(("scheme", "expected"), [(None, State.DEFAULT), ("0x0905", State.DEFAULT), ("0x0804", State.CAPABLE)])
def test_the_handshake_signature_belongs_to_what_the_client_gets(scheme: str | None, expected: State) -> None:
    made = BOTH if scheme is None else with_facts(BOTH, fact(Subject.SELECTED_SIGNATURE_SCHEME, scheme, S, "TLS1.3"))
    assert authentication(made, seen(MLDSA_CHAIN, RSA_CHAIN)).state is expected


def test_the_reason_tells_an_unlisted_algorithm_from_a_traditional_one() -> None:
    made = chain(("1.3.6.1.4.1.99999.1", "ML-DSA-65"), (MLDSA65_SIGNATURE, MLDSA65_SIGNATURE), root=True)
    assert {reason.code for reason in authentication(CLASSICAL, seen(made)).reasons} == {"unlisted_certificate_algorithm"}
    codes = [reason.code for reason in authentication(BOTH, seen(MLDSA_CHAIN, RSA_CHAIN)).reasons]
    assert codes == ["current_client_gets_resistant_certificate", "traditional_certificate_served"]


def test_the_reason_names_schemes_and_suites_as_the_registry_spells_them() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, schemes={"TLS1.2": ["0x0201"]}, selected=("TLS1.2", "0x001d"))
    made = with_facts(made, fact(Subject.SELECTED_SIGNATURE_SCHEME, "0x0201", S, "TLS1.2"))
    assert dict(authentication(made, seen(RSA_CHAIN)).reasons[0].parameters)["value"] == "rsa_pkcs1_sha1"
    made = with_facts(CLASSICAL, fact(Subject.SELECTED_CIPHER_SUITE, "0xc018", S, "TLS1.3"))
    assert dict(authentication(made, ()).reasons[0].parameters)["value"] == "TLS_ECDH_anon_WITH_AES_128_CBC_SHA"


def test_a_scheme_that_only_the_client_got_counts_as_accepted() -> None:
    made = without(CLASSICAL, SCHEME, "0x0905", "TLS1.3")
    made = with_facts(made, fact(Subject.SELECTED_SIGNATURE_SCHEME, "0x0905", S, "TLS1.3"))
    assert authentication(made, seen(RSA_CHAIN)).reasons[0].code == "certificate_of_scheme_not_seen"


def test_a_server_with_nothing_but_anonymous_suites_is_broken() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0xc018", "0x0034"]}, fails="alert_40")
    found = authentication(made, ())
    assert (found.state, found.reasons[0].code) == (State.BROKEN, "everything_below_floor")


def test_a_server_without_a_certificate_whose_suites_are_not_all_known_stays_unknown() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0xc018"]}, fails="alert_40")
    left = with_facts(made, fact(Subject.CIPHER_SUITE, "*", U, "TLS1.2", reason="silence"))
    assert authentication(left, ()).state is State.UNKNOWN
    mixed = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0xc018", "0x008c"]}, fails="alert_40")
    assert authentication(mixed, ()).state is State.UNKNOWN


def test_a_server_with_nothing_but_pre_shared_key_suites_has_no_certificate_to_judge() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0x008c", "0xc035"]}, fails="alert_40")
    found = authentication(made, ())
    assert (found.state, found.reasons[0].code) == (State.NONE, "authenticates_by_shared_key")


# the quick profile


def quick_look(*, schemes: list[str], selected: str | None) -> Profile:
    """As the quick profile leaves it: nothing but what one hello brought, no scheme refused."""
    made = server(groups={"TLS1.3": ["0x001d"]}, schemes={"TLS1.3": schemes}, selected=("TLS1.3", "0x001d"), depth="quick")
    found = [o for o in made.observations if not (o.subject is SCHEME and o.support is R)]
    if selected is not None:
        found.append(fact(Subject.SELECTED_SIGNATURE_SCHEME, selected, S, "TLS1.3"))
    return profile(*found, depth="quick")


def test_a_quick_look_says_that_it_does_not_ask_for_other_certificates() -> None:
    made = chain(("P-256", "P-384"), (ECDSA_SHA256, ECDSA_SHA256), root=True)
    found = authentication(quick_look(schemes=["0x0403"], selected="0x0403"), seen(made))
    assert found.state is State.UNKNOWN
    assert [reason.code for reason in found.reasons] == ["quick_asks_for_one_certificate"]
    assert render(found.reasons[0], "en") == (
        "The quick profile does not ask for other certificates; the one that the current client gets has EC P-256 "
        "(certificate key). Scan with --profile inventory to know."
    )
    assert "--profile inventory" in render(found.reasons[0], "vi")


def test_a_quick_look_names_what_is_traditional_in_the_chain() -> None:
    found = authentication(quick_look(schemes=["0x0905"], selected="0x0905"), seen(MIXED_CHAIN))
    assert dict(found.reasons[0].parameters) == {"part": "certificate_signature", "value": "sha256WithRSAEncryption"}


def test_a_quick_look_that_saw_a_certificate_in_no_clients_place_says_that_it_was_seen() -> None:
    made = quick_look(schemes=["0x0804"], selected=None)
    kept = [o for o in made.observations if o.subject not in (Subject.SELECTED_VERSION, Subject.SELECTED_GROUP)]
    failing = profile(*kept, fact(Subject.BEHAVIOUR, "current_client_fails", O, reason="alert_40"), depth="quick")
    codes = [reason.code for reason in authentication(failing, (("TLS1.3", RSA_CHAIN),)).reasons]
    assert codes == ["quick_saw_one_certificate", "current_client_fails"]


def test_an_inventory_without_a_scheme_still_names_it() -> None:
    reason = authentication(without(CLASSICAL, SCHEME, "0x0904"), seen(RSA_CHAIN)).reasons[0]
    assert (reason.code, dict(reason.parameters)["value"]) == ("value_not_asked", "mldsa44")
