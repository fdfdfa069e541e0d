"""Findings that live, over a store: what each interval's answer means under the policies, then each finding's life on a day.

Equal answers are judged once. The store is read in portions: memory grows with distinct answers, not with targets or days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from pqscan.model.certificate import Certificate
from pqscan.model.inventory import RunKind, RunState, Sighting
from pqscan.model.observation import Profile
from pqscan.model.outcome import Chain
from pqscan.model.target import Target
from pqscan.policy import editions
from pqscan.policy.certificates import CERTIFICATE, certificate_findings
from pqscan.policy.evaluate import UNKNOWN_SYSTEM, severity
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.key_roles import KeyRoles
from pqscan.policy.profiles import Judgements, profile_findings
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.system import SystemContext
from pqscan.readiness.absence import Proof, depth_of
from pqscan.readiness.decision import Decision
from pqscan.readiness.identity import ISSUER, OWN, Alias, Mark, Moves, mark_of
from pqscan.readiness.life import Answer, Life, Misses, Seen, Weakness, end_of, lives
from pqscan.store.making import maker

if TYPE_CHECKING:
    from pqscan.store.answers import PastSighting, Where
    from pqscan.store.repository import Store

WEAK = frozenset({Verdict.OVERDUE, Verdict.NOT_MET, Verdict.DUE, Verdict.NOT_RECOMMENDED})
"""What a policy holds against an answer. What cannot be determined or awaits guidance is no finding with a life."""
_AT_ONCE = 1_000  # intervals whose answers are read together
_MOST_KNOWN = 50_000  # answers that are remembered
_make_seen = maker(Seen)

SystemOf = Callable[[Target], SystemContext]


@dataclass(frozen=True, slots=True)
class Question:
    """Whose lives, under what, on which day. `system_of` says to what kind of system a target belongs; None: nobody described
    any."""

    policies: tuple[PolicyEdition, ...]
    as_of: date
    where: Where | None = None
    probe: str | None = None
    aliases: tuple[Alias, ...] = ()
    system_of: SystemOf | None = None


def question(
    policies: Sequence[PolicyEdition] | None = None,
    as_of: date | None = None,
    where: Where | None = None,
    aliases: Sequence[Alias] = (),
    system_of: SystemOf | None = None,
) -> Question:
    """With today and the default policies in place of what is not given."""
    chosen = editions.default_policies() if policies is None else tuple(policies)
    return Question(chosen, as_of or today(), where, None, tuple(aliases), system_of)


def today() -> date:
    """Here or in UTC, whichever is later: what was seen a moment ago belongs to it."""
    return max(datetime.now().astimezone().date(), datetime.now(UTC).date())


def lives_of(
    store: Store,
    asked: Question,
    decisions: Mapping[bytes, Sequence[Decision]] | None = None,
    wanted: Callable[[bytes], bool] | None = None,
) -> Iterator[Life]:
    """The life of each finding, in the order of the targets; of each target by policy, rule and subject.

    `decisions` are all that were taken on a finding, oldest first; `wanted` picks findings by their key."""
    seen = Answers(store, asked).seen(store.history(asked.where, asked.probe))
    return lives(seen, decisions or {}, Moves(asked.aliases), asked.as_of, misses_of(store), wanted)


def misses_of(store: Store) -> Misses:
    """The runs that ended, by scope and site."""
    return Misses(
        (run.id, run.started_at, (run.kind, run.scope, run.site))
        for run in store.runs()
        if run.state is RunState.FINISHED and run.kind not in (RunKind.HARNESS, RunKind.IMPORT)  # A file asks nobody.
    )


class Answers:
    """What answers mean under the policies of one question."""

    def __init__(self, store: Store, asked: Question) -> None:
        self._store = store
        self._policies = asked.policies
        self._as_of = asked.as_of
        self._end = end_of(asked.as_of)
        self._system_of = asked.system_of
        self._known: dict[tuple[bytes, tuple[Chain, ...], SystemContext], Answer] = {}
        self._profiles: dict[tuple[bytes, SystemContext], tuple[Profile, tuple[Finding, ...]]] = {}
        self._certificates: dict[tuple[bytes, bool, bool, SystemContext], tuple[Finding, ...] | None] = {}
        self._judgements: dict[SystemContext, Judgements] = {}

    def seen(self, history: Iterable[PastSighting]) -> Iterator[Seen]:
        """Each interval with what its answer means; those that began later than the day in question are left out."""
        portion: list[PastSighting] = []
        for past in history:
            if past.sighting.first_seen > self._end:
                continue
            portion.append(past)
            if len(portion) == _AT_ONCE:
                yield from self._portion(portion)
                portion = []
        yield from self._portion(portion)

    def _portion(self, portion: list[PastSighting]) -> Iterator[Seen]:
        needed: dict[tuple[bytes, tuple[Chain, ...], SystemContext], Sighting] = {}
        keyed = []
        for past in portion:
            sighting = past.sighting
            key = None if sighting.profile is None else (sighting.profile, sighting.chains, self._system(sighting.target))
            if key is not None and key not in self._known:
                needed[key] = sighting
            keyed.append((past, key))
        if len(self._known) + len(needed) > _MOST_KNOWN:
            self._known.clear()
            self._profiles.clear()
            self._certificates.clear()
            self._judgements.clear()
            needed = {key: past.sighting for past, key in keyed if key is not None}
        self._learn(needed)
        for past, key in keyed:
            sighting = past.sighting
            answer = None if key is None else self._known.get(key)
            runs = (past.first_run, sighting.run)
            yield _make_seen(sighting.target, sighting.probe, sighting.first_seen, sighting.last_seen, runs, answer)

    def _in(self, system: SystemContext) -> Judgements:
        found = self._judgements.get(system)
        if found is None:
            found = self._judgements[system] = Judgements(self._policies, self._as_of, system)
        return found

    def _system(self, target: Target) -> SystemContext:
        return UNKNOWN_SYSTEM if self._system_of is None else self._system_of(target)

    def _learn(self, needed: Iterable[tuple[bytes, tuple[Chain, ...], SystemContext]]) -> None:
        wanted = list(needed)
        profiles = self._store.profiles({digest for digest, _chains, system in wanted if (digest, system) not in self._profiles})
        served = {digest for _profile, chains, _system in wanted for chain in chains for digest in chain.certificates}
        certificates = self._store.certificates(served) if served else {}
        for digest, chains, system in wanted:
            if (digest, system) not in self._profiles:
                if digest not in profiles:
                    continue
                found = profile_findings(profiles[digest], self._in(system))
                self._profiles[digest, system] = profiles[digest], found
            profile, findings = self._profiles[digest, system]
            self._known[digest, chains, system] = self._answer(profile, findings, chains, certificates, system)

    def _answer(
        self,
        profile: Profile,
        findings: tuple[Finding, ...],
        chains: tuple[Chain, ...],
        certificates: Mapping[bytes, Certificate],
        system: SystemContext,
    ) -> Answer:
        together = [("", finding) for finding in findings]
        leaves = {chain.certificates[0] for chain in chains if chain.certificates}
        roles = KeyRoles()
        roles.meet(chains, profile)
        served = {digest for chain in chains for digest in chain.certificates}
        for digest in sorted(served):
            own = digest in leaves
            for finding in self._of_certificate(certificates.get(digest), system, roles):
                together.append((OWN if own else ISSUER, finding))
        all_read = bool(served) and served <= set(certificates)
        weak, undetermined = _sorted_out(together)
        return Answer(weak, undetermined, Proof(profile, all_read), depth_of(profile))

    def _of_certificate(self, certificate: Certificate | None, system: SystemContext, roles: KeyRoles) -> tuple[Finding, ...]:
        if certificate is None:
            return ()
        agrees, signs = roles.agrees(certificate.sha256), roles.signs(certificate.sha256)
        key = (certificate.sha256, agrees, signs, system)
        found = self._certificates.get(key)
        if found is None:
            found = certificate_findings(certificate, self._in(system), establishes_keys=agrees, signs=signs)
            self._certificates[key] = found
        return found


def _sorted_out(together: Iterable[tuple[str, Finding]]) -> tuple[dict[Mark, Weakness], frozenset[Mark]]:
    """What is weak, each weakness once with the worst that is said of it, and what is left open."""
    weak: dict[Mark, Weakness] = {}
    undetermined: set[Mark] = set()
    for role, finding in together:
        mark = mark_of(finding, role)
        if finding.verdict is Verdict.UNDETERMINED:
            undetermined.add(mark)
        if finding.verdict not in WEAK:
            continue
        known, since = weak.get(mark), _since(finding)
        if known is None:
            weak[mark] = Weakness(finding, frozenset({finding.context}), since)
            continue
        worst = min(known.finding, finding, key=severity)
        earliest = None if known.since is None or since is None else min(known.since, since)
        weak[mark] = Weakness(worst, known.contexts | {finding.context}, earliest)
    return weak, frozenset(undetermined)


def _since(finding: Finding) -> date | None:
    """The day from which on an expired certificate is one; every other weakness is there as long as it is seen."""
    if finding.subject != CERTIFICATE or finding.value != "expired" or finding.name is None:
        return None
    return date.fromisoformat(finding.name) + timedelta(days=1)
