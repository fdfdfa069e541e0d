"""Runs an elimination over one protocol version through an inquirer: questions become hellos, answers become replies."""

from __future__ import annotations

from dataclasses import replace

from pqscan.registry import universe
from pqscan.registry.tls import named_group
from pqscan.wire.key_agreement import can_carry_through
from pqscan.wire.tls import preference
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName, Elimination, Question, Reply, SuiteTraits, Verdict
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, reason_of
from pqscan.wire.tls.version_survey import (
    Beside,
    Terms,
    VersionSurvey,
    certificate_schemes,
    chosen_group,
    everything,
    is_finite_field,
    is_post_quantum,
    suite_class,
    suite_traits,
)
from pqscan.wire.tls.words import AlertDescription, Version

_SMALL_SHARE_BYTES = 200  # what fits beside all lists where large hellos are dropped: every curve, no ML-KEM
_MOST_REFUSALS_IN_A_ROW = 3  # then a control, whatever is still to be asked


def enumerate_version(
    inquirer: Inquirer, terms: Terms, survey: VersionSurvey, known: Reply | None = None, beside: Beside | None = None
) -> Inquiry[VersionSurvey]:
    """Every suite, group and scheme of one version, each refusal held against a control. Raises Throttled.

    `survey` is filled as it goes, so that what was learned stands also where the peer throttles for good."""
    version = survey.version
    elimination = _elimination(terms, version, known)
    safe, refusals, streak, refused_bytes = elimination.snapshot(), 0, 0, 0
    last_open: frozenset[AxisName] = frozenset()
    doubted = False
    try:
        while True:
            question = elimination.next_question()
            if question is None and not refusals:
                if doubted or not _is_worth_a_doubt(survey, elimination):
                    break
                # That no post-quantum group is accepted weighs most: it is asked a second time, after the control.
                elimination.doubt(AxisName.GROUPS, is_post_quantum)
                doubted = True
                continue
            pushed_back = inquirer.throttled
            answer: Answer | None = None
            rare = question is not None and question.open_axes == {AxisName.SUITES} and last_open == question.open_axes
            if question is None or (streak >= _MOST_REFUSALS_IN_A_ROW and not rare):
                yield from _control(inquirer, terms, survey, elimination, refused_bytes, beside)
                if inquirer.throttled == pushed_back:
                    refusals, streak, safe = 0, 0, elimination.snapshot()
                    continue
            else:
                answer = yield from inquirer.ask(_ask(terms, version, question))
            if (inquirer.throttled != pushed_back and refusals) or answer is None or question is None:
                elimination, refusals, streak = safe.snapshot(), 0, 0  # The refusals were throttling: void.
                continue
            reply = _reply(answer, version)
            if reply.verdict not in (Verdict.CHOSEN, Verdict.SIGNATURE_REFUSED) and not elimination.found_anything:
                elimination.take(question, reply)
                refused_for_all = answer.said_yes or answer.alert == AlertDescription.PROTOCOL_VERSION
                if refused_for_all or elimination.is_hopeless:
                    survey.support, survey.reason = ("unknown", reply.reason) if reply.reason else ("refused", "")
                    return survey
                continue
            last_open = question.open_axes
            survey.see(answer)
            if reply.verdict in (Verdict.CHOSEN, Verdict.SIGNATURE_REFUSED):
                survey.support, survey.reason = "accepted", ""
            elimination.certificate_group = _certificate_group(terms, survey)
            elimination.leaf_curve = next((curve for chain in survey.chains if (curve := terms.leaf_curve(chain[0]))), None)
            elimination.take(question, reply)
            if reply.verdict is Verdict.CHOSEN:
                refusals, streak, safe = 0, 0, elimination.snapshot()
            else:
                refusals, streak, refused_bytes = refusals + 1, streak + (not rare), answer.hello_bytes
    finally:
        _keep(survey, elimination)
        if terms.share_by_share and survey.support == "accepted":
            survey.unproven[AxisName.GROUPS] = survey.unproven[AxisName.GROUPS] or "no_share"  # for groups without one here
    if survey.support == "accepted":
        yield from preference.settle(inquirer, terms, survey, elimination)
    return survey


def _is_worth_a_doubt(survey: VersionSurvey, elimination: Elimination) -> bool:
    groups = elimination.axes[AxisName.GROUPS]
    if survey.version < Version.TLS13 or survey.support != "accepted" or groups.unproven:
        return False
    return not any(map(is_post_quantum, groups.found))


