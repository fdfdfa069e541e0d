"""Runs an elimination over one protocol version through an inquirer: questions become hellos, answers become replies."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from pqscan.registry import universe
from pqscan.registry.tls import named_group
from pqscan.wire.key_agreement import can_carry_through
from pqscan.wire.tls import preference
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName, Elimination, Question, Reply, SuiteTraits, Verdict
from pqscan.wire.tls.finite_fields import FiniteFields, ask_finite_fields
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, Throttled, reason_of
from pqscan.wire.tls.lures import asked_beside_lures
from pqscan.wire.tls.version_survey import (
    Beside,
    Terms,
    VersionSurvey,
    certificate_schemes,
    chosen_group,
    every_curve,
    everything,
    is_finite_field,
    is_post_quantum,
    suite_class,
    suite_traits,
)
from pqscan.wire.tls.words import AlertDescription, Version

_SMALL_SHARE_BYTES = 200  # what fits beside all lists where large hellos are dropped: every curve, no ML-KEM
_SIGNATURE_ALERTS = frozenset(
    {
        AlertDescription.HANDSHAKE_FAILURE,
        AlertDescription.ILLEGAL_PARAMETER,
        AlertDescription.INSUFFICIENT_SECURITY,
        AlertDescription.MISSING_EXTENSION,
    }
)  # what servers say to a second hello when none of its schemes fits their keys; others are about something else
_MOST_SCHEMES = 100
_MOST_REFUSALS_IN_A_ROW = 3  # then a control, whatever is still to be asked


@dataclass(slots=True)
class _Stage:
    """An elimination under way. `safe` is the state at the last success, None where nothing unproven came since; `refusals`
    came since then and wait for a control, `refused_bytes` long."""

    elimination: Elimination
    safe: Elimination | None = None
    refusals: int = 0
    streak: int = 0  # the same, without those that are no surprise
    refused_bytes: int = 0
    stumbled: str = ""  # before anything was accepted: the alert that may be about a single suite

    def why_unknown(self, last: Reply) -> str:
        """Why a version in which nothing was accepted is not refused; empty where it is."""
        stumbled = "" if self.elimination.means_no_by_stumbling else self.stumbled
        return stumbled if last.verdict is Verdict.STUMBLED else last.reason or stumbled

    def take(self, question: Question, reply: Reply) -> None:
        if reply.verdict is not Verdict.CHOSEN and self.safe is None:
            self.safe = self.elimination.snapshot()
        self.elimination.take(question, reply)

    def prove(self) -> None:
        """A control, or a success, stands behind every refusal so far."""
        self.safe, self.refusals, self.streak = None, 0, 0

    def go_back(self) -> None:
        """The refusals since the last success were throttling: void."""
        self.elimination = self.safe or self.elimination
        self.prove()

    def doubt(self) -> None:
        """That no post-quantum group is accepted weighs most: it is asked a second time. What is proven is kept beside it."""
        self.safe = self.elimination.snapshot()
        self.elimination.doubt(AxisName.GROUPS, is_post_quantum)


def enumerate_version(
    inquirer: Inquirer, terms: Terms, survey: VersionSurvey, known: Reply | None = None, beside: Beside | None = None
) -> Inquiry[VersionSurvey]:
    """Every suite, group and scheme of one version, each refusal held against a control. Raises Throttled.

    `survey` is filled as it goes, so that what was learned stands also where the peer throttles for good."""
    main = _Stage(_elimination(terms, survey.version, known))
    finite: FiniteFields | None = None
    doubted = False
    try:
        while True:
            yield from _run(inquirer, terms, survey, main, beside)
            if survey.support != "accepted":
                break
            if survey.version < Version.TLS13:
                finite = yield from ask_finite_fields(inquirer, terms, survey, main.elimination)
                if finite.has_succeeded:
                    main.prove()  # A success after its refusals.
            waiting = main.refusals + (finite.refusals if finite is not None else 0)
            if waiting:
                pushed_back = inquirer.throttled
                size_bytes = max(main.refused_bytes, finite.refused_bytes if finite is not None else 0)
                is_sound = yield from _control(inquirer, terms, survey, main, size_bytes, beside)
                if not is_sound or inquirer.throttled != pushed_back:
                    main.go_back()
                    continue
                main.prove()
            if doubted or not _is_worth_a_doubt(terms, survey, main.elimination):
                break
            main.doubt()
            doubted = True
    except Throttled:
        main.go_back()
        raise
    finally:
        if finite is not None:
            finite.hand_over(main.elimination)
        _keep(survey, main.elimination)
        if terms.share_by_share and survey.support == "accepted":
            survey.unproven[AxisName.GROUPS] = survey.unproven[AxisName.GROUPS] or "no_share"  # for groups without one here
    if survey.support == "accepted":
        yield from preference.settle(inquirer, terms, survey, main.elimination)
    return survey


def ask_schemes_apart(inquirer: Inquirer, terms: Terms, survey: VersionSurvey) -> Inquiry[None]:
    """TLS 1.3: schemes that were refused beside others which may have drawn the wrong key are asked without those (`lures.py`)."""
    found, refused = survey.found.get(AxisName.SCHEMES, ()), survey.refused.get(AxisName.SCHEMES, ())
    schemes = asked_beside_lures(refused, found)[:_MOST_SCHEMES]
    suites = survey.found.get(AxisName.SUITES, ())[:1]
    groups = tuple(group for group in survey.found.get(AxisName.GROUPS, ()) if _has_share(group, terms.most_hello_bytes))[:1]
    if not (schemes and suites and groups):
        return
    known = Reply(Verdict.CHOSEN, suites[0], groups[0])
    stage = _Stage(Elimination(suites, groups, schemes, known=known))
    apart = VersionSurvey(survey.version, "accepted", "", chains=survey.chains, confirmed_groups=survey.confirmed_groups)
    yield from _run(inquirer, terms, apart, stage, None)
    more = tuple(scheme for scheme in stage.elimination.axes[AxisName.SCHEMES].found if scheme not in found)
    survey.found[AxisName.SCHEMES] = (*found, *more)
    survey.refused[AxisName.SCHEMES] = tuple(scheme for scheme in refused if scheme not in more)


def _run(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, stage: _Stage, beside: Beside | None) -> Inquiry[None]:
    """Ask until there is no more to ask. The last refusals may be left waiting for a control."""
    version = survey.version
    last_open: frozenset[AxisName] = frozenset()
    try:
        while (question := stage.elimination.next_question()) is not None:
            pushed_back = inquirer.throttled
            rare = question.open_axes == {AxisName.SUITES} and last_open == question.open_axes
            if stage.streak >= _MOST_REFUSALS_IN_A_ROW and not rare:
                is_sound = yield from _control(inquirer, terms, survey, stage, stage.refused_bytes, beside)
                if is_sound and inquirer.throttled == pushed_back:
                    stage.prove()
                else:
                    stage.go_back()
                continue
            expected = AlertDescription.INTERNAL_ERROR if stage.elimination.is_setting_apart else None
            answer = yield from inquirer.ask(_ask(terms, version, question), expected_alert=expected)
            if inquirer.throttled != pushed_back and stage.refusals:
                stage.go_back()
                continue
            reply = _reply(answer, version)
            chosen = reply.verdict in (Verdict.CHOSEN, Verdict.SIGNATURE_REFUSED)
            if not chosen:
                stage.refusals, stage.refused_bytes = stage.refusals + 1, answer.hello_bytes
            if not chosen and not stage.elimination.found_anything:
                stage.take(question, reply)
                if reply.verdict is Verdict.STUMBLED:
                    stage.stumbled = reply.reason
                other_version = answer.said_yes or answer.alert == AlertDescription.PROTOCOL_VERSION
                if other_version or stage.elimination.is_hopeless:
                    reason = "" if other_version else stage.why_unknown(reply)
                    survey.support, survey.reason = ("unknown", reason) if reason else ("refused", "")
                    return
                continue
            last_open = question.open_axes
            survey.see(answer)
            if chosen:
                survey.support, survey.reason = "accepted", ""
            stage.elimination.certificate_group = _certificate_group(terms, survey)
            stage.elimination.leaf_curve = next((curve for chain in survey.chains if (curve := terms.leaf_curve(chain[0]))), None)
            stage.take(question, reply)
            if reply.verdict is Verdict.CHOSEN:
                stage.prove()
            else:
                stage.refusals += chosen
                stage.streak += not rare
                stage.refused_bytes = answer.hello_bytes
    except Throttled:
        stage.go_back()  # What was refused since the last success may have been throttling.
        raise


def _is_worth_a_doubt(terms: Terms, survey: VersionSurvey, elimination: Elimination) -> bool:
    groups = elimination.axes[AxisName.GROUPS]
    if survey.version < Version.TLS13 or survey.support != "accepted" or groups.unproven:
        return False
    return terms.depth == "exhaustive" or not any(map(is_post_quantum, groups.found))


def _elimination(terms: Terms, version: Version, known: Reply | None) -> Elimination:
    suites = everything(universe.cipher_suites_asked, terms.depth, version)
    groups = everything(universe.groups_asked, terms.depth, version)
    schemes = everything(universe.signature_schemes_asked, terms.depth, version)
    if terms.share_by_share:
        groups = tuple(group for group in groups if _has_share(group))
    traits: dict[int, SuiteTraits] | None = None
    if version < Version.TLS13:
        traits = {suite: suite_traits(suite) for suite in suites}
        groups = every_curve(terms.depth, version)
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
        certificate_schemes=_certificate_schemes(version, question.schemes),
        grease_share=modern and not by_share,
        server_name=terms.server_name,
    )
    only_groups = question.open_axes == {AxisName.GROUPS}  # A retry names the group: what P-521 costs the peer is spared it.
    return Ask(offer, question.groups if by_share else (), only_resistant=only_groups, most_hello_bytes=terms.most_hello_bytes)


@lru_cache(maxsize=256)
def _certificate_schemes(version: Version, schemes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys((*certificate_schemes(version), *schemes)))


def _reply(answer: Answer, version: Version) -> Reply:
    """What an answer means for elimination. A choice of another version than the one asked for is a refusal of it.

    Before TLS 1.3 internal_error may be about one suite alone, which a server picked and cannot carry out (GnuTLS with DHE and no
    group for it): it refuses nothing of the rest."""
    if answer.said_yes and answer.version == version:
        group = chosen_group(answer)
        if answer.said_no and answer.retry_suite is not None and answer.cipher_suite is None:
            if answer.alert in _SIGNATURE_ALERTS or answer.closing_means_no:
                return Reply(Verdict.SIGNATURE_REFUSED, answer.retry_suite, group)
            return Reply(Verdict.CHOSEN, answer.retry_suite, group, reason=f"alert_{answer.alert}")
        reason = reason_of(answer) or _why_not_carried_through(answer)
        return Reply(Verdict.CHOSEN, answer.chosen_suite, group, answer.scheme, reason)
    if version < Version.TLS13 and answer.alert == AlertDescription.INTERNAL_ERROR and not answer.said_yes:
        return Reply(Verdict.STUMBLED, reason=f"alert_{answer.alert}")
    if answer.said_yes or answer.said_no:
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
    inquirer: Inquirer, terms: Terms, survey: VersionSurvey, stage: _Stage, size_bytes: int, beside: Beside | None
) -> Inquiry[bool]:
    """A control that also tells whose order decides: everything known, last discovered first, with an X25519 share.

    Where another name is to be asked for, the control does so; it only counts where the site's own certificate comes.
    False where that question drew an alert that a name does not explain: something else may have begun to refuse."""
    elimination = stage.elimination
    if survey.support != "accepted" or not elimination.axes[AxisName.SUITES].found:
        yield from inquirer.control(size_bytes)
        return True
    ask = preference.known_only(terms, survey.version, elimination, preference.telling_share(survey, elimination))
    unexplained = False
    if beside is not None and beside.answer is None and not beside.was_refused:
        named = replace(ask.offer, server_name=beside.server_name, size_bytes=max(0, size_bytes - 5))
        answer = yield from inquirer.ask(Ask(named, ask.real_shares, most_hello_bytes=terms.most_hello_bytes))
        if answer.certificates and answer.certificates[0] in {chain[0] for chain in survey.chains}:
            beside.answer = answer
            preference.hear(survey, elimination, ask, answer)
            return True
        beside.was_refused = True  # Asked again by itself at the end, and doubted there.
        unexplained = answer.ending is Ending.ALERT and answer.alert != AlertDescription.UNRECOGNIZED_NAME
    answer = yield from inquirer.control(size_bytes, ask)
    preference.hear(survey, elimination, ask, answer)
    return not unexplained


def _keep(survey: VersionSurvey, elimination: Elimination) -> None:
    accepted = survey.support == "accepted"
    for name, axis in elimination.axes.items():
        survey.found[name] = tuple(axis.found)
        survey.refused[name] = elimination.refused(name) if accepted else ()
        unfinished = "out_of_time" if accepted and elimination.is_open(name) else ""
        survey.unproven[name] = axis.unproven or unfinished
        survey.unsettled[name] = dict(axis.unsettled) if accepted else {}
