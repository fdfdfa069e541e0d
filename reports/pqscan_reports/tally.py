"""Adds up an inventory in one walk over its targets: counts, groups of targets that answer alike, the worst ones.

Memory grows with distinct profiles and certificates, not with targets. Nothing is judged here; the order is that of the
findings: what is overdue under a policy first, then by state, then by reach."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from pqscan.model.outcome import Chain, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.policy.editions import FLOOR
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.state import Assessment, State
from pqscan.policy.system import SystemContext
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedInventory, AssessedTarget
from pqscan_reports.folders import Folder, FolderKey, Folders, folder_of, folder_text
from pqscan_reports.naming import leaf_digest, observation_text

# The order in which states are shown, best first, and worst first for what to look at.
SHOWN_ORDER = (
    State.EXCLUSIVE,
    State.DEFAULT,
    State.CAPABLE,
    State.VULNERABLE,
    State.BROKEN,
    State.UNKNOWN,
    State.NONE,
    State.OUTSIDE,
)
WORST_FIRST = (
    State.BROKEN,
    State.VULNERABLE,
    State.UNKNOWN,
    State.CAPABLE,
    State.DEFAULT,
    State.EXCLUSIVE,
    State.NONE,
    State.OUTSIDE,
)
_SEVERITY = {state: rank for rank, state in enumerate(WORST_FIRST)}
_SETTLED = frozenset({State.EXCLUSIVE, State.DEFAULT, State.NONE, State.OUTSIDE})  # or nobody here may speak of it
_VERDICT_RANK = {verdict: rank for rank, verdict in enumerate(Verdict)}
_EXAMPLES = 4
_MOST_FILES = 25  # among the worst targets that are kept whole: files are gathered by folder
_DETAIL = "detail"  # the parameter of a reason that holds one target's own words
_GroupKey = tuple[bytes | FolderKey | None, State, State, OutcomeStatus, Reason | None, bool, bool]
_Shown = tuple[bytes | None, tuple[Chain, ...], SystemContext | None]  # what a target answered, in what kind of system
_Fact = tuple[bytes, SystemContext | None]  # whose fact, in what kind of system


@dataclass(slots=True)
class Group:
    """Targets with one profile, one leaf certificate's verdicts and the same two states; files with the same two states in one
    `folder` (`machine:/path/`). `examples` are the first few."""

    profile: bytes | None
    leaf: bytes | None
    key_establishment: Assessment
    authentication: Assessment
    status: OutcomeStatus
    overdue: bool  # under a policy
    weak: bool  # something it accepts is below today's floor, whatever its states
    count: int = 0
    examples: list[Target] = field(default_factory=list)
    folder: str = ""

    @property
    def settled(self) -> bool:
        """Nothing of it waits for anyone: both states as good as they get, nothing overdue, nothing weak."""
        return not self.overdue and not self.weak and {self.key_establishment.state, self.authentication.state} <= _SETTLED

    def reasons(self, most: int) -> tuple[Reason, ...]:
        """What holds for all of them: so many of key establishment, where keys are established at all or nothing is proven either,
        and one of authentication. Where a reason holds the words of one target, and others are here too, how the attempts ended
        stands in its place."""
        is_told = self.key_establishment.state is not State.NONE or self.authentication.state in _SETTLED
        chosen = (*self.key_establishment.reasons[: most if is_told else 0], *self.authentication.reasons[:1])
        if self.count == 1:
            return tuple(dict.fromkeys(chosen))
        ended = Reason(f"status.{self.status.value}")
        return tuple(dict.fromkeys(ended if shared(reason) != reason else reason for reason in chosen))

    @property
    def order(self) -> tuple[int, int, int, int, int, str]:
        ke, authentication = self.key_establishment.state, self.authentication.state
        urgency = (0 if self.overdue else 1, *_severity(ke, authentication), 0 if self.weak else 1)
        return (*urgency, -self.count, (self.profile or b"").hex())


@dataclass(slots=True)
class Tally:
    """What one walk gives. Counters of profiles, leaves and certificates count targets."""

    targets: int = 0
    key_establishment: Counter[State] = field(default_factory=Counter)
    authentication: Counter[State] = field(default_factory=Counter)
    profile_targets: Counter[bytes] = field(default_factory=Counter)
    leaf_targets: Counter[bytes] = field(default_factory=Counter)
    certificate_targets: Counter[bytes] = field(default_factory=Counter)
    served: Counter[tuple[bytes, ...]] = field(default_factory=Counter)  # all the certificates of one target together
    proven: Counter[tuple[str, QuantumClass]] = field(default_factory=Counter)  # groups that a handshake proved
    policy_verdicts: dict[str, Counter[Verdict]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    clients: int = 0  # seen in captured traffic; in no other count
    client_groups: list[Group] = field(default_factory=list)
    worst: list[AssessedTarget] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)


class FindingIndex:
    """Findings by whose fact they are, and the worst verdict of each policy for a target's profile and certificates."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self._by_profile: dict[_Fact, list[Finding]] = {}
        self._by_certificate: dict[_Fact, list[Finding]] = {}
        for finding in findings:
            if finding.profile is not None:
                self._by_profile.setdefault((finding.profile, finding.system), []).append(finding)
            if finding.certificate is not None:
                self._by_certificate.setdefault((finding.certificate, finding.system), []).append(finding)
        self._worst: dict[tuple[bytes | None, tuple[bytes, ...], SystemContext | None], Mapping[str, Verdict]] = {}

    @cached_property
    def certificates(self) -> Mapping[bytes, list[Finding]]:
        """By certificate, in whatever systems it is met; equal ones of several systems once."""
        found: dict[bytes, dict[Finding, None]] = {}
        for (digest, _system), rows in self._by_certificate.items():
            found.setdefault(digest, {}).update((replace(row, system=None), None) for row in rows)
        return {digest: list(rows) for digest, rows in found.items()}

    def of(self, profile: bytes | None, certificates: tuple[bytes, ...], system: SystemContext | None = None) -> list[Finding]:
        """Everything that was found on one target, worst first."""
        rows = list(self._by_profile.get((profile, system), ())) if profile is not None else []
        for digest in certificates:
            rows += self._by_certificate.get((digest, system), ())
        return sorted(rows, key=lambda f: (_VERDICT_RANK[f.verdict], f.policy, f.rule, f.subject, f.name or f.value))

    def worst(
        self, profile: bytes | None, certificates: tuple[bytes, ...], system: SystemContext | None = None
    ) -> Mapping[str, Verdict]:
        key = (profile, certificates, system)
        known = self._worst.get(key)
        if known is None:
            worst: dict[str, Verdict] = {}
            for finding in reversed(self.of(profile, certificates, system)):
                worst[finding.policy] = finding.verdict
            known = self._worst[key] = worst
        return known


