"""Whose order decides, and what the server's own order is: read from controls that list what is known, last first."""

from __future__ import annotations

from dataclasses import replace

from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName, Elimination
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry
from pqscan.wire.tls.order import Chosen, Found, possible, ranks, whose_order
from pqscan.wire.tls.version_survey import (
    Terms,
    VersionSurvey,
    certificate_schemes,
    chosen_group,
    every_curve,
    is_finite_field,
    is_post_quantum,
    suite_class,
    suite_traits,
)
from pqscan.wire.tls.words import Version

X25519 = 0x001D
_MOST_CONNECTIONS_FOR_ORDER = 29  # An inventory settles the order of suites only while it has asked fewer hellos.


def known_only(
    terms: Terms, version: Version, elimination: Elimination, share: tuple[int, ...] = (), *, forward: bool = False
) -> Ask:
    """A hello that lists what is known to be accepted, last discovered first (`forward`: first discovered first)."""
    modern = version >= Version.TLS13
    schemes = certificate_schemes(version)
    groups = listed(elimination, AxisName.GROUPS, forward=forward)
    if not modern:  # An EC certificate needs its own curve listed (RFC 8422, section 5.1), whatever was found.
        groups = tuple(dict.fromkeys((*groups, *every_curve(terms.depth, version))))
    offer = Offer(
        versions=(version,),
        cipher_suites=listed(elimination, AxisName.SUITES, forward=forward),
        groups=groups[:100],
        schemes=schemes,
        certificate_schemes=schemes,
        grease_share=modern and not share,
        server_name=terms.server_name,
    )
    return Ask(offer, share if modern else ())


def listed(elimination: Elimination, name: AxisName, *, forward: bool = False) -> tuple[int, ...]:
    """What was found, last first unless `forward`, suites within their classes (see `suite_class`)."""
    found = elimination.axes[name].found[:: 1 if forward else -1]
    if name is AxisName.SUITES:
        found.sort(key=suite_class)
    return tuple(found)


def telling_share(survey: VersionSurvey, elimination: Elimination) -> tuple[int, ...]:
    """An X25519 share where it would tell what the server makes of one beside a listed post-quantum group."""
    groups = elimination.axes[AxisName.GROUPS].found
    if survey.version < Version.TLS13 or survey.group_selection or X25519 not in groups:
        return ()
    return (X25519,) if any(map(is_post_quantum, groups)) else ()


def hear(survey: VersionSurvey, elimination: Elimination, ask: Ask, answer: Answer) -> None:
    """Take in the answer to a hello that listed only what is known: it speaks of order and of how shares weigh."""
    if survey.support != "accepted" or answer.version != survey.version or not answer.said_yes:
        return
    suite, group = answer.chosen_suite, chosen_group(answer)
    if suite in ask.offer.cipher_suites:
        elimination.overheard(AxisName.SUITES, suite, ask.offer.cipher_suites)
    if group is None or group not in ask.offer.groups:
        return
    if ask.real_shares == (X25519,):
        survey.group_selection = _group_selection(answer, ask.offer.groups)
    if survey.version < Version.TLS13 or answer.retry_group is not None:  # Else it took a share: no word on its order.
        elimination.overheard(AxisName.GROUPS, group, ask.offer.groups)


def _group_selection(answer: Answer, listed_groups: tuple[int, ...]) -> str:
    """What a server makes of an X25519 share beside a post-quantum group that is listed before it; empty where it may have
    gone by the list alone."""
    if answer.retry_group is None:
        wanted_more = X25519 in listed_groups and any(map(is_post_quantum, listed_groups[: listed_groups.index(X25519)]))
        return "takes_offered_share" if answer.group == X25519 and wanted_more else ""
    return "hello_retry_upgrade" if is_post_quantum(answer.retry_group) else ""


def settle(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, elimination: Elimination) -> Inquiry[None]:
    """Fill `preferences` and `ranks`, with a hello or two more where the controls could not tell. Raises Throttled."""
    _judge(terms, survey, elimination)
    for forward in (False, True):
        if all(survey.preferences.get(name) for name in _several(elimination)):
            break
        ask = known_only(terms, survey.version, elimination, forward=forward)
        answer = yield from inquirer.ask(replace(ask, follow_retry=False))
        hear(survey, elimination, ask, answer)
        _judge(terms, survey, elimination)
    yield from _settle_curves(inquirer, terms, survey, elimination)
    for name in _several(elimination):
        survey.preferences[name] = survey.preferences.get(name) or "unknown"
    yield from _settle_group_selection(inquirer, terms, survey, elimination)
    yield from _settle_suites(inquirer, terms, survey, elimination)


