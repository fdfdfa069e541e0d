"""Whether something is below today's floor: the rules of data/floor.toml whose id begins with `floor-state-`."""

from __future__ import annotations

from functools import cache

from pqscan.model.observation import Observation, Subject, Support
from pqscan.policy.editions import floor
from pqscan.policy.rule import Rule
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import uses_of

_STATE_PREFIX = "floor-state-"


@cache
def state_rules() -> tuple[Rule, ...]:
    """The floor's rules that decide a state; the others are findings beside it."""
    return tuple(rule for rule in floor().rules if rule.id.startswith(_STATE_PREFIX))


def is_below(use: AlgorithmUse, rule: Rule) -> bool:
    """A floor rule without strengths bites on its families alone; with them, where the strength is known and too small."""
    if rule.families and not set(rule.families) & set(use.families):
        return False
    if rule.max_strength is None:
        return True
    return use.construction == "classical" and use.strength is not None and use.strength <= rule.max_strength


def below_floor(use: AlgorithmUse) -> Rule | None:
    """The state-deciding floor rule that the use breaks; None where it is good enough for today."""
    return next((rule for rule in state_rules() if rule.purpose is use.purpose and is_below(use, rule)), None)


def value_below(subject: Subject, value: str, context: str | None) -> Rule | None:
    """As `below_floor`, for a value as observations spell it."""
    uses = uses_of(Observation(subject, value, Support.ACCEPTED, context))
    return next((rule for use in uses if (rule := below_floor(use)) is not None), None)