def _severity(key_establishment: State, authentication: State) -> tuple[int, int]:
    """0 is the worst. What establishes no keys, as most files, is as urgent as its authentication."""
    first = authentication if key_establishment is State.NONE else key_establishment
    return _SEVERITY[first], _SEVERITY[authentication]


def certificates_of(assessed: AssessedTarget) -> tuple[bytes, ...]:
    """Every certificate of a target's chains, each once."""
    return tuple(dict.fromkeys(digest for chain in assessed.sighting.chains for digest in chain.certificates))


def is_client(assessed: AssessedTarget) -> bool:
    """Whether it asks for services and is none: seen in captured traffic, told by itself and in no figure of targets."""
    target = assessed.sighting.target
    return isinstance(target, NetworkTarget) and target.is_client


def is_counted(assessed: AssessedTarget) -> bool:
    """Whether it is one of the targets of which figures tell. A closed place is not: coverage counts it, and it has no state that
    could be unknown. Neither is a client."""
    closed = assessed.sighting.status is OutcomeStatus.REFUSED and assessed.sighting.profile is None
    return not closed and not is_client(assessed)


def tally(inventory: AssessedInventory, index: FindingIndex, most: int) -> Tally:
    """One walk; `most` is how many of the worst targets are kept whole, of files a few behind all others."""
    result = Tally()
    folders = Folders(_SEVERITY)
    result.policy_verdicts = {policy.id: Counter() for policy in inventory.policies}
    groups: dict[_GroupKey, Group] = {}
    client_groups: dict[_GroupKey, Group] = {}
    said: dict[_Shown, tuple[tuple[bytes, ...], Mapping[str, Verdict]]] = {}
    answers: Counter[_Shown] = Counter()

    def walk() -> Iterator[tuple[tuple[int, ...], AssessedTarget]]:
        for number, assessed in enumerate(inventory.targets()):
            if not is_counted(assessed):
                if is_client(assessed):
                    result.clients += 1
                    _group(client_groups, assessed, overdue=False, weak=False)
                continue
            shown = (assessed.sighting.profile, assessed.sighting.chains, assessed.context)
            known = said.get(shown)
            if known is None:
                certificates = certificates_of(assessed)
                known = said[shown] = certificates, index.worst(shown[0], certificates, assessed.context)
            certificates, verdicts = known
            answers[shown] += 1
            overdue = any(verdict is Verdict.OVERDUE for policy, verdict in verdicts.items() if policy != FLOOR)
            weak = verdicts.get(FLOOR) in (Verdict.OVERDUE, Verdict.NOT_MET)
            _count(result, assessed, certificates)
            _group(groups, assessed, overdue=overdue, weak=weak)
            folders.meet(assessed)
            ke, authentication = assessed.key_establishment.state, assessed.authentication.state
            is_file = isinstance(assessed.sighting.target, FileTarget)
            order = (int(is_file), 0 if overdue else 1, *_severity(ke, authentication), 0 if weak else 1, number)
            yield order, assessed

    # At least one is kept while walking: with none, nsmallest would not walk at all.
    worst = heapq.nsmallest(max(1, most), walk(), key=lambda item: item[0])
    for shown, targets in answers.items():
        for policy, verdict in said[shown][1].items():
            result.policy_verdicts.setdefault(policy, Counter())[verdict] += targets
    for certificates, targets in result.served.items():
        for digest in certificates:
            result.certificate_targets[digest] += targets
    files = [order for order, _assessed in worst if order[0]]
    result.worst = [assessed for _order, assessed in worst[: min(most, len(worst) - len(files) + _MOST_FILES)]]
    result.folders = folders.worst_first()
    result.groups = sorted(groups.values(), key=lambda group: group.order)
    result.client_groups = sorted(client_groups.values(), key=lambda group: group.order)
    return result