def _elimination(terms: Terms, version: Version, known: Reply | None) -> Elimination:
    suites = everything(universe.cipher_suites_asked, terms.depth, version)
    groups = everything(universe.groups_asked, terms.depth, version)
    schemes = everything(universe.signature_schemes_asked, terms.depth, version)
    if terms.share_by_share:
        groups = tuple(group for group in groups if _has_share(group))
    traits: dict[int, SuiteTraits] | None = None
    if version < Version.TLS13:
        traits = {suite: suite_traits(suite) for suite in suites}
    return Elimination(
        suites,
        groups,
        schemes,
        traits=traits,
        suite_class=suite_class,
        most_groups=1 if terms.share_by_share else 100,
        known=known,
        is_seen_through=lambda group: _has_share(group, terms.most_hello_bytes),
        is_curve=lambda group: not is_finite_field(group),
    )


def _has_share(group: int, most_hello_bytes: int | None = None) -> bool:
    row = named_group(group).row
    if row is None or not can_carry_through(row):
        return False
    return most_hello_bytes is None or (row.client_share_bytes or 0) <= _SMALL_SHARE_BYTES


def _ask(terms: Terms, version: Version, question: Question) -> Ask:
    modern = version >= Version.TLS13
    by_share = modern and terms.share_by_share
    offer = Offer(
        versions=(version,),
        cipher_suites=question.suites,
        groups=question.groups,
        schemes=question.schemes,
        certificate_schemes=tuple(dict.fromkeys((*certificate_schemes(version), *question.schemes))),
        grease_share=modern and not by_share,
        server_name=terms.server_name,
    )
    return Ask(offer, question.groups if by_share else (), most_hello_bytes=terms.most_hello_bytes)


def _reply(answer: Answer, version: Version) -> Reply:
    """What an answer means for elimination. A choice of another version than the one asked for is a refusal of it."""
    if answer.said_yes and answer.version == version:
        group = chosen_group(answer)
        if answer.ending is Ending.ALERT and answer.retry_suite is not None and answer.cipher_suite is None:
            return Reply(Verdict.SIGNATURE_REFUSED, answer.retry_suite, group)
        reason = reason_of(answer) or _why_not_carried_through(answer)
        return Reply(Verdict.CHOSEN, answer.chosen_suite, group, answer.scheme, reason)
    if answer.said_yes or answer.ending is Ending.ALERT:
        return Reply(Verdict.REFUSED)
    return Reply(Verdict.UNSURE, reason=reason_of(answer))


def _why_not_carried_through(answer: Answer) -> str:
    if answer.ending is not Ending.RETRY or answer.retry_group is None:
        return ""
    return "large_hello" if _has_share(answer.retry_group) else "no_share"


def _certificate_group(terms: Terms, survey: VersionSurvey) -> int | None:
    curves = [terms.leaf_curve(chain[0]) for chain in survey.chains]
    if not curves or any(curve is None for curve in curves):
        return None
    return curves[0]


def _control(
    inquirer: Inquirer,
    terms: Terms,
    survey: VersionSurvey,
    elimination: Elimination,
    size_bytes: int,
    beside: Beside | None = None,
) -> Inquiry[None]:
    """A control that also tells whose order decides: everything known, last discovered first, with an X25519 share.

    Where another name is to be asked for, the control does so; it only counts where the site's own certificate comes."""
    if survey.support != "accepted" or not elimination.axes[AxisName.SUITES].found:
        yield from inquirer.control(size_bytes)
        return
    ask = preference.known_only(terms, survey.version, elimination, preference.telling_share(survey, elimination))
    if beside is not None and beside.answer is None:
        named = replace(ask.offer, server_name=beside.server_name, size_bytes=max(0, size_bytes - 5))
        beside.answer = yield from inquirer.ask(Ask(named, ask.real_shares, most_hello_bytes=terms.most_hello_bytes))
        if beside.answer.certificates and beside.answer.certificates[0] in {chain[0] for chain in survey.chains}:
            preference.hear(survey, elimination, ask, beside.answer)
            return
    answer = yield from inquirer.control(size_bytes, ask)
    preference.hear(survey, elimination, ask, answer)


def _keep(survey: VersionSurvey, elimination: Elimination) -> None:
    accepted = survey.support == "accepted"
    for name, axis in elimination.axes.items():
        survey.found[name] = tuple(axis.found)
        survey.refused[name] = elimination.refused(name) if accepted else ()
        unfinished = "out_of_time" if accepted and elimination.is_open(name) else ""
        survey.unproven[name] = axis.unproven or unfinished
