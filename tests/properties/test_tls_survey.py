"""Whole inventories and quick looks at drawn servers, honest, throttling and dumb: what is not proven is never called refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pqscan.registry import clients
from pqscan.registry.tls import named_group
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.inquiry import Ask, Inquirer, Throttled
from pqscan.wire.tls.quick import quick
from pqscan.wire.tls.survey import Survey, inventory, meet
from pqscan.wire.tls.words import Version
from tests.properties.test_tls_elimination import GROUPS_13, MODERN, old_models, reachable
from tests.unit.wire.tls.server_model import Peer, Server, Throttle, VersionModel, alerts, drive, ends, leaf_curve

CLIENT = clients.current_client()
ALL = (Version.TLS13, Version.TLS12, Version.TLS11, Version.TLS10, Version.SSL3)
PRINCIPAL = VersionModel(
    Version.TLS13, (0x1302, 0x1303, 0x1301), (0x11EC, 0x001D, 0x0017, 0x11EB, 0x0201), (0x0403, 0x0804, 0x0805), ec_curve=0x0017
)
COMMON = VersionModel(
    Version.TLS12,
    (0xC02B, 0xC02F, 0xC030, 0x009C, 0x009D),
    (0x001D, 0x0017, 0x0018),
    (0x0403, 0x0804, 0x0401),
    ec_curve=0x0017,
    needs_curve_listed=False,
)


@st.composite
def servers(draw: st.DrawFn) -> Server:
    models = {}
    if draw(st.integers(0, 3)):
        models[Version.TLS13] = draw(MODERN)
    for version in (Version.TLS12, Version.TLS11, Version.TLS10):
        if draw(st.booleans()):
            models[version] = draw(old_models(version))
    if not models:
        models[Version.TLS13] = PRINCIPAL
    alert = draw(st.sampled_from([70, 40]))
    return Server(models, version_alert=alert, old_dialect=Version.TLS13 not in models and draw(st.booleans()))


def ask(peer: Peer, depth: str = "inventory", server_name: str | None = None) -> Survey:
    survey, inquirer = Survey(depth, CLIENT.name, server_name), Inquirer()
    try:
        terms = drive(meet(inquirer, survey, CLIENT), peer)
    except Throttled:
        terms = None
    if terms is None:
        return survey
    terms = replace(terms, leaf_curve=leaf_curve)
    if depth == "quick":
        return drive(quick(survey, CLIENT, terms, inquirer), peer)
    return drive(inventory(survey, CLIENT, terms, inquirer, lambda _survey: ()), peer)


def nothing_false(survey: Survey, server: Server) -> None:
    """No refusal of what the server takes, no acceptance of what it does not; where nothing is accepted, nothing is stated."""
    if not any(entry.support == "accepted" for entry in survey.versions.values()):
        return
    for version, entry in survey.versions.items():
        if version not in server.versions:
            assert entry.support != "accepted", version
            continue
        assert entry.support != "refused", version
        truth = reachable(server.versions[version])
        for name in AxisName:
            assert not truth[name] & set(entry.refused.get(name, ())), f"{version.label} {name}"
            assert set(entry.found.get(name, ())) <= truth[name], f"{version.label} {name}"


def whole(survey: Survey, server: Server) -> None:
    nothing_false(survey, server)
    assert not survey.trouble
    for version in ALL:
        entry = survey.versions[version]
        if version not in server.versions:
            assert entry.support == "refused", (version, entry.reason)
            continue
        assert entry.support == "accepted", (version, entry.reason)
        truth = reachable(server.versions[version])
        assert {name: set(entry.found.get(name, ())) for name in AxisName} == truth


@settings(max_examples=25, deadline=None)
@given(server=servers())
def test_an_honest_server_is_found_whole_in_every_version(server: Server) -> None:
    whole(ask(Peer(server)), server)


@pytest.mark.parametrize("group", CLIENT.groups)
def test_a_server_with_the_one_group_that_the_current_client_gets_refuses_every_other(group: int) -> None:
    server = Server({Version.TLS13: replace(PRINCIPAL, groups=(group,)), Version.TLS12: COMMON})
    peer = Peer(server)
    survey = ask(peer)
    whole(survey, server)
    assert survey.behaviours == []
    assert not survey.version(Version.TLS13).unproven[AxisName.GROUPS]
    assert {0x11EB, 0x11ED, 0x0017, 0x001E} - {group} <= set(survey.version(Version.TLS13).refused[AxisName.GROUPS])
    assert len(peer.asked) <= 40


@settings(max_examples=25, deadline=None)
@given(server=servers())
def test_a_quick_look_at_an_honest_server_costs_three_connections_and_says_nothing_false(server: Server) -> None:
    peer = Peer(server)
    survey = ask(peer, "quick")
    nothing_false(survey, server)
    assert len(peer.asked) <= 3
    modern = server.versions.get(Version.TLS13)
    found = set(survey.version(Version.TLS13).found.get(AxisName.GROUPS, ()))
    supported = {group for group in modern.groups if _is_post_quantum(group)} if modern is not None else set()
    if supported:
        assert supported & found or survey.version(Version.TLS13).unproven.get(AxisName.GROUPS)


def _is_post_quantum(group: int) -> bool:
    row = named_group(group).row
    return row is not None and row.quantum_class.value in ("pqt_hybrid", "post_quantum")


PUSHES: dict[str, Callable[[], Answer]] = {
    "alert_40": alerts(40),
    "alert_80": alerts(80),
    "reset": ends(Ending.RESET),
    "silence": ends(Ending.SILENCE),
    "closed": ends(Ending.CLOSED),
}
TYPICAL = Server({Version.TLS13: PRINCIPAL, Version.TLS12: COMMON})


@pytest.mark.parametrize("how", sorted(PUSHES))
@settings(max_examples=15, deadline=None)
@given(after=st.integers(0, 45), depth=st.sampled_from(["inventory", "quick"]), drawn=st.none() | servers())
def test_a_server_that_throttles_for_good_is_never_called_to_refuse(how: str, after: int, depth: str, drawn: Server | None) -> None:
    server = drawn or TYPICAL
    nothing_false(ask(Peer(server, Throttle(after, PUSHES[how])), depth), server)


@pytest.mark.parametrize("how", sorted(PUSHES))
@settings(max_examples=15, deadline=None)
@given(
    after=st.integers(1, 45), seconds=st.floats(0.4, 30), depth=st.sampled_from(["inventory", "quick"]), drawn=st.none() | servers()
)
def test_a_server_that_throttles_for_a_time_is_never_called_to_refuse(
    how: str, after: int, seconds: float, depth: str, drawn: Server | None
) -> None:
    server = drawn or TYPICAL
    nothing_false(ask(Peer(server, Throttle(after, PUSHES[how], seconds=seconds)), depth), server)


@pytest.mark.parametrize("after", range(1, 30))
def test_a_finite_field_that_is_known_already_is_no_success_after_refusals(after: int) -> None:
    old = VersionModel(Version.TLS10, (0xC00A, 0xC014, 0xC009, 0xC013, 0x0039), (0x001D,), server_order=False)
    server = Server({Version.TLS10: old})
    nothing_false(ask(Peer(server, Throttle(after, PUSHES["alert_40"]))), server)


@pytest.mark.parametrize("how", sorted(PUSHES))
@pytest.mark.parametrize("after", [2, 3, 5, 8, 12, 17, 21])
def test_a_server_that_recovers_in_time_is_found_whole(how: str, after: int) -> None:
    peer = Peer(TYPICAL, Throttle(after, PUSHES[how], seconds=3.0))
    whole(ask(peer), TYPICAL)
    assert peer.waited >= 3.0


@pytest.mark.parametrize("how", ["alert_80", "reset", "silence", "closed"])
@settings(max_examples=15, deadline=None)
@given(after=st.integers(1, 45), asks=st.integers(1, 5))
def test_a_few_ends_without_a_word_cost_nothing_but_time(how: str, after: int, asks: int) -> None:
    whole(ask(Peer(TYPICAL, Throttle(after, PUSHES[how], asks=asks), time_seconds=240.0)), TYPICAL)


@settings(max_examples=40, deadline=None)
@given(
    after=st.integers(1, 45),
    depth=st.sampled_from(["inventory", "quick", "exhaustive"]),
    groups=st.permutations(GROUPS_13),
    order=st.booleans(),
)
def test_a_single_false_alert_never_hides_that_a_server_has_post_quantum_groups(
    after: int, depth: str, groups: list[int], order: bool
) -> None:
    if depth == "quick" and order:  # It asks again only beside what is known: so a server's own order has to put these first.
        groups.sort(key=lambda group: not _is_post_quantum(group))
    server = Server({Version.TLS13: replace(PRINCIPAL, groups=tuple(groups[:6]), server_order=order), Version.TLS12: COMMON})
    survey = ask(Peer(server, Throttle(after, PUSHES["alert_40"], asks=1)), depth)
    supported = {group for group in groups[:6] if _is_post_quantum(group)}
    modern = survey.version(Version.TLS13)
    assert modern.support != "refused"
    found = supported & set(modern.found.get(AxisName.GROUPS, ()))
    assert found or not supported & set(modern.refused.get(AxisName.GROUPS, ()))
    if depth == "exhaustive":  # There every refused one is asked twice.
        assert not supported & set(modern.refused.get(AxisName.GROUPS, ()))


OLD = replace(COMMON, version=Version.TLS10, suites=(0xC013, 0x002F), schemes=())
HYBRID_ONLY = replace(PRINCIPAL, groups=(0x11EC,))
DECISIVE = {
    "typical": TYPICAL,
    "hybrid alone beside 1.2": Server({Version.TLS13: HYBRID_ONLY, Version.TLS12: COMMON}),
    "hybrid alone beside 1.0": Server({Version.TLS13: HYBRID_ONLY, Version.TLS10: OLD}),
}


@pytest.mark.parametrize("asks", [1, 2])
@pytest.mark.parametrize("alert", [40, 70, 80])
@pytest.mark.parametrize("server", DECISIVE.values(), ids=DECISIVE)
def test_a_false_alert_changes_nothing_that_a_state_hangs_on(server: Server, alert: int, asks: int) -> None:
    """What the current client gets, that TLS 1.3 is there, and whether an older version is."""
    for after in range(30 if asks == 1 else 2):
        survey = ask(Peer(server, Throttle(after, alerts(alert), asks=asks)))
        assert survey.current is not None, after
        assert survey.current.version == Version.TLS13, after
        for version in server.versions:
            assert survey.version(version).support == "accepted", (after, version)
        assert any(map(_is_post_quantum, survey.version(Version.TLS13).found[AxisName.GROUPS])), after


def test_a_suite_that_only_an_exhaustive_look_asks_for_is_asked_before_everything_else_is_called_hybrid() -> None:
    with_key = replace(COMMON, suites=(0x00AC,), schemes=(), groups=())  # TLS_RSA_PSK_WITH_AES_128_GCM_SHA256
    survey = ask(Peer(Server({Version.TLS13: HYBRID_ONLY, Version.TLS12: with_key})))
    assert survey.version(Version.TLS12).support == "accepted"


def test_a_choice_that_was_never_offered_is_no_refusal() -> None:
    """RFC 9846, section 4.2.4: it breaks a rule, so it says nothing."""

    class Stubborn(Server):
        def _modern(self, model: VersionModel, ask: Ask, answer: Answer) -> Answer:
            answer.version, answer.retry_suite, answer.retry_group = Version.TLS13, model.suites[0], 0xFE99
            answer.ending, answer.picked_unoffered = Ending.RETRY, True
            return answer

    survey = ask(Peer(Stubborn({Version.TLS13: PRINCIPAL, Version.TLS12: COMMON})))
    assert survey.version(Version.TLS13).support == "unknown"


@pytest.mark.parametrize("schemes", [(0x0905, 0x0403, 0x0804), (0x0403, 0x0804, 0x0905)])
def test_an_alert_after_a_retry_that_does_not_speak_of_signatures_refuses_none(schemes: tuple[int, ...]) -> None:
    """A server that names a group and then cannot compute it says internal_error: that is not about its keys."""

    class CannotCompute(Server):
        def _modern(self, model: VersionModel, ask: Ask, answer: Answer) -> Answer:
            answer = super()._modern(model, ask, answer)
            if answer.group == 0x11EC:
                answer.retry_suite, answer.retry_group = answer.cipher_suite, answer.group
                answer.cipher_suite = answer.group = answer.scheme = None
                answer.ending, answer.alert, answer.certificates, answer.finished_verified = Ending.ALERT, 80, (), False
            return answer

    model = replace(PRINCIPAL, groups=(0x11EC, 0x001D, 0x0017), schemes=schemes)
    survey = ask(Peer(CannotCompute({Version.TLS13: model, Version.TLS12: COMMON})))
    modern = survey.version(Version.TLS13)
    assert 0x11EC in modern.found[AxisName.GROUPS]
    assert not set(schemes) & set(modern.refused[AxisName.SCHEMES])
    assert set(modern.found[AxisName.SCHEMES]) == set(schemes) or modern.unproven[AxisName.SCHEMES] == "alert_80"


@pytest.mark.parametrize("how", ["reset", "silence"])
@settings(max_examples=15, deadline=None)
@given(server=servers(), depth=st.sampled_from(["inventory", "quick"]))
def test_a_server_that_never_says_no_in_words_refuses_nothing(how: str, server: Server, depth: str) -> None:
    assume(all(model.fixed_group is None for model in server.versions.values()))  # Such a choice proves what it passed over.
    server = replace(server, refusal=PUSHES[how])
    survey = ask(Peer(server), depth)
    nothing_false(survey, server)
    for version, entry in survey.versions.items():
        chose_an_older_one = version not in server.versions and any(known < version for known in server.versions)
        assert entry.support != "refused" or chose_an_older_one
        if entry.support == "accepted":
            assert not any(entry.refused.values()), entry.refused
            reasons = {reason for reason in entry.unproven.values() if reason}
            assert reasons <= {how, "closed_early", "no_share", "throttled"}, reasons


@settings(max_examples=15, deadline=None)
@given(groups=st.permutations(GROUPS_13), order=st.booleans())
def test_a_server_that_takes_real_shares_only_is_not_called_to_refuse(groups: list[int], order: bool) -> None:
    model = replace(PRINCIPAL, groups=(0x11EC, *(group for group in groups[:4] if group != 0x11EC)), server_order=order)
    server = Server({Version.TLS13: replace(model, shares_only=True), Version.TLS12: COMMON})
    survey = ask(Peer(server))
    nothing_false(survey, server)
    assert survey.versions[Version.TLS13].support == "accepted"


@pytest.mark.parametrize("limit", [1400, 1600])
def test_a_server_behind_something_that_drops_large_hellos_is_found_and_said_to_be(limit: int) -> None:
    server = replace(TYPICAL, drops_above=limit)
    survey = ask(Peer(server))
    nothing_false(survey, server)
    assert survey.behaviours == ["large_hello_intolerant"]
    assert survey.current_problem == "silence"
    assert set(survey.versions[Version.TLS13].found[AxisName.GROUPS]) == set(PRINCIPAL.groups)
    assert set(survey.versions[Version.TLS13].found[AxisName.SCHEMES]) == set(PRINCIPAL.schemes)


def test_a_server_that_needs_a_name_is_asked_with_it_and_its_default_site_told() -> None:
    server = replace(TYPICAL, needs_name=True)
    assert ask(Peer(server)).current_problem == "alert_112"
    survey = ask(Peer(server), server_name="a.example")
    whole(survey, server)
    assert survey.default_site == "alert_112"


@pytest.mark.parametrize("after", range(1, 36))
def test_a_single_false_alert_makes_no_other_default_site(after: int) -> None:
    assert ask(Peer(TYPICAL, Throttle(after, PUSHES["alert_40"], asks=1)), server_name="a.example").default_site == "same"


@pytest.mark.parametrize("depth", ["inventory", "quick"])
def test_the_answer_of_an_old_server_is_not_what_a_current_client_gets(depth: str) -> None:
    old = replace(COMMON, version=Version.TLS10, suites=(0xC013, 0x002F), schemes=())
    survey = ask(Peer(Server({Version.TLS10: old}, old_dialect=True)), depth)
    assert survey.current is None
    assert survey.current_problem == "stopped"
    assert survey.versions[Version.TLS10].support == "accepted"


def test_a_typical_server_costs_at_most_thirty_connections() -> None:
    peer = Peer(TYPICAL)
    whole(ask(peer), TYPICAL)
    assert len(peer.asked) <= 30


@pytest.mark.parametrize("keys", [("RSA", "ECD"), ("ECD", "RSA")])  # how the names of their families begin
@pytest.mark.parametrize("others", [(), (0x0503, 0x0603)])
@pytest.mark.parametrize("has_older", [False, True])
def test_a_key_drawn_by_what_signs_certificates_alone_hides_no_other(
    keys: tuple[str, ...], others: tuple[int, ...], has_older: bool
) -> None:
    """As rustls with an RSA and an ECDSA key: PKCS #1 draws the RSA key, which signs nothing with it in TLS 1.3."""
    schemes = (0x0806, 0x0805, 0x0804, 0x0403, *others)
    suites, groups = (0x1302, 0x1301, 0x1303), (0x11EC, 0x001D)
    versions = {Version.TLS13: VersionModel(Version.TLS13, suites, groups, schemes, keys_by_scheme=keys)}
    if has_older:
        versions[Version.TLS12] = VersionModel(
            Version.TLS12, (0xC02B, 0xC02F), (0x001D, 0x0017), (0x0403, 0x0804, 0x0401), ec_curve=0x0017
        )
    peer = Peer(Server(versions))
    modern = ask(peer).version(Version.TLS13)
    assert set(modern.found[AxisName.SCHEMES]) == set(schemes)
    assert {0x0401, 0x0201, 0x0203, 0x0807} <= set(modern.refused[AxisName.SCHEMES])
    assert not set(schemes) & set(modern.refused[AxisName.SCHEMES])


def test_schemes_are_not_asked_apart_where_tls_1_2_shows_the_same_keys() -> None:
    """An honest server with one key costs nothing more for what others do."""
    modern = VersionModel(Version.TLS13, (0x1302, 0x1301), (0x11EC, 0x001D), (0x0804, 0x0805, 0x0806))
    older = VersionModel(Version.TLS12, (0xC02F, 0xC030), (0x001D,), (0x0804, 0x0401))
    peer = Peer(Server({Version.TLS13: modern, Version.TLS12: older}))
    ask(peer)
    asked = [each.offer for each in peer.asked if each.offer.newest >= Version.TLS13]
    assert all(0x0401 in offer.schemes or 0x0403 not in offer.schemes for offer in asked)
    alone = Peer(Server({Version.TLS13: modern}))
    ask(alone)
    apart = [each for each in alone.asked if 0x0403 in each.offer.schemes and 0x0401 not in each.offer.schemes]
    assert len(apart) == 1