def _count(result: Tally, assessed: AssessedTarget, certificates: tuple[bytes, ...]) -> None:
    sighting = assessed.sighting
    result.targets += 1
    result.key_establishment[assessed.key_establishment.state] += 1
    result.authentication[assessed.authentication.state] += 1
    if sighting.profile is not None:
        result.profile_targets[sighting.profile] += 1
    leaf = leaf_digest(sighting)
    if leaf is not None:
        result.leaf_targets[leaf] += 1
    if certificates:
        result.served[certificates] += 1
    for proof in assessed.proven:
        result.proven[observation_text(proof.observation), proof.observation.quantum_class] += 1


def shared(reason: Reason | None) -> Reason | None:
    """The reason without what it says of one target alone."""
    return None if reason is None else Reason(reason.code, tuple(pair for pair in reason.parameters if pair[0] != _DETAIL))


def _group(groups: dict[_GroupKey, Group], assessed: AssessedTarget, *, overdue: bool, weak: bool) -> None:
    sighting = assessed.sighting
    states = (assessed.key_establishment.state, assessed.authentication.state)
    ended = None if sighting.profile is not None else shared(sighting.detail)
    of = folder_of(sighting.target) if isinstance(sighting.target, FileTarget) else None
    key = (of or sighting.profile, *states, sighting.status, ended, overdue, weak)
    group = groups.get(key)
    if group is None:
        leaf = leaf_digest(sighting)
        group = groups[key] = Group(
            sighting.profile, leaf, assessed.key_establishment, assessed.authentication, sighting.status, overdue, weak
        )
        group.folder = "" if of is None else folder_text(*of)
    elif of is not None:
        group.key_establishment = _common(group.key_establishment, assessed.key_establishment)
        group.authentication = _common(group.authentication, assessed.authentication)
    group.count += 1
    if len(group.examples) < _EXAMPLES:
        group.examples.append(sighting.target)


def _common(one: Assessment, other: Assessment) -> Assessment:
    """What is said of both: files of one folder stand alike for reasons of their own."""
    if one.reasons == other.reasons:
        return one
    return replace(one, reasons=tuple(reason for reason in one.reasons if reason in other.reasons))
