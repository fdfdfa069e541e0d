"""Two policies over the same facts: of what they judge differently, what each says, and on how many targets it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pqscan.errors import UsageError
from pqscan.model.outcome import Chain
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.evaluate import severity
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.key_roles import KeyRoles
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import PolicyEdition
from pqscan.readiness.identity import mark_of

if TYPE_CHECKING:
    from pqscan.store.answers import Where
    from pqscan.store.repository import Store


@dataclass(frozen=True, slots=True)
class Opinion:
    """What two policies say of one thing; None where one does not speak of it. `targets` show it."""

    subject: str
    name: str
    before: Verdict | None
    after: Verdict | None
    targets: int


@dataclass(frozen=True, slots=True)
class PolicyDifference:
    """`opinions` by subject and name; what both judge alike is only counted."""

    before: PolicyEdition
    after: PolicyEdition
    as_of: date
    opinions: tuple[Opinion, ...]
    alike: int


def diff_policies(
    store: Store, before: PolicyEdition, after: PolicyEdition, as_of: date, *, run: str | None = None, where: Where | None = None
) -> PolicyDifference:
    """Judges what the store holds by both on one day. Raises UsageError where the two are one."""
    if before == after:
        raise UsageError(f"{before.id} is compared with itself: name another policy with --against")
    contents = list(store.contents(run, where=where))
    profiles = store.profiles({content.profile for content in contents if content.profile is not None})
    served = {digest for content in contents for digest in _served(content.chains)}
    certificates = store.certificates(served)
    on_profile: Counter[bytes] = Counter()
    on_certificate: Counter[bytes] = Counter()
    roles = KeyRoles()
    for content in contents:
        on_certificate.update(dict.fromkeys(_served(content.chains), content.targets))
        roles.meet(content.chains, profiles.get(content.profile or b""))
        if content.profile is not None and content.profile in profiles:
            on_profile[content.profile] += content.targets
    said: dict[tuple[str, str], list[tuple[Verdict | None, Verdict | None, int]]] = {}
    for digest, profile in profiles.items():
        _add(said, before, after, assess_profile(profile, (before, after), as_of), on_profile[digest])
    for digest, certificate in certificates.items():
        agrees, signs = roles.agrees(digest), roles.signs(digest)
        found = assess_certificate(certificate, (before, after), as_of, establishes_keys=agrees, signs=signs)
        _add(said, before, after, found, on_certificate[digest])
    opinions = [
        Opinion(subject, name, one, other, sum(row[2] for row in rows if row[:2] == (one, other)))
        for (subject, name), rows in said.items()
        for one, other in dict.fromkeys(row[:2] for row in rows)
        if one is not other
    ]
    alike = sum(all(one is other for one, other, _ in rows) for rows in said.values())
    return PolicyDifference(before, after, as_of, tuple(sorted(opinions, key=_order)), alike)


def _served(chains: tuple[Chain, ...]) -> set[bytes]:
    return {digest for chain in chains for digest in chain.certificates}


def _add(
    said: dict[tuple[str, str], list[tuple[Verdict | None, Verdict | None, int]]],
    before: PolicyEdition,
    after: PolicyEdition,
    findings: Iterable[Finding],
    targets: int,
) -> None:
    """The worst that each policy says of each thing in one answer."""
    worst: dict[tuple[str, str], dict[str, Finding]] = {}
    for finding in findings:
        if finding.policy in (before.id, after.id):
            by_policy = worst.setdefault((mark_of(finding).subject, finding.name or finding.value), {})
            known = by_policy.get(finding.policy)
            by_policy[finding.policy] = finding if known is None else min(known, finding, key=severity)
    for thing, by_policy in worst.items():
        said.setdefault(thing, []).append((_verdict(by_policy.get(before.id)), _verdict(by_policy.get(after.id)), targets))


def _verdict(finding: Finding | None) -> Verdict | None:
    return None if finding is None else finding.verdict


def _order(row: Opinion) -> tuple[str, str, str, str]:
    return row.subject, row.name, row.before or "", row.after or ""
