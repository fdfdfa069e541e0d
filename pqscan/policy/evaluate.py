"""What a rule makes of a fact, pure and dated; and every finding of some uses under one policy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from operator import itemgetter

from pqscan.model.observation import Observation, Profile, Subject, Support, Usage
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, Answers
from pqscan.policy.editions import FLOOR, floor
from pqscan.policy.families import HASHES, family_of
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import PolicyEdition, Purpose, Rule, RuleState
from pqscan.policy.system import SystemContext
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import uses_of
from pqscan.registry.dtls import DTLS
from pqscan.registry.quantum import QuantumClass

UNKNOWN_SYSTEM = SystemContext()
_STRICT = frozenset({RuleState.DISALLOWED, RuleState.REQUIRED})
_PUBLIC_KEY = frozenset({Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE})
_OWN_REASON = {
    "expired": "certificate_expired",
    "not_yet_valid": "certificate_not_yet_valid",
    "no_validity": "certificate_no_validity",
    "malformed": "certificate_malformed",
    "client_certificate": "client_certificates_not_seen",
    "large_hello_intolerant": "behaviour_large_hello_intolerant",
    "selected_not_offered": "behaviour_selected_not_offered",
    "starttls_not_offered": "behaviour_starttls_not_offered",
    "http_without_tls": "behaviour_http_without_tls",
    "rdp_standard_security": "behaviour_rdp_standard_security",
    "plaintext_after_starttls": "behaviour_plaintext_after_starttls",
    "login_before_tls": "behaviour_login_before_tls",
    "terrapin_modes_without_strict_kex": "behaviour_terrapin_modes_without_strict_kex",
    "stateful_key_at_rest": "private_key_stateful",
}
_OUTLIVES = {
    "disallowed_ahead": "certificate_outlives_date",
    "deprecated_ahead": "certificate_outlives_deprecation",
    "not_recommended_ahead": "certificate_outlives_recommendation",
    "required_ahead": "certificate_outlives_requirement",
}


def judge(part: Observation | AlgorithmUse, rule: Rule, system: SystemContext, as_of: date, *, policy: str = "") -> Finding | None:
    """What one rule makes of one observation or certificate part in one kind of system; None where it does not speak of it.

    An observation that is used for several things gives the finding of the worst."""
    if system.is_outside_assessment or not system.is_in_scope(rule):
        return None
    if isinstance(part, AlgorithmUse):
        return _judge_use(part, rule, as_of, policy)
    found = (_judge_use(use, rule, as_of, policy) for use in uses_of(part))
    return min((finding for finding in found if finding is not None), key=severity, default=None)


def severity(finding: Finding) -> int:
    """0 is the worst."""
    return _SEVERITY[finding.verdict]


_SEVERITY = {verdict: position for position, verdict in enumerate(Verdict)}


def _judge_use(use: AlgorithmUse, rule: Rule, as_of: date, policy: str) -> Finding | None:
    if rule.purpose is not use.purpose and not (rule.purpose is Purpose.ANY and use.purpose in _PUBLIC_KEY):
        return None
    if use.purpose is Purpose.PROTOCOL and (rule.state is RuleState.REQUIRED or not set(rule.families) & set(use.families)):
        return None  # A required version is a matter of the whole profile.
    if rule.state is RuleState.AWAITING_GUIDANCE:
        return _await(use, rule, policy)
    concern = _concern(use, rule)
    if concern is None:
        return None
    if concern is Verdict.MEETS:
        return _finding(use, rule, policy, concern, "meets_rule")
    if concern is Verdict.UNDETERMINED:
        code = "undetermined_algorithm" if use.quantum_class is QuantumClass.UNKNOWN else "undetermined_strength"
        return _finding(use, rule, policy, concern, code)
    verdict = verdict_on(rule, as_of)
    own = next((_OWN_REASON[family] for family in use.families if family in _OWN_REASON and family in rule.families), None)
    return _finding(use, rule, policy, verdict, own or reason_of(rule, verdict))


def _await(use: AlgorithmUse, rule: Rule, policy: str) -> Finding | None:
    """Nothing can be said yet; of what a row names by itself (client certificates), nothing can be said from here."""
    if not rule.families:
        return _finding(use, rule, policy, Verdict.AWAITING, "awaiting_guidance") if _is_public_key(use) else None
    own = next((family for family in use.families if family in rule.families), None)
    if own is None:
        return None
    return _finding(use, rule, policy, Verdict.UNDETERMINED, _OWN_REASON.get(own, "awaiting_guidance"))


def _is_public_key(use: AlgorithmUse) -> bool:
    return use.purpose in _PUBLIC_KEY and use.quantum_class is not QuantumClass.NOT_PUBLIC_KEY


def _concern(use: AlgorithmUse, rule: Rule) -> Verdict | None:
    """OVERDUE where the rule bites (its date aside), MEETS, UNDETERMINED, None where the rule does not speak of the use."""
    named = bool(set(rule.families) & set(use.families))
    if use.quantum_class is QuantumClass.UNKNOWN and not named:
        return None if set(rule.families) & HASHES else Verdict.UNDETERMINED
    if rule.parameter_sets and use.parameter_sets and _fits(use, rule):
        return None if use.purpose is Purpose.PROTOCOL else Verdict.MEETS
    if rule.construction not in ("any", use.construction):
        resistant = rule.construction == "classical" and use.quantum_class in QUANTUM_RESISTANT
        return Verdict.MEETS if resistant and rule.max_strength is None else None
    if rule.families:
        if not named:
            return None
    elif not rule.parameter_sets and use.quantum_class is not QuantumClass.TRADITIONAL:
        return Verdict.MEETS if use.quantum_class in QUANTUM_RESISTANT else None
    elif not _is_public_key(use):
        return None
    if rule.max_strength is None and rule.min_strength is None:
        return Verdict.OVERDUE
    if use.strength is None:
        return None if use.by_key else Verdict.UNDETERMINED
    least, most = rule.min_strength or 0, 512 if rule.max_strength is None else rule.max_strength
    return Verdict.OVERDUE if least <= use.strength <= most else None


def _fits(use: AlgorithmUse, rule: Rule) -> bool:
    """Whether the use consists of nothing but what the rule names as fitting."""
    return all(name in rule.parameter_sets or family_of(name) in rule.parameter_sets for name in use.parameter_sets)


def verdict_on(rule: Rule, as_of: date) -> Verdict:
    """What the rule says on one day of something that it concerns."""
    if rule.state is RuleState.AWAITING_GUIDANCE:
        return Verdict.AWAITING
    if rule.state is RuleState.ACQUISITION_GATE:
        holds = rule.date is None or as_of >= rule.date
    else:
        holds = rule.date is None or as_of > rule.date
    if not holds:
        return Verdict.DUE
    if rule.state not in _STRICT:
        return Verdict.NOT_RECOMMENDED
    return Verdict.NOT_MET if rule.date is None else Verdict.OVERDUE


def reason_of(rule: Rule, verdict: Verdict) -> str:
    """The reason's code: the rule's state, and whether its date lies ahead, lies behind or is missing."""
    if rule.date is None:
        return f"{rule.state.value}_now"
    return f"{rule.state.value}_ahead" if verdict is Verdict.DUE else f"{rule.state.value}_past"


def date_words(rule: Rule) -> str:
    """The rule's date as its document gives it: a day, or a year alone; empty where there is none."""
    if rule.date is None:
        return ""
    return str(rule.date.year) if rule.date_precision == "year" else rule.date.isoformat()


