"""What the gate judges: findings of the answers in question with the targets on which they stand, and what was decided on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from pqscan_reports.naming import target_text
from pqscan_reports.places import certificate_let_pass

from pqscan.app.assessment import Judge
from pqscan.app.deciding import aliases_of
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.policy.answers import Answers
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.evaluate import UNKNOWN_SYSTEM, findings_of, with_floor
from pqscan.policy.finding import Finding
from pqscan.policy.key_roles import KeyRoles
from pqscan.policy.let_pass import expired, let_pass, without_let_pass
from pqscan.policy.plain_text import without_tls
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.system import SystemContext
from pqscan.readiness.chain_check import ChainCheck, check_chains
from pqscan.readiness.context import context_of
from pqscan.readiness.decision import Decision, DecisionState
from pqscan.readiness.design import state_of_design, uses_of_design
from pqscan.readiness.gate import Comments, GateFacts, GateTarget, Key, Placed, Source
from pqscan.readiness.identity import ISSUER, OWN, Keys, Moves, mark_of
from pqscan.readiness.membership import Membership
from pqscan.readiness.system import Stage, System
from pqscan.readiness.waiver import Waiver

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_ASKED = (Subject.PROTOCOL_VERSION, Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME)
_UNDER_TLS = (Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME, Subject.CERTIFICATE_KEY)
_WRONG_COMMENT = "ignore_comment_"
_NOT_RUNNING = frozenset({Stage.PLANNED, Stage.DESIGN})


@dataclass(frozen=True, slots=True)
class Gathered:
    """`decided` are the waivers of `pqscan finding waive` on what was found; an expired one is among them."""

    facts: GateFacts
    decided: Mapping[Key, Waiver]


def gather(
    store: Store,
    sightings: Sequence[Sighting],
    policies: tuple[PolicyEdition, ...],
    day: date,
    system: System | None = None,
    membership: Membership | None = None,
) -> Gathered:
    """Equal answers in one kind of system are judged once, and stand on every target that gave them. Without a `system` each
    target is judged in the one it belongs to; what carries state secrets, or has an authority of its own, is only counted. A
    system that is only planned is judged by its dossier where nothing of it was seen. What a comment in a file lets pass on
    that day is left out."""
    if not sightings and system is not None and system.stage in _NOT_RUNNING:
        return Gathered(_design(system, policies, day), {})
    of_system = None if system is None else context_of(system)
    contexts = [of_system or _context(sighting, membership) for sighting in sightings]
    outside = tuple(target_text(s.target) for s, c in zip(sightings, contexts, strict=True) if c.is_outside_assessment)
    judged = [(s, c) for s, c in zip(sightings, contexts, strict=True) if not c.is_outside_assessment]
    served = {digest for sighting, _ in judged for chain in sighting.chains for digest in chain.certificates}
    profiles, certificates = store.profiles({s.profile for s, _ in judged if s.profile is not None}), store.certificates(served)
    comments = comments_of((sighting for sighting, _ in judged), profiles, day)
    if comments.let_pass:
        judged = [(_without_certificates(s, profiles, certificates, day), c) for s, c in judged]
    stopping = {digest: without_let_pass(profile, day) for digest, profile in profiles.items()}
    judge = Judge(stopping, certificates)
    targets = tuple(_target(judge, sighting) for sighting, _ in judged)
    parts = tuple((part, tuple(part.placed(judge, policies, day))) for part in _parts(judge, judged))
    placed = tuple(each for _, found in parts for each in found)
    facts = GateFacts(Source.SCAN, targets, placed, outside=outside, comments=comments)
    return Gathered(facts, _decided(store, parts, day))


def comments_of(sightings: Iterable[Sighting], profiles: Mapping[bytes, Profile], day: date) -> Comments:
    """What comments say of what was found; several things on one line are one place."""
    passing, past, wrong = 0, 0, 0
    places = {digest: (_places(profile, day, let_pass), _places(profile, day, expired)) for digest, profile in profiles.items()}
    for sighting in sightings:
        of_it = places.get(sighting.profile or b"", (0, 0))
        passing, past = passing + of_it[0], past + of_it[1]
        wrong += sighting.detail is not None and sighting.detail.code.startswith(_WRONG_COMMENT)
    return Comments(passing, past, wrong)


def _places(profile: Profile, day: date, said: Callable[[Observation, date], str | None]) -> int:
    return len({one.where and (one.where.line or one.where) for one in profile.observations if said(one, day) is not None})


def _without_certificates(
    sighting: Sighting, profiles: Mapping[bytes, Profile], certificates: Mapping[bytes, Certificate], day: date
) -> Sighting:
    """The same without certificates that comments let pass in this file."""
    profile = profiles.get(sighting.profile or b"")
    if profile is None or not isinstance(sighting.target, FileTarget):
        return sighting
    served = {digest for chain in sighting.chains for digest in chain.certificates}
    passing = {
        digest for digest in served & certificates.keys() if certificate_let_pass(certificates[digest], profile, day) is not None
    }
    if not passing:
        return sighting
    kept = (replace(one, certificates=tuple(d for d in one.certificates if d not in passing)) for one in sighting.chains)
    return replace(sighting, chains=tuple(one for one in kept if one.certificates))


def _context(sighting: Sighting, membership: Membership | None) -> SystemContext:
    member = None if membership is None else membership(sighting.target)
    return UNKNOWN_SYSTEM if member is None else member.context


def _target(judge: Judge, sighting: Sighting) -> GateTarget:
    profile = judge.profiles.get(sighting.profile or b"")
    state = judge.target(sighting).key_establishment.state
    is_known = profile is not None and profile.complete
    not_told = frozenset() if profile is None else subjects_not_told(profile)
    return GateTarget(target_text(sighting.target), state, is_known, _chains(judge, sighting), not_told)


def subjects_not_told(profile: Profile) -> frozenset[str]:
    """Of which subjects the answer leaves something open: asked for and not told, or, in the quick profile, not asked for. A
    service without TLS has told its protocol, and there is nothing to see of the rest."""
    if profile.probe not in ("tls", "quic", "dtls"):
        return frozenset()
    if without_tls(Answers(profile)) is not None:
        return frozenset(subject.value for subject in _UNDER_TLS)
    open_ones = {o.subject.value for o in profile.observations if o.subject in _ASKED and o.support is Support.UNKNOWN}
    if profile.depth == "quick":
        told = {o.subject for o in profile.observations if o.support in (Support.ACCEPTED, Support.REFUSED)}
        open_ones |= {subject.value for subject in _ASKED if subject not in told}
    return frozenset(open_ones)


@dataclass(frozen=True, slots=True)
class _Part:
    """One profile or one certificate in one kind of system, with those who show it; `role` as findings' keys know it."""

    digest: bytes
    context: SystemContext
    role: str
    agrees: bool
    signs: bool
    shown_by: tuple[Sighting, ...]

    def placed(self, judge: Judge, policies: tuple[PolicyEdition, ...], day: date) -> Iterator[Placed]:
        profile, certificate = judge.profiles.get(self.digest), judge.certificates.get(self.digest)
        findings: tuple[Finding, ...] = ()
        if not self.role and profile is not None:
            findings = assess_profile(profile, policies, day, self.context)
        elif self.role and certificate is not None:
            findings = assess_certificate(certificate, policies, day, self.context, establishes_keys=self.agrees, signs=self.signs)
        return _placed(findings, policies, (target_text(sighting.target) for sighting in self.shown_by))


