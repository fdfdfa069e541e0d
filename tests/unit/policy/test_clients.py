"""What clients get, told from stored facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.model.observation import Preference, Profile, Subject
from pqscan.model.reason import Reason
from pqscan.policy.answers import Answers
from pqscan.policy.clients import foresee, view, views
from pqscan.registry.clients import client, clients, current_client
from tests.peers.truth import load_truth, truth_names
from tests.unit.policy.making import GROUP, SCHEME, SUITE, VERSION, A, O, R, S, U, fact, from_truth, profile, server, with_facts


def outcome(name: str, who: str) -> str:
    return view(from_truth(load_truth(name)), client(who)).outcome


@pytest.mark.parametrize("name", truth_names())
def test_the_pinned_client_gets_what_was_seen(name: str) -> None:
    truth = load_truth(name)
    got = view(from_truth(truth), current_client())
    assert (got.version, got.suite, got.group) == (truth.selected.version, truth.selected.suite, truth.selected.group)
    assert (got.outcome == "fails") is (truth.selected.fails is not None)


@pytest.mark.parametrize("name", truth_names())
def test_thought_alone_comes_to_what_the_pinned_client_was_seen_to_get(name: str) -> None:
    made = from_truth(load_truth(name))
    seen, thought = view(made, current_client()), foresee(Answers(made), current_client())
    assert thought.outcome == seen.outcome
    assert thought.group in (None, seen.group)
    assert thought.suite in (None, seen.suite)


@pytest.mark.parametrize(
    ("name", "who", "expected"),
    [
        ("hybrid-default", "chrome-156", "post_quantum"),
        ("hybrid-default", "java-17", "classical"),
        ("secp384r1mlkem1024-only", "go-1.26", "post_quantum"),
        ("secp384r1mlkem1024-only", "chrome-156", "fails"),
        ("tls10-only", "chrome-156", "fails"),
        ("mldsa65", "java-17", "fails"),
        ("two-sites", "chrome-156", "classical"),
        ("classical", "chrome-156", "fails"),  # its certificate is Ed25519, which browsers do not offer
    ],
)
def test_who_gets_what_and_who_would_break(name: str, who: str, expected: str) -> None:
    assert outcome(name, who) == expected


@pytest.mark.parametrize(("selection", "expected"), [("takes_offered_share", "classical"), ("hello_retry_upgrade", "post_quantum")])
def test_a_hybrid_without_its_share_is_taken_only_by_a_server_that_asks_for_it(selection: str, expected: str) -> None:
    lists_both = replace(client("go-1.26"), groups=(0x11EC, 0x001D), shares=(0x001D,))
    made = server(groups={"TLS1.3": ["0x11ec", "0x001d"]}, schemes={"TLS1.3": ["0x0403"]})
    made = with_facts(made, fact(Subject.GROUP_SELECTION, selection, A, "TLS1.3"))
    by_server = replace(made, preference=(("TLS1.3 named_group", Preference.SERVER),))
    assert view(by_server, lists_both).outcome == expected
    assert view(made, lists_both).outcome == ("classical" if expected == "classical" else "unknown")  # whose order was not seen


@pytest.mark.parametrize("change", [fact(SUITE, "*", U, "TLS1.3"), fact(GROUP, "*", U, "TLS1.3"), fact(SCHEME, "*", U, "TLS1.3")])
def test_failing_needs_proof(change: object) -> None:
    made = server(groups={"TLS1.3": ["0x0201"]}, suites={"TLS1.3": ["0x1304"]}, schemes={"TLS1.3": ["0x0905"]})
    assert view(made, client("java-17")).outcome == "fails"
    axis = getattr(change, "subject", None)
    everything = {
        SUITE: server(groups={"TLS1.3": ["0x001d"]}, suites={"TLS1.3": ["0x1304"]}),
        GROUP: server(groups={"TLS1.3": ["0x0201"]}),
        SCHEME: server(groups={"TLS1.3": ["0x001d"]}, schemes={"TLS1.3": ["0x0905"]}),
    }[axis]  # type: ignore[index]
    assert view(everything, client("java-17")).outcome == "fails"
    open_axis = profile(*(o for o in everything.observations if not (o.subject is axis and o.support is R)), change)  # type: ignore[arg-type]
    assert view(open_axis, client("java-17")).outcome == "unknown"


def test_an_unproven_newest_version_is_unknown() -> None:
    made = with_facts(server(groups={"TLS1.2": ["0x001d"]}), fact(VERSION, "TLS1.3", U))
    assert view(made, client("chrome-156")).outcome == "unknown"


def test_a_server_that_drops_large_hellos_breaks_clients_that_send_hybrid_shares() -> None:
    made = with_facts(server(groups={"TLS1.3": ["0x001d"]}), fact(Subject.BEHAVIOUR, "large_hello_intolerant", O))
    assert view(made, client("chrome-156")).outcome == "fails"
    assert view(made, client("java-17")).outcome == "classical"


def test_a_quick_look_tells_nothing_of_other_clients() -> None:
    made = server(groups={"TLS1.3": ["0x11ec"]}, selected=("TLS1.3", "0x11ec"), depth="quick")
    assert [v.outcome for v in views(made, clients()) if v.client != current_client().name] == ["unknown"] * (len(clients()) - 1)
    assert view(made, current_client()).outcome == "post_quantum"


def test_another_pinned_client_is_the_one_that_was_seen() -> None:
    made = server(groups={"TLS1.3": ["0x11ec", "0x001d"]}, selected=("TLS1.3", "0x001d"))
    assert view(made, client("java-17"), pinned="java-17").reason is not None
    assert view(made, client("java-17"), pinned="java-17").group == "0x001d"


def test_elliptic_suites_need_a_common_curve() -> None:
    made = server(groups={"TLS1.2": ["0x001a"]}, suites={"TLS1.2": ["0xc02f"]})
    assert view(made, client("chrome-156")).outcome == "fails"
    assert view(with_facts(made, fact(SUITE, "0x009c", A, "TLS1.2")), client("chrome-156")).outcome == "classical"


def test_a_curve_below_tls13_is_told_where_only_one_is_common() -> None:
    made = server(groups={"TLS1.2": ["0x001d", "0x0100"]}, suites={"TLS1.2": ["0xc02f"]})
    got = view(made, client("chrome-156"))
    assert (got.outcome, got.version, got.suite, got.group) == ("classical", "TLS1.2", "0xc02f", "0x001d")


def test_a_client_without_a_fitting_share_gets_what_the_server_asks_for() -> None:
    made = server(groups={"TLS1.3": ["0x11ed"]}, schemes={"TLS1.3": ["0x0403"]})
    for selection in ("takes_offered_share", "hello_retry_upgrade"):
        asked = with_facts(made, fact(Subject.GROUP_SELECTION, selection, A, "TLS1.3"))
        assert view(asked, client("go-1.26")).group == "0x11ed"


def test_the_profile_itself_tells_which_client_the_probe_played() -> None:
    made = server(groups={"TLS1.3": ["0x11ec", "0x001d"]}, selected=("TLS1.3", "0x001d"))
    played = replace(made, asked="2026.11/inventory/0123456789ab/java-17")
    assert view(played, client("java-17")).reason == Reason.of("client_seen")
    assert view(played, current_client()).reason != Reason.of("client_seen")
    assert view(replace(made, asked="edition/nobody"), current_client()).reason == Reason.of("client_seen")


def test_a_suite_that_could_not_be_settled_leaves_only_itself_open() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0xc0a2"]})  # a suite that neither client has
    open_suite = with_facts(made, fact(SUITE, "0x0033", U, "TLS1.2", reason="alert_80"))  # one that Java alone has
    assert view(open_suite, client("chrome-156")).outcome == "fails"
    assert view(open_suite, client("java-17")).outcome == "unknown"


# where a client stops although it shares everything with the server


def dhe(*parameters: str, suites: tuple[str, ...] = ("0x009e",), version: str = "TLS1.2") -> Profile:
    return server(groups={version: ["0x001d", *parameters]}, suites={version: list(suites)})


@pytest.mark.parametrize(
    ("parameters", "who", "expected"),
    [
        ("dh:1024", "openssl-3.0", "fails"),
        ("dh:2047", "openssl-3.5", "fails"),
        ("dh:2048", "openssl-3.5", "classical"),
        ("dh:1024", "node-26", "fails"),
        ("dh:1024", "node-20", "classical"),
        ("dh:768", "node-20", "fails"),
        ("dh:1024", "java-17", "classical"),
        ("dh:1023", "java-25", "fails"),
        ("dh:1008", "gnutls-3.7", "classical"),
        ("dh:1007", "gnutls-3.7", "fails"),
        ("0x0100", "openssl-4.0", "classical"),
        ("dh:1024", "go-1.26", "fails"),  # it has no DHE at all
    ],
)
def test_a_client_stops_at_finite_field_parameters_that_are_too_small_for_it(parameters: str, who: str, expected: str) -> None:
    got = view(dhe(parameters), client(who), pinned="another")
    assert got.outcome == expected
    if expected == "fails" and who != "go-1.26":
        assert got.reason is not None
        assert (got.reason.code, got.version, got.suite) == ("client_finite_field_small", "TLS1.2", "0x009e")
        assert dict(got.reason.parameters)["bits"] == int(parameters[3:])


def test_a_client_stops_only_where_the_server_takes_such_a_suite() -> None:
    made = dhe("dh:1024", suites=("0x009e", "0xc02f"))
    openssl = client("openssl-3.0")
    for rank, expected in ((1, "fails"), (2, "classical")):
        ranked = with_facts(made, fact(SUITE, "0x009e", A, "TLS1.2", rank=rank), fact(SUITE, "0xc02f", A, "TLS1.2", rank=3 - rank))
        assert view(replace(ranked, preference=(("TLS1.2", Preference.SERVER),)), openssl).outcome == expected
    by_client = replace(made, preference=(("TLS1.2", Preference.CLIENT),))
    assert view(by_client, openssl).outcome == "classical"  # It lists 0xc02f first.
    assert view(by_client, replace(openssl, cipher_suites=(0x009E, 0xC02F))).outcome == "fails"
    assert view(made, openssl).reason == Reason.of("client_suite_order_open")


def test_a_client_that_lists_a_group_of_the_server_is_not_judged_by_the_other_parameters_alone() -> None:
    both = dhe("dh:1024", "0x0100")
    assert view(both, client("openssl-3.0")).outcome == "unknown"  # It lists ffdhe2048; which it gets was not seen.
    assert view(both, replace(client("openssl-3.0"), groups=(0x001D,))).outcome == "fails"
    assert view(dhe(), client("openssl-3.0")).outcome == "unknown"  # No parameters were seen.


@pytest.mark.parametrize("version", ["TLS1.0", "TLS1.1"])
def test_a_client_that_takes_no_old_signature_gets_old_versions_without_one_only(version: str) -> None:
    def outcome_of(who: str, *suites: str) -> str:
        return view(server(groups={version: ["0x001d", "dh:2048"]}, suites={version: list(suites)}), client(who)).outcome

    assert outcome_of("openssl-3.0", "0xc013") == "fails"
    assert outcome_of("openssl-3.0", "0x0033") == "fails"
    assert outcome_of("openssl-3.0", "0x002f") == "classical"
    assert outcome_of("openssl-3.0", "0xc013", "0x002f") == "unknown"
    assert outcome_of("gnutls-3.7", "0xc013") == "classical"
    got = view(server(groups={version: ["0x001d"]}, suites={version: ["0xc013"]}), client("openssl-3.0"))
    assert got.reason == Reason.of("client_old_signature", version=version)


def test_a_suite_that_the_server_may_stumble_over_is_not_passed_over() -> None:
    made = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0x009d"]})
    stumbles = with_facts(made, fact(SUITE, "0x009f", U, "TLS1.2", reason="alert_80"))
    by_client = replace(stumbles, preference=(("TLS1.2", Preference.CLIENT),))
    assert view(by_client, client("openssl-3.0")).outcome == "unknown"
    assert view(by_client, replace(client("openssl-3.0"), cipher_suites=(0x009D, 0x009F))).outcome == "classical"


@pytest.mark.parametrize(("group", "expected"), [("dh:1024", "fails"), ("dh:2048", "classical"), ("0x0100", "classical")])
def test_the_pinned_client_stops_where_the_probe_went_on_in_its_place(group: str, expected: str) -> None:
    made = server(groups={"TLS1.2": [group]}, suites={"TLS1.2": ["0x009e"]}, selected=("TLS1.2", group))
    made = with_facts(made, fact(Subject.SELECTED_CIPHER_SUITE, "0x009e", S, "TLS1.2"))
    assert view(made, current_client()).outcome == expected
    if expected == "fails":
        assert view(made, current_client()).reason == Reason.of("client_finite_field_small", bits=1024, least=2048)


def test_a_pinned_client_that_takes_no_old_signature_stops_at_one() -> None:
    for suite, expected in (("0xc013", "fails"), ("0x002f", "classical")):
        made = server(groups={"TLS1.1": ["0x001d"]}, suites={"TLS1.1": [suite]}, selected=("TLS1.1", None))
        made = with_facts(made, fact(Subject.SELECTED_CIPHER_SUITE, suite, S, "TLS1.1"))
        assert view(made, client("openssl-3.0"), pinned="openssl-3.0").outcome == expected