def _finding(use: AlgorithmUse, rule: Rule, policy: str, verdict: Verdict, code: str) -> Finding:
    parameters: dict[str, str | int] = {"algorithm": use.name or use.value}
    if rule.date is not None and verdict is not Verdict.MEETS:
        parameters["date"] = date_words(rule)
    return Finding(
        policy=policy,
        rule=rule.id,
        verdict=verdict,
        subject=use.subject,
        value=use.value,
        name=use.name,
        context=use.context,
        quantum_class=use.quantum_class,
        due=rule.date,
        reason=Reason.of(code, **parameters),
        profile=use.profile,
        certificate=use.certificate,
    )


def with_floor(policies: Iterable[PolicyEdition]) -> tuple[PolicyEdition, ...]:
    """The policies without repetition, and the floor behind them."""
    chosen = {edition.id: edition for edition in policies if edition.id != FLOOR}
    return (*chosen.values(), floor())


Judged = tuple[tuple[int, Finding], ...]
"""What the rules of one edition make of one use, each with the rule's place in the edition."""


def findings_of(uses: tuple[AlgorithmUse, ...], edition: PolicyEdition, as_of: date, system: SystemContext) -> Iterator[Finding]:
    """What one edition makes of the uses, rule by rule. Of the floor only what is below it is told."""
    return in_order((use, judged(use, edition, as_of, system)) for use in uses)


