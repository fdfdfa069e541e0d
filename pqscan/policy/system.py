"""What a judgement needs to know of the system that a target belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pqscan.policy.rule import Rule

CATEGORY = "category:"
DEFAULT_CATEGORY = "category:servers"
STATE_SECRETS = "state_secrets"
OUTSIDE_REGIME = "outside_regime"  # of an authority of its own, which pqscan only counts
ACQUIRED_AFTER = "acquired_after:"  # and an ISO day: acquired later than that day


@dataclass(frozen=True, slots=True)
class SystemContext:
    """`attributes` are predicates that hold (`nss`, `hva_or_high_impact`, `high_risk`, `category:network`, ...).

    Where nobody described the system (`known` is False), a rule with a scope is judged as if the system were in it, since
    the reader chose the policy; of several categories the system counts as a server. The same holds of what the description
    of a known system leaves open (`unstated`, and the day of acquisition where it is None). Systems that carry state secrets
    are protected by products that pqscan neither probes nor approves: nothing is judged there."""

    attributes: frozenset[str] = frozenset()
    known: bool = False
    acquired_on: date | None = None
    unstated: frozenset[str] = frozenset()

    @property
    def is_outside_assessment(self) -> bool:
        return STATE_SECRETS in self.attributes or OUTSIDE_REGIME in self.attributes

    def is_in_scope(self, rule: Rule) -> bool:
        return all(map(self._holds, rule.scope))

    def _holds(self, predicate: str) -> bool:
        if predicate.startswith("!"):
            return predicate[1:] not in self.attributes
        if predicate.startswith(ACQUIRED_AFTER) and predicate not in self.attributes:
            return self.acquired_on is None or self.acquired_on.isoformat() > predicate.removeprefix(ACQUIRED_AFTER)
        if self.known or predicate in self.attributes:
            return predicate in self.attributes or predicate in self.unstated
        if predicate.startswith(CATEGORY):
            own = [attribute for attribute in self.attributes if attribute.startswith(CATEGORY)]
            return not own and predicate == DEFAULT_CATEGORY
        return True