def _parts(judge: Judge, judged: Iterable[tuple[Sighting, SystemContext]]) -> tuple[_Part, ...]:
    found: dict[tuple[bytes, SystemContext, str, bool, bool], dict[int, Sighting]] = {}
    for place, (sighting, context) in enumerate(judged):
        if sighting.profile is not None:
            found.setdefault((sighting.profile, context, "", False, True), {})[place] = sighting
        roles = KeyRoles()
        roles.meet(sighting.chains, judge.profiles.get(sighting.profile or b""))
        leaves = {chain.certificates[0] for chain in sighting.chains if chain.certificates}
        for digest in sorted({digest for chain in sighting.chains for digest in chain.certificates}):
            role = OWN if digest in leaves else ISSUER
            found.setdefault((digest, context, role, roles.agrees(digest), roles.signs(digest)), {})[place] = sighting
    return tuple(_Part(*key, tuple(by.values())) for key, by in found.items())


def _placed(findings: Iterable[Finding], policies: tuple[PolicyEdition, ...], names: Iterable[str]) -> Iterator[Placed]:
    rules = {(edition.id, rule.id): rule for edition in with_floor(policies) for rule in edition.rules}
    where = tuple(names)
    return (Placed(finding, rules.get((finding.policy, finding.rule)), where) for finding in findings)


def _chains(judge: Judge, sighting: Sighting) -> ChainCheck:
    if not isinstance(sighting.target, NetworkTarget):
        return ChainCheck()
    named = tuple(
        (chain.context, tuple(judge.certificates[d] for d in chain.certificates if d in judge.certificates))
        for chain in sighting.chains
        if chain.server_name in (None, sighting.target.server_name)
    )
    return check_chains(sighting.target.server_name, named)


def _decided(store: Store, parts: Iterable[tuple[_Part, tuple[Placed, ...]]], day: date) -> Mapping[Key, Waiver]:
    """The keys of findings are made only where there is a waiver to look for."""
    waived = {key: made for key, made in store.decisions().items() if made.state is DecisionState.WAIVED}
    if not waived:
        return {}
    moves = Moves(aliases_of(store))
    found: dict[Key, Waiver] = {}
    for part, found_in_it in parts:
        for placed in found_in_it:
            for sighting in part.shown_by:
                keys = Keys(moves.identity(sighting.target, day), sighting.probe)
                made = waived.get(keys.key(mark_of(placed.finding, part.role)))
                if made is not None and made.expires_on is not None:
                    name = target_text(sighting.target)
                    found[placed.key(name)] = _waiver(made, made.expires_on, placed.finding, name)
    return found


def _waiver(made: Decision, expires_on: date, finding: Finding, target: str) -> Waiver:
    return Waiver(finding.rule, made.by, made.reason, made.compensation, expires_on, target)


def _design(system: System, policies: tuple[PolicyEdition, ...], day: date) -> GateFacts:
    context = context_of(system)
    if not system.target_algorithms or context.is_outside_assessment:
        return GateFacts(Source.DOSSIER)
    uses, unread = uses_of_design(system.target_algorithms)
    found = (finding for edition in with_floor(policies) for finding in findings_of(uses, edition, day, context))
    placed = tuple(_placed(found, policies, (system.code,)))
    return GateFacts(Source.DOSSIER, (GateTarget(system.code, state_of_design(uses)),), placed, unread)