def judged(use: AlgorithmUse, edition: PolicyEdition, as_of: date, system: SystemContext) -> Judged:
    """What one edition makes of one use; of the floor only what is below it."""
    found = ((place, rule, judge(use, rule, system, as_of, policy=edition.id)) for place, rule in enumerate(edition.rules))
    return tuple(
        (place, finding)
        for place, rule, finding in found
        if finding is not None and not (edition.id == FLOOR and _is_no_news(finding, rule))
    )


def in_order(found: Iterable[tuple[AlgorithmUse, Judged]]) -> Iterator[Finding]:
    """Findings rule by rule, under each in the order of the uses; what a rule awaits is told once for each purpose."""
    rows = [(place, use.purpose, finding) for use, those in found for place, finding in those]
    rows.sort(key=itemgetter(0))
    awaited: set[tuple[int, Purpose]] = set()
    for place, purpose, finding in rows:
        if finding.verdict is Verdict.AWAITING:
            if (place, purpose) in awaited:
                continue
            awaited.add((place, purpose))
        yield finding


def _is_no_news(finding: Finding, rule: Rule) -> bool:
    """The floor is no policy to meet: only what is below it, or what it names by itself, is told."""
    open_end = finding.verdict is Verdict.UNDETERMINED and rule.state is not RuleState.AWAITING_GUIDANCE
    return open_end or finding.verdict is Verdict.MEETS


def _is_answer(profile: Profile) -> bool:
    """Whether somebody answered: what a file sets or calls does not say what it leaves to a library."""
    return any(one.subject is Subject.PROTOCOL_VERSION and one.usage is Usage.NEGOTIATED for one in profile.observations)


def required_version(profile: Profile, rule: Rule, policy: str, as_of: date) -> Iterator[Finding]:
    """A rule that asks for a protocol version: met where it is accepted, open where it was not proven to be refused."""
    answers = Answers(profile)
    if profile.probe == DTLS or not answers.accepted_versions or not _is_answer(profile):
        return  # Rules that name versions of TLS do not say what they want of DTLS.
    for version in rule.parameter_sets:
        support = answers.version(version)
        use = AlgorithmUse(
            Purpose.PROTOCOL,
            Subject.PROTOCOL_VERSION.value,
            version,
            None,
            None,
            QuantumClass.NOT_PUBLIC_KEY,
            (version,),
            profile=profile.digest or None,
        )
        if support is Support.ACCEPTED:
            yield _finding(use, rule, policy, Verdict.MEETS, "meets_rule")
        elif support is Support.REFUSED:
            verdict = verdict_on(rule, as_of)
            yield _finding(use, rule, policy, verdict, f"version_{reason_of(rule, verdict)}")
        else:
            yield _finding(use, rule, policy, Verdict.UNDETERMINED, "undetermined_version")


def outlives(finding: Finding, not_after: date) -> Finding:
    """The same finding with the reason that the certificate is valid beyond the rule's date, and what holds from then on. A gate
    for acquisitions ends nothing that is in use: there the finding stays as it is."""
    code = _OUTLIVES.get(finding.reason.code)
    if code is None:
        return finding
    parameters = dict(finding.reason.parameters) | {"not_after": not_after.isoformat()}
    return replace(finding, reason=Reason.of(code, **parameters))
