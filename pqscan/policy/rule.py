"""One requirement of a policy edition, as its data row says it, and the edition. Dates are judged on the day named, inclusive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pqscan.policy.milestone import Milestone


class PolicyStatus(StrEnum):
    BINDING = "binding"
    REQUIRED = "required"
    RECOMMENDED = "recommended"
    DRAFT = "draft"
    AWAITING_GUIDANCE = "awaiting_guidance"


class Purpose(StrEnum):
    KEY_ESTABLISHMENT = "key_establishment"
    SIGNATURE = "signature"
    PROTOCOL = "protocol"
    ANY = "any"


class RuleState(StrEnum):
    DEPRECATED = "deprecated"
    DISALLOWED = "disallowed"
    NOT_RECOMMENDED = "not_recommended"
    REQUIRED = "required"
    ACQUISITION_GATE = "acquisition_gate"
    AWAITING_GUIDANCE = "awaiting_guidance"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is read. `via` is empty where the document itself was read, else what was read in its place
    ("transcription", "press"): check the document before relying on the rule."""

    title: str
    section: str
    verified_on: date
    via: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement. What it concerns: uses of `purpose` in a `construction` by one of `families`, up to `max_strength`.

    `families` empty: every algorithm that a quantum computer breaks; with `parameter_sets`: every public-key algorithm.
    `parameter_sets` names the only ones that fit: what consists of them alone is not concerned.

    `date` (None: it holds already) is the last day on which what is concerned may stay, so the rule bites on the day after;
    an acquisition gate holds from its `date` on. `date_precision` "year" means that the document names a year alone: the
    date is then its 31 December. Strengths are classical bits, both ends inclusive."""

    id: str
    purpose: Purpose
    state: RuleState
    source: Source
    date: date | None = None
    date_precision: str = "day"
    families: tuple[str, ...] = ()
    parameter_sets: tuple[str, ...] = ()
    min_strength: int | None = None
    max_strength: int | None = None
    construction: str = "any"  # any | classical | hybrid | pure
    scope: tuple[str, ...] = ()  # predicates over the system: critical, nss, hva, ...; empty: every system
    status: PolicyStatus | None = None  # where it differs from the edition's
    summary: str = ""  # msgid of the sentence that states it


@dataclass(frozen=True, slots=True)
class PolicyEdition:
    """`reading` names a policy that is printed beside it as a reading aid, without its force. `digest` is `content_digest` of the
    file that it was read from, empty where there was none. `is_own`: the user's folder or file holds it; `replaces`: it stands in
    place of one of the same id that comes with pqscan."""

    id: str
    jurisdiction: str
    edition: str
    title: str
    status: PolicyStatus
    rules: tuple[Rule, ...]
    reading: str | None = None
    milestones: tuple[Milestone, ...] = ()
    digest: str = ""
    is_own: bool = False
    replaces: bool = False

    def next_date(self, day: date) -> date | None:
        """The first date from `day` on, of a rule or of a milestone; None where none lies ahead."""
        ahead = [rule.date for rule in self.rules if rule.date is not None and rule.date >= day]
        ahead += [due for milestone in self.milestones if (due := milestone.next_on(day)) is not None]
        return min(ahead, default=None)
