"""One requirement of a policy edition, as its data row says it. Dates are judged on the day named, inclusive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


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
    title: str
    section: str
    verified_on: date


@dataclass(frozen=True, slots=True)
class Rule:
    """See inventory of fields in docs/policies.md. `families` empty: every algorithm that a quantum computer breaks.

    `date` is when it begins to hold (None: no date was found); `date_precision` is "day" or "year". Strengths are
    classical bits; `parameter_sets` names the only ones that fit."""

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
    id: str
    jurisdiction: str
    edition: str
    title: str
    status: PolicyStatus
    rules: tuple[Rule, ...]