def _settle_group_selection(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, elimination: Elimination) -> Inquiry[None]:
    """The reversed list of the controls may have led the server away from the hybrid: it first, once."""
    share = telling_share(survey, elimination)
    if not share:
        return
    ask = known_only(terms, survey.version, elimination, share)
    groups = tuple(sorted(ask.offer.groups, key=lambda group: not is_post_quantum(group)))
    ask = replace(ask, offer=replace(ask.offer, groups=groups), follow_retry=False)
    answer = yield from inquirer.ask(ask)
    hear(survey, elimination, ask, answer)


def _several(elimination: Elimination) -> list[AxisName]:
    """The axes on which there is an order. Before TLS 1.3 a finite-field group comes with its suite: it has no place in one."""
    counted = {AxisName.SUITES: elimination.axes[AxisName.SUITES].found, AxisName.GROUPS: _ordered_groups(elimination)}
    return [name for name, found in counted.items() if len(found) > 1]


def _ordered_groups(elimination: Elimination) -> tuple[int, ...]:
    groups = elimination.axes[AxisName.GROUPS].found
    return tuple(group for group in groups if elimination.is_independent or not is_finite_field(group))


def _settle_curves(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, elimination: Elimination) -> Inquiry[None]:
    """Before TLS 1.3, where the suites listed first use no curve: the same with nothing but suites that need one."""
    suites = tuple(suite for suite in listed(elimination, AxisName.SUITES) if suite_traits(suite).uses_curve)
    for forward in (False, True):
        settled = AxisName.GROUPS not in _several(elimination) or survey.preferences.get(AxisName.GROUPS)
        if survey.version >= Version.TLS13 or settled or not suites:
            return
        ask = known_only(terms, survey.version, elimination, forward=forward)
        ask = replace(ask, offer=replace(ask.offer, cipher_suites=suites), follow_retry=False)
        answer = yield from inquirer.ask(ask)
        hear(survey, elimination, ask, answer)
        _judge(terms, survey, elimination)


def _settle_suites(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, elimination: Elimination) -> Inquiry[None]:
    """Let the suites whose place is open be chosen among themselves; an inventory does so while few hellos were needed."""
    most = _MOST_CONNECTIONS_FOR_ORDER if terms.depth == "inventory" else 10 * _MOST_CONNECTIONS_FOR_ORDER
    beaten: set[int] = set()
    while survey.preferences.get(AxisName.SUITES) == "server" and inquirer.asked < most:
        placed = survey.ranks.get(AxisName.SUITES, {})
        contest = tuple(s for s in listed(elimination, AxisName.SUITES) if s not in placed and s not in beaten)
        if len(contest) < 2:
            return
        ask = known_only(terms, survey.version, elimination)
        ask = replace(ask, offer=replace(ask.offer, cipher_suites=contest), follow_retry=False)
        answer = yield from inquirer.ask(ask)
        if answer.chosen_suite not in contest or answer.version != survey.version:
            return
        beaten.add(answer.chosen_suite)
        hear(survey, elimination, ask, answer)
        _judge(terms, survey, elimination)


def _judge(terms: Terms, survey: VersionSurvey, elimination: Elimination) -> None:
    """Whose order decides, and the places that are certain, from every choice and what was passed over."""
    for name, values, choices in _choices(terms, survey, elimination):
        if len(values) < 2:
            survey.ranks[name] = dict.fromkeys(values, 1)
            continue
        whose = whose_order(values, choices)
        if whose:
            survey.preferences[name] = whose
        survey.ranks[name] = ranks(values, choices, against_the_list=name is AxisName.GROUPS) if whose == "server" else {}


def _choices(
    terms: Terms, survey: VersionSurvey, elimination: Elimination
) -> tuple[tuple[AxisName, tuple[int, ...], list[Chosen]], ...]:
    modern = survey.version >= Version.TLS13
    groups = tuple(elimination.axes[AxisName.GROUPS].found)
    curves = tuple(group for group in groups if not is_finite_field(group))
    found = Found(
        curves,
        tuple(group for group in groups if group not in curves),
        bool(survey.custom_primes),
        tuple(elimination.axes[AxisName.SCHEMES].found),
        next((curve for chain in survey.chains if (curve := terms.leaf_curve(chain[0])) is not None), None),
    )
    suite_choices: list[Chosen] = []
    group_choices: list[Chosen] = []
    for question, reply in elimination.history:
        if reply.suite is not None:
            beside = question.suites if modern else possible(question.suites, found, question.groups, question.schemes)
            suite_choices.append((reply.suite, beside))
        if reply.group is not None:
            group_choices.append((reply.group, question.groups))
    for name, chosen, others in elimination.heard:
        (suite_choices if name is AxisName.SUITES else group_choices).append((chosen, others))
    # Before TLS 1.3 a finite-field group comes with its suite: it has no place among the curves.
    ordered = groups if modern else curves
    return (
        (AxisName.SUITES, tuple(elimination.axes[AxisName.SUITES].found), suite_choices),
        (AxisName.GROUPS, ordered, group_choices),
    )
