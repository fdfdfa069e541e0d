"""Where the chosen policies judge the same fact differently, told from findings: one is content, another objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from pqscan.model.observation import Observation, Subject, Support
from pqscan.policy.editions import FLOOR, Disagreement
from pqscan.policy.evaluate import UNKNOWN_SYSTEM, findings_of, severity
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.system import SystemContext
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import uses_of

_OBJECTS = frozenset({Verdict.OVERDUE, Verdict.NOT_MET, Verdict.DUE, Verdict.NOT_RECOMMENDED})


@dataclass(frozen=True, slots=True)
class ObservedContradiction:
    """One algorithm, and the worst verdict of each policy that speaks of it, sorted by policy."""

    subject: str
    name: str
    verdicts: tuple[tuple[str, Verdict], ...]


def observed_contradictions(findings: Iterable[Finding]) -> tuple[ObservedContradiction, ...]:
    """Each (subject, name) once, sorted. The floor is no policy and takes no part."""
    worst: dict[tuple[str, str], dict[str, Finding]] = {}
    for finding in findings:
        if finding.policy == FLOOR:
            continue
        of_thing = worst.setdefault((finding.subject, finding.name or finding.value), {})
        known = of_thing.get(finding.policy)
        if known is None or severity(finding) < severity(known):
            of_thing[finding.policy] = finding
    found = []
    for (subject, name), of_thing in sorted(worst.items()):
        verdicts = {finding.verdict for finding in of_thing.values()}
        if Verdict.MEETS in verdicts and verdicts & _OBJECTS:
            rows = tuple(sorted((policy, finding.verdict) for policy, finding in of_thing.items()))
            found.append(ObservedContradiction(subject, name, rows))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Position:
    """What one policy says on one day of one example of a known contradiction; `finding` is None where no rule speaks of it."""

    policy: str
    example: str
    finding: Finding | None


def positions(
    disagreement: Disagreement,
    policy: Callable[[str], PolicyEdition],
    as_of: date,
    system: SystemContext = UNKNOWN_SYSTEM,
) -> tuple[Position, ...]:
    """The worst that each policy of a known contradiction says of each example, in the order of the row."""
    found = []
    for subject, value in disagreement.examples:
        uses = _uses(subject, value)
        name = next((use.name for use in uses if use.name), value)
        for identifier in disagreement.policies:
            worst = min(findings_of(uses, policy(identifier), as_of, system), key=severity, default=None)
            found.append(Position(identifier, name, worst))
    return tuple(found)


def _uses(subject: str, value: str) -> tuple[AlgorithmUse, ...]:
    return uses_of(Observation(Subject(subject), value, Support.ACCEPTED, "TLS1.3"))
