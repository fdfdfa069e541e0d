"""Where the chosen policies judge the same fact differently, told from findings: one is content, another objects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pqscan.policy.editions import FLOOR
from pqscan.policy.evaluate import severity
from pqscan.policy.finding import Finding, Verdict

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
