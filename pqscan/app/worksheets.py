"""What goes out on paper: a work sheet for whoever fixes, and a slip that proves what was fixed.

A sheet says what, where, the lines to change in the product's own language, and how to check by hand. A slip says what was seen
before and after, by which runs and when, and by which edition of which policy it was judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from pqscan.app.explanation import RuledFinding
from pqscan.app.remedying import Change, remedies_for
from pqscan.errors import UsageError
from pqscan.model.observation import Observation, Profile
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.policy import editions
from pqscan.policy import explain as by_hand
from pqscan.policy.rule import PolicyEdition, Rule
from pqscan.policy.state import State
from pqscan.policy.states import key_establishment
from pqscan.readiness.aims import Aim
from pqscan.readiness.identity import mark_of
from pqscan.readiness.life import Life, LifeState, Seen
from pqscan.registry.quantum import QuantumClass

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_MOST_REMEDIES = 4  # of one finding; `pqscan remedy` shows all


@dataclass(frozen=True, slots=True)
class RemedyLines:
    """One product's lines, verbatim; `since` is the first version that knows them, `where` says where they go."""

    product: str
    since: str
    lines: tuple[str, ...]
    where: Reason


@dataclass(frozen=True, slots=True)
class Work:
    """One finding to be worked on. `endings` say what ends it and at what price, where the lines of `remedies` alone do not;
    `commands` check it by hand, with what `commands_need` says."""

    life: Life
    rule: Rule | None
    remedies: tuple[RemedyLines, ...]
    endings: tuple[Reason, ...]
    commands: tuple[str, ...]
    commands_need: Reason


def work_of(store: Store, lives: Iterable[Life], policies: Iterable[PolicyEdition]) -> tuple[Work, ...]:
    """In the order in which they have to be done: by the plan's day, else the rule's, then by target."""
    by_id = {edition.id: edition for edition in (*policies, editions.floor())}
    found = list(lives)
    profiles = store.profiles({digest for life in found if (digest := _digest(life.shown)) is not None})
    return tuple(_work(life, by_id, profiles) for life in sorted(found, key=_urgency))


def _urgency(life: Life) -> date:
    deadline = None if life.decision is None else life.decision.deadline
    return deadline or life.finding.due or date.max


def _work(life: Life, policies: Mapping[str, PolicyEdition], profiles: Mapping[bytes, Profile]) -> Work:
    edition = policies.get(life.mark.policy)
    rule = None if edition is None else next((rule for rule in edition.rules if rule.id == life.mark.rule), None)
    profile = profiles.get(_digest(life.shown) or b"")
    changes: tuple[Change, ...] = ()
    if edition is not None:
        changes = remedies_for((RuledFinding(life.finding, edition, rule),), life.target, probe=life.probe, profile=profile)
    rows = (row.remedy for change in changes for row in change.rows)
    remedies = [RemedyLines(one.product, one.since, one.lines, one.reason) for one in rows]
    commands: tuple[str, ...] = ()
    if profile is not None and isinstance(life.target, NetworkTarget):
        commands = by_hand.by_hand(life.target, profile)
    return Work(life, rule, tuple(remedies[:_MOST_REMEDIES]), _endings(life, changes, profile), commands, by_hand.needed(profile))


def _endings(life: Life, changes: tuple[Change, ...], profile: Profile | None) -> tuple[Reason, ...]:
    """The lines for a hybrid keep traditional groups behind it, so that older clients still connect: a finding that one of those
    groups is accepted outlives them."""
    if not any(change.rows for change in changes):
        return (Reason.of("work_no_lines"),)
    is_of_hybrid = any(change.aim is Aim.HYBRID for change in changes)
    if not is_of_hybrid or life.finding.quantum_class is not QuantumClass.TRADITIONAL:
        return ()
    name = life.finding.name or life.finding.value
    has_hybrid = profile is not None and key_establishment(profile).state in (State.DEFAULT, State.EXCLUSIVE)
    stays = Reason.of("work_beside" if has_hybrid else "work_keeps", algorithm=name)
    return stays, Reason.of("work_ends_without", algorithm=name)


def _digest(seen: Seen | None) -> bytes | None:
    return None if seen is None or seen.answer is None else seen.answer.proof.profile.digest


@dataclass(frozen=True, slots=True)
class Side:
    """What one interval said of the weakness: facts, runs and times."""

    runs: tuple[str, str]
    first_seen: datetime
    last_seen: datetime
    profile: bytes | None
    facts: tuple[Observation, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """The proof that a finding is fixed. `policy` is the edition by which both sides were judged."""

    life: Life
    policy: PolicyEdition | None
    rule: Rule | None
    before: Side
    after: Side


def slip(life: Life, policies: Iterable[PolicyEdition]) -> Slip:
    """Raises UsageError for a finding that no scan has proven fixed."""
    if life.state is not LifeState.FIXED or life.settled is None:
        raise UsageError(f"{life.key.hex()[:10]} is not proven fixed: change it, then run `pqscan verify {life.key.hex()[:10]}`")
    edition = next((one for one in (*policies, editions.floor()) if one.id == life.mark.policy), None)
    rule = None if edition is None else next((rule for rule in edition.rules if rule.id == life.mark.rule), None)
    return Slip(life, edition, rule, _side(life, life.shown), _side(life, life.settled))


def _side(life: Life, seen: Seen) -> Side:
    profile = None if seen.answer is None else seen.answer.proof.profile
    facts = () if profile is None else tuple(o for o in profile.observations if _speaks_of(life, o))
    return Side(seen.runs, seen.first_seen, seen.last_seen, None if profile is None else profile.digest, facts)


def _speaks_of(life: Life, observation: Observation) -> bool:
    """The observation that shows the weakness or refuses it: same subject, same value."""
    subject = mark_of(life.finding).subject
    return observation.subject.value == subject and observation.value == life.mark.value
