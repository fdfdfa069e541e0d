"""The closed list of figures that a snapshot may hold, and what must add up among them.

Every figure is a count (or money) that can be added over units: a unit's machines are nobody else's. What cannot be added, such as
the number of distinct certificates, is none of them. A figure that nobody stated is absent and never zero."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pqscan.model.reason import Reason
from pqscan.policy.finding import Verdict
from pqscan.policy.state import State
from pqscan.readiness.asked import Extent
from pqscan.readiness.budget import BudgetState
from pqscan.readiness.system import Regime, Stage, SystemKind

Figures = Mapping[str, int]
"""Whole numbers by a name of the closed list (`is_figure`)."""

NOT_STATED = "not_stated"
MOST_FIGURES = 2_000

PARTS: dict[str, tuple[str, ...]] = {
    "key_establishment": tuple(state.value for state in State),
    "authentication": tuple(state.value for state in State),
    "target": ("network", "file"),
    "system_kind": tuple(kind.value for kind in SystemKind),
    "regime": (*(regime.value for regime in Regime), NOT_STATED),
    "level": ("1", "2", "3", "4", "5", NOT_STATED),
    "stage": tuple(stage.value for stage in Stage),
    "product_origin": ("domestic", "foreign", "unknown"),
    "public_origin": ("domestic", "foreign", "unknown"),  # of products bought in public investment
    "product_regime": tuple(regime.value for regime in Regime),
    "belonging": ("in_a_system", "in_no_system", "tied"),
    "system_seen": ("seen", "never_seen", "not_running", "outside"),
    "place": tuple(extent.value for extent in Extent),
    "budget_state": tuple(state.value for state in BudgetState),
}
"""Families of figures `family.part`, of which each splits one whole."""

WHOLES = {
    "key_establishment": "targets.total",
    "authentication": "targets.total",
    "target": "targets.total",
    "system_kind": "systems.total",
    "regime": "systems.total",
    "level": "systems.total",
    "stage": "systems.total",
    "product_origin": "products.total",
    "public_origin": "products.public",
    "product_regime": "products.total",
    "belonging": "targets.total",
    "system_seen": "systems.total",
    "place": "places.total",
    "budget_state": "budgets.total",
}

SINGLE = (
    "targets.total",
    "targets.attempted",
    "systems.total",
    "systems.critical",
    "systems.out_of_assessment",
    "products.total",
    "products.public",
    "places.total",
    "budgets.total",
    "quality.rows",
    "quality.verified",
    "quality.complete",
    "quality.clean",
    "quality.live",
    "register.rows",
    "register.verified",
    "register.complete",
    "register.clean",
    "register.live",
    "budget.it_total",
    "budget.security",
    "budget.post_quantum",
    "training.headcount",
    "training.trained",
    "finding.open",
    "finding.planned",
    "finding.fixed",
    "finding.regressed",
    "finding.waived",
    "finding.overdue",
)

AT_MOST = {
    "systems.critical": "systems.total",
    "systems.out_of_assessment": "systems.total",
    "quality.verified": "quality.rows",
    "quality.complete": "quality.rows",
    "quality.clean": "quality.rows",
    "quality.live": "quality.rows",
    "register.verified": "register.rows",
    "register.complete": "register.rows",
    "register.clean": "register.rows",
    "register.live": "register.rows",
    "training.trained": "training.headcount",
}
"""A figure that is a part of another one."""

QUALITY = ("verified", "complete", "clean", "live")
"""The four shares of `quality.rows` and of `register.rows` in the order of «đúng, đủ, sạch, sống»."""

_VERDICTS = "|".join(verdict.value for verdict in Verdict)
_POLICY = re.compile(rf"policy/([a-z0-9][a-z0-9.-]{{0,63}})/({_VERDICTS})\Z")
_CLOSED = frozenset((*SINGLE, *(f"{family}.{part}" for family, parts in PARTS.items() for part in parts)))


def policy_figure(policy: str, verdict: Verdict) -> str:
    """The name of the number of targets for which this is the worst verdict of a policy."""
    return f"policy/{policy}/{verdict.value}"


def policy_of(name: str) -> tuple[str, str] | None:
    """Policy and verdict of such a name."""
    found = _POLICY.match(name)
    return None if found is None else (found[1], found[2])


def is_figure(name: str) -> bool:
    """Whether the closed list has it. Policies are named as their files name them; all else is written out."""
    return name in _CLOSED or _POLICY.match(name) is not None


def faults(figures: Figures) -> Iterator[Reason]:
    """What cannot be: an unlisted name, a number below zero, parts that are not their whole."""
    for name, value in sorted(figures.items()):
        if not is_figure(name):
            yield Reason.of("figure_unknown", name=name)
        elif value < 0:
            yield Reason.of("figure_below_zero", name=name, value=value)
    for family, whole in WHOLES.items():
        parts = [figures[f"{family}.{part}"] for part in PARTS[family] if f"{family}.{part}" in figures]
        if parts and sum(parts) != figures.get(whole):
            yield Reason.of("figures_do_not_add_up", family=family, sum=sum(parts), whole=whole, value=figures.get(whole, 0))
    for part, whole in AT_MOST.items():
        if part in figures and figures[part] > figures.get(whole, 0):
            yield Reason.of("figure_above_its_whole", name=part, value=figures[part], whole=whole, most=figures.get(whole, 0))
    for policy in sorted({found[0] for found in map(policy_of, figures) if found is not None}):
        judged = sum(figures.get(policy_figure(policy, verdict), 0) for verdict in Verdict)
        if judged > figures.get("targets.total", 0):
            name = f"policy/{policy}"
            yield Reason.of(
                "figure_above_its_whole", name=name, value=judged, whole="targets.total", most=figures.get("targets.total", 0)
            )
