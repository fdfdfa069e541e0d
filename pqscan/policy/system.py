"""What a judgement needs to know of the system that a target belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pqscan.policy.rule import Rule
from pqscan.registry.foreign_text import is_latin

CATEGORY = "category:"
DEFAULT_CATEGORY = "category:servers"
STATE_SECRETS = "state_secrets"
OUTSIDE_REGIME = "outside_regime"  # of an authority of its own, which pqscan only counts
ACQUIRED_AFTER = "acquired_after:"
TAG = "tag:"
PREDICATES = (
    "cii", "classified", "covered_contractor", "critical", "federal", "fips_199:high", "fips_199:low", "fips_199:moderate",
    "government", "high_priority", "high_risk", "hva", "hva_or_high_impact", "medium_risk", "nss", "secrecy:confidential",
    "secrecy:secret", "secrecy:top_secret", "security_visa", STATE_SECRETS, "very_high_protection",
)  # fmt: skip
"""What a rule's scope may ask, besides `category:NAME`, `tag:NAME` and `acquired_after:DATE`; `!` before one denies it."""


@dataclass(frozen=True, slots=True)
class SystemContext:
    """`attributes` are predicates that hold (`nss`, `hva_or_high_impact`, `high_risk`, `category:network`, ...).

    Where nobody described the system (`known` is False), a rule with a scope is judged as if the system were in it, since
    the reader chose the policy; of several categories the system counts as a server. The same holds of what the description
    of a known system leaves open (`unstated`). Systems that carry state secrets are protected by products that pqscan neither
    probes nor approves: nothing is judged there.

    `acquired_after:2027-01-01` holds for what was acquired on that day or later. Where nobody stated the day (`acquired_on` is
    None) it holds too, as for a system that nobody described: a gate that might apply is shown."""

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
            return not self._is_stated(predicate[1:])
        if predicate.startswith(ACQUIRED_AFTER) and self.acquired_on is None:
            return True
        if self.known or self._is_stated(predicate):
            return self._is_stated(predicate) or predicate in self.unstated
        if predicate.startswith(CATEGORY):
            own = [attribute for attribute in self.attributes if attribute.startswith(CATEGORY)]
            return not own and predicate == DEFAULT_CATEGORY
        return not predicate.startswith(ACQUIRED_AFTER)

    def _is_stated(self, predicate: str) -> bool:
        """What somebody said of the system, and nothing that is only supposed."""
        if predicate in self.attributes:
            return True
        since = acquisition_day(predicate)
        return since is not None and self.acquired_on is not None and self.acquired_on >= since


def acquisition_day(predicate: str) -> date | None:
    """The day in `acquired_after:2027-01-01`; None where the predicate is another or names no day."""
    if not predicate.startswith(ACQUIRED_AFTER):
        return None
    text = predicate.removeprefix(ACQUIRED_AFTER)
    try:
        return date.fromisoformat(text) if len(text) == len("2027-01-01") else None
    except ValueError:
        return None


def is_predicate(text: str) -> bool:
    """Whether a scope may ask for it: a misspelt predicate would never hold of a described system, and nobody would see it."""
    bare = text.removeprefix("!")
    if bare.startswith(ACQUIRED_AFTER):
        return acquisition_day(bare) is not None
    kind, colon, name = bare.partition(":")
    if kind + colon == CATEGORY:
        return bool(name.strip()) and is_latin(name)
    return bool(name.strip()) if kind + colon == TAG else bare in PREDICATES
